import Base
import Ledger

/// Leads the samples of series with bad events into the book of attribution: labels are read once a series, and a
/// series that has nothing to say costs a comparison a sample.
public struct AttributionFeed: Sendable {
  private struct Watched {
    var meter = IncrementMeter()
    var source: Attribution.Source
    /// SLIs, and what an event of the series is worth in bad ones.
    var targets: [(sli: String, worth: Double, reading: SampleReading)]
  }

  public private(set) var book: Attribution
  private var sides: [String: SLISide] = [:]
  private var by: [String: [String]] = [:]
  /// By the index of the series in the ledger.
  private var watched: [Watched?] = []

  public init(limits: Attribution.Limits = Attribution.Limits()) { book = Attribution(limits: limits) }

  /// Begins with these SLIs; what is known of those that stay is kept. Series have to be watched anew.
  ///
  /// - Parameter by: the labels that the authors of SLIs group by.
  public mutating func use(_ definitions: [SLIDefinition], by: [String: [String]] = [:]) {
    sides = Dictionary(definitions.map { ($0.id, $0.counts) }, uniquingKeysWith: { first, _ in first })
    self.by = by
    watched = []
    book.keep(only: Set(sides.keys))
  }

  /// Takes over what an earlier process knew, as far as it is still counted.
  public mutating func take(_ earlier: Attribution) {
    book = earlier
    book.keep(only: Set(sides.keys))
    watched = []
  }

  /// Says what a series is, once when it is first seen and again when its index comes to stand for another one.
  ///
  /// - Parameter last: the newest sample that the ledger has of it, which the next one is counted from.
  /// - Returns: whether its samples are wanted: a series without bad events to tell of has nothing to say.
  @discardableResult
  public mutating func watch(
    _ series: Int32, labels: LabelSet, targets: [SLITarget], last: CounterSample? = nil
  ) -> Bool {
    guard series >= 0 else { return false }
    let index = Int(series)
    var own: [(sli: String, worth: Double, reading: SampleReading)] = []
    for target in targets {
      let worth = Attribution.sign(of: target.side, counting: sides[target.id] ?? .bad) * target.weight
      if worth != 0 { own.append((target.id, worth, target.reading)) }
    }
    guard let first = own.first else {
      if index < watched.count { watched[index] = nil }
      return false
    }
    while watched.count <= index { watched.append(nil) }
    let source = book.source(of: labels, by: by[first.sli] ?? [])
    let meter = watched[index].flatMap { $0.source == source ? $0.meter : nil }
    watched[index] = Watched(meter: meter ?? IncrementMeter(from: last), source: source, targets: own)
    return true
  }

  public func isWatched(_ series: Int32) -> Bool {
    series >= 0 && Int(series) < watched.count && watched[Int(series)] != nil
  }

  /// Takes a sample that the ledger has counted.
  public mutating func note(_ series: Int32, _ sample: CounterSample) {
    guard isWatched(series) else { return }
    let increment = watched[Int(series)]!.meter.increment(sample)
    guard let entry = watched[Int(series)] else { return }
    for target in entry.targets {
      let events = target.reading.events(of: sample, increment: increment)
      book.note(target.sli, entry.source, bad: events * target.worth, at: sample.time)
    }
  }
}

extension SampleReading {
  /// How many events a sample is.
  fileprivate func events(of sample: CounterSample, increment: Double) -> Double {
    switch self {
    case .increase: increment
    case .value, .share: sample.value
    case .samples: 1
    case .samplesWhere(let comparison, let threshold): comparison.holds(sample.value, threshold) ? 1 : 0
    }
  }
}
