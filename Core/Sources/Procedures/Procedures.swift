import Base
import Events
import Journal

/// All runs that are going on, and the last that ended.
public struct Procedures: Fold, Codable {
  public static let name = "procedures"
  public static let version = 2
  /// Runs that ended are kept in memory up to this many; the journal has all.
  static let keptFinished = 2_000

  public private(set) var runs = Sharded<ULID, Run>()
  public private(set) var timers = Timers()
  /// The runs with something to perform that nobody has claimed, oldest first.
  public private(set) var claimable: [ULID] = []
  /// The runs with a claim that has no result yet, oldest first.
  public private(set) var claimed: [ULID] = []
  private var finished = Recent()

  public init() {}

  /// Takes one out, for a reader who may not see it.
  public mutating func hide(_ id: ULID) { runs[id] = nil }

  public mutating func apply(_ event: Event) throws {
    if let started = try event.payload(ProcedureStarted.self) {
      guard let id = ULID(event.subject.id) else { return }
      runs[id] = Run(id: id, started: started, by: event.actor, at: event.time)
      return
    }
    guard event.subject.kind == "procedure", let id = ULID(event.subject.id), var run = runs[id] else { return }
    let before = run.deadline
    if let payload = try event.payload(StepStarted.self) {
      run.apply(payload, at: event.time)
    } else if let payload = try event.payload(StepFinished.self) {
      run.apply(payload, at: event.time)
    } else if let payload = try event.payload(StepApproved.self) {
      run.approvers.append(event.actor)
      run.approve(payload, by: event.actor, at: event.time)
    } else if let payload = try event.payload(StepClaimed.self) {
      run.claim(payload, at: event.time)
    } else if let payload = try event.payload(StepAnswered.self) {
      run.guarded?.answers.append(.init(step: payload.index, text: payload.answer))
    } else if let payload = try event.payload(ProcedureCancelled.self) {
      run.cancelReason = payload.reason
      if run.guarded?.claim == nil { run.deadline = nil }
      run.guarded?.isEnding = true
    } else if let payload = try event.payload(ProcedurePaused.self) {
      run.pause = .init(at: event.time, reason: payload.reason, left: payload.left)
      run.deadline = nil
    } else if let payload = try event.payload(ProcedureResumed.self) {
      run.pause = nil
      run.resumedAt = event.time
      run.deadline = payload.deadline
    } else if let payload = try event.payload(ProcedureFinished.self) {
      run.status = .finished
      run.pause = nil
      run.outcome = payload.outcome
      run.finishedAt = event.time
      run.deadline = nil
      if run.guarded != nil { run.forgetParameters() }
    }
    timers.cancel(id, at: before)
    if let deadline = run.deadline { timers.set(id, at: deadline) }
    runs[id] = run
    if run.guarded != nil {
      Self.list(id, in: &claimable, run.isClaimable)
      Self.list(id, in: &claimed, run.guarded?.claim != nil)
    }
    if run.status == .finished, let old = finished.keep(id, limit: Self.keptFinished) { runs[old] = nil }
  }
}

extension Procedures {
  /// Keeps a list of identifiers in order, with this one in it or not.
  private static func list(_ id: ULID, in ids: inout [ULID], _ belongs: Bool) {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    let isThere = low < ids.count && ids[low] == id
    if belongs, !isThere { ids.insert(id, at: low) }
    if !belongs, isThere { ids.remove(at: low) }
  }
}

// MARK: - What follows

