import Access
import Base
import Events
import Journal
import Procedures
import Runbooks

extension Ask where Reply == ULID {
  /// Starts a run of a runbook.
  ///
  /// - Parameter about: `alert/ID`, `incident/ID`, `service/NAME`, or `runbook/NAME` for a run about nothing else.
  /// - Returns: the run.
  public static func startRunbook(
    _ name: String, inputs: [RunVariable] = [], about: Subject, mode: RunMode, by actor: Actor
  ) -> Ask {
    Ask("runbook start", by: actor) { state, environment, emitter in
      if let stop = state.automation.stopped {
        throw Refusal(.unavailable, "automation is stopped by \(stop.by.text): \(stop.reason); resume it first")
      }
      try state.demand(.responder, of: actor, to: "start a runbook", at: emitter.now)
      let start = try state.runbookStart(name, inputs: inputs, about: about, mode: mode, in: environment)
      try state.checkRights(to: start, of: actor, at: emitter.now)
      return try state.start(start, into: &emitter)
    }
  }
}

extension Ask where Reply == ClaimedStep {
  /// Takes a performance before it is begun. Approvals are looked at again: whether they are of just this, hold still,
  /// and come from people who may give them.
  public static func claimStep(_ run: ULID, index: Int, attempt: Int, undo: Bool) -> Ask {
    Ask("step claim", by: .system("runner"), priority: .urgent) { state, environment, emitter in
      if let stop = state.automation.stopped {
        throw Refusal(.unavailable, "automation is stopped by \(stop.by.text): \(stop.reason)")
      }
      let at = try state.procedures.performance(run, index: index, attempt: attempt, undo: undo)
      if !undo, let gate = at.step?.rules?.gate, at.guarded?.phase == nil {
        try state.checkApprovals(of: at, gate, environment, at: emitter.now)
      }
      guard let parameters = at.parameters, let key = at.work?.key else {
        throw Refusal(.conflict, "run \(run) has nothing to perform")
      }
      let work = try parameters.decode(StepWork.self)
      _ = try state.procedures.claim(run, index: index, attempt: attempt, undo: undo, into: &emitter)
      let own = [
        RunVariable(name: "MAINSTAY_RUN", value: "\(run)"), RunVariable(name: "MAINSTAY_STEP", value: work.block),
        RunVariable(name: "MAINSTAY_ATTEMPT", value: "\(attempt)"), RunVariable(name: "MAINSTAY_KEY", value: key),
      ]
      return ClaimedStep(
        run: run, index: index, attempt: attempt, undo: undo, isCheck: at.guarded?.phase == .check && !undo, key: key,
        outputKey: State.outputKey(run: run, index: index, attempt: attempt, undo: undo), work: work,
        environment: state.runbookEnvironment(of: run) + own,
        deadline: emitter.now + at.performanceTimeout + Procedures.reportGrace)
    }
  }
}

extension Ask where Reply == Void {
  /// Reports how a claimed performance ended; its output is kept in the same transaction. The failure of a check says
  /// "not yet".
  public static func finishStep(
    _ run: ULID, index: Int, attempt: Int, undo: Bool, result: StepFinished.Result, detail: String? = nil,
    exit: Int? = nil, output: BulkItem? = nil, exports: [RunVariable] = []
  ) -> Ask {
    Ask("step finish", by: .system("runner"), priority: .urgent) { state, _, emitter in
      var detail = detail
      let stop = state.automation.stopped
      if let stop, result != .done { detail = "stopped by \(stop.by.text)\(detail.map { ": \($0)" } ?? "")" }
      try state.procedures.finishClaimed(
        run, index: index, attempt: attempt, undo: undo, result: result, detail: detail, exit: exit,
        output: output?.key, exports: state.runbookRuns.runs[run]?.taking(exports) ?? [], wasStopped: stop != nil,
        into: &emitter)
      guard let output else { return }
      emitter.keep(output)
      if !undo { state.pinOutput(run, index: index, output, into: &emitter) }
    }
  }

  /// Lets the step begin at which a run step by step waits.
  public static func releaseStep(_ run: ULID, index: Int, by actor: Actor) -> Ask {
    Ask("step release", by: actor) { state, _, emitter in
      try state.demand(.responder, of: actor, to: "let a step begin", on: run, at: emitter.now)
      try state.procedures.release(run, index: index, into: &emitter)
    }
  }

