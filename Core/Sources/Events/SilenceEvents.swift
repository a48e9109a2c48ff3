import Base
import Journal

/// Somebody asks that nobody is told about some alerts for a while; the same identifier again changes it.
/// Subject: `silence/ID`.
public struct SilenceCreated: EventPayload {
  public static let type: EventType = "silence.created"
  /// All must hold.
  public var matchers: [LabelMatcher]
  public var start: Instant
  /// Not part of it.
  public var end: Instant
  public var comment: String
  /// Who asks, as the sender names them.
  public var author: String
  /// RFC 5545: when it happens again, each time as long as the first.
  public var recurrence: String?
  /// IANA; the recurrence counts on its calendar.
  public var timeZone: String?

  public init(
    matchers: [LabelMatcher], start: Instant, end: Instant, comment: String, author: String, recurrence: String? = nil,
    timeZone: String? = nil
  ) {
    self.matchers = matchers
    self.start = start
    self.end = end
    self.comment = comment
    self.author = author
    self.recurrence = recurrence
    self.timeZone = timeZone
  }
}

/// A silence is ended before its time. Subject: `silence/ID`.
public struct SilenceExpired: EventPayload {
  public static let type: EventType = "silence.expired"
  public init() {}
}

/// The time of a silence has come that was asked for or planned earlier, or has come again: what it covers and pages
/// waits. Subject: `silence/ID`, or `silence/NAME` for one of the definitions.
public struct SilenceBegan: EventPayload {
  public static let type: EventType = "silence.began"
  public var start: Instant
  /// Not part of it.
  public var end: Instant
  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}

/// Planned maintenance that suppresses alerts has begun: what it covers and pages waits. Subject: `maintenance/NAME`.
public struct MaintenanceBegan: EventPayload {
  public static let type: EventType = "maintenance.began"
  public var start: Instant
  /// Not part of it.
  public var end: Instant
  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}
