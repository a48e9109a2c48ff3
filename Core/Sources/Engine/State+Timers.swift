import Alerts
import Base
import Fatigue
import Journal
import OnCall
import Outbox
import Procedures
import Reviews
import Runbooks

extension State {
  /// When something falls due next, apart from pages that may go out.
  public var nextDeadline: Instant? {
    [
      procedures.timers.next?.at, outbox.claims.next?.at, escalations.timers.next?.at, alerts.nextDeadline,
      handovers.next?.at, runbookRuns.timers.next?.at, actions.reminders.first?.at,
    ].compactMap { $0 }.min()
  }

  /// How many things are due; of alerts that wait one looks at many.
  public func dueCount(at now: Instant) -> Int {
    procedures.timers.due(at: now).count + outbox.claims.due(at: now).count + escalations.timers.due(at: now).count
      + runbookRuns.timers.due(at: now).count + handovers.planned.prefix { $0.at <= now }.count
      + actions.reminders.prefix { $0.at <= now }.count
      + (alerts.nextDeadline.map { $0 <= now ? 1 : 0 } ?? 0)
  }

  /// When the next page may go out.
  public var nextPage: Instant? { outbox.queue.next?.at }

  /// Does the one thing that has been due longest; alerts that wait come after what pages already. Called again until
  /// nothing is due, so that after a restart past several deadlines each runs once, in order.
  func tick(in environment: Environment, into emitter: inout Emitter) throws {
    let procedure = procedures.timers.next
    let claim = outbox.claims.next
    let acknowledgement = escalations.timers.next
    let first = nextDeadline ?? .distantFuture
    guard first <= emitter.now else { return }
    if let acknowledgement, acknowledgement.at == first {
      expireAcknowledgement(acknowledgement.id, into: &emitter)
    } else if let procedure, procedure.at == first {
      procedures.expire(procedure.id, into: &emitter)
    } else if let offer = runbookRuns.timers.next, offer.at == first {
      try invoke(offer.id, in: environment, into: &emitter)
    } else if let claim, claim.at == first, let page = outbox.pages[claim.id] {
      outbox.expireClaim(claim.id, wanted: wants(page), into: &emitter)
    } else if let change = handovers.next, change.at == first {
      writeNote(change, in: environment, into: &emitter)
    } else if let reminder = actions.reminders.first, reminder.at == first {
      remind(reminder.owner, environment, &emitter)
    } else if let alert = alerts.timers.first, alert.at <= emitter.now {
      try wakeAlerts(environment, &emitter)
    } else {
      try continueSweep(environment, &emitter)
    }
  }
}
