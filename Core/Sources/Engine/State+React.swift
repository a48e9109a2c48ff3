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
    case AlertSuppressed.type: try suppressed(event, environment, &emitter)
    case AlertAcknowledged.type: try acknowledged(event, &emitter)
    case AlertResolved.type: try alertResolved(event, environment, &emitter)
    case AlertQuieted.type, AlertReturned.type: try flapping(event, environment, &emitter)
    case SilenceCreated.type: try silenceSaved(event, environment, &emitter)
    case SilenceExpired.type: try silenceEnded(event, environment, &emitter)
    case DefinitionsChanged.type:
      lookAgainAfterDefinitions(&emitter)
      planHandovers(environment, &emitter)
    case AlertAcknowledgementExpired.type: try pageAgain(event, environment, &emitter)
    case OnCallChanged.type: try handOver(event, environment, &emitter)
    case StepStarted.type:
      try escalationStep(event, environment, &emitter)
      try dutyStep(event, environment, &emitter)
    case PageFailed.type: try pageFailed(event, &emitter)
    case PageSent.type: try watchLimits(event, environment, &emitter)
    case LimitExceeded.type: try tellOfLimit(event, environment, &emitter)
    case OverrideCreated.type, OverrideCancelled.type:
      planHandover(of: String(event.subject.id), environment, &emitter)
    case HandoverDrafted.type: try sendHandover(event, environment, &emitter)
    case IncidentAcknowledged.type: acknowledgeAlerts(of: event, &emitter)
    case IncidentResolved.type:
      try draftReview(event, environment, &emitter)
      endDuties(event, environment, &emitter)
    case IncidentOpened.type, IncidentReopened.type, IncidentSplit.type, IncidentSeverityChanged.type,
      IncidentUpdated.type, IncidentMerged.type, IncidentMadePrivate.type, IncidentMadePublic.type:
      try followIncident(event, environment, &emitter)
    case IncidentRoleAssigned.type, IncidentRoleHandedOver.type: try tellOfRole(event, environment, &emitter)
    case BudgetStepReached.type: try requestPolicySteps(event, environment, &emitter)
    case BudgetStepRearmed.type: try withdrawPolicySteps(event, &emitter)
    case BudgetPolicyRequested.type: try carryOutRequest(event, &emitter)
    case BudgetPolicyWithdrawn.type: try endRequest(event, &emitter)
    default: break
    }
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
