import Base
import Events
import Journal

/// One run of a program: a fold of its own events, so that a crash at any instant resumes it.
public struct Run: Codable, Sendable {
  public enum Status: String, Codable, Sendable {
    /// Waits for its step: a handler, a deadline or an approval.
    case running
    /// Waits to ask a check again, or to try an act again.
    case pausing
    case undoing
    case finished
  }

  public let id: ULID
  /// Of a run that has ended the parameters are forgotten, for scripts are long; the journal has them.
  public internal(set) var program: Program
  public let about: Subject
  public let snapshot: String
  public let startedBy: Actor
  public let startedAt: Instant
  public internal(set) var status: Status = .running
  /// The step the run is at; `program.steps.count` once all are done.
  public internal(set) var index = 0
  public internal(set) var attempt = 0
  /// When the step's first attempt began: a check's timeout counts from here.
  public internal(set) var stepBegan: Instant
  /// When a timer has to look at the run again.
  public internal(set) var deadline: Instant?
  public internal(set) var approvers: [Actor] = []
  /// The steps that are done and not undone, in order.
  public internal(set) var done: [Int] = []
  /// What the last finished step reported.
  public internal(set) var lastDetail: String?
  public internal(set) var cancelReason: String?
  /// Set while the run waits where it is.
  public internal(set) var pause: Pause?
  /// When it last went on after a pause.
  public internal(set) var resumedAt: Instant?
  public internal(set) var outcome: ProcedureFinished.Outcome?
  public internal(set) var finishedAt: Instant?
  /// What a run of steps with rules remembers besides.
  public internal(set) var guarded: Guarded?

  public struct Pause: Codable, Sendable, Hashable {
    public var at: Instant
    public var reason: String
    /// How much of the step's wait was left.
    public var left: Interval?
  }

  public var step: Step? { program.steps.indices.contains(index) ? program.steps[index] : nil }

  init(id: ULID, started: ProcedureStarted, by actor: Actor, at time: Instant) {
    self.id = id
    program = started.program
    about = started.about
    snapshot = started.snapshot
    startedBy = actor
    startedAt = time
    stepBegan = time
    if program.steps.first?.rules != nil { guarded = Guarded() }
  }

  /// What an executor outside the writer has to do now: perform the act, answer the check, or undo. The key is the
  /// same for every performance of one attempt, so that a repeated one after a crash can be recognised.
  public var work: (handler: String, step: Step, key: String)? {
    guard let step, attempt > 0 else { return nil }
    switch (status, step.kind) {
    case (.running, .act), (.running, .check):
      if let phase = guarded?.phase, phase != .check { return nil }
      return (step.handler, step, "\(id)/\(index)/\(attempt)")
    case (.undoing, _): return step.undo.map { ($0, step, "\(id)/\(index)/undo/\(attempt)") }
    default: return nil
    }
  }
}

extension Run {
  mutating func apply(_ event: StepStarted, at time: Instant) {
    if event.index != index || event.undo != (status == .undoing) || event.attempt == 1 { stepBegan = time }
    status = event.undo ? .undoing : .running
    index = event.index
    attempt = event.attempt
    deadline = event.deadline
    if event.attempt == 1 { approvers = [] }
    if guarded != nil { applyGuarded(event, at: time) }
  }

  mutating func apply(_ event: StepFinished, at time: Instant) {
    deadline = nil
    lastDetail = event.detail
    if guarded != nil {
      applyGuarded(event, at: time)
      return
    }
    switch event.result {
    case .done where event.undo: done.removeAll { $0 == event.index }
    case .done: done.append(event.index)
    case .notYet:
      status = .pausing
      deadline = time + (step?.interval ?? .zero)
    case .failed, .timedOut, .lost: break
    }
  }
}
