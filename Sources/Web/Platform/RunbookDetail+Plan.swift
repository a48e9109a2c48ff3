import Base
import Definitions
import Events
import Runbooks

extension RunbookEntry {
  /// What pages and the API show of a runbook.
  public init(_ runbook: Runbook) {
    self.init(
      name: runbook.name, title: runbook.title, service: runbook.services.first?.shortName, markdown: runbook.text,
      place: "\(runbook.position.file):\(runbook.position.line)", detail: RunbookDetail(runbook))
  }
}

extension RunbookDetail {
  init(_ runbook: Runbook) {
    let plan = Plan(runbook)
    self.init(
      kind: plan.class.rawValue, isDraft: plan.isDraft, owner: plan.owner, services: plan.services,
      inputs: plan.inputs.map(Self.input), invocations: plan.invocations.map { Self.words($0, isDraft: plan.isDraft) },
      steps: plan.steps.map { Self.step($0, runbook) })
    helpers = plan.steps.flatMap { step in
      [(step.check, "checks"), (step.undo, "undoes")].compactMap { work, verb in
        work.map { .init(name: $0.block, info: Self.info($0.block, runbook), purpose: "\(verb) \(step.name)") }
      }
    }
  }

  private static func input(_ input: RunbookHeader.Input) -> RunbookDetail.Input {
    RunbookDetail.Input(
      name: input.name, type: input.type.rawValue, isRequired: input.isRequired, standard: input.defaultValue,
      options: input.options, isSecret: input.isSecret, about: input.description)
  }

  private static func step(_ step: Plan.Step, _ runbook: Runbook) -> RunbookDetail.Step {
    RunbookDetail.Step(
      name: step.name, kind: step.work.kind.rawValue, risk: step.risk?.rawValue,
      approval: step.keys.approvers.map { $0.count == 1 ? "one of \($0.from)" : "\($0.count) of \($0.from)" },
      timeout: step.work.timeout, check: step.check?.block, undo: step.undo?.block, needs: step.keys.needs,
      secrets: step.keys.secrets, isAlways: step.keys.isAlways, script: step.work.script,
      info: info(step.name, runbook))
  }

  private static func info(_ block: String, _ runbook: Runbook) -> String {
    runbook.blocks.first { $0.name == block }?.info ?? ""
  }

  /// `by itself 2m after an alert of playback-availability, once an incident`.
  private static func words(_ invocation: RunbookHeader.Invocation, isDraft: Bool) -> String {
    let isAutomatic = invocation.mode == .automatic && !isDraft
    var conditions = invocation.matchers.map(\.description)
    if let alert = invocation.alert { conditions.insert(alert, at: 0) }
    let alerts =
      conditions.isEmpty ? "any alert of its services" : "an alert with \(conditions.joined(separator: ", "))"
    let delay = invocation.delay > .zero ? "\(invocation.delay.text) after " : "on "
    let once =
      switch invocation.once {
      case .incident: "once an incident"
      case .window(let length): "once in \(length.text)"
      }
    return "\(isAutomatic ? "by itself, " : "offered ")\(delay)\(alerts), \(once)"
  }
}
