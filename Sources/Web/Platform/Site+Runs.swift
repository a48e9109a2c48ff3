import Base
import Definitions
import Engine
import Events
import Journal
import Procedures
import Runbooks

/// Runs as they are shown, put together from what moves a run on and from what is remembered of it.
extension Site {
  /// The runs that go on, the newest first.
  var runsGoing: [RunView] {
    state.runbookRuns.going.reversed().prefix(200).compactMap { state.runbookRuns.runs[$0] }.map(runView)
  }

  func run(_ id: ULID) -> RunView? { state.runbookRuns.runs[id].map(runView) }

  func runView(_ run: RunbookRun) -> RunView {
    let procedure = state.procedures.runs[run.id]
    let waiting = procedure.flatMap { self.waiting(run, $0) }
    let shown = condition(run, procedure, isWaiting: waiting != nil)
    return RunView(
      id: run.id, runbook: run.runbook, title: run.title, kind: run.class.rawValue,
      about: run.about.kind == "runbook" ? nil : run.about, incident: run.incident, services: run.services,
      inputs: run.inputs.map { (name: $0.name, value: $0.value) },
      environment: run.environment.map { (name: $0.name, value: $0.value) },
      exports: run.exports.map { (name: $0.name, value: $0.value) },
      isStepwise: run.mode == .stepwise, startedBy: run.startedBy, startedAt: run.startedAt,
      finishedAt: run.finishedAt, commit: run.commit, automatic: run.automatic, condition: shown,
      reason: run.reason ?? run.cancelReason ?? procedure?.guarded?.failure, steps: steps(run, procedure),
      waiting: waiting)
  }

  private func steps(_ run: RunbookRun, _ procedure: Run?) -> [RunView.Step] {
    let risks = risks(of: run.runbook)
    var steps: [RunView.Step] = []
    for (index, step) in run.steps.enumerated() {
      let output = step.outputs.last { !$0.contains("/undo/") }
      let undoOutput = step.outputs.last { $0.contains("/undo/") }
      steps.append(
        RunView.Step(
          index: index, name: step.name, kind: step.kind,
          condition: StepCondition(rawValue: step.state.rawValue) ?? .pending, risk: risks[step.name],
          attempt: step.attempt, startedAt: step.startedAt, finishedAt: step.finishedAt, exit: step.exit,
          detail: step.detail, output: output.flatMap(Self.performance),
          undoOutput: undoOutput.flatMap(Self.performance), live: live(index, procedure),
          approvals: step.approvals.map { RunView.Approval(by: $0.by, at: $0.at) }, answer: step.answer,
          always: step.always))
    }
    return steps
  }

  private func live(_ index: Int, _ procedure: Run?) -> RunView.Performance? {
    guard let procedure, procedure.index == index, procedure.guarded?.claim != nil else { return nil }
    return RunView.Performance(attempt: procedure.attempt, undo: procedure.status == .undoing)
  }

  /// `run/RUN/INDEX/ATTEMPT`, or `run/RUN/INDEX/undo/ATTEMPT`.
  private static func performance(_ key: String) -> RunView.Performance? {
    let parts = key.split(separator: "/")
    guard let attempt = parts.last.flatMap({ Int($0) }) else { return nil }
    return RunView.Performance(attempt: attempt, undo: parts.contains("undo"))
  }

  private func risks(of runbook: String) -> [String: String] {
    let steps = catalog.runbooks.first { $0.name == runbook }?.detail.steps ?? []
    return Dictionary(steps.compactMap { step in step.risk.map { (step.name, $0) } }) { first, _ in first }
  }

  private func condition(_ run: RunbookRun, _ procedure: Run?, isWaiting: Bool) -> RunCondition {
    switch run.outcome {
    case .completed: return .completed
    case .failed: return .failed
    case .cancelled: return .cancelled
    case .halted: return .halted
    case nil: break
    }
    if isWaiting { return .waiting }
    return procedure?.guarded?.isEnding == true && procedure?.status == .undoing ? .undoing : .running
  }

  private func waiting(_ run: RunbookRun, _ procedure: Run) -> RunView.Waiting? {
    guard procedure.status == .running, procedure.cancelReason == nil, let step = procedure.step,
      let phase = procedure.guarded?.phase, phase != .check
    else { return nil }
    let work = try? step.parameters.decode(StepWork.self)
    let script = work?.script ?? ""
    var waiting = RunView.Waiting(
      kind: .release, index: procedure.index, step: step.name, risk: risks(of: run.runbook)[step.name],
      script: script, expires: procedure.deadline, gate: nil, approvals: [], hash: nil, question: nil)
    switch phase {
    case .approval:
      waiting.kind = .approval
      waiting.gate = step.rules?.gate.map { ($0.from, $0.count) }
      waiting.hash = state.approvalHash(of: run.id, index: procedure.index)
      waiting.approvals = (procedure.guarded?.approvals ?? []).filter { $0.hash == waiting.hash }
        .map { .init(by: $0.by, at: $0.at) }
    case .answer:
      waiting.kind = .answer
      let question = Question(script)
      waiting.question = RunView.Question(
        text: question.text, type: question.type.rawValue, options: question.options)
    case .release, .check: break
    }
    return waiting
  }

  /// Whether a reader may give the approval that a run waits for. The writer decides; this is for which buttons show.
  func mayApprove(_ run: RunView, _ reader: Reader?) -> Bool {
    guard let reader, let waiting = run.waiting, waiting.kind == .approval, let gate = waiting.gate,
      !reader.isSame(as: run.startedBy), !waiting.approvals.contains(where: { reader.isSame(as: $0.by) })
    else { return false }
    if catalog.teams.contains(gate.from) {
      return catalog.people.first { $0.name == reader.person }?.teams.contains(gate.from) ?? false
    }
    return Role(rawValue: gate.from).map { reader.role.includes($0) } ?? false
  }

  /// Whether a run waits for this reader.
  func waits(_ run: RunView, for reader: Reader?) -> Bool {
    guard let reader, let waiting = run.waiting else { return false }
    switch waiting.kind {
    case .approval: return mayApprove(run, reader)
    case .release, .answer:
      return run.automatic == nil
        ? reader.isSame(as: run.startedBy) : reader.role.includes(.responder)
    }
  }
}
