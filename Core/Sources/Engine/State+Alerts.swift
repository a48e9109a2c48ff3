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
  /// Incidents list so many of their alerts; those beyond are found under the alert that they joined.
  static let incidentAlertsMax = 200

  /// Pages for a new alert, or records why it does not.
  func routeAlert(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    if alert.fires.count >= Flap.firesMin {
      emitter.emit(
        AlertFlapped(count: alert.fires.count, since: alert.fires[0]), on: alert.subject, by: .system("alerts"))
    }
    try judge([alert], environment, &emitter)
    try inhibitOthers(alert, environment, &emitter)
  }

  /// Decides whether alerts page, those that are likelier to be causes first.
  func judge(_ candidates: [Alert], _ environment: Environment, _ emitter: inout Emitter) throws {
    var judge = Judge(self, environment, now: emitter.now)
    try self.judge(candidates, &judge, &emitter)
  }

  func judge(_ candidates: [Alert], _ judge: inout Judge, _ emitter: inout Emitter) throws {
    for alert in judge.rootsFirst(candidates) where alert.status == .firing {
      try settle(alert, judge.verdict(on: alert), judge.environment, &emitter)
    }
  }

  func settle(
    _ alert: Alert, _ verdict: Judge.Verdict, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    switch verdict {
    case .page(let low): try page(for: alert, low: low, environment, &emitter)
    case .hold(let held):
      if held == alert.suppression || (held.code == .joined && held.by == alert.suppression?.by) { return }
      emitter.emit(held, on: alert.subject, by: .system("alerts"))
      if alert.isPaging || isPaused(alert) { stopPaging(alert, for: held, &emitter) }
      if let into = held.into, held.code == .joined || held.code == .grouped {
        try join(alert, to: into, environment, &emitter)
      }
    }
  }

  /// An alert that joins another belongs to its incident; the dependant of an important tier opens one of its own.
  private func join(
    _ alert: Alert, to primary: ULID, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    guard incidents.incident(ofAlert: alert.id) == nil else { return }
    if let incident = incidents.incident(ofAlert: primary), incident.isOpen {
      if incident.alerts.count < Self.incidentAlertsMax {
        emitter.emit(
          IncidentJoined(alert: alert.id, service: alert.signal.service), on: incident.subject,
          by: .system("alerts"))
      }
    } else if alert.signal.service != alerts.alerts[primary]?.signal.service,
      let tier = alert.signal.service.flatMap({ environment.services[$0]?.tier }).map(environment.tier),
      tier.opensIncident
    {
      try openIncident(for: alert, title: Self.title(of: alert.signal), tier: tier, environment, &emitter)
    }
  }

  /// Starts the escalation and, for the most important tiers, an incident.
  private func page(
    for alert: Alert, low: Bool, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    let service = alert.signal.service.flatMap { environment.services[$0] }
    guard var policy = policy(for: alert.signal, in: environment) else { return }
    // What can wait is told once, to the first level that has somebody; nobody is asked whether they are at it.
    if low { policy.acknowledgeTimeout = nil }
    if try !resumeEscalation(alert, low: low, &emitter) {
      if isPaused(alert) { stopPaging(alert, reason: "another escalation takes its place", &emitter) }
      try escalate(alert, by: policy, urgency: low ? .ticket : .page, environment, &emitter)
    }
    guard !low else { return }
    if let tier = service?.tier.map(environment.tier), tier.opensIncident,
      incidents.incident(ofAlert: alert.id)?.isOpen != true
    {
      try openIncident(for: alert, title: Self.title(of: alert), tier: tier, environment, &emitter)
    }
    if alert.signal.integration != Signal.runbooks { takeOver(for: alert, environment, &emitter) }
  }

  /// The summary, with the service before it where it does not begin with that already.
  static func title(of signal: Signal) -> String {
    guard let service = signal.service, !signal.summary.hasPrefix(service) else { return signal.summary }
    return "\(service): \(signal.summary)"
  }

  static func title(of alert: Alert) -> String {
    let title = title(of: alert.signal)
    let count = alert.flapping?.count ?? alert.fires.count
    return count >= Flap.firesMin ? "Flapping, fired \(count) times: \(title)" : title
  }

  private func openIncident(
    for alert: Alert, title: String, tier: Environment.Tier, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    if let service = alert.signal.service,
      let incident = incidents.open(service: service) ?? reopened(by: alert, &emitter)
    {
      emitter.emit(IncidentJoined(alert: alert.id, service: service), on: incident.subject, by: .system("alerts"))
      return
    }
    let (severity, reason) = environment.severity(of: alert.signal, tier: tier)
    _ = try incidents.open(
      Declaration(
        title: title, service: alert.signal.service, severity: severity, alerts: [alert.id], via: .system),
      reason: reason, automatic: true, by: .system("incidents"), into: &emitter)
  }

  /// Stops paging for an alert that somebody took, takes its incident, and what joined it.
  func acknowledged(_ event: Event, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    stopPaging(alert, reason: "acknowledged by \(event.actor.text)", &emitter)
    if let incident = incidents.incident(ofAlert: id), incident.status == .open {
      emitter.emit(IncidentAcknowledged(), on: incident.subject)
    }
    guard alert.isHead, alert.suppression?.isWait ?? true, let group = alert.group else { return }
    acknowledgeGroup(group, via: "alert/\(id)", by: event.actor, &emitter)
  }

  /// Whether its escalation waits until what holds it back is over.
  func isPaused(_ alert: Alert) -> Bool { alert.procedure.flatMap { procedures.runs[$0] }?.pause != nil }

  func stopPaging(_ alert: Alert, reason: String, _ emitter: inout Emitter) {
    if let run = alert.procedure.flatMap({ procedures.runs[$0] }), run.status != .finished, run.cancelReason == nil {
      emitter.emit(ProcedureCancelled(reason: reason), on: Subject("procedure", run.id), by: .system("alerts"))
    }
    outbox.cancelPending(of: alert.subject, reason: reason, into: &emitter)
  }

  /// Tells those who were paged, pages for what it held back and goes on, and ends the incident with its last alert.
  func alertResolved(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    stopPaging(alert, reason: "resolved", &emitter)
    sendResolveNotices(alert, &emitter)
    // One judge for both: what it inhibited joins the one of its group that takes its place.
    var judge = Judge(self, environment, now: emitter.now)
    try succeed(alert, &judge, &emitter)
    try sweep("alert/\(id)", &judge, &emitter)
    try endIncident(ofAlert: id, &emitter)
  }

  /// Everybody whose page went out, or may have, hears that it is over; once a channel.
  private func sendResolveNotices(_ alert: Alert, _ emitter: inout Emitter) {
    var told = Set(
      outbox.pages(of: alert.subject).filter { $0.request.kind == .resolved }.map {
        "\($0.request.person) \($0.request.channel.name)"
      })
    for page in landed(of: alert) {
      guard told.insert("\(page.request.person) \(page.request.channel.name)").inserted else { continue }
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .resolved, person: page.request.person, channel: page.request.channel,
          level: page.request.level, title: "Resolved: \(page.request.title)", body: alert.resolution ?? "",
          notBefore: emitter.now, urgency: page.request.urgency),
        on: alert.subject, by: .system("alerts"))
    }
  }

  /// Word that a page went out after all may come after its alert is over.
  func sentLate(_ event: Event, _ emitter: inout Emitter) {
    guard let alert = ULID(event.subject.id).flatMap({ alerts.alerts[$0] }), !alert.isOpen else { return }
    sendResolveNotices(alert, &emitter)
  }

  func landed(of alert: Alert) -> [Page] {
    outbox.pages(of: alert.subject).filter { $0.request.kind == .fired && $0.mayHaveLanded }
  }
}
