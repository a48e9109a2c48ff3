import Base
import Journal

/// The parts of a review that people write, in the order they stand.
public enum ReviewSection: String, Codable, Sendable, CaseIterable {
  case overview, impact, happened, factors, trigger, detection, response, resolution, wentWell, didNotGoWell, lucky
  case messages
}

/// A section as it was drafted.
public struct ReviewText: Codable, Sendable, Hashable {
  public var section: ReviewSection
  /// Markdown.
  public var text: String
  public init(section: ReviewSection, text: String) {
    self.section = section
    self.text = text
  }
}

/// A blameless review waits for its owner. Subject of all review events: `review/ID`, the incident's id.
public struct ReviewDrafted: EventPayload {
  public static let type: EventType = "review.drafted"
  public var incident: ULID
  public var number: Int
  public var title: String
  public var service: String?
  public var severity: IncidentSeverity
  /// By when the review is to be held.
  public var due: Instant
  /// What the journal and the ledger knew at the resolution.
  public var facts: ReviewFacts
  public var sections: [ReviewText]
  /// A Markdown table of what happened when, with links to the events.
  public var timeline: String
  /// The only ones who see it, where the incident was private.
  public var members: [String]?

  public init(
    incident: ULID, number: Int, title: String, service: String?, severity: IncidentSeverity, due: Instant,
    facts: ReviewFacts, sections: [ReviewText], timeline: String, members: [String]? = nil
  ) {
    self.incident = incident
    self.number = number
    self.title = title
    self.service = service
    self.severity = severity
    self.due = due
    self.facts = facts
    self.sections = sections
    self.timeline = timeline
    self.members = members
  }
}

/// Somebody wrote a section anew. What people write can be erased.
public struct ReviewEdited: EventPayload {
  public static let type: EventType = "review.edited"
  public var section: ReviewSection
  public var text: ErasableText
  /// The event whose text it replaces; 0 for that of the draft.
  public var replaces: Int64
  public init(section: ReviewSection, text: ErasableText, replaces: Int64) {
    self.section = section
    self.text = text
    self.replaces = replaces
  }
}

/// When the review is held.
public struct ReviewScheduled: EventPayload {
  public static let type: EventType = "review.scheduled"
  public var at: Instant
  public init(at: Instant) { self.at = at }
}

/// The review is read by everybody from here on; it is not edited until it is reopened.
public struct ReviewPublished: EventPayload {
  public static let type: EventType = "review.published"
  /// Why it was published though it names people as causes.
  public var override: ErasableText?
  /// How many persons it names as causes.
  public var named: Int
  public init(override: ErasableText?, named: Int) {
    self.override = override
    self.named = named
  }
}

/// A published review is edited again.
public struct ReviewReopened: EventPayload {
  public static let type: EventType = "review.reopened"
  public init() {}
}

/// A cause is given to the incident. The tag is written `kind` or `kind/detail`: `expiry/certificate`.
public struct ReviewCauseLinked: EventPayload {
  public static let type: EventType = "review.cause_linked"
  public var cause: String
  public init(cause: String) { self.cause = cause }
}

public struct ReviewCauseUnlinked: EventPayload {
  public static let type: EventType = "review.cause_unlinked"
  public var cause: String
  public init(cause: String) { self.cause = cause }
}
