import Base
import Ledger

/// What one intake changed: the payload of a log's frame. docs/formats/ledger.md describes its bytes.
struct LedgerFrame {
  struct Entry {
    /// The series' number within the log file.
    var series: Int32
    var sample: CounterSample
  }

  /// The receiver's clock.
  var now: Instant
  /// Set for the samples of a complete exposition (a scrape).
  var exposition: ExpositionTimes?
  /// Series that this log names for the first time.
  var named: [(number: Int32, key: [UInt8])] = []
  var entries: [Entry] = []
  /// What was changed besides samples.
  var changes: [LedgerChange] = []

  /// The bits of a frame's second field.
  private enum Flag {
    static let exposition: UInt8 = 1
    static let kinds: UInt8 = 2
    static let changes: UInt8 = 4
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.signed(now.nanoseconds)
    // Counters alone, which most frames hold, are written as they always were.
    let hasKinds = entries.contains { $0.sample.kind != .cumulative }
    writer.byte(
      (exposition == nil ? 0 : Flag.exposition) | (hasKinds ? Flag.kinds : 0)
        | (changes.isEmpty ? 0 : Flag.changes))
    if let exposition {
      writer.signed(exposition.at.nanoseconds)
      writer.instant(exposition.previous)
    }
    writer.varint(UInt64(named.count))
    for (number, key) in named {
      writer.varint(UInt64(number))
      writer.varint(UInt64(key.count))
      writer.raw(key)
    }
    writer.varint(UInt64(entries.count))
    var before = now.nanoseconds
    for entry in entries {
      let created: UInt64 = entry.sample.created == nil ? 0 : 1
      writer.varint(
        hasKinds
          ? UInt64(entry.series) << 3 | UInt64(entry.sample.kind.rawValue) << 1 | created
          : UInt64(entry.series) << 1 | created)
      writer.signed(entry.sample.time.nanoseconds &- before)
      writer.double(entry.sample.value)
      if let created = entry.sample.created { writer.signed(created.nanoseconds) }
      before = entry.sample.time.nanoseconds
    }
    if !changes.isEmpty {
      writer.varint(UInt64(changes.count))
      for change in changes { change.write(to: &writer) }
    }
    return writer.bytes
  }

  init(now: Instant, exposition: ExpositionTimes? = nil) {
    self.now = now
    self.exposition = exposition
  }

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let now = reader.signed(), let flags = reader.byte(),
      flags <= Flag.exposition | Flag.kinds | Flag.changes
    else { return nil }
    self.now = Instant(nanoseconds: now)
    if flags & Flag.exposition != 0 {
      guard let at = reader.signed(), let previous = reader.instant() else { return nil }
      exposition = ExpositionTimes(at: Instant(nanoseconds: at), previous: previous)
    }
    guard let names = reader.count(ofAtLeast: 2) else { return nil }
    for _ in 0..<names {
      guard let number = reader.varint().flatMap(Int32.init(exactly:)), let length = reader.count(),
        let key = reader.raw(length)
      else { return nil }
      named.append((number, Array(key)))
    }
    guard readEntries(&reader, hasKinds: flags & Flag.kinds != 0) else { return nil }
    if flags & Flag.changes != 0 {
      guard let count = reader.count(ofAtLeast: 2) else { return nil }
      for _ in 0..<count {
        guard let change = LedgerChange(&reader) else { return nil }
        changes.append(change)
      }
    }
    guard reader.isAtEnd else { return nil }
  }

  private mutating func readEntries(_ reader: inout ByteReader, hasKinds: Bool) -> Bool {
    guard let count = reader.count(ofAtLeast: 10) else { return false }
    entries.reserveCapacity(count)
    var before = now.nanoseconds
    for _ in 0..<count {
      guard let head = reader.varint(), let number = Int32(exactly: head >> (hasKinds ? 3 : 1)),
        let kind = hasKinds ? SampleKind(rawValue: UInt8(head >> 1 & 3)) : .cumulative,
        let step = reader.signed(), let value = reader.double()
      else { return false }
      before = before &+ step
      var sample = CounterSample(time: Instant(nanoseconds: before), value: value, kind: kind)
      if head & 1 == 1 {
        guard let created = reader.signed() else { return false }
        sample.created = Instant(nanoseconds: created)
      }
      entries.append(Entry(series: number, sample: sample))
    }
    return true
  }
}

/// The times of a complete exposition: all that a source shows at one moment.
public struct ExpositionTimes: Hashable, Sendable {
  public var at: Instant
  /// The source's exposition before this one, when it succeeded: a series that is new since then began after it.
  public var previous: Instant?

  public init(at: Instant, previous: Instant?) {
    self.at = at
    self.previous = previous
  }
}
