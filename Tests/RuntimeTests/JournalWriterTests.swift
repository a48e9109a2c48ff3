import Alerts
import Base
import Engine
import Events
import Foundation
import Journal
import Logging
import OnCall
import Runtime
import Store
import Synchronization
import Testing

@Suite struct JournalWriterTests {
  /// What the disk says, settable while the writer runs.
  final class Disk: JournalStorage, @unchecked Sendable {
    let inner = MemoryJournal()
    let lock = NSLock()
    var failures: [JournalFailure] = []
    var gate: DispatchSemaphore?
    var entered: DispatchSemaphore?

    func lastSequence() throws -> Int64 { inner.lastSequence() }
    func append(_ events: [Event], with attachments: Attachments) throws(JournalFailure) {
      entered?.signal()
      gate?.wait()
      let failure = lock.withLock { failures.isEmpty ? nil : failures.removeFirst() }
      if let failure { throw failure }
      try inner.append(events, with: attachments)
    }
    func events(after: Int64, limit: Int) throws -> [Event] { try inner.events(after: after, limit: limit) }
    func snapshot(fold: String, version: Int) throws -> FoldSnapshot? { inner.snapshot(fold: fold, version: version) }
    func save(_ snapshot: FoldSnapshot) throws { inner.save(snapshot) }
  }

  private let environment = Engine.Environment(
    snapshot: "test", contacts: ["ana": ContactRules(user: "ana", rules: [])], schedules: ["rota"])

  private func writer(
    _ storage: any JournalStorage & Sendable,
    limits: JournalWriter.Limits = .init(),
    space: JournalWriter.Space = .init(release: { false }, recovered: { true })
  ) -> JournalWriter {
    JournalWriter(
      storage: storage, state: State(), sequence: 0, environment: environment, clock: SystemClock(), seed: 1,
      limits: limits, space: space, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      onSyncFailure: { fatalError($0) })
  }

  private func signal(_ key: String) -> Ask<FireReply> {
    .fire(
      Signal(key: key, service: nil, severity: .error, urgency: .ticket, summary: "x"), by: .system("test"))
  }

