import Alerts
import Base
import Events
import Journal
import Objectives

/// What error budget policies ask for when a step is reached, and what ends with it.
extension State {
  func requestPolicySteps(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let reached = try event.payload(BudgetStepReached.self) else { return }
    let slo = String(event.subject.id)
    for policy in environment.budgetPolicies where policy.slos.contains(slo) {
      for step in policy.steps where step.consumed == reached.consumed {
        emitter.emit(
          BudgetPolicyRequested(
            policy: policy.name, service: reached.service, consumed: step.consumed, action: step.action,
            note: step.note),
          on: event.subject, by: .system("slo"))
      }
    }
  }

  /// Requests are carried out as what they are: an alert, or an event that says what is asked of whom.
  func carryOutRequest(_ event: Event, _ emitter: inout Emitter) throws {
    guard let request = try event.payload(BudgetPolicyRequested.self) else { return }
    let slo = String(event.subject.id)
    let words = BurnWords.step(slo, request)
    switch request.action {
    case .notify, .page:
      let signal = Signal(
        key: Self.key(slo, request), service: request.service,
        severity: request.action == .page ? .error : .warning, urgency: request.action == .page ? .page : .ticket,
        summary: words, detail: request.note,
        labels: [.init(name: "slo", value: slo), .init(name: "policy", value: request.policy)], slo: slo)
      // Past the bound on open alerts the request still stands in the journal.
      _ = try? alerts.fire(signal, into: &emitter)
    case .review:
      emitter.emit(
        ReviewRequested(service: request.service, reason: request.note.map { "\(words): \($0)" } ?? words),
        on: event.subject, by: .system("slo"))
    case .freeze:
      emitter.emit(
        FreezeRequested(service: request.service, reason: request.note.map { "\(words): \($0)" } ?? words),
        on: event.subject, by: .system("slo"))
    }
  }

  func withdrawPolicySteps(_ event: Event, _ emitter: inout Emitter) throws {
    guard let rearmed = try event.payload(BudgetStepRearmed.self) else { return }
    for request in budgets.bySLO[String(event.subject.id)]?.open ?? [] where request.consumed == rearmed.consumed {
      emitter.emit(
        BudgetPolicyWithdrawn(policy: request.policy, consumed: request.consumed, action: request.action),
        on: event.subject, by: .system("slo"))
    }
  }

  func endRequest(_ event: Event, _ emitter: inout Emitter) throws {
    guard let withdrawn = try event.payload(BudgetPolicyWithdrawn.self) else { return }
    let slo = String(event.subject.id)
    let key = Self.key(slo, withdrawn.policy, withdrawn.consumed, withdrawn.action)
    alerts.end(key: key, reason: "the error budget has recovered", into: &emitter)
  }

  private static func key(_ slo: String, _ request: BudgetPolicyRequested) -> String {
    key(slo, request.policy, request.consumed, request.action)
  }

  private static func key(_ slo: String, _ policy: String, _ consumed: Double, _ action: BudgetAction) -> String {
    "slo/\(slo)/budget/\(policy)/\(BurnWords.percent(consumed))/\(action.rawValue)"
  }
}
