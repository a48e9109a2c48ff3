import Base
import Engine
import Foundation
import Journal
import Logging
import Synchronization

/// The one writer: a thread of its own takes commands from a bounded queue, decides a batch, commits it as one
/// transaction and only then answers.
///
/// Acknowledgements, delivery reports and timers go before intake. There is no suspension point between deciding and
/// applying, and readers only ever see committed state.
public final class JournalWriter: Sendable {
  /// What happens to the journal's disk, as far as the writer cares.
  public struct Space: Sendable {
    /// The disk is full: make room for urgent commands. False when there is none to make.
    public var release: @Sendable () -> Bool
    /// Whether there is room again; called at most once a second while there was none.
    public var recovered: @Sendable () -> Bool

    public init(release: @escaping @Sendable () -> Bool, recovered: @escaping @Sendable () -> Bool) {
      self.release = release
      self.recovered = recovered
    }
  }

  public struct Limits: Sendable {
    /// Commands waiting; further ones are refused.
    public var queue = 20_000
    /// Commands decided in one transaction.
    public var batch = 1_024
    /// Events between two snapshots of the folds.
    public var snapshotEvery: Int64 = 20_000
    public init() {}
  }

  struct Waiting {
    let command: Command<State>
    let reply: @Sendable (Result<any Sendable, Refusal>) -> Void
  }

  struct Queue {
    var urgent: [Waiting] = []
    var normal: [Waiting] = []
    var environment: Engine.Environment
    var jobs: [@Sendable (any JournalStorage) -> Void] = []
    var stopping = false
  }

  /// One snapshot at a time, and writing them takes no more than a twentieth of one core.
  struct Snapshotting {
    private var isUnderWay = false
    private var next = Instant.distantPast

    mutating func begin(at now: Instant) -> Bool {
      guard !isUnderWay, now >= next else { return false }
      isUnderWay = true
      return true
    }

    mutating func end(at now: Instant, took: Interval) {
      isUnderWay = false
      next = now + Interval(nanoseconds: took.nanoseconds * 19)
    }
  }

  struct Published {
    var state: State
    var sequence: Int64
    /// Set while the disk is full.
    var full: String?
    var commits: Int64 = 0
    var failures: Int64 = 0
    var lastCommit: Instant?
    var followers: [UInt64: AsyncStream<Int64>.Continuation] = [:]
    var nextFollower: UInt64 = 0
  }

  let condition = NSCondition()
  // Guarded by `condition`.
  nonisolated(unsafe) var queue: Queue
  let published: Mutex<Published>
  let snapshotting = Mutex(Snapshotting())
  let clock: SystemClock
  let limits: Limits
  let space: Space
  let logger: Logger
  /// Called when a sync has failed and nobody knows what is durable. Must not return.
  let onSyncFailure: @Sendable (String) -> Never
  private let finished = Gate()

  /// - Parameter replayed: how many of the events that the state was folded from are in no snapshot.
  public init(
    storage: any JournalStorage & Sendable, state: State, sequence: Int64, replayed: Int64 = 0,
    environment: Engine.Environment, clock: SystemClock, seed: UInt64, limits: Limits = Limits(), space: Space,
    logger: Logger,
    onSyncFailure: @escaping @Sendable (String) -> Never
  ) {
    queue = Queue(environment: environment)
    published = Mutex(Published(state: state, sequence: sequence))
    self.clock = clock
    self.limits = limits
    self.space = space
    self.logger = logger
    self.onSyncFailure = onSyncFailure
    let thread = Thread { [self] in
      var round = WriterRound(
        writer: self, storage: storage, loop: DecideLoop(state: state, sequence: sequence, seed: seed),
        replayed: replayed)
      round.run()
      finished.signal()
    }
    thread.name = "journal-writer"
    thread.stackSize = 4 << 20
    thread.start()
  }

  // MARK: Commands

  /// Has a command decided and committed.
  ///
  /// - Returns: the reply, once everything the command decided is durable.
  /// - Throws: `Refusal`.
  public func submit<Reply>(_ ask: Ask<Reply>) async throws -> Reply {
    let reply = try await submit(ask.command)
    guard let reply = reply as? Reply else { preconditionFailure("\(ask.command.name) replied another type") }
    return reply
  }

