import Base
import Foundation
import Store

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What signs sessions and links: 32 random bytes in the data directory, readable by the server alone.
enum ServerSecret {
  static func load(from directory: DataDirectory) throws -> [UInt8] {
    let path = directory.secret
    if let existing = FileManager.default.contents(atPath: path) {
      guard existing.count == 32 else {
        throw StoreFailure("\(path) has \(existing.count) bytes instead of 32; remove it to have a new one made")
      }
      return [UInt8](existing)
    }
    let secret = random(32)
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard file >= 0 else { throw StoreFailure("\(path) cannot be written: \(String(cString: strerror(errno)))") }
    defer { close(file) }
    let written = secret.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    guard written == secret.count, fsync(file) == 0 else {
      unlink(path)
      throw StoreFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    return secret
  }

  /// Bytes from the system's secure generator.
  static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}
