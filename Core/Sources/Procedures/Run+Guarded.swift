import Base
import Events
import Journal

extension Run {
  /// A performance that was begun and has no result yet.
  public struct Claim: Codable, Sendable, Hashable {
    public var key: String
    public var at: Instant
    /// When it counts as lost.
    public var deadline: Instant
  }

  /// One person's approval of the step the run is at.
  public struct Approval: Codable, Sendable, Hashable {
    public var by: Actor
    public var at: Instant
    public var hash: String
    public var expires: Instant
    /// Whether it is enough by itself: there was nobody else who could have approved.
    public var alone: Bool?
  }

  public struct Answer: Codable, Sendable, Hashable {
    public var step: Int
    public var text: String
  }

  /// What a run whose steps have rules remembers.
  ///
  ///     release ─▶ approval ─▶ (claim) performed ─▶ (claim) check ─▶ next step
  ///                   ▲  expired      │ failed          │ no, in time
  ///                   └───────────────┤ ◀───────────────┘
  ///                                   ▼
  ///             (claim) undo, the last first ─▶ (claim) always-steps ─▶ outcome
  public struct Guarded: Codable, Sendable {
    /// What the step is at; `nil`: it is performed.
    public internal(set) var phase: StepPhase?
    public internal(set) var claim: Claim?
    public internal(set) var approvals: [Approval] = []
    public internal(set) var answers: [Answer] = []
    /// The step, or its undoing, that the counts here are of.
    var step = -1
    var isUndo = false
    /// How often the step was performed and said that it failed.
    public internal(set) var failures = 0
    /// How often a claim of the step was lost.
    public internal(set) var losses = 0
    /// When the step's check was asked first.
    public internal(set) var checkBegan: Instant?
    /// Why the run fails; set by the step that did.
    public internal(set) var failure: String?
    /// Why what was done could not be undone.
    public internal(set) var halt: String?
    /// Steps of the end that failed.
    public internal(set) var failedAlways: [Int] = []
    /// Whether steps are undone or the always-steps run: nothing new begins.
    public internal(set) var isEnding = false
  }

  /// Whether there is something to perform that nobody has claimed.
  public var isClaimable: Bool { guarded?.claim == nil && guarded != nil && work != nil }

  /// What the handler gets for the performance that the run is at.
  public var parameters: JSON? {
    guard let step, work != nil else { return nil }
    if status == .undoing { return step.rules?.undo }
    return guarded?.phase == .check ? step.rules?.check : step.parameters
  }

  /// How long the performance that the run is at may take.
  public var performanceTimeout: Interval {
    guard let step, let rules = step.rules else { return step?.timeout ?? .minutes(10) }
    if status == .undoing { return rules.undoTimeout }
    return guarded?.phase == .check ? min(rules.checkTimeout, .minutes(1)) : step.timeout ?? .minutes(10)
  }

  /// The approvals that hold for what is to be performed now.
  public func approvals(of hash: String, at now: Instant) -> [Approval] {
    (guarded?.approvals ?? []).filter { $0.hash == hash && now < $0.expires }
  }

  /// Until when enough of these approvals hold; `nil` where they are too few.
  static func enough(_ approvals: [Approval], for gate: ApprovalGate) -> Instant? {
    let ends = approvals.map(\.expires).sorted(by: >)
    let together = ends.count >= gate.count ? ends[gate.count - 1] : nil
    return [together, approvals.filter { $0.alone == true }.map(\.expires).max()].compactMap { $0 }.max()
  }

  mutating func approve(_ event: StepApproved, by actor: Actor, at time: Instant) {
    guard let hash = event.hash, let expires = event.expires else { return }
    guarded?.approvals.removeAll { $0.by == actor || $0.expires <= time }
    guarded?.approvals.append(Approval(by: actor, at: time, hash: hash, expires: expires, alone: event.alone))
  }

  mutating func claim(_ event: StepClaimed, at time: Instant) {
    if Canary.omits(.claimBeforePerforming) { return }
    guarded?.claim = Claim(key: event.key, at: time, deadline: event.deadline)
    deadline = event.deadline
  }

  mutating func applyGuarded(_ event: StepStarted, at time: Instant) {
    let isNew = event.index != guarded?.step || event.undo != guarded?.isUndo
    guarded?.step = event.index
    guarded?.isUndo = event.undo
    if isNew {
      guarded?.failures = 0
      guarded?.losses = 0
      guarded?.checkBegan = nil
      guarded?.approvals = []
    }
    guarded?.phase = event.phase
    guarded?.claim = nil
    if event.phase == .check, guarded?.checkBegan == nil { guarded?.checkBegan = time }
    if event.phase == .approval { guarded?.approvals.removeAll { $0.expires <= time } }
    if event.undo || step?.rules?.always == true { guarded?.isEnding = true }
  }

  mutating func applyGuarded(_ event: StepFinished, at time: Instant) {
    guarded?.claim = nil
    if event.result == .lost { guarded?.losses += 1 }
    if event.result == .failed || event.result == .timedOut { guarded?.failures += 1 }
    if event.undo {
      if event.result == .done { done.removeAll { $0 == event.index } }
      let halt = haltReason(event)
      if event.fails == true { guarded?.halt = halt }
      return
    }
    if event.result == .notYet {
      status = .pausing
      deadline = time + (step?.rules?.checkInterval ?? .zero)
    }
    // What was performed is to be undone even when its check never says yes.
    let acted = event.result == .done || event.mayHaveActed == true
    if acted, step?.rules?.always != true, !done.contains(event.index) { done.append(event.index) }
    guard event.fails == true else { return }
    if step?.rules?.always == true {
      guarded?.failedAlways.append(event.index)
    } else {
      let failure = failureReason(event)
      guarded?.failure = failure
      guarded?.isEnding = true
    }
  }

  private func haltReason(_ event: StepFinished) -> String {
    "undoing \(name(event.index)) \(Self.words(event)): what it did is still there"
  }

  private func failureReason(_ event: StepFinished) -> String { "\(name(event.index)) \(Self.words(event))" }

  private func name(_ index: Int) -> String { program.steps.indices.contains(index) ? program.steps[index].name : "" }

  private static func words(_ event: StepFinished) -> String {
    let what =
      switch event.result {
      case .lost: "was lost when the server ended"
      case .timedOut: "took too long"
      case .done, .failed, .notYet: "failed"
      }
    return event.detail.map { "\(what): \($0)" } ?? what
  }

  mutating func forgetParameters() {
    for index in program.steps.indices {
      program.steps[index].parameters = .null
      program.steps[index].rules?.check = nil
      program.steps[index].rules?.undo = nil
    }
    guarded?.approvals = []
  }
}
