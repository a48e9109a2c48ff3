import Base
import Ledger

/// Which spans an SLI counts, and which of these are bad. Names are `service.name` and other resource attributes, the
/// span's attributes, and `name`, `kind`, `status` and `duration` of the span itself; where the two kinds of
/// attributes share a name, the span's own is meant. Values are texts; an absent one is empty.
///
/// `kind` is `internal`, `server`, `client`, `producer` or `consumer`, `status` is `unset`, `ok` or `error`
/// (OpenTelemetry, trace API specification).
public struct SpanSelector: Hashable, Sendable {
  /// All must hold.
  public var matchers: [LabelMatcher]
  public var bad: SpanCondition

  public init(matchers: [LabelMatcher], bad: SpanCondition) {
    self.matchers = matchers
    self.bad = bad
  }

  /// Whether a span is counted; `value` gives the text of a name.
  public func selects(_ value: (_ name: String) -> String) -> Bool {
    matchers.allSatisfy { $0.matches(value($0.name)) }
  }
}

/// What makes a span bad.
public indirect enum SpanCondition: Hashable, Sendable {
  case matches(LabelMatcher)
  case duration(Comparison, Interval)
  case all([SpanCondition])
  case any([SpanCondition])

  public func holds(duration: Interval, _ value: (_ name: String) -> String) -> Bool {
    switch self {
    case .matches(let matcher): matcher.matches(value(matcher.name))
    case .duration(let comparison, let threshold):
      comparison.holds(Double(duration.nanoseconds), Double(threshold.nanoseconds))
    case .all(let conditions): conditions.allSatisfy { $0.holds(duration: duration, value) }
    case .any(let conditions): conditions.contains { $0.holds(duration: duration, value) }
    }
  }

  /// The condition that holds exactly where this one does not.
  var negated: SpanCondition {
    switch self {
    case .matches(let matcher): .matches(matcher.negated)
    case .duration(let comparison, let threshold): .duration(comparison.negated, threshold)
    case .all(let conditions): .any(conditions.map(\.negated))
    case .any(let conditions): .all(conditions.map(\.negated))
    }
  }
}

extension LabelMatcher {
  fileprivate var negated: LabelMatcher {
    switch test {
    case .equal(let value): LabelMatcher(name, .notEqual(value))
    case .notEqual(let value): LabelMatcher(name, .equal(value))
    case .matching(let pattern): LabelMatcher(name, .notMatching(pattern))
    case .notMatching(let pattern): LabelMatcher(name, .matching(pattern))
    }
  }
}

extension Comparison {
  fileprivate var negated: Comparison {
    switch self {
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .greater: .lessOrEqual
    case .greaterOrEqual: .less
    }
  }
}
