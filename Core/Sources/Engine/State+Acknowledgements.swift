import Alerts
import Base
import Events
import Journal
import OnCall

/// Acknowledgements that expire.
extension State {
  /// So many open alerts are looked at with one command for those that were taken along with a head.
  private static let givenBackLookedAt = 2_000

  /// What a timer does when an acknowledgement has held for as long as its policy lets it.
  func expireAcknowledgement(_ id: ULID, into emitter: inout Emitter) {
    guard let timeout = escalations.records[id]?.timeout else { return }
    let alert = alerts.alerts[id]
    let holder = alert?.acknowledgedBy
    emitter.emit(
      AlertAcknowledgementExpired(by: holder ?? .system("escalation"), after: timeout), on: Subject("alert", id),
      by: .system("escalation"))
    guard let alert, let rest = giveBackSome(of: alert, before: nil, timeout, &emitter) else { return }
    sweepLater(alert.subject.text, .giveBack, after: rest, &emitter)
  }

  /// The next part of them, as long as nobody has taken the head again.
  func continueGivingBack(_ sweep: Alerts.Sweep, _ emitter: inout Emitter) {
    var rest: ULID?
    if let head = ULID(Subject(sweep.key).id).flatMap({ alerts.alerts[$0] }), head.status == .firing,
      let timeout = escalations.records[head.id]?.timeout
    {
      rest = giveBackSome(of: head, before: sweep.after, timeout, &emitter)
    }
    sweepLater(sweep.key, .giveBack, after: rest, by: sweep.actor, &emitter)
  }

  /// What joined a head that nobody has is nobody's too, the newest first.
  ///
  /// - Returns: the last that was looked at, where there may be more.
  private func giveBackSome(
    of head: Alert, before: ULID?, _ timeout: Interval, _ emitter: inout Emitter
  ) -> ULID? {
    guard let group = head.group else { return nil }
    let some =
      head.signal.service.map { Array(alerts.newest(service: $0, before: before).prefix(Self.givenBackLookedAt)) }
      ?? Array(alerts.newest(before: before).prefix(Self.givenBackLookedAt))
    var given = 0
    for other in some
    where other.id != head.id && other.status == .acknowledged && other.suppression?.by == group {
      emitter.emit(
        AlertAcknowledgementExpired(
          by: other.acknowledgedBy ?? .system("escalation"), after: timeout, with: head.id), on: other.subject,
        by: .system("escalation"))
      given += 1
      if given == Self.sweptPerTick { return other.id }
    }
    return some.count == Self.givenBackLookedAt ? some.last?.id : nil
  }

  /// The escalation begins again, with the policy it had.
  func pageAgain(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let expired = try event.payload(AlertAcknowledgementExpired.self), expired.with == nil,
      let id = ULID(event.subject.id), let alert = alerts.alerts[id], alert.status == .firing
    else { return }
    var judge = Judge(self, environment, now: emitter.now)
    if let held = judge.heldBack(alert) {
      try settle(alert, .hold(held), environment, &emitter)
      // What held it back before somebody took it holds it still: there is no event, and it speaks for its group no
      // more.
      if held == alert.suppression { try succeed(alert, &judge, &emitter) }
      return
    }
    let name = escalations.records[id]?.policy
    guard let policy = name.flatMap({ environment.policies[$0] }) ?? policy(for: alert.signal, in: environment) else {
      emitter.emit(
        AlertSuppressed(
          code: .noPolicy,
          reason: "the acknowledgement expired and nobody is left who has a contact; \(Environment.contactRemedy)",
          by: Alerts.withoutPolicy),
        on: alert.subject, by: .system("alerts"))
      return
    }
    try escalate(alert, by: policy, environment, &emitter)
  }
}
