import Base
import Events
import Journal

/// Somebody who asks to see something.
public struct Viewer: Hashable, Sendable {
  public var actor: Actor
  /// Nobody is kept out: the server has no users and tokens and listens to this machine alone, or it is Mainstay
  /// itself that reads.
  public var seesAll: Bool

  public init(_ actor: Actor, seesAll: Bool = false) {
    self.actor = actor
    self.seesAll = seesAll
  }

  /// Mainstay itself.
  public static let system = Viewer(.system("mainstay"), seesAll: true)
  /// Somebody of whom nothing is known.
  public static let nobody = Viewer(Actor("user/"))
}

extension Incident {
  /// What refusals call it, which those may read who may not see it.
  public var reference: String { isPrivate ? "another incident" : "incident \(number)" }

  /// Whether somebody may see it: everybody may see one that is not private; a private one is seen by its members, by
  /// those who hold a role in it and by who declared it.
  public func isVisible(to viewer: Viewer) -> Bool {
    guard let members, !viewer.seesAll else { return true }
    return Privacy.names(of: self, members).contains(viewer.actor.text)
  }
}

/// Who sees private incidents. It outlives what is kept of the incidents themselves, because the journal does too.
public struct Privacy: Codable, Sendable {
  /// More than these are refused; a private incident is rare.
  static let max = 10_000

  /// Who may see a private incident: actors.
  private var viewers = Sharded<ULID, [String]>()
  /// The incident that a run, or an action item of its review, is about.
  private var owners = Sharded<ULID, ULID>()
  private var owned = Sharded<ULID, [ULID]>()
  private var recent = Recent()
  /// So many runs and action items are known.
  static let ownedMax = 50_000

  public var isFull: Bool { viewers.count >= Self.max }

  static func names(of incident: Incident, _ members: [String]) -> [String] {
    var names = [incident.openedBy.text]
    for person in members + incident.roles.map(\.person) where !names.contains("user/\(person)") {
      names.append("user/\(person)")
    }
    return names
  }

  mutating func apply(_ event: Event, _ incidents: Sharded<ULID, Incident>) throws {
    if let started = try event.payload(ProcedureStarted.self) {
      if started.about.kind == "incident" { own(ULID(event.subject.id), ULID(started.about.id)) }
      return
    }
    if let started = try event.payload(RunbookStarted.self) {
      // A run about an alert is about the incident of that too.
      if let incident = started.incident { own(ULID(event.subject.id), ULID(incident.id)) }
      return
    }
    if event.subject.kind == "action" {
      // Its first event names the review, whose id is the incident's.
      let text = event.data["review"]?.string ?? ""
      own(ULID(event.subject.id), ULID(text.hasPrefix("review/") ? String(text.dropFirst(7)) : text))
      return
    }
    guard event.subject.kind == "incident", let id = ULID(event.subject.id), let incident = incidents[id] else {
      return
    }
    // A run may be older than the incident that its alert belongs to by now.
    if let pinned = try event.payload(IncidentOutputPinned.self) { own(pinned.run, id) }
    note(incident)
    // Roles move with a merge.
    if let survivor = incident.mergedInto.flatMap({ incidents[$0] }) { note(survivor) }
  }

  private mutating func note(_ incident: Incident) {
    viewers[incident.id] = incident.members.map { Self.names(of: incident, $0) }
  }

  private mutating func own(_ thing: ULID?, _ incident: ULID?) {
    guard let thing, let incident, owners[thing] == nil else { return }
    owners[thing] = incident
    owned[incident, default: []].append(thing)
    guard let old = recent.keep(thing, limit: Self.ownedMax), let its = owners[old], viewers[its] == nil else { return }
    owners[old] = nil
    owned[its] = nil
  }

  /// Whether somebody may see what is about an incident, kept here or long gone.
  public func maySee(_ incident: ULID, _ viewer: Viewer) -> Bool {
    viewer.seesAll || viewers[incident]?.contains(viewer.actor.text) ?? true
  }

  /// The incident that a subject belongs to: `incident/ID`, its review, which has the same id, runs about it and action
  /// items of its review.
  public func incident(of subject: Subject) -> ULID? {
    switch subject.kind {
    case "incident", "review": ULID(subject.id)
    case "procedure", "action": ULID(subject.id).flatMap { owners[$0] }
    default: nil
    }
  }

  /// Whether somebody may see events on a subject.
  public func maySee(_ subject: Subject, _ viewer: Viewer) -> Bool {
    viewer.seesAll || incident(of: subject).map { maySee($0, viewer) } ?? true
  }

  /// Whether a subject belongs to a private incident.
  public func isPrivate(_ subject: Subject) -> Bool { incident(of: subject).map { viewers[$0] != nil } ?? false }

  /// Whether an identifier names something that somebody may not see: an incident, its review, a run, an action item.
  public func hides(_ id: ULID, from viewer: Viewer) -> Bool {
    !viewer.seesAll && !maySee(owners[id] ?? id, viewer)
  }

  /// The incidents that somebody may not see, sorted.
  public func hidden(from viewer: Viewer) -> [ULID] {
    if viewer.seesAll || viewers.isEmpty { return [] }
    return viewers.sortedElements.filter { !$0.value.contains(viewer.actor.text) }.map(\.key)
  }

  /// What belongs to an incident: runs about it and action items of its review.
  public func belongings(of incident: ULID) -> [ULID] { owned[incident] ?? [] }
}

extension Privacy {
  /// Whether somebody may see an event: one on a subject that they may see that names no incident that they may not.
  public func maySee(_ event: Event, _ viewer: Viewer) -> Bool {
    guard maySee(event.subject, viewer) else { return false }
    guard !viewer.seesAll, !viewers.isEmpty else { return true }
    let named: String? =
      switch event.type {
      case IncidentMerged.type: event.data["into"]?.string
      case IncidentSplit.type: event.data["from"]?.string
      case IncidentLinked.type, IncidentUnlinked.type: event.data["subject"]?.string.map { incidentID($0) } ?? nil
      default: nil
      }
    return named.flatMap { ULID($0) }.map { maySee($0, viewer) } ?? true
  }

  private func incidentID(_ subject: String) -> String? {
    incident(of: Subject(subject)).map { "\($0)" }
  }
}

extension Incident {
  /// What those who may not see the incident that took one over read in the place of its end.
  public static let goesOnElsewhere = "it goes on where you cannot see it"
}

extension Incidents {
  /// Lets nothing in the others tell of an incident: that it took one over, that it was taken over, that it is linked.
  private mutating func conceal(_ hidden: Incident) {
    for id in hidden.merged {
      guard var other = incidents[id], other.mergedInto == hidden.id else { continue }
      other.mergedInto = nil
      other.resolution = Incident.goesOnElsewhere
      other.timeline.removeAll { $0.text == "merged into incident \(hidden.number)" }
      incidents[id] = other
    }
    if let id = hidden.mergedInto { incidents[id]?.merged.removeAll { $0 == hidden.id } }
    for other in open + resolvedNewestFirst where other.links.contains(where: { $0.subject == hidden.subject }) {
      incidents[other.id]?.links.removeAll { $0.subject == hidden.subject }
    }
  }

  /// Takes out what somebody may not see; for reading, never for deciding.
  public mutating func hide(_ ids: [ULID]) {
    for id in ids {
      guard let incident = incidents[id] else { continue }
      conceal(incident)
      for alert in incident.alerts where byAlert[alert] == id { byAlert[alert] = nil }
      incidents[id] = nil
      openIDs.removeAll { $0 == id }
    }
  }
}
