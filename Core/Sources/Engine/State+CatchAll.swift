import Access
import Alerts
import Base
import Events
import Journal
import OnCall
import Procedures

/// Alerts that no policy pages for.
extension State {
  /// The catch-all goes through its levels again and again, but no longer than so long after the alert fired.
  static let catchAllLasts = Interval.hours(24)
  /// A round that was over sooner reached nobody, and is not begun again by itself.
  static let catchAllRoundMin = Interval.minutes(5)

  /// The policy that pages for a signal: one of the definitions, else the catch-all.
  ///
  /// - Returns: `nil` where nobody at all has a contact.
  public func policy(for signal: Signal, in environment: Environment) -> EscalationPolicy? {
    Self.policy(for: signal, in: environment, access)
  }

  static func policy(for signal: Signal, in environment: Environment, _ access: Access) -> EscalationPolicy? {
    environment.policy(for: signal)
      ?? environment.catchAll(for: signal, administrators: access.administrators)?.policy
  }

  /// What the catch-all is for an alert now, where the step of a run asks for it.
  func catchAll(about subject: Subject, _ environment: Environment) -> EscalationPolicy? {
    ULID(subject.id).flatMap { alerts.alerts[$0] }.flatMap {
      environment.catchAll(for: $0.signal, administrators: access.administrators)?.policy
    }
  }

  /// When all levels of the catch-all were paged and nobody answered, they are paged again.
  func catchAllEnded(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == Escalation.kind,
      run.outcome == .completed, let alertID = ULID(run.about.id), let alert = alerts.alerts[alertID],
      alert.status == .firing, alert.suppression == nil, alert.procedure == id,
      let page = try run.program.steps.last(where: { $0.handler == Escalation.pageHandler })?
        .parameters.decode(PageStep.self),
      page.policy == Environment.catchAllName, page.urgency ?? .page == .page,
      environment.policies[page.policy] == nil, emitter.now - run.startedAt >= Self.catchAllRoundMin,
      emitter.now - alert.firedAt < Self.catchAllLasts, let policy = policy(for: alert.signal, in: environment)
    else { return }
    try escalate(alert, by: policy, environment, &emitter)
  }
}
