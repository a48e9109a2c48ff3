import Base
import Ledger

extension Objective {
  /// What both sides count, as PromQL, each once.
  public var selectors: [String] {
    var seen: Set<String> = []
    return (part.terms + total.terms).map(\.selector.promQL).filter { seen.insert($0).inserted }
  }

  /// The queries that are evaluated step by step, with the step in place of the window. `name` is `part`, `total` or
  /// `raw`.
  public var steppedQueries: [(name: String, text: String)] {
    guard let query, case .instant(let part, let total, let raw) = query.form else { return [] }
    let window = "\(query.step.milliseconds)ms"
    return [("part", part), ("total", total), ("raw", raw?.query)].compactMap { name, text in
      text.map { (name, Self.filling($0, window)) }
    }
  }

  /// `{{.window}}`, however it is spaced, and Grafana's `$__rate_interval` and `$__interval`.
  private static func filling(_ text: String, _ window: String) -> String {
    text.replacing(/\{\{\s*\.window\s*\}\}/, with: window).replacing(/\$__(?:rate_)?interval/, with: window)
  }

  /// The objective as it counts what was recorded, wherever that comes from: the values of its queries as series with
  /// the labels of `LabelSet.asked`, everything else by its own selectors.
  public var ofRecordings: Objective {
    var recorded = self
    recorded.query = nil
    guard query != nil, !steppedQueries.isEmpty else { return recorded }
    func expression(_ wanted: (SLITarget) -> Bool) -> CountExpression {
      let matcher = SourcedMatcher([self])
      return CountExpression(
        steppedQueries.flatMap { name, _ in
          let labels = LabelSet([]).asked(of: query?.source ?? "", sli: sli, query: name)
          return matcher.targets(of: labels).filter(wanted).map { target in
            CountTerm(
              CounterSelector(metric: nil, matchers: [LabelMatcher(SourcedMatcher.queryLabel, .equal(name))]),
              weight: target.weight, reading: target.reading)
          }
        })
    }
    recorded.part = expression { $0.side != .total }
    recorded.total = expression { $0.side == .total }
    return recorded
  }
}

/// The samples of one stretch of the past, gathered from answers that may overlap, for `SLOReplay`.
public struct RecordedRange: Sendable {
  private let from: Instant
  private var watch = SeriesWatch()
  /// The last sample of each series up to `from`: what it is counted from.
  private var baselines: [LabelSet: CounterSample] = [:]
  public private(set) var samples: [SLOReplay.Sample] = []

  /// - Parameter from: events after this are counted.
  public init(from: Instant) { self.from = from }

  /// Takes an answer. Answers come in order of time.
  public mutating func add(_ series: [(labels: LabelSet, samples: [CounterSample])]) {
    watch.see(series)
    for (labels, samples) in series {
      let (fresh, born) = watch.take(labels, samples, since: from)
      for (index, sample) in fresh.enumerated() {
        guard sample.time > from else {
          baselines[labels] = sample
          continue
        }
        if let baseline = baselines.removeValue(forKey: labels) {
          self.samples.append(.init(labels: labels, sample: baseline))
        }
        var sample = sample
        if index == 0, let born { sample.created = born }
        self.samples.append(.init(labels: labels, sample: sample))
      }
    }
  }
}

extension SLOReplay {
  /// The events in (from, to], counted from the samples themselves: exact where the ledger's windows begin at the next
  /// edge of a bucket. `nil` for objectives that are no plain count of events in a rolling window.
  public static func exact(
    _ objective: Objective, samples: [Sample], from: Instant, to: Instant
  ) -> (good: Double, bad: Double, total: Double)? {
    guard objective.slices == nil, objective.composite.isEmpty, case .rolling = objective.window else { return nil }
    let matcher = SeriesMatcher([objective])
    var series: [LabelSet: [CounterSample]] = [:]
    for one in samples where one.sample.time <= to { series[one.labels, default: []].append(one.sample) }
    var fold = SampleFold(from: from, until: .distantFuture) { matcher.targets(of: $0) }
    fold.add(series.map { ($0.key, $0.value.sorted { $0.time < $1.time }) })
    var (part, total) = (0.0, 0.0)
    for increment in fold.take(upTo: to) { (part, total) = (part + increment.part, total + increment.total) }
    let side = min(max(part, 0), max(total, 0))
    total = max(total, 0)
    return objective.counts == .good ? (side, total - side, total) : (total - side, side, total)
  }
}
