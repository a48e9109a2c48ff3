import Base
import Events
import Journal

extension Incident {
  /// What concerns this incident alone.
  mutating func apply(_ event: Event) throws {
    if event.type == IncidentAcknowledged.type {
      status = .acknowledged
      acknowledgedBy = acknowledgedBy ?? event.actor
      acknowledgedAt = acknowledgedAt ?? event.time
      add(.change, "incident acknowledged", of: event)
    } else if let noted = try event.payload(IncidentNoted.self) {
      add(.note, "wrote a note", note: noted.text, of: event)
    } else if let changed = try event.payload(IncidentSeverityChanged.self) {
      let why = changed.reason.map { ": \($0)" } ?? ""
      add(.change, "severity \(severity.rawValue) → \(changed.severity.rawValue)\(why)", of: event)
      severity = changed.severity
      severityReason = changed.reason ?? "set by \(event.actor.text)"
    } else if let payload = try event.payload(IncidentResolved.self) {
      resolve(payload.reason, event)
    } else if let payload = try event.payload(IncidentMitigated.self) {
      mitigate(event)
      phase = .monitoring
      add(.change, "mitigated: \(payload.reason)", of: event)
    } else if let payload = try event.payload(IncidentReopened.self) {
      reopen(event)
      add(.change, "incident reopened: \(payload.reason)", of: event)
    } else if try !applyRole(event), try !applyUpdate(event) {
      try applyLink(event)
    }
  }

  private mutating func resolve(_ reason: String, _ event: Event) {
    status = .resolved
    phase = .resolved
    resolvedAt = event.time
    resolution = reason
    mitigate(event)
    add(.change, "incident resolved: \(reason)", of: event)
  }

  private mutating func mitigate(_ event: Event) { mitigatedAt = mitigatedAt ?? event.time }

  mutating func reopen(_ event: Event) {
    status = acknowledgedAt == nil ? .open : .acknowledged
    phase = .investigating
    resolvedAt = nil
    resolution = nil
    mitigatedAt = nil
    mergedInto = nil
  }

  // MARK: Roles

  private mutating func applyRole(_ event: Event) throws -> Bool {
    if let role = try event.payload(IncidentRoleAssigned.self) {
      roles.removeAll { $0.role == role.role && (role.role != IncidentRoles.expert || $0.person == role.person) }
      roles.append(.init(role: role.role, person: role.person))
      add(.change, "\(role.person) is \(role.role)", of: event)
    } else if let role = try event.payload(IncidentRoleHandedOver.self) {
      roles.removeAll { $0.role == role.role && ($0.person == role.from || $0.person == role.to) }
      roles.append(.init(role: role.role, person: role.to))
      add(.change, "\(role.role) passes from \(role.from) to \(role.to)", of: event)
    } else if let payload = try event.payload(IncidentMadePrivate.self) {
      members = payload.members
      meet(.external)
      add(.change, "private: seen by \(payload.members.joined(separator: ", ")) and who has a role", of: event)
    } else if event.type == IncidentMadePublic.type {
      members = nil
      add(.change, "public: everybody sees it", of: event)
    } else {
      return false
    }
    return true
  }

  // MARK: Updates

  private mutating func applyUpdate(_ event: Event) throws -> Bool {
    if let update = try event.payload(IncidentUpdated.self) {
      updates.append(
        Update(
          sequence: event.sequence, at: event.time, actor: event.actor, audience: update.audience,
          phase: update.phase, text: update.text, message: update.message, nextDue: update.nextDue))
      meet(update.audience)
      if let phase = update.phase {
        self.phase = phase
        if phase == .monitoring { mitigate(event) }
      }
      let words = "\(update.audience.rawValue) update\(update.phase.map { ", \($0.rawValue)" } ?? "")"
      add(.note, words + (update.message.map { ": \($0)" } ?? ""), note: update.text, of: event)
    } else if let expected = try event.payload(IncidentUpdateExpected.self) {
      duties.removeAll { $0.audience == expected.audience }
      duties.append(Duty(audience: expected.audience, due: expected.due, procedure: expected.procedure))
      duties.sort { $0.audience < $1.audience }
    } else if let due = try event.payload(IncidentUpdateDue.self) {
      if let index = duties.firstIndex(where: { $0.audience == due.audience }) {
        duties[index].reminders = due.reminder
      }
      let who = due.person.map { "\($0) is reminded" } ?? "nobody has a role that would be reminded"
      add(.page, "\(due.audience.rawValue) update was due at \(due.due.rfc3339): \(who)", of: event)
    } else {
      return false
    }
    return true
  }

  private mutating func meet(_ audience: IncidentAudience) {
    for index in duties.indices where duties[index].audience == audience { duties[index].isMet = true }
  }

  // MARK: Links

  private mutating func applyLink(_ event: Event) throws {
    if let link = try event.payload(IncidentLinked.self) {
      links.removeAll { $0.subject == link.subject }
      links.append(Link(subject: link.subject, reason: link.reason, at: event.time, by: event.actor))
      if link.subject.kind == "service" { involve([String(link.subject.id)]) }
      add(.change, "linked \(link.subject.text): \(link.reason)", of: event)
    } else if let link = try event.payload(IncidentUnlinked.self) {
      links.removeAll { $0.subject == link.subject }
      if link.subject.kind == "service" { services.removeAll { $0 == link.subject.id && $0 != service ?? "" } }
      add(.change, "unlinked \(link.subject.text)", of: event)
    }
  }
}
