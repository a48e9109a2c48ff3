import Base
import Definitions
import Events
import Journal
import Ledger
import Testing

@testable import Objectives

@Suite struct MonthTests {
  /// From 20 September on, 3,600 events an hour; one hour of October fails altogether.
  private func world() throws -> (ledger: Ledger, objective: Objective, now: Instant) {
    let objective = try #require(ObjectiveCompiler.compile(.example(target: 0.99, period: .days(30))).objective)
    var ledger = Ledger()
    var now = Instant(rfc3339: "2026-09-20T00:00:00Z")!
    ledger.register([objective.definition], at: now)
    let bad = ledger.intern([1], targets: [SLITarget(id: "checkout", side: .bad)])!
    let total = ledger.intern([2], targets: [SLITarget(id: "checkout", side: .total)])!
    let (outage, end) = (Instant(rfc3339: "2026-10-10T12:00:00Z")!, Instant(rfc3339: "2026-11-01T02:00:00Z")!)
    var (failed, all) = (0.0, 0.0)
    let october = Instant(rfc3339: "2026-10-01T00:00:00Z")!
    ledger.setMarks([october], of: ledger.slot(of: "checkout")!)
    while now <= end {
      ledger.ingest(bad, CounterSample(time: now, value: failed), now: now)
      ledger.ingest(total, CounterSample(time: now, value: all), now: now)
      now += .hours(1)
      all += 3_600
      if now == outage + .hours(1) { failed += 3_600 }
    }
    return (ledger, objective, end)
  }

  /// October has 744 hours: one of them failed, of 7.44 allowed ones. Buckets reach back a little more than 30 days;
  /// the mark at its beginning makes the month whole.
  @Test func aMonthIsClosedOnce() throws {
    let (ledger, objective, now) = try world()
    let evaluator = Evaluator([objective], in: ledger)
    let closings = evaluator.closings(in: ledger, now: now) { _ in Instant(rfc3339: "2026-10-01T00:00:00Z") }
    #expect(closings.map(\.closing.month) == ["2026-10"])
    let closing = try #require(closings.first?.closing)
    #expect(closing.total - closing.good == 3_600)
    #expect(closing.total == 744 * 3_600 && closing.covered == 1)
    let left = try #require(closing.budgetLeft)
    #expect(abs(left - (1 - 1 / 7.44)) < 1e-12)
    #expect(evaluator.closings(in: ledger, now: now) { _ in closing.to }.isEmpty)
    // Before the hour is over that late samples have, nothing is closed.
    let early = Instant(rfc3339: "2026-11-01T00:30:00Z")!
    #expect(
      evaluator.closings(in: ledger, now: early) { _ in Instant(rfc3339: "2026-10-01T00:00:00Z") }.isEmpty)
    #expect(evaluator.nextClosing(after: early) == Instant(rfc3339: "2026-11-01T01:00:00Z"))
    #expect(evaluator.nextClosing(after: now) == Instant(rfc3339: "2026-12-01T01:00:00Z"))
  }

  /// On 16 October at noon half of the month is over: time to come counts as good traffic at the rate so far.
  @Test func theRunningMonthIsToldAsItStands() throws {
    let (ledger, objective, end) = try world()
    let noon = Instant(rfc3339: "2026-10-16T12:00:00Z")!
    func month(at now: Instant, excluded: [Range<Instant>] = []) throws -> PeriodClosed {
      try #require(
        ObjectivePlots.runningMonth(
          objective, in: ledger, context: ObjectiveContext(excluded: excluded), now: now))
    }
    let running = try month(at: noon)
    #expect(running.month == "2026-10" && running.to == noon)
    #expect(running.total == 372 * 3_600 && running.good == 371 * 3_600)
    #expect(abs(running.covered - 0.5) < 1e-12)
    #expect(abs((running.budgetLeft ?? 0) - (1 - 1 / 7.44)) < 1e-12)
    let outage = Instant(rfc3339: "2026-10-10T12:00:00Z")!
    let without = try month(at: noon, excluded: [outage..<outage + .hours(1)])
    #expect(without.total == 371 * 3_600 && without.budgetLeft == 1)
    #expect(try month(at: end).month == "2026-11")
    #expect(try month(at: end).total == 2 * 3_600)
  }

  @Test func whatIsExcludedIsNotInTheMonth() throws {
    let (ledger, objective, now) = try world()
    var evaluator = Evaluator([objective], in: ledger)
    let outage = Instant(rfc3339: "2026-10-10T12:00:00Z")!
    evaluator.exclude(["checkout": [outage..<outage + .hours(1)]])
    let closing = try #require(
      evaluator.closings(in: ledger, now: now) { _ in Instant(rfc3339: "2026-10-01T00:00:00Z") }.first?.closing)
    #expect(closing.good == closing.total)
    #expect(closing.budgetLeft == 1)
  }

  @Test func marksAreWhereBudgetsBeginAndEnd() throws {
    let (ledger, objective, now) = try world()
    var monthly = objective
    monthly.id = "monthly"
    monthly.window = .calendar(
      CalendarWindow(
        duration: DurationShorthand(1, .week), start: CivilDateTime(isoText: "2026-10-05T00:00")!, zone: "UTC"))
    var evaluator = Evaluator([objective, monthly], in: ledger)
    let cut = Instant(rfc3339: "2026-10-20T10:00:00Z")!
    evaluator.exclude(["monthly": [cut..<cut + .minutes(5)]])
    let marks = evaluator.marks(now: now)
    // Both count the same, so they share the marks of one SLI.
    #expect(marks.map(\.sli) == ["checkout"])
    #expect(
      marks[0].times.map(\.rfc3339) == [
        "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-26T00:00:00Z",
        "2026-11-02T00:00:00Z", "2026-10-20T10:00:00Z", "2026-10-20T10:05:00Z",
      ])
  }

  @Test func monthsMakeQuarters() throws {
    var budgets = Budgets()
    var sequence: Int64 = 0
    for (month, good, total) in [("2026-09", 990.0, 1_000.0), ("2026-10", 2_000, 2_000), ("2026-11", 980, 1_000)] {
      sequence += 1
      let payload = PeriodClosed(
        service: "s", month: month, from: .epoch, to: .epoch, target: 0.99, good: good, total: total, budgetLeft: 0,
        covered: 1)
      try budgets.apply(
        Event(
          sequence: sequence, id: ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV")!, time: .epoch, type: PeriodClosed.type,
          typeVersion: 1, subject: "slo/checkout", actor: "system/slo", cause: nil, data: try payload.json))
    }
    let quarters = budgets.quarters(of: "checkout")
    #expect(quarters.map(\.name) == ["2026-Q3", "2026-Q4"])
    #expect(quarters.map(\.months) == [1, 2])
    #expect(quarters.map(\.total) == [1_000, 3_000])
    // 20 bad where 30 are allowed.
    #expect(abs((quarters[1].budgetLeft ?? 0) - 1.0 / 3) < 1e-9)
    #expect(try Budgets(snapshot: budgets.snapshot()).quarters(of: "checkout") == quarters)
  }
}
