import Base
import Journal

/// A durable program of steps. It is carried whole by `procedure.started`, so a run never depends on a definition
/// that changed under it.
public struct Program: Codable, Sendable, Hashable {
  /// Whose it is: `escalation`, `runbook`, `rollout`.
  public var kind: String
  public var steps: [Step]
  public init(kind: String, steps: [Step]) {
    self.kind = kind
    self.steps = steps
  }
}

public struct Step: Codable, Sendable, Hashable {
  public enum Kind: String, Codable, Sendable {
    /// Has its handler do something, and ends when the handler reports.
    case act
    /// Lets time pass.
    case wait
    /// Asks its handler every `interval` until it says yes, at most `timeout` long.
    case check
    /// Waits for `approvals` people, at most `timeout` long.
    case approve
    /// Waits for a person's answer; only in programs whose steps have `rules`.
    case ask
  }

  public var name: String
  public var kind: Kind
  /// Who performs an act or answers a check.
  public var handler: String
  public var parameters: JSON
  /// The length of a wait, or the time between two checks.
  public var interval: Interval
  /// How long an act, a check or an approval may take; `nil` is for ever.
  public var timeout: Interval?
  /// How often a failed act is tried again.
  public var retries: Int
  /// How many people must approve.
  public var approvals: Int
  /// Who undoes it when the run fails or is cancelled after the step was done.
  public var undo: String?
  /// What holds besides for a step that acts on the world and is claimed before it does; all steps of a program have
  /// rules, or none has.
  public var rules: StepRules?

  public init(
    name: String, kind: Kind, handler: String = "", parameters: JSON = .null, interval: Interval = .zero,
    timeout: Interval? = nil, retries: Int = 0, approvals: Int = 1, undo: String? = nil, rules: StepRules? = nil
  ) {
    self.name = name
    self.kind = kind
    self.handler = handler
    self.parameters = parameters
    self.interval = interval
    self.timeout = timeout
    self.retries = retries
    self.approvals = approvals
    self.undo = undo
    self.rules = rules
  }
}

/// A run begins. Subject: `procedure/ID`.
public struct ProcedureStarted: EventPayload {
  public static let type: EventType = "procedure.started"
  public var program: Program
  /// What the run is about: `alert/ID`.
  public var about: Subject
  /// The content hash of the definitions that its policy came from.
  public var snapshot: String
  public init(program: Program, about: Subject, snapshot: String) {
    self.program = program
    self.about = about
    self.snapshot = snapshot
  }
}

/// A step, or its undoing, begins an attempt. Subject: `procedure/ID`.
public struct StepStarted: EventPayload {
  public static let type: EventType = "step.started"
  public var index: Int
  /// Counted from 1.
  public var attempt: Int
  public var undo: Bool
  /// When a wait ends, a check is asked again, or an act or approval times out.
  public var deadline: Instant?
  /// What a step with rules waits for or does; `nil`: it is performed.
  public var phase: StepPhase?
  /// The name of a step that waits for somebody.
  public var step: String?
  public init(
    index: Int, attempt: Int, undo: Bool, deadline: Instant?, phase: StepPhase? = nil, step: String? = nil
  ) {
    self.index = index
    self.attempt = attempt
    self.undo = undo
    self.deadline = deadline
    self.phase = phase
    self.step = step
  }
}

/// A step, or its undoing, ended an attempt. Subject: `procedure/ID`.
public struct StepFinished: EventPayload {
  public static let type: EventType = "step.finished"

  public enum Result: String, Codable, Sendable {
    case done, failed, timedOut
    /// A check that said "not yet": it is asked again.
    case notYet
    /// It was claimed, and the server ended before its result was known.
    case lost
  }

  public var index: Int
  public var attempt: Int
  public var undo: Bool
  public var result: Result
  public var detail: String?
  /// Whether the step, or its undoing, is over with this: it is not tried again.
  public var fails: Bool?
  /// Whether a step that failed may have changed something all the same, so that its own undo has to run too.
  public var mayHaveActed: Bool?
  /// The status that a process ended with.
  public var exit: Int?
  /// The key under which the output is kept.
  public var output: String?
  /// The step's name, in a run of a runbook.
  public var step: String?
  /// Whether it was the step's check.
  public var check: Bool?
  /// The variables that it exported, for the environment of the steps that follow.
  public var exports: [RunVariable]?
  public init(
    index: Int, attempt: Int, undo: Bool, result: Result, detail: String? = nil, fails: Bool? = nil,
    mayHaveActed: Bool? = nil, exit: Int? = nil, output: String? = nil, step: String? = nil, check: Bool? = nil,
    exports: [RunVariable]? = nil
  ) {
    self.index = index
    self.attempt = attempt
    self.undo = undo
    self.result = result
    self.detail = detail
    self.fails = fails
    self.mayHaveActed = mayHaveActed
    self.exit = exit
    self.output = output
    self.step = step
    self.check = check
    self.exports = exports
  }
}

/// One person approved the step the run waits at. Subject: `procedure/ID`; the actor is the approver.
public struct StepApproved: EventPayload {
  public static let type: EventType = "step.approved"
  public var index: Int
  /// What was approved: the hash over script, parameters, environment, target and commit.
  public var hash: String?
  /// Until when the approval holds.
  public var expires: Instant?
  /// Whether it was given where nobody had a login yet: it is enough by itself, as long as nobody has one.
  public var alone: Bool?
  /// The step's name, in a run of a runbook.
  public var step: String?
  public init(
    index: Int, hash: String? = nil, expires: Instant? = nil, alone: Bool? = nil, step: String? = nil
  ) {
    self.index = index
    self.hash = hash
    self.expires = expires
    self.alone = alone
    self.step = step
  }
}

/// The run is to stop; steps that were done are undone if they say how. Subject: `procedure/ID`.
public struct ProcedureCancelled: EventPayload {
  public static let type: EventType = "procedure.cancelled"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

/// The run waits where it is: its clock stands still. Subject: `procedure/ID`.
public struct ProcedurePaused: EventPayload {
  public static let type: EventType = "procedure.paused"
  public var reason: String
  /// How much of the step's wait was left.
  public var left: Interval?
  public init(reason: String, left: Interval?) {
    self.reason = reason
    self.left = left
  }
}

/// A run that waited goes on with the step it was at. Subject: `procedure/ID`.
public struct ProcedureResumed: EventPayload {
  public static let type: EventType = "procedure.resumed"
  /// When what is left of the step's wait ends.
  public var deadline: Instant?
  public init(deadline: Instant?) { self.deadline = deadline }
}

/// The run has ended. Subject: `procedure/ID`.
public struct ProcedureFinished: EventPayload {
  public static let type: EventType = "procedure.finished"

  public enum Outcome: String, Codable, Sendable {
    case completed, failed, cancelled
    /// An undo failed: what is left half-done needs a person.
    case halted
  }

  public var outcome: Outcome
  public var reason: String?
  public init(outcome: Outcome, reason: String? = nil) {
    self.outcome = outcome
    self.reason = reason
  }
}
