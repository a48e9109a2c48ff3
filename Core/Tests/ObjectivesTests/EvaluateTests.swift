import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct EvaluateTests {
  @Test func factorsOfThirtyDays() throws {
    let (objective, notes) = ObjectiveCompiler.compile(.example(target: 0.999, period: .days(30)))
    #expect(try #require(objective).rules.map(\.factor) == [14.4, 6, 3, 1])
    #expect(notes.isEmpty)
    let four = try #require(ObjectiveCompiler.compile(.example(target: 0.999, period: .days(28))).objective)
    #expect(four.rules.map(\.factor) == [13.44, 5.6, 2.8, 0.933333333])
  }

  @Test func rulesThatCannotWorkAreLeftOutWithANote() throws {
    let (week, notes) = ObjectiveCompiler.compile(.example(target: 0.999, period: .days(7)))
    #expect(try #require(week).rules.map(\.name) == ["page 1h/5m", "page 6h/30m"])
    #expect(notes.count == 2)
    let (low, lowNotes) = ObjectiveCompiler.compile(.example(target: 0.9, period: .days(30)))
    #expect(try #require(low).rules.first?.factor == 6)
    #expect(lowNotes.count == 1)
  }

  @Test func writtenConditionsAreHonouredOrRefused() throws {
    var spec = ObjectiveSpec.example(target: 0.95, period: .days(30))
    spec.conditions = [
      BurnCondition(name: "slow", severity: "ticket", threshold: 2, lookbackWindow: .days(1)),
      BurnCondition(
        name: "fast", severity: "page", op: "lte", threshold: 10, lookbackWindow: .hours(1), alertAfter: .minutes(2)),
    ]
    let (objective, notes) = ObjectiveCompiler.compile(spec)
    #expect(try #require(objective).rules.map(\.name) == ["page 1h/5m", "ticket 1d/2h"])
    #expect(try #require(objective).rules[0].hold == .minutes(2))
    #expect(notes.map(\.weight) == [.warning])
    spec.conditions = [BurnCondition(name: "never", severity: "page", threshold: 21, lookbackWindow: .hours(1))]
    #expect(ObjectiveCompiler.compile(spec).notes.map(\.weight) == [.error])
  }

  @Test func aHundredPercentIsRefused() {
    let (objective, notes) = ObjectiveCompiler.compile(.example(target: 1, period: .days(30)))
    #expect(objective == nil)
    #expect(notes.map(\.message) == ["objective 100 leaves no error budget; use a target below 100"])
  }
}

extension ObjectiveSpec {
  static func example(target: Double, period: Interval) -> ObjectiveSpec {
    ObjectiveSpec(
      id: "checkout", service: "checkout", target: target, period: period, bad: "errors_total", total: "requests_total")
  }
}
