import Base
import Ledger

/// Turns the raw samples of an SLI's past into increments, stretch by stretch, with the rules by which the ledger
/// counts live samples: differences with resets, first samples as baselines unless the series was born while we
/// looked, and each reading of a sample's value.
public struct SampleFold: Sendable {
  /// Events of one moment.
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

  private let match: @Sendable (LabelSet) -> [SLITarget]
  /// Samples at or before this are baselines.
  private let from: Instant
  /// The first live sample: each series is counted up to its first sample from here on, where the ledger begins.
  private let until: Instant
  /// How far apart the edges are that old increments are gathered at.
  private let edges: Interval
  private var watch = SeriesWatch()
  private var points: [LabelSet: CounterSample] = [:]
  private var ended: Set<LabelSet> = []
  private var sums: [Instant: (part: Double, total: Double)] = [:]
  /// Samples that were counted or set a baseline.
  public private(set) var samples = 0

  /// - Parameters:
  ///   - from: where counting begins; samples before it, as far as they are given, are what it counts from.
  ///   - slice: the length of the SLI's time slices; no increment may cross the end of one.
  ///   - match: which targets of the one SLI a series has.
  public init(
    from: Instant, until: Instant, slice: Interval? = nil, match: @escaping @Sendable (LabelSet) -> [SLITarget]
  ) {
    edges = slice.map { Self.edges(within: $0) } ?? .minutes(5)
    self.from = from
    self.until = until
    self.match = match
  }

  /// Takes the answer to one stretch. Stretches come in order of time; one sample given twice counts once.
  public mutating func add(_ series: [(labels: LabelSet, samples: [CounterSample])]) {
    watch.see(series)
    for (labels, samples) in series where !ended.contains(labels) {
      let targets = match(labels)
      guard !targets.isEmpty else { continue }
      let (fresh, born) = watch.take(labels, samples, since: from)
      for sample in fresh {
        guard sample.value.isFinite else { continue }
        self.samples += 1
        add(sample, of: labels, targets, bornAfter: born)
        if sample.time >= until {
          ended.insert(labels)
          break
        }
      }
    }
  }

  private mutating func add(
    _ sample: CounterSample, of labels: LabelSet, _ targets: [SLITarget], bornAfter born: Instant?
  ) {
    var counter: Double?
    if targets.contains(where: { $0.reading == .increase }), sample.value >= 0 {
      if let earlier = points[labels] {
        counter = Self.increment(from: earlier, to: sample)
      } else {
        // One that begins in live time is counted there.
        counter = born != nil && sample.time < until ? sample.value : 0
      }
      points[labels] = sample
    }
    // The sample from `until` on is the live path's first. For a counter it is the end of the last increment; events
    // that a sample itself is are counted there.
    let isSeam = sample.time >= until
    guard sample.time > from else { return }
    var (part, total) = (0.0, 0.0)
    for target in targets {
      let events: Double
      if target.reading == .increase {
        events = counter ?? 0
      } else {
        events = isSeam ? 0 : Self.events(of: sample.value, target.reading)
      }
      if target.side == .total { total += target.weight * events } else { part += target.weight * events }
    }
    guard part != 0 || total != 0 else { return }
    let time = min(sample.time, until)
    let sum = sums[time] ?? (0, 0)
    sums[time] = (sum.part + part, sum.total + total)
  }

  /// PromQL's rule: a counter that went down was reset, and so was one that says it began after the sample before.
  static func increment(from earlier: CounterSample, to later: CounterSample) -> Double {
    if let created = later.created, created > earlier.time { return later.value }
    return later.value < earlier.value ? later.value : later.value - earlier.value
  }

  /// What one sample is by itself, for readings that look at no other.
  static func events(of value: Double, _ reading: SampleReading) -> Double {
    switch reading {
    case .increase: 0
    case .value: value
    case .samples: 1
    case .samplesWhere(let comparison, let bound): comparison.holds(value, bound) ? 1 : 0
    case .share: value
    }
  }

  /// The longest distance that 5 minutes and the slices are multiples of.
  private static func edges(within slice: Interval) -> Interval {
    var (one, other) = (Int64(300), max(10, slice.milliseconds / 1_000))
    while other != 0 { (one, other) = (other, one % other) }
    return .seconds(max(10, one))
  }

  /// The increments up to `time` that were not taken yet, in order. Old ones are gathered at edges of 5 minutes (less
  /// where slices end between), those of the last 6 hours before the live data at edges of 10 seconds: an increment
  /// stays in the bucket that the ledger would have put it into, and a month of an SLI is a few thousand of them.
  public mutating func take(upTo time: Instant) -> [Increment] {
    var gathered: [Instant: (part: Double, total: Double)] = [:]
    for (at, sum) in sums where at <= time {
      let step: Interval = at > until - .hours(6) ? .seconds(10) : edges
      let floored = at.floored(to: step)
      let edge = min(floored == at ? at : floored + step, time)
      let old = gathered[edge] ?? (0, 0)
      gathered[edge] = (old.part + sum.part, old.total + sum.total)
    }
    sums = sums.filter { $0.key > time }
    return gathered.map { Increment(time: $0.key, part: $0.value.part, total: $0.value.total) }
      .sorted { $0.time < $1.time }
  }
}
