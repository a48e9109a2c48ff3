import Alerts
import Base
import Events
import Fatigue
import Incidents
import Journal
import Outbox
import Reviews

/// Reviews are drafted when their incident is over; their action items are followed until they are closed.
extension State {
  /// How long before the beginning a change may explain it.
  private static let changeReach = Interval.days(1)
  private static let dependencyReach = Interval.hours(2)
  private static let linesMax = 10

  func draftReview(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id],
      let resolved = try event.payload(IncidentResolved.self)
    else { return }
    let input = ReviewInput(
      title: incident.title, facts: facts(of: incident, resolved.reason, at: event.time, environment),
      // What people wrote stays where it can be erased: the draft only points to it.
      timeline: reviewTimeline(of: incident),
      entriesLeftOut: incident.entriesLeftOut)
    emitter.emit(
      ReviewDrafted(
        incident: id, number: incident.number, title: incident.title, service: incident.service,
        severity: incident.severity, due: ReviewDraft.due(after: event.time), facts: input.facts,
        sections: ReviewDraft.sections(input), timeline: ReviewDraft.timeline(input), members: incident.members),
      on: Subject("review", id), by: .system("reviews"))
  }

  /// What its timeline keeps, with that of the incidents that were merged into it. A private one among them stays with
  /// those who may see it.
  func entries(of incident: Incident) -> [Incident.Entry] {
    let merged = incident.merged.compactMap { incidents.incidents[$0] }.filter { !$0.isPrivate }
    if merged.isEmpty { return incident.timeline }
    var seen: Set<Int64> = []
    return (incident.timeline + merged.flatMap(\.timeline)).sorted { $0.sequence < $1.sequence }
      .filter { seen.insert($0.sequence).inserted }
  }

  /// What is known when an incident is over.
  func facts(
    of incident: Incident, _ resolution: String, at end: Instant, _ environment: Environment
  ) -> ReviewFacts {
    let alerts = incident.alerts.compactMap { self.alerts.alerts[$0] }.sorted {
      ($0.firedAt, $0.id) < ($1.firedAt, $1.id)
    }
    let service = incident.service.flatMap { environment.services[$0] }
    let slos = environment.objectives.filter { incident.services.contains($0.value) }.map(\.key).sorted()
    let found = alerts.first
    let began = min(incident.beganAt, found?.firedAt ?? incident.beganAt)
    var facts = ReviewFacts(beganAt: began, resolvedAt: end)
    facts.impacts = environment.reviewing.impact(slos, (found?.signal.slo, found?.firedAt ?? began), end)
    facts.beganAt = min(
      began, facts.impacts.first { $0.slo == found?.signal.slo }?.since ?? began, found?.signal.startsAt ?? began)
    facts.tier = service?.tier
    facts.owner = service?.owner
    facts.severityReason = incident.severityReason
    facts.resolution = resolution
    facts.detectedAt = incident.detectedAt ?? found?.firedAt
    facts.acknowledgedAt = [incident.acknowledgedAt, alerts.compactMap(\.acknowledgedAt).min()].compactMap { $0 }.min()
    facts.mitigatedAt = incident.mitigatedAt ?? alerts.compactMap(\.resolvedAt).max()
    facts.messages = incident.updates.map {
      .init(at: $0.at, isExternal: $0.audience == .external, by: $0.actor, text: $0.text, published: $0.message)
    }
    facts.detection = found.map {
      .init(
        alert: $0.id, summary: $0.signal.summary, slo: $0.signal.slo, burnRate: $0.signal.burnRate,
        integration: $0.signal.integration)
    }
    facts.responders = incident.responders(entries(of: incident))
    facts.hasRunbook =
      (incident.service.map(environment.reviewing.withRunbook.contains) ?? false)
      || alerts.contains { $0.signal.runbook != nil }
    facts.runbooks = runbookUses(in: incident)
    addPages(of: alerts, to: &facts)
    addCauses(of: incident, to: &facts, environment)
    facts.delays = alerts.flatMap { alert in
      suppressions[alert.id].map {
        .init(at: $0.at, subject: alert.subject, text: "\(alert.signal.summary): \($0.reason)")
      }
    }.sorted { $0.at < $1.at }.prefix(Self.linesMax).map { $0 }
    return facts
  }

  private func addPages(of alerts: [Alert], to facts: inout ReviewFacts) {
    for page in alerts.flatMap({ outbox.pages(of: $0.subject) }) where page.request.kind == .fired {
      if page.status == .sent {
        facts.pagesSent += 1
        let sent = page.attempts.last?.at ?? page.requestedAt
        facts.pagedAt = min(facts.pagedAt ?? sent, sent)
      }
      guard page.status == .failed || page.attempts.count > 1 else { continue }
      let reason = page.attempts.compactMap(\.result).first ?? page.note ?? "not delivered"
      let end = page.status == .sent ? "; a further attempt arrived" : ""
      facts.failedPages.append(
        .init(
          at: page.requestedAt, subject: page.subject,
          text: "the page for \(page.request.person) over \(page.request.channel.name) failed: \(reason)\(end)"))
    }
    facts.failedPages = Array(facts.failedPages.sorted { $0.at < $1.at }.prefix(Self.linesMax))
  }

  /// Changes and alerts from before, of the service and of what it depends on.
  private func addCauses(of incident: Incident, to facts: inout ReviewFacts, _ environment: Environment) {
    guard let service = incident.service else { return }
    let needed = environment.holding.dependencies.dependencies(of: service).map(\.service)
    let near = Set(needed + [service])
    let (from, until) = (facts.beganAt - Self.changeReach, facts.detectedAt ?? facts.beganAt)
    facts.changes = handovers.changes.reversed()
      .filter {
        $0.at >= from && $0.at <= until && $0.subject.kind == "service" && near.contains(String($0.subject.id))
      }
      .prefix(Self.linesMax).map { .init(at: $0.at, subject: $0.subject, text: $0.summary) }
    for link in incident.links where ["change", "deployment"].contains(link.subject.kind) {
      facts.changes.append(.init(at: link.at, subject: link.subject, text: link.reason))
    }
    let own = Set(incident.alerts)
    facts.dependencies = alerts.alerts.sortedElements.map(\.value)
      .filter { alert in
        !own.contains(alert.id) && alert.firedAt <= until && alert.firedAt >= facts.beganAt - Self.dependencyReach
          && (alert.signal.service.map(needed.contains) ?? false)
      }
      .prefix(Self.linesMax).map {
        .init(at: $0.firedAt, subject: $0.subject, text: "\($0.signal.service ?? ""): \($0.signal.summary)")
      }
  }

  // MARK: Action items

  /// Whether the incident of a review was private when it ended, or is now: its action items stay here.
  func isPrivate(_ review: Review) -> Bool {
    review.draft.members != nil || incidents.privacy.isPrivate(review.subject)
  }

  /// A new action item becomes an issue by itself where its tracker says so.
  func exportAction(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let created = try event.payload(ActionCreated.self),
      let review = reviews[created.review], !isPrivate(review),
      let tracker = environment.reviewing.tracker(of: review.draft.service), tracker.automatic
    else { return }
    try actions.export(id, to: tracker.name, into: &emitter)
  }

  /// Issues that are to be made by now: never those of private incidents.
  public func issuesToMake(at now: Instant) -> [ReviewAction] {
    actions.exports(at: now).filter { !incidents.privacy.isPrivate($0.subject) }
  }

  /// What waits to be written elsewhere stays here once its incident is private.
  func withholdIssues(_ event: Event, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id) else { return }
    for action in actions.of(review: id) {
      guard let export = action.export, export.next != nil else { continue }
      emitter.emit(
        ActionExportFailed(
          target: export.target, reason: "its incident is private", attempt: export.attempts, retryAt: nil),
        on: action.subject, by: .system("reviews"))
    }
  }

  /// Tells an owner once a week what is overdue.
  func remind(_ owner: String, _ environment: Environment, _ emitter: inout Emitter) {
    let overdue = actions.overdue(of: owner, at: emitter.now + .seconds(1))
    // Also without anything to say, so that the next note is a week away and not at once.
    emitter.emit(
      ActionsReminded(actions: overdue.prefix(Actions.namedMax).map(\.id)), on: Subject("user", owner),
      by: .system("reviews"))
    guard !overdue.isEmpty else { return }
    // Messages pass through other hands, and stay in the journal: of a private one only the number.
    var lines = overdue.prefix(Actions.namedMax).map { action in
      let title = incidents.privacy.isPrivate(action.subject) ? "of a private incident" : action.title
      return "- #\(action.number) \(title), due \(action.due.rfc3339.prefix(10))"
    }
    if overdue.count > Actions.namedMax { lines.append("and \(overdue.count - Actions.namedMax) more") }
    let title = overdue.count == 1 ? "An action item of yours is overdue" : "\(overdue.count) action items are overdue"
    notify(
      owner, title, lines.joined(separator: "\n") + "\nClose them, or move the day they are due: /actions",
      on: Subject("user", owner), environment, &emitter)
  }
}

extension Incident {
  /// The people who did something in it, in the order they came.
  func responders(_ entries: [Entry]) -> [String] {
    var seen: Set<String> = []
    let people = entries.map(\.actor.text).filter { $0.hasPrefix("user/") } + roles.map { "user/\($0.person)" }
    return people.filter { seen.insert($0).inserted }.map { String($0.dropFirst(5)) }
  }
}
