import Base
import Events
import Journal

/// What status pages may need of incidents. It holds nothing that was written for those inside, so that no page can
/// show it.
public struct StatusBook: Fold, Codable {
  public static let name = "statusBook"
  public static let version = 2
  static let kept = 2_000
  /// Updates of an incident that are kept; further ones replace the oldest.
  static let updatesKept = 200

  private var byID = Sharded<ULID, StatusRecord>()
  private var recent = Recent()
  /// When the journal begins: before that nothing is known.
  public private(set) var since: Instant?

  public init() {}

  /// In order of their identifiers, which is that of their opening.
  public var records: [StatusRecord] { byID.sortedElements.map(\.value) }

  public func record(_ id: ULID) -> StatusRecord? { byID[id] }

  /// Whether somebody outside may have to know of one that goes on.
  public var hasOpen: Bool { byID.contains { $0.value.resolvedAt == nil } }

  public mutating func apply(_ event: Event) throws {
    since = since ?? event.time
    guard event.subject.kind == "incident", let id = ULID(event.subject.id) else { return }
    if let opened = try event.payload(IncidentOpened.self) {
      var services = opened.service.map { [$0] } ?? []
      for service in opened.services ?? [] where !services.contains(service) { services.append(service) }
      byID[id] = StatusRecord(
        number: opened.number, openedAt: event.time, services: services, severity: opened.severity,
        isPrivate: opened.isPrivate ?? false)
      if let old = recent.keep(id, limit: Self.kept) { byID[old] = nil }
      return
    }
    guard var record = byID[id] else { return }
    if let merged = try event.payload(IncidentMerged.self) {
      record.end(at: event.time)
      if var survivor = byID[merged.into] {
        record.mergedInto = survivor.number
        survivor.involve(record.services)
        survivor.merged.append(record.number)
        byID[merged.into] = survivor
      }
    } else if let split = try event.payload(IncidentSplit.self) {
      record.apply(split, at: event.time)
      if var other = byID[split.from] {
        other.merged.removeAll { $0 == record.number }
        if let left = split.left { other.services.removeAll { left.contains($0) } }
        byID[split.from] = other
      }
    } else {
      try record.apply(event)
    }
    byID[id] = record
  }
}

extension StatusRecord {
  fileprivate static let servicesMax = 100

  mutating func apply(_ event: Event) throws {
    if let joined = try event.payload(IncidentJoined.self) {
      involve(joined.service.map { [$0] } ?? [])
    } else if let link = try event.payload(IncidentLinked.self) {
      if link.subject.kind == "service" { involve([String(link.subject.id)]) }
    } else if let link = try event.payload(IncidentUnlinked.self) {
      if link.subject.kind == "service" { services.removeAll { $0 == link.subject.id } }
    } else if let changed = try event.payload(IncidentSeverityChanged.self) {
      // Once users feel it no more, a severity says how bad it was.
      if effects.last?.severity != nil { effects.append(Effect(at: event.time, severity: changed.severity)) }
    } else if let update = try event.payload(IncidentUpdated.self) {
      take(update, event)
    } else if let amended = try event.payload(IncidentTimelineAmended.self) {
      amend(amended, event)
    } else {
      applyState(event)
    }
  }

  private mutating func applyState(_ event: Event) {
    switch event.type {
    case IncidentMitigated.type:
      phase = .monitoring
      calm(at: event.time)
    case IncidentResolved.type: end(at: event.time)
    case IncidentReopened.type: reopen(at: event.time)
    case IncidentMadePrivate.type: isPrivate = true
    case IncidentMadePublic.type: isPrivate = false
    default: break
    }
  }

  private mutating func take(_ update: IncidentUpdated, _ event: Event) {
    if let phase = update.phase.flatMap({ StatusPhase(rawValue: $0.rawValue) }) {
      self.phase = phase
      if phase == .monitoring { calm(at: event.time) }
    }
    guard update.audience == .external, let message = update.message else { return }
    updates.append(Update(sequence: event.sequence, at: event.time, phase: phase, text: message, title: update.title))
    guard updates.count > StatusBook.updatesKept else { return }
    let old = updates.removeFirst()
    // The title outlives the update that it came with.
    if !old.isHidden, updates[0].title == nil { updates[0].title = old.title }
  }

  /// Alerts of another one are its own from now on; where it had been merged into that, it goes on by itself.
  fileprivate mutating func apply(_ split: IncidentSplit, at time: Instant) {
    if resolvedAt != nil { reopen(at: time) }
    mergedInto = nil
    involve(split.services)
  }

  private mutating func amend(_ amended: IncidentTimelineAmended, _ event: Event) {
    guard let index = updates.firstIndex(where: { $0.sequence == amended.entry }) else { return }
    updates[index].isHidden = amended.hidden
    guard let message = amended.message, message != updates[index].text else { return }
    updates[index].text = message
    updates[index].amendedAt = event.time
  }

  fileprivate mutating func involve(_ names: [String]) {
    for name in names where !services.contains(name) && services.count < Self.servicesMax { services.append(name) }
  }

  /// Users feel it no more.
  private mutating func calm(at time: Instant) {
    if effects.last?.severity != nil { effects.append(Effect(at: time, severity: nil)) }
  }

  fileprivate mutating func end(at time: Instant) {
    resolvedAt = time
    phase = .resolved
  }

  private mutating func reopen(at time: Instant) {
    // From its end to now it was over.
    if let end = resolvedAt { calm(at: end) }
    let severity = effects.last { $0.severity != nil }?.severity
    resolvedAt = nil
    phase = .investigating
    effects.append(Effect(at: time, severity: severity))
  }
}
