import Foundation

/// A directory of files for anybody to read, each replaced whole: whoever reads one, at whatever moment and after
/// whatever crash, finds what it was before or what it is now.
public struct PublicDirectory: Sendable {
  public let path: String
  /// Begins the names of files that are not finished; they are no part of the directory.
  static let unfinished = ".new-"

  /// A relative path counts from the current directory.
  public init(_ path: String) { self.path = Files.absolute(path) }

  /// Removes what a process that was killed left unfinished.
  public func clean() throws {
    for file in try Files.list(path) where Self.name(of: file).hasPrefix(Self.unfinished) {
      unlink("\(path)/\(file)")
    }
  }

  /// Replaces a file, and makes it durable before its name is.
  ///
  /// - Parameter file: its path in the directory.
  /// - Throws: `StoreFailure`; the file is as it was.
  public func write(_ bytes: [UInt8], to file: String) throws {
    let target = "\(path)/\(file)"
    let directory = Files.parent(of: target)
    try make(directory)
    let temporary = "\(directory)/\(Self.unfinished)\(Self.name(of: file))"
    // An old one that is a link would be followed.
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StoreFailure("\(temporary): cannot be made: \(FileSync.errnoText)") }
    var (written, failure) = (0, String?.none)
    while written < bytes.count, failure == nil {
      let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { failure = FileSync.errnoText } else { written += count }
    }
    if failure == nil, fsync(descriptor) != 0 { failure = FileSync.errnoText }
    close(descriptor)
    if failure == nil, rename(temporary, target) != 0 { failure = FileSync.errnoText }
    if let failure {
      unlink(temporary)
      throw StoreFailure("\(target): cannot be written: \(failure)")
    }
    try FileSync.directory(directory)
  }

  /// The paths of its files, in order.
  public func files() throws -> [String] {
    try Files.list(path).filter { !Self.name(of: $0).hasPrefix(Self.unfinished) }
  }

  /// Removes a file; one that is not there is no failure.
  public func remove(_ file: String) throws {
    guard unlink("\(path)/\(file)") == 0 || errno == ENOENT else {
      throw StoreFailure("\(path)/\(file): cannot be removed: \(FileSync.errnoText)")
    }
    try FileSync.directory(Files.parent(of: "\(path)/\(file)"))
  }

  private func make(_ directory: String) throws {
    guard !FileManager.default.fileExists(atPath: directory) else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      try FileSync.directory(Files.parent(of: directory))
    } catch {
      throw StoreFailure("\(directory): cannot be made: \(error)")
    }
  }

  private static func name(of file: String) -> Substring { file.split(separator: "/").last ?? "" }
}
