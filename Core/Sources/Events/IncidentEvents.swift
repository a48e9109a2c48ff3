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

  public init(
    number: Int, title: String, service: String?, severity: IncidentSeverity, severityReason: String, alerts: [ULID],
    automatic: Bool
  ) {
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
  public init(alert: ULID) { self.alert = alert }
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
  public init(severity: IncidentSeverity) { self.severity = severity }
}

/// Somebody took a role: `commander`, `communications`, `scribe`.
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
