import Base
import Ledger
import Testing

@testable import Objectives

struct SampleFoldTests {
  static let start = Instant(seconds: 1_700_000_400)  // On a 5-minute edge.
  let start = SampleFoldTests.start

  private static func objective() -> Objective {
    Objective(
      id: "shop", service: "shop", displayName: "Shop", target: 0.99, period: .days(30), counts: .bad,
      part: try! ExpressionParser.count("x_total{code=~\"5..\"}", bare: .increments).count,
      total: try! ExpressionParser.count("x_total", bare: .increments).count, rules: [])
  }

  private func fold(from: Instant, until: Instant) -> SampleFold {
    let matcher = SeriesMatcher([Self.objective()])
    return SampleFold(from: from, until: until) { matcher.targets(of: $0) }
  }

  private func series(_ code: String, instance: String = "a") -> LabelSet {
    LabelSet(metric: "x_total", ["code": code, "instance": instance, "job": "shop"])
  }

  private func samples(_ values: [(Int64, Double)]) -> [CounterSample] {
    values.map { CounterSample(time: start + .seconds($0.0), value: $0.1) }
  }

  @Test func countsDifferencesAndResetsAndNoFirstSample() {
    var fold = fold(from: start, until: start + .hours(1))
    fold.add([(series("200"), samples([(10, 1_000), (20, 1_010), (30, 4), (40, 5)]))])
    let sums = fold.take(upTo: start + .minutes(5))
    #expect(sums.map(\.total) == [10, 4, 1])
    #expect(sums.allSatisfy { $0.part == 0 })
  }

  @Test func aSeriesBornWhileItsTargetWasSeenCountsInFull() {
    var fold = fold(from: start, until: start + .hours(1))
    fold.add([
      (series("200"), samples([(10, 100), (20, 110), (30, 120)])),
      (series("500"), samples([(30, 3)])),
      (series("500", instance: "new"), samples([(30, 40)])),
    ])
    let sums = fold.take(upTo: start + .minutes(5))
    #expect(sums.map(\.part) == [0, 3], "the new target's 40 are its past")
    #expect(sums.map(\.total) == [10, 13])
  }

  @Test func aSeriesOfWhichTheFirstStretchHasNoSampleIsBornOnlyAfterIt() {
    var fold = fold(from: start, until: start + .hours(1))
    fold.add([
      (series("200"), samples([(-200, 1), (-100, 2), (10, 3)])), (series("500"), samples([(-100, 7), (10, 9)])),
    ])
    #expect(fold.take(upTo: start + .minutes(5)).map(\.part) == [2])
  }

  @Test func stretchesMayOverlapAndCutAnywhere() {
    let values = (0..<400).map { (Int64($0) * 15, Double($0 % 90) * 3) }
    func total(_ cuts: [Int64], overlap: Int64) -> Double {
      var fold = fold(from: start, until: start + .hours(2))
      var sum = 0.0
      for (from, to) in zip([-1] + cuts, cuts + [10_000]) {
        fold.add([(series("200"), samples(values.filter { $0.0 > from - overlap && $0.0 <= to }))])
        sum += fold.take(upTo: start + .seconds(min(to, 7_200))).reduce(0) { $0 + $1.total }
      }
      return sum
    }
    let whole = total([], overlap: 0)
    #expect(whole > 1_000)
    #expect(total([1_000, 1_003, 4_000], overlap: 0) == whole)
    #expect(total([1_000, 1_003, 4_000], overlap: 300) == whole)
  }

  @Test func theSeamBelongsToThePastUpToTheFirstLiveSample() {
    let until = start + .seconds(100)
    var fold = fold(from: start, until: until)
    fold.add([(series("200"), samples([(80, 10), (95, 12), (110, 15), (125, 99)]))])
    let sums = fold.take(upTo: until)
    #expect(sums.reduce(0) { $0 + $1.total } == 5 && sums.allSatisfy { $0.time <= until })
  }

