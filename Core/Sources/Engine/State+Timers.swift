import Base
import Journal
import OnCall
import Outbox
import Procedures

extension State {
  /// When something falls due next, apart from pages that may go out.
  public var nextDeadline: Instant? {
    [procedures.timers.next?.at, outbox.claims.next?.at, escalations.timers.next?.at].compactMap { $0 }.min()
  }

  /// How many things are due.
  public func dueCount(at now: Instant) -> Int {
    procedures.timers.due(at: now).count + outbox.claims.due(at: now).count + escalations.timers.due(at: now).count
  }

  /// When the next page may go out.
  public var nextPage: Instant? { outbox.queue.next?.at }

  /// Does the one thing that has been due longest. Called again until nothing is due, so that after a restart past
  /// several deadlines each runs once, in order.
  func tick(into emitter: inout Emitter) {
    let procedure = procedures.timers.next
    let claim = outbox.claims.next
    let acknowledgement = escalations.timers.next
    let first = nextDeadline ?? .distantFuture
    guard first <= emitter.now else { return }
    if let acknowledgement, acknowledgement.at == first {
      expireAcknowledgement(acknowledgement.id, into: &emitter)
    } else if let procedure, procedure.at == first {
      procedures.expire(procedure.id, into: &emitter)
    } else if let claim, claim.at == first, let page = outbox.pages[claim.id] {
      outbox.expireClaim(claim.id, wanted: wants(page), into: &emitter)
    }
  }
}
