import Alerts
import Base
import Events
import Journal
import OnCall
import Outbox
import Procedures

/// Escalations as runs: the people of a level are found when its step begins.
extension State {
  /// Resolves the people of a level now and asks for their pages; skips the wait after a level without anybody.
  func escalationStep(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == Escalation.kind,
      let step = run.step, let started = try event.payload(StepStarted.self)
    else { return }
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
    guard let policy = environment.policies[page.policy], policy.levels.indices.contains(page.level - 1) else {
      finish("\(Escalation.reachedNobody): policy \(page.policy) has no level \(page.level) any more")
      return
    }
    let found = Escalation.resolve(policy.levels[page.level - 1], contacts: environment.contacts) { schedule in
      environment.onCall(schedule, emitter.now, overrides.of(schedule))
    }
    for (person, rule) in found.pages where !isAsked(person, rule.channel, about: run.about, emitter.now) {
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .fired, person: person, channel: rule.channel, level: page.level,
          title: page.title, body: page.body, notBefore: emitter.now + rule.after, procedure: id),
        on: run.about, by: .system("escalation"))
    }
    let missing = found.missing.joined(separator: "; ")
    if found.pages.isEmpty {
      finish("\(Escalation.reachedNobody)\(missing.isEmpty ? "" : ": \(missing)")")
    } else {
      finish(missing.isEmpty ? nil : missing)
    }
  }

  /// When every page of the level under way is a dead letter there is nobody to wait for.
  func skipWaitAfterDeadPages(_ event: Event, _ emitter: inout Emitter) {
    guard let alertID = ULID(event.subject.id), let runID = alerts.alerts[alertID]?.procedure,
      let run = procedures.runs[runID], run.status == .running, run.step?.kind == .wait
    else { return }
    let level = outbox.pages(of: event.subject).filter { $0.request.procedure == runID }
    let latest = level.map(\.requestedAt).max()
    guard level.filter({ $0.requestedAt == latest }).allSatisfy({ $0.status == .failed }) else { return }
    emitter.emit(
      StepFinished(
        index: run.index, attempt: run.attempt, undo: false, result: .done, detail: "every page of the level failed"),
      on: Subject("procedure", runID), by: .system("escalation"))
  }
}
