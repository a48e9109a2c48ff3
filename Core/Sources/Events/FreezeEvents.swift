import Base
import Journal

/// An editor ended a freeze before its time. Subject: `freeze/NAME`.
public struct FreezeLifted: EventPayload {
  public static let type: EventType = "freeze.lifted"
  /// When the window that was lifted began, or would have.
  public var start: Instant
  /// When it would have ended.
  public var end: Instant
  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}
