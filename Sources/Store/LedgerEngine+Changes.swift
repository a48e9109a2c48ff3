import Base
import Ledger
import Synchronization

extension LedgerEngine {
  /// The most increments of one `backfill`, so that a frame of the log and the time under the lock stay short.
  public static let backfillIncrements = 50_000

  /// Sets the marks of SLIs (`Ledger.setMarks`); what is as it was is not written again.
  ///
  /// - Returns: the SLIs that could not keep all of theirs (`LedgerLimits.marks`).
  /// - Throws: `StoreFailure` when the log cannot be written. Nothing is changed then.
  @discardableResult
  public func setMarks(_ wanted: [(sli: String, times: [Instant])], now: Instant) throws -> [String] {
    try contents.withLock { contents in
      let changes = wanted.compactMap { one -> LedgerChange? in
        guard let slot = contents.ledger.slot(of: one.sli),
          Set(one.times.prefix(contents.ledger.limits.marks)) != Set(contents.ledger.marks(of: slot))
        else { return nil }
        return .marks(sli: one.sli, times: one.times)
      }
      try contents.write(changes, now: now, hasFiles: files != nil)
      return changes.compactMap { change in
        guard case .marks(let sli, _) = change, !contents.ledger.apply(change) else { return nil }
        return sli
      }
    }
  }

  /// Counts a stretch of an SLI's past (`Ledger.backfill`). It survives a restart like a sample: written before this
  /// returns, durable after the next `sync`.
  ///
  /// - Returns: whether any of it was new; `false` also for an SLI that is not counted.
  /// - Throws: `StoreFailure` for more than `backfillIncrements`, or when the log cannot be written. Nothing is counted
  ///   then.
  @discardableResult
  public func backfill(_ sli: String, _ stretch: BackfilledStretch, now: Instant) throws -> Bool {
    try Self.check(sli, stretch)
    return try make(.backfill(sli: sli, stretch), of: sli, now: now)
  }

  /// Ends what is live of an SLI at its newest sample (`Ledger.openGap`), as durable as `backfill`.
  ///
  /// - Returns: whether there is a new gap.
  /// - Throws: `StoreFailure` when the log cannot be written. Nothing is changed then.
  @discardableResult
  public func openGap(_ sli: String, now: Instant) throws -> Bool { try make(.gap(sli: sli), of: sli, now: now) }

  /// Counts a stretch of an SLI's oldest gap (`Ledger.fill`); otherwise as `backfill`.
  @discardableResult
  public func fill(_ sli: String, _ stretch: BackfilledStretch, now: Instant) throws -> Bool {
    try Self.check(sli, stretch)
    return try make(.fill(sli: sli, stretch), of: sli, now: now)
  }

  private static func check(_ sli: String, _ stretch: BackfilledStretch) throws {
    guard stretch.increments.count > backfillIncrements else { return }
    throw StoreFailure(
      "\(sli): \(stretch.increments.count) increments in one stretch; send at most \(backfillIncrements)")
  }

  private func make(_ change: LedgerChange, of sli: String, now: Instant) throws -> Bool {
    try contents.withLock { contents in
      guard contents.ledger.slot(of: sli) != nil else { return false }
      try contents.write([change], now: now, hasFiles: files != nil)
      return contents.ledger.apply(change)
    }
  }
}

extension LedgerEngine.Contents {
  fileprivate func write(_ changes: [LedgerChange], now: Instant, hasFiles: Bool) throws {
    guard !changes.isEmpty else { return }
    guard isRestored else { throw StoreFailure("the ledger is not open yet; try again in a moment") }
    guard !isLogLost, log != nil || !hasFiles else {
      throw StoreFailure("the ledger has no log to write to; free some space on the disk and try again in a moment")
    }
    var frame = LedgerFrame(now: now)
    frame.changes = changes
    try log?.append(frame.bytes)
  }
}
