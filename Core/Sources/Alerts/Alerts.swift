import Base
import Events
import Journal

/// The alerts that are open, and the last that were.
///
///     firing ──acknowledge──▶ acknowledged
///        └───────resolve─────────┴──▶ resolved     (a signal with the same key then fires a new alert)
///
/// A hundred thousand may be open, most of them of a few services: whatever is asked on the way of an alert is
/// answered from an index, in O(log n).
public struct Alerts: Fold, Codable {
  public static let name = "alerts"
  public static let version = 2
  /// No more alerts than this may be open at once; intake refuses further ones.
  public static let maxOpen = 200_000
  static let keptResolved = 5_000
  /// The key of what no policy pages for.
  public static let withoutPolicy = "policy"

  /// Alerts that are still to be looked at with others of their key.
  public struct Sweep: Codable, Sendable, Hashable {
    public var key: String
    public var work: GroupSwept.Work
    public var after: ULID?
    public var via: String?
    public var actor: Actor
    public var since: Instant
  }

  public private(set) var alerts = SortedMap<ULID, Alert>()
  /// Unfinished work on groups, oldest first.
  public private(set) var sweeps: [Sweep] = []
  private(set) var resolved = Recent()
  /// The last resolved alert of each key that is kept.
  private var lastByKey = Sharded<String, ULID>()
  private(set) var index = AlertIndex()
  /// The alert that the last event made stop speaking for its group, while it is open. What follows from an event is
  /// decided right after it; nothing else asks, and a snapshot need not carry it.
  public private(set) var stoodDown: ULID?

  public init() {}

  init(_ alerts: SortedMap<ULID, Alert>, resolved: Recent, sweeps: [Sweep]) {
    self.alerts = alerts
    self.resolved = resolved
    self.sweeps = sweeps
    for (_, alert) in alerts.sortedElements where alert.isOpen {
      index.open(alert)
      // From an alert that is nowhere to where it is.
      index.move(
        from: Alert(
          id: alert.id, signal: alert.signal, source: alert.source, firedAt: alert.firedAt, fires: [], isLow: false),
        to: alert)
    }
    for id in resolved.kept { if let alert = alerts[id] { lastByKey[alert.signal.key] = id } }
  }

  public mutating func apply(_ event: Event) throws {
    stoodDown = nil
    if event.subject.kind == "group" { return try applySweep(event) }
    guard event.subject.kind == "alert", let id = ULID(event.subject.id) else { return }
    if let fired = try event.payload(AlertFired.self) {
      let earlier = lastByKey[fired.signal.key].flatMap { alerts[$0] }?.fires ?? []
      let fires = (earlier.filter { $0 > event.time - Flap.window } + [event.time]).suffix(Flap.firesKept)
      let alert = Alert(
        id: id, signal: fired.signal, source: event.actor, firedAt: event.time, fires: Array(fires),
        isLow: fired.signal.urgency == .ticket)
      alerts[id] = alert
      index.open(alert)
      return
    }
    guard let before = alerts[id] else { return }
    var alert = before
    guard try alert.apply(event) else { return }
    alerts[id] = alert
    index.move(from: before, to: alert)
    if before.isHead, alert.isOpen, !alert.isHead { stoodDown = id }
    guard before.isOpen, !alert.isOpen else { return }
    lastByKey[alert.signal.key] = id
    guard let old = resolved.keep(id, limit: Self.keptResolved), let gone = alerts.removeValue(forKey: old) else {
      return
    }
    if lastByKey[gone.signal.key] == old { lastByKey[gone.signal.key] = nil }
  }

  private mutating func applySweep(_ event: Event) throws {
    guard let swept = try event.payload(GroupSwept.self) else { return }
    let key = String(event.subject.id)
    let place = sweeps.firstIndex { $0.key == key && $0.work == swept.work }
    if let after = swept.after {
      let sweep = Sweep(
        key: key, work: swept.work, after: after, via: swept.via, actor: event.actor,
        since: place.map { sweeps[$0].since } ?? event.time)
      if let place { sweeps[place] = sweep } else { sweeps.append(sweep) }
    } else if let place {
      sweeps.remove(at: place)
    }
  }
}

extension Alert {
  /// Takes an event in; `false` where it means nothing to the alert.
  mutating func apply(_ event: Event) throws -> Bool {
    if let suppressed = try event.payload(AlertSuppressed.self) {
      suppression = suppressed
      if suppressed.code == .deferred || suppressed.by?.hasPrefix("low/") == true { isLow = true }
    } else if let payload = try event.payload(AlertAcknowledged.self) {
      keep(.acknowledged, payload.raw, event)
      status = .acknowledged
      acknowledgedAt = event.time
      acknowledgedBy = event.actor
    } else if event.type == AlertAcknowledgementExpired.type || event.type == AlertReassigned.type {
      giveBack()
    } else if let payload = try event.payload(AlertResolved.self) {
      status = .resolved
      resolvedAt = event.time
      resolvedBy = event.actor
      resolution = payload.reason
      keep(.resolved, payload.raw, event)
    } else if let payload = try event.payload(AlertEscalated.self) {
      suppression = nil
      procedure = payload.procedure
      escalatedAt = event.time
      isLow = payload.urgency == .ticket
    } else if let payload = try event.payload(AlertEscalationResumed.self) {
      suppression = nil
      isLow = payload.urgency == .ticket
    } else if let flapped = try event.payload(AlertFlapped.self) {
      flapping = Flapping(count: flapped.count, since: flapped.since, quietUntil: nil, firingSince: event.time)
    } else if let quieted = try event.payload(AlertQuieted.self) {
      flapping?.quietUntil = quieted.until
      keep(.quieted, quieted.raw, event)
    } else if let returned = try event.payload(AlertReturned.self) {
      flapping?.quietUntil = nil
      flapping?.firingSince = event.time
      flapping?.count = returned.count
      keep(.returned, returned.raw, event)
    } else {
      return false
    }
    return true
  }
}

