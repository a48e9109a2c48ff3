import Base
import Journal

/// Somebody covers part of a schedule. Subject: `schedule/NAME`.
public struct OverrideCreated: EventPayload {
  public static let type: EventType = "override.created"
  public var id: ULID
  public var user: String
  public var start: Instant
  public var end: Instant
  public init(id: ULID, user: String, start: Instant, end: Instant) {
    self.id = id
    self.user = user
    self.start = start
    self.end = end
  }
}

/// Subject: `schedule/NAME`.
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
