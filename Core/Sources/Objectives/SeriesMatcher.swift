import Base
import Ledger

/// Finds what a series counts towards.
///
/// Selectors are compiled: each is filed under one label that it wants to be equal to a value (the metric's name among
/// them), the one that fewest other selectors want. A series is then held against the selectors filed under its own
/// labels alone, however many there are.
public struct SeriesMatcher: Sendable {
  private struct Entry: Sendable {
    var selector: CounterSelector
    var target: SLITarget
  }

  private var entries: [Entry] = []
  /// Places in `entries` by label.
  private var filed: [Label: [Int]] = [:]
  /// Those that want no label to have a certain value.
  private var unfiled: [Int] = []
  /// Metrics that selectors name; nothing when some selector names none.
  private var metrics: Set<String>? = []

  /// - Parameter source: the DataSource whose samples are matched: only objectives that ask it count them. `nil` for
  ///   what is sent to us, which counts for the others.
  public init(_ objectives: [Objective], source: String? = nil) {
    var seen: Set<String> = []
    for objective in objectives where objective.query?.source == source && seen.insert(objective.sli).inserted {
      add(objective.part, objective.sli, objective.counts)
      add(objective.total, objective.sli, .total)
    }
    file()
  }

  private mutating func add(_ expression: CountExpression, _ sli: String, _ side: SLISide) {
    for term in expression.terms {
      let target = SLITarget(id: sli, side: side, weight: term.weight, reading: term.reading)
      entries.append(Entry(selector: term.selector, target: target))
      if let metric = term.selector.metric { metrics?.insert(metric) } else { metrics = nil }
    }
  }

  private mutating func file() {
    var popularity: [Label: Int] = [:]
    let wanted = entries.map { Self.equalities(of: $0.selector) }
    for labels in wanted {
      for label in labels { popularity[label, default: 0] += 1 }
    }
    for (place, labels) in wanted.enumerated() {
      if let rarest = labels.min(by: { popularity[$0]! < popularity[$1]! }) {
        filed[rarest, default: []].append(place)
      } else {
        unfiled.append(place)
      }
    }
  }

  /// The labels that a series must have. Numbers that may be written in several ways are no such labels, nor is the
  /// empty value, which an absent label has.
  private static func equalities(of selector: CounterSelector) -> [Label] {
    var labels: [Label] = []
    if let metric = selector.metric, !metric.isEmpty { labels.append(Label("__name__", metric)) }
    for matcher in selector.matchers where matcher.name != "le" && matcher.name != "quantile" {
      if case .equal(let value) = matcher.test, !value.isEmpty { labels.append(Label(matcher.name, value)) }
    }
    return labels
  }

  /// Whether a series of this metric could count towards anything: the cheap test before labels are read.
  public func wants(metric: String) -> Bool { metrics?.contains(metric) ?? true }

  /// In the order of the objectives; empty for a series that nobody asked for.
  public func targets(of labels: LabelSet) -> [SLITarget] {
    var places = unfiled
    for label in labels.labels {
      if let filed = filed[label] { places += filed }
    }
    guard !places.isEmpty else { return [] }
    // Each is filed once, so none comes twice.
    return places.sorted().compactMap { entries[$0].selector.matches(labels) ? entries[$0].target : nil }
  }

  /// As `targets(of:)`, from a series' canonical bytes.
  public func targets(ofKey key: [UInt8]) -> [SLITarget] { LabelSet(key: key).map(targets(of:)) ?? [] }
}