extension Procedures {
  /// Moves a run on after one of its events.
  public func react(to event: Event, into emitter: inout Emitter) throws {
    guard event.subject.kind == "procedure", let id = ULID(event.subject.id), let run = runs[id],
      run.status != .finished
    else { return }
    if run.guarded != nil {
      try reactGuarded(to: event, of: run, into: &emitter)
      return
    }
    if event.type == ProcedureStarted.type {
      begin(0, of: run, into: &emitter)
    } else if let payload = try event.payload(StepFinished.self) {
      guard payload.result != .notYet else { return }
      if payload.undo {
        payload.result == .done ? undoNext(of: run, into: &emitter) : halt(run, payload, into: &emitter)
      } else if run.cancelReason != nil {
        undoNext(of: run, into: &emitter)
      } else if payload.result == .done {
        begin(payload.index + 1, of: run, into: &emitter)
      } else if payload.result == .failed, let step = run.step, payload.attempt <= step.retries {
        start(payload.index, attempt: payload.attempt + 1, of: run, into: &emitter)
      } else {
        undoNext(of: run, into: &emitter)
      }
    } else if event.type == ProcedureCancelled.type, run.status != .undoing {
      undoNext(of: run, into: &emitter)
    } else if event.type == StepApproved.type, let step = run.step, run.approvers.count >= step.approvals {
      emitter.emit(
        StepFinished(index: run.index, attempt: run.attempt, undo: false, result: .done), on: event.subject)
    }
  }

  /// What a timer does when a run's deadline has come.
  public func expire(_ id: ULID, into emitter: inout Emitter) {
    guard let run = runs[id], let step = run.step, let deadline = run.deadline, deadline <= emitter.now else { return }
    if run.guarded != nil {
      expireGuarded(run, step, into: &emitter)
      return
    }
    let subject = Subject("procedure", id)
    if run.status == .pausing {
      start(run.index, attempt: run.attempt + 1, of: run, into: &emitter)
      return
    }
    let over = step.kind == .wait && run.status == .running
    emitter.emit(
      StepFinished(
        index: run.index, attempt: run.attempt, undo: run.status == .undoing, result: over ? .done : .timedOut,
        detail: over ? nil : "no answer within \(step.timeout?.text ?? "its time")"),
      on: subject, by: .system("timer"))
  }

  private func begin(_ index: Int, of run: Run, into emitter: inout Emitter) {
    if index < run.program.steps.count {
      start(index, attempt: 1, of: run, into: &emitter)
    } else {
      emitter.emit(ProcedureFinished(outcome: .completed), on: Subject("procedure", run.id))
    }
  }

  private func start(_ index: Int, attempt: Int, of run: Run, into emitter: inout Emitter) {
    let step = run.program.steps[index]
    let began = attempt == 1 ? emitter.now : run.stepBegan
    let timeout = step.timeout.map { step.kind == .act ? emitter.now + $0 : began + $0 }
    let deadline = step.kind == .wait ? emitter.now + step.interval : timeout
    if step.kind == .check, attempt > 1, let timeout, timeout <= emitter.now {
      emitter.emit(
        StepFinished(
          index: index, attempt: attempt - 1, undo: false, result: .timedOut,
          detail: "not so within \(step.timeout?.text ?? "its time")"),
        on: Subject("procedure", run.id))
      return
    }
    emitter.emit(
      StepStarted(index: index, attempt: attempt, undo: false, deadline: deadline), on: Subject("procedure", run.id))
  }

  /// Undoes the last done step that says how, or ends the run.
  private func undoNext(of run: Run, into emitter: inout Emitter) {
    let subject = Subject("procedure", run.id)
    if let index = run.done.last(where: { run.program.steps[$0].undo != nil }) {
      let deadline = run.program.steps[index].timeout.map { emitter.now + $0 }
      emitter.emit(StepStarted(index: index, attempt: 1, undo: true, deadline: deadline), on: subject)
    } else if let reason = run.cancelReason {
      emitter.emit(ProcedureFinished(outcome: .cancelled, reason: reason), on: subject)
    } else {
      emitter.emit(ProcedureFinished(outcome: .failed, reason: run.lastDetail), on: subject)
    }
  }

  private func halt(_ run: Run, _ payload: StepFinished, into emitter: inout Emitter) {
    let step = run.program.steps[payload.index].name
    emitter.emit(
      ProcedureFinished(outcome: .halted, reason: "undoing \(step) failed: \(payload.detail ?? "no reason given")"),
      on: Subject("procedure", run.id))
  }
}

// MARK: - Commands

extension Procedures {
  /// Starts a run and returns its identifier.
  @discardableResult
  public static func start(
    _ program: Program, about: Subject, snapshot: String, by actor: Actor? = nil, into emitter: inout Emitter
  ) -> ULID {
    let id = emitter.newID()
    emitter.emit(
      ProcedureStarted(program: program, about: about, snapshot: snapshot), on: Subject("procedure", id), by: actor)
    return id
  }