  /// The same for a command whose reply has lost its type.
  public func submit(_ command: Command<State>) async throws -> any Sendable {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<any Sendable, any Error>) in
      enqueue(Waiting(command: command) { continuation.resume(with: $0.mapError { $0 as any Error }) })
    }
  }

  private func enqueue(_ waiting: Waiting) {
    condition.lock()
    var refusal: Refusal?
    if queue.stopping {
      refusal = Refusal(.unavailable, "the server is stopping; try again in a moment")
    } else if waiting.command.priority == .urgent {
      queue.urgent.append(waiting)
    } else if queue.normal.count >= limits.queue {
      refusal = Refusal(.unavailable, "\(limits.queue) commands are waiting to be written; try again in a moment")
    } else {
      queue.normal.append(waiting)
    }
    condition.signal()
    condition.unlock()
    if let refusal { waiting.reply(.failure(refusal)) }
  }

  /// Runs something on the writer's thread between two batches, with its storage.
  public func perform<Value: Sendable>(
    _ job: @escaping @Sendable (any JournalStorage) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      condition.lock()
      let stopping = queue.stopping
      if !stopping { queue.jobs.append { storage in continuation.resume(with: Result { try job(storage) }) } }
      condition.signal()
      condition.unlock()
      if stopping {
        continuation.resume(throwing: Refusal(.unavailable, "the server is stopping; try again in a moment"))
      }
    }
  }

  /// Runs something between two batches, unless the writer ends before.
  func enqueue(job: @escaping @Sendable (any JournalStorage) -> Void) {
    condition.lock()
    if !queue.stopping { queue.jobs.append(job) }
    condition.signal()
    condition.unlock()
  }

  /// Decisions after this one read these definitions.
  public func use(_ environment: Engine.Environment) {
    condition.lock()
    queue.environment = environment
    condition.unlock()
  }

  /// Writes what is queued, refuses what comes, and returns once the thread has ended.
  public func stop() {
    condition.lock()
    queue.stopping = true
    condition.signal()
    condition.unlock()
    finished.wait()
    // Finishing a stream calls back into `published`, so it happens outside of its lock.
    let followers = published.withLock { published in
      defer { published.followers = [:] }
      return Array(published.followers.values)
    }
    followers.forEach { $0.finish() }
  }

  // MARK: Reading

  /// The committed state.
  public var state: State { published.withLock(\.state) }

  /// The last committed sequence number.
  public var sequence: Int64 { published.withLock(\.sequence) }

  /// Why commands are refused, while the disk is full.
  public var full: String? { published.withLock(\.full) }

  /// Counts for metrics: transactions committed and failed, and when the last was committed.
  public var commits: (done: Int64, failed: Int64, last: Instant?) {
    published.withLock { ($0.commits, $0.failures, $0.lastCommit) }
  }

  public var environment: Engine.Environment {
    condition.lock()
    defer { condition.unlock() }
    return queue.environment
  }

  /// Commands waiting.
  public var queued: Int {
    condition.lock()
    defer { condition.unlock() }
    return queue.urgent.count + queue.normal.count
  }

  /// The sequence after each commit; a slow reader sees the newest only.
  public func changes() -> AsyncStream<Int64> {
    let (stream, continuation) = AsyncStream.makeStream(of: Int64.self, bufferingPolicy: .bufferingNewest(1))
    let id = published.withLock { published in
      published.nextFollower += 1
      published.followers[published.nextFollower] = continuation
      return published.nextFollower
    }
    continuation.onTermination = { [weak self] _ in
      self?.published.withLock { _ = $0.followers.removeValue(forKey: id) }
    }
    return stream
  }
}

/// Lets one thread wait for another to have ended; `Thread` has no join.
final class Gate: Sendable {
  private let condition = NSCondition()
  nonisolated(unsafe) private var signalled = false

  func signal() {
    condition.lock()
    signalled = true
    condition.broadcast()
    condition.unlock()
  }

  func wait() {
    condition.lock()
    while !signalled { condition.wait() }
    condition.unlock()
  }
}
