import Base
import Events
import Journal

/// One runbook: what it is for, a form to run it, its steps, and the text as it was written.
func runbookPage(
  _ runbook: RunbookEntry, health: RunbookHealth, runs: [RunView], about: String?, _ context: PageContext
) -> PageBody {
  let detail = runbook.detail
  return PageBody(
    title: runbook.title, heading: .text(runbook.title),
    lead: .group([
      detail.isDraft ? .group([state(Named(word: "draft", tone: .quiet, icon: .pencil)), " "]) : .nothing,
      .text("\(sentenceCase(runbookWords(runbook))). "), healthWords(health, context),
    ]),
    crumbs: [("Runbooks", "/runbooks")], place: .runbooks,
    content: .group([
      div(.class("split")) {
        div {
          if !detail.steps.isEmpty { runForm(runbook, about: about, context) }
          section(.class("card prose")) {
            Markdown.html(Markdown.body(runbook.markdown)) { info, body in block(info, body, detail) }
          }
        }
        div {
          card("Lately", live: "runs") { latelyList(runs, context) }
          stepsCard(detail)
          aboutCard(runbook, health)
        }
      },
      div(.data("live", "switch")) { killSwitch(context) },
    ]))
}

private func latelyList(_ runs: [RunView], _ context: PageContext) -> HTML {
  if runs.isEmpty { return empty("It has not been run yet.") }
  return ul(.class("plain")) {
    for run in runs {
      runLine(run, "Run by \(run.automatic == nil ? actorName(run.startedBy.text) : "itself")", context)
    }
  }
}

