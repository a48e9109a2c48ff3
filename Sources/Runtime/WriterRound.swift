import Base
import Engine
import Fatigue
import Foundation
import Journal
import Logging
import Outbox
import Procedures
import Synchronization

/// What runs on the writer's thread.
struct WriterRound {
  unowned let writer: JournalWriter
  let storage: any JournalStorage
  var loop: DecideLoop<State>
  private var lastSnapshot: Int64
  private var lastSpaceCheck = Instant.distantPast
  private var isFull = false

  /// - Parameter replayed: how many events the loop's state had to be folded from: none of them is in a snapshot.
  init(writer: JournalWriter, storage: any JournalStorage, loop: DecideLoop<State>, replayed: Int64) {
    self.writer = writer
    self.storage = storage
    self.loop = loop
    lastSnapshot = loop.committedSequence - replayed
  }

  private struct Work {
    var urgent: [JournalWriter.Waiting]
    var normal: [JournalWriter.Waiting]
    var jobs: [@Sendable (any JournalStorage) -> Void]
    var environment: Engine.Environment
    var stopping: Bool

    var isEmpty: Bool { urgent.isEmpty && normal.isEmpty && jobs.isEmpty }
  }

  mutating func run() {
    // A server that is killed again and again would otherwise have more to replay at each start.
    snapshotIfDue(final: false)
    while true {
      let work = next()
      for job in work.jobs { job(storage) }
      let now = writer.clock.now()
      recoverSpace(at: now)
      var batch = work.urgent
      batch += dueTimers(at: now)
      if isFull {
        refuse(work.normal, writer.full ?? "the disk is full")
      } else {
        batch += work.normal
      }
      if !batch.isEmpty { commit(batch, at: now, in: work.environment) }
      if work.stopping && work.isEmpty { break }
      snapshotIfDue(final: false)
    }
    snapshotIfDue(final: true)
  }

  /// Waits for commands or the next deadline.
  private func next() -> Work {
    let condition = writer.condition
    condition.lock()
    defer { condition.unlock() }
    while writer.queue.urgent.isEmpty && writer.queue.normal.isEmpty && writer.queue.jobs.isEmpty
      && !writer.queue.stopping
    {
      let now = writer.clock.now()
      let deadline = loop.committed.nextDeadline ?? .distantFuture
      if deadline <= now || (isFull && now - lastSpaceCheck >= .seconds(1)) { break }
      // Only a commit of this thread brings a deadline, so without one there is nothing to wake for.
      guard isFull || deadline < .distantFuture else {
        condition.wait()
        continue
      }
      // The condition waits by the system's clock, which may be set meanwhile.
      _ = condition.wait(until: Date(timeIntervalSinceNow: min(deadline - now, .seconds(1)).seconds))
    }
    let take = min(writer.limits.batch, writer.queue.normal.count)
    let work = Work(
      urgent: writer.queue.urgent, normal: Array(writer.queue.normal.prefix(take)), jobs: writer.queue.jobs,
      environment: writer.queue.environment, stopping: writer.queue.stopping)
    writer.queue.urgent.removeAll(keepingCapacity: true)
    writer.queue.normal.removeFirst(take)
    writer.queue.jobs.removeAll()
    return work
  }

  private func dueTimers(at now: Instant) -> [JournalWriter.Waiting] {
    guard let deadline = loop.committed.nextDeadline, deadline <= now else { return [] }
    let due = loop.committed.dueCount(at: now)
    let tick = Ask<Void>.tick.command
    return (0..<min(due, 256)).map { _ in .init(command: tick, reply: { _ in }) }
  }

  private mutating func commit(
    _ batch: [JournalWriter.Waiting], at now: Instant, in environment: Engine.Environment
  ) {
    let outcome: DecideLoop<State>.Outcome
    do {
      outcome = try loop.decide(batch.map(\.command), at: now, in: environment)
    } catch {
      defect(batch, at: now, in: environment, error)
      return
    }
    do throws(JournalFailure) {
      if !outcome.events.isEmpty { try storage.append(outcome.events, with: outcome.attachments) }
      loop.commit()
      publish(outcome.events, at: now)
      for (waiting, reply) in zip(batch, outcome.replies) { waiting.reply(reply) }
    } catch {
      loop.abandon()
      failed(batch, at: now, in: environment, error)
    }
  }

