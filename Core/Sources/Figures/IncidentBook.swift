import Base
import Events
import Journal

/// The times of the last incidents, for figures; longer than the incidents themselves are kept.
public struct IncidentBook: Fold, Codable {
  public static let name = "incidentBook"
  public static let version = 2

  /// More incidents than these: the oldest are forgotten.
  public static let incidentsMax = 20_000
  static let servicesMax = 20
  /// Alerts that may still become an incident's, or are one's that is kept.
  static let alertsMax = 50_000

  public private(set) var records = SortedMap<ULID, IncidentRecord>()
  private var order = Recent()
  private var alerts = SortedMap<ULID, Fired>()
  private var alertOrder = Recent()
  /// The alerts of each incident and the incidents that were merged into it: a split takes their times away again.
  private var members = SortedMap<ULID, Members>()

  private struct Members: Codable, Sendable {
    var alerts: [ULID] = []
    var merged: [ULID] = []
  }

  /// What an incident takes from an alert.
  private struct Fired: Codable, Sendable {
    var at: Instant
    /// When its condition began, as its sender says.
    var since: Instant?
  }

  public init() {}

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "alert": try applyAlert(event)
    case "incident": try applyIncident(event)
    default: break
    }
  }

  private mutating func applyAlert(_ event: Event) throws {
    guard event.type == AlertFired.type, let id = ULID(event.subject.id),
      let fired = try event.payload(AlertFired.self)
    else { return }
    alerts[id] = Fired(at: event.time, since: fired.signal.startsAt)
    if let old = alertOrder.keep(id, limit: Self.alertsMax) { alerts[old] = nil }
  }

  private mutating func applyIncident(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let opened = try event.payload(IncidentOpened.self) {
      open(id, opened, event)
      return
    }
    guard var record = records[id] else { return }
    if let merged = try event.payload(IncidentMerged.self) {
      merge(&record, into: merged.into, event)
    } else if let split = try event.payload(IncidentSplit.self) {
      self.split(&record, split)
    } else if try !applyAlerts(event, &record), try !applyTimes(event, &record) {
      return
    }
    records[id] = record
  }

  private mutating func applyAlerts(_ event: Event, _ record: inout IncidentRecord) throws -> Bool {
    if let joined = try event.payload(IncidentJoined.self) {
      members[record.id]?.alerts.append(joined.alert)
      add([joined.alert], to: &record)
      record.involve(joined.service.map { [$0] } ?? [])
    } else if let link = try event.payload(IncidentLinked.self) {
      if link.subject.kind == "service" { record.involve([String(link.subject.id)]) }
    } else if let link = try event.payload(IncidentUnlinked.self) {
      record.services.removeAll { link.subject.kind == "service" && $0 == link.subject.id }
    } else {
      return false
    }
    return true
  }

  private func applyTimes(_ event: Event, _ record: inout IncidentRecord) throws -> Bool {
    if event.type == IncidentAcknowledged.type {
      record.acknowledgedAt = record.acknowledgedAt ?? event.time
    } else if let changed = try event.payload(IncidentSeverityChanged.self) {
      record.severity = changed.severity
    } else if event.type == IncidentMitigated.type {
      record.mitigatedAt = record.mitigatedAt ?? event.time
    } else if let update = try event.payload(IncidentUpdated.self) {
      if update.phase == .monitoring { record.mitigatedAt = record.mitigatedAt ?? event.time }
    } else if event.type == IncidentResolved.type {
      record.resolvedAt = event.time
    } else if event.type == IncidentReopened.type {
      record.reopen()
    } else {
      return false
    }
    return true
  }

  /// The other one was noticed when the first of the two was.
  private mutating func merge(_ record: inout IncidentRecord, into id: ULID, _ event: Event) {
    record.mergedInto = id
    record.resolvedAt = event.time
    guard var survivor = records[id] else { return }
    survivor.detectedAt = min(survivor.detectedAt, record.detectedAt)
    survivor.beganAt = [survivor.beganAt, record.beganAt].compactMap { $0 }.min()
    survivor.involve(record.services)
    records[id] = survivor
    let alerts = members[record.id]?.alerts ?? []
    members[id]?.alerts += alerts
    members[id]?.merged.append(record.id)
  }

  /// The one that alerts leave was noticed, and began, with those that it has left.
  private mutating func split(_ record: inout IncidentRecord, _ split: IncidentSplit) {
    if !record.isOpen { record.reopen() }
    let alerts = members[record.id]?.alerts ?? []
    members[record.id]?.alerts += split.alerts.filter { !alerts.contains($0) }
    add(split.alerts, to: &record)
    record.involve(split.services)
    guard var other = records[split.from] else { return }
    members[split.from]?.alerts.removeAll { split.alerts.contains($0) }
    members[split.from]?.merged.removeAll { $0 == record.id }
    if let left = split.left { other.services.removeAll { left.contains($0) } }
    (other.detectedAt, other.beganAt) = (other.openedAt, nil)
    add(members[split.from]?.alerts ?? [], to: &other)
    for merged in (members[split.from]?.merged ?? []).compactMap({ records[$0] }) {
      other.detectedAt = min(other.detectedAt, merged.detectedAt)
      other.beganAt = [other.beganAt, merged.beganAt].compactMap { $0 }.min()
    }
    records[split.from] = other
  }

  private mutating func open(_ id: ULID, _ opened: IncidentOpened, _ event: Event) {
    var record = IncidentRecord(
      id: id, number: opened.number,
      title: opened.title.utf8.count > 200 ? String(opened.title.prefix(160)) : opened.title,
      services: opened.service.map { [$0] } ?? [], severity: opened.severity, openedAt: event.time,
      detectedAt: event.time)
    record.involve(opened.services ?? [])
    add(opened.alerts, to: &record)
    records[id] = record
    members[id] = Members(alerts: opened.alerts)
    if let old = order.keep(id, limit: Self.incidentsMax) { (records[old], members[old]) = (nil, nil) }
  }

  private func add(_ ids: [ULID], to record: inout IncidentRecord) {
    for alert in ids.compactMap({ alerts[$0] }) {
      record.detectedAt = min(record.detectedAt, alert.at)
      if let since = alert.since { record.beganAt = min(record.beganAt ?? since, since) }
    }
  }
}

extension IncidentRecord {
  mutating func involve(_ names: [String]) {
    for name in names where !services.contains(name) && services.count < IncidentBook.servicesMax {
      services.append(name)
    }
  }

  /// It was not over, so nothing was mitigated either.
  mutating func reopen() { (resolvedAt, mitigatedAt, mergedInto) = (nil, nil, nil) }
}