  /// Reports what an executor found. A report for an attempt that is no longer the current one is refused, so that
  /// a run has one owner at a time.
  public func finish(
    _ id: ULID, index: Int, attempt: Int, undo: Bool, result: StepFinished.Result, detail: String?,
    into emitter: inout Emitter
  ) throws(Refusal) {
    let run = try going(id)
    guard run.guarded == nil else {
      throw Refusal(.invalid, "the steps of procedure \(id) are claimed before they end")
    }
    guard run.index == index, run.attempt == attempt, (run.status == .undoing) == undo, run.status != .pausing else {
      throw Refusal(
        .conflict, "procedure \(id) is at step \(run.index) attempt \(run.attempt), not \(index)/\(attempt)")
    }
    emitter.emit(
      StepFinished(index: index, attempt: attempt, undo: undo, result: result, detail: detail),
      on: Subject("procedure", id))
  }

  /// Approves the step a run waits at. Nobody approves a run of their own, nor twice.
  public func approve(_ id: ULID, by actor: Actor, into emitter: inout Emitter) throws(Refusal) {
    let run = try going(id)
    guard run.guarded == nil else {
      throw Refusal(.invalid, "an approval in procedure \(id) names the step and what is approved")
    }
    guard run.status == .running, run.step?.kind == .approve else {
      throw Refusal(.conflict, "procedure \(id) does not wait for an approval")
    }
    guard run.startedBy != actor else {
      throw Refusal(.forbidden, "\(actor) started procedure \(id); somebody else has to approve it")
    }
    guard !run.approvers.contains(actor) else {
      throw Refusal(.conflict, "\(actor) has approved this step of procedure \(id) already")
    }
    emitter.emit(StepApproved(index: run.index), on: Subject("procedure", id))
  }

  /// Has a run wait where it is. Only a wait can stand still: whatever performs a step goes on by itself.
  public func pause(_ id: ULID, reason: String, by actor: Actor? = nil, into emitter: inout Emitter) {
    guard let run = runs[id], run.guarded == nil, run.status == .running, run.pause == nil, run.cancelReason == nil,
      run.step?.kind == .wait
    else { return }
    emitter.emit(
      ProcedurePaused(reason: reason, left: run.deadline.map { max(.zero, $0 - emitter.now) }),
      on: Subject("procedure", id), by: actor)
  }

  /// Lets a run that waits go on with what was left.
  ///
  /// - Parameter index: a step before the one it is at, to begin with again; without it the wait goes on.
  public func resume(_ id: ULID, from index: Int? = nil, by actor: Actor? = nil, into emitter: inout Emitter) {
    guard let run = runs[id], let pause = run.pause, run.status != .finished else { return }
    let subject = Subject("procedure", id)
    emitter.emit(
      ProcedureResumed(deadline: index == nil ? pause.left.map { emitter.now + $0 } : nil), on: subject, by: actor)
    if let index { emitter.emit(StepStarted(index: index, attempt: 1, undo: false, deadline: nil), on: subject) }
  }

  /// Stops a run; what it did is undone where its steps say how.
  public func cancel(_ id: ULID, reason: String, into emitter: inout Emitter) throws(Refusal) {
    let run = try going(id)
    guard run.cancelReason == nil else { throw Refusal(.conflict, "procedure \(id) is being cancelled already") }
    if run.guarded?.isEnding == true {
      throw Refusal(.conflict, "procedure \(id) is ending already: \(run.guarded?.failure ?? "its last steps run")")
    }
    emitter.emit(ProcedureCancelled(reason: reason), on: Subject("procedure", id))
  }

  func going(_ id: ULID) throws(Refusal) -> Run {
    guard let run = runs[id] else { throw Refusal(.notFound, "no procedure \(id)") }
    guard run.status != .finished else {
      throw Refusal(.conflict, "procedure \(id) has ended: \(run.outcome?.rawValue ?? "")")
    }
    return run
  }
}
