import Base
import Ledger

/// Invariant 4 of the design: whatever arrives, in whatever order, and whatever happens to the server meanwhile, the
/// figures of a budget equal a recount of the raw events over the same bucket edges.
///
/// One seed is one run: streams of every kind with resets, restarts of the sender, duplicates, late and out-of-order
/// samples and gaps; SLIs that count events, slices and shares of slices; marks, exclusions and a backfilled past;
/// registrations that move SLIs about; and restarts from a snapshot.
public struct LedgerTrial {
  public struct Report: Sendable {
    /// Figures that differ, each in one line. None in a good build.
    public var violations: [String] = []
    /// How many figures were compared.
    public var figures = 0
    /// A hash over all figures, to compare processes with.
    public var trace = StableHasher()
  }

  private struct Arrival {
    var at: Int64
    var stream: Int
    var sample: CounterSample
  }

  private var random: SeededGenerator
  private var ledger = Ledger()
  private var recount = LedgerRecount()
  private var report = Report()
  private var ids: [SeriesID] = []
  private var definitions: [SLIDefinition] = []
  /// Times at which marks were set while they were exact, by SLI.
  private var marks: [[Instant]] = []
  private var decoys = 0
  private let start: Instant
  private let length: Interval
  private let pace: Interval

  private static let windows: [Interval] = [
    .minutes(5), .minutes(30), .hours(1), .hours(6), .days(1), .days(3), .days(28), .days(30),
  ]

  public init(seed: UInt64) {
    random = SeededGenerator(seed: seed ^ 0x6C65_6467_6572)
    start = Instant(seconds: 1_790_000_000 + Int64.random(in: 0...90_000, using: &random))
    let (length, pace): (Interval, Interval) = [
      (.hours(2), .seconds(15)), (.hours(3), .seconds(30)), (.hours(12), .minutes(2)), (.days(5), .minutes(20)),
      (.days(40), .hours(2)),
    ].randomElement(using: &random)!
    (self.length, self.pace) = (length, pace)
  }

  public mutating func run() -> Report {
    define()
    let arrivals = arrivals()
    let end = start + length
    for arrival in arrivals {
      let now = max(Instant(nanoseconds: arrival.at), start)
      ingest(arrival, now: now)
      if random.chance(0.1) { ingest(arrival, now: now) }
      if random.chance(0.01) { mark() }
      if random.chance(0.004) { backfill() }
      if random.chance(0.001) { reload(now) }
      if random.chance(0.001) { restart() }
      if random.chance(0.001) { compare(at: now) }
    }
    for _ in 0..<5 {
      compare(at: start + Interval(nanoseconds: Int64.random(in: 0...length.nanoseconds, using: &random)))
    }
    compare(at: end)
    return report
  }

  // MARK: The world

  private mutating func define() {
    let lengths = [60, 120, 300, 420, 600].map { Interval.seconds($0) }
    for index in 0..<6 {
      let counts: SLISide = random.chance(0.5) ? .good : .bad
      var slices: SliceRule?
      if index >= 3 {
        slices = SliceRule(
          length: lengths.randomElement(using: &random)!, target: index == 5 ? nil : random.chance(0.5) ? 0.9 : 0.5)
      }
      definitions.append(SLIDefinition(id: "sli\(index)", counts: counts, period: .days(30), slices: slices))
      recount.indicators.append(
        LedgerRecount.Indicator(counts: counts, slices: slices, registered: start.nanoseconds))
      marks.append([])
    }
    decoys = Int.random(in: 0...9, using: &random)
    ledger.register(decoyDefinitions + definitions, at: start)
    for number in 0..<8 {
      let kind = SampleKind.allCases[number % 4]
      let targets = (0..<Int.random(in: 1...3, using: &random)).map { _ in target(kind) }
      recount.streams.append(LedgerRecount.Stream(kind: kind, targets: targets))
      let counted = targets.map(sliTarget)
      ids.append(ledger.intern([UInt8(number)], targets: counted)!)
    }
  }

  private var decoyDefinitions: [SLIDefinition] {
    (0..<decoys).map { SLIDefinition(id: "decoy\($0)", counts: .bad, period: .days(Int64(7 + $0 * 9 % 80))) }
  }

  private mutating func target(_ kind: SampleKind) -> LedgerRecount.Target {
    let readings: [SampleReading] = [
      .increase, .increase, .increase, .value, .samples, .share, .samplesWhere(.greater, 4),
      .samplesWhere(.lessOrEqual, 4),
    ]
    let sli = Int.random(in: 0..<definitions.count, using: &random)
    return LedgerRecount.Target(
      sli: sli, side: random.chance(0.6) ? .total : definitions[sli].counts,
      weight: [1, 1, 1, 2, 0.5, -1].randomElement(using: &random)!,
      reading: readings.randomElement(using: &random)!)
  }

  private func sliTarget(_ target: LedgerRecount.Target) -> SLITarget {
    SLITarget(id: "sli\(target.sli)", side: target.side, weight: target.weight, reading: target.reading)
  }

  // MARK: Streams

