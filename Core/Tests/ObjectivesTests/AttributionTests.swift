import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct AttributionTests {
  let start = Instant(seconds: 1_790_006_400)

  @Test func theHeaviestValuesAreNamedWithTheirShares() {
    var book = Attribution()
    func source(_ instance: String, _ route: String) -> Attribution.Source {
      book.source(
        of: LabelSet(metric: "errors_total", ["instance": instance, "path": route, "code": "500", "zone": "x"]))
    }
    let (a, b) = (source("a:80", "/play"), source("b:80", "/play"))
    let c = source("b:80", "/search")
    book.note("slo", a, bad: 60, at: start)
    book.note("slo", b, bad: 30, at: start + .minutes(10))
    book.note("slo", c, bad: 10, at: start + .hours(1))
    book.note("other", c, bad: 1_000, at: start)
    let top = book.top("slo", in: start..<start + .hours(2))
    #expect(
      top.map { "\($0.label)=\($0.value) \($0.share)" } == [
        "code=500 1.0", "path=/play 0.9", "instance=a:80 0.6", "instance=b:80 0.4", "path=/search 0.1",
      ])
    // The first hour alone.
    #expect(book.top("slo", in: start..<start + .minutes(30)).last?.share == 30.0 / 90)
    #expect(book.top("slo", in: start + .days(1)..<start + .days(2)).isEmpty)
  }

  /// Space-saving: of a thousand values with one failure each and two with many, the two are found, their counts are
  /// not too low, and too high by no more than their error.
  @Test func aFloodOfValuesDoesNotHideTheHeavyOnes() throws {
    var limits = Attribution.Limits()
    limits.values = 16
    var book = Attribution(limits: limits)
    var random = SeededGenerator(seed: 3)
    var exact: [String: Double] = [:]
    for index in 0..<4_000 {
      let path = index % 4 == 0 ? "/heavy\(index % 8)" : "/p\(Int.random(in: 0..<1_000, using: &random))"
      exact[path, default: 0] += 1
      let source = book.source(of: LabelSet(metric: "errors_total", ["path": path]))
      book.note("slo", source, bad: 1, at: start)
    }
    let top = book.top("slo", in: start..<start + .hours(1))
    #expect(Set(top.prefix(2).map(\.value)) == ["/heavy0", "/heavy4"])
    for contribution in top.prefix(2) {
      let truth = try #require(exact[contribution.value])
      #expect(contribution.bad >= truth && contribution.bad - contribution.error <= truth)
    }
    #expect(book.cellCount == 16)
  }

  @Test func theBookIsBounded() {
    var limits = Attribution.Limits()
    (limits.values, limits.hours, limits.cells) = (8, 24, 300)
    var book = Attribution(limits: limits)
    for hour in 0..<100 as Range<Int64> {
      for index in 0..<20 {
        let source = book.source(of: LabelSet(metric: "e", ["path": "/\(index)", "method": "M\(index)"]))
        book.note("slo\(index % 5)", source, bad: 1, at: start + .hours(hour))
        #expect(book.cellCount <= 300)
      }
    }
    #expect(book.cellCount > 100)
    // What is older than is kept changes nothing, and neither does what is not a number.
    let before = book.top("slo1", in: start..<start + .days(10))
    let source = book.source(of: LabelSet(metric: "e", ["path": "/1"]))
    book.note("slo1", source, bad: 100, at: start)
    book.note("slo1", source, bad: .nan, at: start + .hours(99))
    #expect(book.top("slo1", in: start..<start + .days(10)) == before)
    book.keep(only: [])
    #expect(book.cellCount == 0)
  }

  /// Where good events are counted, all events less the good ones are bad: 100 and 100 requests, 90 and 40 good.
  @Test func goodCountersTellBadOnesApart() {
    var feed = AttributionFeed()
    feed.use([SLIDefinition(id: "slo", counts: .good, period: .days(30))])
    var index: Int32 = 0
    for (instance, good) in [("a", 90.0), ("b", 40.0)] {
      for (side, value) in [(SLISide.total, 100.0), (.good, good)] {
        let labels = LabelSet(metric: "\(side)", ["instance": instance])
        let isWanted = feed.watch(index, labels: labels, targets: [SLITarget(id: "slo", side: side)])
        #expect(isWanted)
        feed.note(index, CounterSample(time: start, value: 1_000))
        feed.note(index, CounterSample(time: start + .seconds(10), value: 1_000 + value))
        index += 1
      }
    }
    let top = feed.book.top("slo", in: start..<start + .hours(1))
    #expect(top.map(\.value) == ["b", "a"])
    #expect(top.map(\.bad) == [60, 10])
    #expect(top.first?.share == 60.0 / 70)
  }

  @Test func onlySeriesWithBadEventsAreListenedTo() {
    var feed = AttributionFeed()
    feed.use([SLIDefinition(id: "slo", counts: .bad, period: .days(30))], by: ["slo": ["shard"]])
    let total = [SLITarget(id: "slo", side: .total)]
    let isTotalWanted = feed.watch(0, labels: LabelSet(metric: "t", ["shard": "1"]), targets: total)
    #expect(!isTotalWanted)
    #expect(!feed.isWatched(0))
    let bad = [SLITarget(id: "slo", side: .bad, weight: 2)]
    let isBadWanted = feed.watch(1, labels: LabelSet(metric: "e", ["shard": "1", "code": "500"]), targets: bad)
    #expect(isBadWanted)
    feed.note(1, CounterSample(time: start, value: 5))
    feed.note(1, CounterSample(time: start + .seconds(10), value: 7))
    // A reset: all of it is new.
    feed.note(1, CounterSample(time: start + .seconds(20), value: 3))
    let top = feed.book.top("slo", in: start..<start + .hours(1))
    #expect(top.map { "\($0.label) \($0.bad)" } == ["code 10.0", "shard 10.0"])
  }

  @Test func meters() {
    var meter = IncrementMeter()
    let samples = [
      CounterSample(time: start, value: 10), CounterSample(time: start + .seconds(10), value: 15),
      CounterSample(time: start + .seconds(5), value: 12),
      CounterSample(time: start + .seconds(20), value: 40, created: start + .seconds(15)),
      CounterSample(time: start, value: 4, kind: .delta), CounterSample(time: start + .seconds(30), value: .nan),
    ]
    let increments = samples.map { meter.increment($0) }
    #expect(increments == [0, 5, 0, 40, 4, 0])
  }

  /// Five minutes at 100% and ten at 50% an hour later: the same number of failures, so half each; a trickle of one in
  /// 2,000 is within the budget and in no stretch.
  @Test func stretchesOfTime() throws {
    var scenario = Scenario()
    try scenario.run(
      """
      at 2026-10-01T00:00:00Z
      slo 99.9% over 30d
      load 2h every 1m rate 10
      load 5m every 10s rate 10 bad 100%
      load 1h every 1m rate 10
      load 10m every 10s rate 10 bad 50%
      load 1h every 1m rate 10
      """)
    let stretches = scenario.stretches(.days(1))
    #expect(stretches.map(\.share) == [0.5, 0.5])
    #expect(stretches.map { Int(($0.to - $0.from).seconds / 60) } == [5, 10])
    #expect(stretches.map { Int($0.burn.rounded()) } == [1_000, 500])
  }
}
