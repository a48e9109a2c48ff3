import Base

/// Reading the journal while it is written: each call sees one committed state, never a batch in the making.
public protocol JournalReading: AnyObject, Sendable {
  /// The events a query asks for, up to its limit, and where to go on.
  func page(_ query: EventQuery) throws -> EventPage

  /// The event with that sequence, `nil` where there is none yet.
  func event(_ sequence: Int64) throws -> Event?

  /// The sequence of the first event at or after a time; one past the last where all are earlier.
  func firstSequence(at time: Instant) throws -> Int64

  /// The texts of the given identifiers that have not been erased.
  func personalTexts(_ ids: [ULID]) throws -> [ULID: String]

  func bulk(_ key: String) throws -> BulkItem?
}

/// Which events to read, and in which order.
public struct EventQuery: Hashable, Sendable {
  public enum Order: String, Sendable { case oldestFirst, newestFirst }

  public var order: Order
  /// Where the page before ended, `EventPage.next`: the page goes on behind this sequence in the order of reading.
  public var cursor: Int64?
  /// Only these types; empty is all.
  public var types: [EventType]
  public var subject: Subject?
  /// From this time on.
  public var from: Instant?
  /// Up to, and not at, this time.
  public var to: Instant?
  /// 1…1000 events a page.
  public var limit: Int
  /// Whether personal data is put in place of its markers.
  public var resolvesPersonalData: Bool

  public static var maxLimit: Int { 1_000 }
  /// Types have no index: a page looks at no more events than this and then says where to go on.
  public static var maxScanned: Int { 20_000 }

  public init(
    order: Order = .oldestFirst, cursor: Int64? = nil, types: [EventType] = [], subject: Subject? = nil,
    from: Instant? = nil, to: Instant? = nil, limit: Int = 100, resolvesPersonalData: Bool = false
  ) {
    self.order = order
    self.cursor = cursor
    self.types = types
    self.subject = subject
    self.from = from
    self.to = to
    self.limit = limit
    self.resolvesPersonalData = resolvesPersonalData
  }

  public var clampedLimit: Int { min(max(limit, 1), Self.maxLimit) }
}

/// One page of events.
public struct EventPage: Sendable {
  public var events: [Event]
  /// The cursor of the next page. `nil` when nothing is left. A page can be short, or empty, and still have a next one:
  /// filtering by type looks at a bounded number of events at a time.
  public var next: Int64?

  public init(events: [Event], next: Int64?) {
    self.events = events
    self.next = next
  }
}

extension JournalReading {
  /// The events with personal data in place of its markers; what was erased reads `Erasable.erasedText`.
  public func resolvingPersonalData(_ events: [Event]) throws -> [Event] {
    var ids: [ULID] = []
    for event in events { Erasable.collectIDs(in: event.data, into: &ids) }
    guard !ids.isEmpty else { return events }
    let texts = try personalTexts(ids)
    return events.map { $0.with(data: Erasable.resolve($0.data) { texts[$0] }, typeVersion: $0.typeVersion) }
  }
}
