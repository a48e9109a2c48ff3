import Base
import Ledger

/// A change of the ledger that no sample makes. docs/formats/ledger.md describes its bytes.
enum LedgerChange: Equatable {
  /// These are the marks of an SLI, the more important first.
  case marks(sli: String, times: [Instant])
  case backfill(sli: String, BackfilledStretch)
  /// What is live of an SLI ends at its newest sample.
  case gap(sli: String)
  /// A stretch of its oldest gap.
  case fill(sli: String, BackfilledStretch)

  func write(to writer: inout ByteWriter) {
    switch self {
    case .marks(let sli, let times):
      writer.byte(0)
      writer.text(sli)
      writer.varint(UInt64(times.count))
      for time in times { writer.signed(time.nanoseconds) }
    case .backfill(let sli, let stretch): Self.write(1, sli, stretch, to: &writer)
    case .gap(let sli):
      writer.byte(2)
      writer.text(sli)
    case .fill(let sli, let stretch): Self.write(3, sli, stretch, to: &writer)
    }
  }

  private static func write(_ kind: UInt8, _ sli: String, _ stretch: BackfilledStretch, to writer: inout ByteWriter) {
    writer.byte(kind)
    writer.text(sli)
    writer.instant(stretch.from)
    writer.signed(stretch.upTo.nanoseconds)
    writer.varint(UInt64(stretch.increments.count))
    var before = stretch.upTo.nanoseconds
    for one in stretch.increments {
      writer.signed(one.time.nanoseconds &- before)
      writer.double(one.part)
      writer.double(one.total)
      before = one.time.nanoseconds
    }
  }

  init?(_ reader: inout ByteReader) {
    guard let kind = reader.byte(), let sli = reader.text() else { return nil }
    switch kind {
    case 0:
      guard let count = reader.count() else { return nil }
      var times: [Instant] = []
      for _ in 0..<count {
        guard let time = reader.signed() else { return nil }
        times.append(Instant(nanoseconds: time))
      }
      self = .marks(sli: sli, times: times)
    case 1, 3:
      guard let stretch = Self.stretch(&reader) else { return nil }
      self = kind == 1 ? .backfill(sli: sli, stretch) : .fill(sli: sli, stretch)
    case 2: self = .gap(sli: sli)
    default: return nil
    }
  }

  private static func stretch(_ reader: inout ByteReader) -> BackfilledStretch? {
    guard let from = reader.instant(), let upTo = reader.signed(), let count = reader.count(ofAtLeast: 17) else {
      return nil
    }
    var stretch = BackfilledStretch(from: from, upTo: Instant(nanoseconds: upTo), increments: [])
    var before = upTo
    for _ in 0..<count {
      guard let step = reader.signed(), let part = reader.double(), let total = reader.double() else { return nil }
      before = before &+ step
      stretch.increments.append(
        BackfilledStretch.Increment(time: Instant(nanoseconds: before), part: part, total: total))
    }
    return stretch
  }
}

/// Events of a stretch of an SLI's past, as another store remembers them.
public struct BackfilledStretch: Hashable, Sendable {
  /// Good or bad events and all of them, at the end of the time they were counted over.
  public struct Increment: Hashable, Sendable {
    public var time: Instant
    public var part: Double
    public var total: Double

    public init(time: Instant, part: Double, total: Double) {
      self.time = time
      self.part = part
      self.total = total
    }
  }

  /// Where the source begins to know; `nil` for the first increment.
  public var from: Instant?
  public var upTo: Instant
  /// In order of time.
  public var increments: [Increment]

  public init(from: Instant? = nil, upTo: Instant, increments: [Increment]) {
    self.from = from
    self.upTo = upTo
    self.increments = increments
  }
}

extension Ledger {
  /// Answers whether it changed anything. What the definitions do not have any more is read over.
  mutating func apply(_ change: LedgerChange) -> Bool {
    switch change {
    case .marks(let sli, let times):
      guard let slot = slot(of: sli) else { return false }
      return setMarks(times, of: slot) == 0
    case .backfill(let sli, let stretch):
      guard let slot = slot(of: sli) else { return false }
      return backfill(
        slot, stretch.increments.map { ($0.time, $0.part, $0.total) }, from: stretch.from, upTo: stretch.upTo)
    case .gap(let sli):
      guard let slot = slot(of: sli) else { return false }
      return openGap(slot)
    case .fill(let sli, let stretch):
      guard let slot = slot(of: sli) else { return false }
      return fill(slot, stretch.increments.map { ($0.time, $0.part, $0.total) }, upTo: stretch.upTo)
    }
  }
}
