import Alerts
import Base
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

/// What follows from alerts: who is paged, who is not and why, and what ends with them.
extension State {
  /// Pages for a new alert, lets it join one that has paged, or records why it does neither.
  func routeAlert(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    let tier = alert.signal.service.flatMap { environment.services[$0]?.tier }.map(environment.tier)
    if alert.signal.urgency == .ticket {
      suppress(alert, .recordedOnly, "recorded for working hours: its urgency is ticket", &emitter)
    } else if let tier, tier.paging != .page {
      suppress(alert, .recordedOnly, "recorded for working hours: tier \(tier.level) pages nobody", &emitter)
    } else if let primary = paging(for: alert) {
      emitter.emit(
        AlertSuppressed(
          code: .joined, reason: "joined alert \(primary.id), which has paged: \(primary.signal.summary)",
          into: primary.id),
        on: alert.subject, by: .system("alerts"))
      if let incident = incidents.incident(ofAlert: primary.id), incident.isOpen {
        emitter.emit(IncidentJoined(alert: id), on: incident.subject, by: .system("alerts"))
      }
    } else {
      try page(for: alert, environment, &emitter)
    }
  }

  /// The open alert of the same service that people are being, or have been, paged for.
  private func paging(for alert: Alert) -> Alert? {
    guard alert.signal.service != nil else { return nil }
    return alerts.open(service: alert.signal.service).first {
      $0.id != alert.id && $0.procedure != nil
    }
  }

  func suppress(
    _ alert: Alert, _ code: AlertSuppressed.Code, _ reason: String, _ emitter: inout Emitter
  ) {
    emitter.emit(AlertSuppressed(code: code, reason: reason), on: alert.subject, by: .system("alerts"))
  }

  /// Starts the escalation and, for the most important tiers, an incident.
  func page(for alert: Alert, _ environment: Environment, _ emitter: inout Emitter) throws {
    let service = alert.signal.service.flatMap { environment.services[$0] }
    guard let policy = environment.policy(for: alert.signal) else {
      let who = alert.signal.service.map { "service \($0)" } ?? "an alert without a service"
      suppress(
        alert, .noPolicy, "no escalation policy for \(who); name one in its catalog entry or in a Route", &emitter)
      return
    }
    let title = Self.title(of: alert.signal)
    try escalate(alert, by: policy, environment, &emitter)
    if let tier = service?.tier.map(environment.tier), tier.opensIncident {
      try openIncident(for: alert, title: title, tier: tier, &emitter)
    }
  }

  /// The summary, with the service before it where it does not begin with that already.
  static func title(of signal: Signal) -> String {
    guard let service = signal.service, !signal.summary.lowercased().hasPrefix(service.lowercased()) else {
      return signal.summary
    }
    return "\(service): \(signal.summary)"
  }

  private func openIncident(
    for alert: Alert, title: String, tier: Environment.Tier, _ emitter: inout Emitter
  ) throws {
    if let incident = incidents.open(service: alert.signal.service), alert.signal.service != nil {
      emitter.emit(IncidentJoined(alert: alert.id), on: incident.subject, by: .system("alerts"))
      return
    }
    var (severity, reason) = SeverityRule.severity(
      tier: tier.level, burnRate: alert.signal.burnRate, signal: alert.signal.severity)
    if let fixed = tier.severity { (severity, reason) = (fixed, "tier \(tier.level) always opens \(fixed.rawValue)") }
    _ = try incidents.open(
      title: title, service: alert.signal.service, severity: severity, reason: reason, alerts: [alert.id],
      automatic: true, by: .system("incidents"), into: &emitter)
  }

  /// Stops paging for an alert that somebody took, and takes its incident.
  func acknowledged(_ event: Event, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    stopPaging(alert, reason: "acknowledged by \(event.actor.text)", &emitter)
    if let incident = incidents.incident(ofAlert: id), incident.status == .open {
      emitter.emit(IncidentAcknowledged(), on: incident.subject)
    }
  }

  func stopPaging(_ alert: Alert, reason: String, _ emitter: inout Emitter) {
    if let run = alert.procedure.flatMap({ procedures.runs[$0] }), run.status != .finished, run.cancelReason == nil {
      emitter.emit(ProcedureCancelled(reason: reason), on: Subject("procedure", run.id), by: .system("alerts"))
    }
    outbox.cancelPending(of: alert.subject, reason: reason, into: &emitter)
  }

  /// Tells those who were paged, pages for what joined and goes on, and ends the incident with its last alert.
  func alertResolved(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    stopPaging(alert, reason: "resolved", &emitter)
    sendResolveNotices(alert, &emitter)
    // What joined this alert has paged nobody yet. The first pages now; the others join it in turn.
    var heir: Alert?
    for other in alerts.open(service: alert.signal.service) where other.suppression?.into == id {
      guard other.status == .firing else { continue }
      if let heir {
        emitter.emit(
          AlertSuppressed(code: .joined, reason: "joined alert \(heir.id)", into: heir.id), on: other.subject,
          by: .system("alerts"))
      } else {
        heir = other
        try page(for: other, environment, &emitter)
      }
    }
    guard let incident = incidents.incident(ofAlert: id), incident.isOpen, incident.automatic else { return }
    if incident.alerts.allSatisfy({ alerts.alerts[$0]?.isOpen != true }) {
      try incidents.resolve(
        incident.id, reason: "all of its alerts are resolved", by: .system("incidents"), into: &emitter)
    }
  }

  /// Everybody whose page went out, or may have, hears that it is over; once a channel.
  private func sendResolveNotices(_ alert: Alert, _ emitter: inout Emitter) {
    var told: Set<String> = []
    for page in outbox.pages(of: alert.subject) where page.request.kind == .fired && page.mayHaveLanded {
      guard told.insert("\(page.request.person) \(page.request.channel.name)").inserted else { continue }
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .resolved, person: page.request.person, channel: page.request.channel,
          level: page.request.level, title: "Resolved: \(page.request.title)", body: alert.resolution ?? "",
          notBefore: emitter.now),
        on: alert.subject, by: .system("alerts"))
    }
  }
}
