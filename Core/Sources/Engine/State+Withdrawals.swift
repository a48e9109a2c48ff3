import Base
import Events
import Incidents
import Journal
import Outbox
import Procedures
import Runbooks

/// What was asked of several people and one of them has done is taken back from the others: messages that have not gone
/// out are cancelled, and whoever got one hears, once a channel, that nothing is left to do.
extension State {
  /// Takes a request for approval back once the step waits for it no more.
  func withdrawApprovals(_ event: Event, _ emitter: inout Emitter) {
    // Whatever ends the wait is followed by exactly one of these before anybody acts.
    guard event.type == StepStarted.type || event.type == ProcedureFinished.type,
      event.subject.kind == "procedure", let id = ULID(event.subject.id), let run = procedures.runs[id],
      run.program.kind == Plan.kind, let record = runbookRuns.runs[id]
    else { return }
    let waits = run.status == .running && run.guarded?.phase == .approval && run.cancelReason == nil
    guard !waits, let newest = openRequests(on: event.subject, of: [id]).first else { return }
    let names = run.program.steps.map(\.name)
    let index = names.firstIndex { newest.request.title == Self.approvalTitle($0, record) }
    let approvals = index.flatMap { record.steps[safe: $0]?.approvals } ?? []
    let step = index.map { names[$0] } ?? "the step"
    let reason: String
    if let cancelled = run.cancelReason {
      reason = "The run was cancelled: \(cancelled)"
    } else if approvals.count >= index.flatMap({ run.program.steps[$0].rules?.gate?.count }) ?? 1 {
      reason = "\(Self.names(approvals.map(\.by))) approved \(step)."
    } else {
      reason = "It was not approved in time."
    }
    withdraw(
      on: event.subject, of: [id], title: "Nothing to approve any more: \(step) of \(record.title)", body: reason,
      but: approvals.map(\.by), by: .system("runbooks"), &emitter)
  }

  static func approvalTitle(_ step: String, _ run: RunbookRun) -> String { "Approve \(step) of \(run.title)?" }

  /// Takes the reminders of an update back once somebody has written it.
  func withdrawReminders(
    of incident: Incident, _ update: IncidentUpdated, by writer: Actor, _ emitter: inout Emitter
  ) {
    let runs = Set(outbox.pages(of: incident.subject).compactMap(\.request.procedure)).filter { id in
      procedures.runs[id]?.program.steps.contains { step in
        step.handler == UpdateDuty.handler
          && (try? step.parameters.decode(UpdateDuty.Work.self))?.audience == update.audience
      } == true
    }
    guard !runs.isEmpty else { return }
    let next = update.nextDue.map { " The next one is due at \($0.rfc3339)." } ?? ""
    withdraw(
      on: incident.subject, of: runs,
      title: "The \(update.audience.rawValue) update of \(incident.noticeName) is written",
      body: "\(Self.names([writer])) wrote it; nothing is left to do.\(next)", but: [writer],
      by: .system("incidents"), &emitter)
  }

  /// The requests of some runs that nobody was told are over, the newest first.
  private func openRequests(on subject: Subject, of runs: Set<ULID>) -> [Page] {
    let pages = outbox.pages(of: subject).filter { $0.request.procedure.map(runs.contains) ?? false }
    // In the order they were asked for: those before the last word that it is over are over.
    let over = pages.lastIndex { $0.request.kind == .resolved }.map { $0 + 1 } ?? 0
    return pages[over...].filter { $0.request.kind == .notice && $0.status != .cancelled }.reversed()
  }

  private func withdraw(
    on subject: Subject, of runs: Set<ULID>, title: String, body: String, but done: [Actor], by actor: Actor,
    _ emitter: inout Emitter
  ) {
    var told: Set<String> = []
    for page in openRequests(on: subject, of: runs) {
      if page.status == .pending {
        emitter.emit(PageCancelled(page: page.id, reason: body.cut(500)), on: subject, by: actor)
      }
      let request = page.request
      guard page.mayHaveLanded, !done.contains(.user(request.person)),
        told.insert("\(request.person) \(request.channel.name)").inserted
      else { continue }
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .resolved, person: request.person, channel: request.channel, level: 1,
          title: title, body: body, notBefore: emitter.now, procedure: request.procedure),
        on: subject, by: actor)
    }
  }

  /// `ben and cem`
  static func names(_ actors: [Actor]) -> String {
    var seen: Set<String> = []
    return actors.map { actor in actor.text.split(separator: "/").last.map(String.init) ?? actor.text }
      .filter { seen.insert($0).inserted }.joined(separator: " and ")
  }

  /// Who has approved a step that waits for it no more; `nil` where it waits, or was never approved.
  func approvedAlready(_ run: ULID, index: Int) -> String? {
    guard let approvals = runbookRuns.runs[run]?.steps[safe: index]?.approvals, !approvals.isEmpty,
      let procedure = procedures.runs[run]
    else { return nil }
    if procedure.status == .running, procedure.index == index, procedure.guarded?.phase == .approval { return nil }
    return Self.names(approvals.map(\.by))
  }
}
