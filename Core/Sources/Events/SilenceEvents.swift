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
