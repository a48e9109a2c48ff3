import Foundation

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), as iSCSI and ext4 use it.
enum CRC32C {
  /// Eight tables of 256, so that eight bytes go in one step ("slicing-by-8"; Kounavis and Berry, 2005).
  private static let tables: [UInt32] = {
    var tables: [UInt32] = []
    for byte in 0..<256 as Range<UInt32> {
      var value = byte
      for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
      tables.append(value)
    }
    for place in 256..<2_048 {
      let before: UInt32 = tables[place - 256]
      tables.append(tables[Int(before & 0xFF)] ^ (before >> 8))
    }
    return tables
  }()

  static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
    bytes.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0)) }
      ?? Array(bytes).withUnsafeBytes { of($0) }
  }

  private static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var (sum, place) = (~UInt32(0), 0)
      while place + 8 <= bytes.count {
        var word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ UInt64(sum)
        sum = 0
        for table in 0..<8 {
          sum ^= tables[(7 - table) * 256 + Int(word & 0xFF)]
          word >>= 8
        }
        place += 8
      }
      while place < bytes.count {
        sum = tables[Int((sum ^ UInt32(bytes[place])) & 0xFF)] ^ sum >> 8
        place += 1
      }
      return ~sum
    }
  }
}

/// One file of the ledger's log, open for appending. docs/formats/ledger.md describes its bytes.
final class LedgerLog: @unchecked Sendable {
  /// Writes bytes to a descriptor and answers how many went, as `write(2)` does. Replaced in tests.
  typealias Write = @Sendable (Int32, UnsafeRawBufferPointer) -> Int

  static let magic = Array("MSLEDGL1".utf8)
  static let frameLimit = 256 << 20

  let path: String
  let sequence: UInt64
  private let descriptor: Int32
  private let write: Write
  /// Bytes that are whole frames. Guarded by the engine's lock, as is everything that changes.
  private(set) var size = 0
  private(set) var isDirty = false
  /// Called when there is something to sync again.
  private let dirtied: @Sendable () -> Void

  static func path(_ directory: String, _ sequence: UInt64) -> String {
    let digits = String(sequence)
    return "\(directory)/\(String(repeating: "0", count: max(0, 12 - digits.count)))\(digits).log"
  }

  /// Makes a new log; an old file of that name, which a crash may have left without content, is replaced.
  init(
    directory: String, sequence: UInt64, write: @escaping Write, dirtied: @escaping @Sendable () -> Void = {}
  ) throws {
    path = Self.path(directory, sequence)
    self.sequence = sequence
    self.write = write
    self.dirtied = dirtied
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreFailure("\(path): cannot be made: \(FileSync.errnoText)") }
    do {
      try put(Self.magic + Self.bytes(sequence, 8))
      try FileSync.directory(directory)
    } catch {
      unlink(path)
      throw error
    }
  }

  deinit { close(descriptor) }

  static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  /// Appends one frame, or nothing at all.
  func append(_ payload: [UInt8]) throws {
    try put(Self.bytes(UInt64(payload.count), 4) + Self.bytes(UInt64(CRC32C.of(payload)), 4) + payload)
  }

  private func put(_ bytes: [UInt8]) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let reason = count == 0 ? "nothing could be written" : FileSync.errnoText
        // Half a frame would hide every later one from a reader, so it goes.
        ftruncate(descriptor, off_t(size))
        lseek(descriptor, off_t(size), SEEK_SET)
        throw StoreFailure("\(path): telemetry cannot be written: \(reason); free some space on the disk")
      }
      written += count
    }
    size += bytes.count
    if !isDirty { dirtied() }
    isDirty = true
  }

  func markClean() { isDirty = false }

  /// Makes what was appended durable. May run beside `append`.
  func sync() throws {
    guard fdatasync(descriptor) == 0 else { throw StoreFailure("\(path): cannot be synced: \(FileSync.errnoText)") }
  }

  // MARK: Reading

  struct Contents {
    var frames: [[UInt8]] = []
    /// Where the last whole frame ends, when something unreadable follows it.
    var tornAt: Int?
    var size: Int
  }

  /// Reads the whole frames of a log. A torn or altered frame ends the reading: what follows cannot be trusted.
  static func read(_ path: String, sequence: UInt64) throws -> Contents {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StoreFailure("\(path): cannot be read: \(FileSync.errnoText)")
    }
    let bytes = [UInt8](data)
    var contents = Contents(size: bytes.count)
    guard bytes.count >= 16, Array(bytes[..<8]) == magic, Array(bytes[8..<16]) == Self.bytes(sequence, 8) else {
      contents.tornAt = 0
      return contents
    }
    var position = 16
    while position < bytes.count {
      guard bytes.count - position >= 8 else { break }
      let length = number(bytes[position..<position + 4])
      let sum = number(bytes[position + 4..<position + 8])
      guard length <= frameLimit, length <= bytes.count - position - 8 else { break }
      let payload = bytes[position + 8..<position + 8 + length]
      guard Int(CRC32C.of(payload)) == sum else { break }
      contents.frames.append(Array(payload))
      position += 8 + length
    }
    if position < bytes.count { contents.tornAt = position }
    return contents
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
}
