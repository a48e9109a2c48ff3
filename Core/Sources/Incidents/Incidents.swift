import Base
import Events
import Journal

/// Incidents with their timelines.
///
///     open ──acknowledge──▶ acknowledged
///       │ ◀──────reopen─────┐    │
///       └──────resolve──▶ resolved (or merged into another)
public struct Incidents: Fold, Codable {
  public static let name = "incidents"
  public static let version = 3
  static let keptResolved = 500
  static let maxNote = 8_192

  public internal(set) var incidents = Sharded<ULID, Incident>()
  /// The incident of each alert that an incident kept here names.
  var byAlert = Sharded<ULID, ULID>()
  var openIDs: [ULID] = []
  var resolved = Recent()
  public internal(set) var count = 0
  /// Alerts that fired and have no incident: what a timeline starts with, should one be opened.
  var waiting = SortedMap<ULID, [Incident.Entry]>()
  /// Who sees the incidents that are private, for as long as the journal is kept.
  public internal(set) var privacy = Privacy()

  public init() {}

  /// Written straight as text where there is much of it: what waits is a few lines for each open alert.
  public func snapshotText() throws -> [UInt8] {
    var rest = self
    rest.waiting = SortedMap()
    guard case .object(let object) = try JSON(encoding: rest) else { return try snapshot().bytes }
    return JSONObjectText.bytes { text in
      for member in object.members {
        if member.key == "waiting" {
          text.add(member.key, waiting) { entries, text in text.value(entries) { $0.list(&$1) } }
        } else {
          text.add(member.key, member.value)
        }
      }
    }
  }

  /// The open incidents, oldest first.
  public var open: [Incident] { openIDs.compactMap { incidents[$0] } }

  /// The open incident that a further alert of a service belongs to. Trouble that everybody has to know of does not
  /// hide in a private one.
  public func open(service: String) -> Incident? {
    let candidates = open.filter { !$0.isPrivate }
    return candidates.first { $0.service == service } ?? candidates.first { $0.services.contains(service) }
  }

  /// The incidents that were resolved, the last first.
  public var resolvedNewestFirst: [Incident] {
    resolved.kept.reversed().compactMap { incidents[$0] }.filter { !$0.isOpen }
  }

  public func incident(ofAlert alert: ULID) -> Incident? { byAlert[alert].flatMap { incidents[$0] } }

  public func incident(number: Int) -> Incident? {
    open.first { $0.number == number }
      ?? resolved.kept.lazy.reversed().compactMap { incidents[$0] }.first { $0.number == number }
  }

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "incident":
      try applyOwn(event)
      try privacy.apply(event, incidents)
    case "alert": try applyAlert(event)
    case "procedure", "action": try privacy.apply(event, incidents)
    default: break
    }
  }

  private mutating func applyOwn(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let opened = try event.payload(IncidentOpened.self) {
      open(id, opened, event)
      return
    }
    guard var incident = incidents[id] else { return }
    let wasOpen = incident.isOpen
    if let merged = try event.payload(IncidentMerged.self) {
      merge(&incident, merged, event)
    } else if let split = try event.payload(IncidentSplit.self) {
      self.split(&incident, split, event)
    } else if let joined = try event.payload(IncidentJoined.self) {
      if !incident.alerts.contains(joined.alert) { incident.alerts.append(joined.alert) }
      incident.involve(joined.service.map { [$0] } ?? [])
      take(joined.alert, &incident)
    } else {
      try incident.apply(event)
    }
    // One that is open again leaves the alerts that went to another meanwhile.
    if !wasOpen, incident.isOpen { incident.alerts.removeAll { byAlert[$0, default: id] != id } }
    incidents[id] = incident
    if wasOpen, !incident.isOpen { close(id) }
    if !wasOpen, incident.isOpen, !openIDs.contains(id) { openIDs.append(id) }
  }

  /// An alert belongs to an incident from now on, with what was known of it.
  mutating func take(_ alert: ULID, _ incident: inout Incident) {
    byAlert[alert] = incident.id
    let before = waiting[alert] ?? []
    waiting[alert] = nil
    incident.timeline += before.prefix(max(0, Incident.maxEntries - incident.timeline.count))
    if let fired = before.first { incident.detectedAt = min(fired.at, incident.detectedAt ?? fired.at) }
  }

  private mutating func open(_ id: ULID, _ opened: IncidentOpened, _ event: Event) {
    var incident = Incident(id, opened, event)
    for alert in opened.alerts { take(alert, &incident) }
    incident.beganAt = incident.timeline.first?.at ?? event.time
    incident.add(.change, "incident opened as \(opened.severity.rawValue): \(opened.severityReason)", of: event)
    incidents[id] = incident
    openIDs.append(id)
    count = max(count, opened.number)
  }

  private mutating func close(_ id: ULID) {
    openIDs.removeAll { $0 == id }
    guard let old = resolved.keep(id, limit: Self.keptResolved), let gone = incidents[old], !gone.isOpen else { return }
    for alert in gone.alerts where byAlert[alert] == old { byAlert[alert] = nil }
    incidents[old] = nil
  }

  private mutating func applyAlert(_ event: Event) throws {
    guard let alert = ULID(event.subject.id), let (kind, text) = try Self.line(event) else { return }
    if let id = byAlert[alert], var incident = incidents[id] {
      incident.add(kind, text, of: event)
      incidents[id] = incident
    } else if event.type == AlertResolved.type {
      waiting[alert] = nil
    } else if (waiting[alert]?.count ?? 0) < 50 {
      let entry = Incident.Entry(
        sequence: event.sequence, at: event.time, kind: kind, actor: event.actor, text: text)
      waiting[alert, default: []].append(entry)
    }
  }

  /// What an alert's event says in a timeline; `nil` for those that would only be noise.
  static func line(_ event: Event) throws -> (Incident.Entry.Kind, String)? {
    if let fired = try event.payload(AlertFired.self) { return (.alert, "alert fired: \(fired.signal.summary)") }
    if let payload = try event.payload(AlertSuppressed.self) { return (.alert, "not paged: \(payload.reason)") }
    if let payload = try event.payload(AlertTargetMissed.self) {
      return (.page, "\(payload.target) was not told: \(payload.reason)")
    }
    if let payload = try event.payload(AlertAcknowledged.self) {
      return (.alert, "acknowledged by \(event.actor.text) (\(payload.via))")
    }
    if let payload = try event.payload(AlertResolved.self) { return (.alert, "alert resolved: \(payload.reason)") }
    if let payload = try event.payload(PageRequested.self), payload.kind == .fired {
      let why = payload.level == 0 ? "notification target" : "level \(payload.level)"
      return (.page, "\(why): page for \(payload.person) over \(payload.channel.name)")
    }
    if let payload = try event.payload(PageFailed.self), payload.attempt == 1 || payload.retryAt == nil {
      return (.page, "a page failed: \(payload.reason)\(payload.retryAt == nil ? "; given up" : "")")
    }
    return nil
  }
}
