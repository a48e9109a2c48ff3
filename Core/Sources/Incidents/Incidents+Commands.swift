import Base
import Events
import Journal

extension Incidents {
  /// Opens an incident, by hand or by a page.
  public func open(
    _ declaration: Declaration, reason: String, automatic: Bool, by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    guard !declaration.title.isEmpty, declaration.title.utf8.count <= 1_024 else {
      throw Refusal(.invalid, "an incident's title is 1 to 1,024 bytes long")
    }
    guard reason.utf8.count <= Self.maxReason else { throw Self.reasonTooLong }
    for alert in declaration.alerts {
      if let other = incident(ofAlert: alert), other.isOpen {
        throw Refusal(.conflict, "alert \(alert) belongs to \(other.reference) already")
      }
    }
    if let members = declaration.members { try check(members: members) }
    for role in declaration.roles { try check(role: role.role, person: role.person) }
    let id = emitter.newID()
    let subject = Subject("incident", id)
    emitter.emit(
      IncidentOpened(
        number: count + 1, title: declaration.title, service: declaration.service, severity: declaration.severity,
        severityReason: reason, alerts: declaration.alerts, automatic: automatic, services: declaration.services,
        isPrivate: declaration.members == nil ? nil : true, members: declaration.members, via: declaration.via),
      on: subject, by: actor)
    for role in declaration.roles {
      emitter.emit(IncidentRoleAssigned(role: role.role, person: role.person), on: subject, by: actor)
    }
    return id
  }

  /// Taking an incident that is taken changes nothing.
  public func acknowledge(_ id: ULID, into emitter: inout Emitter) throws(Refusal) -> Incident {
    let incident = try going(id)
    if incident.status == .open { emitter.emit(IncidentAcknowledged(), on: incident.subject) }
    return incident
  }

  /// Notes may be written after the resolution too.
  public func note(_ id: ULID, text: String, by actor: Actor, into emitter: inout Emitter) throws(Refusal) {
    guard let incident = incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    guard !text.isEmpty, text.utf8.count <= Self.maxNote else {
      throw Refusal(.invalid, "a note is 1 to \(Self.maxNote) bytes long; this one has \(text.utf8.count)")
    }
    emitter.emit(IncidentNoted(text: emitter.keep(text, of: actor.text)), on: incident.subject)
  }

  public func setSeverity(
    _ id: ULID, to severity: IncidentSeverity, reason: String? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    guard incident.severity != severity else {
      throw Refusal(.conflict, "incident \(incident.number) is \(severity.rawValue) already")
    }
    if let reason, reason.utf8.count > Self.maxReason { throw Self.reasonTooLong }
    emitter.emit(IncidentSeverityChanged(severity: severity, reason: reason), on: incident.subject)
  }

  /// - Parameter actor: who mitigated it, where that is not who asks.
  public func mitigate(
    _ id: ULID, reason: String, by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    guard incident.phase != .monitoring else {
      throw Refusal(.conflict, "incident \(incident.number) is mitigated already")
    }
    guard reason.utf8.count <= Self.maxReason else { throw Self.reasonTooLong }
    emitter.emit(IncidentMitigated(reason: reason), on: incident.subject, by: actor)
  }

  public func resolve(
    _ id: ULID, reason: String, by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    guard reason.utf8.count <= Self.maxReason else { throw Self.reasonTooLong }
    emitter.emit(IncidentResolved(reason: reason), on: incident.subject, by: actor)
  }

  /// A merged one is split off again and not reopened.
  public func reopen(
    _ id: ULID, reason: String, by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try known(id)
    guard !incident.isOpen else { throw Refusal(.conflict, "incident \(incident.number) is open") }
    if let other = incident.mergedInto {
      throw Refusal(
        .conflict, "incident \(incident.number) was merged into \(name(other)); split it off there")
    }
    guard reason.utf8.count <= Self.maxReason else { throw Self.reasonTooLong }
    emitter.emit(IncidentReopened(reason: reason), on: incident.subject, by: actor)
  }

  /// What refusals call it: whoever asks may not see a private one.
  func name(_ id: ULID) -> String {
    incidents[id].map { $0.isPrivate ? "another incident" : "incident \($0.number)" } ?? "incident \(id)"
  }

  func known(_ id: ULID) throws(Refusal) -> Incident {
    guard let incident = incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    return incident
  }

  func going(_ id: ULID) throws(Refusal) -> Incident {
    let incident = try known(id)
    if let other = incident.mergedInto {
      throw Refusal(
        .conflict, "incident \(incident.number) was merged into \(name(other)); go on there")
    }
    guard incident.isOpen else { throw Refusal(.conflict, "incident \(incident.number) is resolved already") }
    return incident
  }

  static let maxReason = 2_048
  static let reasonTooLong = Refusal(.invalid, "a reason is at most \(maxReason) bytes long; write a note for more")
}
