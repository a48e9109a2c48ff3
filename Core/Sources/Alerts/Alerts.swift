import Base
import Events
import Journal

/// The alerts that are open, and the last that were.
///
///     firing ──acknowledge──▶ acknowledged
///        └───────resolve─────────┴──▶ resolved     (a signal with the same key then fires a new alert)
public struct Alerts: Fold, Codable {
  public static let name = "alerts"
  public static let version = 1
  /// No more alerts than this may be open at once; intake refuses further ones.
  public static let maxOpen = 200_000
  static let keptResolved = 5_000

  public private(set) var alerts = Sharded<ULID, Alert>()
  private var openByKey = Sharded<String, ULID>()
  /// The open alerts of each service in the order they fired.
  private var openByService = Sharded<String, [ULID]>()
  private var resolved = Recent()
  public private(set) var openCount = 0

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard event.subject.kind == "alert", let id = ULID(event.subject.id) else { return }
    if let fired = try event.payload(AlertFired.self) {
      alerts[id] = Alert(id: id, signal: fired.signal, source: event.actor, firedAt: event.time)
      openByKey[fired.signal.key] = id
      openByService[fired.signal.service ?? "", default: []].append(id)
      openCount += 1
      return
    }
    guard var alert = alerts[id] else { return }
    if let suppressed = try event.payload(AlertSuppressed.self) {
      alert.suppression = suppressed
    } else if event.type == AlertAcknowledged.type {
      alert.status = .acknowledged
      alert.acknowledgedAt = event.time
      alert.acknowledgedBy = event.actor
    } else if event.type == AlertAcknowledgementExpired.type || event.type == AlertReassigned.type {
      alert.giveBack()
    } else if let payload = try event.payload(AlertResolved.self) {
      alert.status = .resolved
      alert.resolvedAt = event.time
      alert.resolvedBy = event.actor
      alert.resolution = payload.reason
      close(alert)
    } else if let payload = try event.payload(AlertEscalated.self) {
      alert.suppression = nil
      alert.procedure = payload.procedure
    } else {
      return
    }
    alerts[id] = alert
    if !alert.isOpen, let old = resolved.keep(id, limit: Self.keptResolved) { alerts[old] = nil }
  }

  private mutating func close(_ alert: Alert) {
    openByKey[alert.signal.key] = nil
    let service = alert.signal.service ?? ""
    openByService[service]?.removeAll { $0 == alert.id }
    if openByService[service]?.isEmpty == true { openByService[service] = nil }
    openCount -= 1
  }

  /// The open alert with that key.
  public func open(key: String) -> Alert? { openByKey[key].flatMap { alerts[$0] } }

  /// The open alerts of a service, oldest first. Alerts without a service are apart.
  public func open(service: String?) -> [Alert] { (openByService[service ?? ""] ?? []).compactMap { alerts[$0] } }

  /// All that are open, oldest first.
  public var open: [Alert] { openByKey.sortedElements.compactMap { alerts[$0.value] }.sorted { $0.id < $1.id } }
}

// MARK: - Commands

extension Alerts {
  /// Fires an alert, or finds that an open one has this key: a resend extends that without an event.
  public func fire(_ signal: Signal, into emitter: inout Emitter) throws(Refusal) -> (id: ULID, isNew: Bool) {
    if let alert = open(key: signal.key) { return (alert.id, false) }
    guard !signal.key.isEmpty, signal.key.utf8.count <= 1_024 else {
      throw Refusal(.invalid, "an alert's key is 1 to 1,024 bytes long; this one has \(signal.key.utf8.count)")
    }
    guard signal.summary.utf8.count <= 4_096 else {
      throw Refusal(.invalid, "an alert's summary has at most 4,096 bytes; this one has \(signal.summary.utf8.count)")
    }
    guard openCount < Self.maxOpen else {
      throw Refusal(.unavailable, "\(Self.maxOpen) alerts are open; resolve some before new ones are taken")
    }
    let id = emitter.newID()
    emitter.emit(AlertFired(signal: signal), on: Subject("alert", id))
    return (id, true)
  }

  /// Takes an alert. Taking one that is taken is no error and changes nothing, so links can be followed twice.
  public func acknowledge(_ id: ULID, via: String, into emitter: inout Emitter) throws(Refusal) -> Alert {
    guard let alert = alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
    guard alert.isOpen else {
      throw Refusal(.conflict, "alert \(id) is resolved: \(alert.resolution ?? "")")
    }
    guard alert.status == .firing else { return alert }
    emitter.emit(AlertAcknowledged(via: via), on: alert.subject)
    for other in joined(to: id) where other.status == .firing {
      emitter.emit(AlertAcknowledged(via: "alert/\(id)"), on: other.subject)
    }
    return alert
  }

  /// - Parameter actionable: whether there was something for a person to do, where somebody says.
  public func resolve(
    _ id: ULID, reason: String, actionable: Bool? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    guard let alert = alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
    guard alert.isOpen else { throw Refusal(.conflict, "alert \(id) is resolved already: \(alert.resolution ?? "")") }
    emitter.emit(AlertResolved(reason: reason, actionable: actionable), on: alert.subject)
  }

  /// The open alerts that joined this one, oldest first.
  public func joined(to id: ULID) -> [Alert] {
    guard let alert = alerts[id] else { return [] }
    return open(service: alert.signal.service).filter { $0.suppression?.into == id }
  }
}
