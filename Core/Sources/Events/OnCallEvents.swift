import Base
import Journal

/// Somebody covers part of a schedule, or nobody does. Subject: `schedule/NAME`.
public struct OverrideCreated: EventPayload {
  public static let type: EventType = "override.created"
  public var id: ULID
  /// `nil`: nobody is on call meanwhile, on purpose.
  public var user: String?
  public var start: Instant
  public var end: Instant
  public init(id: ULID, user: String?, start: Instant, end: Instant) {
    self.id = id
    self.user = user
    self.start = start
    self.end = end
  }
}

/// An override has another person or other times; it stays in its place among those that overlap. Subject:
/// `schedule/NAME`.
public struct OverrideChanged: EventPayload {
  public static let type: EventType = "override.changed"
  public var id: ULID
  /// `nil`: nobody is on call meanwhile, on purpose.
  public var user: String?
  public var start: Instant
  public var end: Instant
  public init(id: ULID, user: String?, start: Instant, end: Instant) {
    self.id = id
    self.user = user
    self.start = start
    self.end = end
  }
}

/// An override counts no more. Of one that had begun what has passed stays as it was. Subject: `schedule/NAME`.
public struct OverrideCancelled: EventPayload {
  public static let type: EventType = "override.cancelled"
  public var id: ULID
  public init(id: ULID) { self.id = id }
}

/// The link of a calendar feed was revoked: those of this generation and before no longer answer. Subject:
/// `schedule/NAME` or `user/NAME`.
public struct CalendarFeedRevoked: EventPayload {
  public static let type: EventType = "feed.revoked"
  public var generation: Int
  public init(generation: Int) { self.generation = generation }
}
