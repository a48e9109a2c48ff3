import Base

/// Where the journal is kept. One writer uses it, from one thread; readers go through `JournalReading`.
///
/// Implemented by SQLite in `Store`, by `MemoryJournal` and by the simulator's disk; all pass
/// `JournalStorageContract`.
public protocol JournalStorage: AnyObject {
  /// The sequence of the last committed event, 0 when there is none.
  func lastSequence() throws -> Int64

  /// Commits the events, and what belongs to them, as one transaction and returns once all of it is durable.
  ///
  /// The events continue the journal: the first has the sequence after the last committed one, each following one
  /// the next, and no time is earlier than the one before it.
  ///
  /// - Throws: `JournalFailure`; nothing of the batch is stored then.
  func append(_ events: [Event], with attachments: Attachments) throws(JournalFailure)

  /// Up to `limit` events with a sequence above `after`, in order, in the shape of their newest version.
  func events(after: Int64, limit: Int) throws -> [Event]

  /// The newest snapshot of a fold at that version, `nil` where there is none.
  func snapshot(fold: String, version: Int) throws -> FoldSnapshot?

  /// Keeps a snapshot, packed by `pack`, and drops the older ones of the same fold.
  func save(_ snapshot: FoldSnapshot) throws

  /// Makes the state of a snapshot smaller before it is saved; `snapshot` undoes it. It is called on a thread of its
  /// own, so that the writer waits for no packing.
  var pack: @Sendable ([UInt8]) -> [UInt8] { get }
}

extension JournalStorage {
  public var pack: @Sendable ([UInt8]) -> [UInt8] { { $0 } }

  /// Commits events that bring nothing along.
  public func append(_ events: [Event]) throws(JournalFailure) { try append(events, with: Attachments()) }
}

/// What is stored in the same transaction as the events that refer to it, in tables of its own: it can go while the
/// events stay.
public struct Attachments: Sendable {
  /// Personal data: the events hold `Erasable.marker(id)` in its place.
  public var personal: [PersonalText]
  /// Raw payloads and other bulk, kept until they expire.
  public var bulk: [BulkItem]

  public init(personal: [PersonalText] = [], bulk: [BulkItem] = []) {
    self.personal = personal
    self.bulk = bulk
  }

  public var isEmpty: Bool { personal.isEmpty && bulk.isEmpty }

  public mutating func append(_ other: Attachments) {
    personal += other.personal
    bulk += other.bulk
  }
}

/// A text that can be erased without touching the events that refer to it.
public struct PersonalText: Hashable, Sendable {
  public var id: ULID
  /// Whose it is: the key that `erase` takes.
  public var person: String
  public var text: String

  public init(id: ULID, person: String, text: String) {
    self.id = id
    self.person = person
    self.text = text
  }
}

/// Bytes too large or too short-lived for an event: a raw payload, a rendered message, the content of a definition.
public struct BulkItem: Hashable, Sendable {
  /// Unique; putting the same key again replaces the item.
  public var key: String
  public var kind: String
  public var bytes: [UInt8]
  public var created: Instant
  /// When it may be dropped; `nil` keeps it until it is removed by key.
  public var expires: Instant?

  public init(key: String, kind: String, bytes: [UInt8], created: Instant, expires: Instant?) {
    self.key = key
    self.kind = kind
    self.bytes = bytes
    self.created = created
    self.expires = expires
  }
}

/// A fold's state after the event with the given sequence.
public struct FoldSnapshot: Hashable, Sendable {
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
public enum JournalFailure: Error, Hashable, Sendable {
  /// No space on the device. Commands that need no room may be tried again once some has been made.
  case full(String)
  /// The commit failed and left nothing behind; the working state has to be rebuilt.
  case failed(String)
  /// A sync failed: what is durable is unknown, and the process has to end.
  case syncFailed(String)
}

extension JournalFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .full(let message), .failed(let message), .syncFailed(let message): message
    }
  }
}

/// Checks that a batch continues the journal; both real storages refuse one that does not.
public func checkContinuity(_ events: [Event], after last: Int64, at time: Instant) throws(JournalFailure) {
  var (sequence, time) = (last, time)
  for event in events {
    guard event.sequence == sequence + 1 else {
      throw .failed("event \(event.sequence) does not follow \(sequence): the journal has one writer and no gaps")
    }
    guard event.time >= time else {
      throw .failed("event \(event.sequence) is earlier than the one before it")
    }
    (sequence, time) = (event.sequence, event.time)
  }
}
