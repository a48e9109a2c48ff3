import Base
import Events
import Journal

/// The heading of a card of runs, and the runs as a list that is read on a phone.
func runTable(_ runs: [RunView], _ context: PageContext, nothing: String) -> HTML {
  if runs.isEmpty { return empty(nothing) }
  return table(.class("cards")) {
    heads(("Runbook", false), ("State", false), ("About", false), ("Started", true), ("By", false))
    tbody {
      for run in runs {
        tr {
          th(.attr("scope", "row")) {
            a(.href("/runs/\(run.id)")) { run.title }
            if let waiting = run.waiting { div(.class("muted small")) { waitingWords(waiting) } }
            if run.isOver, let reason = run.reason { div(.class("muted small wrap")) { reason } }
          }
          cell("State") { state(run.condition) }
          cell("About") { run.about.map { aboutLink($0) } ?? "–" }
          cell("Started", right: true) { ago(run.startedAt, context) }
          cell("By") { run.automatic == nil ? actorName(run.startedBy.text) : "itself" }
        }
      }
    }
  }
}

/// `playback` for a service, `the alert` for one whose name would be an identifier.
func aboutLink(_ subject: Subject) -> HTML {
  let name = String(subject.id)
  switch subject.kind {
  case "service": return subjectLink(subject.text, text: name)
  case "alert", "incident": return subjectLink(subject.text, text: "the \(subject.kind)")
  default: return .text(subject.text)
  }
}

func waitingWords(_ waiting: RunView.Waiting) -> String {
  switch waiting.kind {
  case .approval: "\(waiting.step) waits for approval by \(waiting.gate.map(gateWords) ?? "somebody else")"
  case .release: "\(waiting.step) is next"
  case .answer: "\(waiting.step) asks: \(waiting.question?.text ?? "")"
  }
}

/// `one of sre-lead`, `two of sre-lead`.
func gateWords(_ gate: (from: String, count: Int)) -> String {
  let number = gate.count == 1 ? "one" : gate.count == 2 ? "two" : String(gate.count)
  return "\(number) of \(gate.from)"
}

/// Stops all automation, from wherever a run is looked at. Opened first, so that one slip does nothing.
func killSwitch(_ context: PageContext) -> HTML {
  guard context.may(.responder), context.automation == nil else { return .nothing }
  return details(.class("switch"), .id("automation")) {
    summary { "Stop all automation" }
    form(.method("post"), .action("/automation/stop"), .data("confirm", "Stop all automation now?")) {
      csrfField(context)
      input(.type("hidden"), .name("back"), .value(context.path))
      p {
        "Every process that a runbook started is killed, and no step of any run begins until an editor resumes. "
        "Undoing waits too."
      }
      label(.for("stop-reason")) { "Why" }
      input(
        .id("stop-reason"), .name("reason"), .flag("required"), .attr("maxlength", "500"), .attr("autocomplete", "off"))
      div(.class("actions")) { button(.type("submit"), .class("danger strong big")) { "Stop all automation" } }
    }
  }
}

/// Stands on every page while automation is stopped.
func automationBanner(_ context: PageContext) -> HTML {
  guard let stopped = context.automation else { return .nothing }
  return section(.class("automation"), .role("status"), .aria("label", "Automation")) {
    p {
      Icon.stop.svg
      span {
        strong { "All automation is stopped" }
        " by \(actorName(stopped.by.text)), "
        ago(stopped.at, context)
        ": \(stopped.reason)"
      }
    }
    if context.may(.editor) {
      form(.method("post"), .action("/automation/resume"), .data("confirm", "Let all automation go on?")) {
        csrfField(context)
        input(.type("hidden"), .name("back"), .value(context.path))
        button(.type("submit")) { "Resume automation" }
      }
    }
  }
}

/// Since when, by whom and why nothing is performed.
struct StoppedAutomation: Sendable {
  var by: Actor
  var at: Instant
  var reason: String
}

/// A risk as a reader sees it.
func riskTag(_ risk: String?) -> HTML {
  guard let risk else { return .nothing }
  let shown: Named? =
    switch risk {
    case "destructive": Named(word: risk, tone: .burning, icon: .triangle)
    case "reversible": Named(word: risk, tone: .risk, icon: .back)
    case "read-only": Named(word: risk, tone: .quiet, icon: .check)
    default: nil
    }
  return shown.map { state($0) } ?? span(.class("tag")) { risk }
}
