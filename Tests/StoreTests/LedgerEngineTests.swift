import Base
import Foundation
import Ledger
import Synchronization
import Testing

@testable import Store

@Suite struct LedgerEngineTests {
  static let start = Instant(seconds: 1_790_000_000)

  static let slis = [SLIDefinition(id: "slo", counts: .bad, period: .days(30))]

  @Sendable static func match(_ labels: LabelSet) -> [SLITarget] {
    switch labels.metric {
    case "errors": [SLITarget(id: "slo", side: .bad)]
    case "requests": [SLITarget(id: "slo", side: .total)]
    default: []
    }
  }

  static func open(_ path: String?, write: LedgerLog.Write? = nil, warnings: ((String) -> Void)? = nil) throws
    -> LedgerEngine
  {
    let engine =
      try write.map { try LedgerEngine(directory: path, limits: LedgerLimits(), write: $0) }
      ?? LedgerEngine(directory: path)
    for warning in try engine.register(slis, at: start, match: match) { warnings?(warning) }
    return engine
  }

  /// One request and one error a second, sent every ten seconds.
  @discardableResult
  static func send(_ engine: LedgerEngine, _ step: Int64, replica: String? = nil, at now: Instant? = nil) throws
    -> IngestCounts
  {
    let time = start + .seconds(10 * step)
    let sample = [CounterSample(time: time, value: Double(10 * step))]
    let names = ["requests", "errors", "other"]
    return try engine.ingest(
      names.map { TelemetrySeries(key: Array(($0 + (replica ?? "")).utf8)[...], samples: sample[...]) }, scope: "test",
      now: now ?? time
    ) { key in
      let text = String(decoding: key, as: UTF8.self)
      let name = names.first { text.hasPrefix($0) }!
      return LabelSet([Label("__name__", name), Label("__replica__", String(text.dropFirst(name.count)))])
    }
  }

  static func total(_ engine: LedgerEngine, step: Int64) -> Double {
    engine.read { ledger in
      ledger.slot(of: "slo").map { ledger.window($0, .hours(1), at: start + .seconds(10 * step)).total } ?? -1
    }
  }

  @Test func countsAndIgnoresWhatNobodyAskedFor() throws {
    let engine = try Self.open(nil)
    for step in 0..<10 as Range<Int64> { try Self.send(engine, step) }
    #expect(Self.total(engine, step: 9) == 90)
    #expect(engine.counts[.counted] == 18)
    #expect(engine.counts[.baseline] == 2)
  }