  private func publish(_ events: [Event], at now: Instant) {
    guard !events.isEmpty else { return }
    let (state, sequence) = (loop.committed, loop.committedSequence)
    writer.published.withLock { published in
      published.state = state
      published.sequence = sequence
      published.commits += 1
      published.lastCommit = now
      for follower in published.followers.values { follower.yield(sequence) }
    }
  }

  // MARK: Failure

  /// A command met a defect. Alone it fails; in company the others are tried again without it.
  private mutating func defect(
    _ batch: [JournalWriter.Waiting], at now: Instant, in environment: Engine.Environment, _ error: any Error
  ) {
    loop.abandon()
    writer.published.withLock { $0.failures += 1 }
    if batch.count == 1 {
      writer.logger.error("a command failed", metadata: ["command": "\(batch[0].command.name)", "error": "\(error)"])
      batch[0].reply(.failure(Refusal(.unavailable, "\(batch[0].command.name) failed: \(error)")))
    } else {
      for waiting in batch { commit([waiting], at: now, in: environment) }
    }
  }

  private mutating func failed(
    _ batch: [JournalWriter.Waiting], at now: Instant, in environment: Engine.Environment, _ failure: JournalFailure
  ) {
    writer.published.withLock { $0.failures += 1 }
    switch failure {
    case .syncFailed(let reason):
      writer.onSyncFailure(reason)
    case .failed(let reason):
      writer.logger.error("a commit failed", metadata: ["error": "\(reason)"])
      refuse(batch, "the journal could not be written: \(reason)")
    case .full(let reason):
      let first = !isFull
      isFull = true
      lastSpaceCheck = now
      let message = "the disk is full (\(reason)); free some space: until then only paging goes on"
      writer.published.withLock { $0.full = message }
      let released = first && writer.space.release()
      writer.logger.critical("the disk is full", metadata: ["error": "\(reason)", "reserve": "\(released)"])
      let urgent = batch.filter { $0.command.priority == .urgent }
      refuse(batch.filter { $0.command.priority != .urgent }, message)
      if released, !urgent.isEmpty {
        commit(urgent, at: now, in: environment)
      } else {
        refuse(urgent, message)
      }
    }
  }

  private func refuse(_ batch: [JournalWriter.Waiting], _ message: String) {
    for waiting in batch { waiting.reply(.failure(Refusal(.unavailable, message))) }
  }

  private mutating func recoverSpace(at now: Instant) {
    guard isFull, now - lastSpaceCheck >= .seconds(1) else { return }
    lastSpaceCheck = now
    guard writer.space.recovered() else { return }
    isFull = false
    writer.published.withLock { $0.full = nil }
    writer.logger.notice("there is space on the disk again")
  }

  // MARK: Snapshots

  /// Snapshots are caches: a failure costs time at the next start, nothing else. With 100,000 open alerts one takes
  /// seconds to write down, so that happens beside the writer, which only stores the result between two batches.
  private mutating func snapshotIfDue(final: Bool) {
    let since = loop.committedSequence - lastSnapshot
    guard since >= (final ? 1 : writer.limits.snapshotEvery), !isFull else { return }
    let owner = writer
    guard final || owner.snapshotting.withLock({ $0.begin(at: owner.clock.now()) }) else { return }
    lastSnapshot = loop.committedSequence
    let (state, sequence, pack) = (loop.committed, loop.committedSequence, storage.pack)
    guard !final else {
      keep(Result { try state.snapshots(at: sequence, pack: pack) }, in: storage)
      return
    }
    let thread = Thread {
      let begun = owner.clock.now()
      let result = Result { try state.snapshots(at: sequence, pack: pack) }
      let took = owner.clock.now() - begun
      owner.enqueue(job: { storage in
        Self.keep(result, in: storage, owner.logger)
        owner.snapshotting.withLock { $0.end(at: owner.clock.now(), took: took) }
      })
    }
    thread.name = "journal-snapshot"
    thread.stackSize = 4 << 20
    thread.start()
  }

  private func keep(_ snapshots: Result<[FoldSnapshot], any Error>, in storage: any JournalStorage) {
    Self.keep(snapshots, in: storage, writer.logger)
  }

  private static func keep(
    _ snapshots: Result<[FoldSnapshot], any Error>, in storage: any JournalStorage, _ logger: Logger
  ) {
    do {
      for snapshot in try snapshots.get() { try storage.save(snapshot) }
    } catch {
      logger.warning("no snapshot was kept", metadata: ["error": "\(error)"])
    }
  }
}
