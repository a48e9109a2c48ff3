import Alerts
import Base
import Journal
import Outbox
import Procedures

extension State {
  /// When something falls due next, apart from pages that may go out.
  public var nextDeadline: Instant? {
    [procedures.timers.next?.at, outbox.claims.next?.at, alerts.nextDeadline].compactMap { $0 }.min()
  }

  /// When the next page may go out.
  public var nextPage: Instant? { outbox.queue.next?.at }

  /// Does the one thing that has been due longest; alerts that wait come after what pages already. Called again until
  /// nothing is due, so that after a restart past several deadlines each runs once, in order.
  func tick(in environment: Environment, into emitter: inout Emitter) throws {
    let procedure = procedures.timers.next
    let claim = outbox.claims.next
    if let procedure, procedure.at <= emitter.now, procedure.at <= claim?.at ?? .distantFuture {
      procedures.expire(procedure.id, into: &emitter)
    } else if let claim, claim.at <= emitter.now, let page = outbox.pages[claim.id] {
      outbox.expireClaim(claim.id, wanted: wants(page), into: &emitter)
    } else if let alert = alerts.timers.first, alert.at <= emitter.now {
      try wakeAlerts(environment, &emitter)
    } else {
      try continueSweep(environment, &emitter)
    }
  }
}
