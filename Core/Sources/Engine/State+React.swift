import Alerts
import Base
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures
import Reviews

/// What follows from an event, committed with it. One function a consequence; the domains know nothing of each other.
extension State {
  public func react(to event: Event, in environment: Environment, into emitter: inout Emitter) throws {
    try procedures.react(to: event, into: &emitter)
    switch event.type {
    case AlertFired.type:
      try routeAlert(event, environment, &emitter)
      notifyTargets(event, environment, &emitter)
    case AlertAcknowledged.type: acknowledged(event, &emitter)
    case AlertResolved.type: try alertResolved(event, environment, &emitter)
    case StepStarted.type: try escalationStep(event, environment, &emitter)
    case PageFailed.type: skipWaitAfterDeadPages(event, &emitter)
    case IncidentAcknowledged.type: acknowledgeAlerts(of: event, &emitter)
    case IncidentResolved.type: try draftReview(event, environment, &emitter)
    case BudgetStepReached.type: try requestPolicySteps(event, environment, &emitter)
    case BudgetStepRearmed.type: try withdrawPolicySteps(event, &emitter)
    case BudgetPolicyRequested.type: try carryOutRequest(event, &emitter)
    case BudgetPolicyWithdrawn.type: try endRequest(event, &emitter)
    default: break
    }
  }

  // MARK: Alerts

  /// Pages for a new alert, lets it join one that has paged, or records why it does neither.
  private func routeAlert(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
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

  private func suppress(
    _ alert: Alert, _ code: AlertSuppressed.Code, _ reason: String, _ emitter: inout Emitter
  ) {
    emitter.emit(AlertSuppressed(code: code, reason: reason), on: alert.subject, by: .system("alerts"))
  }

  /// Starts the escalation and, for the most important tiers, an incident.
  private func page(for alert: Alert, _ environment: Environment, _ emitter: inout Emitter) throws {
    let service = alert.signal.service.flatMap { environment.services[$0] }
    guard let policy = environment.policy(for: alert.signal) else {
      let who = alert.signal.service.map { "service \($0)" } ?? "an alert without a service"
      suppress(
        alert, .noPolicy, "no escalation policy for \(who); name one in its catalog entry or in a Route", &emitter)
      return
    }
    let title = Self.title(of: alert.signal)
    let program = try Escalation.program(of: policy, title: title, body: alert.signal.detail ?? "")
    let run = Procedures.start(
      program, about: alert.subject, snapshot: environment.snapshot, by: .system("alerts"), into: &emitter)
    emitter.emit(
      AlertEscalated(procedure: run, policy: policy.name), on: alert.subject, by: .system("alerts"))
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
  private func acknowledged(_ event: Event, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    stopPaging(alert, reason: "acknowledged by \(event.actor.text)", &emitter)
    if let incident = incidents.incident(ofAlert: id), incident.status == .open {
      emitter.emit(IncidentAcknowledged(), on: incident.subject)
    }
  }

  private func stopPaging(_ alert: Alert, reason: String, _ emitter: inout Emitter) {
    if let run = alert.procedure.flatMap({ procedures.runs[$0] }), run.status != .finished, run.cancelReason == nil {
      emitter.emit(ProcedureCancelled(reason: reason), on: Subject("procedure", run.id), by: .system("alerts"))
    }
    outbox.cancelPending(of: alert.subject, reason: reason, into: &emitter)
  }

  /// Tells those who were paged, pages for what joined and goes on, and ends the incident with its last alert.
  private func alertResolved(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
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

  // MARK: Escalation

  /// Resolves the people of a level now and asks for their pages; skips the wait after a level without anybody.
  private func escalationStep(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == Escalation.kind,
      let step = run.step, let started = try event.payload(StepStarted.self)
    else { return }
    func finish(_ detail: String?) {
      emitter.emit(
        StepFinished(index: started.index, attempt: started.attempt, undo: false, result: .done, detail: detail),
        on: event.subject, by: .system("escalation"))
    }
    if step.kind == .wait {
      if run.lastDetail?.hasPrefix(Escalation.reachedNobody) == true { finish(run.lastDetail) }
      return
    }
    guard step.handler == Escalation.pageHandler else { return }
    let page = try step.parameters.decode(PageStep.self)
    guard let policy = environment.policies[page.policy], policy.levels.indices.contains(page.level - 1) else {
      finish("\(Escalation.reachedNobody): policy \(page.policy) has no level \(page.level) any more")
      return
    }
    let found = Escalation.resolve(policy.levels[page.level - 1], contacts: environment.contacts) { schedule in
      environment.onCall(schedule, emitter.now, overrides.of(schedule))
    }
    for (person, rule) in found.pages where !isAsked(person, rule.channel, about: run.about, emitter.now) {
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .fired, person: person, channel: rule.channel, level: page.level,
          title: page.title, body: page.body, notBefore: emitter.now + rule.after, procedure: id),
        on: run.about, by: .system("escalation"))
    }
    let missing = found.missing.joined(separator: "; ")
    if found.pages.isEmpty {
      finish("\(Escalation.reachedNobody)\(missing.isEmpty ? "" : ": \(missing)")")
    } else {
      finish(missing.isEmpty ? nil : missing)
    }
  }

  /// When every page of the level under way is a dead letter there is nobody to wait for.
  private func skipWaitAfterDeadPages(_ event: Event, _ emitter: inout Emitter) {
    guard let alertID = ULID(event.subject.id), let runID = alerts.alerts[alertID]?.procedure,
      let run = procedures.runs[runID], run.status == .running, run.step?.kind == .wait
    else { return }
    let level = outbox.pages(of: event.subject).filter { $0.request.procedure == runID }
    let latest = level.map(\.requestedAt).max()
    guard level.filter({ $0.requestedAt == latest }).allSatisfy({ $0.status == .failed }) else { return }
    emitter.emit(
      StepFinished(
        index: run.index, attempt: run.attempt, undo: false, result: .done, detail: "every page of the level failed"),
      on: Subject("procedure", runID), by: .system("escalation"))
  }

  // MARK: Incidents

  private func acknowledgeAlerts(of event: Event, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id] else { return }
    for alert in incident.alerts.compactMap({ alerts.alerts[$0] }) where alert.status == .firing {
      emitter.emit(AlertAcknowledged(via: "incident/\(incident.number)"), on: alert.subject)
    }
  }

