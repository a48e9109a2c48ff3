import Base
import Foundation
import Ledger

/// The files of a ledger: one snapshot, and the logs since. docs/formats/ledger.md describes them.
struct LedgerFiles {
  static let magic = Array("MSLEDGS1".utf8)

  let directory: String

  var snapshot: String { directory + "/snapshot" }

  func create() throws {
    guard !FileManager.default.fileExists(atPath: directory) else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try FileSync.directory(Files.parent(of: Files.absolute(directory)))
    } catch {
      throw StoreFailure("\(directory): the ledger's directory cannot be made: \(error)")
    }
  }

  /// The sequences of the logs, lowest first.
  func logs() throws -> [UInt64] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).compactMap { name in
        name.hasSuffix(".log") ? UInt64(name.dropLast(4)) : nil
      }.sorted()
    } catch {
      throw StoreFailure("\(directory): cannot be listed: \(error)")
    }
  }

  func remove(log sequence: UInt64) { unlink(LedgerLog.path(directory, sequence)) }

  /// Replaces the snapshot: whoever reads the file, at whatever moment, finds the old one or the new one.
  func write(_ ledger: [UInt8], from sequence: UInt64, write: LedgerLog.Write) throws {
    let temporary = snapshot + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreFailure("\(temporary): cannot be made: \(FileSync.errnoText)") }
    var failure: String?
    let head = Self.magic + LedgerLog.bytes(sequence, 8) + LedgerLog.bytes(UInt64(CRC32C.of(ledger)), 4)
    for part in [head, ledger] {
      var written = 0
      while written < part.count, failure == nil {
        let count = part[written...].withUnsafeBytes { write(descriptor, $0) }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { failure = FileSync.errnoText } else { written += count }
      }
    }
    if failure == nil, fsync(descriptor) != 0 { failure = FileSync.errnoText }
    close(descriptor)
    if failure == nil, rename(temporary, snapshot) != 0 { failure = FileSync.errnoText }
    if let failure {
      unlink(temporary)
      throw StoreFailure("\(snapshot): cannot be written: \(failure); the log since the one before stays")
    }
    try FileSync.directory(directory)
  }

  /// The snapshot and the sequence of the first log after it. `nil` without one; throws when it is damaged.
  func read(limits: LedgerLimits) throws -> (ledger: Ledger, next: UInt64)? {
    guard FileManager.default.fileExists(atPath: snapshot) else { return nil }
    let bytes = try wholeSnapshot()
    guard bytes.count >= 20, bytes[..<8].elementsEqual(Self.magic) else {
      throw StoreFailure("\(snapshot): is not a ledger's snapshot")
    }
    let next = bytes[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let sum = bytes[16..<20].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard CRC32C.of(bytes[20...]) == sum, let ledger = Ledger(snapshot: bytes, from: 20, limits: limits) else {
      throw StoreFailure("\(snapshot): is damaged")
    }
    return (ledger, next)
  }

  /// The snapshot's bytes, once: at ten thousand SLIs they are a tenth of the memory that the ledger may take.
  private func wholeSnapshot() throws -> [UInt8] {
    let descriptor = open(snapshot, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreFailure("\(snapshot): cannot be read: \(FileSync.errnoText)") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw StoreFailure("\(snapshot): cannot be read: \(FileSync.errnoText)")
    }
    var failure: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let read = Foundation.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
        if read < 0, errno == EINTR { continue }
        if read < 0 { failure = FileSync.errnoText }
        if read <= 0 { break }
        count += read
      }
    }
    if let failure { throw StoreFailure("\(snapshot): cannot be read: \(failure)") }
    return bytes
  }

  /// Puts a damaged snapshot aside, for whoever wants to look at it.
  func setAside() { rename(snapshot, snapshot + ".damaged") }
}
