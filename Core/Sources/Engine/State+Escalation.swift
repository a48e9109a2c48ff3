import Alerts
import Base
import Events
import Journal
import OnCall
import Outbox
import Procedures

/// Escalations as runs: the people of a level are found when its step begins.
extension State {
  /// Begins to page for an alert by a policy.
  func escalate(
    _ alert: Alert, by policy: EscalationPolicy, urgency: Urgency = .page, _ environment: Environment,
    _ emitter: inout Emitter
  ) throws {
    let program = try Escalation.program(
      of: policy, title: Self.title(of: alert), body: alert.signal.detail ?? "", urgency: urgency)
    escalate(
      alert, by: program, named: policy.name, urgency: urgency, timeout: policy.acknowledgeTimeout, environment,
      &emitter)
  }

  func escalate(
    _ alert: Alert, by program: Program, named policy: String, urgency: Urgency = .page, timeout: Interval?,
    _ environment: Environment, _ emitter: inout Emitter
  ) {
    let run = Procedures.start(
      program, about: alert.subject, snapshot: environment.snapshot, by: .system("alerts"), into: &emitter)
    emitter.emit(
      AlertEscalated(
        procedure: run, policy: policy, urgency: urgency == .page ? nil : urgency, acknowledgeTimeout: timeout),
      on: alert.subject, by: .system("alerts"))
  }

  /// Resolves the people of a level now and asks for their pages; skips the wait after a level without anybody.
  func escalationStep(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == Escalation.kind,
      run.cancelReason == nil, let step = run.step, let started = try event.payload(StepStarted.self)
    else { return }
    // Two alerts of a group that stop paging in one moment each have what they held back looked at: of the escalations
    // that begin so for one alert the last stands.
    if let alert = ULID(run.about.id).flatMap({ alerts.alerts[$0] }), alert.procedure != id {
      emitter.emit(
        ProcedureCancelled(reason: "another escalation of the alert began in the same moment"),
        on: event.subject, by: .system("alerts"))
      return
    }
    func finish(_ detail: String?) {
      emitter.emit(
        StepFinished(index: started.index, attempt: started.attempt, undo: false, result: .done, detail: detail),
        on: event.subject, by: .system("escalation"))
    }
    if step.kind == .wait {
      if run.lastDetail?.hasPrefix(Escalation.reachedNobody) == true { finish(run.lastDetail) }
      return
    }
    guard step.handler == Escalation.pageHandler else { return }
    let page = try step.parameters.decode(PageStep.self)
    if page.urgency ?? .page != .page, outbox.pages(of: run.about).contains(where: { $0.request.procedure == id }) {
      finish("not needed: somebody has been told")
      return
    }
    let why: String
    if let targets = targets(of: page, about: run.about, environment) {
      let missing = request(page, targets, of: run, environment, &emitter)
      guard let nobody = missing.reached ? nil : missing.text else {
        finish(missing.text.isEmpty ? nil : missing.text)
        return
      }
      why = nobody
    } else {
      why = "policy \(page.policy) has no level \(page.level) any more"
    }
    let isLast = !run.program.steps.dropFirst(started.index + 1).contains { $0.kind == .act }
    emitter.emit(
      EscalationLevelSkipped(
        policy: page.policy, level: page.level, reason: why.isEmpty ? Escalation.reachedNobody : why, isLast: isLast),
      on: run.about, by: .system("escalation"))
    finish("\(Escalation.reachedNobody)\(why.isEmpty ? "" : ": \(why)")")
  }

  private func targets(
    of page: PageStep, about subject: Subject, _ environment: Environment
  ) -> [EscalationPolicy.Target]? {
    if let targets = page.targets { return targets }
    let isCatchAll = page.policy == Environment.catchAllName
    let found = environment.policies[page.policy] ?? (isCatchAll ? catchAll(about: subject, environment) : nil)
    guard let policy = found, policy.levels.indices.contains(page.level - 1) else { return nil }
    return policy.levels[page.level - 1].targets
  }

  /// Asks for the pages of a level. Says whether there is anybody, and who should have been paged and is not.
  private func request(
    _ page: PageStep, _ targets: [EscalationPolicy.Target], of run: Run, _ environment: Environment,
    _ emitter: inout Emitter
  ) -> (reached: Bool, text: String) {
    let now = emitter.now
    let found = Escalation.resolve(
      targets, urgency: page.urgency ?? .page, now: now, contacts: environment.contacts,
      lastTurn: { escalations.lastTurn(of: page.policy, level: page.level, target: $0) },
      onCall: { environment.onCall($0, now, overrides.of($0)) })
    for turn in found.turns {
      emitter.emit(
        EscalationTurnTaken(level: page.level, target: turn.target, user: turn.user, alert: run.about),
        on: Subject("policy", page.policy), by: .system("escalation"))
    }
    for (person, rule, notBefore) in found.pages where !isAsked(person, rule.channel, about: run.about, now) {
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .fired, person: person, channel: rule.channel, level: page.level,
          title: page.title, body: page.body, notBefore: notBefore, procedure: run.id, urgency: page.urgency),
        on: run.about, by: .system("escalation"))
    }
    return (!found.pages.isEmpty, found.missing.joined(separator: "; "))
  }

  // MARK: Channels that fail

  /// Goes over to the person's next channel, and to the next level when none is left to wait for.
  func pageFailed(_ event: Event, _ emitter: inout Emitter) throws {
    guard let failed = try event.payload(PageFailed.self), let page = outbox.pages[failed.page] else { return }
    let reaches = failOver(from: page, failed, &emitter)
    if !reaches { skipWaitAfterDeadPages(event, &emitter) }
  }

  /// The person's next rule goes out now and not after its delay. A channel is tried further while it goes on failing,
  /// but only its first failure, and its last, move the next rule forward: otherwise one slow relay would empty them
  /// all.
  private func failOver(from page: Page, _ failed: PageFailed, _ emitter: inout Emitter) -> Bool {
    guard page.request.kind == .fired, failed.attempt == 1 || failed.retryAt == nil, wants(page) else { return false }
    let waiting = outbox.pages(of: page.subject).filter { other in
      other.status == .pending && other.attempts.isEmpty && other.request.person == page.request.person
        && other.request.procedure == page.request.procedure && other.requestedAt == page.requestedAt
        && other.due ?? emitter.now > emitter.now
    }
    guard let next = waiting.min(by: { ($0.due ?? .epoch, $0.id) < ($1.due ?? .epoch, $1.id) }) else { return false }
    emitter.emit(
      PageAdvanced(page: next.id, reason: "at once, because \(page.request.channel.name) failed"), on: page.subject,
      by: .system("outbox"))
    return true
  }

  /// When every page of the level under way is a dead letter, or has failed again and again, there is nobody to wait
  /// for.
  private func skipWaitAfterDeadPages(_ event: Event, _ emitter: inout Emitter) {
    guard let alertID = ULID(event.subject.id), let runID = alerts.alerts[alertID]?.procedure,
      let run = procedures.runs[runID], run.status == .running, run.pause == nil, run.step?.kind == .wait
    else { return }
    let level = outbox.pages(of: event.subject).filter { $0.request.procedure == runID }
    let latest = level.map(\.requestedAt).max()
    guard level.filter({ $0.requestedAt == latest }).allSatisfy(\.isHopeless) else { return }
    emitter.emit(
      StepFinished(
        index: run.index, attempt: run.attempt, undo: false, result: .done, detail: "every page of the level failed"),
      on: Subject("procedure", runID), by: .system("escalation"))
  }
}
