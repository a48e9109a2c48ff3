import Base
import Events
import Journal

/// Runs whose steps have rules: released, approved, claimed, performed, checked; undone in reverse when one fails, with
/// the always-steps at the end. `Run.Guarded` draws it.
extension Procedures {
  /// A step whose claims were lost so often is not begun again: it may be what ends the server.
  static let lossesMax = 3
  /// A performance without a result so long after its own time counts as lost.
  public static let reportGrace = Interval.minutes(2)

  // MARK: Reactions

  func reactGuarded(to event: Event, of run: Run, into emitter: inout Emitter) throws {
    if event.type == ProcedureStarted.type {
      enter(0, of: run, into: &emitter)
    } else if let payload = try event.payload(StepFinished.self) {
      payload.undo ? afterUndo(payload, of: run, into: &emitter) : after(payload, of: run, into: &emitter)
    } else if event.type == ProcedureCancelled.type {
      // What is being performed is killed by whoever performs it, and reported: the undo has to come after that.
      if run.guarded?.claim == nil { undoNextGuarded(of: run, into: &emitter) }
    } else if event.type == StepReleased.type {
      approveOrPerform(run.index, of: run, into: &emitter)
    } else if event.type == StepApproved.type {
      if isApproved(run, at: emitter.now) { perform(run.index, of: run, into: &emitter) }
    } else if let payload = try event.payload(StepAnswered.self) {
      emitter.emit(
        StepFinished(index: payload.index, attempt: run.attempt, undo: false, result: .done), on: subject(run))
    }
  }

  private func after(_ payload: StepFinished, of run: Run, into emitter: inout Emitter) {
    let index = payload.index
    let rules = run.program.steps[index].rules
    if rules?.always == true {
      guard payload.result != .notYet else { return }
      if payload.result == .done || payload.fails == true {
        close(after: index, of: run, into: &emitter)
      } else {
        perform(index, of: run, into: &emitter)
      }
    } else if run.guarded?.isEnding == true {
      undoNextGuarded(of: run, into: &emitter)
    } else {
      switch payload.result {
      case .notYet: break
      case .done where run.guarded?.phase == nil && rules?.check != nil:
        check(index, of: run, into: &emitter)
      case .done: enter(index + 1, of: run, into: &emitter)
      case .lost where run.guarded?.phase == .check || (rules?.isRepeatable != true && rules?.check != nil):
        check(index, of: run, into: &emitter)
      case .failed, .timedOut, .lost: perform(index, of: run, into: &emitter)
      }
    }
  }

  private func afterUndo(_ payload: StepFinished, of run: Run, into emitter: inout Emitter) {
    if payload.result == .done {
      undoNextGuarded(of: run, into: &emitter)
    } else if payload.fails == true {
      close(after: nil, of: run, into: &emitter)
    } else {
      undo(payload.index, attempt: run.attempt + 1, of: run, into: &emitter)
    }
  }

  // MARK: Moves

  private func enter(_ index: Int, of run: Run, into emitter: inout Emitter) {
    guard run.program.steps.indices.contains(index), let rules = run.program.steps[index].rules, !rules.always else {
      close(after: nil, of: run, into: &emitter)
      return
    }
    guard rules.needsRelease else {
      approveOrPerform(index, of: run, into: &emitter)
      return
    }
    wait(index, for: .release, of: run, into: &emitter)
  }

  private func approveOrPerform(_ index: Int, of run: Run, into emitter: inout Emitter) {
    if run.program.steps[index].rules?.gate == nil {
      perform(index, of: run, into: &emitter)
    } else {
      wait(index, for: .approval, of: run, into: &emitter)
    }
  }

  private func wait(_ index: Int, for phase: StepPhase, of run: Run, into emitter: inout Emitter) {
    let rules = run.program.steps[index].rules ?? StepRules()
    emitter.emit(
      StepStarted(
        index: index, attempt: attempts(index, of: run), undo: false, deadline: emitter.now + rules.patience,
        phase: phase, step: run.program.steps[index].name),
      on: subject(run), by: .system("runbooks"))
  }

