import Base
import Testing

@testable import Ledger

@Suite struct SliceTests {
  /// A whole hour, and so the edge of any slice.
  static let start = Instant(seconds: 1_789_999_200)

  /// Deltas of bad events and of all of them, in slices of a minute.
  struct Feed {
    var ledger: Ledger
    let slot: SLISlot
    private let series: [SeriesID]

    init(counts: SLISide = .bad, length: Interval = .minutes(1), target: Double? = 0.9) {
      ledger = Ledger()
      let rule = SliceRule(length: length, target: target)
      ledger.register([SLIDefinition(id: "s", counts: counts, period: .days(30), slices: rule)], at: start)
      series = [SeriesID(0), SeriesID(1)]
      _ = ledger.intern([0], targets: [SLITarget(id: "s", side: counts)])
      _ = ledger.intern([1], targets: [SLITarget(id: "s", side: .total)])
      slot = ledger.slot(of: "s")!
    }

    /// So many events at a second; both sides report.
    @discardableResult
    mutating func send(_ second: Int64, _ part: Double, of total: Double) -> [IngestOutcome] {
      let time = start + .seconds(second)
      return [part, total].enumerated().map { index, value in
        ledger.ingest(series[index], CounterSample(time: time, value: value, kind: .events), now: start + .days(1))
      }
    }

    /// The slices of the last hour before a second.
    func count(_ second: Int64) -> WindowCount { ledger.window(slot, .hours(1), at: start + .seconds(second)) }
  }

  @Test func aSliceIsGoodBadOrNothing() {
    var feed = Feed()
    // 1 of 10 is 90% good, which the target of 90% allows; 2 of 10 is not.
    feed.send(30, 1, of: 10)
    feed.send(90, 2, of: 10)
    // No events in the third: neither good nor bad. The fourth is not over.
    feed.send(200, 0, of: 10)
    #expect(feed.count(240).total == 2)
    #expect(feed.count(240).good == 1)
    // It is judged as soon as both sides have passed its end.
    feed.send(240, 0, of: 1)
    #expect(feed.count(240).total == 3)
    #expect(feed.count(240).good == 2)
    #expect(feed.ledger.window(feed.slot, .minutes(1), at: Self.start + .seconds(180)).total == 0)
  }

  @Test(arguments: [SLISide.good, .bad]) func sharesOfSlices(counts: SLISide) {
    var feed = Feed(counts: counts, target: nil)
    feed.send(30, 25, of: 100)
    feed.send(90, 3, of: 4)
    feed.send(300, 0, of: 1)
    // The mean of the shares: (0.25 + 0.75) / 2, however many events each had.
    #expect(feed.count(240).total == 2)
    #expect(feed.count(240).good == 1)
  }

  @Test func lateDataCorrectsAVerdict() {
    var feed = Feed()
    feed.send(30, 0, of: 10)
    feed.send(400, 0, of: 10)
    #expect(feed.count(400).good == 1)
    feed.send(40, 5, of: 5)
    #expect(feed.count(400).good == 0)
    #expect(feed.count(400).total == 1)
    feed.send(50, 0, of: 90)
    #expect(feed.count(400).good == 1)
    // A slice without data gets its verdict when the data comes.
    feed.send(100, 1, of: 1)
    #expect(feed.count(400).total == 2)
    #expect(feed.count(400).bad == 1)
  }

  @Test func aSideThatStaysAwayIsWaitedForTwoMinutes() {
    var feed = Feed(counts: .good)
    feed.send(10, 9, of: 9)
    let total = SeriesID(1)
    for second in [59, 120, 181] as [Int64] {
      feed.ledger.ingest(
        total, CounterSample(time: Self.start + .seconds(second), value: 1, kind: .events), now: Self.start + .days(1))
    }
    // The good events of the first minute are complete up to 10 s only, until the total is two minutes past its end.
    #expect(feed.count(240).total == 1)
    #expect(feed.count(240).good == 1)
  }

  @Test func pastTheHorizonASliceIsClosed() {
    var feed = Feed()
    let last = 96 * 60 + 30 as Int64
    feed.send(30, 0, of: 10)
    feed.send(last, 0, of: 10)
    // The first slice was let go for the newest one; the second is the oldest that is remembered.
    let outcomes = feed.send(40, 5, of: 5) + feed.send(90, 5, of: 5)
    #expect(outcomes == [.sliceClosed, .sliceClosed, .counted, .counted])
    let at = Self.start + .seconds(last)
    #expect(feed.ledger.window(feed.slot, .hours(3), at: at).total == 2)
    #expect(feed.ledger.window(feed.slot, .hours(3), at: at).good == 1)
    #expect(feed.ledger.counts.dropped == 2)
  }

  @Test func longSlicesAreRememberedForTheHorizonOfSamples() {
    #expect(SliceBook(rule: SliceRule(length: .minutes(10), target: nil), limits: LedgerLimits()).keep == 38)
    #expect(SliceBook(rule: SliceRule(length: .days(1), target: nil), limits: LedgerLimits()).keep == 2)
  }

  @Test func anotherRuleBeginsAnew() {
    var feed = Feed()
    feed.send(30, 0, of: 10)
    feed.send(130, 0, of: 10)
    #expect(feed.count(130).total == 1)
    feed.ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: Self.start)
    #expect(feed.count(130).total == 0)
  }
}
