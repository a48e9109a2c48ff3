import Base
import Journal

/// One message to one person over one channel. Subjects of all page events: `alert/ID`.
public struct PageRequested: EventPayload {
  public static let type: EventType = "page.requested"

  public enum Kind: String, Codable, Sendable {
    case fired
    /// Follows pages that went out, or may have, once the alert is over.
    case resolved
    case test
    /// Something that is to be known and asks for no answer: a hand-over, a limit that was passed.
    case notice
  }

  public var page: ULID
  public var kind: Kind
  /// The catalog user it is for.
  public var person: String
  /// The channel of that person's contact, by its place there: addresses stay in definitions.
  public var channel: ChannelReference
  /// The escalation level it belongs to, counted from 1; 0 for what an alert policy of the SLO names as notification
  /// target.
  public var level: Int
  public var title: String
  public var body: String
  /// Not to be sent before.
  public var notBefore: Instant
  /// The run of the escalation that asked for it.
  public var procedure: ULID?
  /// Low urgency goes the way its person chose for what can wait.
  public var urgency: Urgency?

  public init(
    page: ULID, kind: Kind, person: String, channel: ChannelReference, level: Int, title: String, body: String,
    notBefore: Instant, procedure: ULID? = nil, urgency: Urgency? = nil
  ) {
    self.page = page
    self.kind = kind
    self.person = person
    self.channel = channel
    self.level = level
    self.title = title
    self.body = body
    self.notBefore = notBefore
    self.procedure = procedure
    self.urgency = urgency
  }
}

/// A channel as events name it.
public struct ChannelReference: Codable, Sendable, Hashable {
  public enum Kind: String, Codable, Sendable, CaseIterable { case webhook, smtp, slack, ntfy, sms }

  public var kind: Kind
  /// `ana/email`, or a `Channel`'s name.
  public var name: String

  public init(kind: Kind, name: String) {
    self.kind = kind
    self.name = name
  }
}

/// The writer lets one attempt go out. The page's id is the idempotency key of every attempt.
public struct PageClaimed: EventPayload {
  public static let type: EventType = "page.claimed"
  public var page: ULID
  /// Counted from 1.
  public var attempt: Int
  public init(page: ULID, attempt: Int) {
    self.page = page
    self.attempt = attempt
  }
}

/// The channel has taken it.
public struct PageSent: EventPayload {
  public static let type: EventType = "page.sent"
  public var page: ULID
  public var attempt: Int
  /// What the channel answered.
  public var receipt: String
  public init(page: ULID, attempt: Int, receipt: String) {
    self.page = page
    self.attempt = attempt
    self.receipt = receipt
  }
}

/// An attempt failed; without `retryAt` it was the last one and the page is a dead letter.
public struct PageFailed: EventPayload {
  public static let type: EventType = "page.failed"
  public var page: ULID
  public var attempt: Int
  public var reason: String
  public var retryAt: Instant?
  public init(page: ULID, attempt: Int, reason: String, retryAt: Instant?) {
    self.page = page
    self.attempt = attempt
    self.reason = reason
    self.retryAt = retryAt
  }
}

/// A page that was to wait goes out now: the channel before it failed. Subject: that of the page.
public struct PageAdvanced: EventPayload {
  public static let type: EventType = "page.advanced"
  public var page: ULID
  public var reason: String
  public init(page: ULID, reason: String) {
    self.page = page
    self.reason = reason
  }
}

/// A page that had not gone out will not: the alert was taken or is over.
public struct PageCancelled: EventPayload {
  public static let type: EventType = "page.cancelled"
  public var page: ULID
  public var reason: String
  public init(page: ULID, reason: String) {
    self.page = page
    self.reason = reason
  }
}
