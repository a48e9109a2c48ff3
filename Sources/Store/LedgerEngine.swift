import Base
import Foundation
import Ledger
import Synchronization

/// The ledger behind a lock, with its log and snapshots: what was counted survives the process.
///
/// Telemetry is written to the log before `ingest` returns and made durable by `sync`, which the caller runs at least
/// every second. A directory of `nil` keeps everything in memory.
public final class LedgerEngine: Sendable {
  /// Finds what a series counts towards; empty for one that nobody asked for.
  public typealias Match = @Sendable (LabelSet) -> [SLITarget]

  struct Contents {
    var ledger: Ledger
    var match: Match = { _ in [] }
    /// What the series of each source are.
    var sources: [String: SeriesTable] = [:]
    let seriesPerSource: Int
    let seed: UInt64
    var replicas = ReplicaElection()
    /// The intake that is under way.
    var intake: LedgerIntake
    /// Room for the samples of the next intake, kept so that it is not allocated anew each time.
    var spare: [LedgerFrame.Entry] = []
    var log: LedgerLog?
    /// By a series' number: whether the current log has named it.
    var named: [Bool] = []
    var isRestored = false
    /// The log could not be synced, so what it holds is unknown: a new one is begun with a snapshot.
    var isLogLost = false
    var lastSnapshot: Instant?
    var listener: CountedSamples?
    /// Whether the listener wants the samples of a series, by its index.
    var watched: [Bool] = []

    init(ledger: Ledger, seriesPerSource: Int, seed: UInt64) {
      self.ledger = ledger
      self.seriesPerSource = seriesPerSource
      self.seed = seed
      intake = LedgerIntake(table: SeriesTable(limit: 0, seed: seed), now: .epoch, exposition: nil)
    }
  }

  let files: LedgerFiles?
  private let write: LedgerLog.Write
  let contents: Mutex<Contents>
  /// Yields when there is something to sync.
  private let writes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  /// One snapshot is written at a time; held outside of the other lock.
  private let snapshotting = Mutex<Void>(())

  /// How large a log grows before `snapshotIfNeeded` replaces it, and how old.
  public static let logBytes = 16 << 20
  public static let snapshotAge = Interval.minutes(10)
  /// Series remembered of one source, whether an SLI counts them or not.
  public static let seriesPerSource = 500_000
  /// Sources whose series are remembered.
  static let sourcesMax = 10_000
  /// Samples that the room kept for the next intake may hold.
  static let spareMax = 100_000

  /// - Parameters:
  ///   - directory: made where it is missing. Nothing is read before the first `register`.
  ///   - seriesPerSource: how many series of one source are remembered; the samples of those past it are refused.
  public convenience init(
    directory: String?, limits: LedgerLimits = LedgerLimits(), seriesPerSource: Int = LedgerEngine.seriesPerSource
  ) throws {
    try self.init(directory: directory, limits: limits, seriesPerSource: seriesPerSource) { descriptor, bytes in
      Foundation.write(descriptor, bytes.baseAddress, bytes.count)
    }
  }

  init(
    directory: String?, limits: LedgerLimits, seriesPerSource: Int = LedgerEngine.seriesPerSource,
    write: @escaping LedgerLog.Write
  ) throws {
    files = directory.map { LedgerFiles(directory: $0) }
    self.write = write
    var seeds = SystemRandomNumberGenerator()
    contents = Mutex(
      Contents(ledger: Ledger(limits: limits), seriesPerSource: seriesPerSource, seed: seeds.next()))
    try files?.create()
  }

  /// Reads under the lock: keep it short.
  public func read<Value, Failure: Error>(_ body: (Ledger) throws(Failure) -> Value) throws(Failure) -> Value {
    try contents.withLock { contents throws(Failure) in try body(contents.ledger) }
  }

  /// What became of the samples since the process began.
  public var counts: IngestCounts { contents.withLock { $0.ledger.counts } }

  /// Counts these SLIs from now on; what was counted of those that stay is kept. The first call restores the ledger
  /// from its snapshot and log.
  ///
  /// - Returns: what went wrong with the restored files, in words: only what they could not give back is lost.
  @discardableResult
  public func register(
    _ definitions: [SLIDefinition], at now: Instant, match: @escaping Match
  ) throws -> [String] {
    var warnings = try contents.withLock { contents in
      contents.match = match
      contents.sources = [:]
      guard !contents.isRestored else {
        contents.register(definitions, at: now)
        return [String]()
      }
      let warnings = try restore(&contents, definitions, now)
      contents.isRestored = true
      return warnings
    }
    // Later logs are then read with the definitions they were written under. A full disk does not keep the server from
    // starting: intake refuses until `snapshotIfNeeded` has begun a log.
    do { try snapshot(at: now) } catch { warnings.append("\(error)") }
    return warnings
  }

