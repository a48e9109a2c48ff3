import Foundation

/// A small file that is replaced whole: whoever reads it, at whatever moment, finds the old contents or the new ones.
/// It begins with eight bytes that name its format and the CRC-32C of the rest.
public struct SealedFile: Sendable {
  public let path: String
  private let magic: [UInt8]

  /// - Parameter magic: eight bytes.
  public init(_ path: String, magic: String) {
    self.path = path
    self.magic = Array(magic.utf8)
    precondition(self.magic.count == 8)
  }

  /// - Throws: `StoreFailure` where it cannot be written; the old contents stay.
  public func write(_ contents: [UInt8]) throws {
    let temporary = path + ".new"
    let bytes = magic + LedgerLog.bytes(UInt64(CRC32C.of(contents)), 4) + contents
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreFailure("\(temporary): cannot be made: \(FileSync.errnoText)") }
    var (written, failure) = (0, String?.none)
    while written < bytes.count, failure == nil {
      let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { failure = FileSync.errnoText } else { written += count }
    }
    if failure == nil, fsync(descriptor) != 0 { failure = FileSync.errnoText }
    close(descriptor)
    if failure == nil, rename(temporary, path) != 0 { failure = FileSync.errnoText }
    if let failure {
      unlink(temporary)
      throw StoreFailure("\(path): cannot be written: \(failure)")
    }
  }

  /// The contents; `nil` where there is no such file.
  ///
  /// - Throws: `StoreFailure` where it is damaged or of another format.
  public func read() throws -> [UInt8]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StoreFailure("\(path): cannot be read")
    }
    let bytes = [UInt8](data)
    guard bytes.count >= 12, bytes[..<8].elementsEqual(magic) else { throw StoreFailure("\(path): has another format") }
    let sum = bytes[8..<12].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard CRC32C.of(bytes[12...]) == sum else { throw StoreFailure("\(path): is damaged") }
    return Array(bytes[12...])
  }
}
