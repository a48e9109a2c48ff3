import Base
import Events
import Journal

/// What is said when an incident is declared.
public struct Declaration: Sendable {
  public var title: String
  public var service: String?
  public var severity: IncidentSeverity
  public var alerts: [ULID]
  /// The services of the alerts, and others that are affected.
  public var services: [String]
  public var roles: [Incident.Role]
  /// Makes it private from the beginning: who may see it besides who declares it.
  public var members: [String]?
  public var via: IncidentOrigin?

  public init(
    title: String, service: String?, severity: IncidentSeverity, alerts: [ULID] = [], services: [String] = [],
    roles: [Incident.Role] = [], members: [String]? = nil, via: IncidentOrigin? = nil
  ) {
    self.title = title
    self.service = service
    self.severity = severity
    self.alerts = alerts
    self.services = services
    self.roles = roles
    self.members = members
    self.via = via
  }
}

extension Incident.Role {
  public init(_ role: String, _ person: String) { self.init(role: role, person: person) }
}

/// What an update says.
public struct UpdateDraft: Sendable {
  public var audience: IncidentAudience
  public var phase: IncidentPhase?
  public var text: String
  /// What the public is to call the incident; for an external one alone.
  public var title: String?
  /// When the next one is promised; `nil` leaves it to the severity.
  public var nextDue: Instant?
  /// No further one is promised.
  public var isLast: Bool

  public init(
    audience: IncidentAudience, phase: IncidentPhase?, text: String, title: String? = nil, nextDue: Instant? = nil,
    isLast: Bool = false
  ) {
    self.audience = audience
    self.title = title
    self.phase = phase
    self.text = text
    self.nextDue = nextDue
    self.isLast = isLast
  }
}

// MARK: - Roles, updates, links

extension Incidents {
  static let rolesMax = 50
  static let linksMax = 200
  static let updatesMax = 500
  static let publicTitleMax = 120
  static let membersMax = 100
  /// A promise further away is none.
  static let nextDueMax = Interval.days(7)

  func check(role: String, person: String) throws(Refusal) {
    guard (1...64).contains(role.utf8.count), (1...128).contains(person.utf8.count) else {
      throw Refusal(.invalid, "a role and a person need names of at most 64 and 128 bytes")
    }
  }

  func check(members: [String]) throws(Refusal) {
    guard members.count <= Self.membersMax, members.allSatisfy({ (1...128).contains($0.utf8.count) }) else {
      throw Refusal(.invalid, "a private incident has at most \(Self.membersMax) members, with names of 1 to 128 bytes")
    }
    guard !privacy.isFull else {
      throw Refusal(.unavailable, "there are \(Privacy.max) private incidents, and no more can be kept apart")
    }
  }

  public func assign(_ id: ULID, role: String, to person: String, into emitter: inout Emitter) throws(Refusal) {
    let incident = try going(id)
    try check(role: role, person: person)
    guard incident.roles.count < Self.rolesMax else {
      throw Refusal(.conflict, "incident \(incident.number) has \(Self.rolesMax) roles, which is all it can")
    }
    emitter.emit(IncidentRoleAssigned(role: role, person: person), on: incident.subject)
  }

  /// Passes a role on. Without `from` it is that of whoever holds it.
  public func handOver(
    _ id: ULID, role: String, from: String?, to person: String, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    try check(role: role, person: person)
    let holders = incident.holders(of: role)
    guard let giver = from ?? (holders.count == 1 ? holders[0] : nil), holders.contains(giver) else {
      let who =
        holders.isEmpty ? "nobody is" : "\(holders.joined(separator: ", ")) \(holders.count == 1 ? "is" : "are")"
      throw Refusal(
        .conflict, "\(who) \(role) of incident \(incident.number); say from whom, or assign the role instead")
    }
    guard giver != person else {
      throw Refusal(.conflict, "\(person) is \(role) of incident \(incident.number) already")
    }
    emitter.emit(IncidentRoleHandedOver(role: role, from: giver, to: person), on: incident.subject)
  }

