import Base
import Journal

/// Where an incident was declared.
public enum IncidentOrigin: String, Codable, Sendable, CaseIterable { case page, cli, slack, api, system }

/// How far the work on an incident has come.
public enum IncidentPhase: String, Codable, Sendable, CaseIterable {
  case investigating, identified, monitoring, resolved
}

/// For whom an update is written: those who work here, or everybody who reads the status page.
public enum IncidentAudience: String, Codable, Sendable, CaseIterable, Comparable {
  case `internal`, external
  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// How things stand, said to one audience. Subject: `incident/ID`.
public struct IncidentUpdated: EventPayload {
  public static let type: EventType = "incident.updated"
  public var phase: IncidentPhase?
  public var audience: IncidentAudience
  /// What an internal update says; personal data, kept apart.
  public var text: ErasableText?
  /// What an external update says: it is made to be published, and stays.
  public var message: String?
  /// What the public is to call the incident from now on; of an external one.
  public var title: String?
  /// When the next update for this audience is promised.
  public var nextDue: Instant?

  public init(
    phase: IncidentPhase?, audience: IncidentAudience, text: ErasableText?, message: String?, title: String? = nil,
    nextDue: Instant?
  ) {
    self.title = title
    self.phase = phase
    self.audience = audience
    self.text = text
    self.message = message
    self.nextDue = nextDue
  }
}

/// An update is promised by a time, and a run watches over it. Subject: `incident/ID`.
public struct IncidentUpdateExpected: EventPayload {
  public static let type: EventType = "incident.update_expected"
  public var audience: IncidentAudience
  public var due: Instant
  /// The run of kind `duty` that reminds.
  public var procedure: ULID
  public init(audience: IncidentAudience, due: Instant, procedure: ULID) {
    self.audience = audience
    self.due = due
    self.procedure = procedure
  }
}

/// A promised update has not come. Subject: `incident/ID`.
public struct IncidentUpdateDue: EventPayload {
  public static let type: EventType = "incident.update_due"
  public var audience: IncidentAudience
  public var due: Instant
  /// Who is reminded; nobody holds a role that would be where it is missing.
  public var person: String?
  /// The first reminder is 1.
  public var reminder: Int
  public init(audience: IncidentAudience, due: Instant, person: String?, reminder: Int) {
    self.audience = audience
    self.due = due
    self.person = person
    self.reminder = reminder
  }
}

/// Something has to do with the incident: `service/NAME`, `deployment/ID`, `change/ID`, `procedure/ID`, `alert/ID`,
/// `incident/ID`. Subject: `incident/ID`.
public struct IncidentLinked: EventPayload {
  public static let type: EventType = "incident.linked"
  public var subject: Subject
  public var reason: String
  public init(subject: Subject, reason: String) {
    self.subject = subject
    self.reason = reason
  }
}

/// It has nothing to do with it after all. Subject: `incident/ID`.
public struct IncidentUnlinked: EventPayload {
  public static let type: EventType = "incident.unlinked"
  public var subject: Subject
  public init(subject: Subject) { self.subject = subject }
}

/// It is the same as another one, which takes over its alerts, links and roles. Subject: `incident/ID`.
public struct IncidentMerged: EventPayload {
  public static let type: EventType = "incident.merged"
  public var into: ULID
  public init(into: ULID) { self.into = into }
}

/// Alerts leave another incident for this one, which is open from then on. Subject: `incident/ID`.
public struct IncidentSplit: EventPayload {
  public static let type: EventType = "incident.split"
  public var from: ULID
  public var alerts: [ULID]
  /// The services of those alerts.
  public var services: [String]
  /// When the first of those alerts fired.
  public var firedAt: Instant?
  /// When the first of the alerts that stay fired.
  public var restFiredAt: Instant?
  /// The services that the other incident is no longer about.
  public var left: [String]?

  public init(
    from: ULID, alerts: [ULID], services: [String], firedAt: Instant? = nil, restFiredAt: Instant? = nil,
    left: [String]? = nil
  ) {
    self.from = from
    self.alerts = alerts
    self.services = services
    self.firedAt = firedAt
    self.restFiredAt = restFiredAt
    self.left = left
  }
}

/// A role passes from one person to another. Subject: `incident/ID`.
public struct IncidentRoleHandedOver: EventPayload {
  public static let type: EventType = "incident.role_handed_over"
  public var role: String
  public var from: String
  public var to: String
  public init(role: String, from: String, to: String) {
    self.role = role
    self.from = from
    self.to = to
  }
}

/// From now on only its members see it; said again, it names the members anew. Subject: `incident/ID`.
public struct IncidentMadePrivate: EventPayload {
  public static let type: EventType = "incident.made_private"
  public var members: [String]
  public init(members: [String]) { self.members = members }
}

/// Everybody sees it again. Subject: `incident/ID`.
public struct IncidentMadePublic: EventPayload {
  public static let type: EventType = "incident.made_public"
  public init() {}
}

/// Users feel it no more; the cause may still be there. Subject: `incident/ID`.
public struct IncidentMitigated: EventPayload {
  public static let type: EventType = "incident.mitigated"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

/// It was not over. Subject: `incident/ID`.
public struct IncidentReopened: EventPayload {
  public static let type: EventType = "incident.reopened"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}
