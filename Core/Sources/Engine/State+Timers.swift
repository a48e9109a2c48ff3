import Base
import Fatigue
import Journal
import Outbox
import Procedures

extension State {
  /// When something falls due next, apart from pages that may go out.
  public var nextDeadline: Instant? {
    [procedures.timers.next?.at, outbox.claims.next?.at, handovers.next?.at].compactMap { $0 }.min()
  }

  /// When the next page may go out.
  public var nextPage: Instant? { outbox.queue.next?.at }

  /// Does the one thing that has been due longest. Called again until nothing is due, so that after a restart past
  /// several deadlines each runs once, in order.
  func tick(in environment: Environment, into emitter: inout Emitter) {
    let procedure = procedures.timers.next
    let claim = outbox.claims.next
    if let procedure, procedure.at <= emitter.now, procedure.at <= claim?.at ?? .distantFuture {
      procedures.expire(procedure.id, into: &emitter)
    } else if let claim, claim.at <= emitter.now, let page = outbox.pages[claim.id] {
      outbox.expireClaim(claim.id, wanted: wants(page), into: &emitter)
    } else if let change = handovers.next, change.at <= emitter.now {
      handOver(change, in: environment, into: &emitter)
    }
  }
}
