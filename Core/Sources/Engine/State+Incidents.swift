import Alerts
import Base
import Events
import Incidents
import Journal

/// What follows from what happens to incidents.
extension State {
  /// An alert that comes back so soon belongs to the incident that was thought over.
  static let reopenWithin = Interval.minutes(30)

  /// The incident that an alert opens again: one that was resolved a short while ago and had an alert of the same key.
  func reopened(by alert: Alert, _ emitter: inout Emitter) -> Incident? {
    let now = emitter.now
    for incident in incidents.resolvedNewestFirst {
      guard let end = incident.resolvedAt, end + Self.reopenWithin > now else { return nil }
      guard incident.mergedInto == nil, !incident.isPrivate,
        incident.alerts.contains(where: { alerts.alerts[$0]?.signal.key == alert.signal.key })
      else { continue }
      emitter.emit(
        IncidentReopened(reason: "its alert fired again: \(alert.signal.summary.prefix(200))"), on: incident.subject,
        by: .system("incidents"))
      return incident
    }
    return nil
  }

  /// What an incident's last alert takes with it: one that a page opened is over, one that a person opened is
  /// mitigated.
  func endIncident(ofAlert alert: ULID, _ emitter: inout Emitter) throws(Refusal) {
    guard let incident = incidents.incident(ofAlert: alert) else { return }
    try endIfOver(incident, &emitter)
  }

  /// After a split each of the two has its own alerts: one whose alerts are all resolved is over.
  func endAfterSplit(_ event: Event, _ emitter: inout Emitter) throws {
    guard let split = try event.payload(IncidentSplit.self), !split.alerts.isEmpty else { return }
    for id in [ULID(event.subject.id), split.from].compactMap({ $0 }) {
      if let incident = incidents.incidents[id] { try endIfOver(incident, &emitter) }
    }
  }

  private func endIfOver(_ incident: Incident, _ emitter: inout Emitter) throws(Refusal) {
    guard incident.isOpen, !incident.alerts.isEmpty,
      incident.alerts.allSatisfy({ alerts.alerts[$0]?.isOpen != true })
    else { return }
    let reason = "all of its alerts are resolved"
    if incident.automatic {
      try incidents.resolve(incident.id, reason: reason, by: .system("incidents"), into: &emitter)
    } else if incident.mitigatedAt == nil {
      try incidents.mitigate(incident.id, reason: reason, by: .system("incidents"), into: &emitter)
    }
  }

  /// Whoever is given a role by somebody else hears of it.
  func tellOfRole(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id] else { return }
    let role: String
    let person: String
    if let assigned = try event.payload(IncidentRoleAssigned.self) {
      (role, person) = (assigned.role, assigned.person)
    } else if let passed = try event.payload(IncidentRoleHandedOver.self) {
      (role, person) = (passed.role, passed.to)
    } else {
      return
    }
    guard event.actor != .user(person) else { return }
    notify(
      person, "You are \(role) of \(incident.noticeName)",
      "\(event.actor.text) gave you the role. \(incident.phase.rawValue), \(incident.severity.rawValue).",
      on: event.subject, environment, &emitter)
  }
}

extension Incident {
  /// What messages call it: a private one by its number alone, because messages pass through other hands.
  var noticeName: String { isPrivate ? "incident \(number) (private)" : "incident \(number): \(title)" }
}
