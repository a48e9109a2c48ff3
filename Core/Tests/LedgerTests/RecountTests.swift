import Base
import Testing

@testable import Ledger

/// Invariant 4 of the design: budget figures equal a brute-force recount of the raw events over the same bucket edges,
/// whatever the order, resets and lateness (within the horizon) of samples.
@Suite struct RecountTests {
  struct Raw {
    var series: Int
    var sample: CounterSample
  }

  /// Counters of a few series with resets, sampled at uneven times.
  static func samples(_ random: inout SeededGenerator, series: Int, start: Int64, minutes: Int64) -> [[CounterSample]] {
    (0..<series).map { _ in
      var time = start + Int64.random(in: 0...20, using: &random)
      var value = Double(Int.random(in: 0...50, using: &random))
      var result: [CounterSample] = []
      while time < start + minutes * 60 {
        result.append(
          CounterSample(
            time: Instant(milliseconds: time * 1_000 + Int64.random(in: 0...999, using: &random)), value: value))
        time += Int64.random(in: 1...45, using: &random)
        if random.chance(0.05) { value = Double(Int.random(in: 0...3, using: &random)) }
        if random.chance(0.02) { time += 400 }
        value += Double(Int.random(in: 0...9, using: &random))
      }
      return result
    }
  }

  /// Arrival order: each sample is delayed by up to `late`, so that neighbours swap.
  static func arrival(_ samples: [[CounterSample]], late: Int64, _ random: inout SeededGenerator) -> [Raw] {
    var all: [(Int64, Raw)] = []
    for (index, series) in samples.enumerated() {
      for sample in series {
        let delay = random.chance(0.3) ? Int64.random(in: 0...late, using: &random) : 0
        all.append((sample.time.milliseconds + delay * 1_000, Raw(series: index, sample: sample)))
      }
    }
    return all.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
  }

  static func recount(_ samples: [CounterSample], from: Instant, to: Instant) -> Double {
    var sum = 0.0
    for (earlier, later) in zip(samples, samples.dropFirst()) where later.time > from && later.time <= to {
      sum += later.value < earlier.value ? later.value : later.value - earlier.value
    }
    return sum
  }

  @Test(arguments: 1...36 as ClosedRange<UInt64>) func windowsEqualARecount(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let start: Int64 = 1_790_000_000 + Int64.random(in: 0...5_000, using: &random)
    let minutes: Int64 = seed % 5 == 0 ? 900 : 120
    let raw = Self.samples(&random, series: 4, start: start, minutes: minutes)
    var ledger = Ledger()
    let ids = (0..<Int.random(in: 1...20, using: &random)).map { "other\($0)" }
    ledger.register(ids.map { SLIDefinition(id: $0, counts: .bad, period: .days(28)) }, at: Instant(seconds: start))
    let definition = SLIDefinition(id: "slo", counts: .good, period: .days(30))
    ledger.register([definition], at: Instant(seconds: start))
    let sides: [SLISide] = [.good, .good, .total, .total]
    let series = sides.enumerated().map { index, side in
      ledger.intern(LabelSet(metric: "m", ["i": "\(index)"]).key, targets: [SLITarget(id: "slo", side: side)])!
    }
    var growth = 0
    for arrived in Self.arrival(raw, late: 280, &random) {
      ledger.ingest(series[arrived.series], arrived.sample, now: Instant(seconds: start + minutes * 60 + 600))
      if random.chance(0.1) {
        let again = ledger.ingest(
          series[arrived.series], arrived.sample, now: Instant(seconds: start + minutes * 60 + 600))
        #expect(again == .duplicate)
      }
      // A reload in between must not disturb what was counted, also when it widens the rings.
      if random.chance(0.002), growth < 30 {
        growth += 7
        ledger.register(
          [definition] + (0..<growth).map { SLIDefinition(id: "n\($0)", counts: .good, period: .days(90)) },
          at: Instant(seconds: start))
      }
    }
    #expect(ledger.counts[.tooOld] == 0)
    let slot = try #require(ledger.slot(of: "slo"))
    let end = start + minutes * 60
    for _ in 0..<60 {
      let at = Instant(seconds: Int64.random(in: start...end + 60, using: &random))
      let length = Interval.seconds(
        [300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200, 2_592_000].randomElement(using: &random)!)
      let (from, to) = ledger.edges(length, at: at)
      let good = Self.recount(raw[0], from: from, to: to) + Self.recount(raw[1], from: from, to: to)
      let total = Self.recount(raw[2], from: from, to: to) + Self.recount(raw[3], from: from, to: to)
      let window = ledger.window(slot, length, at: at)
      #expect(window.total == total, "seed \(seed)")
      #expect(window.good == min(good, total), "seed \(seed)")
    }
  }

  /// A canary: if the ledger forgot to correct a reset for a late sample, the recount would differ.
  @Test func lateSampleRevealsAReset() throws {
    var ledger = Ledger()
    ledger.register([SLIDefinition(id: "s", counts: .bad, period: .days(30))], at: Instant(seconds: 1_000))
    let series = ledger.intern([1], targets: [SLITarget(id: "s", side: .total)])!
    let now = Instant(seconds: 2_000)
    ledger.ingest(series, CounterSample(time: Instant(seconds: 1_000), value: 100), now: now)
    ledger.ingest(series, CounterSample(time: Instant(seconds: 1_100), value: 110), now: now)
    let slot = try #require(ledger.slot(of: "s"))
    #expect(ledger.window(slot, .hours(1), at: now).total == 10)
    // 100 → 3 is a reset, then 3 → 110 is an increment of 107.
    ledger.ingest(series, CounterSample(time: Instant(seconds: 1_050), value: 3), now: now)
    #expect(ledger.window(slot, .hours(1), at: now).total == 110)
    #expect(ledger.window(slot, .minutes(1), at: Instant(seconds: 1_060)).total == 3)
  }
}
