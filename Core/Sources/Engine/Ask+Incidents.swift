import Alerts
import Base
import Events
import Incidents
import Journal
import Procedures

// MARK: - Declaring

extension Ask where Reply == ULID {
  /// Declares an incident by hand.
  public static func declareIncident(_ declaration: Declaration, by actor: Actor) -> Ask {
    Ask("incident declare", by: actor, priority: .urgent) { state, environment, emitter in
      var declaration = declaration
      for service in (declaration.service.map { [$0] } ?? []) + declaration.services {
        try environment.check(service: service)
      }
      for alert in declaration.alerts where state.alerts.alerts[alert] == nil {
        throw Refusal(.notFound, "no alert \(alert)")
      }
      declaration.services += state.services(of: declaration.alerts)
      declaration.members = try declaration.members.map(environment.people(named:))
      return try state.incidents.open(
        declaration, reason: "declared by \(actor.text)", automatic: false, into: &emitter)
    }
  }

  public static func openIncident(
    title: String, service: String?, severity: IncidentSeverity, alerts: [ULID], by actor: Actor
  ) -> Ask {
    declareIncident(Declaration(title: title, service: service, severity: severity, alerts: alerts), by: actor)
  }

  /// Takes some of its alerts into an incident of their own; answers the new one.
  public static func splitIncident(_ id: ULID, alerts: [ULID], title: String, by actor: Actor) -> Ask {
    Ask("incident split", by: actor) { state, _, emitter in
      let rest = state.incidents.incidents[id]?.alerts.filter { !alerts.contains($0) } ?? []
      return try state.incidents.split(
        id, alerts: alerts, title: title, state.splitFacts(alerts, rest: rest), by: actor, into: &emitter)
    }
  }
}

extension Ask where Reply == Incident {
  public static func acknowledgeIncident(_ id: ULID, by actor: Actor) -> Ask {
    Ask("incident acknowledge", by: actor, priority: .urgent) { state, _, emitter in
      try state.incidents.acknowledge(id, into: &emitter)
    }
  }
}

// MARK: - Working on it

extension Ask where Reply == Void {
  public static func noteIncident(_ id: ULID, text: String, by actor: Actor) -> Ask {
    Ask("incident note", by: actor) { state, _, emitter in
      try state.incidents.note(id, text: text, by: actor, into: &emitter)
    }
  }

  public static func setSeverity(
    _ id: ULID, to severity: IncidentSeverity, reason: String? = nil, by actor: Actor
  ) -> Ask {
    Ask("incident severity", by: actor) { state, _, emitter in
      try state.incidents.setSeverity(id, to: severity, reason: reason, into: &emitter)
    }
  }

  public static func assignRole(_ id: ULID, role: String, to person: String, by actor: Actor) -> Ask {
    Ask("incident role", by: actor) { state, _, emitter in
      try state.incidents.assign(id, role: role, to: person, into: &emitter)
    }
  }

  /// - Parameter giver: who holds the role, where several people do.
  public static func handOverRole(
    _ id: ULID, role: String, from giver: String? = nil, to person: String, by actor: Actor
  ) -> Ask {
    Ask("incident handover", by: actor) { state, _, emitter in
      try state.incidents.handOver(id, role: role, from: giver, to: person, into: &emitter)
    }
  }

  /// Says how things stand. The next update is promised for the time that is named, or for when the severity asks.
  public static func updateIncident(_ id: ULID, _ draft: UpdateDraft, by actor: Actor) -> Ask {
    Ask("incident update", by: actor, priority: .urgent) { state, environment, emitter in
      let rules = state.incidents.incidents[id].map { environment.severities[$0.severity] }
      try state.incidents.update(
        id, draft, usual: rules?.updates(draft.audience), isPublic: rules?.isPublic ?? true, by: actor, into: &emitter)
    }
  }

  public static func mitigateIncident(_ id: ULID, reason: String, by actor: Actor) -> Ask {
    Ask("incident mitigate", by: actor) { state, _, emitter in
      try state.incidents.mitigate(id, reason: reason, into: &emitter)
    }
  }

  public static func resolveIncident(_ id: ULID, reason: String, by actor: Actor) -> Ask {
    Ask("incident resolve", by: actor) { state, _, emitter in
      try state.incidents.resolve(id, reason: reason, into: &emitter)
    }
  }

  public static func reopenIncident(_ id: ULID, reason: String, by actor: Actor) -> Ask {
    Ask("incident reopen", by: actor) { state, _, emitter in
      try state.incidents.reopen(id, reason: reason, into: &emitter)
    }
  }
}

// MARK: - Links, merging, privacy

extension Ask where Reply == Void {
  /// Links what has to do with an incident; an alert that belongs to no open one becomes part of it.
  public static func linkIncident(_ id: ULID, _ subject: Subject, reason: String, by actor: Actor) -> Ask {
    Ask("incident link", by: actor) { state, environment, emitter in
      if subject.kind == "alert" {
        try state.joinByHand(id, subject, into: &emitter)
        return
      }
      try state.check(link: subject, environment)
      try state.incidents.link(id, subject, reason: reason, into: &emitter)
    }
  }

