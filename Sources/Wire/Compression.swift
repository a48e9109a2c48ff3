import CZlib
import CZstd

/// The encodings of bodies that senders use, unpacked within a bound.
///
/// zlib and zstd are the system's libraries. Whatever a body claims, no more than the bound (and one buffer) is ever
/// allocated for what it unpacks to, and what it makes the library itself allocate is bounded too.
public enum Compression: Hashable, Sendable {
  case identity
  /// RFC 1952, several members one after the other included.
  case gzip
  /// RFC 1950, as HTTP means it, or the bare RFC 1951 that some senders take it for.
  case deflate
  /// RFC 8878. Datadog's clients call it `zstd1`.
  case zstd

  /// Why a body could not be unpacked.
  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(Compression)
    case truncated(Compression)
    case tooLarge(limit: Int)
    /// A zstd frame that needs a window of more than 8 MiB.
    case tooMuchMemory

    public var description: String {
      switch self {
      case .malformed(let encoding): "the body is not \(encoding.name)"
      case .truncated(let encoding): "the \(encoding.name) body ends too early"
      case .tooLarge(let limit): "the body unpacks to more than \(limit) bytes; send less at once"
      case .tooMuchMemory: "the zstd body asks for a window of more than 8 MiB; use a lower compression level"
      }
    }
  }

  /// The encoding that a `Content-Encoding` names, `nil` for one that is not known.
  public init?(contentEncoding: String?) {
    switch (contentEncoding ?? "").filter({ $0 != " " }).lowercased() {
    case "", "identity": self = .identity
    case "gzip", "x-gzip": self = .gzip
    case "deflate": self = .deflate
    case "zstd", "zstd1": self = .zstd
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .identity: "plain"
    case .gzip: "gzip"
    case .deflate: "deflate"
    case .zstd: "zstd"
    }
  }

  /// Unpacks a body to at most `limit` bytes.
  public func decode(_ body: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
    var output = BoundedOutput(limit: limit)
    switch self {
    case .identity:
      guard body.count <= limit else { throw .tooLarge(limit: limit) }
      return body
    case .gzip: try Inflater.run(body, .gzip, windowBits: 15 + 16, into: &output)
    case .deflate:
      let isWrapped = body.count >= 2 && body[0] & 0x0F == 8 && (Int(body[0]) << 8 + Int(body[1])) % 31 == 0
      try Inflater.run(body, .deflate, windowBits: isWrapped ? 15 : -15, into: &output)
    case .zstd: try ZstdReader.run(body, into: &output)
    }
    return output.bytes
  }
}

/// Output that grows by a buffer at a time and never past its bound.
struct BoundedOutput {
  let limit: Int
  private(set) var bytes: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init(limit: Int) { self.limit = limit }

  /// Lets `fill` write into the buffer and takes over as many bytes as it says.
  mutating func append(_ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int) throws(Compression.Problem) {
    let count = buffer.withUnsafeMutableBufferPointer { fill($0) }
    guard count <= limit - bytes.count else { throw .tooLarge(limit: limit) }
    bytes.append(contentsOf: buffer[..<count])
  }
}

private enum Inflater {
  static func run(
    _ body: [UInt8], _ encoding: Compression, windowBits: Int32, into output: inout BoundedOutput
  ) throws(Compression.Problem) {
    // zlib keeps the address of its stream, so it must not move.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    guard inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .malformed(encoding)
    }
    defer { inflateEnd(stream) }
    var result: Int32 = Z_OK
    var consumed = 0
    repeat {
      // The input pointer is only good inside the closure, so each round says anew where it is.
      try output.append { buffer in
        body.withUnsafeBufferPointer { input in
          stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
          stream.pointee.avail_in = UInt32(clamping: input.count - consumed)
          stream.pointee.next_out = buffer.baseAddress
          stream.pointee.avail_out = UInt32(buffer.count)
          let offered = Int(stream.pointee.avail_in)
          result = inflate(stream, Z_NO_FLUSH)
          consumed += offered - Int(stream.pointee.avail_in)
          return buffer.count - Int(stream.pointee.avail_out)
        }
      }
      if result == Z_STREAM_END, consumed < body.count, encoding == .gzip {
        guard inflateReset(stream) == Z_OK else { throw .malformed(encoding) }
        result = Z_OK
      }
    } while result == Z_OK
    if result == Z_BUF_ERROR { throw .truncated(encoding) }
    guard result == Z_STREAM_END, consumed == body.count else { throw .malformed(encoding) }
  }
}

private enum ZstdReader {
  /// 2^23 bytes, what RFC 8878 asks every decoder to take.
  static let windowLogMax: Int32 = 23

  static func run(_ body: [UInt8], into output: inout BoundedOutput) throws(Compression.Problem) {
    guard let context = ZSTD_createDCtx() else { throw .malformed(.zstd) }
    defer { ZSTD_freeDCtx(context) }
    guard ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLogMax)) == 0 else {
      throw .malformed(.zstd)
    }
    guard !body.isEmpty else { throw .truncated(.zstd) }
    var (consumed, rest, produced, isFull) = (0, 0, 0, false)
    repeat {
      try output.append { buffer in
        body.withUnsafeBytes { input in
          var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: consumed)
          var to = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
          rest = ZSTD_decompressStream(context, &to, &from)
          isFull = to.pos == to.size
          (consumed, produced) = (from.pos, to.pos)
          return to.pos
        }
      }
      if ZSTD_isError(rest) != 0 {
        throw ZSTD_getErrorCode(rest) == ZSTD_error_frameParameter_windowTooLarge ? .tooMuchMemory : .malformed(.zstd)
      }
    } while consumed < body.count || isFull && produced > 0
    if rest != 0 { throw .truncated(.zstd) }
  }
}
