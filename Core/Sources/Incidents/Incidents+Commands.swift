import Base
import Events
import Journal

extension Incidents {
  /// Opens an incident, by hand or by a page.
  public func open(
    title: String, service: String?, severity: IncidentSeverity, reason: String, alerts: [ULID], automatic: Bool,
    by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    guard !title.isEmpty, title.utf8.count <= 1_024 else {
      throw Refusal(.invalid, "an incident's title is 1 to 1,024 bytes long")
    }
    for alert in alerts {
      if let other = incident(ofAlert: alert), other.isOpen {
        throw Refusal(.conflict, "alert \(alert) belongs to incident \(other.number) already")
      }
    }
    let id = emitter.newID()
    emitter.emit(
      IncidentOpened(
        number: count + 1, title: title, service: service, severity: severity, severityReason: reason, alerts: alerts,
        automatic: automatic),
      on: Subject("incident", id), by: actor)
    return id
  }

  /// Taking an incident that is taken changes nothing.
  public func acknowledge(_ id: ULID, into emitter: inout Emitter) throws(Refusal) -> Incident {
    let incident = try going(id)
    if incident.status == .open { emitter.emit(IncidentAcknowledged(), on: incident.subject) }
    return incident
  }

  /// Notes may be written after the resolution too.
  public func note(_ id: ULID, text: String, by actor: Actor, into emitter: inout Emitter) throws(Refusal) {
    guard let incident = incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    guard !text.isEmpty, text.utf8.count <= Self.maxNote else {
      throw Refusal(.invalid, "a note is 1 to \(Self.maxNote) bytes long; this one has \(text.utf8.count)")
    }
    emitter.emit(IncidentNoted(text: emitter.keep(text, of: actor.text)), on: incident.subject)
  }

  public func setSeverity(_ id: ULID, to severity: IncidentSeverity, into emitter: inout Emitter) throws(Refusal) {
    let incident = try going(id)
    guard incident.severity != severity else {
      throw Refusal(.conflict, "incident \(incident.number) is \(severity.rawValue) already")
    }
    emitter.emit(IncidentSeverityChanged(severity: severity), on: incident.subject)
  }

  public func assign(_ id: ULID, role: String, to person: String, into emitter: inout Emitter) throws(Refusal) {
    let incident = try going(id)
    guard (1...64).contains(role.utf8.count), (1...128).contains(person.utf8.count) else {
      throw Refusal(.invalid, "a role and a person need names of at most 64 and 128 bytes")
    }
    emitter.emit(IncidentRoleAssigned(role: role, person: person), on: incident.subject)
  }

  public func resolve(
    _ id: ULID, reason: String, by actor: Actor? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    let incident = try going(id)
    emitter.emit(IncidentResolved(reason: reason), on: incident.subject, by: actor)
  }

  private func going(_ id: ULID) throws(Refusal) -> Incident {
    guard let incident = incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    guard incident.isOpen else { throw Refusal(.conflict, "incident \(incident.number) is resolved already") }
    return incident
  }
}

/// How bad an incident is, from what is known when the page goes out. When unsure, the higher: nobody debates it in
/// the middle of one.
public enum SeverityRule {
  /// From here on a burn is fast: a month's budget is gone within three days. The fastest pair's factor depends on the
  /// period, 13.4 for 28 days and 14.4 for 30, and is always above this.
  public static let fastBurn = 10.0

  /// - Parameters:
  ///   - tier: the service's tier, 0 the most important; `nil` when it has none.
  ///   - burnRate: how many times too fast the budget burns; `nil` when the alert does not come from an SLO.
  public static func severity(
    tier: Int?, burnRate: Double?, signal: AlertSeverity
  ) -> (IncidentSeverity, reason: String) {
    let fast = burnRate.map { $0 >= fastBurn } ?? (signal == .critical)
    let why =
      burnRate.map { "burning at \(Self.rounded($0)) times the budget's rate" } ?? "reported as \(signal.rawValue)"
    switch (tier, fast) {
    case (0, true): return (.sev1, "tier 0, \(why)")
    case (0, false), (1, true): return (.sev2, "tier \(tier!), \(why)")
    case (1, false), (2, true): return (.sev3, "tier \(tier!), \(why)")
    default: return (fast ? .sev3 : .sev4, "\(tier.map { "tier \($0)" } ?? "no tier"), \(why)")
    }
  }

  private static func rounded(_ rate: Double) -> String {
    guard rate.isFinite, abs(rate) < 1e9 else { return "\(rate)" }
    let tenths = Int((rate * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
