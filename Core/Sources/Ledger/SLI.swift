import Base

/// What a series is counted as.
public enum SLISide: UInt8, Hashable, Sendable, CaseIterable {
  case good = 0
  case bad = 1
  case total = 2
}

/// What the ledger needs to know of one service level indicator.
public struct SLIDefinition: Hashable, Sendable {
  /// Names the SLI's data across reloads and restarts.
  public var id: String
  /// Whether good or bad events are counted next to the total.
  public var counts: SLISide
  /// The longest window that will be asked for, at most `LedgerLimits.longestPeriod`.
  public var period: Interval
  /// Set where slices of time are judged instead of events.
  public var slices: SliceRule?

  /// `counts` must be `.good` or `.bad`.
  public init(id: String, counts: SLISide, period: Interval, slices: SliceRule? = nil) {
    self.id = id
    self.counts = counts
    self.period = period
    self.slices = slices
  }
}

/// How time slices are judged (OpenSLO `Timeslices` and `RatioTimeslices`). A slice without events is neither good nor
/// bad.
public struct SliceRule: Hashable, Sendable {
  /// A multiple of 10 seconds.
  public var length: Interval
  /// The share of good events that makes a slice good; `nil` counts each slice by its share (RatioTimeslices).
  public var target: Double?

  public init(length: Interval, target: Double?) {
    self.length = length
    self.target = target
  }
}

/// The place of an SLI in the ledger's rings. Valid until it is dropped from the definitions.
public struct SLISlot: Hashable, Sendable, Comparable {
  public let index: Int

  init(_ index: Int) { self.index = index }

  public static func < (lhs: SLISlot, rhs: SLISlot) -> Bool { lhs.index < rhs.index }
}

/// One SLI side that a series counts towards, and how its samples become events.
public struct SLITarget: Hashable, Sendable {
  public var id: String
  public var side: SLISide
  /// What an event of this series counts: the coefficient of a linear expression.
  public var weight: Double
  public var reading: SampleReading

  public init(id: String, side: SLISide, weight: Double = 1, reading: SampleReading = .increase) {
    self.id = id
    self.side = side
    self.weight = weight
    self.reading = reading
  }
}

/// How the samples of a series become events.
public enum SampleReading: Hashable, Sendable {
  /// Observed increments of a counter; deltas count as themselves.
  case increase
  /// Each sample's value is itself a number of events.
  case value
  /// Each sample is one event.
  case samples
  /// Each sample whose value passes is one event.
  case samplesWhere(Comparison, Double)
  /// Each sample adds its value, 0…1: a ratio that somebody else computed.
  case share
}

/// How a value is held against a threshold.
public enum Comparison: UInt8, Hashable, Sendable, CaseIterable {
  case less = 0
  case lessOrEqual = 1
  case greater = 2
  case greaterOrEqual = 3

  public func holds(_ value: Double, _ threshold: Double) -> Bool {
    switch self {
    case .less: value < threshold
    case .lessOrEqual: value <= threshold
    case .greater: value > threshold
    case .greaterOrEqual: value >= threshold
    }
  }
}

/// The bounds of a ledger.
public struct LedgerLimits: Sendable {
  /// A sample that is in order for its series is counted in its own bucket up to this far behind the newest data.
  public var horizon = Interval.hours(6)
  /// A sample that is out of order within its series is put in its place up to this far behind the series' newest.
  public var reorderHorizon = Interval.minutes(5)
  /// Samples further than this ahead of the receiver's clock are refused: one of them would push the rings forward.
  public var ahead = Interval.minutes(5)
  /// How long evaluation waits for the later of an SLI's two sides.
  public var lag = Interval.minutes(2)
  /// Samples remembered per series for putting late ones in their place.
  public var reorderSamples = 320
  /// Series that are counted at once.
  public var series = 200_000
  /// A series that was silent for so long is forgotten.
  public var seriesIdle = Interval.days(2)
  /// A removed SLI keeps its data for so long, in case it comes back.
  public var retired = Interval.days(1)
  /// Slices of an SLI that late data can still correct; fewer where `horizon` holds fewer of its slices.
  public var openSlices = 96
  /// Marks of one SLI.
  public var marks = 64
  /// Gaps of one SLI that wait to be filled in.
  public var gaps = 8

  public static let longestPeriod = Interval.days(90)

  public init() {}
}

/// What became of a sample.
public enum IngestOutcome: UInt8, Hashable, Sendable, CaseIterable {
  /// Its increment was counted.
  case counted = 0
  /// It was the first of its series and only sets the level to count from.
  case baseline = 1
  /// The same time and value again.
  case duplicate = 2
  /// Another value for a time that is already taken; the first one stays.
  case conflicting = 3
  /// Behind the horizon. Its increment is not lost: the next sample in order carries it.
  case tooOld = 4
  case fromTheFuture = 5
  /// NaN, infinite, or so large (2^63) that counts next to it would be lost.
  case notFinite = 6
  /// Below 0 where a number of events is read.
  case negative = 7
  /// A stale marker: the series ended. Nothing to count.
  case stale = 8
  /// From the standby of a pair of senders.
  case replica = 9
  /// Past the bound on series.
  case tooManySeries = 10
  /// The slice it belongs to was judged so long ago that it cannot be corrected any more, and nothing else counts it.
  case sliceClosed = 11
}

/// How many samples met each outcome.
public struct IngestCounts: Hashable, Sendable {
  private var counts = [UInt64](repeating: 0, count: IngestOutcome.allCases.count)

  public init() {}

  public subscript(outcome: IngestOutcome) -> UInt64 {
    get { counts[Int(outcome.rawValue)] }
    set { counts[Int(outcome.rawValue)] = newValue }
  }

  /// Samples that changed nothing because something was wrong with them.
  public var dropped: UInt64 {
    [.conflicting, .tooOld, .fromTheFuture, .notFinite, .negative, .tooManySeries, .sliceClosed].reduce(0) {
      $0 + self[$1]
    }
  }

  public static func += (lhs: inout IngestCounts, rhs: IngestCounts) {
    for index in lhs.counts.indices { lhs.counts[index] += rhs.counts[index] }
  }
}

/// What a sample's value means.
public enum SampleKind: UInt8, Hashable, Sendable, CaseIterable {
  /// The running total of a counter.
  case cumulative = 0
  /// What was added since the sample before.
  case delta = 1
  /// Events that happened, as many as the value; each such sample stands alone.
  case events = 2
  case gauge = 3
}

/// One sample of a series, a counter's if nothing else is said.
public struct CounterSample: Hashable, Sendable {
  public var time: Instant
  public var value: Double
  /// When the counter began at zero, where the sender says so (OpenMetrics `_created`).
  public var created: Instant?

  public var kind: SampleKind

  public init(time: Instant, value: Double, created: Instant? = nil, kind: SampleKind = .cumulative) {
    self.time = time
    self.value = value
    self.created = created
    self.kind = kind
  }

  /// Prometheus marks the end of a series by a NaN with these bits.
  public static let staleMarker = Double(bitPattern: 0x7FF0_0000_0000_0002)
}
