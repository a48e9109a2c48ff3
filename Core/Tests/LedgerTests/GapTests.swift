import Base
import Testing

@testable import Ledger

/// What was missed while the ledger was down and is filled in from elsewhere.
@Suite struct GapTests {
  static let start = SliceTests.start

  /// An SLI whose counter is read every 10 s and grows by `rate(second)`, from −100 s on.
  struct Feed {
    var ledger = Ledger()
    let slot: SLISlot
    let series: SeriesID
    let slices: SliceRule?
    let bad: SeriesID

    init(slices: SliceRule? = nil) {
      self.slices = slices
      ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30), slices: slices)], at: start)
      slot = ledger.slot(of: "s")!
      series = ledger.intern([0], targets: [SLITarget(id: "s", side: .total)])!
      bad = ledger.intern([1], targets: [SLITarget(id: "s", side: .bad)])!
    }

    /// Ten events each 10 seconds; in every tenth minute all are bad.
    static func isBad(_ second: Int64) -> Bool { (second - 1) / 60 % 10 == 0 }

    static func total(_ second: Int64) -> Double { Double(second) }

    static func bad(_ second: Int64) -> Double {
      let (rest, whole) = ((second + 600_000) % 600, (second + 600_000) / 600)
      return Double(whole * 60 + min(rest, 60))
    }

    mutating func live(_ range: ClosedRange<Int64>) {
      for second in stride(from: range.lowerBound, through: range.upperBound, by: 10) {
        let time = start + .seconds(second)
        ledger.ingest(bad, CounterSample(time: time, value: Self.bad(second)), now: time)
        ledger.ingest(series, CounterSample(time: time, value: Self.total(second) + 1_000_000), now: time)
      }
    }

    /// What another store says of (from, to], as increments at edges `step` apart.
    mutating func fill(_ from: Int64, _ to: Int64, step: Int64 = 10) -> Bool {
      var increments: [(time: Instant, part: Double, total: Double)] = []
      var before = from
      while before < to {
        let edge = min(before + step - before % step, to)
        increments.append((start + .seconds(edge), Self.bad(edge) - Self.bad(before), Double(edge - before)))
        before = edge
      }
      return ledger.fill(slot, increments, upTo: start + .seconds(to))
    }

    func window(_ length: Interval, at second: Int64) -> WindowCount {
      ledger.window(slot, length, at: start + .seconds(second))
    }
  }

  static let hour: Int64 = 3_600

  @Test(arguments: [nil, SliceRule(length: .minutes(1), target: 0.5), SliceRule(length: .minutes(7), target: nil)])
  func aFilledGapEqualsLiveCounting(slices: SliceRule?) throws {
    var (live, gapped) = (Feed(slices: slices), Feed(slices: slices))
    let (down, back, end) = (Self.hour + 230, 9 * Self.hour + 10, 10 * Self.hour)
    live.live(0...end)
    gapped.live(0...down)
    let opened = [gapped.ledger.openGap(gapped.slot), gapped.ledger.openGap(gapped.slot)]
    #expect(opened == [true, false], "nothing live came since the first")
    #expect(gapped.ledger.gaps(of: gapped.slot).map(\.until) == [nil])
    #expect(gapped.ledger.resumed(gapped.slot) == nil)
    gapped.live(back...end)
    #expect(gapped.ledger.resumed(gapped.slot) == start(back))
    // The first samples after the gap are baselines: nothing of it is counted in one lump.
    let missed = gapped.window(.hours(2), at: end).total
    #expect(missed < live.window(.hours(2), at: end).total)
    // In stretches, each twice, cut within slices and gathered at 5 minutes but where slices end between.
    let step: Int64 = slices == nil ? 300 : 60
    for edge in [2 * Self.hour + 90, 5 * Self.hour, 8 * Self.hour + 30, back] {
      let from = (gapped.ledger.gaps(of: gapped.slot)[0].reached - Self.start).milliseconds / 1_000
      let isNew = gapped.fill(from, edge, step: edge == back ? 10 : step)
      #expect(isNew)
      let restored = try #require(Ledger(snapshot: gapped.ledger.snapshot()))
      #expect(restored.gaps(of: restored.slot(of: "s")!) == gapped.ledger.gaps(of: gapped.slot))
      gapped.ledger = restored
      let again = gapped.fill(from, edge, step: step)
      #expect(!again)
    }
    #expect(gapped.ledger.gaps(of: gapped.slot).isEmpty)
    for hours in [1, 2, 5, 8, 10, 24] as [Int64] {
      let (want, have) = (live.window(.hours(hours), at: end), gapped.window(.hours(hours), at: end))
      #expect(have.total == want.total && have.covered == want.covered, "\(hours) h")
      #expect(abs(have.bad - want.bad) < 1e-9, "\(hours) h")
      #expect(want.bad > 0 || slices?.target != nil)
    }
  }

  private func start(_ second: Int64) -> Instant { Self.start + .seconds(second) }

  @Test func aStretchPastTheFirstLiveSampleIsCutThere() {
    var feed = Feed()
    feed.live(0...600)
    feed.ledger.openGap(feed.slot)
    feed.live(36_000...36_600)
    let isNew = [feed.fill(600, 40_000), feed.fill(600, 40_000)]
    #expect(isNew == [true, false])
    #expect(feed.ledger.gaps(of: feed.slot).isEmpty)
    #expect(feed.window(.days(1), at: 36_600).total == 36_600)
  }

  @Test func withoutAnyLiveSampleTheEndIsFilledToo() {
    var feed = Feed(slices: SliceRule(length: .minutes(7), target: 0.5))
    feed.live(0...650)
    feed.ledger.openGap(feed.slot)
    _ = feed.fill(650, 7_000)
    #expect(feed.ledger.gaps(of: feed.slot).map(\.reached) == [start(7_000)])
    // A day later it is back after all.
    let back = 30 * Self.hour
    feed.live(back...back + 600)
    _ = feed.fill(7_000, back)
    var live = Feed(slices: SliceRule(length: .minutes(7), target: 0.5))
    live.live(0...back + 600)
    #expect(feed.window(.days(2), at: back + 600) == live.window(.days(2), at: back + 600))
  }

  @Test func twoGapsAreFilledInTheirOrder() {
    var feed = Feed()
    feed.live(0...600)
    feed.ledger.openGap(feed.slot)
    feed.live(30_000...30_600)
    feed.ledger.openGap(feed.slot)
    feed.live(60_000...60_600)
    #expect(feed.ledger.gaps(of: feed.slot).map(\.from) == [start(600), start(30_600)])
    let isNew = [feed.fill(600, 30_000), feed.fill(30_600, 60_000)]
    #expect(isNew == [true, true])
    #expect(feed.window(.days(1), at: 60_600).total == 60_600)
    for _ in 0..<20 {
      let newest = feed.ledger.lastSample(feed.slot)! - Self.start
      feed.ledger.openGap(feed.slot)
      let next = newest.milliseconds / 1_000 + 30_000
      feed.live(next...next)
    }
    #expect(feed.ledger.gaps(of: feed.slot).count == LedgerLimits().gaps)
  }

  /// One source answers in several parts, and the series of the later ones may begin earlier.
  @Test func anEarlierFirstSampleMovesTheEndOfTheGap() {
    var feed = Feed()
    feed.live(0...600)
    feed.ledger.openGap(feed.slot)
    func take(_ id: SeriesID, _ second: Int64, _ value: Double) {
      feed.ledger.ingest(id, CounterSample(time: start(second), value: value), now: start(second))
    }
    take(feed.series, 36_010, 1_036_010)
    take(feed.bad, 36_003, Feed.bad(36_003))
    #expect(feed.ledger.gaps(of: feed.slot).map(\.until) == [start(36_003)])
    #expect(feed.window(.hours(12), at: 36_010).total == 600)
    take(feed.series, 36_020, 1_036_020)
    #expect(feed.window(.hours(12), at: 36_020).total == 610)
  }

  @Test func nothingIsOpenedBeforeAnythingLive() {
    var feed = Feed()
    var isNew = [feed.ledger.openGap(feed.slot), feed.fill(0, 100)]
    feed.ledger.backfill(feed.slot, [(start(0), 1, 1)], upTo: start(0))
    isNew.append(feed.ledger.openGap(feed.slot))
    #expect(isNew == [false, false, false])
  }
}
