import Base
import Testing

@testable import Ledger

@Suite struct IngestTests {
  static let start = Instant(seconds: 1_790_000_000)

  static func ledger(registered: Instant = start) -> (Ledger, SeriesID, SLISlot) {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: registered)
    let series = ledger.intern(LabelSet(metric: "m").key, targets: [SLITarget(id: "s", side: .total)])!
    return (ledger, series, ledger.slot(of: "s")!)
  }

  func sample(_ second: Int64, _ value: Double, created: Int64? = nil) -> CounterSample {
    CounterSample(
      time: Self.start + .seconds(second), value: value, created: created.map { Self.start + .seconds($0) })
  }

  @Test(
    arguments: [
      // Born after the SLI was watched, or just before the sample: all of it is new.
      (nil, 30, 7.0), (nil, -200, 7.0), (nil, nil, 0),
      // Long before: nobody knows when it was counted.
      (nil, -4_000, 0),
      // Not in the exposition before: born since, when the SLI was watched already.
      (50, nil, 7.0), (-10, nil, 0),
    ] as [(Int64?, Int64?, Double)])
  func firstSample(previous: Int64?, created: Int64?, expected: Double) {
    var (ledger, series, slot) = Self.ledger()
    ledger.ingest(
      series, sample(60, 7, created: created), now: Self.start + .seconds(60),
      previousExposition: previous.map { Self.start + .seconds($0) })
    #expect(ledger.window(slot, .hours(1), at: Self.start + .seconds(60)).total == expected)
  }

  @Test func createdTellsAResetThatTheValueHides() {
    var (ledger, series, slot) = Self.ledger()
    let now = Self.start + .seconds(100)
    ledger.ingest(series, sample(0, 10), now: now)
    ledger.ingest(series, sample(60, 12, created: 30), now: now)
    #expect(ledger.window(slot, .hours(1), at: now).total == 12)
  }

  @Test func refusalsHaveReasons() {
    var (ledger, series, slot) = Self.ledger()
    let now = Self.start + .seconds(100)
    #expect(ledger.ingest(series, sample(0, 10), now: now) == .baseline)
    #expect(ledger.ingest(series, sample(10, 15), now: now) == .counted)
    #expect(ledger.ingest(series, sample(10, 15), now: now) == .duplicate)
    #expect(ledger.ingest(series, sample(10, 16), now: now) == .conflicting)
    #expect(ledger.ingest(series, sample(20, .nan), now: now) == .notFinite)
    #expect(ledger.ingest(series, sample(20, .infinity), now: now) == .notFinite)
    #expect(ledger.ingest(series, sample(20, -1), now: now) == .negative)
    #expect(ledger.ingest(series, sample(20, CounterSample.staleMarker), now: now) == .stale)
    #expect(ledger.ingest(series, sample(100_000, 20), now: now) == .fromTheFuture)
    #expect(ledger.ingest(series, sample(-100_000, 1), now: now) == .tooOld)
    #expect(ledger.counts.dropped == 6)
    #expect(ledger.window(slot, .hours(1), at: now).total == 5)
    // What a dropped sample would have carried comes with the next one.
    #expect(ledger.ingest(series, sample(30, 40), now: now) == .counted)
    #expect(ledger.window(slot, .hours(1), at: now).total == 30)
  }

  @Test func seriesAreBoundedAndForgottenWhenIdle() {
    var limits = LedgerLimits()
    limits.series = 2
    var ledger = Ledger(limits: limits)
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: Self.start)
    let ids = (1...3).map { ledger.intern([$0], targets: [SLITarget(id: "s", side: .total)]) }
    #expect(ids.map { $0 != nil } == [true, true, false])
    ledger.ingest(ids[0]!, sample(0, 1), now: Self.start)
    #expect(ledger.forgetIdleSeries(at: Self.start + .hours(1)) == 1)
    #expect(ledger.forgetIdleSeries(at: Self.start + .days(3)) == 1)
    #expect(ledger.intern([3], targets: [SLITarget(id: "s", side: .total)]) != nil)
  }

  @Test func aRemovedSLIKeepsItsDataForADay() {
    var (ledger, series, _) = Self.ledger()
    ledger.ingest(series, sample(0, 1), now: Self.start)
    ledger.ingest(series, sample(10, 5), now: Self.start)
    let definition = SLIDefinition(id: "s", counts: .bad, period: .days(30))
    ledger.register([], at: Self.start)
    #expect(ledger.slot(of: "s") == nil)
    ledger.register([definition], at: Self.start + .hours(1))
    let slot = ledger.slot(of: "s")!
    #expect(ledger.window(slot, .hours(1), at: Self.start + .seconds(10)).total == 4)
    ledger.register([], at: Self.start)
    ledger.register([], at: Self.start + .days(2))
    ledger.register([definition], at: Self.start + .days(2))
    #expect(ledger.window(ledger.slot(of: "s")!, .days(3), at: Self.start + .days(2)).total == 0)
  }

  @Test func snapshotsGiveBackEverything() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<5 {
      let raw = RecountTests.samples(&random, series: 3, start: Self.start.seconds, minutes: 90)
      var ledger = Ledger()
      ledger.register(
        (0..<11).map { SLIDefinition(id: "s\($0)", counts: .good, period: .days(45)) }, at: Self.start)
      let ids = (0..<3).map { index in
        ledger.intern(
          LabelSet(metric: "m\(index)").key,
          targets: [SLITarget(id: "s\(index * 4)", side: .total), SLITarget(id: "s\(index)", side: .good)])!
      }
      let arrivals = RecountTests.arrival(raw, late: 200, &random)
      let now = Self.start + .hours(2)
      for (index, one) in arrivals.enumerated() {
        ledger.ingest(ids[one.series], one.sample, now: now)
        if index == arrivals.count / 2 {
          let before = ledger.snapshot()
          ledger = try #require(Ledger(snapshot: before))
          #expect(ledger.snapshot() == before)
        }
      }
      var straight = Ledger()
      straight.register([SLIDefinition(id: "s0", counts: .good, period: .days(45))], at: Self.start)
      let one = straight.intern([0], targets: [SLITarget(id: "s0", side: .total)])!
      for arrival in arrivals where arrival.series == 0 { straight.ingest(one, arrival.sample, now: now) }
      for minutes in [5, 30, 60, 1_440] as [Int64] {
        let (left, right) = (ledger.slot(of: "s0")!, straight.slot(of: "s0")!)
        let at = Self.start + .minutes(85)
        #expect(
          ledger.window(left, .minutes(minutes), at: at).total
            == straight.window(right, .minutes(minutes), at: at).total)
      }
    }
  }
}
