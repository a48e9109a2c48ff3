import Base
import Journal

/// One run of a runbook as pages and the API show it.
struct RunView: Sendable {
  struct Step: Sendable {
    var index: Int
    var name: String
    /// `shell`, `http`, `ask` and so on.
    var kind: String
    var condition: StepCondition
    /// `read-only`, `reversible` or `destructive`.
    var risk: String?
    var attempt: Int
    var startedAt: Instant?
    var finishedAt: Instant?
    var exit: Int?
    var detail: String?
    /// The last performance whose output is kept.
    var output: Performance?
    /// The last performance of its undoing whose output is kept.
    var undoOutput: Performance?
    /// What is being performed now.
    var live: Performance?
    var approvals: [Approval]
    var answer: String?
    var always: Bool
  }

  /// One performance of a step or of its undoing.
  struct Performance: Sendable, Hashable {
    var attempt: Int
    var undo: Bool
  }

  struct Approval: Sendable {
    var by: Actor
    var at: Instant
  }

  /// What a run needs of a person before it goes on.
  struct Waiting: Sendable {
    enum Kind: String, Sendable { case approval, release, answer }

    var kind: Kind
    var index: Int
    var step: String
    var risk: String?
    /// What is performed next, as it was pinned when the run began.
    var script: String
    /// When nobody can answer any more.
    var expires: Instant?
    /// The group or role that approves, and how many of it.
    var gate: (from: String, count: Int)?
    var approvals: [Approval]
    /// What an approval is bound to.
    var hash: String?
    var question: Question?
  }

  struct Question: Sendable {
    var text: String
    var type: String
    var options: [String]
  }

  var id: ULID
  var runbook: String
  var title: String
  var kind: String
  var about: Subject?
  var incident: Subject?
  var services: [String]
  var inputs: [(name: String, value: String)]
  var environment: [(name: String, value: String)]
  /// What its steps have exported for those after them.
  var exports: [(name: String, value: String)] = []
  var isStepwise: Bool
  var startedBy: Actor
  var startedAt: Instant
  var finishedAt: Instant?
  /// The content hash of the definitions that it was started from.
  var commit: String
  /// Why it runs by itself, where nobody started it.
  var automatic: String?
  var condition: RunCondition
  /// Why it ended as it did, or why it is being undone.
  var reason: String?
  var steps: [Step]
  var waiting: Waiting?

  var isOver: Bool { condition.isOver }
  var subject: Subject { Subject("procedure", id) }
}

/// Where a run stands.
enum RunCondition: String, Sendable, CaseIterable, ShownState {
  case running, waiting, undoing, completed, failed, cancelled, halted

  var isOver: Bool { [.completed, .failed, .cancelled, .halted].contains(self) }

  var word: String {
    switch self {
    case .waiting: "waits for a person"
    case .halted: "halted"
    default: rawValue
    }
  }

  var tone: Tone {
    switch self {
    case .running: .acknowledged
    case .waiting: .risk
    case .undoing: .suppressed
    case .completed: .healthy
    case .failed: .burning
    case .cancelled: .quiet
    case .halted: .exhausted
    }
  }

  var icon: Icon {
    switch self {
    case .running: .arrow
    case .waiting: .hand
    case .undoing: .back
    case .completed: .check
    case .failed: .triangle
    case .cancelled: .dashed
    case .halted: .stop
    }
  }
}

/// Where a step of a run stands.
enum StepCondition: String, Sendable, CaseIterable, ShownState {
  case pending, awaitingRelease, awaitingApproval, awaitingAnswer, running, checking, done, failed, skipped, lost
  case undoing, undone, undoFailed

  var word: String {
    switch self {
    case .pending: "later"
    case .awaitingRelease: "waits for you"
    case .awaitingApproval: "waits for approval"
    case .awaitingAnswer: "waits for an answer"
    case .undoFailed: "undo failed"
    default: rawValue
    }
  }

  var isWaiting: Bool { [.awaitingRelease, .awaitingApproval, .awaitingAnswer].contains(self) }
  var isGoingOn: Bool { isWaiting || [.running, .checking, .undoing].contains(self) }

  var tone: Tone {
    switch self {
    case .pending, .skipped: .quiet
    case .awaitingRelease, .awaitingApproval, .awaitingAnswer: .risk
    case .running, .checking: .acknowledged
    case .done: .healthy
    case .failed, .lost: .burning
    case .undoing, .undone: .suppressed
    case .undoFailed: .exhausted
    }
  }

  var icon: Icon {
    switch self {
    case .pending, .skipped: .dashed
    case .awaitingRelease, .awaitingApproval, .awaitingAnswer: .hand
    case .running, .checking: .arrow
    case .done: .check
    case .failed, .lost: .triangle
    case .undoing, .undone: .back
    case .undoFailed: .stop
    }
  }
}
