import ArgumentParser
import Base
import Definitions
import Events
import Runbooks
import Wire

/// What a check of one file says: its steps in the order in which a run performs them.
struct RunbookCheck {
  let file: String
  let result: LoadResult

  /// - Throws: an exit code 1 where the file has errors or is no runbook.
  func show(_ output: FormatOptions) throws {
    guard !result.diagnostics.hasErrors, let runbook = result.snapshot?.runbooks.first else {
      if output.printed(json(nil)) { throw ExitCode(1) }
      if !result.diagnostics.hasErrors {
        throw Failure("\(file): no runbook; it needs front matter between two lines of ---", code: 1)
      }
      throw ExitCode(1)
    }
    let plan = Plan(runbook)
    if output.printed(json(plan)) { return }
    print("\(plan.title): \(plan.class.rawValue)\(plan.isDraft ? ", draft" : ""), no errors")
    RunbookVerb.show(inputs: plan.inputs.map(Self.input))
    print()
    RunbookVerb.show(steps: steps(plan))
  }

  private static func input(_ input: RunbookHeader.Input) -> JSON {
    .sparse([
      ("name", .string(input.name)), ("type", .string(input.type.rawValue)), ("required", .bool(input.isRequired)),
      ("default", input.defaultValue.map(JSON.string)), ("options", .array(input.options.map(JSON.string))),
      ("description", input.description.map(JSON.string)),
    ])
  }

  private func steps(_ plan: Plan) -> [JSON] {
    plan.steps.enumerated().map { index, step in
      .sparse([
        ("index", .int(Int64(index))), ("name", .string(step.name)), ("kind", .string(step.work.kind.rawValue)),
        ("risk", (step.risk?.rawValue).map(JSON.string)),
        ("approve", step.keys.approvers.map { .string("\($0.from):\($0.count)") }),
        ("timeout", .string(step.work.timeout.text)), ("check", (step.check?.block).map(JSON.string)),
        ("undo", (step.undo?.block).map(JSON.string)), ("always", .bool(step.keys.isAlways)),
      ])
    }
  }

  private func json(_ plan: Plan?) -> JSON {
    .sparse([
      ("valid", .bool(plan != nil)), ("name", plan.map { .string($0.name) }),
      ("steps", plan.map { .array(steps($0)) }),
      ("diagnostics", .array(result.diagnostics.map { .string($0.description) })),
    ])
  }
}
