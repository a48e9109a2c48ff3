import Base
import Foundation
import Ledger
import Testing

@testable import Store

/// A ledger that was killed and read back is the ledger that was not, for samples of every kind, slices, marks and
/// backfills.
@Suite struct LedgerRestartTests {
  static let start = Instant(seconds: 1_789_999_200)

  static let definitions = [
    SLIDefinition(id: "requests", counts: .bad, period: .days(30)),
    SLIDefinition(id: "spans", counts: .good, period: .days(90)),
    SLIDefinition(
      id: "minutes", counts: .bad, period: .days(28), slices: SliceRule(length: .minutes(1), target: 0.9)),
    SLIDefinition(id: "shares", counts: .good, period: .days(7), slices: SliceRule(length: .minutes(5), target: nil)),
  ]

  @Sendable static func match(_ labels: LabelSet) -> [SLITarget] {
    switch labels.metric {
    case "cumulative": [SLITarget(id: "requests", side: .total), SLITarget(id: "minutes", side: .total)]
    case "delta": [SLITarget(id: "requests", side: .bad, weight: 0.5), SLITarget(id: "minutes", side: .bad)]
    case "events": [SLITarget(id: "spans", side: .total), SLITarget(id: "shares", side: .total, reading: .samples)]
    case "gauge":
      [
        SLITarget(id: "spans", side: .good, reading: .samplesWhere(.less, 3)),
        SLITarget(id: "shares", side: .good, weight: 0.1, reading: .value),
      ]
    default: []
    }
  }

  static func open(_ path: String?) throws -> LedgerEngine {
    let engine = try LedgerEngine(directory: path)
    let warnings = try engine.register(definitions, at: start, match: match)
    #expect(warnings == [])
    return engine
  }

  /// A sender that is at the same place for both ledgers.
  struct Sender {
    var random: SeededGenerator
    var second: Int64 = 0
    var totals = [Double](repeating: 0, count: 8)

    mutating func next() -> (series: [(name: String, number: Int, samples: [CounterSample])], now: Instant) {
      second += Int64.random(in: 1...40, using: &random)
      if random.chance(0.01) { second += 4_000 }
      let now = start + .seconds(second)
      var series: [(name: String, number: Int, samples: [CounterSample])] = []
      for number in 0..<8 where random.chance(0.8) {
        let kind = SampleKind.allCases[number % 4]
        var value = Double(Int.random(in: 0...6, using: &random))
        if kind == .cumulative {
          totals[number] = random.chance(0.03) ? 0 : totals[number] + value
          value = totals[number]
        }
        let late = random.chance(0.1) ? Int64.random(in: 1...200, using: &random) : 0
        var sample = CounterSample(time: now - .seconds(late), value: value, kind: kind)
        if kind == .cumulative, random.chance(0.5) { sample.created = now - .seconds(Int64(value)) }
        if random.chance(0.02) { sample.value = .nan }
        series.append(("\(kind)", number, [sample, sample].dropLast(random.chance(0.9) ? 1 : 0)))
      }
      return (series, now)
    }
  }

  static func send(
    _ engine: LedgerEngine, _ batch: (series: [(name: String, number: Int, samples: [CounterSample])], now: Instant)
  )
    throws -> IngestCounts
  {
    try engine.ingest(
      batch.series.map { TelemetrySeries(key: Array("\($0.name) \($0.number)".utf8)[...], samples: $0.samples[...]) },
      scope: "test", now: batch.now
    ) { key in
      let words = String(decoding: key, as: UTF8.self).split(separator: " ").map(String.init)
      return LabelSet(metric: words[0], ["number": words[1]])
    }
  }