  private mutating func arrivals() -> [Arrival] {
    var all: [Arrival] = []
    for stream in recount.streams.indices {
      let late = random.chance(0.2) ? Int64.random(in: 0...3_000, using: &random) : 0
      for sample in samples(recount.streams[stream].kind) {
        // Neighbours swap within a stream; some streams come late as a whole, in order.
        let swap = random.chance(0.2) ? Int64.random(in: 0...280, using: &random) : 0
        all.append(
          Arrival(at: sample.time.nanoseconds + (late + swap) * LedgerRecount.second, stream: stream, sample: sample))
      }
    }
    return all.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }

  private mutating func samples(_ kind: SampleKind) -> [CounterSample] {
    var time = start.nanoseconds + Int64.random(in: 1...59_999, using: &random) * 1_000_000
    var created = random.chance(0.5) ? time - 1_000_000 : time - 900 * LedgerRecount.second
    let saysCreated = random.chance(0.5)
    var value = Double(Int.random(in: 0...50, using: &random))
    var samples: [CounterSample] = []
    while time < (start + length).nanoseconds {
      var sample = CounterSample(time: Instant(nanoseconds: time), value: value, kind: kind)
      if kind != .cumulative { sample.value = Double(Int.random(in: -2...9, using: &random)) }
      if saysCreated, kind == .cumulative { sample.created = Instant(nanoseconds: created) }
      if random.chance(0.01) { sample.value = [.nan, .infinity, -.infinity, -1].randomElement(using: &random)! }
      samples.append(sample)
      // Never on a whole second, so that no sample lies on the edge of anything.
      let step = Int64.random(in: 1...2 * pace.milliseconds, using: &random)
      time += step * 1_000_000
      if random.chance(0.01) { time += min(pace.nanoseconds * 40, 1_500 * LedgerRecount.second) }
      if time % LedgerRecount.second == 0 { time += 1_000_000 }
      value += Double(Int.random(in: 0...9, using: &random))
      if random.chance(0.04) {
        value = Double(Int.random(in: 0...3, using: &random))
        created = time - 500_000
      }
    }
    return samples
  }

  private mutating func ingest(_ arrival: Arrival, now: Instant) {
    let outcome = ledger.ingest(ids[arrival.stream], arrival.sample, now: now)
    let expected = recount.take(arrival.sample, arrival.stream, now: now.nanoseconds)
    if expected != (outcome == .counted || outcome == .baseline) {
      report.violations.append("\(arrival.sample) of stream \(arrival.stream) became \(outcome)")
    }
  }

  // MARK: What happens meanwhile

  private mutating func mark() {
    let sli = Int.random(in: 0..<definitions.count, using: &random)
    guard marks[sli].count < 40, recount.newest != .min, let slot = ledger.slot(of: "sli\(sli)") else { return }
    if random.chance(0.7) {
      // Before its time comes, a mark may stand anywhere.
      marks[sli].append(
        Instant(nanoseconds: recount.newest + Int64.random(in: 1...7_200_000, using: &random) * 1_000_000))
    } else {
      marks[sli].append(edge(within: .hours(5)))
    }
    ledger.setMarks(marks[sli], of: slot)
  }

  /// A bucket edge of the finest ring.
  private mutating func edge(within length: Interval) -> Instant {
    let back = Int64.random(in: 0...length.nanoseconds / Interval.seconds(10).nanoseconds, using: &random)
    return Instant(nanoseconds: recount.newest).floored(to: .seconds(10)) - .seconds(10 * back)
  }

  private mutating func backfill() {
    let sli = Int.random(in: 0..<definitions.count, using: &random)
    // While the slice of the first sample is still remembered.
    guard recount.newest < (start + .minutes(50)).nanoseconds || definitions[sli].slices == nil,
      let slot = ledger.slot(of: "sli\(sli)")
    else { return }
    let live = ledger.liveSince(slot) ?? start
    let known = ledger.backfilled(slot)
    let first = known?.upTo ?? live - .hours(Int64.random(in: 1...40, using: &random))
    // A slice that is cut waits for the rest of it, so the last stretch of a backfill ends with a slice.
    let upTo = min(live - .seconds(1), first + .minutes(Int64.random(in: 10...600, using: &random)))
      .floored(to: definitions[sli].slices?.length ?? .seconds(1))
    guard upTo > first, recount.newest != .min else { return }
    var events: [LedgerRecount.Event] = []
    // It begins before what is known: the same stretch again must count once.
    var time = first - .minutes(7) + .milliseconds(501)
    if known == nil { time = first + .milliseconds(501) }
    while time <= upTo {
      let total = Double(Int.random(in: 0...9, using: &random))
      events.append(
        LedgerRecount.Event(
          time: time.nanoseconds, part: (total * 0.3).rounded(.down), total: total))
      time += .seconds(Int64.random(in: 20...400, using: &random))
    }
    let half = first + Interval(nanoseconds: Int64.random(in: 1...(upTo - first).nanoseconds, using: &random))
    for end in [half, half, upTo] {
      ledger.backfill(
        slot, events.map { (Instant(nanoseconds: $0.time), $0.part, $0.total) }, from: first, upTo: end)
    }
    recount.backfill(sli, events, from: first.nanoseconds, upTo: upTo.nanoseconds)
  }

