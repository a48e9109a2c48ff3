import Base
import Journal
import Runbooks

extension Resource {
  static func runbook(_ runbook: RunbookEntry, _ site: Site, full: Bool) -> JSON {
    let (detail, health) = (runbook.detail, site.health(ofRunbook: runbook.name))
    return object([
      ("name", .string(runbook.name)), ("title", .string(runbook.title)), ("class", .string(detail.kind)),
      ("state", .string(detail.isDraft ? "draft" : "active")), ("owner", text(detail.owner)),
      ("services", .array(detail.services.map(JSON.string))), ("place", text(runbook.place)),
      ("stepCount", .int(Int64(detail.steps.count))),
      (
        "health",
        object([
          ("runs", .int(Int64(health.runs))), ("lastRunAt", time(health.lastRunAt)),
          ("lastRun", text(health.lastRun?.description)), ("lastState", text(health.lastCondition?.rawValue)),
          ("successShare", number(health.successShare)), ("lastSuccessAt", time(health.lastSuccessAt)),
          ("manualSteps", .array(health.manualSteps.map(JSON.string))),
        ])
      ), ("inputs", full ? .array(detail.inputs.map(input)) : nil),
      ("invocations", full ? .array(detail.invocations.map(JSON.string)) : nil),
      ("steps", full ? .array(detail.steps.enumerated().map { step($1, index: $0) }) : nil),
      ("markdown", full ? .string(runbook.markdown) : nil),
    ])
  }

  private static func input(_ input: RunbookDetail.Input) -> JSON {
    object([
      ("name", .string(input.name)), ("type", .string(input.type)), ("required", .bool(input.isRequired)),
      ("default", text(input.standard)),
      ("options", input.options.isEmpty ? nil : .array(input.options.map(JSON.string))),
      ("secret", .bool(input.isSecret)), ("description", text(input.about)),
    ])
  }

  private static func step(_ step: RunbookDetail.Step, index: Int) -> JSON {
    object([
      ("index", .int(Int64(index))), ("name", .string(step.name)), ("kind", .string(step.kind)),
      ("risk", text(step.risk)), ("approve", text(step.approval)), ("timeout", text(step.timeout?.text)),
      ("check", text(step.check)), ("undo", text(step.undo)),
      ("needs", step.needs.isEmpty ? nil : .array(step.needs.map(JSON.string))),
      ("secrets", step.secrets.isEmpty ? nil : .array(step.secrets.map(JSON.string))),
      ("always", .bool(step.isAlways)), ("script", .string(step.script)),
    ])
  }

  static func dryRun(_ dry: DryRun, _ runbook: RunbookEntry) -> JSON {
    object([
      ("runbook", .string(runbook.name)), ("title", .string(runbook.title)),
      ("environment", variables(dry.environment)),
      ("steps", .array(dry.steps.enumerated().map { step($1, index: $0) })),
    ])
  }

  private static func variables(_ pairs: [(name: String, value: String)]) -> JSON {
    .object(JSONObject(pairs.map { .init(key: $0.name, value: .string($0.value)) }))
  }

  static func run(_ run: RunView, full: Bool) -> JSON {
    object([
      ("id", .string(run.id.description)), ("runbook", .string(run.runbook)), ("title", .string(run.title)),
      ("class", .string(run.kind)), ("state", .string(run.isOver ? "finished" : run.condition.rawValue)),
      ("outcome", run.isOver ? .string(run.condition.rawValue) : nil), ("reason", text(run.reason)),
      ("about", text(run.about?.text)), ("incident", text(run.incident?.text)),
      ("services", .array(run.services.map(JSON.string))), ("inputs", variables(run.inputs)),
      ("environment", full ? variables(run.environment) : nil), ("exports", full ? variables(run.exports) : nil),
      ("mode", .string(run.isStepwise ? "stepwise" : "all")), ("startedBy", .string(run.startedBy.text)),
      ("automatic", text(run.automatic)), ("startedAt", time(run.startedAt)), ("finishedAt", time(run.finishedAt)),
      ("commit", .string(run.commit)), ("waitsFor", run.waiting.map(waiting)),
      ("steps", full ? .array(run.steps.map(step)) : nil),
    ])
  }

  private static func step(_ step: RunView.Step) -> JSON {
    object([
      ("index", .int(Int64(step.index))), ("name", .string(step.name)), ("kind", .string(step.kind)),
      ("state", .string(step.condition.rawValue)), ("risk", text(step.risk)), ("attempt", .int(Int64(step.attempt))),
      ("startedAt", time(step.startedAt)), ("finishedAt", time(step.finishedAt)),
      ("exit", step.exit.map { .int(Int64($0)) }), ("detail", text(step.detail)),
      ("outputAttempt", step.output.map { .int(Int64($0.attempt)) }),
      ("undoOutputAttempt", step.undoOutput.map { .int(Int64($0.attempt)) }),
      ("performing", .bool(step.live != nil)), ("approvals", .array(step.approvals.map(approval))),
      ("answer", text(step.answer)), ("always", .bool(step.always)),
    ])
  }

  private static func approval(_ approval: RunView.Approval) -> JSON {
    object([("by", .string(approval.by.text)), ("at", time(approval.at))])
  }

  private static func waiting(_ waiting: RunView.Waiting) -> JSON {
    object([
      ("kind", .string(waiting.kind.rawValue)), ("index", .int(Int64(waiting.index))), ("step", .string(waiting.step)),
      ("risk", text(waiting.risk)), ("script", .string(waiting.script)), ("expires", time(waiting.expires)),
      ("approve", waiting.gate.map { .string("\($0.from): \($0.count)") }),
      ("approvals", .array(waiting.approvals.map(approval))), ("hash", text(waiting.hash)),
      ("question", text(waiting.question?.text)), ("type", text(waiting.question?.type)),
      ("options", waiting.question.map { .array($0.options.map(JSON.string)) }),
    ])
  }

  static func automation(_ automation: Automation) -> JSON {
    object([
      ("stopped", .bool(automation.stopped != nil)), ("by", text(automation.stopped?.by.text)),
      ("at", time(automation.stopped?.at)), ("reason", text(automation.stopped?.reason)),
    ])
  }

  static func report(_ report: RunbookReport) -> JSON {
    object([
      ("summary", .string(report.summary)), ("healthy", .bool(report.isHealthy)),
      ("runbooks", .int(Int64(report.rows.count))),
      (
        "problems",
        .array(
          report.problems.map { problem in
            object([
              ("kind", .string(problem.kind.rawValue)), ("subject", .string(problem.subject)),
              ("detail", .string(problem.detail)), ("href", .string(problem.href)),
            ])
          })
      ),
    ])
  }
}
