import Base
import Events
import Journal

/// One run, for a phone at three in the morning: what waits for me first and big.
func runPage(
  _ run: RunView, outputs: [RunOutput], mayApprove: Bool, _ context: PageContext
) -> PageBody {
  var page = PageBody(
    title: run.title, heading: .text(runHeading(run)),
    lead: .group([state(run.condition), " ", runLead(run, context)]),
    crumbs: [("Runbooks", "/runbooks"), ("Runs", "/runs")], place: .runbooks,
    content: .group([
      div(.data("live", "asks")) { asks(run, mayApprove: mayApprove, context) },
      card("Steps", live: "steps") { runSteps(run, outputs, context) },
      div(.data("live", "stop")) { stopRun(run, context) },
      card("About", live: "facts") { runFacts(run, context) },
      div(.data("live", "switch")) { killSwitch(context) },
    ]))
  page.refresh = run.isOver ? nil : 10
  return page
}

/// The output of a step, kept or on its way.
struct RunOutput: Sendable {
  var index: Int
  var performance: RunView.Performance
  /// `nil` while it is still printed.
  var text: String?
  /// The bytes that were left out between the beginning and the end.
  var isCut = false
}

private func runHeading(_ run: RunView) -> String {
  if let waiting = run.waiting {
    return switch waiting.kind {
    case .approval: "\(run.title): \(waiting.step) waits for approval"
    case .release: "\(run.title): \(waiting.step) is next"
    case .answer: waiting.question?.text ?? "\(waiting.step) asks something"
    }
  }
  let current = run.steps.first { $0.condition.isGoingOn }?.name
  switch run.condition {
  case .running, .waiting: return current.map { "\(run.title): \($0) is running" } ?? "\(run.title) is running"
  case .undoing: return "\(run.title) is being undone"
  case .completed: return "\(run.title) is done"
  case .failed:
    let name = run.steps.first { [.failed, .lost].contains($0.condition) }?.name
    return "\(run.title) failed\(name.map { " at \($0)" } ?? "")"
  case .cancelled: return "\(run.title) was stopped"
  case .halted:
    let name = run.steps.first { $0.condition == .undoFailed }?.name
    return "\(run.title) is half undone\(name.map { ": undoing \($0) failed" } ?? "")"
  }
}

private func runLead(_ run: RunView, _ context: PageContext) -> HTML {
  let length = Format.length((run.finishedAt ?? context.now) - run.startedAt)
  let by = run.automatic.map { "by itself: \($0)" } ?? "by \(actorName(run.startedBy.text))"
  return .group([
    "Started ", ago(run.startedAt, context), .text(" \(by)"), run.isOver ? .text("; it took \(length). ") : ". ",
    run.isOver || run.condition == .undoing ? run.reason.map { .text(sentence($0)) } ?? .nothing : .nothing,
    run.condition == .halted ? " What is left half done needs a person." : .nothing,
  ])
}

/// With a capital at its beginning and a point at its end.
private func sentence(_ text: String) -> String {
  text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
}

// MARK: What waits

private func asks(_ run: RunView, mayApprove: Bool, _ context: PageContext) -> HTML {
  guard let waiting = run.waiting else { return .nothing }
  let path = "/runs/\(run.id)/steps/\(waiting.index)"
  switch waiting.kind {
  case .approval: return approval(run, waiting, path: path, mayApprove: mayApprove, context)
  case .release:
    return section(.class("card asks")) {
      h2 { "Next: \(waiting.step)" }
      if waiting.risk != nil { p { riskTag(waiting.risk) } }
      pre { code { waiting.script } }
      if context.may(.responder) {
        div(.class("actions")) {
          actionForm(
            "\(path)/release", context, label: "Perform this step", style: "primary big", shortcut: "k")
        }
      }
    }
  case .answer:
    return section(.class("card asks")) {
      h2 { waiting.question?.text ?? waiting.step }
      if context.may(.responder) { answerForm(path, waiting.question, context) }
    }
  }
}