  /// Answers what a step asks of a person; later steps see the answer as a variable.
  public static func answerStep(_ run: ULID, index: Int, answer: String, by actor: Actor) -> Ask {
    Ask("step answer", by: actor) { state, _, emitter in
      try state.demand(.responder, of: actor, to: "answer a step", on: run, at: emitter.now)
      let at = try state.procedures.performanceOfQuestion(run, index: index)
      try Question(at.script).check(answer)
      try state.procedures.answer(run, index: index, answer, into: &emitter)
    }
  }

  /// Approves what a step is going to do.
  ///
  /// - Parameter hash: what the person saw; refused where the run would do something else by now.
  public static func approveStep(_ run: ULID, index: Int, hash: String, by actor: Actor) -> Ask {
    Ask("step approve", by: actor) { state, environment, emitter in
      try state.demand(.responder, of: actor, to: "approve a step", on: run, at: emitter.now)
      guard let gate = state.procedures.runs[run]?.program.steps[safe: index]?.rules?.gate else {
        throw Refusal(.notFound, "run \(run) has no step \(index) that is approved")
      }
      if let who = state.approvedAlready(run, index: index) {
        throw Refusal(.conflict, "already approved by \(who): nothing is left to approve, and thank you for looking")
      }
      if let why = state.refusesApproval(actor, from: gate.from, environment) {
        throw Refusal(.forbidden, "\(why); step \(index) is approved by \(gate.from)")
      }
      guard hash == state.approvalHash(of: run, index: index) || Canary.omits(.approvalHash) else {
        throw Refusal(.conflict, "what step \(index) would do is not what you were shown; look at it again")
      }
      try state.procedures.approve(
        run, index: index, hash: hash, by: actor, alone: state.access.isAlone(actor), into: &emitter)
    }
  }

  /// Ends a run: what is being performed is killed, and what was done is undone.
  public static func cancelRun(_ run: ULID, reason: String, by actor: Actor) -> Ask {
    Ask("run cancel", by: actor, priority: .urgent) { state, _, emitter in
      try state.demand(.responder, of: actor, to: "stop a run", on: run, at: emitter.now)
      guard state.runbookRuns.runs[run] != nil else { throw Refusal(.notFound, "no run \(run)") }
      guard (1...1_000).contains(reason.utf8.count) else {
        throw Refusal(.invalid, "say in 1 to 1,000 bytes why the run is cancelled")
      }
      try state.procedures.cancel(run, reason: reason, into: &emitter)
    }
  }

  /// The switch: nothing is claimed any more, and what is being performed is killed.
  public static func stopAutomation(reason: String, by actor: Actor) -> Ask {
    Ask("automation stop", by: actor, priority: .urgent) { state, _, emitter in
      try state.demand(.responder, of: actor, to: "stop automation", at: emitter.now)
      try state.automation.stop(reason: reason, into: &emitter)
    }
  }

  public static func resumeAutomation(by actor: Actor) -> Ask {
    Ask("automation resume", by: actor, priority: .urgent) { state, _, emitter in
      try state.demand(.editor, of: actor, to: "resume automation", at: emitter.now)
      try state.automation.resume(into: &emitter)
    }
  }
}

extension Ask where Reply == Int {
  /// Writes off claims without a result, which a process that is gone left behind. Asked when a server starts, before
  /// its runner, until it answers 0.
  public static var loseSteps: Ask {
    Ask("step lose", by: .system("runner"), priority: .urgent) { state, _, emitter in
      state.procedures.loseClaims(into: &emitter)
    }
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension State {
  func checkApprovals(
    of run: Run, _ gate: ApprovalGate, _ environment: Environment, at now: Instant
  ) throws(Refusal) {
    guard let hash = approvalHash(of: run.id, index: run.index) else { throw Refusal(.notFound, "no run \(run.id)") }
    let holding = run.approvals(of: hash, at: now).filter {
      $0.by != run.startedBy && refusesApproval($0.by, from: gate.from, environment) == nil
    }
    let isEnough = holding.count >= gate.count || holding.contains { $0.alone == true && access.isAlone($0.by) }
    guard isEnough else {
      throw Refusal(
        .forbidden,
        "step \(run.index) of run \(run.id) has \(holding.count) of \(gate.count) approvals that hold from \(gate.from)"
      )
    }
  }
}

extension Procedures {
  /// The question that a run waits at.
  func performanceOfQuestion(_ id: ULID, index: Int) throws -> StepWork {
    guard let run = runs[id] else { throw Refusal(.notFound, "no run \(id)") }
    guard run.guarded?.phase == .answer, run.index == index, let step = run.step else {
      throw Refusal(.conflict, "step \(index) of run \(id) does not wait for an answer")
    }
    return try step.parameters.decode(StepWork.self)
  }
}
