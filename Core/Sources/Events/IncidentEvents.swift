import Base
import Journal

public enum IncidentSeverity: String, Codable, Sendable, CaseIterable, Comparable {
  case sev1 = "SEV-1"
  case sev2 = "SEV-2"
  case sev3 = "SEV-3"
  case sev4 = "SEV-4"

  /// SEV-1 is the least: sorting puts the worst first.
  public static func < (lhs: IncidentSeverity, rhs: IncidentSeverity) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// Subject of all incident events: `incident/ID`.
public struct IncidentOpened: EventPayload {
  public static let type: EventType = "incident.opened"
  /// Counted from 1: what people say aloud.
  public var number: Int
  public var title: String
  public var service: String?
  public var severity: IncidentSeverity
  /// Why it has that severity.
  public var severityReason: String
  public var alerts: [ULID]
  /// Opened by a page rather than by a person: it resolves with its alerts.
  public var automatic: Bool
  /// The services of its alerts and those that were named, each once.
  public var services: [String]?
  /// Seen by its members alone from the beginning.
  public var isPrivate: Bool?
  /// The people who may see a private one, besides who declared it and who holds a role in it.
  public var members: [String]?
  public var via: IncidentOrigin?

  public init(
    number: Int, title: String, service: String?, severity: IncidentSeverity, severityReason: String, alerts: [ULID],
    automatic: Bool, services: [String]? = nil, isPrivate: Bool? = nil, members: [String]? = nil,
    via: IncidentOrigin? = nil
  ) {
    self.services = services
    self.isPrivate = isPrivate
    self.members = members
    self.via = via
    self.number = number
    self.title = title
    self.service = service
    self.severity = severity
    self.severityReason = severityReason
    self.alerts = alerts
    self.automatic = automatic
  }
}

/// A further alert belongs to it.
public struct IncidentJoined: EventPayload {
  public static let type: EventType = "incident.joined"
  public var alert: ULID
  /// The service that the alert is about.
  public var service: String?
  public init(alert: ULID, service: String? = nil) {
    self.alert = alert
    self.service = service
  }
}

public struct IncidentAcknowledged: EventPayload {
  public static let type: EventType = "incident.acknowledged"
  public init() {}
}

/// Somebody wrote something down. The text is personal data and kept apart.
public struct IncidentNoted: EventPayload {
  public static let type: EventType = "incident.noted"
  public var text: ErasableText
  public init(text: ErasableText) { self.text = text }
}

public struct IncidentSeverityChanged: EventPayload {
  public static let type: EventType = "incident.severity_changed"
  public var severity: IncidentSeverity
  /// Why, in the words of whoever changed it.
  public var reason: String?
  public init(severity: IncidentSeverity, reason: String? = nil) {
    self.severity = severity
    self.reason = reason
  }
}

/// Somebody took a role: `commander`, `communications`, `scribe`, `expert`. Several people can be experts; every other
/// role has one holder.
public struct IncidentRoleAssigned: EventPayload {
  public static let type: EventType = "incident.role_assigned"
  public var role: String
  public var person: String
  public init(role: String, person: String) {
    self.role = role
    self.person = person
  }
}

public struct IncidentResolved: EventPayload {
  public static let type: EventType = "incident.resolved"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

/// A blameless review waits for its owner. Subject: `review/ID`, the incident's id.
public struct ReviewDrafted: EventPayload {
  public static let type: EventType = "review.drafted"
  public var incident: ULID
  public var number: Int
  public var title: String
  public var service: String?
  public var severity: IncidentSeverity
  /// By when the review is to be held.
  public var due: Instant
  public var markdown: String
  public init(
    incident: ULID, number: Int, title: String, service: String?, severity: IncidentSeverity, due: Instant,
    markdown: String
  ) {
    self.incident = incident
    self.number = number
    self.title = title
    self.service = service
    self.severity = severity
    self.due = due
    self.markdown = markdown
  }
}
