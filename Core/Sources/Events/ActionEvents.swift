import Base
import Journal

/// What an action item does about the next time.
public enum ActionKind: String, Codable, Sendable, CaseIterable { case prevent, detect, mitigate, process }

/// A piece of work that a review asks for. Subject of all action events: `action/ID`.
public struct ActionCreated: EventPayload {
  public static let type: EventType = "action.created"
  public var review: ULID
  /// Counted from 1: what people say aloud.
  public var number: Int
  public var title: String
  public var kind: ActionKind
  /// A person of the catalog.
  public var owner: String
  public var due: Instant
  public init(review: ULID, number: Int, title: String, kind: ActionKind, owner: String, due: Instant) {
    self.review = review
    self.number = number
    self.title = title
    self.kind = kind
    self.owner = owner
    self.due = due
  }
}

/// As it reads from now on.
public struct ActionEdited: EventPayload {
  public static let type: EventType = "action.edited"
  public var title: String
  public var kind: ActionKind
  public var owner: String
  public var due: Instant
  public init(title: String, kind: ActionKind, owner: String, due: Instant) {
    self.title = title
    self.kind = kind
    self.owner = owner
    self.due = due
  }
}

/// It is to be kept as an issue of a tracker.
public struct ActionExportRequested: EventPayload {
  public static let type: EventType = "action.export_requested"
  /// The name of the `Tracker`.
  public var target: String
  public init(target: String) { self.target = target }
}

/// The tracker has the issue.
public struct ActionExported: EventPayload {
  public static let type: EventType = "action.exported"
  public var target: String
  public var url: String
  /// The number in its repository or project.
  public var number: Int64
  public init(target: String, url: String, number: Int64) {
    self.target = target
    self.url = url
    self.number = number
  }
}

/// The tracker did not take it; without `retryAt` it is not tried again by itself.
public struct ActionExportFailed: EventPayload {
  public static let type: EventType = "action.export_failed"
  public var target: String
  public var reason: String
  public var attempt: Int
  public var retryAt: Instant?
  public init(target: String, reason: String, attempt: Int, retryAt: Instant?) {
    self.target = target
    self.reason = reason
    self.attempt = attempt
    self.retryAt = retryAt
  }
}

public struct ActionClosed: EventPayload {
  public static let type: EventType = "action.closed"
  /// `page`, `api`, `cli`, or `tracker/NAME`.
  public var via: String
  public init(via: String) { self.via = via }
}

public struct ActionReopened: EventPayload {
  public static let type: EventType = "action.reopened"
  public var via: String
  public init(via: String) { self.via = via }
}

/// Its owner was told what is overdue. Subject: `user/NAME`.
public struct ActionsReminded: EventPayload {
  public static let type: EventType = "action.reminded"
  /// The longest overdue first.
  public var actions: [ULID]
  public init(actions: [ULID]) { self.actions = actions }
}