  /// How often the step was performed before.
  private func attempts(_ index: Int, of run: Run) -> Int {
    run.guarded?.step == index && run.guarded?.isUndo == false ? run.attempt : 0
  }

  /// Has the step performed, or asks for its approvals where they hold no longer.
  private func perform(_ index: Int, of run: Run, into emitter: inout Emitter) {
    let step = run.program.steps[index]
    if step.kind == .ask {
      wait(index, for: .answer, of: run, into: &emitter)
      return
    }
    if let gate = step.rules?.gate {
      guard isApproved(run, at: emitter.now) else {
        wait(index, for: .approval, of: run, into: &emitter)
        return
      }
      let until = Run.enough(run.guarded?.approvals ?? [], for: gate)
      start(index, attempts(index, of: run) + 1, until: until, of: run, into: &emitter)
    } else {
      start(index, attempts(index, of: run) + 1, until: nil, of: run, into: &emitter)
    }
  }

  private func start(_ index: Int, _ attempt: Int, until: Instant?, of run: Run, into emitter: inout Emitter) {
    emitter.emit(
      StepStarted(index: index, attempt: attempt, undo: false, deadline: until), on: subject(run),
      by: .system("runbooks"))
  }

  /// Counts approvals of one and the same content; whose and of what is looked at again when the step is claimed.
  private func isApproved(_ run: Run, at now: Instant) -> Bool {
    guard let gate = run.step?.rules?.gate, let newest = run.guarded?.approvals.last else { return false }
    return Run.enough(run.approvals(of: newest.hash, at: now), for: gate) != nil
  }

  private func check(_ index: Int, of run: Run, into emitter: inout Emitter) {
    emitter.emit(
      StepStarted(
        index: index, attempt: attempts(index, of: run) + 1, undo: false, deadline: nil, phase: .check),
      on: subject(run), by: .system("runbooks"))
  }

  private func undo(_ index: Int, attempt: Int, of run: Run, into emitter: inout Emitter) {
    emitter.emit(
      StepStarted(index: index, attempt: attempt, undo: true, deadline: nil), on: subject(run),
      by: .system("runbooks"))
  }

  /// Undoes the last step that was done and says how; then come the always-steps.
  private func undoNextGuarded(of run: Run, into emitter: inout Emitter) {
    let order = Canary.omits(.undoOrder) ? run.done.reversed() : run.done
    if let index = order.last(where: { run.program.steps[$0].rules?.undo != nil }) {
      undo(index, attempt: 1, of: run, into: &emitter)
    } else {
      close(after: nil, of: run, into: &emitter)
    }
  }

  /// The next of the always-steps, or the end.
  private func close(after index: Int?, of run: Run, into emitter: inout Emitter) {
    let first = index.map { $0 + 1 } ?? 0
    let next = run.program.steps.indices.dropFirst(first).first { run.program.steps[$0].rules?.always == true }
    if let next {
      emitter.emit(
        StepStarted(index: next, attempt: 1, undo: false, deadline: nil), on: subject(run), by: .system("runbooks"))
      return
    }
    let (outcome, reason) = outcome(of: run)
    emitter.emit(ProcedureFinished(outcome: outcome, reason: reason), on: subject(run), by: .system("runbooks"))
  }

