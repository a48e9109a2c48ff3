import Base
import Events

/// All runbooks: what is unhealthy or missing first.
func runbooksPage(_ report: RunbookReport, going: [RunView], _ context: PageContext) -> PageBody {
  PageBody(
    title: "Runbooks", heading: .text(report.summary), place: .runbooks,
    content: .group([
      nav(.aria("label", "Runbooks")) {
        ul(.class("tabs")) {
          li { a(.href("/runbooks"), .aria("current", "true")) { "Runbooks" } }
          li { a(.href("/runs")) { "Runs" } }
        }
      },
      div(.data("live", "switch")) { killSwitch(context) },
      going.isEmpty
        ? div(.data("live", "going")) {}
        : card("Going on", live: "going") { runTable(going, context, nothing: "") },
      card("Health", live: "health") { healthTable(report, context) },
      missingCard(report),
      handsCard(report),
    ]))
}

private func healthTable(_ report: RunbookReport, _ context: PageContext) -> HTML {
  if report.rows.isEmpty {
    return empty(
      "None. A runbook is a Markdown file with front matter; its fenced blocks with a name are steps:",
      hint: "mainstay runbook check runbooks/NAME.md")
  }
  return table(.class("cards health")) {
    heads(
      ("Runbook", false), ("Last run", true), ("Outcome", false), ("Success", true), ("Worked last", true),
      ("Runs", true))
    tbody {
      for row in report.rows {
        tr {
          th(.attr("scope", "row")) {
            a(.href("/runbooks/\(SafeURL.encode(row.runbook.name))")) { row.runbook.title }
            div(.class("muted small")) { runbookWords(row.runbook) }
          }
          cell("Last run", right: true) { row.health.lastRunAt.map { ago($0, context) } ?? "never" }
          cell("Outcome") {
            if let condition = row.health.lastCondition {
              if let id = row.health.lastRun {
                a(.href("/runs/\(id)")) { state(condition) }
              } else {
                state(condition)
              }
            } else {
              state(RunbookProblem.Kind.neverRun.shown)
            }
          }
          cell("Success", right: true) { row.health.successShare.map { Format.percent($0, digits: 0) } ?? "–" }
          cell("Worked last", right: true) { row.health.lastSuccessAt.map { ago($0, context) } ?? "–" }
          cell("Runs", right: true) { Format.grouped(Int64(row.health.runs)) }
        }
      }
    }
  }
}

/// `remediation for playback, 4 steps, draft`.
func runbookWords(_ runbook: RunbookEntry) -> String {
  let detail = runbook.detail
  var words = detail.kind
  if !detail.services.isEmpty { words += " for \(Format.list(detail.services))" }
  words += ", \(Format.plural(detail.steps.count, "step"))"
  return detail.isDraft ? words + ", draft" : words
}

private func missingCard(_ report: RunbookReport) -> HTML {
  let missing = report.problems.filter(\.kind.isMissing)
  return card("Without a runbook", live: "missing") {
    if missing.isEmpty {
      empty("Every service of tier 0 and 1, and every alert that fired lately, has one.")
    } else {
      problemList(missing)
      p(.class("muted small")) {
        "Write one as Markdown whose front matter names the service; "
        code { "mainstay runbook check FILE" }
        " says whether it is good."
      }
    }
  }
}

private func handsCard(_ report: RunbookReport) -> HTML {
  let hands = report.problems.filter { !$0.kind.isMissing && $0.kind != .neverRun }
  if hands.isEmpty { return div(.data("live", "hands")) {} }
  return card("To look at", live: "hands") { problemList(hands) }
}

private func problemList(_ problems: [RunbookProblem]) -> HTML {
  ul(.class("plain")) {
    for problem in problems {
      li(.class("row")) {
        state(problem.kind.shown)
        a(.href(problem.href)) { problem.subject }
        span(.class("muted")) { problem.detail }
      }
    }
  }
}

/// What is going on, what waits for the reader, and what ended.
func runsPage(
  _ runs: [RunView], mine: [RunView], filter: String, next: String?, _ context: PageContext
) -> PageBody {
  let going = runs.filter { !$0.isOver }
  let heading =
    !mine.isEmpty
    ? "\(Format.plural(mine.count, "run waits", "runs wait")) for you"
    : going.isEmpty ? "Nothing is running" : "\(Format.plural(going.count, "run")) going on; none waits for you"
  let waiting =
    mine.isEmpty
    ? div(.data("live", "mine")) {}
    : card("Waits for you", live: "mine", urgent: true) { runTable(mine, context, nothing: "") }
  return PageBody(
    title: mine.isEmpty ? "Runs" : "\(mine.count) for you", heading: .text(heading),
    crumbs: [("Runbooks", "/runbooks")], place: .runbooks,
    content: .group([
      div(.data("live", "switch")) { killSwitch(context) },
      waiting,
      filterTabs(
        [("all", "All"), ("going", "Going on"), ("waiting", "Waiting"), ("finished", "Ended")], chosen: filter,
        path: "/runs", name: "state"),
      card(nil, live: "runs") {
        runTable(runs, context, nothing: "No run. Start one from the page of a runbook.")
        more(next, path: "/runs?state=\(filter)")
      },
    ]))
}
