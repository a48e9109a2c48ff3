import Base
import Ledger

/// Adds up what DogStatsD clients send, second by second, so that the ledger's log gets one sample a series and second
/// however many datagrams came. Bounded: what does not fit is dropped and counted.
public struct DogStatsDAggregator: Sendable {
  public struct Limits: Sendable {
    /// Series and second together.
    public var cells = 200_000
    /// Single measurements.
    public var values = 1_000_000
    /// Of names and tags.
    public var keyBytes = 64 << 20

    public init() {}
  }

  /// What came, since the start.
  public struct Counts: Hashable, Sendable {
    /// Values of metrics that were taken.
    public var samples = 0
    public var events = 0
    public var serviceChecks = 0
    /// Sets count distinct values, which no counter can hold.
    public var sets = 0
    public var malformed = 0
    /// Past a bound.
    public var dropped = 0

    public init() {}
  }

  /// What was added up until a flush.
  public struct Batch: Sendable {
    public var series: [TelemetrySeries]
    public var samples: Int { series.reduce(0) { $0 + $1.samples.count } }
  }

  private struct Cell: Sendable {
    var key: [UInt8]
    var time: Instant
    var kind: SampleKind
    var value: Double
    /// Only of measurements.
    var values: [Double] = []
  }

  private let limits: Limits
  private var cells: [Hash128: Cell] = [:]
  private var keyBytes = 0
  private var valueCount = 0
  public private(set) var counts = Counts()

  public init(limits: Limits = Limits()) { self.limits = limits }

  public var isEmpty: Bool { cells.isEmpty }

  /// Takes a datagram that was received at `now`.
  public mutating func take(_ datagram: UnsafeBufferPointer<UInt8>, at now: Instant) {
    // The end of the second: in the same bucket as the events themselves.
    let whole = Instant(seconds: now.seconds)
    let second = whole == now ? now : Instant(seconds: now.seconds + 1)
    DogStatsD.read(datagram) { item in
      switch item {
      case .event: counts.events += 1
      case .serviceCheck: counts.serviceChecks += 1
      case .malformed: counts.malformed += 1
      case .metric(let line): take(line, datagram, line.time ?? second)
      }
    }
  }

  /// Takes a datagram that was received at `now`.
  public mutating func take(_ datagram: [UInt8], at now: Instant) {
    datagram.withUnsafeBufferPointer { take($0, at: now) }
  }

  private mutating func take(_ line: DogStatsD.Line, _ base: UnsafeBufferPointer<UInt8>, _ time: Instant) {
    guard line.kind != .set else {
      counts.sets += 1
      return
    }
    guard let values = DogStatsD.numbers(base, line.values) else {
      counts.malformed += 1
      return
    }
    counts.samples += values.count
    let weight = 1 / line.rate
    switch line.kind {
    case .count: add(.value, line, base, time, .events) { $0.value += values.reduce(0, +) * weight }
    case .gauge: add(.value, line, base, time, .gauge) { $0.value = values.last ?? 0 }
    case .measurement:
      add(.count, line, base, time, .events) { $0.value += Double(values.count) * weight }
      let copies = max(1, Int(min(weight.rounded(), 1_000_000)))
      let room = limits.values - valueCount
      guard values.count <= room / copies else {
        counts.dropped += values.count
        return
      }
      valueCount += values.count * copies
      add(.value, line, base, time, .events) { cell in
        for value in values { cell.values.append(contentsOf: repeatElement(value, count: copies)) }
      }
    case .set: break
    }
  }

  private mutating func add(
    _ part: DogStatsD.Part, _ line: DogStatsD.Line, _ base: UnsafeBufferPointer<UInt8>, _ time: Instant,
    _ kind: SampleKind, _ change: (inout Cell) -> Void
  ) {
    var hash = Hash128()
    // A name that comes as a count and as a measurement is two things.
    hash.combine(UInt64(part.rawValue) << 16 | UInt64(kind.rawValue) << 8 | (line.kind == .measurement ? 1 : 0))
    hash.combine(base, line.name)
    hash.combine(base, line.tags ?? 0..<0)
    hash.combine(UInt64(bitPattern: time.nanoseconds))
    if cells[hash] == nil {
      let key = DogStatsD.key(part, base, line)
      guard cells.count < limits.cells, keyBytes + key.count <= limits.keyBytes else {
        counts.dropped += 1
        return
      }
      keyBytes += key.count
      cells[hash] = Cell(key: key, time: time, kind: kind, value: 0)
    }
    change(&cells[hash]!)
  }

  /// Hands over what was added up and begins anew.
  public mutating func flush() -> Batch {
    defer { (cells, keyBytes, valueCount) = ([:], 0, 0) }
    // In order of time, so that no series goes back.
    let ordered = cells.values.sorted {
      $0.time == $1.time ? $0.key.lexicographicallyPrecedes($1.key) : $0.time < $1.time
    }
    return Batch(
      series: ordered.map { cell in
        let values = cell.values.isEmpty ? [cell.value] : cell.values
        return TelemetrySeries(
          key: cell.key[...],
          samples: values.map { CounterSample(time: cell.time, value: $0, kind: cell.kind) }[...])
      })
  }
}

extension DogStatsDAggregator.Counts {
  public static func += (lhs: inout Self, rhs: Self) {
    lhs.samples += rhs.samples
    lhs.events += rhs.events
    lhs.serviceChecks += rhs.serviceChecks
    lhs.sets += rhs.sets
    lhs.malformed += rhs.malformed
    lhs.dropped += rhs.dropped
  }
}