  private func outcome(of run: Run) -> (ProcedureFinished.Outcome, String?) {
    let left = (run.guarded?.failedAlways ?? []).map { run.program.steps[$0].name }
    let tail = left.isEmpty ? nil : "and at the end \(left.joined(separator: ", ")) failed"
    func joined(_ reason: String?) -> String? {
      let parts = [reason, tail].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
    if let halt = run.guarded?.halt { return (.halted, joined(halt)) }
    if let cancel = run.cancelReason { return (.cancelled, joined(cancel)) }
    if let failure = run.guarded?.failure { return (.failed, joined(failure)) }
    return (.completed, joined(nil))
  }

  // MARK: Results

  /// Writes down how a performance ended, with what it means for the step.
  func report(
    _ run: Run, _ result: StepFinished.Result, detail: String?, exit: Int? = nil, output: String? = nil,
    exports: [RunVariable] = [], wasStopped: Bool = false, by actor: Actor? = nil, into emitter: inout Emitter
  ) {
    guard let step = run.step, let guarded = run.guarded else { return }
    let isUndo = run.status == .undoing
    var result = result
    // A check that says no, or hangs, is asked again while there is time.
    if guarded.phase == .check, result == .failed || result == .timedOut {
      let began = guarded.checkBegan ?? emitter.now
      result = began + (step.rules?.checkTimeout ?? .zero) <= emitter.now ? .timedOut : .notYet
    }
    let fails = fails(result, step, guarded, isUndo: isUndo, wasStopped: wasStopped)
    // Of a run that is ending nobody asks the check any more: what may have acted is undone.
    let isLast = (fails || guarded.isEnding) && !isUndo
    let acted: Bool? = isLast && mayHaveActed(result, guarded, wasStopped) ? true : nil
    let isExported = result == .done && !isUndo && guarded.phase == nil && !exports.isEmpty
    emitter.emit(
      StepFinished(
        index: run.index, attempt: run.attempt, undo: isUndo, result: result, detail: detail?.cut(1_000),
        fails: fails ? true : nil, mayHaveActed: acted, exit: exit, output: output, step: step.name,
        check: guarded.phase == .check && !isUndo ? true : nil, exports: isExported ? exports : nil),
      on: subject(run), by: actor)
  }

  private func mayHaveActed(_ result: StepFinished.Result, _ guarded: Run.Guarded, _ wasStopped: Bool) -> Bool {
    if guarded.phase == .check { return true }
    guard guarded.phase == nil else { return false }
    return result == .timedOut || result == .lost || wasStopped
  }

  private func fails(
    _ result: StepFinished.Result, _ step: Step, _ guarded: Run.Guarded, isUndo: Bool, wasStopped: Bool
  ) -> Bool {
    let lossesLeft = guarded.losses + 1 < Self.lossesMax
    switch result {
    case .done: return false
    case .notYet: return false
    case .failed, .timedOut:
      // What was killed and may be performed again waits for automation to be resumed.
      if wasStopped, isUndo { return step.rules?.undoIsRepeatable != true }
      if wasStopped, step.rules?.always == true { return step.rules?.isRepeatable != true }
      if isUndo { return guarded.failures >= (step.rules?.undoRetries ?? 0) }
      guard guarded.phase == nil else { return true }
      return wasStopped || guarded.failures >= step.retries
    case .lost:
      if isUndo { return !(step.rules?.undoIsRepeatable == true && lossesLeft) }
      if guarded.phase == .check { return !lossesLeft }
      if step.rules?.isRepeatable == true { return !lossesLeft }
      return step.rules?.check == nil
    }
  }

  /// What a timer does when the deadline of a run with rules has come.
  func expireGuarded(_ run: Run, _ step: Step, into emitter: inout Emitter) {
    guard let guarded = run.guarded else { return }
    let timer = Actor.system("timer")
    if guarded.claim != nil {
      report(run, .lost, detail: "nothing was heard of it in time", by: timer, into: &emitter)
    } else if run.status == .pausing {
      let began = guarded.checkBegan ?? emitter.now
      if began + (step.rules?.checkTimeout ?? .zero) <= emitter.now {
        report(
          run, .timedOut, detail: "not so within \(step.rules?.checkTimeout.text ?? "its time")", by: timer,
          into: &emitter)
      } else {
        check(run.index, of: run, into: &emitter)
      }
    } else if let phase = guarded.phase {
      let patience = step.rules?.patience.text ?? "its time"
      let what =
        switch phase {
        case .release: "nobody let it begin within \(patience)"
        case .approval: "it was not approved within \(patience)"
        case .answer: "nobody answered within \(patience)"
        case .check: "no answer within \(patience)"
        }
      report(run, .timedOut, detail: what, by: timer, into: &emitter)
    } else {
      wait(run.index, for: .approval, of: run, into: &emitter)
    }
  }

  func subject(_ run: Run) -> Subject { Subject("procedure", run.id) }
}
