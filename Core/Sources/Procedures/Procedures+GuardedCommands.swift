import Base
import Events
import Journal

extension Procedures {
  /// The run, at this very performance.
  ///
  /// - Throws: a `Refusal` where the run has moved on, so that a run has one owner at a time.
  public func performance(_ id: ULID, index: Int, attempt: Int, undo: Bool) throws(Refusal) -> Run {
    let run = try going(id)
    guard run.guarded != nil else { throw Refusal(.invalid, "procedure \(id) is no run of a runbook") }
    guard run.index == index, run.attempt == attempt, (run.status == .undoing) == undo, run.work != nil else {
      let at = run.status == .undoing ? "undoing step \(run.index)" : "step \(run.index)"
      throw Refusal(
        .conflict, "run \(id) is at \(at), attempt \(run.attempt), not at \(undo ? "undoing " : "")\(index)/\(attempt)")
    }
    return run
  }

  /// Takes a performance, durably, before it is begun.
  @discardableResult
  public func claim(
    _ id: ULID, index: Int, attempt: Int, undo: Bool, into emitter: inout Emitter
  ) throws(Refusal) -> Run {
    let run = try performance(id, index: index, attempt: attempt, undo: undo)
    guard let work = run.work, run.guarded?.claim == nil else {
      throw Refusal(.conflict, "step \(index) of run \(id) is being performed already")
    }
    emitter.emit(
      StepClaimed(
        index: index, attempt: attempt, undo: undo, key: work.key,
        deadline: emitter.now + run.performanceTimeout + Self.reportGrace, step: run.program.steps[index].name),
      on: subject(run))
    return run
  }

  /// Reports how a claimed performance ended.
  ///
  /// - Parameter exports: what a step that was done leaves in the environment of those after it.
  /// - Parameter wasStopped: whether it was killed because automation was stopped: it is not tried again, and its own
  ///   undo runs too.
  public func finishClaimed(
    _ id: ULID, index: Int, attempt: Int, undo: Bool, result: StepFinished.Result, detail: String?, exit: Int? = nil,
    output: String? = nil, exports: [RunVariable] = [], wasStopped: Bool = false, into emitter: inout Emitter
  ) throws(Refusal) {
    let run = try performance(id, index: index, attempt: attempt, undo: undo)
    guard run.guarded?.claim != nil else {
      throw Refusal(.conflict, "step \(index) of run \(id) is not claimed, so it has no result")
    }
    // Cancelling kills the step under way; the undos and the always-steps that follow are not stopped by it.
    let isCancelled = run.cancelReason != nil && !undo && run.step?.rules?.always != true
    report(
      run, result, detail: detail, exit: exit, output: output, exports: exports,
      wasStopped: wasStopped || isCancelled, into: &emitter)
  }

  /// Writes off the claims that a process that is gone has left behind.
  ///
  /// - Parameter limit: at most so many at once; call again while it returns that many.
  public func loseClaims(limit: Int = 100, into emitter: inout Emitter) -> Int {
    let lost = claimed.prefix(limit).compactMap { runs[$0] }
    for run in lost { report(run, .lost, detail: "the server ended while it was performed", into: &emitter) }
    return lost.count
  }

  /// Lets the step begin that waits for a person.
  public func release(_ id: ULID, index: Int, into emitter: inout Emitter) throws(Refusal) {
    let run = try waiting(id, index: index, for: .release, "to be let begin")
    emitter.emit(StepReleased(index: index, step: run.program.steps[index].name), on: subject(run))
  }

  public func answer(_ id: ULID, index: Int, _ text: String, into emitter: inout Emitter) throws(Refusal) {
    let run = try waiting(id, index: index, for: .answer, "for an answer")
    emitter.emit(StepAnswered(index: index, answer: text, step: run.program.steps[index].name), on: subject(run))
  }

  /// Approves what is named by its hash. Who may is for the caller to know; nobody approves a run of their own, nor
  /// twice.
  ///
  /// - Parameter alone: whether this approval is enough by itself, because there is nobody else.
  public func approve(
    _ id: ULID, index: Int, hash: String, by actor: Actor, alone: Bool = false, into emitter: inout Emitter
  ) throws(Refusal) {
    let run = try waiting(id, index: index, for: .approval, "for an approval")
    guard let gate = run.step?.rules?.gate else { throw Refusal(.conflict, "step \(index) needs no approval") }
    guard run.startedBy != actor || Canary.omits(.selfApproval) else {
      throw Refusal(.forbidden, "\(actor) started run \(id); somebody else has to approve its steps")
    }
    guard !run.approvals(of: hash, at: emitter.now).contains(where: { $0.by == actor }) else {
      throw Refusal(.conflict, "\(actor) has approved this step of run \(id) already")
    }
    emitter.emit(
      StepApproved(
        index: index, hash: hash, expires: emitter.now + gate.expires, alone: alone ? true : nil,
        step: run.step?.name),
      on: subject(run))
  }

  private func waiting(
    _ id: ULID, index: Int, for phase: StepPhase, _ words: String
  ) throws(Refusal) -> Run {
    let run = try going(id)
    guard run.index == index, run.guarded?.phase == phase, run.status == .running, run.cancelReason == nil else {
      throw Refusal(.conflict, "step \(index) of run \(id) does not wait \(words)")
    }
    return run
  }
}
