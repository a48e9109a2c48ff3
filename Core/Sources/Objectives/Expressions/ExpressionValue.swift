import Ledger

/// What a part of a query stands for, before it is known what is asked of the whole.
enum ExpressionValue {
  case number(Double)
  /// `vector(0)`: nothing, where series are absent.
  case zero
  case vector(InstantSelector)
  case range(InstantSelector, isSubquery: Bool)
  case count(CountExpression, by: [String])
  /// `isComplement`: the value is 1 minus the ratio.
  case ratio(part: CountExpression, total: CountExpression, isComplement: Bool, by: [String])

  var name: String {
    switch self {
    case .number: "a number"
    case .zero: "vector(0)"
    case .vector: "a selector"
    case .range: "a range"
    case .count: "a count"
    case .ratio: "a ratio"
    }
  }
}

/// A selector of which it is still open how its samples become events.
struct InstantSelector {
  var selector: CounterSelector
  var test: SampleTest?
  var grouping = Grouping.none
  var by: [String] = []

  enum Grouping {
    case none, sum, count, average
  }

  func counted(_ reading: SampleReading, weight: Double = 1) -> CountExpression {
    CountExpression([CountTerm(selector, weight: weight, reading: reading)])
  }
}

/// A comparison of samples with a number.
struct SampleTest {
  enum Operation {
    case holds(Comparison)
    case equal
    case notEqual
  }

  var operation: Operation
  var threshold: Double
  /// With `bool` the result is 1 or 0 for every sample; without, only samples that pass are left.
  var isBool: Bool
}

extension InstantSelector {
  /// The samples that pass, each one event. Equality is told by two comparisons: at least, but not above.
  func passing(_ test: SampleTest) -> CountExpression {
    let threshold = test.threshold
    let equal =
      counted(.samplesWhere(.greaterOrEqual, threshold))
      + counted(.samplesWhere(.greater, threshold), weight: -1)
    return switch test.operation {
    case .holds(let comparison): counted(.samplesWhere(comparison, threshold))
    case .equal: equal
    case .notEqual: counted(.samples) + equal.scaled(by: -1)
    }
  }

  /// Whether the metric's name is one that counters have.
  var looksLikeCounter: Bool { selector.looksLikeCounter }
}

extension CounterSelector {
  /// Whether the metric's name is one that counters have (OpenMetrics: `_total`, `_count`, `_bucket`, `_sum`).
  var looksLikeCounter: Bool {
    ["_total", "_count", "_bucket", "_sum"].contains { metric?.hasSuffix($0) == true }
  }
}