  private func check(_ draft: UpdateDraft, _ incident: Incident, isPublic: Bool) throws(Refusal) {
    if let title = draft.title {
      guard draft.audience == .external else {
        throw Refusal(.invalid, "a public title goes with an external update; this one is internal")
      }
      guard (1...Self.publicTitleMax).contains(title.utf8.count), !title.unicodeScalars.contains(where: { $0 < " " })
      else {
        throw Refusal(.invalid, "a public title is one line of 1 to \(Self.publicTitleMax) bytes")
      }
    }
    guard draft.audience == .external else { return }
    guard !incident.isPrivate else {
      throw Refusal(
        .conflict, "incident \(incident.number) is private, so nothing of it is published; make it public first")
    }
    // What was told while it was worse is told to its end.
    guard isPublic || incident.updates.contains(where: { $0.audience == .external }) else {
      throw Refusal(
        .conflict,
        "\(incident.severity.rawValue) is not public, so nobody would read this; raise the severity of incident "
          + "\(incident.number), or write public: true into its Severity")
    }
  }

  /// - Parameters:
  ///   - usual: after which time the next update is promised when the draft says nothing.
  ///   - isPublic: whether incidents of its severity are told to the public.
  public func update(
    _ id: ULID, _ draft: UpdateDraft, usual: Interval?, isPublic: Bool = true, by actor: Actor,
    into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    guard !draft.text.isEmpty, draft.text.utf8.count <= Self.maxNote else {
      throw Refusal(.invalid, "an update is 1 to \(Self.maxNote) bytes long; this one has \(draft.text.utf8.count)")
    }
    guard incident.updates.count < Self.updatesMax else {
      throw Refusal(.conflict, "incident \(incident.number) has \(Self.updatesMax) updates; write notes from here on")
    }
    try check(draft, incident, isPublic: isPublic)
    if let due = draft.nextDue, due <= emitter.now || due > emitter.now + Self.nextDueMax {
      throw Refusal(.invalid, "the next update is to come within 7 days from now, not at \(due.rfc3339)")
    }
    let ends = draft.isLast || draft.phase == .resolved
    let next = ends ? nil : draft.nextDue ?? usual.map { emitter.now + $0 }
    let isInternal = draft.audience == .internal
    emitter.emit(
      IncidentUpdated(
        phase: draft.phase, audience: draft.audience,
        text: isInternal ? emitter.keep(draft.text, of: actor.text) : nil, message: isInternal ? nil : draft.text,
        title: draft.title, nextDue: next), on: incident.subject)
    if draft.phase == .resolved {
      emitter.emit(IncidentResolved(reason: "resolved by \(actor.text)"), on: incident.subject)
    }
  }

  public func link(_ id: ULID, _ subject: Subject, reason: String, into emitter: inout Emitter) throws(Refusal) {
    let incident = try known(id)
    guard incident.links.count < Self.linksMax else {
      throw Refusal(.conflict, "incident \(incident.number) has \(Self.linksMax) links, which is all it can")
    }
    guard reason.utf8.count <= Self.maxReason else { throw Self.reasonTooLong }
    guard subject != incident.subject else {
      throw Refusal(.invalid, "incident \(incident.number) cannot be linked to itself")
    }
    guard !incident.links.contains(where: { $0.subject == subject }) else {
      throw Refusal(.conflict, "\(subject.text) is linked to incident \(incident.number) already")
    }
    emitter.emit(IncidentLinked(subject: subject, reason: reason), on: incident.subject)
  }

  public func unlink(_ id: ULID, _ subject: Subject, into emitter: inout Emitter) throws(Refusal) {
    let incident = try known(id)
    guard incident.links.contains(where: { $0.subject == subject }) else {
      throw Refusal(.notFound, "\(subject.text) is not linked to incident \(incident.number)")
    }
    emitter.emit(IncidentUnlinked(subject: subject), on: incident.subject)
  }
}

// MARK: - Merging and privacy

extension Incidents {
  static let mergedMax = 100
  static let mergedAlertsMax = 2_000

