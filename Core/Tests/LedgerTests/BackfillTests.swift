import Base
import Testing

@testable import Ledger

@Suite struct BackfillTests {
  static let start = SliceTests.start

  typealias Increments = [(time: Instant, part: Double, total: Double)]

  /// One bad event of ten at the end of every hour in (from, to].
  static func hours(_ from: Int64, _ to: Int64) -> Increments {
    (from + 1...to).map { (start + .hours($0), 1, 10) }
  }

  /// An SLI with a live counter from `start` on.
  static func feed() -> (Ledger, SLISlot) {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: start)
    let series = ledger.intern([0], targets: [SLITarget(id: "s", side: .total)])!
    for second in [0, 10, 20] as [Int64] {
      let time = start + .seconds(second)
      ledger.ingest(series, CounterSample(time: time, value: 100 + Double(second)), now: time)
    }
    return (ledger, ledger.slot(of: "s")!)
  }

  @Test func thePastLandsInItsBuckets() {
    var (ledger, slot) = Self.feed()
    #expect(ledger.backfilled(slot) == nil)
    #expect(ledger.liveSince(slot) == Self.start)
    ledger.backfill(slot, Self.hours(-720, 0), from: Self.start - .days(30), upTo: Self.start)
    #expect(ledger.since(slot) == Self.start - .days(30))
    let at = Self.start + .seconds(20)
    // 20 live ones, and all of the hours that end after the window's first edge, a whole hour.
    #expect(ledger.window(slot, .days(30), at: at) == WindowCount(good: 719 * 9 + 20, total: 7_190 + 20, covered: 1))
    #expect(ledger.window(slot, .days(1), at: at).total == 10 * 24 + 20)
    #expect(ledger.window(slot, .hours(1), at: Self.start - .hours(5)).bad == 1)
  }

  @Test func stretchesCountOnceAndGoOn() {
    var (ledger, slot) = Self.feed()
    var isNew = (0..<2).map { _ in
      ledger.backfill(slot, Self.hours(-48, -24), from: Self.start - .hours(48), upTo: Self.start - .hours(24))
    }
    // The next one overlaps, and says more than there is to know: live samples begin at `start`.
    isNew += (0..<2).map { _ in ledger.backfill(slot, Self.hours(-30, 5), upTo: Self.start + .hours(5)) }
    #expect(isNew == [true, false, true, false])
    #expect(ledger.window(slot, .days(3), at: Self.start + .seconds(20)).total == 480 + 20)
    let done = ledger.backfilled(slot)
    #expect(done?.from == Self.start - .hours(48))
    #expect(done?.upTo == Self.start)
    // A longer period asks for what lies before; twice is once there too.
    for _ in 0..<2 {
      ledger.backfill(slot, Self.hours(-72, -40), from: Self.start - .hours(72), upTo: Self.start - .hours(48))
    }
    #expect(ledger.window(slot, .days(4), at: Self.start + .seconds(20)).total == 720 + 20)
    #expect(ledger.backfilled(slot)?.from == Self.start - .hours(72))
  }

  @Test func whatArrivesLiveForAFilledTimeIsNotCountedAgain() {
    var (ledger, slot) = Self.feed()
    ledger.backfill(slot, Self.hours(-5, 0), upTo: Self.start)
    let other = ledger.intern([9], targets: [SLITarget(id: "s", side: .total)])!
    let now = Self.start + .minutes(1)
    for (second, value) in [(-7_200, 50), (-3_600, 80), (30, 90)] as [(Int64, Double)] {
      ledger.ingest(other, CounterSample(time: Self.start + .seconds(second), value: value), now: now)
    }
    // Five hours of ten, twenty live, and the ten that came after what was filled in.
    #expect(ledger.window(slot, .days(1), at: now).total == 50 + 20 + 10)
  }

  @Test func anSLIOverAKnownSeriesIsLiveSinceTheSampleBefore() {
    var (ledger, _) = Self.feed()
    ledger.register(
      ["s", "new"].map { SLIDefinition(id: $0, counts: .bad, period: .days(30)) }, at: Self.start + .seconds(25))
    ledger.retarget { _ in [SLITarget(id: "s", side: .total), SLITarget(id: "new", side: .total)] }
    let time = Self.start + .seconds(30)
    ledger.ingest(SeriesID(0), CounterSample(time: time, value: 130), now: time)
    let slot = ledger.slot(of: "new")!
    #expect(ledger.liveSince(slot) == Self.start + .seconds(20))
    // The other store saw the last ten seconds too; they count once.
    let past = [-3_600, 20, 30].map { (time: Self.start + .seconds($0), part: 0.0, total: 10.0) }
    ledger.backfill(slot, past, upTo: time)
    #expect(ledger.window(slot, .days(1), at: time).total == 30)
  }

  @Test func withoutLiveSamplesThePastIsEvaluated() {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: Self.start)
    let slot = ledger.slot(of: "s")!
    ledger.backfill(slot, Self.hours(-10, 0), from: Self.start - .hours(10), upTo: Self.start)
    #expect(ledger.evaluationTime(slot, now: Self.start) == Self.start)
    #expect(ledger.window(slot, .days(1), at: Self.start).total == 100)
    // A live counter that begins later goes on from there.
    let series = ledger.intern([0], targets: [SLITarget(id: "s", side: .total)])!
    for (second, value) in [(-10, 5), (10, 8), (20, 9)] as [(Int64, Double)] {
      let sample = CounterSample(time: Self.start + .seconds(second), value: value)
      ledger.ingest(series, sample, now: Self.start + .seconds(20))
    }
    #expect(ledger.window(slot, .days(1), at: Self.start + .seconds(20)).total == 104)
  }

  @Test func aSliceCutByTwoStretchesIsJudgedOnce() {
    var feed = SliceTests.Feed(length: .hours(1), target: 0.5)
    feed.send(30, 0, of: 1)
    let (at, slot) = (Self.start + .seconds(30), feed.slot)
    func minutes(_ from: Int64, _ to: Int64, bad: Double) -> Increments {
      stride(from: from + 10, through: to, by: 10).map { (Self.start + .minutes($0), bad, 1) }
    }
    // Half an hour of failures, then twenty minutes of it, then ten without: 5 of 6 in one slice.
    let first = Self.start - .hours(20)
    feed.ledger.backfill(slot, minutes(-1_200, -1_170, bad: 1), from: first, upTo: Self.start - .minutes(1_170))
    #expect(feed.ledger.window(slot, .days(2), at: at).total == 0)
    feed.ledger.backfill(slot, minutes(-1_170, -1_150, bad: 1), upTo: Self.start - .minutes(1_150))
    feed.ledger.backfill(slot, minutes(-1_150, 0, bad: 0), upTo: Self.start)
    let window = feed.ledger.window(slot, .days(2), at: at)
    #expect(window.total == 20)
    #expect(window.bad == 1)
  }

  @Test func marksInThePastTakeIt() {
    var (ledger, slot) = Self.feed()
    ledger.setMarks([Self.start - .minutes(90)], of: slot)
    ledger.backfill(slot, Self.hours(-10, 0), upTo: Self.start)
    #expect(ledger.count(slot, from: Self.start - .minutes(90), to: Self.start + .seconds(20)).total == 20 + 20)
  }
}
