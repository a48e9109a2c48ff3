import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct SeriesMatcherTests {
  static let names = ["job", "code", "method", "le"]
  static let values = ["", "a", "b", "200", "500", "1", "1.0"]

  static func selector(_ random: inout SeededGenerator) -> CounterSelector {
    let metrics = ["requests", "errors", "seconds"]
    let matchers = (0..<Int.random(in: 0...3, using: &random)).map { _ -> LabelMatcher in
      let value = Self.values.randomElement(using: &random)!
      let name = Self.names.randomElement(using: &random)!
      switch Int.random(in: 0...5, using: &random) {
      case 0: return LabelMatcher(name, .notEqual(value))
      case 1: return LabelMatcher(name, .matching(try! Pattern("a|.00")))
      case 2: return LabelMatcher(name, .notMatching(try! Pattern("b|")))
      default: return LabelMatcher(name, .equal(value))
      }
    }
    return CounterSelector(
      metric: random.chance(0.6) ? metrics.randomElement(using: &random)! : nil, matchers: matchers)
  }

  static func objective(_ id: String, part: CounterSelector, total: CounterSelector) -> Objective {
    Objective(
      id: id, service: "shop", displayName: id, target: 0.99, period: .days(30), counts: .bad,
      part: CountExpression([CountTerm(part)]), total: CountExpression([CountTerm(total)]), rules: [])
  }

  /// The compiled matcher finds what holding every selector against every series finds, in the same order.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func equalsTryingEverySelector(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var objectives: [Objective] = []
    for number in 0..<Int.random(in: 1...40, using: &random) {
      objectives.append(
        Self.objective("slo-\(number)", part: Self.selector(&random), total: Self.selector(&random)))
    }
    let matcher = SeriesMatcher(objectives)
    for _ in 0..<300 {
      let labels = LabelSet(
        [Label("__name__", ["requests", "errors", "seconds", "other"].randomElement(using: &random)!)]
          + Self.names.map { Label($0, Self.values.randomElement(using: &random)!) })
      var expected: [SLITarget] = []
      for objective in objectives {
        if objective.part.terms[0].selector.matches(labels) {
          expected.append(SLITarget(id: objective.sli, side: .bad))
        }
        if objective.total.terms[0].selector.matches(labels) {
          expected.append(SLITarget(id: objective.sli, side: .total))
        }
      }
      #expect(matcher.targets(of: labels) == expected)
      #expect(matcher.targets(ofKey: labels.key) == expected)
      #expect(expected.isEmpty || matcher.wants(metric: labels.metric))
    }
  }

  @Test func objectivesThatShareAnIndicatorCountItOnce() {
    let selector = CounterSelector(metric: "requests", matchers: [])
    var second = Self.objective("b", part: selector, total: selector)
    second.sli = "a"
    let matcher = SeriesMatcher([Self.objective("a", part: selector, total: selector), second])
    #expect(matcher.targets(of: LabelSet(metric: "requests")).map(\.side) == [.bad, .total])
    #expect(!matcher.wants(metric: "other"))
  }
}