// MARK: - Reading

extension Alerts {
  public var openCount: Int { index.open.count }

  /// How many are firing and page, or did without an answer.
  public var pagingCount: Int { index.paging.count }

  /// The open alert with that key.
  public func open(key: String) -> Alert? {
    index.first(key: key) { alerts[$0]?.signal.key == key }.flatMap { alerts[$0] }
  }

  /// The open alerts of a service, oldest first. Alerts without a service are apart.
  public func open(service: String?) -> [Alert] {
    (index.byService[service ?? ""].map(Array.init) ?? []).compactMap { alerts[$0] }
  }

  /// How many alerts of a service are open.
  public func openCount(service: String?) -> Int { index.byService[service ?? ""]?.count ?? 0 }

  /// All that are open, oldest first.
  public var open: [Alert] { index.open.compactMap { alerts[$0] } }

  /// Those that page, or did without an answer, oldest first.
  public var paging: some Sequence<Alert> { index.paging.lazy.compactMap { alerts[$0] } }

  /// Some of those that page, or did without an answer, oldest first.
  public func paging(after id: ULID?, limit: Int) -> [Alert] {
    index.paging.prefix(limit, after: id).compactMap { alerts[$0] }
  }

  /// The newest alert that others of its group can join and that satisfies a condition, of so many.
  public func head(of group: String, among limit: Int, where isWanted: (Alert) -> Bool) -> Alert? {
    for id in index.heads[group]?.last(limit) ?? [] {
      if let alert = alerts[id], isWanted(alert) { return alert }
    }
    return nil
  }

  /// The newest alerts that others of their group can join, the newest first.
  public func heads(of group: String, limit: Int) -> [Alert] {
    (index.heads[group]?.last(limit) ?? []).compactMap { alerts[$0] }
  }

  /// Whether an alert speaks for a group, besides one.
  public func hasHead(of group: String, besides id: ULID) -> Bool {
    index.heads[group]?.last(2).contains { $0 != id } == true
  }

  /// Firing alerts that something holds back, oldest first: a group (`high/search`), a cause (`cause/identity`), a
  /// silence, an alert that inhibits them.
  public func held(under key: String, after id: ULID? = nil, limit: Int) -> [Alert] {
    (index.held[key]?.prefix(limit, after: id) ?? []).compactMap { alerts[$0] }
  }

  public func heldCount(under key: String) -> Int { index.held[key]?.count ?? 0 }

  /// The keys that hold alerts back, in order.
  public var heldKeys: [String] { index.held.sortedKeys }

  /// The open alerts with that `alertname`, newest first.
  public func named(_ name: String) -> some Sequence<Alert> {
    (index.byName[name] ?? SortedChunks()).descending().lazy.compactMap { alerts[$0] }
  }

  /// The open alerts, newest first: all, or those that fired before one.
  public func newest(before id: ULID? = nil) -> some Sequence<Alert> {
    index.open.descending(before: id).lazy.compactMap { alerts[$0] }
  }

  /// The open alerts that do not stand under another, newest first.
  public func newestApart(before id: ULID? = nil) -> some Sequence<Alert> {
    index.apart.descending(before: id).lazy.compactMap { alerts[$0] }
  }

  /// The open alerts of a service, newest first.
  public func newest(service: String, before id: ULID? = nil) -> some Sequence<Alert> {
    (index.byService[service] ?? SortedChunks()).descending(before: id).lazy.compactMap { alerts[$0] }
  }

  /// The last that were resolved, newest first by when they fired.
  public func newestResolved(before id: ULID? = nil) -> some Sequence<Alert> {
    resolved.kept.filter { resolved in id.map { resolved < $0 } ?? true }.sorted(by: >).lazy.compactMap { alerts[$0] }
  }

  /// All that are kept, newest first.
  public func newestKept(before id: ULID? = nil) -> some Sequence<Alert> {
    alerts.descending(before: id).lazy.map(\.value)
  }

  /// Alerts that a timer has to look at, by their time.
  public var timers: SortedChunks<Timers.Entry> { index.timers }

  /// When something falls due next.
  public var nextDeadline: Instant? { [index.timers.first?.at, sweeps.first?.since].compactMap { $0 }.min() }
}

extension AlertSuppressed {
  /// Whether the alert waits to page, or for its cause, and others of its group with it.
  public var isWait: Bool { [.grouped, .waiting, .deferred].contains(code) }

  /// The group whose head pages for it too: the one that it joined, or that of its likelier cause.
  public var speakers: String? {
    switch code {
    case .joined: by
    case .grouped: by.map { "high/\($0.dropFirst("cause/".count))" }
    default: nil
    }
  }
}