  private mutating func reload(_ now: Instant) {
    decoys = Int.random(in: 0...14, using: &random)
    // One that asks for a longer period moves to another bank.
    let moved = Int.random(in: 0..<definitions.count, using: &random)
    definitions[moved].period = .days(random.chance(0.5) ? 90 : 30)
    ledger.register((random.chance(0.5) ? decoyDefinitions : []) + definitions, at: now)
    let targets = recount.streams.map { $0.targets.map(sliTarget) }
    ledger.retarget { targets[Int($0[0])] }
  }

  private mutating func restart() {
    let bytes = ledger.snapshot()
    guard let restored = Ledger(snapshot: bytes) else {
      report.violations.append("a snapshot of \(bytes.count) bytes cannot be read")
      return
    }
    if restored.snapshot() != bytes { report.violations.append("a restored ledger has another snapshot") }
    ledger = restored
    for stream in recount.streams.indices {
      let targets = recount.streams[stream].targets.map(sliTarget)
      guard let id = ledger.intern([UInt8(stream)], targets: targets) else {
        report.violations.append("stream \(stream) has no place after a restart")
        return
      }
      ids[stream] = id
    }
  }

  // MARK: Figures

  private mutating func compare(at: Instant) {
    guard recount.newest != .min else { return }
    let plan = ledger.plan(Self.windows, at: at)
    let counts = UnsafeMutableBufferPointer<WindowCount>.allocate(capacity: Self.windows.count)
    counts.initialize(repeating: WindowCount(good: 0, total: 0, covered: 0))
    defer { counts.deallocate() }
    for sli in definitions.indices {
      guard let slot = ledger.slot(of: "sli\(sli)") else { continue }
      let events = recount.events(sli)
      ledger.read(slot, plan, into: counts)
      for (index, window) in Self.windows.enumerated() {
        let (from, to) = ledger.edges(window, at: at)
        // Older than the history goes.
        guard from >= Instant(nanoseconds: recount.newest) - .days(30) else { continue }
        let expected = recount.count(sli, events, from: from.nanoseconds, to: to.nanoseconds)
        hold(ledger.window(slot, window, at: at), expected, "sli\(sli) over \(window.seconds) s at \(at)")
        hold(counts[index], expected, "sli\(sli) planned over \(window.seconds) s at \(at)")
      }
      compareMarks(sli, slot, events)
      compareExclusions(sli, slot, events)
    }
  }

  private mutating func compareMarks(_ sli: Int, _ slot: SLISlot, _ events: [LedgerRecount.Event]) {
    guard let one = marks[sli].randomElement(using: &random), let other = marks[sli].randomElement(using: &random)
    else { return }
    let (from, to) = (min(one, other), max(one, other))
    for end in [to, start + .days(100)] where from < end {
      let expected = recount.count(sli, events, from: from.nanoseconds, to: end.nanoseconds)
      hold(ledger.count(slot, from: from, to: end), expected, "sli\(sli) from \(from) to \(end)")
    }
  }

  private mutating func compareExclusions(_ sli: Int, _ slot: SLISlot, _ events: [LedgerRecount.Event]) {
    let at = edge(within: .minutes(30))
    var ends = (0..<4).map { _ in edge(within: .hours(5)) }
    // Marks stand exactly; those within the window are as good as edges.
    if let mark = marks[sli].randomElement(using: &random) { ends.append(mark) }
    if let mark = marks[sli].randomElement(using: &random) { ends.append(mark) }
    ends = Array(Set(ends)).sorted()
    var ranges: [Range<Instant>] = []
    var index = 0
    while index + 1 < ends.count {
      ranges.append(ends[index]..<ends[index + 1])
      index += 2
    }
    for window in [Interval.minutes(30), .hours(6), .days(28)] {
      let (from, to) = ledger.edges(window, at: at)
      let raw = ranges.map { range -> Range<Int64> in
        let lower = min(max(range.lowerBound, from), to)
        let upper = min(max(range.upperBound, from), to)
        return lower.nanoseconds..<upper.nanoseconds
      }
      let expected = recount.count(sli, events, from: from.nanoseconds, to: to.nanoseconds, without: raw)
      hold(
        ledger.window(slot, window, at: at, excluding: ranges), expected,
        "sli\(sli) over \(window.seconds) s at \(at) without \(ranges)")
    }
  }

  private mutating func hold(_ found: WindowCount, _ expected: WindowCount, _ what: @autoclosure () -> String) {
    report.figures += 1
    report.trace.combine(found.good.bitPattern)
    report.trace.combine(found.total.bitPattern)
    report.trace.combine(found.covered.bitPattern)
    // Shares are not whole numbers: a sum of them depends on its order in the last digits.
    let isSame =
      abs(found.good - expected.good) < 1e-6 && abs(found.total - expected.total) < 1e-6
      && abs(found.covered - expected.covered) < 1e-9
    if !isSame, report.violations.count < 20 {
      report.violations.append("\(what()): \(found), recounted \(expected)")
    }
  }
}