  @Test func ofManyIdenticalOverridesAtOnceOneSucceeds() async throws {
    let writer = writer(MemoryJournal())
    defer { writer.stop() }
    let start = SystemClock().now()
    let results = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<64 {
        group.addTask {
          (try? await writer.submit(
            .createOverride(schedule: "rota", user: "ana", start: start, end: start + .hours(1), by: .user("ana"))))
            != nil
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(results.filter { $0 }.count == 1)
  }

  ///     writer   append(...) ........ waits ........ durable ── publish ── reply
  ///     reader            reads: nothing yet                      reads: the alert
  @Test func readersSeeNothingOfABatchThatIsBeingCommitted() async throws {
    let disk = Disk()
    disk.gate = DispatchSemaphore(value: 0)
    disk.entered = DispatchSemaphore(value: 0)
    let writer = writer(disk)
    async let reply = writer.submit(signal("a"))
    await Task.detached { disk.entered!.wait() }.value
    #expect(writer.sequence == 0)
    #expect(writer.state.alerts.openCount == 0)
    disk.gate!.signal()
    _ = try await reply
    #expect(writer.state.alerts.openCount == 1)
    disk.gate = nil
    disk.entered = nil
    writer.stop()
  }

  @Test func aFailedCommitIsRefusedAndLeavesNothing() async throws {
    let disk = Disk()
    disk.failures = [.failed("input/output error")]
    let writer = writer(disk)
    defer { writer.stop() }
    let refusal = await #expect(throws: Refusal.self) { try await writer.submit(signal("a")) }
    #expect(refusal?.kind == .unavailable)
    #expect(writer.state.alerts.openCount == 0)
    let again = try await writer.submit(signal("a"))
    #expect(again.isNew, "the failed attempt left no alert behind")
    #expect(writer.sequence == Int64(disk.inner.lastSequence()))
  }

  @Test func aFullDiskStillTakesAcknowledgementsAndRecovers() async throws {
    let disk = Disk()
    let recovered = Mutex(false)
    let writer = writer(
      disk, space: .init(release: { true }, recovered: { recovered.withLock { $0 } }))
    defer { writer.stop() }
    let alert = try await writer.submit(signal("a")).alert
    disk.lock.withLock { disk.failures = [.full("no space left on device")] }
    await #expect(throws: Refusal.self) { try await writer.submit(signal("b")) }
    #expect(writer.full != nil)
    let refusal = await #expect(throws: Refusal.self) { try await writer.submit(signal("c")) }
    #expect(refusal?.message.contains("free some space") == true)
    let taken = try await writer.submit(.acknowledgeAlert(alert, via: "page", by: .user("ana")))
    #expect(taken.id == alert)
    #expect(writer.state.alerts.alerts[alert]?.status == .acknowledged)
    recovered.withLock { $0 = true }
    try await Task.sleep(for: .milliseconds(2_500))
    #expect(try await writer.submit(signal("d")).isNew)
    #expect(writer.full == nil)
  }

  @Test func whatIsQueuedIsWrittenBeforeTheWriterStops() async throws {
    let disk = Disk()
    let writer = writer(disk)
    let replies = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<200 { group.addTask { (try? await writer.submit(signal("k\(index)"))) != nil } }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    writer.stop()
    #expect(replies == 200)
    let (state, sequence, replayed) = try State.restore(from: disk)
    #expect(state.alerts.openCount == 200)
    #expect(sequence == Int64(disk.inner.lastSequence()))
    #expect(replayed == 0, "the last thing a writer does is to keep snapshots")
    await #expect(throws: Refusal.self) { try await writer.submit(signal("late")) }
  }

  /// Snapshots are written down beside the writer while it goes on, and a start from one gives what was committed.
  @Test func snapshotsAreKeptWhileTheWriterGoesOn() async throws {
    let disk = Disk()
    var limits = JournalWriter.Limits()
    limits.snapshotEvery = 10
    let writer = writer(disk, limits: limits)
    defer { writer.stop() }
    var kept: Int64 = 0
    for index in 0..<500 where kept == 0 {
      _ = try await writer.submit(signal("s\(index)"))
      try await Task.sleep(for: .milliseconds(10))
      kept = try await writer.perform { try $0.snapshot(fold: Alerts.name, version: Alerts.version)?.sequence ?? 0 }
    }
    #expect(kept >= 10)
    let (state, sequence, replayed) = try State.restore(from: disk)
    #expect(sequence == writer.sequence && replayed == sequence - kept)
    #expect(try state.snapshots(at: 0) == writer.state.snapshots(at: 0))
  }

  /// A server that is killed before each snapshot falls due must not have more to fold at every start.
  @Test func whatAStartHadToFoldCountsTowardsTheNextSnapshot() async throws {
    let disk = Disk()
    let first = writer(disk)
    for index in 0..<15 { _ = try await first.submit(signal("k\(index)")) }
    let killed = Disk()
    try killed.append(disk.events(after: 0, limit: 1_000), with: Attachments())
    first.stop()
    let (state, sequence, replayed) = try State.restore(from: killed)
    #expect(replayed == sequence && replayed >= 15)
    var limits = JournalWriter.Limits()
    limits.snapshotEvery = 10
    let second = JournalWriter(
      storage: killed, state: state, sequence: sequence, replayed: replayed, environment: environment,
      clock: SystemClock(), seed: 2, limits: limits, space: .init(release: { false }, recovered: { true }),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onSyncFailure: { fatalError($0) })
    defer { second.stop() }
    var kept: Int64 = 0
    for _ in 0..<500 where kept == 0 {
      try await Task.sleep(for: .milliseconds(10))
      kept = try await second.perform { try $0.snapshot(fold: Alerts.name, version: Alerts.version)?.sequence ?? 0 }
    }
    #expect(kept == sequence, "without a single further event")
  }

  @Test func theRealJournalHoldsWhatWasAnswered() async throws {
    let path = NSTemporaryDirectory() + "mainstay-writer-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let journal = try SQLiteJournal(directory: DataDirectory(path))
    let writer = writer(journal)
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<100 { group.addTask { _ = try? await writer.submit(signal("k\(index)")) } }
    }
    writer.stop()
    try journal.close()
    let reopened = try SQLiteJournal(directory: DataDirectory(path))
    #expect(try State.restore(from: reopened).state.alerts.openCount == 100)
    try reopened.close()
  }

  @Test func followersHearOfCommits() async throws {
    let writer = writer(MemoryJournal())
    let changes = writer.changes()
    _ = try await writer.submit(signal("a"))
    var iterator = changes.makeAsyncIterator()
    #expect(await iterator.next() == writer.sequence)
    writer.stop()
    #expect(await iterator.next() == nil)
  }
}