private func approval(
  _ run: RunView, _ waiting: RunView.Waiting, path: String, mayApprove: Bool, _ context: PageContext
) -> HTML {
  let missing = (waiting.gate?.count ?? 1) - waiting.approvals.count
  return section(.class("card asks")) {
    h2 { "Approve \(waiting.step)?" }
    p(.class("row")) {
      riskTag(waiting.risk)
      span {
        "\(run.automatic == nil ? actorName(run.startedBy.text) : "Mainstay") asks for it. "
        waiting.gate.map { "It needs \(gateWords($0))\($0.count > 1 ? ", \(max(0, missing)) still missing" : "")." }
          ?? ""
      }
    }
    pre { code { waiting.script } }
    dl(.class("facts")) {
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
      for step in run.steps {
        if let answer = step.answer {
          dt { step.name }
          dd { "answered: \(answer)" }
        }
      }
      if !run.services.isEmpty {
        dt { "Acts on" }
        dd { Format.list(run.services, showing: 6) }
      }
      for approval in waiting.approvals {
        dt { "Approved" }
        dd {
          "by \(actorName(approval.by.text)), "
          ago(approval.at, context)
        }
      }
      if let expires = waiting.expires {
        dt { "Expires" }
        dd { ago(expires, context) }
      }
      if let hash = waiting.hash {
        dt { "Bound to" }
        dd(.class("hash")) { code { hash } }
      }
    }
    if mayApprove, let hash = waiting.hash {
      div(.class("actions")) {
        actionForm(
          "\(path)/approve", context, label: "Approve", style: "primary big",
          confirm: "Approve \(waiting.step)? It is performed as soon as enough have approved.", shortcut: "k",
          fields: [("hash", hash)])
      }
    } else {
      p(.class("muted")) { whyNot(run, waiting, context) }
    }
  }
}

/// Why the reader gets no button.
private func whyNot(_ run: RunView, _ waiting: RunView.Waiting, _ context: PageContext) -> String {
  guard let reader = context.reader else { return "" }
  if reader.isSame(as: run.startedBy) { return "You started this run, so somebody else has to approve it." }
  if waiting.approvals.contains(where: { reader.isSame(as: $0.by) }) { return "You have approved it." }
  return "Only \(waiting.gate?.from ?? "an approver") may approve it; they have been told."
}

private func answerForm(_ path: String, _ question: RunView.Question?, _ context: PageContext) -> HTML {
  let type = question?.type ?? "string"
  let options = type == "boolean" ? ["yes", "no"] : question?.options ?? []
  return form(.method("post"), .action("\(path)/answer")) {
    csrfField(context)
    if !options.isEmpty, options.count <= 4 {
      div(.class("actions")) {
        for option in options {
          button(.type("submit"), .name("answer"), .value(option), .class("big primary")) { option }
        }
      }
    } else {
      label(.for("answer")) { "Answer" }
      if options.isEmpty {
        input(
          .id("answer"), .name("answer"), .flag("required"), .attr("maxlength", "8000"),
          .attr("autocomplete", "off"), ["integer", "number"].contains(type) ? .attr("inputmode", "decimal") : nil)
      } else {
        select(.id("answer"), .name("answer")) { for value in options { option(.value(value)) { value } } }
      }
      div(.class("actions")) { button(.type("submit"), .class("primary big")) { "Answer" } }
    }
  }
}

private func stopRun(_ run: RunView, _ context: PageContext) -> HTML {
  guard !run.isOver, run.condition != .undoing, context.may(.responder) else { return .nothing }
  return details(.class("switch")) {
    summary { "Stop this run" }
    form(.method("post"), .action("/runs/\(run.id)/cancel"), .data("confirm", "Stop this run?")) {
      csrfField(context)
      p { "The step under way is killed, and what was done is undone in reverse where its steps say how." }
      label(.for("cancel-reason")) { "Why" }
      input(.id("cancel-reason"), .name("reason"), .attr("maxlength", "500"), .attr("autocomplete", "off"))
      div(.class("actions")) { button(.type("submit"), .class("danger big")) { "Stop this run" } }
    }
  }
}
