import Base
import Testing

@testable import Ledger

@Suite struct MarkTests {
  /// Three seconds after an edge of the finest ring.
  static let start = SliceTests.start + .seconds(3)

  struct Feed {
    var ledger: Ledger
    let slot: SLISlot

    init(limits: LedgerLimits = LedgerLimits()) {
      ledger = Ledger(limits: limits)
      ledger.register([SLIDefinition(id: "s", counts: .good, period: .days(30))], at: start)
      _ = ledger.intern([0], targets: [SLITarget(id: "s", side: .total), SLITarget(id: "s", side: .good)])
      slot = ledger.slot(of: "s")!
    }

    mutating func send(_ second: Int64, _ events: Double) {
      let sample = CounterSample(time: start + .seconds(second), value: events, kind: .events)
      ledger.ingest(SeriesID(0), sample, now: start + .seconds(second))
    }

    func total(_ from: Int64, _ to: Int64) -> Double {
      ledger.count(slot, from: start + .seconds(from), to: start + .seconds(to)).total
    }

    mutating func mark(_ seconds: Int64...) { ledger.setMarks(seconds.map { start + .seconds($0) }, of: slot) }
  }

  @Test func aMarkIsExactWhereEdgesAreNot() {
    var feed = Feed()
    feed.send(0, 1)
    feed.mark(102)
    for second in 100...105 as ClosedRange<Int64> { feed.send(second, 1) }
    // Edges lie at 97 and 107 s: without the mark the count would begin at the later one.
    #expect(feed.total(102, 105) == 3)
    #expect(feed.total(0, 102) == 3)
    feed.mark()
    #expect(feed.total(102, 105) == 0)
  }

  @Test func lateSamplesCorrectIt() {
    var feed = Feed()
    feed.send(0, 1)
    feed.mark(102)
    feed.send(110, 1)
    feed.send(101, 5)
    feed.send(103, 7)
    #expect(feed.total(102, 110) == 8)
    #expect(feed.total(0, 102) == 5)
  }

  @Test func itOutlivesTheRings() {
    var feed = Feed()
    feed.send(0, 1)
    feed.mark(0, 86_402)
    feed.send(86_401, 10)
    feed.send(86_403, 20)
    for day in 2...200 as ClosedRange<Int64> { feed.send(day * 86_400, 1) }
    #expect(feed.total(0, 86_402) == 10)
    #expect(feed.total(86_402, 200 * 86_400) == 219)
    #expect(feed.ledger.count(feed.slot, from: Self.start, to: Self.start + .seconds(86_402)).covered == 1)
  }

  @Test func setLateItStandsForTheNextEdge() {
    var feed = Feed()
    for second in 0...200 as ClosedRange<Int64> { feed.send(second, 1) }
    feed.mark(102)
    // The next edge is at 107 s, and from then on what the mark stands for.
    #expect(feed.total(102, 200) == 93)
    feed.send(105, 4)
    feed.send(108, 5)
    #expect(feed.total(102, 200) == 98)
    #expect(feed.ledger.marks(of: feed.slot) == [Self.start + .seconds(102)])
    // After the newest sample nothing was counted, so that it is exact there, and so it is before the first.
    feed.mark(102, 200, -50)
    feed.send(200, 3)
    #expect(feed.total(102, 200) == 101)
    #expect(feed.total(200, 300) == 0)
    #expect(feed.total(-50, 200) == 213)
  }

  @Test func marksAreBoundedAndTheFirstNamedStay() {
    var limits = LedgerLimits()
    limits.marks = 3
    var feed = Feed(limits: limits)
    feed.send(0, 1)
    let times = [500, 100, 300, 200, 400, 100].map { Self.start + .seconds($0) }
    let refused = feed.ledger.setMarks(times, of: feed.slot)
    #expect(refused == 2)
    #expect(feed.ledger.marks(of: feed.slot) == [100, 300, 500].map { Self.start + .seconds($0) })
  }

  @Test func droppedAndSetAgainItIsNew() {
    var feed = Feed()
    feed.send(0, 1)
    feed.mark(102)
    feed.send(104, 1)
    feed.mark(102)
    #expect(feed.total(0, 102) == 0)
    feed.mark()
    feed.send(110, 1)
    feed.mark(102)
    #expect(feed.total(0, 102) == 1)
  }

  @Test func whatIsOlderThanTheHistoryIsNotCovered() {
    var feed = Feed()
    for hour in 0...1_000 as ClosedRange<Int64> { feed.send(hour * 3_600, 1) }
    let count = feed.ledger.count(feed.slot, from: Self.start, to: Self.start + .hours(1_000))
    // 1,000 hours were asked for and 724 are remembered, from the next whole hour on.
    #expect(count.total == 724)
    #expect(abs(count.covered - 0.724) < 0.001)
  }

  // MARK: Exclusions

  @Test func anExclusionTakesAwayItsEventsAndItsTime() {
    var feed = Feed()
    feed.mark(1_002, 2_004)
    for second in 0...3_597 as ClosedRange<Int64> { feed.send(second, 1) }
    let at = Self.start + .seconds(3_597)
    func window(_ ranges: (Int64, Int64)...) -> WindowCount {
      feed.ledger.window(
        feed.slot, .hours(1), at: at,
        excluding: ranges.map { (Self.start + .seconds($0.0))..<(Self.start + .seconds($0.1)) })
    }
    // 3,598 samples, of which those at 1,003…2,004 s are left out; all of what is left was seen.
    #expect(window((1_002, 2_004)).total == 3_598 - 1_002)
    #expect(window((1_002, 2_004)).covered == Double(3_597 - 1_002) / Double(3_600 - 1_002))
    // Its ends are moved to the next edges where no marks stand: 1,007 and 2,007 s.
    #expect(window((1_001, 2_003)).total == 3_598 - 1_000)
    // Parts outside of the window change nothing.
    #expect(window((-9_000, -8_000)) == feed.ledger.window(feed.slot, .hours(1), at: at))
    #expect(window((-9_000, 997)).total == 3_597 - 997)
    #expect(window((-9_000, 9_000)) == WindowCount(good: 0, total: 0, covered: 0))
    // Several at once, also where they touch.
    #expect(window((97, 197), (197, 297), (1_002, 2_004)).total == 3_598 - 1_002 - 200)
  }

  @Test func calendarPeriodsLeaveExclusionsOut() {
    var feed = Feed()
    feed.mark(0, 1_002, 2_004)
    for second in 0...3_000 as ClosedRange<Int64> { feed.send(second, 1) }
    let excluded = (Self.start + .seconds(1_002))..<(Self.start + .seconds(2_004))
    let count = feed.ledger.count(feed.slot, from: Self.start, to: Self.start + .seconds(3_000), excluding: [excluded])
    #expect(count == WindowCount(good: 3_000 - 1_002, total: 3_000 - 1_002, covered: 1))
  }
}
