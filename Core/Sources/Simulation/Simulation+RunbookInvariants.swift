import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks

extension Simulation {
  /// What one run did, read off the journal.
  private struct Trail {
    var program: Program
    var startedBy: Actor
    /// Steps that were done, in order, and those that were undone, in order.
    var done: [Int] = []
    var undone: [Int] = []
    /// The result of each performance of a step; `nil` while it has none.
    var performances: [Int: [StepFinished.Result?]] = [:]
    var approvals: [Int: [(by: Actor, hash: String, expires: Instant)]] = [:]
    var alwaysEnded: Set<Int> = []
    var phase: StepPhase?
    var finished: ProcedureFinished?
  }

  /// The promises that runbooks make, whatever went wrong in between.
  mutating func checkRuns(_ state: State, _ events: [Event]) {
    var trails: [Subject: Trail] = [:]
    var order: [Subject] = []
    var isStopped = false
    var paged: Set<String> = []
    for event in events {
      if event.type == AutomationStopped.type { isStopped = true }
      if event.type == AutomationResumed.type { isStopped = false }
      if let fired = try? event.payload(AlertFired.self) { paged.insert(fired.signal.key) }
      if let started = try? event.payload(ProcedureStarted.self), started.program.kind == Plan.kind {
        trails[event.subject] = Trail(program: started.program, startedBy: event.actor)
        order.append(event.subject)
      }
      guard var trail = trails[event.subject] else { continue }
      if event.type == StepClaimed.type, isStopped {
        violations.append("\(event.subject) claimed a step while automation was stopped")
      }
      follow(event, &trail)
      trails[event.subject] = trail
    }
    for subject in order {
      guard let trail = trails[subject] else { continue }
      checkEnd(of: subject, trail, isPaged: paged.contains("runbook/\(subject.id)"))
      let shown = ULID(subject.id).flatMap { state.runbookRuns.runs[$0] }
      if shown?.outcome != trail.finished?.outcome { violations.append("\(subject) is shown as it is not") }
    }
    if !state.procedures.claimed.isEmpty || !state.procedures.claimable.isEmpty {
      violations.append("steps are left over at the end")
    }
  }

  private mutating func follow(_ event: Event, _ trail: inout Trail) {
    if let started = try? event.payload(StepStarted.self) { trail.phase = started.phase }
    if let approved = try? event.payload(StepApproved.self), let hash = approved.hash, let expires = approved.expires {
      trail.approvals[approved.index, default: []].append((event.actor, hash, expires))
    }
    if let claim = try? event.payload(StepClaimed.self), !claim.undo, trail.phase == nil {
      checkClaim(event, claim.index, trail)
      trail.performances[claim.index, default: []].append(nil)
    }
    if let finished = try? event.payload(StepFinished.self) {
      let rules = trail.program.steps[finished.index].rules
      if finished.undo {
        if finished.result == .done { trail.undone.append(finished.index) }
      } else if rules?.always == true {
        if finished.result == .done || finished.fails == true { trail.alwaysEnded.insert(finished.index) }
      } else if finished.result == .done, !trail.done.contains(finished.index) {
        trail.done.append(finished.index)
      }
      if !finished.undo, trail.phase == nil, let count = trail.performances[finished.index]?.count, count > 0 {
        trail.performances[finished.index]?[count - 1] = finished.result
      }
    }
    if let end = try? event.payload(ProcedureFinished.self) { trail.finished = end }
  }

  private mutating func checkClaim(_ event: Event, _ index: Int, _ trail: Trail) {
    let step = trail.program.steps[index]
    if let last = trail.performances[index]?.last {
      let mayRepeat = step.rules?.isRepeatable == true
      let isRetry = (last == .failed || last == .timedOut) && trail.performances[index]!.count <= step.retries + 2
      if !mayRepeat, !isRetry {
        violations.append("\(event.subject) performed step \(index) again after \(last as Any)")
      }
    }
    guard let gate = step.rules?.gate else { return }
    let holding = (trail.approvals[index] ?? []).filter { event.time < $0.expires && $0.by != trail.startedBy }
    let people = Set(holding.map(\.by))
    if people.count < gate.count || Set(holding.map(\.hash)).count != 1 {
      violations.append("\(event.subject) claimed step \(index) with \(people.count) of \(gate.count) approvals")
    }
  }

  /// What is performed is what enough people approved, none of whom began it.
  mutating func checkBinding(of claimed: ClaimedStep) {
    guard !claimed.undo, !claimed.isCheck, let state = loop?.committed, let run = state.procedures.runs[claimed.run],
      let gate = run.program.steps[claimed.index].rules?.gate
    else { return }
    let hash = state.approvalHash(of: run.id, index: claimed.index)
    let people = Set((run.guarded?.approvals ?? []).filter { $0.hash == hash && $0.by != run.startedBy }.map(\.by))
    if people.count < gate.count { found("\(claimed.key) is not what \(gate.count) people approved") }
  }

  private mutating func checkEnd(of subject: Subject, _ trail: Trail, isPaged: Bool) {
    guard let end = trail.finished else {
      violations.append("\(subject) never ended")
      return
    }
    for (index, step) in trail.program.steps.enumerated() {
      if step.rules?.always == true, !trail.alwaysEnded.contains(index) {
        violations.append("\(subject) ended without its step \(step.name)")
      }
    }
    guard end.outcome != .completed else { return }
    let wanted = Array(trail.done.filter { trail.program.steps[$0].rules?.undo != nil }.reversed())
    let found = trail.undone.filter(trail.done.contains)
    if end.outcome == .halted {
      if !isPaged { violations.append("\(subject) halted and nobody was paged") }
      if found != Array(wanted.prefix(found.count)) {
        violations.append("\(subject) undid \(found) before it halted, where \(wanted) was done")
      }
      return
    }
    for (index, step) in trail.program.steps.enumerated() where step.rules?.undo != nil {
      if effects["\(subject.id)/\(index)", default: 0] > 0 {
        violations.append("\(subject) is \(end.outcome.rawValue) and what \(step.name) did is still there")
      }
    }
    if found != wanted { violations.append("\(subject) undid \(found) where \(wanted) was done") }
  }
}
