import Base
import Ledger
import Testing

@testable import Objectives

/// Vectors worked by hand. Each says how its figures come about.
@Suite struct VectorTests {
  func run(_ text: String) throws {
    var scenario = Scenario()
    try scenario.run(text)
  }

  /// 99.9%: failing for x seconds of the last hour burns at x / 3600 × 1000; 14.4 needs 51.84 s, so the sixth sample.
  /// The 5-minute window is clean 5 minutes after the last failure: the page closes although the long windows remember.
  /// Five minutes of failure use 300 s / (30 d × 0.001) = 300 / 2592 = 0.1157 of the budget.
  @Test(arguments: ["bad", "good"]) func totalFailureAndRecovery(counting: String) throws {
    try run(
      """
      slo 99.9% over 30d counting \(counting)
      load 30d every 1h rate 10
      load 1h every 10s rate 10
      evaluate
      expect left 1.0
      expect burn 5m 0.0
      expect state healthy
      expect open none
      load 0s rate 10 bad 100%
      until page fires within 2m
      expect elapsed 60s
      expect burn 1h 16.6667
      expect burn 5m 200.0
      expect state burning
      load 4m every 10s rate 10 bad 100%
      evaluate
      expect left 0.8843
      expect burn 1h 83.3333
      expect firing page 1h/5m, page 6h/30m, ticket 1d/2h, ticket 3d/6h
      expect open page, ticket
      load 0s rate 10
      until page resolves within 10m
      expect elapsed 300s
      expect firing page 6h/30m, ticket 1d/2h, ticket 3d/6h
      expect open ticket
      expect left 0.8843
      """)
  }

  /// After 5 minutes of failure that end now, the 5-minute window falls below 14.4 when less than 1.44% of it is bad:
  /// 300 s − 4.32 s, so at 5 minutes; the half-hour window below 6 when under 10.8 s of its 1800 s are bad: at
  /// 29 min 50 s; the two-hour one below 3 (21.6 s of 7200) and the six-hour one below 1 (21.6 s) likewise.
  @Test func clearingTimes() throws {
    try run(
      """
      slo 99.9% over 30d
      load 30d every 1h rate 10
      load 7h every 10s rate 10
      load 5m every 10s rate 10 bad 100%
      evaluate
      expect clears page 1h/5m in 5m
      expect clears page 6h/30m in 30m
      expect clears ticket 1d/2h in 120m
      expect clears ticket 3d/6h in 360m
      """)
  }

  /// 0.2% bad at 99.9% burns at 2 everywhere: no rule but 3d/6h (factor 1) fires, as a ticket; from a full budget it
  /// lasts period / 2 = 15 d after the failures began, of which 4 days are gone: 11 d = 264 h.
  @Test func slowBurnIsATicketAndAProjection() throws {
    try run(
      """
      slo 99.9% over 30d
      load 30d every 1h rate 100
      load 4d every 10m rate 100 bad 0.2%
      evaluate
      expect burn 3d 2.0
      expect left 0.7333
      expect firing ticket 3d/6h
      expect open ticket
      expect state burning
      expect projection 264h
      """)
  }

  /// 0.1% bad burns at exactly 1: after a whole period nothing is left.
  @Test func exhausted() throws {
    try run(
      """
      slo 99.9% over 7d
      load 8d every 1h rate 100 bad 0.11%
      load 1h every 10s rate 100
      evaluate
      expect left -0.0935
      expect state exhausted
      """)
  }

  /// Nothing divides by zero: no traffic at all, then none for a while with the alert kept, then none for good. Then
  /// 3,000 of 75,000 are bad in the 3 h 45 min that were seen; the 6 hours count as 120,000: 2.5%, a burn of 25.
  @Test func noTraffic() throws {
    try run(
      """
      slo 99.9% over 30d
      evaluate
      expect burn 5m none
      expect left 1.0
      expect state noData
      load 2h every 10s rate 10
      load 5m every 10s rate 10 bad 100%
      evaluate
      expect open page, ticket
      load 10m every 10s rate 0
      evaluate
      expect burn 5m none
      expect open page, ticket
      load 90m every 10s rate 0
      evaluate
      expect burn 1h none
      expect burn 6h 25.0
      """)
  }

  /// The hour before the first sample counts as good traffic: a failure in the first minutes does not read as 100%.
  /// After 6 minutes, the last 1 of them failing: 60 s of 3600 s at 1000 is 16.7. Of the budget 60 / 2592 = 0.0231 is
  /// used; the period's first edge is a whole hour, so the last digit may be one off.
  @Test func timeBeforeTheFirstDataIsGoodTraffic() throws {
    try run(
      """
      slo 99.9% over 30d
      load 5m every 10s rate 10
      load 1m every 10s rate 10 bad 100%
      evaluate
      expect covered 0.0001
      expect burn 1h 16.6667
      expect burn 5m 200.0
      expect left 0.9768
      """)
  }

  /// Samples that stop for 10 minutes and come back: the increments of the gap land at their end, none are lost.
  @Test func aGapLosesNothing() throws {
    try run(
      """
      slo 99.9% over 30d
      load 30d every 1h rate 10
      load 1h every 10s rate 10
      wait 10m
      load 10m every 10m rate 10
      evaluate
      expect left 1.0
      expect state healthy
      """)
  }

  @Test func goodSideThatComesLaterDoesNotLookLikeBurn() throws {
    let objective = try #require(
      ObjectiveCompiler.compile(
        ObjectiveSpec(id: "s", service: "s", target: 0.999, period: .days(30), good: "g", total: "t")
      ).objective)
    var ledger = Ledger()
    let start = Instant(seconds: 1_790_000_000)
    ledger.register([objective.definition], at: start)
    let good = ledger.intern([1], targets: [SLITarget(id: "s", side: .good)])!
    let total = ledger.intern([2], targets: [SLITarget(id: "s", side: .total)])!
    for step in 0..<400 as Range<Int64> {
      let time = start + .seconds(15 * step)
      ledger.ingest(total, CounterSample(time: time, value: Double(step * 150)), now: time)
      // The good counter's shard lags a minute behind.
      if step >= 4 {
        let late = start + .seconds(15 * (step - 4))
        ledger.ingest(good, CounterSample(time: late, value: Double((step - 4) * 150)), now: time)
      }
      let result = evaluate(objective, in: ledger, now: time)
      #expect(result.alerts.isEmpty && result.status.readings.allSatisfy { !$0.isFiring }, "step \(step)")
      #expect(step < 5 || result.status.burnNow == 0)
    }
    // Once the good side stays away, it is believed after two minutes.
    for step in 400..<420 as Range<Int64> {
      let time = start + .seconds(15 * step)
      ledger.ingest(total, CounterSample(time: time, value: Double(step * 150)), now: time)
    }
    let now = start + .seconds(15 * 419)
    #expect(evaluate(objective, in: ledger, now: now).status.openAlerts.contains(.page))
  }
}