  @Test func aSeriesBornInLiveTimeIsLeftToIt() {
    let until = start + .seconds(100)
    var fold = fold(from: start, until: until)
    fold.add([(series("200"), samples([(80, 10), (95, 12), (110, 15)])), (series("500"), samples([(110, 7)]))])
    #expect(fold.take(upTo: until).allSatisfy { $0.part == 0 })
  }

  @Test func oldIncrementsAreGatheredIntoTheBucketTheyBelongTo() {
    let until = start + .days(2)
    var fold = fold(from: start, until: until)
    fold.add([(series("200"), samples((0...400).map { (Int64($0) * 10, Double($0)) }))])
    let sums = fold.take(upTo: until)
    #expect(sums.count == 14 && sums.allSatisfy { $0.time.floored(to: .minutes(5)) == $0.time })
    #expect(sums[0].time == start + .minutes(5) && sums[0].total == 30)
  }

  @Test(arguments: [
    (SampleReading.value, 12.5), (.samples, 1), (.samplesWhere(.greater, 12), 1), (.samplesWhere(.less, 12), 0),
    (.share, 12.5), (.increase, 0),
  ])
  func readings(_ reading: SampleReading, _ expected: Double) {
    #expect(SampleFold.events(of: 12.5, reading) == expected)
  }

  /// What is fetched later must be the same, bucket by bucket, as what would have been counted live.
  @Test(arguments: 0..<40)
  func foldEqualsTheLedgerOnTheSameScrapes(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let matcher = SeriesMatcher([Self.objective()])
    var ledger = Ledger()
    ledger.register([Self.objective().definition], at: start)
    var values: [LabelSet: Double] = [:]
    var history: [LabelSet: [CounterSample]] = [:]
    let interval = Interval.seconds([5, 10, 15, 30][Int(seed % 4)])
    var previous: [String: Instant] = [:]
    var now = start
    for _ in 0..<600 {
      now += interval
      for instance in ["a", "b"] {
        if generator.chance(0.02) { continue }  // The scrape failed.
        if generator.chance(0.01) { for code in ["200", "500"] { values[series(code, instance: instance)] = nil } }
        let at = now + .milliseconds(instance == "a" ? 0 : 1_700)
        // A target shows its requests from its first scrape on: of one that shows nothing the source keeps nothing.
        for code in ["200", "404", "500"]
        where code == "200" || values[series(code, instance: instance)] != nil || generator.chance(0.3) {
          let key = series(code, instance: instance)
          values[key, default: 0] += Double(Int.random(in: 0...20, using: &generator))
          let sample = CounterSample(time: at, value: values[key]!)
          let id = ledger.intern(key.key, targets: matcher.targets(of: key))!
          ledger.ingest(id, sample, now: at, previousExposition: previous[instance])
          history[key, default: []].append(sample)
        }
        previous[instance] = at
      }
    }
    var fold = fold(from: start, until: now + .hours(1))
    var cut = start
    while cut < now {
      let next = cut + .minutes(Int64.random(in: 1...20, using: &generator))
      fold.add(
        history.map { key, samples in (key, samples.filter { $0.time > cut && $0.time <= next }) }
          .sorted { $0.0.description < $1.0.description })
      cut = next
    }
    let sums = fold.take(upTo: cut)
    let slot = ledger.slot(of: "shop")!
    for step in stride(from: Int64(10), through: (now - start).milliseconds / 1_000, by: 10) {
      let edge = start + .seconds(step)
      let live = ledger.window(slot, .seconds(10), at: edge)
      let past = sums.filter { $0.time > edge - .seconds(10) && $0.time <= edge }
      #expect(past.reduce(0) { $0 + $1.total } == live.total, "total at \(edge.rfc3339)")
      #expect(past.reduce(0) { $0 + $1.part } == live.bad, "bad at \(edge.rfc3339)")
    }
  }
}
