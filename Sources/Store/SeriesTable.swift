import Foundation
import Ledger

/// What the label bytes of one source's series stand for, so that labels are read once for a series and not for every
/// sample.
///
/// A flat table with open addressing: a hash of the bytes finds an entry, and the bytes themselves, all kept in one
/// arena, confirm it: no collision can count one series as another. A sender writes its series in the same order each
/// time, so the entry that came next the last time is tried first, without any hash. Bounded in entries and in bytes;
/// entries that were not asked for lately give way when it is full.
struct SeriesTable {
  struct Entry {
    let hash: UInt64
    let start: Int
    let length: Int32
    /// A series' number in the ledger, or one of the negative codes below.
    var code: Int32
    /// The place of its pair of senders, −1 where there is none.
    var group: Int32
    /// The minute it was last asked for.
    var minute: Int32
    /// The entry that was asked for after it the last time, −1 before that.
    var next: Int32 = -1
  }

  enum Code {
    static let ignored: Int32 = -1
    static let invalid: Int32 = -2
    static let refused: Int32 = -3
  }

  /// How many entries are what.
  struct Sizes: Hashable {
    var counted = 0
    var ignored = 0
    var invalid = 0
    var refused = 0
  }

  private(set) var sizes = Sizes()
  private var entries: [Entry] = []
  private var arena: [UInt8] = []
  /// 0 where empty, else the upper half of the hash and the entry's place from 1. The size is a power of two.
  private var slots: [UInt64]
  private let seed: UInt64
  /// The entry that was asked for last in this intake.
  private var last = -1
  let limit: Int
  /// The minute when it was last swept because it was full.
  var swept = Int32.min

  /// Of the arena, by entry: series with more bytes of labels leave room for fewer.
  static let bytesPerEntry = 512
  static let idleMinutes: Int32 = 60

  /// - Parameter seed: unknown to senders, so that nobody can choose labels that collide.
  init(limit: Int, seed: UInt64) {
    self.limit = limit
    self.seed = seed
    slots = [UInt64](repeating: 0, count: 1_024)
  }

  var count: Int { entries.count }
  subscript(place: Int) -> Entry { entries[place] }

  func isFull(for length: Int) -> Bool {
    entries.count >= limit || arena.count + length > limit * Self.bytesPerEntry
  }

  /// A new intake begins: what it asks for first follows nothing.
  mutating func begin() { last = -1 }

  /// The place of an entry, which is noted as asked for.
  mutating func find(_ key: UnsafeRawBufferPointer, minute: Int32) -> Int? {
    if last >= 0 {
      let guess = Int(entries[last].next)
      if guess >= 0, isEqual(entries[guess], key) {
        if entries[guess].minute != minute { entries[guess].minute = minute }
        last = guess
        return guess
      }
    }
    guard let place = search(key, hash(key)) else { return nil }
    entries[place].minute = minute
    follow(place)
    return place
  }

  private mutating func follow(_ place: Int) {
    if last >= 0 { entries[last].next = Int32(place) }
    last = place
  }

  private func search(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let value = slots[slot]
      if value == 0 { return nil }
      if value >> 32 == hash >> 32 {
        let place = Int(value & 0xFFFF_FFFF) - 1
        if isEqual(entries[place], key) { return place }
      }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private func isEqual(_ entry: Entry, _ key: UnsafeRawBufferPointer) -> Bool {
    guard Int(entry.length) == key.count else { return false }
    guard let other = key.baseAddress else { return true }
    return arena.withUnsafeBytes { arena in memcmp(arena.baseAddress! + entry.start, other, key.count) == 0 }
  }

  /// Adds a key that is not there yet. The table must not be full.
  mutating func insert(_ key: UnsafeRawBufferPointer, code: Int32, group: Int32, minute: Int32) {
    add(
      key,
      Entry(
        hash: hash(key), start: arena.count, length: Int32(key.count), code: code, group: group, minute: minute))
    follow(entries.count - 1)
  }

  private mutating func add(_ key: UnsafeRawBufferPointer, _ entry: Entry) {
    if (entries.count + 1) * 2 > slots.count { rehash(2 * slots.count) }
    arena.append(contentsOf: key)
    entries.append(entry)
    place(entries.count - 1)
    note(entry.code, 1)
  }

  private mutating func place(_ index: Int) {
    let hash = entries[index].hash
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
  }

  private mutating func rehash(_ size: Int) {
    slots = [UInt64](repeating: 0, count: size)
    for index in entries.indices { place(index) }
  }

  private mutating func note(_ code: Int32, _ change: Int) {
    switch code {
    case Code.ignored: sizes.ignored += change
    case Code.invalid: sizes.invalid += change
    case Code.refused: sizes.refused += change
    default: sizes.counted += change
    }
  }

  /// Lets go of the entries that are not to be kept. Answers how many went.
  @discardableResult
  mutating func keep(where isKept: (Entry) -> Bool) -> Int {
    let gone = entries.count { !isKept($0) }
    guard gone > 0 else { return 0 }
    let old = self
    self = SeriesTable(limit: limit, seed: seed)
    swept = old.swept
    for entry in old.entries where isKept(entry) {
      old.arena.withUnsafeBytes { bytes in
        add(
          UnsafeRawBufferPointer(rebasing: bytes[entry.start..<entry.start + Int(entry.length)]),
          Entry(
            hash: entry.hash, start: arena.count, length: entry.length, code: entry.code, group: entry.group,
            minute: entry.minute))
      }
    }
    return gone
  }

  // MARK: The hash

  /// Folds 16 bytes at a time by a full multiplication, as wyhash does (github.com/wangyi-fudan/wyhash).
  func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed
    var place = 0
    while place + 16 <= key.count {
      hash = Self.fold(
        key.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ 0xA076_1D64_78BD_642F,
        key.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self) ^ hash)
      place += 16
    }
    var (low, high) = (UInt64(0), UInt64(0))
    if key.count >= 16 {
      // The last 16 bytes once more, whole.
      low = key.loadUnaligned(fromByteOffset: key.count - 16, as: UInt64.self)
      high = key.loadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self)
    } else {
      for index in 0..<key.count {
        let byte = UInt64(key[index]) << UInt64(8 * (index & 7))
        if index < 8 { low |= byte } else { high |= byte }
      }
    }
    hash = Self.fold(low ^ 0xE703_7ED1_A0B4_28DB, high ^ hash)
    return Self.fold(hash ^ UInt64(key.count), 0x8EBC_6AF0_9C88_C6E3 ^ seed)
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (high, low) = left.multipliedFullWidth(by: right)
    return high ^ low
  }
}