  public static func unlinkIncident(_ id: ULID, _ subject: Subject, by actor: Actor) -> Ask {
    Ask("incident unlink", by: actor) { state, _, emitter in
      try state.incidents.unlink(id, subject, into: &emitter)
    }
  }

  public static func mergeIncident(_ id: ULID, into other: ULID, by actor: Actor) -> Ask {
    Ask("incident merge", by: actor) { state, _, emitter in
      try state.incidents.merge(id, into: other, into: &emitter)
    }
  }

  /// Undoes a merge.
  public static func unmergeIncident(_ id: ULID, by actor: Actor) -> Ask {
    Ask("incident unmerge", by: actor) { state, _, emitter in
      try state.incidents.unmerge(
        id,
        { alerts, survivor in state.splitFacts(alerts, rest: survivor.alerts.filter { !alerts.contains($0) }) },
        into: &emitter)
    }
  }

  /// - Parameter members: people, or `team/NAME` for those who are in a team now.
  public static func makeIncidentPrivate(_ id: ULID, members: [String], by actor: Actor) -> Ask {
    Ask("incident private", by: actor) { state, environment, emitter in
      var members = try environment.people(named: members)
      // Who makes it private is not to lose sight of it.
      if actor.text.hasPrefix("user/"), !members.contains(String(actor.text.dropFirst(5))) {
        members.insert(String(actor.text.dropFirst(5)), at: 0)
      }
      try state.incidents.makePrivate(id, members: members, into: &emitter)
    }
  }

  public static func makeIncidentPublic(_ id: ULID, by actor: Actor) -> Ask {
    Ask("incident public", by: actor) { state, _, emitter in try state.incidents.makePublic(id, into: &emitter) }
  }
}

extension Environment {
  func check(service: String) throws(Refusal) {
    guard services[service] != nil else {
      throw Refusal(.invalid, "no service \(service.prefix(80)) in the catalog")
    }
  }

  /// People by their names, and those who are in a named team, each once.
  func people(named names: [String]) throws(Refusal) -> [String] {
    var found: [String] = []
    for name in names {
      var people = [name.hasPrefix("user/") ? String(name.dropFirst(5)) : name]
      if name.hasPrefix("team/") {
        guard let team = self.people.teams[String(name.dropFirst(5))] else {
          throw Refusal(.notFound, "no team \(name.dropFirst(5).prefix(80))")
        }
        people = team.members
      }
      for person in people where !found.contains(person) { found.append(person) }
    }
    return found
  }
}

extension State {
  /// The services that alerts are about, each once, in their order.
  func services(of ids: [ULID]) -> [String] {
    var found: [String] = []
    for id in ids {
      guard let service = alerts.alerts[id]?.signal.service, !found.contains(service) else { continue }
      found.append(service)
    }
    return found
  }

  fileprivate func splitFacts(_ gone: [ULID], rest: [ULID]) -> SplitFacts {
    func firstFired(_ ids: [ULID]) -> Instant? { ids.compactMap { alerts.alerts[$0]?.firedAt }.min() }
    return SplitFacts(
      services: services(of: gone), restServices: services(of: rest), firedAt: firstFired(gone),
      restFiredAt: firstFired(rest))
  }

  fileprivate func joinByHand(_ id: ULID, _ subject: Subject, into emitter: inout Emitter) throws(Refusal) {
    guard let incident = incidents.incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    guard incident.isOpen else { throw Refusal(.conflict, "incident \(incident.number) is resolved already") }
    guard let alert = ULID(subject.id).flatMap({ alerts.alerts[$0] }) else {
      throw Refusal(.notFound, "no alert \(subject.id.prefix(80))")
    }
    if let other = incidents.incident(ofAlert: alert.id), other.isOpen || other.id == id {
      throw Refusal(.conflict, "alert \(alert.id) belongs to \(other.reference) already")
    }
    guard incident.alerts.count < Self.incidentAlertsMax else {
      throw Refusal(.conflict, "incident \(incident.number) has \(Self.incidentAlertsMax) alerts, which is all it can")
    }
    emitter.emit(IncidentJoined(alert: alert.id, service: alert.signal.service), on: incident.subject)
  }

  fileprivate func check(link subject: Subject, _ environment: Environment) throws(Refusal) {
    guard (1...128).contains(subject.id.utf8.count) else {
      throw Refusal(.invalid, "'\(subject.text.prefix(80))' is no link; write KIND/ID, for example service/checkout")
    }
    switch subject.kind {
    case "service": try environment.check(service: String(subject.id))
    case "incident":
      guard ULID(subject.id).flatMap({ incidents.incidents[$0] }) != nil else {
        throw Refusal(.notFound, "no incident \(subject.id)")
      }
    case "procedure":
      guard ULID(subject.id).flatMap({ procedures.runs[$0] }) != nil else {
        throw Refusal(.notFound, "no run \(subject.id)")
      }
    case "change", "deployment": return
    default:
      throw Refusal(
        .invalid,
        "'\(subject.text.prefix(80))' cannot be linked; link alert/ID, change/ID, deployment/ID, incident/ID, "
          + "procedure/ID or service/NAME")
    }
  }
}
