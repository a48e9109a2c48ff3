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
    var cache = SeriesCache()
    var replicas = ReplicaElection()
    var log: LedgerLog?
    /// Series that the current log has named.
    var named: Set<Int32> = []
    var isRestored = false
    /// The log could not be synced, so what it holds is unknown: a new one is begun with a snapshot.
    var isLogLost = false
    var lastSnapshot: Instant?
    var listener: CountedSamples?
    /// Whether the listener wants the samples of a series, by its index.
    var isHeard: [Bool] = []
  }

  let files: LedgerFiles?
  private let write: LedgerLog.Write
  let contents: Mutex<Contents>
  /// One snapshot is written at a time; held outside of the other lock.
  private let snapshotting = Mutex<Void>(())

  /// How large a log grows before `snapshotIfNeeded` replaces it, and how old.
  public static let logBytes = 16 << 20
  public static let snapshotAge = Interval.minutes(10)

  /// - Parameter directory: made where it is missing. Nothing is read before the first `register`.
  public convenience init(directory: String?, limits: LedgerLimits = LedgerLimits()) throws {
    try self.init(directory: directory, limits: limits) { descriptor, bytes in
      Foundation.write(descriptor, bytes.baseAddress, bytes.count)
    }
  }

  init(directory: String?, limits: LedgerLimits, write: @escaping LedgerLog.Write) throws {
    files = directory.map { LedgerFiles(directory: $0) }
    self.write = write
    contents = Mutex(Contents(ledger: Ledger(limits: limits)))
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
      contents.cache = SeriesCache()
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

  // MARK: Intake

  /// Counts what one sender sent.
  ///
  /// - Parameters:
  ///   - scope: tells senders apart whose keys are in different formats, or mean different labels.
  ///   - exposition: given for a complete exposition (a scrape).
  ///   - labels: reads the labels behind a key. Called once for a series, then remembered.
  /// - Throws: `StoreFailure` when the log cannot be written (a full disk). Nothing is counted then; the sender may
  ///   send the same again, and intake goes on by itself when there is space.
  @discardableResult
  public func ingest(
    _ series: some Sequence<TelemetrySeries>, scope: String, exposition: ExpositionTimes? = nil, now: Instant,
    labels: (ArraySlice<UInt8>) -> LabelSet
  ) throws -> IngestCounts {
    try contents.withLock { contents in
      guard contents.isRestored else { throw StoreFailure("the ledger is not open yet; send again in a moment") }
      guard !contents.isLogLost, contents.log != nil || files == nil else {
        throw StoreFailure("the ledger has no log to write to; free some space on the disk and send again in a moment")
      }
      var frame = LedgerFrame(now: now, exposition: exposition)
      var names: Set<Int32> = []
      var refused = IngestCounts()
      for one in series {
        let entry = contents.entry(scope, one.key, labels)
        guard case .counted(let id, let group) = entry else {
          if case .refused = entry { refused[.tooManySeries] += UInt64(one.samples.count) }
          continue
        }
        if let group, !contents.replicas.accepts(group, at: now) {
          refused[.replica] += UInt64(one.samples.count)
          continue
        }
        if !contents.named.contains(id.index), names.insert(id.index).inserted, let key = contents.ledger.key(of: id) {
          frame.named.append((id.index, key))
        }
        for sample in one.samples { frame.entries.append(.init(series: id.index, sample: sample)) }
      }
      if !frame.entries.isEmpty, let log = contents.log {
        try log.append(frame.bytes)
        contents.named.formUnion(names)
      }
      return contents.apply(frame, refused)
    }
  }

  // MARK: Durability

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

  /// Writes a snapshot and begins a new log. Intake waits only while the snapshot is taken, not while it is written.
  public func snapshot(at now: Instant) throws {
    guard let files else { return }
    try snapshotting.withLock { _ in
      let (bytes, sequence) = try contents.withLock { contents in
        guard contents.isRestored else { throw StoreFailure("the ledger is not open yet") }
        if contents.ledger.forgetIdleSeries(at: now) > 0 { contents.cache = SeriesCache() }
        let sequence = max(contents.log?.sequence ?? 0, try files.logs().last ?? 0) + 1
        contents.log = try LedgerLog(directory: files.directory, sequence: sequence, write: write)
        contents.named = []
        contents.isLogLost = false
        return (contents.ledger.snapshot(), sequence)
      }
      try files.write(bytes, from: sequence, write: write)
      contents.withLock { $0.lastSnapshot = now }
      for old in try files.logs() where old < sequence { files.remove(log: old) }
    }
  }
}

extension LedgerEngine.Contents {
  mutating func register(_ definitions: [SLIDefinition], at now: Instant) {
    ledger.register(definitions, at: now)
    let match = match
    ledger.retarget { LabelSet(key: $0).map(match) ?? [] }
  }

  /// What a series' key stands for; found out once.
  mutating func entry(
    _ scope: String, _ key: ArraySlice<UInt8>, _ labels: (ArraySlice<UInt8>) -> LabelSet
  ) -> SeriesCache.Entry {
    if let known = cache.find(scope, key) { return known }
    let set = labels(key)
    let (stripped, group) = replicas.group(of: set)
    let targets = match(stripped)
    var entry = SeriesCache.Entry.ignored
    if !targets.isEmpty {
      if let id = ledger.intern(stripped.key, targets: targets) {
        entry = .counted(id, group)
        hear(of: id, set: stripped, targets)
      } else {
        // Not remembered: there may be room later.
        return .refused
      }
    }
    cache.remember(scope, key, entry)
    return entry
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
