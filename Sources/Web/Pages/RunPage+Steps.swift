import Base
import Events
import Journal

func runSteps(_ run: RunView, _ outputs: [RunOutput], _ context: PageContext) -> HTML {
  if run.steps.isEmpty { return empty("This runbook has no steps.") }
  return ol(.class("steps")) {
    for step in run.steps {
      li(step.condition.isGoingOn ? .class("current") : nil) {
        div(.class("run-line")) {
          span(.class("name")) { step.name }
          span(.class("row")) {
            if let risk = step.risk, risk != "read-only" { riskTag(risk) }
            state(step.condition)
          }
        }
        stepFacts(step, context)
        for output in outputs where output.index == step.index { outputBlock(output, run, step) }
      }
    }
  }
}

private func stepFacts(_ step: RunView.Step, _ context: PageContext) -> HTML {
  var words: [HTML] = []
  if let start = step.startedAt {
    if let end = step.finishedAt {
      words.append(.group([clock(start, context), .text(", took \(Format.length(end - start))")]))
    } else if step.condition.isGoingOn {
      words.append(.group(["since ", clock(start, context)]))
    }
  }
  if step.attempt > 1 { words.append(.text("attempt \(step.attempt)")) }
  if step.isAlwaysLater { words.append("runs at the end, whatever happens") }
  if let exit = step.exit, exit != 0 { words.append(.text("exit status \(exit)")) }
  if let detail = step.detail, !detail.isEmpty { words.append(.text(detail)) }
  if let answer = step.answer { words.append(.text("answered: \(answer)")) }
  for approval in step.approvals { words.append(.text("approved by \(actorName(approval.by.text))")) }
  if words.isEmpty { return .nothing }
  return div(.class("muted small wrap")) {
    for (index, word) in words.enumerated() { index == 0 ? word : HTML.group(["; ", word]) }
  }
}

private func outputBlock(_ output: RunOutput, _ run: RunView, _ step: RunView.Step) -> HTML {
  let path = outputPath(run.id, output.index, output.performance)
  guard let text = output.text else {
    return .group([
      pre(.class("output live"), .data("follow", path + "&follow=1"), .role("log"), .aria("label", "Output")),
      p(.class("small")) { a(.href(path + "&follow=1")) { "Output as it comes" } },
    ])
  }
  let block = HTML.group([
    pre(.class("output")) { text },
    p(.class("small")) { a(.href(path)) { output.isCut ? "All that was kept" : "Raw" } },
  ])
  let isShown = [.failed, .lost, .undoFailed].contains(step.condition) || text.utf8.count < 400
  return details(isShown ? .flag("open") : nil) {
    summary { output.performance.undo ? "Output of undoing" : "Output" }
    block
  }
}

/// Where the output of a performance is read.
func outputPath(_ run: ULID, _ index: Int, _ performance: RunView.Performance) -> String {
  "/api/v1/runs/\(run)/steps/\(index)/output?attempt=\(performance.attempt)\(performance.undo ? "&undo=1" : "")"
}

extension RunView.Step {
  fileprivate var isAlwaysLater: Bool { always && condition == .pending }
}

func runFacts(_ run: RunView, _ context: PageContext) -> HTML {
  dl(.class("facts")) {
    dt { "Runbook" }
    dd { a(.href("/runbooks/\(SafeURL.encode(run.runbook))")) { run.title } }
    if let about = run.about {
      dt { "About" }
      dd { aboutLink(about) }
    }
    if let incident = run.incident, incident != run.about {
      dt { "Incident" }
      dd { aboutLink(incident) }
    }
    if !run.services.isEmpty {
      dt { "Services" }
      dd { for service in run.services { subjectLink("service/\(service)", text: service); " " } }
    }
    for variable in run.inputs {
      dt { code { variable.name } }
      dd { code { variable.value } }
    }
    for variable in run.exports {
      dt { code { variable.name } }
      dd {
        code { variable.value }
        " (exported by a step)"
      }
    }
    dt { "Goes on" }
    dd { run.isStepwise ? "step by step, each let go by a person" : "by itself from step to step" }
    dt { "Definitions" }
    dd { code { String(run.commit.prefix(12)) } }
    dt { "Events" }
    dd { a(.href("/journal?subject=procedure/\(run.id)")) { "All events of this run" } }
  }
}