  @Test func restartGivesBackLogAndSnapshot() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    for generation in 0..<4 as Range<Int64> {
      let engine = try Self.open(directory.path, warnings: { Issue.record("\($0)") })
      if generation > 0 { #expect(Self.total(engine, step: generation * 10 - 1) == Double(generation * 100 - 10)) }
      for step in generation * 10..<generation * 10 + 10 { try Self.send(engine, step) }
      try engine.sync()
      if generation == 2 { try engine.snapshot(at: Self.start) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2)
  }

  @Test(arguments: [1, 9, 30, 190]) func tornTailLosesOnlyTheTail(cut: Int) throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let engine = try Self.open(directory.path)
    for step in 0..<50 as Range<Int64> { try Self.send(engine, step) }
    try engine.sync()
    let log = engine.contents.withLock { $0.log!.path }
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: log)))
    try Data(bytes.dropLast(cut)).write(to: URL(fileURLWithPath: log))
    var warnings: [String] = []
    let again = try Self.open(directory.path, warnings: { warnings.append($0) })
    #expect(warnings.count == 1)
    #expect(warnings[0].contains("torn or damaged"))
    let total = Self.total(again, step: 49)
    #expect(total < 490 && total >= 490 - Double(10 * (cut / 40 + 1)))
    // What is counted next goes on from there: the lost increments come with the next sample.
    try Self.send(again, 50)
    #expect(Self.total(again, step: 50) == 500)
  }

  @Test func damagedSnapshotIsPutAsideWithAWarning() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let engine = try Self.open(directory.path)
    for step in 0..<10 as Range<Int64> { try Self.send(engine, step) }
    try engine.snapshot(at: Self.start)
    let path = directory.path + "/snapshot"
    var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    bytes[bytes.count / 2] ^= 0x10
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    var warnings: [String] = []
    let again = try Self.open(directory.path, warnings: { warnings.append($0) })
    #expect(warnings.count == 1)
    #expect(Self.total(again, step: 9) == 0)
    try Self.send(again, 10)
  }

  @Test func fullDiskRefusesIntakeAndRecoversByItself() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let space = Mutex(Int.max)
    let engine = try Self.open(
      directory.path,
      write: { descriptor, bytes in
        let room = space.withLock { space in
          let room = min(space, bytes.count)
          space -= room
          return room
        }
        if room == 0 {
          errno = ENOSPC
          return -1
        }
        return Foundation.write(descriptor, bytes.baseAddress, room)
      })
    for step in 0..<5 as Range<Int64> { try Self.send(engine, step) }
    space.withLock { $0 = 20 }
    for step in 5..<8 as Range<Int64> {
      #expect { try Self.send(engine, step) } throws: { "\($0)".contains("free some space") }
    }
    #expect(throws: StoreFailure.self) { try engine.snapshot(at: Self.start) }
    #expect(Self.total(engine, step: 9) == 40)
    space.withLock { $0 = .max }
    try Self.send(engine, 8)
    #expect(Self.total(engine, step: 9) == 80)
    try engine.sync()
    let again = try Self.open(directory.path, warnings: { Issue.record("\($0)") })
    #expect(Self.total(again, step: 9) == 80)
  }

  @Test func startingOnAFullDiskRefusesIntakeUntilThereIsSpace() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let isFull = Mutex(true)
    var warnings: [String] = []
    let engine = try Self.open(
      directory.path,
      write: { descriptor, bytes in
        guard !isFull.withLock({ $0 }) else {
          errno = ENOSPC
          return -1
        }
        return Foundation.write(descriptor, bytes.baseAddress, bytes.count)
      }, warnings: { warnings.append($0) })
    #expect(warnings.count == 1)
    #expect(throws: StoreFailure.self) { try Self.send(engine, 0) }
    #expect(throws: StoreFailure.self) { try engine.snapshotIfNeeded(at: Self.start) }
    isFull.withLock { $0 = false }
    try engine.snapshotIfNeeded(at: Self.start)
    try Self.send(engine, 1)
    try Self.send(engine, 2)
    #expect(Self.total(engine, step: 2) == 10)
  }

  @Test func standbyReplicaIsDroppedUntilTheFirstIsSilent() throws {
    let engine = try Self.open(nil)
    for step in 0..<5 as Range<Int64> {
      try Self.send(engine, step, replica: "a")
      let counts = try Self.send(engine, step, replica: "b")
      #expect(counts[.replica] == 2)
    }
    #expect(Self.total(engine, step: 4) == 40)
    try Self.send(engine, 9, replica: "b")
    #expect(Self.total(engine, step: 9) == 90)
    #expect(engine.read(\.seriesCount) == 2)
  }

  static func sendNamed(_ engine: LedgerEngine, _ names: [String], at time: Instant, value: Double = 1) throws
    -> IngestCounts
  {
    let samples = [CounterSample(time: time, value: value)]
    return try engine.ingest(
      names.map { TelemetrySeries(key: Array($0.utf8)[...], samples: samples[...]) }, scope: "test", now: time
    ) { key in
      LabelSet(metric: "requests", ["code": String(decoding: key, as: UTF8.self)])
    }
  }

  @Test func seriesPastTheBoundOfASourceAreRefusedUntilOthersAreIdle() throws {
    let engine = try LedgerEngine(directory: nil, seriesPerSource: 3)
    try engine.register(Self.slis, at: Self.start, match: Self.match)
    let first = try Self.sendNamed(engine, ["a", "b", "c", "d"], at: Self.start)
    #expect(first[.baseline] == 3 && first[.tooManySeries] == 1)
    #expect(engine.counts[.tooManySeries] == 1)
    #expect(engine.sources == [SourceSeries(source: "test", counted: 3, isFull: true)])
    // The others go on; after an hour of silence one gives way.
    let later = Self.start + .minutes(50)
    #expect(try Self.sendNamed(engine, ["a", "b", "d"], at: later, value: 2)[.tooManySeries] == 1)
    let last = try Self.sendNamed(engine, ["a", "b", "d"], at: Self.start + .minutes(62), value: 3)
    #expect(last[.tooManySeries] == 0 && last[.baseline] == 1 && last[.counted] == 2)
  }

  @Test func seriesPastTheBoundOfTheLedgerAreRefusedAndTakenWhenThereIsRoom() throws {
    var limits = LedgerLimits()
    limits.series = 2
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let engine = try LedgerEngine(directory: directory.path, limits: limits)
    try engine.register(Self.slis, at: Self.start, match: Self.match)
    for step in 0..<2 {
      let counts = try Self.sendNamed(engine, ["a", "b", "c"], at: Self.start + .seconds(10 * Int64(step)))
      #expect(counts[.tooManySeries] == 1)
    }
    #expect(engine.sources.first?.refused == 1)
    let later = Self.start + .days(3)
    _ = try Self.sendNamed(engine, ["b"], at: later, value: 5)
    try engine.snapshot(at: later)
    let counts = try Self.sendNamed(engine, ["b", "c"], at: later + .seconds(10), value: 6)
    #expect(counts[.tooManySeries] == 0 && counts[.counted] == 1 && counts[.baseline] == 1)
  }

  @Test func aBodyThatCannotBeReadCountsNothing() throws {
    struct Broken: Error {}
    struct Body: TelemetryBody {
      var fails: Bool
      mutating func read(into sink: inout some TelemetrySink) throws {
        let verdict = [UInt8(1)].withUnsafeBytes { sink.learn($0, LabelSet(metric: "requests")) }
        guard case .counted(let number) = verdict else { return }
        for step in 0..<2 as Range<Int64> {
          sink.add(CounterSample(time: LedgerEngineTests.start + .seconds(step), value: Double(step)), to: number)
        }
        if fails { throw Broken() }
      }
    }
    let engine = try Self.open(nil)
    var body = Body(fails: true)
    #expect(throws: Broken.self) { try engine.ingest(&body, source: "x", now: Self.start) }
    #expect(engine.counts == IngestCounts())
    #expect(try Self.send(engine, 0)[.baseline] == 2)
  }

  /// After a reload a number stands for another series; the log, where no snapshot could be taken, has to say so.
  @Test func aLogThatOutlivesAReloadNamesSeriesAnew() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let isFull = Mutex(false)
    let engine = try Self.open(
      directory.path,
      write: { descriptor, bytes in
        guard !isFull.withLock({ $0 }) else {
          errno = ENOSPC
          return -1
        }
        return Foundation.write(descriptor, bytes.baseAddress, bytes.count)
      })
    try Self.send(engine, 0)
    isFull.withLock { $0 = true }
    // Only errors are wanted now, then requests again: numbers change hands.
    _ = try engine.register(Self.slis, at: Self.start) { $0.metric == "errors" ? Self.match($0) : [] }
    _ = try engine.register(Self.slis, at: Self.start) { $0.metric == "requests" ? Self.match($0) : [] }
    isFull.withLock { $0 = false }
    try Self.send(engine, 1)
    try Self.send(engine, 2)
    #expect(Self.total(engine, step: 2) == 10)
    try engine.sync()
    // The log has the sample from before the reload as well, so that nothing of the first ten seconds is lost.
    let again = try LedgerEngine(directory: directory.path)
    try again.register(Self.slis, at: Self.start) { $0.metric == "requests" ? Self.match($0) : [] }
    #expect(Self.total(again, step: 2) == 20)
  }

  /// RFC 3720, B.4, and the same bit by bit for every length around a step of eight.
  @Test func checksumsAreCRC32C() {
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of(Array(0..<32 as Range<UInt8>)) == 0x46DD_794E)
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
      var sum = ~UInt32(0)
      for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
      }
      #expect(CRC32C.of(bytes) == ~sum && CRC32C.of(bytes[...]) == ~sum)
    }
  }

  @Test func mutatedFilesNeverCrash() throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let engine = try Self.open(directory.path)
    for step in 0..<30 as Range<Int64> { try Self.send(engine, step) }
    let snapshot = engine.read { $0.snapshot() }
    #expect(Ledger(snapshot: snapshot)?.snapshot() == snapshot)
    let log = engine.contents.withLock { ($0.log!.path, $0.log!.sequence) }
    let frames = try LedgerLog.read(log.0, sequence: log.1).frames
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      for original in [snapshot, frames[0]] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.chance(0.2) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
        _ = Ledger(snapshot: bytes)
        _ = LedgerFrame(bytes)
      }
    }
  }
}
