import Base
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

/// What is wrong with a selector, where, and what to write instead.
public struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Characters from the start of the query, from 1.
  public var column: Int
  public var message: String

  public var description: String { "column \(column): \(message)" }
}
