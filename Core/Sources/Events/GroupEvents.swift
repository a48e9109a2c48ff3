import Base
import Journal

/// An alert has come and gone so often that it is kept open as one. Subject: `alert/ID`.
public struct AlertFlapped: EventPayload {
  public static let type: EventType = "alert.flapped"
  /// How often it fired within the window.
  public var count: Int
  /// The first of these times.
  public var since: Instant
  public init(count: Int, since: Instant) {
    self.count = count
    self.since = since
  }
}

/// The sender of a flapping alert says that it is over: it is resolved unless it comes back before `until`. Subject:
/// `alert/ID`.
public struct AlertQuieted: EventPayload {
  public static let type: EventType = "alert.quieted"
  public var reason: String
  public var until: Instant
  /// Where the report that said so is kept as it came, as in `Signal.raw`.
  public var raw: String?
  public init(reason: String, until: Instant, raw: String? = nil) {
    self.reason = reason
    self.until = until
    self.raw = raw
  }
}

/// A flapping alert that was quiet fires again. Subject: `alert/ID`.
public struct AlertReturned: EventPayload {
  public static let type: EventType = "alert.returned"
  /// How often it has fired since it was found to flap, and before.
  public var count: Int
  /// Where the report that said so is kept as it came, as in `Signal.raw`.
  public var raw: String?
  public init(count: Int, raw: String? = nil) {
    self.count = count
    self.raw = raw
  }
}

/// Part of the alerts that something held back has been looked at again; the rest follows with the next commands, so
/// that the end of a cause with thousands of dependants does not stop the writer. Subject: `group/KEY`.
public struct GroupSwept: EventPayload {
  public static let type: EventType = "group.swept"

  public enum Work: String, Codable, Sendable {
    /// Whether they page now.
    case judge
    /// Whether something holds back now what pages already.
    case hold
    /// They are acknowledged along with the alert that they joined.
    case acknowledge
    /// A cause takes over what its dependants page for; the subject names its alert.
    case takeOver
    /// An acknowledgement has expired, and what had been taken along with it is nobody's; the subject names the head.
    case giveBack
  }

  public var work: Work
  /// The last alert that was looked at; `nil` when all were.
  public var after: ULID?
  /// How an acknowledgement came: `alert/ID`.
  public var via: String?
  public init(work: Work, after: ULID?, via: String? = nil) {
    self.work = work
    self.after = after
    self.via = via
  }
}
