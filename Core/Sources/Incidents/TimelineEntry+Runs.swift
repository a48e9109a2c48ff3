import Base
import Events
import Journal

// Runs of runbooks, and what else happened around the incident.
extension TimelineEntry {
  static let runReaders: [Reader] = [
    Reader(RunbookOffered.self) { offered, _ in
      switch offered.mode {
      case .offer: Line(.run, "runbook \(offered.runbook) fits: \(offered.reason)")
      case .automatic:
        Line(
          .run,
          "runbook \(offered.runbook) is to run by itself\(offered.due.map { " at \($0.rfc3339)" } ?? ""): "
            + offered.reason)
      }
    },
    Reader(RunbookInvoked.self) { invoked, _ in
      // A run that started says so itself.
      invoked.refused.map { Line(.run, "runbook \(invoked.runbook) did not run by itself: \($0)") }
    },
    Reader(RunbookStarted.self) { started, event in
      let how =
        started.automatic.map { "by itself: \($0)" } ?? (started.mode == .stepwise ? "step by step" : "at one go")
      let steps = started.steps.count == 1 ? "1 step" : "\(started.steps.count) steps"
      var line = Line(.run, "runbook \(started.runbook) (\(started.title), \(steps)) started \(how)")
      line.link = "run/\(event.subject.id)"
      return line
    },
    Reader(StepStarted.self) { started, _ in
      // What a step does is told by its claim and its end; here, what it waits for.
      started.phase.flatMap { waiting($0) }.map { Line(.run, "\(step(started.index, started.step)) waits \($0)") }
    },
    Reader(StepReleased.self) { released, _ in Line(.run, "let \(step(released.index, released.step)) begin") },
    Reader(StepApproved.self) { approved, _ in
      Line(.run, "approved \(step(approved.index, approved.step))")
    },
    Reader(StepAnswered.self) { answered, _ in
      Line(.run, "answered \(step(answered.index, answered.step))", body: answered.answer)
    },
    Reader(StepClaimed.self) { claimed, _ in
      let again = claimed.attempt == 1 ? "" : ", attempt \(claimed.attempt)"
      return Line(.run, "\(claimed.undo ? "undoing " : "")\(step(claimed.index, claimed.step)) begins\(again)")
    },
    Reader(StepFinished.self) { finished, _ in
      guard finished.result != .notYet else { return nil }
      return Line(.run, ended(finished))
    },
    Reader(ProcedureCancelled.self) { cancelled, _ in Line(.run, "run cancelled: \(cancelled.reason)") },
    Reader(ProcedureFinished.self) { finished, _ in
      Line(.run, "run \(finished.outcome.rawValue)\(finished.reason.map { ": \($0)" } ?? "")")
    },
    Reader(AutomationStopped.self) { stopped, _ in Line(.run, "all automation was stopped: \(stopped.reason)") },
    Reader(AutomationResumed.self) { _, _ in Line(.run, "automation goes on") },
  ]

  /// Its name, or in events from before they had it its place.
  private static func step(_ index: Int, _ name: String?) -> String { name ?? "step \(index + 1)" }

  /// `rollback: done`, `rollback: its check says yes`, `undoing rollback: failed: no route to host`.
  private static func ended(_ step: StepFinished) -> String {
    let name = "\(step.undo ? "undoing " : "")\(Self.step(step.index, step.step))"
    let result =
      switch step.result {
      case .done: step.check == true ? "its check says yes" : "done"
      case .failed, .notYet: step.check == true ? "its check says no" : "failed"
      case .timedOut: step.check == true ? "its check never said yes" : "took too long"
      case .lost: "was lost when the server ended"
      }
    return "\(name): \(result)\(step.detail.map { ": \($0.cut(500))" } ?? "")"
  }

  private static func waiting(_ phase: StepPhase) -> String? {
    switch phase {
    case .release: "for somebody to let it begin"
    case .approval: "for approval"
    case .answer: "for an answer"
    case .check: nil
    }
  }

  static let aroundReaders: [Reader] = [
    Reader(ChangeRecorded.self) { change, event in
      var line = Line(.change, "\(event.subject.id): \(change.summary)", at: change.at)
      line.link = change.link
      return line
    },
    Reader(DefinitionsChanged.self) { changed, _ in
      Line(.change, "the definitions changed to \(changed.hash.prefix(12)), \(changed.documents) documents")
    },
    Reader(ReviewRequested.self) { request, event in
      Line(.change, "the budget policy of \(event.subject.id) asks for a review: \(request.reason)")
    },
    Reader(FreezeRequested.self) { request, _ in
      Line(.change, "the budget policy asks to freeze \(request.service): \(request.reason)")
    },
  ]
}
