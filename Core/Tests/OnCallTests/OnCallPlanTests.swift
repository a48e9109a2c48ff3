import Base
import Events
import OnCall
import Testing

/// Questions over several schedules: the figures are worked by hand.
@Suite struct OnCallPlanTests {
  private let from = at("2026-06-01T00:00:00Z")  // a Monday

  private func weekly(_ name: String, _ people: [String], _ start: String = "2026-06-01T00:00") -> ScheduleDefinition {
    ScheduleDefinition(name: name, zone: .utc, layers: [layer("weekly", people, .weekly, from: start)])
  }

  private func policy(_ name: String, _ levels: [EscalationPolicy.Target]...) -> EscalationPolicy {
    EscalationPolicy(name: name, levels: levels.map { .init(targets: $0, after: .minutes(5)) }, repeats: 0)
  }

  private func none(_: String) -> [ScheduleOverride] { [] }

  private func text(_ overlap: OnCallOverlap) -> String {
    "\(overlap.person) \(overlap.start.rfc3339.prefix(10)) \(overlap.end.rfc3339.prefix(10)) \(overlap.text)"
  }

  @Test func oneWhoIsInTwoLevelsIsNamed() {
    // Primary: ana bo cy. Secondary: ana cy bo. Of three weeks the first has ana twice.
    let plan = OnCallPlan(
      schedules: [weekly("secondary", ["ana", "cy", "bo"]), weekly("primary", ["ana", "bo", "cy"])],
      policies: [policy("shop", [.schedule("primary")], [.schedule("secondary")])])
    #expect(plan.schedules.map(\.name) == ["primary", "secondary"])
    #expect(
      plan.overlaps(from: from, to: from + .days(21), overrides: none).map(text) == [
        "ana 2026-06-01 2026-06-08 ana is in levels 1 and 2 of policy shop: "
          + "when ana does not answer, level 2 pages nobody else"
      ])
    // Cut at the range; the next time is three weeks later.
    #expect(
      plan.overlaps(from: from + .days(6), to: from + .days(9), overrides: none).map(\.start) == [from + .days(6)])
    #expect(plan.overlaps(from: from + .days(7), to: from + .days(21), overrides: none).isEmpty)
    #expect(plan.overlaps(from: from, to: from + .days(22), overrides: none, limit: 1).count == 1)
  }

  @Test func levelsThatAreNotNextToEachOtherMayShareAPerson() {
    let plan = OnCallPlan(
      schedules: [weekly("a", ["ana"]), weekly("b", ["bo"]), weekly("c", ["ana"])],
      policies: [policy("p", [.schedule("a")], [.schedule("b")], [.schedule("c")])])
    #expect(plan.overlaps(from: from, to: from + .days(7), overrides: none).isEmpty)
  }

  @Test func aPersonNamedInALevelCountsAllTheTime() {
    let plan = OnCallPlan(
      schedules: [weekly("a", ["ana", "bo"])], policies: [policy("p", [.schedule("a")], [.user("bo")])])
    #expect(
      plan.overlaps(from: from, to: from + .days(28), overrides: none).map { [$0.start, $0.end] } == [
        [from + .days(7), from + .days(14)], [from + .days(21), from + .days(28)],
      ])
  }

  /// Somebody else in the second level is somebody else who is paged.
  @Test func aSecondLevelWithSomebodyElseIsNoOverlap() {
    func found(_ targets: EscalationPolicy.Target...) -> [[Instant]] {
      let plan = OnCallPlan(
        schedules: [weekly("a", ["ana"]), weekly("b", ["ana"]), weekly("c", ["bo", "ana"])],
        policies: [
          EscalationPolicy(
            name: "p",
            levels: [
              .init(targets: [.schedule("a")], after: .minutes(5)), .init(targets: targets, after: .minutes(5)),
            ], repeats: 0)
        ])
      return plan.overlaps(from: from, to: from + .days(14), overrides: none).map { [$0.start, $0.end] }
    }
    #expect(found(.schedule("b")) == [[from, from + .days(14)]])
    #expect(found(.schedule("b"), .user("bo")).isEmpty)
    #expect(found(.schedule("b"), .roundRobin(["ana", "bo"])).isEmpty)
    #expect(found(.schedule("b"), .everyone(name: "shop", users: ["ana", "bo"])).isEmpty)
    #expect(found(.schedule("b"), .everyone(name: "shop", users: ["ana"])).count == 1)
    // In the first week bo is in the level too.
    #expect(found(.schedule("b"), .schedule("c")) == [[from + .days(7), from + .days(14)]])
  }

  @Test func onePersonFirstInTwoSchedulesIsNamed() {
    let plan = OnCallPlan(
      schedules: [weekly("a", ["ana", "bo"]), weekly("b", ["cy", "dee"]), weekly("c", ["ana"])],
      policies: [policy("p", [.schedule("a")], [.schedule("c")]), policy("q", [.schedule("b")])])
    #expect(plan.primaries == ["a", "b"])
    #expect(plan.uses(of: "c").map(\.levels) == [[2]])
    // bo also takes over b on the first Wednesday, and ana is in a and c.
    let cover = ScheduleOverride(id: "1", user: "ana", start: from + .days(2), end: from + .days(3))
    let found = plan.overlaps(from: from, to: from + .days(14), overrides: { $0 == "b" ? [cover] : [] })
    #expect(
      found.map(\.kind) == [.levels(policy: "p", level: 1), .primaries("a", "b")])
    #expect(found[1].start == from + .days(2) && found[1].end == from + .days(3))
  }

  @Test func aPersonsShiftsOfAllSchedulesAndTheTimeTheyTake() {
    let plan = OnCallPlan(schedules: [weekly("a", ["ana", "bo"]), weekly("b", ["cy", "ana"]), weekly("c", ["dee"])])
    let cover = ScheduleOverride(id: "1", user: "ana", start: from + .days(2), end: from + .days(9))
    let overrides: OnCallPlan.OverridesOf = { $0 == "c" ? [cover] : [] }
    let shifts = plan.shifts(of: "ana", from: from, to: from + .days(21), overrides: overrides)
    #expect(shifts.map(\.schedule) == ["a", "c", "b", "a"])
    #expect(shifts.map(\.shift.start) == [0, 2, 7, 14].map { from + .days($0) })
    // The two weeks of a and b with the override within them, and the third week: all 21 days, each once.
    #expect(OnCallPlan.time(of: shifts, from: from, to: from + .days(21)) == .days(21))
    #expect(OnCallPlan.time(of: shifts, from: from + .days(8), to: from + .days(9)) == .days(1))
    #expect(OnCallPlan.time(of: Array(shifts.prefix(2)), from: from, to: from + .days(21)) == .days(9))
    #expect(plan.shifts(of: "nobody", from: from, to: from + .days(21), overrides: none).isEmpty)
    #expect(plan.schedule(named: "b")?.name == "b")
    #expect(plan.schedule(named: "bb") == nil)
  }
}