private func sentenceCase(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

private func healthWords(_ health: RunbookHealth, _ context: PageContext) -> HTML {
  guard let last = health.lastRunAt else { return "It has never been run." }
  let share = health.successShare.map { ", and \(Format.percent($0, digits: 0)) of its runs worked" } ?? ""
  return .group(["Run last ", ago(last, context), .text("\(share).")])
}

// MARK: Running

private func runForm(_ runbook: RunbookEntry, about: String?, _ context: PageContext) -> HTML {
  guard context.may(.responder) else { return .nothing }
  let path = "/runbooks/\(SafeURL.encode(runbook.name))"
  let changes = runbook.detail.steps.contains { $0.risk != "read-only" }
  return card("Run it") {
    form(.method("post"), .action("\(path)/runs")) {
      csrfField(context)
      input(.type("hidden"), .name("about"), .value(about ?? ""))
      if let about, let subject = about.split(separator: "/", maxSplits: 1).first {
        p(.class("muted")) {
          "For the \(String(subject)) "; subjectLink(about, text: "you came from"); "."
        }
      }
      for field in runbook.detail.inputs { inputField(field) }
      div(.class("actions")) {
        button(
          .type("submit"), .name("mode"), .value("stepwise"), .class("primary big"), .data("shortcut", "k")
        ) { "Run step by step" }
        button(
          .type("submit"), .name("mode"), .value("all"), .class("big"),
          changes ? .data("confirm", "Run all steps? Those that need approval wait for it.") : nil
        ) { "Run all" }
        button(.type("submit"), .class("big"), .attr("formaction", "\(path)/dry-run")) { "Dry run" }
      }
    }
  }
}

private func inputField(_ field: RunbookDetail.Input) -> HTML {
  let id = "input-\(field.name)"
  let name = "input.\(field.name)"
  let required: Attribute? = field.isRequired && field.standard == nil ? .flag("required") : nil
  func options(_ values: [String]) -> HTML {
    select(.id(id), .name(name), required) {
      if required == nil || field.standard == nil { option(.value("")) { "–" } }
      for value in values { option(.value(value), value == field.standard ? .flag("selected") : nil) { value } }
    }
  }
  return .group([
    label(.for(id)) {
      code { field.name }
      span(.class("muted")) {
        field.about.map { " \($0)" } ?? ""
        field.isRequired ? "" : " (may be left empty)"
      }
    },
    field.type == "boolean"
      ? options(["true", "false"])
      : field.type == "choice"
        ? options(field.options)
        : input(
          .id(id), .name(name), required, field.isSecret ? .type("password") : .type("text"),
          .attr("autocomplete", "off"), .attr("maxlength", "65536"),
          ["integer", "number"].contains(field.type) ? .attr("inputmode", "decimal") : nil,
          field.standard.map { .value($0) }),
  ])
}

// MARK: Steps

private func stepsCard(_ detail: RunbookDetail) -> HTML {
  card("Steps") {
    if detail.steps.isEmpty {
      p(.class("muted")) { "None: a page to read. A fenced block with a name becomes a step." }
    } else {
      ol(.class("steps")) {
        for step in detail.steps {
          li {
            div(.class("run-line")) {
              span(.class("name")) { step.name }
              riskTag(step.risk)
            }
            div(.class("muted small wrap")) { stepRules(step) }
          }
        }
      }
    }
  }
}

/// `shell, at most 10 min, approved by one of sre-lead, undone by uncordon`.
func stepRules(_ step: RunbookDetail.Step) -> String {
  var words = [step.kind]
  if let timeout = step.timeout { words.append("at most \(Format.length(timeout))") }
  if let approval = step.approval { words.append("waits for approval by \(approval)") }
  if let check = step.check { words.append("checked by \(check)") }
  if let undo = step.undo { words.append("undone by \(undo)") }
  if !step.needs.isEmpty { words.append("after \(Format.list(step.needs))") }
  if !step.secrets.isEmpty { words.append("with the secrets \(Format.list(step.secrets, showing: 5))") }
  if step.isAlways { words.append("runs at the end, whatever happens") }
  return words.joined(separator: ", ")
}

/// A fenced block of the text: a step says what it is, the rest is code.
private func block(_ info: String, _ body: String, _ detail: RunbookDetail) -> HTML? {
  if let helper = detail.helpers.first(where: { $0.info == info }) {
    return div(.class("block")) {
      header {
        strong { helper.name }
        span(.class("muted")) { helper.purpose }
      }
      pre { code { body } }
    }
  }
  guard let step = detail.steps.first(where: { $0.info == info }) else { return nil }
  return div(.class("block")) {
    header {
      strong { step.name }
      riskTag(step.risk)
      span(.class("muted")) { stepRules(step) }
    }
    pre { code { body } }
  }
}

private func aboutCard(_ runbook: RunbookEntry, _ health: RunbookHealth) -> HTML {
  let detail = runbook.detail
  return card("About") {
    dl(.class("facts")) {
      if !detail.services.isEmpty {
        dt { "Services" }
        dd { for service in detail.services { subjectLink("service/\(service)", text: service); " " } }
      }
      if let owner = detail.owner {
        dt { "Owner" }
        dd { owner }
      }
      for invocation in detail.invocations {
        dt { "Invoked" }
        dd { invocation }
      }
      if !health.manualSteps.isEmpty {
        dt { "Needs a hand at" }
        dd { Format.list(health.manualSteps, showing: 5) }
      }
      if let place = runbook.place {
        dt { "Defined in" }
        dd { code { place } }
      }
    }
  }
}

// MARK: Dry run

/// What a run would perform: in which order, with which environment. Nothing was performed.
func dryRunPage(_ runbook: RunbookEntry, _ dry: DryRun, _ context: PageContext) -> PageBody {
  PageBody(
    title: "Dry run of \(runbook.title)", heading: .text("\(runbook.title): what a run would perform"),
    lead: "Nothing was performed.",
    crumbs: [("Runbooks", "/runbooks"), (runbook.title, "/runbooks/\(SafeURL.encode(runbook.name))")],
    place: .runbooks,
    content: .group([
      card("Environment of every step") {
        if dry.environment.isEmpty { p(.class("muted")) { "Nothing but what every process has." } }
        dl(.class("facts")) {
          for variable in dry.environment {
            dt { code { variable.name } }
            dd { code { variable.value } }
          }
        }
      },
      card("In this order") {
        ol(.class("steps")) {
          for step in dry.steps {
            li {
              div(.class("run-line")) {
                span(.class("name")) { step.name }
                riskTag(step.risk)
              }
              div(.class("muted small wrap")) { stepRules(step) }
              pre { code { step.script } }
            }
          }
        }
      },
      runThisForm(runbook, dry, context),
    ]), isLive: false)
}

/// Runs just what was shown.
private func runThisForm(_ runbook: RunbookEntry, _ dry: DryRun, _ context: PageContext) -> HTML {
  let path = "/runbooks/\(SafeURL.encode(runbook.name))"
  return form(.method("post"), .action("\(path)/runs")) {
    csrfField(context)
    input(.type("hidden"), .name("about"), .value(dry.about))
    for variable in dry.inputs { input(.type("hidden"), .name("input.\(variable.name)"), .value(variable.value)) }
    div(.class("actions")) {
      button(.type("submit"), .name("mode"), .value("stepwise"), .class("primary big")) { "Run step by step" }
      button(.type("submit"), .name("mode"), .value("all"), .class("big")) { "Run all" }
      a(.class("btn"), .href(path)) { "Back to the runbook" }
    }
  }
}

/// What a run would be.
struct DryRun: Sendable {
  /// What it would be about; empty for nothing but the runbook.
  var about: String
  var inputs: [(name: String, value: String)]
  var environment: [(name: String, value: String)]
  var steps: [RunbookDetail.Step]
}
