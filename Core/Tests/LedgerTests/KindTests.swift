import Base
import Testing

@testable import Ledger

/// What the samples of each kind count, by what their target reads of them.
@Suite struct KindTests {
  static let start = Instant(seconds: 1_790_000_000)

  /// The total after samples ten seconds apart, and what became of each.
  static func total(
    _ kind: SampleKind, _ reading: SampleReading, _ values: [Double], weight: Double = 1
  ) -> (sum: Double, outcomes: [IngestOutcome]) {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: start)
    let series = ledger.intern([1], targets: [SLITarget(id: "s", side: .total, weight: weight, reading: reading)])!
    var outcomes: [IngestOutcome] = []
    for (index, value) in values.enumerated() {
      let time = start + .seconds(10 * Int64(index))
      outcomes.append(ledger.ingest(series, CounterSample(time: time, value: value, kind: kind), now: time))
    }
    return (ledger.banks.totals(ledger.states[0].place, at: .max).total, outcomes)
  }

  @Test(
    arguments: [
      (.cumulative, .increase, [5, 7, 4], 6), (.delta, .increase, [5, 7, 4], 16),
      (.events, .increase, [5, 7, 4], 16), (.gauge, .increase, [5, 7, 4], 6),
      (.cumulative, .value, [5, 7, 4], 16), (.delta, .value, [5, 7, 4], 16), (.gauge, .value, [5, 7, 4], 16),
      (.cumulative, .samples, [5, 0, 4], 3), (.events, .samples, [5, 7], 2), (.gauge, .samples, [-5, 7], 2),
      (.gauge, .samplesWhere(.less, 5), [5, 4, -1], 2), (.gauge, .samplesWhere(.lessOrEqual, 5), [5, 4, 6], 2),
      (.gauge, .samplesWhere(.greater, 5), [5, 4, 6], 1),
      (.gauge, .samplesWhere(.greaterOrEqual, 5), [5, 4, 6], 2),
      (.gauge, .share, [0.25, 0.5, 1.5, -1], 1.75),
      // A level below 0 is no reset by itself, and what lies below 0 after one counts nothing.
      (.gauge, .increase, [-5, -2, -4, 3], 10),
    ] as [(SampleKind, SampleReading, [Double], Double)])
  func readings(kind: SampleKind, reading: SampleReading, values: [Double], expected: Double) {
    #expect(Self.total(kind, reading, values).sum == expected)
  }

  @Test(
    arguments: [
      (.cumulative, .increase, 1, .negative), (.delta, .increase, 1, .negative), (.events, .value, 1, .negative),
      (.gauge, .increase, 1, .baseline), (.gauge, .value, 1, .counted),
      (.cumulative, .samplesWhere(.less, 0), 1, .counted),
      // Where events are subtracted, fewer than none make sense: an up-and-down counter's deltas.
      (.delta, .increase, -1, .counted), (.events, .increase, -1, .counted), (.cumulative, .increase, -1, .negative),
    ] as [(SampleKind, SampleReading, Double, IngestOutcome)])
  func belowZero(kind: SampleKind, reading: SampleReading, weight: Double, expected: IngestOutcome) {
    #expect(Self.total(kind, reading, [-3], weight: weight).outcomes == [expected])
  }

  @Test(arguments: SampleKind.allCases) func whatIsNoNumber(kind: SampleKind) {
    let values = [Double.nan, .infinity, -.infinity, 0x1p63, CounterSample.staleMarker]
    let expected = [IngestOutcome](repeating: .notFinite, count: 4) + [.stale]
    #expect(Self.total(kind, .samples, values).outcomes == expected)
  }

  @Test func weightsAreCoefficients() {
    #expect(Self.total(.delta, .increase, [4, 2], weight: 0.5).sum == 3)
    #expect(Self.total(.cumulative, .increase, [4, 10], weight: -2).sum == -12)
    #expect(Self.total(.delta, .increase, [-4], weight: -1).sum == 4)
  }

  @Test func aDeltaCountsOnceAndLateOnesInTheirBucket() {
    var (ledger, series, slot) = IngestTests.ledger()
    let now = Self.start + .minutes(10)
    func send(_ second: Int64, _ value: Double) -> IngestOutcome {
      ledger.ingest(
        series, CounterSample(time: Self.start + .seconds(second), value: value, kind: .delta), now: now)
    }
    let outcomes = [send(100, 5), send(200, 7), send(200, 7), send(200, 8), send(150, 3)]
    #expect(outcomes == [.counted, .counted, .duplicate, .conflicting, .counted])
    #expect(ledger.window(slot, .seconds(30), at: Self.start + .seconds(150)).total == 3)
    #expect(ledger.window(slot, .hours(1), at: now).total == 15)
    // Out of order by more than five minutes: nobody knows any more whether it came before.
    let later = [send(510, 1), send(190, 1)]
    #expect(later == [.counted, .tooOld])
  }

  @Test func eventsStandAloneAndAreNeverDuplicates() {
    var (ledger, series, slot) = IngestTests.ledger()
    let now = Self.start + .hours(5)
    for second in [18_000, 18_000, 18_000, 60, 60] as [Int64] {
      let sample = CounterSample(time: Self.start + .seconds(second), value: 2, kind: .events)
      let outcome = ledger.ingest(series, sample, now: now)
      #expect(outcome == .counted)
    }
    #expect(ledger.window(slot, .minutes(5), at: now).total == 6)
    #expect(ledger.window(slot, .minutes(5), at: Self.start + .seconds(60)).total == 4)
    // It remembers that it is alive, and nothing else.
    #expect(ledger.series[0]!.count == 0)
    let forgotten = [1, 3].map { ledger.forgetIdleSeries(at: now + .days($0)) }
    #expect(forgotten == [0, 1])
  }

  @Test func anotherKindBeginsTheSeriesAnew() {
    var (ledger, series, slot) = IngestTests.ledger()
    let now = Self.start + .minutes(10)
    func send(_ second: Int64, _ value: Double, _ kind: SampleKind) -> IngestOutcome {
      ledger.ingest(series, CounterSample(time: Self.start + .seconds(second), value: value, kind: kind), now: now)
    }
    // What was a total of 110 is now an increment of 4, and the other way round a level.
    let outcomes = [
      send(10, 100, .cumulative), send(20, 110, .cumulative), send(30, 4, .delta), send(40, 1_000, .cumulative),
      send(35, 4, .delta),
    ]
    #expect(outcomes == [.baseline, .counted, .counted, .baseline, .conflicting])
    #expect(ledger.window(slot, .hours(1), at: now).total == 14)
  }

  @Test func aLinearExpressionBelowZeroIsClampedWhenRead() {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .good, period: .days(30))], at: Self.start)
    let targets: [[SLITarget]] = [
      [SLITarget(id: "s", side: .total)],
      [SLITarget(id: "s", side: .good), SLITarget(id: "s", side: .total, weight: -1)],
    ]
    let series = targets.indices.map { ledger.intern([UInt8($0)], targets: targets[$0])! }
    let slot = ledger.slot(of: "s")!
    func send(_ second: Int64, _ index: Int, _ value: Double) {
      let time = Self.start + .seconds(second)
      ledger.ingest(series[index], CounterSample(time: time, value: value, kind: .delta), now: time)
    }
    send(10, 1, 6)
    let at = Self.start + .seconds(20)
    #expect(ledger.window(slot, .hours(1), at: at) == WindowCount(good: 0, total: 0, covered: 10.0 / 3_600))
    // The sum itself kept what lay below: 10 − 6.
    send(20, 0, 10)
    #expect(ledger.window(slot, .hours(1), at: at).total == 4)
    #expect(ledger.window(slot, .hours(1), at: at).good == 4)
  }
}
