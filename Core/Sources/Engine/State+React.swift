import Alerts
import Base
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

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
    case SilenceBegan.type, MaintenanceBegan.type: try holdBegan(event, environment, &emitter)
    case DefinitionsChanged.type:
      lookAgainAfterDefinitions(&emitter)
      planHandovers(environment, &emitter)
    case AlertAcknowledgementExpired.type: try pageAgain(event, environment, &emitter)
    case OnCallChanged.type: try handOver(event, environment, &emitter)
    case StepStarted.type:
      try escalationStep(event, environment, &emitter)
      try askApprovers(event, environment, &emitter)
      try dutyStep(event, environment, &emitter)
    case PageFailed.type: try pageFailed(event, &emitter)
    case ProcedureFinished.type: try catchAllEnded(event, environment, &emitter)
    case PageSent.type:
      try watchLimits(event, environment, &emitter)
      sentLate(event, &emitter)
    case LimitExceeded.type: try tellOfLimit(event, environment, &emitter)
    case OverrideCreated.type, OverrideChanged.type, OverrideCancelled.type:
      planHandover(of: String(event.subject.id), environment, &emitter)
    case HandoverDrafted.type: try sendHandover(event, environment, &emitter)
    case IncidentAcknowledged.type: acknowledgeAlerts(of: event, &emitter)
    case IncidentResolved.type:
      try draftReview(event, environment, &emitter)
      endDuties(event, environment, &emitter)
    case IncidentOpened.type, IncidentReopened.type, IncidentSplit.type, IncidentSeverityChanged.type,
      IncidentUpdated.type, IncidentMerged.type, IncidentMadePrivate.type, IncidentMadePublic.type:
      try followIncident(event, environment, &emitter)
      try endAfterSplit(event, &emitter)
      if event.type == IncidentMadePrivate.type { withholdIssues(event, &emitter) }
    case IncidentRoleAssigned.type, IncidentRoleHandedOver.type: try tellOfRole(event, environment, &emitter)
    case ActionCreated.type: try exportAction(event, environment, &emitter)
    case BudgetStepReached.type: try requestPolicySteps(event, environment, &emitter)
    case BudgetStepRearmed.type: try withdrawPolicySteps(event, &emitter)
    case BudgetPolicyRequested.type: try carryOutRequest(event, &emitter)
    case BudgetPolicyWithdrawn.type: try endRequest(event, &emitter)
    default: break
    }
    try reactRunbooks(to: event, in: environment, into: &emitter)
  }

  // MARK: Incidents

  private func acknowledgeAlerts(of event: Event, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id] else { return }
    // More people see the alert than a private incident.
    let via = incident.isPrivate ? "incident" : "incident/\(incident.number)"
    for alert in incident.alerts.compactMap({ alerts.alerts[$0] }) where alert.status == .firing {
      emitter.emit(AlertAcknowledged(via: via), on: alert.subject)
    }
  }
}
