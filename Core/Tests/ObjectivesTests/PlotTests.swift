import Base
import Definitions
import Ledger
import Testing

@testable import Objectives

/// Curves over time end where the budget itself stands.
@Suite struct PlotTests {
  private static let start = Instant(rfc3339: "2026-10-01T00:00:00Z")!
  private static let outage = start + .days(10)..<start + .days(10) + .hours(1)
  private static let end = start + .days(30)

  /// 30 days of 3,600 events an hour for each of two SLIs; of `a` all fail during an hour, of `b` none.
  private func world() throws -> (ledger: Ledger, objectives: [Objective]) {
    let objectives = try ["a", "b"].map { id in
      var spec = ObjectiveSpec.example(target: 0.99, period: .days(30))
      spec.id = id
      return try #require(ObjectiveCompiler.compile(spec).objective)
    }
    var ledger = Ledger()
    ledger.register(objectives.sliDefinitions, at: Self.start)
    let ids = ["a", "b"].map { id in
      [SLISide.bad, .total].map { side in
        ledger.intern(LabelSet(metric: "\(side)", ["slo": id]).key, targets: [SLITarget(id: id, side: side)])!
      }
    }
    for slot in ["a", "b"].compactMap({ ledger.slot(of: $0) }) {
      ledger.setMarks([Self.outage.lowerBound, Self.outage.upperBound], of: slot)
    }
    var now = Self.start
    var (failed, all) = (0.0, 0.0)
    while now <= Self.end {
      for (index, pair) in ids.enumerated() {
        ledger.ingest(pair[0], CounterSample(time: now, value: index == 0 ? failed : 0), now: now)
        ledger.ingest(pair[1], CounterSample(time: now, value: all), now: now)
      }
      now += .hours(1)
      all += 3_600
      if Self.outage.contains(now - .hours(1)) { failed += 3_600 }
    }
    return (ledger, objectives)
  }

  private func curve(_ objective: Objective, _ ledger: Ledger, _ context: ObjectiveContext) throws -> [Double] {
    let points = ObjectivePlots.burnDown(objective, in: ledger, context: context, to: Self.end, points: 31)
    let left = try #require(BurnReader(objective, in: ledger, at: Self.end, context: context)).left
    #expect(abs(try #require(points.last?.value) - left) < 1e-9, "the curve ends where the budget stands")
    return points.compactMap(\.value)
  }

  /// One hour of 7.2 allowed ones is gone after the tenth day; nothing is where that hour is left out.
  @Test func exclusionsAreLeftOutOfTheCurve() throws {
    let (ledger, objectives) = try world()
    let values = try curve(objectives[0], ledger, ObjectiveContext())
    #expect(values.count == 31 && values.prefix(11).allSatisfy { abs($0 - 1) < 1e-9 })
    #expect(values.dropFirst(11).allSatisfy { abs($0 - (1 - 1 / 7.2)) < 1e-3 })
    let context = ObjectiveContext(excluded: [Self.outage])
    #expect(try curve(objectives[0], ledger, context).allSatisfy { $0 == 1 })
    let burn = ObjectivePlots.burnRate(
      objectives[0], window: .hours(6), in: ledger, context: context, from: Self.outage.lowerBound,
      to: Self.outage.upperBound + .hours(6), points: 8)
    #expect(burn.compactMap(\.value).allSatisfy { $0 == 0 })
    let counted = ObjectivePlots.burnRate(
      objectives[0], window: .hours(6), in: ledger, from: Self.outage.lowerBound,
      to: Self.outage.upperBound + .hours(6), points: 8)
    #expect(counted.contains { abs(($0.value ?? 0) - 100.0 / 6) < 1e-9 })
  }

  /// The second half of the month is a budget of its own, in which nothing failed.
  @Test func aCalendarsCurveBeginsWithItsPeriod() throws {
    let (ledger, objectives) = try world()
    var fortnight = objectives[0]
    fortnight.window = .calendar(
      CalendarWindow(
        duration: DurationShorthand(2, .week), start: CivilDateTime(isoText: "2026-10-04T00:00")!, zone: "UTC"))
    #expect(try curve(fortnight, ledger, ObjectiveContext()) == Array(repeating: 1, count: 31))
    let points = ObjectivePlots.burnDown(fortnight, in: ledger, from: Self.start, to: Self.end, points: 31)
    let first = points.first { $0.value != nil }
    #expect(first?.at.rfc3339 == "2026-10-18T00:00:00Z")
  }

  @Test func aCompositesCurveIsTheMeanOfItsMembers() throws {
    let (ledger, objectives) = try world()
    var whole = objectives[0]
    (whole.id, whole.sli) = ("whole", "whole")
    whole.composite = [CompositeMember(id: "a"), CompositeMember(id: "b", weight: 3)]
    let context = ObjectiveContext(members: [(objectives[0], 1), (objectives[1], 3)])
    let values = try curve(whole, ledger, context)
    #expect(values.dropFirst(11).allSatisfy { abs($0 - (1 - 0.25 / 7.2)) < 1e-3 })
    #expect(ObjectivePlots.newest(whole, in: ledger, context: context) == Self.end)
  }

  @Test func anSLIKnowsHowManySeriesItCounts() throws {
    let (ledger, _) = try world()
    #expect(ledger.seriesCount(of: try #require(ledger.slot(of: "a"))) == 2)
  }
}
