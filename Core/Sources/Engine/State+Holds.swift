import Alerts
import Base
import Events
import Journal
import OnCall
import Outbox
import Procedures

/// What begins to hold back an alert that pages already: its escalation waits, and goes on from where it was.
///
///     page level 1 ── wait 5 min ──────────────▶ page level 2 …
///                        2 min │ silenced      ▲ 3 min after that ends
///                              ▼               │
///                            paused ──ends─────┘  level 1 is paged again where nobody had been reached
extension State {
  /// The key of the sweep over all that pages.
  static let whatPages = "paging"

  /// What is meant and held back now pages no more. Of very many the rest follows with the next commands.
  func holdBack(
    _ environment: Environment, _ emitter: inout Emitter, where isMeant: (Alert) -> Bool
  ) throws {
    let judge = Judge(self, environment, now: emitter.now)
    let meant = Array(alerts.paging.lazy.filter(isMeant).prefix(Self.stoppedAtOnce))
    try hold(meant, by: judge, environment, &emitter)
    if meant.count == Self.stoppedAtOnce {
      sweepLater(Self.whatPages, .hold, after: ULID(high: 0, low: 0), &emitter)
    }
  }

  private func hold(
    _ meant: [Alert], by judge: Judge, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    for alert in meant {
      guard let held = judge.heldBack(alert) else { continue }
      try settle(alert, .hold(held), environment, &emitter)
    }
  }

  /// The next part of a look at everything that pages.
  func continueHolding(_ sweep: Alerts.Sweep, _ environment: Environment, _ emitter: inout Emitter) throws {
    let some = alerts.paging(after: sweep.after, limit: Self.sweptPerTick)
    try hold(some, by: Judge(self, environment, now: emitter.now), environment, &emitter)
    let rest = some.count == Self.sweptPerTick ? some.last?.id : nil
    sweepLater(sweep.key, .hold, after: rest, by: sweep.actor, &emitter)
  }

  // MARK: Silences and maintenance that begin later

  /// The silences and the planned maintenance that have begun, and whose beginning is not in the journal.
  public func holdsBegun(_ environment: Environment, at now: Instant) -> [(subject: Subject, window: Range<Instant>)] {
    let holding = environment.holding
    let asked = silences.mayBegin(at: now).lazy.map { ($0.subject, $0.times(zone: holding.zone)) }
    let planned = holding.silences.lazy.map { (Subject("silence", $0.name), $0.times) }
    let works = holding.maintenance.lazy.map { (Subject("maintenance", $0.name), $0.times) }
    return (Array(asked) + Array(planned) + Array(works)).compactMap { subject, times in
      guard let window = times.window(at: now), !silences.hasBegun(subject.text, window) else { return nil }
      return (subject, window)
    }
  }

  /// What pages and is covered by what has begun waits.
  func holdBegan(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    if event.subject.kind == "silence", let silence = ULID(event.subject.id).flatMap({ silences[$0] }) {
      try holdBack(environment, &emitter) { silence.matches($0.signal) }
    } else {
      try holdBack(environment, &emitter) { _ in true }
    }
  }

  // MARK: Escalations that wait

  /// What is held back stops paging. One that a silence, maintenance or an inhibition holds back goes on later from
  /// where it is; any other is over.
  func stopPaging(_ alert: Alert, for held: AlertSuppressed, _ emitter: inout Emitter) {
    guard [.silenced, .maintenance, .inhibited].contains(held.code), let id = alert.procedure else {
      stopPaging(alert, reason: held.reason, &emitter)
      return
    }
    procedures.pause(id, reason: held.reason, by: .system("alerts"), into: &emitter)
    outbox.cancelPending(of: alert.subject, reason: held.reason, into: &emitter)
  }

  /// Goes on with an escalation that waited while something held its alert back.
  ///
  /// - Returns: whether there was one; else a new one is to begin.
  func resumeEscalation(_ alert: Alert, low: Bool, _ emitter: inout Emitter) throws -> Bool {
    guard let held = alert.suppression, [.silenced, .maintenance, .inhibited].contains(held.code),
      let run = alert.procedure.flatMap({ procedures.runs[$0] }), alert.isLow == low
    else { return false }
    let pages = outbox.pages(of: alert.subject).filter { $0.request.kind == .fired && $0.request.procedure == run.id }
    if low {
      // What can wait is told once.
      guard run.outcome == .completed, pages.contains(where: \.mayHaveLanded) else { return false }
      emitter.emit(
        AlertEscalationResumed(procedure: run.id, level: 1, urgency: .ticket), on: alert.subject, by: .system("alerts"))
      return true
    }
    guard run.pause != nil, run.index > 0 else { return false }
    let pageIndex = run.index - 1
    let step = run.program.steps[pageIndex]
    guard step.handler == Escalation.pageHandler else { return false }
    let level = try step.parameters.decode(PageStep.self).level
    emitter.emit(
      AlertEscalationResumed(procedure: run.id, level: level), on: alert.subject, by: .system("alerts"))
    // The pages of the level that is under way: those of its latest request.
    let latest = pages.map(\.requestedAt).max()
    let asked = pages.filter { $0.requestedAt == latest && $0.request.level == level }
    guard asked.contains(where: \.mayHaveLanded) else {
      procedures.resume(run.id, from: pageIndex, by: .system("alerts"), into: &emitter)
      return true
    }
    procedures.resume(run.id, by: .system("alerts"), into: &emitter)
    let waited = emitter.now - (run.pause?.at ?? emitter.now)
    for page in asked where page.status == .cancelled {
      var again = page.request
      again.page = emitter.newID()
      again.notBefore = max(emitter.now, page.request.notBefore + waited)
      emitter.emit(again, on: alert.subject, by: .system("escalation"))
    }
    return true
  }
}

extension Ask where Reply == Void {
  /// Journals the beginning of every silence and planned maintenance that has begun since it was last looked.
  public static var watchHolds: Ask {
    Ask("holds watch", by: .system("alerts")) { state, environment, emitter in
      for (subject, window) in state.holdsBegun(environment, at: emitter.now).prefix(State.begunAtOnce) {
        if subject.kind == "silence" {
          emitter.emit(SilenceBegan(start: window.lowerBound, end: window.upperBound), on: subject)
        } else {
          emitter.emit(MaintenanceBegan(start: window.lowerBound, end: window.upperBound), on: subject)
        }
      }
    }
  }
}

extension State {
  /// So many begin with one command; the next look takes further ones.
  static let begunAtOnce = 50
}
