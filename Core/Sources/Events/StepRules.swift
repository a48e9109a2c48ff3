import Base
import Journal

/// What holds for a step that acts on the world: when it may be performed, how to see whether it was done, and what
/// becomes of it when the server ends in the middle.
public struct StepRules: Codable, Sendable, Hashable {
  /// Runs at the end, whatever happened before.
  public var always: Bool
  /// May be performed again when a claim was lost.
  public var isRepeatable: Bool
  /// What its handler gets to find out whether the step was done; it is asked until it says yes.
  public var check: JSON?
  /// The time between two answers of the check.
  public var checkInterval: Interval
  /// For how long the check is asked.
  public var checkTimeout: Interval
  /// What its handler gets to undo the step.
  public var undo: JSON?
  public var undoIsRepeatable: Bool
  public var undoTimeout: Interval
  /// How often a failed undo is tried again.
  public var undoRetries: Int
  /// Waits for a person to say that it may begin.
  public var needsRelease: Bool
  public var gate: ApprovalGate?
  /// How long people have to release, approve or answer.
  public var patience: Interval

  public init(
    always: Bool = false, isRepeatable: Bool = false, check: JSON? = nil, checkInterval: Interval = .seconds(10),
    checkTimeout: Interval = .minutes(5), undo: JSON? = nil, undoIsRepeatable: Bool = false,
    undoTimeout: Interval = .minutes(10), undoRetries: Int = 0, needsRelease: Bool = false,
    gate: ApprovalGate? = nil, patience: Interval = .hours(24)
  ) {
    self.always = always
    self.isRepeatable = isRepeatable
    self.check = check
    self.checkInterval = checkInterval
    self.checkTimeout = checkTimeout
    self.undo = undo
    self.undoIsRepeatable = undoIsRepeatable
    self.undoTimeout = undoTimeout
    self.undoRetries = undoRetries
    self.needsRelease = needsRelease
    self.gate = gate
    self.patience = patience
  }
}

/// Who must approve a step before it is performed.
public struct ApprovalGate: Codable, Sendable, Hashable {
  /// A team of the catalog, or a role of the platform.
  public var from: String
  /// How many different people, none of whom started the run.
  public var count: Int
  /// How long an approval holds.
  public var expires: Interval

  public init(from: String, count: Int, expires: Interval) {
    self.from = from
    self.count = count
    self.expires = expires
  }
}

/// What a step with rules is at, besides being performed.
public enum StepPhase: String, Codable, Sendable {
  /// Waits for a person to let it begin.
  case release
  /// Waits for its approvals.
  case approval
  /// Waits for a person's answer.
  case answer
  /// Its check is asked whether it was done.
  case check
}

/// A performance of a step begins: durable before anything is done, so that a crash leaves a claim without a result
/// behind. Subject: `procedure/ID`.
public struct StepClaimed: EventPayload {
  public static let type: EventType = "step.claimed"
  public var index: Int
  public var attempt: Int
  public var undo: Bool
  /// Names this performance to whatever it is done to: `RUN/INDEX/ATTEMPT`, `RUN/INDEX/undo/ATTEMPT`.
  public var key: String
  /// When it counts as lost without a result.
  public var deadline: Instant
  /// The step's name, in a run of a runbook.
  public var step: String?
  public init(index: Int, attempt: Int, undo: Bool, key: String, deadline: Instant, step: String? = nil) {
    self.index = index
    self.attempt = attempt
    self.undo = undo
    self.key = key
    self.deadline = deadline
    self.step = step
  }
}

/// A person lets the next step begin. Subject: `procedure/ID`.
public struct StepReleased: EventPayload {
  public static let type: EventType = "step.released"
  public var index: Int
  /// The step's name, in a run of a runbook.
  public var step: String?
  public init(index: Int, step: String? = nil) {
    self.index = index
    self.step = step
  }
}

/// A person answered what a step asks. Subject: `procedure/ID`.
public struct StepAnswered: EventPayload {
  public static let type: EventType = "step.answered"
  public var index: Int
  public var answer: String
  /// The step's name, in a run of a runbook.
  public var step: String?
  public init(index: Int, answer: String, step: String? = nil) {
    self.index = index
    self.answer = answer
    self.step = step
  }
}