  public func merge(_ id: ULID, into other: ULID, into emitter: inout Emitter) throws(Refusal) {
    let incident = try going(id)
    guard id != other else { throw Refusal(.invalid, "incident \(incident.number) cannot be merged into itself") }
    let survivor = try going(other)
    if incident.isPrivate, !survivor.isPrivate {
      throw Refusal(
        .conflict,
        "incident \(incident.number) is private and incident \(survivor.number) is not; merge the other way round")
    }
    if survivor.isPrivate, !incident.isPrivate, incident.updates.contains(where: { $0.audience == .external }) {
      throw Refusal(
        .conflict,
        "the public was told of incident \(incident.number), and incident \(survivor.number) is private; keep it open, "
          + "so that its end can be told, and link the two")
    }
    guard survivor.merged.count < Self.mergedMax else {
      throw Refusal(.conflict, "\(Self.mergedMax) incidents were merged into incident \(survivor.number) already")
    }
    guard survivor.alerts.count + incident.alerts.count <= Self.mergedAlertsMax else {
      throw Refusal(.conflict, "together they would have more than \(Self.mergedAlertsMax) alerts; link them instead")
    }
    emitter.emit(IncidentMerged(into: other), on: incident.subject)
  }

  /// Undoes a merge: the alerts that the merged incident brought go back with it.
  ///
  /// - Parameter facts: about the alerts that go and those that stay.
  public func unmerge(
    _ id: ULID, _ facts: (_ alerts: [ULID], _ survivor: Incident) -> SplitFacts, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try known(id)
    guard let other = incident.mergedInto else {
      throw Refusal(.conflict, "incident \(incident.number) was not merged into another")
    }
    let survivor = try going(other)
    let alerts = incident.alerts.filter { survivor.alerts.contains($0) }
    var known = facts(alerts, survivor)
    // What it brought goes with it, unless the other one, or another that is part of it, had it too.
    let others = survivor.merged.filter { $0 != id }.flatMap { incidents[$0]?.services ?? [] }
    let kept = survivor.ownServices + others + known.restServices + survivor.linkedServices
    known.left = (incident.services + known.services).filter { !kept.contains($0) }
    emitter.emit(IncidentSplit(known, from: other, alerts: alerts), on: incident.subject)
  }

  /// Takes some of the alerts of an incident into a new one.
  ///
  /// - Parameter facts: about the alerts that go and those that stay.
  public func split(
    _ id: ULID, alerts: [ULID], title: String, _ facts: SplitFacts, by actor: Actor, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    let incident = try going(id)
    guard !alerts.isEmpty else {
      throw Refusal(.invalid, "name the alerts of incident \(incident.number) that are about something else")
    }
    for alert in alerts where !incident.alerts.contains(alert) {
      throw Refusal(.invalid, "alert \(alert) does not belong to incident \(incident.number)")
    }
    guard alerts.count < incident.alerts.count else {
      throw Refusal(.invalid, "incident \(incident.number) would be left without an alert; leave it one")
    }
    let declaration = Declaration(
      title: title, service: facts.services.first, severity: incident.severity, services: facts.services,
      members: incident.members)
    let new = try open(
      declaration, reason: "as incident \(incident.number), from which it was split", automatic: incident.automatic,
      into: &emitter)
    var known = facts
    let kept = (incident.service.map { [$0] } ?? []) + known.restServices + incident.linkedServices
    known.left = known.services.filter { !kept.contains($0) }
    emitter.emit(IncidentSplit(known, from: id, alerts: alerts), on: Subject("incident", new))
    return new
  }

  public func makePrivate(_ id: ULID, members: [String], into emitter: inout Emitter) throws(Refusal) {
    let incident = try known(id)
    try check(members: members)
    guard incident.members != members else {
      throw Refusal(.conflict, "incident \(incident.number) is private with the same members already")
    }
    emitter.emit(IncidentMadePrivate(members: members), on: incident.subject)
  }

  public func makePublic(_ id: ULID, into emitter: inout Emitter) throws(Refusal) {
    let incident = try known(id)
    guard incident.isPrivate else { throw Refusal(.conflict, "incident \(incident.number) is not private") }
    emitter.emit(IncidentMadePublic(), on: incident.subject)
  }
}
