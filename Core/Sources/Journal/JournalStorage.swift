import Base

/// Where the journal is kept. One writer uses it, from one thread; readers have connections of their own.
///
/// Implemented by SQLite in `Store` and by the simulator's disk; both pass `JournalStorageContract`.
public protocol JournalStorage: AnyObject {
  /// The sequence of the last committed event, 0 when there is none.
  func lastSequence() throws -> Int64

  /// Commits the events as one transaction and returns once they are durable.
  ///
  /// - Throws: `JournalFailure`; nothing of the batch is stored then.
  func append(_ events: [Event]) throws(JournalFailure)

  /// Up to `limit` events with a sequence above `after`, in order.
  func events(after: Int64, limit: Int) throws -> [Event]

  /// The newest snapshot of a fold at that version, `nil` where there is none.
  func snapshot(fold: String, version: Int) throws -> FoldSnapshot?

  /// Keeps a snapshot and drops the older ones of the same fold.
  func save(_ snapshot: FoldSnapshot) throws
}

/// A fold's state after the event with the given sequence.
public struct FoldSnapshot: Sendable {
  public var fold: String
  public var version: Int
  public var sequence: Int64
  public var state: [UInt8]

  public init(fold: String, version: Int, sequence: Int64, state: [UInt8]) {
    self.fold = fold
    self.version = version
    self.sequence = sequence
    self.state = state
  }
}

/// Why a commit did not happen.
public enum JournalFailure: Error, Sendable {
  /// No space on the device. Commands that need no room may be tried again once some has been made.
  case full(String)
  /// The commit failed and left nothing behind; the working state has to be rebuilt.
  case failed(String)
  /// A sync failed: what is durable is unknown, and the process has to end.
  case syncFailed(String)
}