  private func draftReview(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id],
      let resolved = try event.payload(IncidentResolved.self)
    else { return }
    let first = incident.alerts.compactMap { alerts.alerts[$0] }.first
    let input = ReviewInput(
      number: incident.number, title: incident.title, service: incident.service,
      owner: incident.service.flatMap { environment.services[$0]?.owner }, severity: incident.severity,
      severityReason: incident.severityReason, beganAt: incident.beganAt, acknowledgedAt: incident.acknowledgedAt,
      resolvedAt: event.time, resolution: resolved.reason, responders: incident.responders,
      burnRate: first?.signal.burnRate, slo: first?.signal.slo,
      // What people wrote stays where it can be erased: the draft only points to it.
      timeline: incident.timeline.map {
        .init(at: $0.at, actor: $0.actor, text: $0.text, sequence: $0.sequence)
      },
      entriesLeftOut: incident.entriesLeftOut)
    emitter.emit(
      ReviewDrafted(
        incident: id, number: incident.number, title: incident.title, service: incident.service,
        severity: incident.severity, due: ReviewDraft.due(after: event.time), markdown: ReviewDraft.markdown(input)),
      on: Subject("review", id), by: .system("reviews"))
  }
}

extension Incident {
  /// The people who did something in it, in the order they came.
  var responders: [String] {
    var seen: Set<String> = []
    let people = timeline.map(\.actor.text).filter { $0.hasPrefix("user/") } + roles.map { "user/\($0.person)" }
    return people.filter { seen.insert($0).inserted }.map { String($0.dropFirst(5)) }
  }
}
