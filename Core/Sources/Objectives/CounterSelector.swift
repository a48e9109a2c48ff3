import Ledger

/// Which counters an SLI side counts: a PromQL instant selector.
public struct CounterSelector: Hashable, Sendable {
  /// The metric's name, where the selector names one.
  public var metric: String?
  public var matchers: [LabelMatcher]

  public init(metric: String?, matchers: [LabelMatcher]) {
    self.metric = metric
    self.matchers = matchers
  }

  public func matches(_ labels: LabelSet) -> Bool {
    if let metric, labels.metric != metric { return false }
    return matchers.allSatisfy { $0.matches(labels[$0.name]) }
  }
}

/// One counter of an expression, and what its events count.
public struct CountTerm: Hashable, Sendable {
  public var selector: CounterSelector
  public var weight: Double
  public var reading: SampleReading

  public init(_ selector: CounterSelector, weight: Double = 1, reading: SampleReading = .increase) {
    self.selector = selector
    self.weight = weight
    self.reading = reading
  }
}

/// A number of events as a linear combination of counters.
public struct CountExpression: Hashable, Sendable {
  public var terms: [CountTerm]

  public init(_ terms: [CountTerm]) { self.terms = terms }
}

/// One condition on a label. An absent label has the empty value, as in PromQL.
public struct LabelMatcher: Hashable, Sendable {
  public enum Test: Hashable, Sendable {
    case equal(String)
    case notEqual(String)
    case matching(Pattern)
    case notMatching(Pattern)
  }

  public var name: String
  public var test: Test

  public init(_ name: String, _ test: Test) {
    self.name = name
    self.test = test
  }

  public func matches(_ value: String) -> Bool {
    switch test {
    case .equal(let wanted): equal(value, wanted)
    case .notEqual(let wanted): !equal(value, wanted)
    case .matching(let pattern): pattern.matches(value)
    case .notMatching(let pattern): !pattern.matches(value)
    }
  }

  /// `le` and `quantile` are numbers: OpenMetrics and Prometheus 3 write `1.0` where older ones write `1`.
  private func equal(_ value: String, _ wanted: String) -> Bool {
    if value == wanted { return true }
    guard name == "le" || name == "quantile", let value = Double(value), let wanted = Double(wanted) else {
      return false
    }
    return value == wanted
  }

  /// Whether the empty value passes, so that the matcher alone selects everything.
  var matchesEmpty: Bool { matches("") }
}

/// What is wrong with a selector, where, and what to write instead.
public struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Characters from the start of the query, from 1.
  public var column: Int
  public var message: String

  public var description: String { "column \(column): \(message)" }
}

/// Finds what a series counts towards.
public struct SeriesMatcher: Sendable {
  private struct Entry: Sendable {
    var selector: CounterSelector
    var target: SLITarget
  }

  private var byMetric: [String: [Entry]] = [:]
  private var anyMetric: [Entry] = []

  /// - Parameter source: the DataSource whose samples are matched: only objectives that ask it count them. `nil` for
  ///   what is sent to us, which counts for the others.
  public init(_ objectives: [Objective], source: String? = nil) {
    var seen: Set<String> = []
    for objective in objectives where objective.query?.source == source && seen.insert(objective.sli).inserted {
      add(objective.part, objective.sli, objective.counts)
      add(objective.total, objective.sli, .total)
    }
  }

  private mutating func add(_ expression: CountExpression, _ sli: String, _ side: SLISide) {
    for term in expression.terms {
      add(term.selector, SLITarget(id: sli, side: side, weight: term.weight, reading: term.reading))
    }
  }

  private mutating func add(_ selector: CounterSelector, _ target: SLITarget) {
    let entry = Entry(selector: selector, target: target)
    if let metric = selector.metric { byMetric[metric, default: []].append(entry) } else { anyMetric.append(entry) }
  }

  /// Whether a series of this metric could count towards anything: the cheap test before labels are read.
  public func wants(metric: String) -> Bool { !anyMetric.isEmpty || byMetric[metric] != nil }

  /// In the order of the objectives; empty for a series that nobody asked for.
  public func targets(of labels: LabelSet) -> [SLITarget] {
    let named = byMetric[labels.metric] ?? []
    return (named + anyMetric).filter { $0.selector.matches(labels) }.map(\.target)
  }

  /// As `targets(of:)`, from a series' canonical bytes.
  public func targets(ofKey key: [UInt8]) -> [SLITarget] { LabelSet(key: key).map(targets(of:)) ?? [] }
}
