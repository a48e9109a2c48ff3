#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads secrets where their references say. They are read at each use, so that a rotated file is picked up.
public struct SecretResolver: Sendable {
  /// Throws an `OutboundError` that names the reference, never the value.
  public var resolve: @Sendable (SecretRef) throws(OutboundError) -> Secret

  public init(resolve: @escaping @Sendable (SecretRef) throws(OutboundError) -> Secret) { self.resolve = resolve }

  /// No secret is longer than this; what is, is a wrong path.
  static let limit = 64 << 10

  /// The process's environment and the file system. Line ends after the value are cut off, as editors add them.
  public static let system = SecretResolver { ref throws(OutboundError) in
    let bytes: [UInt8]
    switch ref.source {
    case .environment(let name):
      guard let value = getenv(name) else {
        throw OutboundError(.secret, "secret \(ref): the environment has no \(name)")
      }
      bytes = Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
    case .file(let path):
      bytes = try read(path, ref: ref)
    }
    guard bytes.count <= limit else {
      throw OutboundError(.secret, "secret \(ref): longer than \(limit) bytes, which no secret is")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw OutboundError(.secret, "secret \(ref): not text in UTF-8")
    }
    var value = text[...]
    while let last = value.unicodeScalars.last, last == "\n" || last == "\r" { value.unicodeScalars.removeLast() }
    guard !value.isEmpty else { throw OutboundError(.secret, "secret \(ref): empty") }
    guard !value.utf8.contains(0) else { throw OutboundError(.secret, "secret \(ref): holds a zero byte") }
    return Secret(String(value))
  }

  /// The written value, or the secret's.
  public func value(of setting: Setting) throws(OutboundError) -> String {
    switch setting {
    case .literal(let value): value
    case .secret(let ref): try resolve(ref).reveal()
    }
  }

  private static func read(_ path: String, ref: SecretRef) throws(OutboundError) -> [UInt8] {
    // Non-blocking, so that a FIFO with nobody behind it cannot hold us.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw OutboundError(.secret, "secret \(ref): cannot be opened: \(reason(errno))") }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        systemRead(file, $0.baseAddress! + count, $0.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw OutboundError(.secret, "secret \(ref): cannot be read: \(reason(errno))") }
      if got == 0 { break }
      count += got
    }
    return Array(bytes[..<count])
  }

  private static func reason(_ code: CInt) -> String {
    switch code {
    case ENOENT, ENOTDIR: "no such file"
    case EACCES, EPERM: "permission denied"
    case EISDIR: "it is a directory"
    default: "error \(code)"
    }
  }
}

/// `read` by another name: inside the type the static function of that name hides it.
private func systemRead(_ file: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(file, buffer, count)
}
