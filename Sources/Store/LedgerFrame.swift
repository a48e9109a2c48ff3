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

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.signed(now.nanoseconds)
    writer.byte(exposition == nil ? 0 : 1)
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
      writer.varint(UInt64(entry.series) << 1 | (entry.sample.created == nil ? 0 : 1))
      writer.signed(entry.sample.time.nanoseconds &- before)
      writer.uint64(entry.sample.value.bitPattern)
      if let created = entry.sample.created { writer.signed(created.nanoseconds) }
      before = entry.sample.time.nanoseconds
    }
    return writer.bytes
  }

  init(now: Instant, exposition: ExpositionTimes?) {
    self.now = now
    self.exposition = exposition
  }

  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let now = reader.signed(), let isExposition = reader.byte() else { return nil }
    self.now = Instant(nanoseconds: now)
    if isExposition == 1 {
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
    guard let count = reader.count(ofAtLeast: 10) else { return nil }
    var before = now
    for _ in 0..<count {
      guard let head = reader.varint(), let number = Int32(exactly: head >> 1), let step = reader.signed(),
        let bits = reader.uint64()
      else { return nil }
      before = before &+ step
      var sample = CounterSample(time: Instant(nanoseconds: before), value: Double(bitPattern: bits))
      if head & 1 == 1 {
        guard let created = reader.signed() else { return nil }
        sample.created = Instant(nanoseconds: created)
      }
      entries.append(Entry(series: number, sample: sample))
    }
    guard reader.isAtEnd else { return nil }
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