  /// Everything that anybody can ask.
  static func figures(_ engine: LedgerEngine, _ now: Instant) -> [String] {
    engine.read { ledger in
      var figures = ["\(ledger.seriesCount) series"]
      for definition in definitions {
        guard let slot = ledger.slot(of: definition.id) else { continue }
        let windows = [Interval.minutes(5), .hours(1), .hours(6), .days(1), .days(28)]
        figures += windows.map { "\(definition.id) \($0): \(ledger.window(slot, $0, at: now))" }
        let marks = ledger.marks(of: slot)
        for (from, to) in zip(marks, marks.dropFirst()) {
          figures.append("\(definition.id) \(from) to \(to): \(ledger.count(slot, from: from, to: to))")
        }
        figures.append("\(String(describing: ledger.backfilled(slot))) \(String(describing: ledger.since(slot)))")
        figures.append("\(String(describing: ledger.evaluationTime(slot, now: now)))")
      }
      return figures
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func theSameLedgerAfterEveryKill(seed: UInt64) throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let straight = try Self.open(nil)
    var killed = try Self.open(directory.path)
    var random = SeededGenerator(seed: seed)
    var sender = Sender(random: random.fork())
    var marks: [Instant] = []
    for step in 0..<300 {
      let batch = sender.next()
      let counts = try [straight, killed].map { try Self.send($0, batch) }
      #expect(counts[0] == counts[1])
      if random.chance(0.05) {
        marks.append(batch.now + .milliseconds(Int64.random(in: -3_000_000...3_000_000, using: &random)))
        for engine in [straight, killed] {
          try engine.setMarks(Self.definitions.map { ($0.id, marks) }, now: batch.now)
        }
      }
      if random.chance(0.03) {
        let sli = Self.definitions.randomElement(using: &random)!.id
        let first = Self.start - .hours(Int64.random(in: 1...30, using: &random))
        let increments = (1...50).map {
          BackfilledStretch.Increment(time: first + .seconds(20 * $0), part: Double($0 % 3), total: 4)
        }
        let stretch = BackfilledStretch(from: first, upTo: first + .seconds(900), increments: increments)
        let isNew = try [straight, killed].map { try $0.backfill(sli, stretch, now: batch.now) }
        #expect(isNew[0] == isNew[1])
      }
      if random.chance(0.02) { try killed.snapshot(at: batch.now) }
      if random.chance(0.03) {
        killed = try Self.open(directory.path)
        try #require(Self.figures(killed, batch.now) == Self.figures(straight, batch.now), "step \(step)")
      }
    }
    let end = Self.start + .seconds(sender.second)
    #expect(Self.figures(killed, end) == Self.figures(straight, end))
    #expect(try Self.figures(Self.open(directory.path), end) == Self.figures(straight, end))
  }

  @Test func progressOfABackfillSurvives() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let stretch = BackfilledStretch(
      from: Self.start - .hours(9), upTo: Self.start - .hours(5),
      increments: [.init(time: Self.start - .hours(6), part: 1, total: 8)])
    for isFirst in [true, false, false] {
      let engine = try Self.open(directory.path)
      #expect(try engine.backfill("requests", stretch, now: Self.start) == isFirst)
      let (done, total) = engine.read { ledger in
        let slot = ledger.slot(of: "requests")!
        return (ledger.backfilled(slot), ledger.window(slot, .days(1), at: Self.start).total)
      }
      #expect(done?.from == Self.start - .hours(9))
      #expect(done?.upTo == Self.start - .hours(5))
      #expect(total == 8)
    }
  }

  @Test func whatDoesNotFitIsRefusedWithAReason() throws {
    let engine = try Self.open(nil)
    let one = BackfilledStretch.Increment(time: Self.start - .hours(1), part: 0, total: 1)
    let many = BackfilledStretch(
      upTo: Self.start, increments: [BackfilledStretch.Increment](repeating: one, count: 50_001))
    #expect { try engine.backfill("requests", many, now: Self.start) } throws: { "\($0)".contains("at most 50000") }
    #expect(try !engine.backfill("nobody", BackfilledStretch(upTo: Self.start, increments: [one]), now: Self.start))
    let marks = (0..<70).map { Self.start + .minutes($0) }
    #expect(try engine.setMarks([("requests", marks), ("spans", [Self.start])], now: Self.start) == ["requests"])
  }

  // MARK: Frames

  @Test func framesOfCountersAreAsTheyAlwaysWere() throws {
    var frame = LedgerFrame(now: Instant(seconds: 1_790_000_000), exposition: nil)
    frame.named = [(7, Array("key".utf8))]
    let time = Instant(seconds: 1_789_999_999)
    frame.entries = [
      .init(series: 7, sample: CounterSample(time: time, value: 3, created: time)),
      .init(series: 8, sample: CounterSample(time: time + .seconds(1), value: 4)),
    ]
    let plain: [UInt8] =
      [0x80, 0x80, 0x98, 0xbf, 0x84, 0xe1, 0xad, 0xd7, 0x31, 0, 1, 7, 3, 0x6b, 0x65, 0x79, 2]
      + [15, 0xff, 0xa7, 0xd6, 0xb9, 0x07, 0, 0, 0, 0, 0, 0, 8, 0x40]
      + [0x80, 0xd8, 0xc1, 0x85, 0xfd, 0xe0, 0xad, 0xd7, 0x31]
      + [16, 0x80, 0xa8, 0xd6, 0xb9, 0x07, 0, 0, 0, 0, 0, 0, 0x10, 0x40]
    #expect(frame.bytes == plain)
    let read = try #require(LedgerFrame(plain))
    #expect(read.entries.map(\.sample) == frame.entries.map(\.sample))
    #expect(read.entries.map(\.series) == [7, 8])
  }

  @Test func framesWithKindsAndChangesComeBack() throws {
    let now = Self.start
    var frame = LedgerFrame(now: now, exposition: ExpositionTimes(at: now, previous: now - .seconds(9)))
    for (index, kind) in SampleKind.allCases.enumerated() {
      let sample = CounterSample(
        time: now - .seconds(Int64(index)), value: Double(index) - 1.5, created: index == 1 ? now : nil, kind: kind)
      frame.entries.append(.init(series: Int32(index * 1_000), sample: sample))
    }
    frame.changes = [
      .marks(sli: "a", times: [now, now - .hours(3)]), .marks(sli: "b", times: []),
      .backfill(
        sli: "a",
        BackfilledStretch(from: nil, upTo: now, increments: [.init(time: now - .hours(1), part: -0.5, total: 2)])),
    ]
    let read = try #require(LedgerFrame(frame.bytes))
    #expect(read.exposition == frame.exposition)
    #expect(read.entries.map(\.sample) == frame.entries.map(\.sample))
    #expect(read.entries.map(\.series) == [0, 1_000, 2_000, 3_000])
    #expect(read.changes == frame.changes)
    #expect(LedgerFrame(Array(frame.bytes.dropLast())) == nil)
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      var bytes = frame.bytes
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      _ = LedgerFrame(bytes)
    }
  }
}