  // MARK: Durability

  /// Waits until something was written since the last `sync`, or until `remind`. For one caller.
  public func written() async { for await _ in writes.stream { return } }

  /// Ends a wait for writes.
  public func remind() { writes.continuation.yield() }

  /// Makes everything durable that `ingest` has answered. Cheap when there is nothing to do.
  public func sync() throws {
    let log = contents.withLock { contents in
      defer { contents.log?.markClean() }
      return contents.log?.isDirty == true ? contents.log : nil
    }
    do {
      try log?.sync()
    } catch {
      contents.withLock { $0.isLogLost = $0.log === log }
      throw error
    }
  }

  /// Writes a snapshot when the log has grown large or old, or cannot be trusted any more.
  public func snapshotIfNeeded(at now: Instant) throws {
    let needed = contents.withLock { contents in
      guard contents.isRestored, files != nil else { return false }
      guard !contents.isLogLost, let log = contents.log else { return true }
      let isOld = contents.lastSnapshot.map { now - $0 >= Self.snapshotAge } ?? true
      return log.size >= Self.logBytes || (isOld && log.size > 16)
    }
    if needed { try snapshot(at: now) }
  }

  /// Writes a snapshot and begins a new log. Intake waits for neither: only while the log is begun.
  public func snapshot(at now: Instant) throws {
    guard let files else { return }
    try snapshotting.withLock { _ in
      // Both are of one moment: what is counted from here on is in the new log. The copy shares its parts with the
      // ledger, which copies those that it changes meanwhile.
      let (ledger, sequence) = try contents.withLock { contents in
        guard contents.isRestored else { throw StoreFailure("the ledger is not open yet") }
        contents.forgetIdleSeries(at: now)
        let sequence = max(contents.log?.sequence ?? 0, try files.logs().last ?? 0) + 1
        contents.log = try LedgerLog(
          directory: files.directory, sequence: sequence, write: write,
          dirtied: { [writes] in writes.continuation.yield() })
        contents.named = []
        contents.isLogLost = false
        return (contents.ledger, sequence)
      }
      try files.write(ledger.snapshot(), from: sequence, write: write)
      contents.withLock { $0.lastSnapshot = now }
      for old in try files.logs() where old < sequence { files.remove(log: old) }
    }
  }
}

extension LedgerEngine.Contents {
  mutating func register(_ definitions: [SLIDefinition], at now: Instant) {
    ledger.register(definitions, at: now)
    // Numbers may stand for other series now, so the log has to hear their keys again.
    named = []
    let match = match
    ledger.retarget { LabelSet(key: $0).map(match) ?? [] }
  }

  /// Forgets series that were silent for long, and those past a bound: there may be room now.
  mutating func forgetIdleSeries(at now: Instant) {
    ledger.forgetIdleSeries(at: now)
    let oldest = Int32(truncatingIfNeeded: now.seconds / 60) - SeriesTable.idleMinutes
    let ledger = ledger
    for source in sources.keys {
      sources[source]?.keep { entry in
        guard entry.minute >= oldest else { return false }
        return entry.code >= 0 ? ledger.seriesID(entry.code) != nil : entry.code != SeriesTable.Code.refused
      }
      if sources[source]?.count == 0 { sources[source] = nil }
    }
  }

  /// Counts a frame, from an intake or from the log.
  mutating func apply(_ frame: LedgerFrame, _ refused: IngestCounts) -> IngestCounts {
    var counts = refused
    for outcome in [IngestOutcome.replica, .tooManySeries] where refused[outcome] > 0 {
      ledger.note(outcome, count: refused[outcome])
    }
    var touched: [SeriesID] = []
    for entry in frame.entries {
      guard let id = ledger.seriesID(entry.series) else { continue }
      let outcome = ledger.ingest(id, entry.sample, now: frame.now, previousExposition: frame.exposition?.previous)
      counts[outcome] += 1
      if outcome == .counted || outcome == .baseline { tell(entry) }
      if frame.exposition != nil { touched.append(id) }
    }
    if let exposition = frame.exposition { ledger.completeExposition(at: exposition.at, touching: touched) }
    return counts
  }
}
