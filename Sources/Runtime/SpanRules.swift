import Base
import Ledger
import Objectives
import Wire

extension SpanRule {
  /// The rules of those objectives that count spans; objectives of one SLI share a rule.
  public static func rules(of objectives: [Objective]) -> [SpanRule] {
    var seen: Set<String> = []
    return objectives.compactMap { objective in
      guard let spans = objective.spans, seen.insert(objective.sli).inserted else { return nil }
      return SpanRule(
        id: objective.sli, counts: objective.counts, selection: spans.matchers.map { SpanTest($0) },
        bad: SpanExpression(spans.bad))
    }
  }
}

extension SpanExpression {
  init(_ condition: SpanCondition) {
    switch condition {
    case .matches(let matcher): self = .test(SpanTest(matcher))
    case .duration(let comparison, let limit): self = .test(SpanTest(.duration, .compare(comparison, limit.seconds)))
    case .all(let parts): self = .all(parts.map { SpanExpression($0) })
    case .any(let parts): self = .any(parts.map { SpanExpression($0) })
    }
  }
}

extension SpanTest {
  /// Names as `SpanSelector` has them.
  init(_ matcher: LabelMatcher) {
    let field: Field =
      switch matcher.name {
      case "service.name": .service
      case "name": .name
      case "kind": .kind
      case "status": .status
      default: .attribute(matcher.name)
      }
    switch matcher.test {
    case .equal(let value): self.init(field, .equal(value))
    case .notEqual(let value): self.init(field, .notEqual(value))
    case .matching, .notMatching: self.init(field, .text { matcher.matches($0) })
    }
  }
}
