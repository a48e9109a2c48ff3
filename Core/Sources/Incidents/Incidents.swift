import Base
import Events
import Journal

/// Incidents with their timelines.
///
///     open ──acknowledge──▶ acknowledged
///       └──────resolve──────────┴──▶ resolved
public struct Incidents: Fold, Codable {
  public static let name = "incidents"
  public static let version = 1
  static let keptResolved = 500
  static let maxNote = 8_192

  public private(set) var incidents = Sharded<ULID, Incident>()
  /// The incident of each alert that an incident kept here names.
  private var byAlert = Sharded<ULID, ULID>()
  private var openIDs: [ULID] = []
  private var resolved = Recent()
  public private(set) var count = 0
  /// Alerts that fired and have no incident: what a timeline starts with, should one be opened.
  private var waiting = SortedMap<ULID, [Incident.Entry]>()

  public init() {}

  /// The open incidents, oldest first.
  public var open: [Incident] { openIDs.compactMap { incidents[$0] } }

  public func open(service: String?) -> Incident? { open.first { $0.service == service } }

  public func incident(ofAlert alert: ULID) -> Incident? { byAlert[alert].flatMap { incidents[$0] } }

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "incident": try applyOwn(event)
    case "alert": try applyAlert(event)
    default: break
    }
  }

  private mutating func applyOwn(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let opened = try event.payload(IncidentOpened.self) {
      try open(id, opened, event)
      return
    }
    guard var incident = incidents[id] else { return }
    if let joined = try event.payload(IncidentJoined.self) {
      incident.alerts.append(joined.alert)
      byAlert[joined.alert] = id
      incident.timeline += waiting[joined.alert] ?? []
      waiting[joined.alert] = nil
    } else if event.type == IncidentAcknowledged.type {
      incident.status = .acknowledged
      incident.acknowledgedAt = event.time
      incident.add(.change, "incident acknowledged", of: event)
    } else if let noted = try event.payload(IncidentNoted.self) {
      incident.add(.note, "wrote a note", note: noted.text, of: event)
    } else if let changed = try event.payload(IncidentSeverityChanged.self) {
      incident.add(.change, "severity \(incident.severity.rawValue) → \(changed.severity.rawValue)", of: event)
      incident.severity = changed.severity
    } else if let role = try event.payload(IncidentRoleAssigned.self) {
      incident.roles.removeAll { $0.role == role.role }
      incident.roles.append(.init(role: role.role, person: role.person))
      incident.add(.change, "\(role.person) is \(role.role)", of: event)
    } else if let payload = try event.payload(IncidentResolved.self) {
      incident.status = .resolved
      incident.resolvedAt = event.time
      incident.add(.change, "incident resolved: \(payload.reason)", of: event)
      openIDs.removeAll { $0 == id }
    }
    incidents[id] = incident
    if !incident.isOpen, let old = resolved.keep(id, limit: Self.keptResolved), let gone = incidents[old] {
      gone.alerts.forEach { byAlert[$0] = nil }
      incidents[old] = nil
    }
  }

  private mutating func open(_ id: ULID, _ opened: IncidentOpened, _ event: Event) throws {
    var incident = Incident(
      id: id, number: opened.number, title: opened.title, service: opened.service, severity: opened.severity,
      severityReason: opened.severityReason, automatic: opened.automatic, openedAt: event.time,
      openedBy: event.actor, alerts: opened.alerts, beganAt: event.time)
    for alert in opened.alerts {
      byAlert[alert] = id
      incident.timeline += waiting[alert] ?? []
      waiting[alert] = nil
    }
    incident.beganAt = incident.timeline.first?.at ?? event.time
    incident.add(.change, "incident opened as \(opened.severity.rawValue): \(opened.severityReason)", of: event)
    incidents[id] = incident
    openIDs.append(id)
    count = max(count, opened.number)
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
