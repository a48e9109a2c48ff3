import Base
import Events
import Journal

/// One run of a runbook as people see it, folded from its events. What moves it on is `Procedures`.
public struct RunbookRun: Codable, Sendable {
  public enum StepState: String, Codable, Sendable, CaseIterable {
    case pending, awaitingRelease, awaitingApproval, awaitingAnswer, running, checking, done, failed, skipped
    case undoing, undone, undoFailed, lost
  }

  public struct Approval: Codable, Sendable, Hashable {
    public var by: Actor
    public var at: Instant
    public var hash: String
  }

  public struct StepRecord: Codable, Sendable {
    public let name: String
    public let kind: String
    public let always: Bool
    public internal(set) var state: StepState = .pending
    /// The last attempt, of the step or of its undoing.
    public internal(set) var attempt = 0
    /// When it was claimed first.
    public internal(set) var startedAt: Instant?
    public internal(set) var finishedAt: Instant?
    /// The status that its last process ended with.
    public internal(set) var exit: Int?
    public internal(set) var detail: String?
    /// The keys of what was kept of its output, oldest first; of many the newest.
    public internal(set) var outputs: [String] = []
    public internal(set) var approvals: [Approval] = []
    public internal(set) var answer: String?
    /// Whether a person had to do something for it in this run.
    public internal(set) var neededHand = false

    /// The key of the newest output.
    public var outputKey: String? { outputs.last }

    static let outputsMax = 20
  }

  public let id: ULID
  public let runbook: String
  public let title: String
  public let `class`: RunbookClass
  public let mode: RunMode
  public let about: Subject
  public let incident: Subject?
  public let services: [String]
  public let inputs: [RunVariable]
  /// The names of the inputs whose values are names of secrets.
  public let secretInputs: [String]
  /// What the environment of every step has besides the inputs.
  public let environment: [RunVariable]
  public let commit: String
  public let startedBy: Actor
  public let startedAt: Instant
  /// Why it ran by itself; `nil` for a run that a person started.
  public let automatic: String?
  public internal(set) var steps: [StepRecord]
  /// What its steps have exported so far.
  public internal(set) var exports: [RunVariable] = []
  /// Why it was cancelled; it may still be undoing.
  public internal(set) var cancelReason: String?
  public internal(set) var outcome: ProcedureFinished.Outcome?
  public internal(set) var reason: String?
  public internal(set) var finishedAt: Instant?

  public var subject: Subject { Subject("procedure", id) }
  public var isGoing: Bool { outcome == nil }
  /// The step that waits for a person, or is under way.
  public var current: Int? {
    steps.firstIndex { ![.pending, .done, .failed, .skipped, .undone, .undoFailed].contains($0.state) }
  }

  init(id: ULID, _ started: RunbookStarted, by actor: Actor, at time: Instant) {
    self.id = id
    runbook = started.runbook
    title = started.title
    `class` = started.class
    mode = started.mode
    about = started.about
    incident = started.incident
    services = started.services
    inputs = started.inputs
    secretInputs = started.secretInputs
    environment = started.environment
    commit = started.commit
    startedBy = actor
    startedAt = time
    automatic = started.automatic
    steps = started.steps.map { StepRecord(name: $0.name, kind: $0.kind, always: $0.always) }
  }
}

extension RunbookRun {
  mutating func apply(_ event: StepStarted) {
    guard steps.indices.contains(event.index) else { return }
    steps[event.index].attempt = event.attempt
    steps[event.index].state =
      switch event.phase {
      case _ where event.undo: .undoing
      case .release: .awaitingRelease
      case .approval: .awaitingApproval
      case .answer: .awaitingAnswer
      case .check: .checking
      case nil: .running
      }
    if event.phase == .approval || event.phase == .answer { steps[event.index].neededHand = true }
  }

  mutating func apply(_ event: StepFinished, at time: Instant) {
    guard steps.indices.contains(event.index) else { return }
    var step = steps[event.index]
    step.detail = event.detail
    if let exit = event.exit { step.exit = exit }
    if let new = event.exports { exports = Exports.merged(exports, new) }
    if let output = event.output {
      step.outputs.append(output)
      if step.outputs.count > StepRecord.outputsMax { step.outputs.removeFirst() }
    }
    if event.undo {
      if event.result == .done { step.state = .undone }
      if event.fails == true { step.state = .undoFailed }
    } else if event.result == .done {
      step.state = .done
      step.finishedAt = time
    } else if event.fails == true {
      step.state = event.result == .lost ? .lost : .failed
      step.finishedAt = time
    }
    steps[event.index] = step
  }

  mutating func finish(_ event: ProcedureFinished, at time: Instant) {
    outcome = event.outcome
    reason = event.reason
    finishedAt = time
    for index in steps.indices {
      switch steps[index].state {
      case .pending, .awaitingRelease, .awaitingApproval, .awaitingAnswer, .running, .checking:
        steps[index].state = .skipped
      case .done, .failed, .skipped, .undoing, .undone, .undoFailed, .lost: break
      }
    }
  }
}
