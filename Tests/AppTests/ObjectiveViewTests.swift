import Base
import Events
import Runtime
import Testing
import Web

@testable import App

@Suite struct ObjectiveViewTests {
  private func month(_ name: String, good: Double, total: Double) -> PeriodClosed {
    let from = Instant(rfc3339: "\(name)-01T00:00:00Z")!
    return PeriodClosed(
      service: "shop", month: name, from: from, to: from + .days(28), target: 0.9, good: good, total: total,
      budgetLeft: total > 0 ? 1 - (1 - good / total) / 0.1 : nil, covered: 1)
  }

  @Test func monthsMakeUpQuartersNewestFirst() {
    let periods = ObjectiveViews.periods(
      [
        month("2026-08", good: 95, total: 100), month("2026-09", good: 100, total: 100),
        month("2026-10", good: 0, total: 0), month("2026-11", good: 80, total: 100),
        month("2026-12", good: 97, total: 100),
      ], running: month("2026-12", good: 1, total: 1), target: 0.9)
    #expect(
      periods.map(\.name) == [
        "Q4 2026", "December 2026", "November 2026", "October 2026", "Q3 2026", "September 2026", "August 2026",
      ])
    // 177 of 200: 11.5% failed of the 10% allowed.
    #expect(periods[0].total == 200 && !periods[0].isOpen)
    #expect(abs((periods[0].budgetLeft ?? 0) + 0.15) < 1e-9)
    #expect(periods[3].sli == nil && periods[3].budgetLeft == nil)
    #expect(periods[4].isOpen, "July is not on record")
    #expect(periods[4].from == month("2026-08", good: 0, total: 0).from)
  }

  /// The month under way is told as it stands, within its quarter.
  @Test func theRunningMonthIsSoFar() {
    let closed = ["2026-08", "2026-09", "2026-10"].map { month($0, good: 100, total: 100) }
    let periods = ObjectiveViews.periods(closed, running: month("2026-11", good: 90, total: 100), target: 0.9)
    #expect(periods.prefix(3).map(\.name) == ["Q4 2026", "November 2026", "October 2026"])
    #expect(periods.prefix(3).map(\.isOpen) == [true, true, false])
    #expect(periods[0].good == 190 && periods[0].total == 200)
    // 5% failed of the 10% allowed, in 61 of 92 days.
    #expect(abs((periods[0].budgetLeft ?? 0) - (1 - 0.5 * 61 / 92)) < 1e-9)
    let first = ObjectiveViews.periods([], running: month("2026-11", good: 90, total: 100), target: 0.9)
    #expect(first.map(\.name) == ["Q4 2026", "November 2026"] && first.allSatisfy(\.isOpen))
    #expect(ObjectiveViews.periods([], running: nil, target: 0.9).isEmpty)
  }

  @Test func aRateIsTakenOverTheLastMinute() {
    let (book, metrics) = (TelemetryBook(), SelfMetrics())
    let start = Instant(rfc3339: "2026-11-21T03:00:00Z")!
    for second in stride(from: Int64(0), through: 300, by: 5) {
      // Ten a second for the first four minutes, then forty.
      metrics.add(Intakes.samples, [("intake", "prometheus")], by: second > 240 ? 200 : 50)
      book.note(metrics, at: start + .seconds(second))
      if second == 20 { #expect(book.rate(of: "prometheus") == nil, "too early to tell") }
    }
    let rate = book.rate(of: "prometheus") ?? 0
    #expect((34...40).contains(rate), "\(rate)")
    #expect(book.rate(of: "otlp") == 0 && book.last(of: "otlp") == nil)
    #expect(book.last(of: "prometheus") == start + .seconds(300))
  }

  @Test func countersAreReadByOneLabel() {
    let metrics = SelfMetrics()
    metrics.add(Intakes.refused, [("intake", "otlp"), ("reason", "size")], by: 2)
    metrics.add(Intakes.refused, [("intake", "otlp"), ("reason", "format")], by: 3)
    metrics.add(Intakes.refused, [("intake", "prometheus")])
    #expect(metrics.values(of: Intakes.refused, by: "intake") == ["otlp": 5, "prometheus": 1])
    #expect(metrics.values(of: Intakes.samples, by: "intake").isEmpty)
  }
}
