import Base
import Engine
import Events
import Journal

/// What is to be approved, in the order in which a tired person asks: what, why, how sure, what if not; and one button,
/// which on a phone stays where the thumb is.
func approvalCard(
  _ run: RunView, _ waiting: RunView.Waiting, path: String, mayApprove: Bool, _ context: PageContext
) -> HTML {
  section(.class("card asks")) {
    h2 { "Approve \(waiting.step)?" }
    p(.class("row")) {
      riskTag(waiting.risk)
      span { "\(run.automatic == nil ? actorName(run.startedBy.text) : "Mainstay") asks for it. \(needs(waiting))" }
    }
    pre { code { waiting.script } }
    if mayApprove, let hash = waiting.hash {
      div(.class("actions thumb")) {
        actionForm(
          "\(path)/approve", context, label: "Approve", style: "primary big",
          confirm:
            "Approve \(waiting.step)? \(isLast(waiting) ? "It is performed at once." : "Others have to as well.")",
          shortcut: "k",
          fields: [("hash", hash)])
      }
    } else {
      p(.class("muted")) { whyNot(run, waiting, context) }
    }
    approvalFacts(run, waiting, context)
    p(.class("muted small")) { "Not right? Nothing of it has been done; stop this run below." }
  }
}

/// Whether the next approval is enough.
private func isLast(_ waiting: RunView.Waiting) -> Bool {
  waiting.isAlone || (waiting.gate?.count ?? 1) - waiting.approvals.count <= 1
}

/// How many have to approve, and how many are missing.
private func needs(_ waiting: RunView.Waiting) -> String {
  guard let gate = waiting.gate else { return "" }
  if waiting.isAlone { return "It needs \(gateWords(gate)). Nobody has a login here yet, so one is enough." }
  let missing = max(0, gate.count - waiting.approvals.count)
  return "It needs \(gateWords(gate))\(gate.count > 1 ? ", \(missing) still missing" : "")."
}

private func approvalFacts(_ run: RunView, _ waiting: RunView.Waiting, _ context: PageContext) -> HTML {
  dl(.class("facts")) {
    if let summary = run.alertSummary, let about = run.about {
      dt { "Because" }
      dd { subjectLink(about.text, text: summary) }
    }
    if let incident = run.incident {
      dt { "Incident" }
      dd {
        subjectLink(incident.text, text: run.incidentNumber.map { "#\($0)" } ?? "the incident")
        ", with what was found out"
      }
    }
    if !run.services.isEmpty {
      dt { "Acts on" }
      dd { Format.list(run.services, showing: 6) }
    }
    for variable in run.inputs {
      dt { code { variable.name } }
      dd { code { variable.value } }
    }
    for variable in run.exports {
      dt { code { variable.name } }
      dd {
        code { variable.value }
        ", exported by a step"
      }
    }
    for step in run.steps {
      if let answer = step.answer {
        dt { step.name }
        dd { "answered: \(answer)" }
      }
    }
    if let check = waiting.check {
      dt { "Then" }
      dd { scriptDetails(check, "\(check.name) is asked until it says yes, for \(Format.length(check.timeout))") }
    }
    dt { "If it fails" }
    if let undo = waiting.undo {
      dd { scriptDetails(undo, "\(undo.name) undoes it") }
    } else {
      dd { "nothing undoes it" }
    }
    for approval in waiting.approvals {
      dt { "Approved" }
      dd {
        "by \(actorName(approval.by.text)), "
        ago(approval.at, context)
      }
    }
    if let expires = waiting.expires {
      dt { "Waits until" }
      dd {
        clock(expires, context)
        "; then the run fails"
      }
    }
    if let hash = waiting.hash {
      dt { "Bound to" }
      dd(.class("hash")) {
        code(.title(hash)) { String(hash.prefix(12)) }
        waiting.holds.map { ": an approval is of exactly this, and holds \(Format.length($0))" } ?? ""
      }
    }
  }
}

private func scriptDetails(_ script: RunView.Script, _ words: String) -> HTML {
  details {
    summary { words }
    pre { code { script.text } }
  }
}

/// Why the reader gets no button.
private func whyNot(_ run: RunView, _ waiting: RunView.Waiting, _ context: PageContext) -> String {
  guard let reader = context.reader else { return "" }
  if reader.isSame(as: run.startedBy) {
    return "You started this run, so somebody else has to approve it."
      + (waiting.isAlone ? " Nobody else has a login here; mainstay user create makes one." : "")
  }
  if waiting.approvals.contains(where: { reader.isSame(as: $0.by) }) {
    return "You have approved it. The others have been told; it begins as soon as they have, too."
  }
  return "Only \(waiting.gate?.from ?? "an approver") may approve it; they have been told."
}

/// Where to look once a run is over.
func whatNow(_ run: RunView) -> HTML {
  let places = [run.incident, run.about].compactMap { $0 }.filter { ["incident", "alert"].contains($0.kind) }
  guard !places.isEmpty else { return .nothing }
  let words =
    switch run.condition {
    case .completed: run.kind == "diagnostic" ? "What it found is pinned there:" : "Whether it helped shows there:"
    case .halted: "Somebody has been paged for what is left half done. What it was for still needs a person:"
    default: "What it was for still needs a person:"
    }
  return section(.class("card")) {
    h2 { "What now" }
    p { words }
    div(.class("actions")) {
      for (index, place) in places.enumerated() where places.firstIndex(of: place) == index {
        a(.class("btn"), .href("/\(place.kind)s/\(place.id)")) {
          place.kind == "alert"
            ? "The alert" : run.incidentNumber.map { "Incident #\($0)" } ?? "The incident"
        }
      }
    }
  }
}

/// The runs that wait for somebody, first on the pages of what they are about.
func waitingRunsCard(_ runs: [RunView], _ site: Site, _ context: PageContext) -> HTML {
  div(.data("live", "waiting-runs")) {
    for run in runs.prefix(3) {
      if let waiting = run.waiting {
        section(.class("card asks")) {
          p(.class("row apart")) {
            span { "\(run.title): \(waitingWords(waiting))." }
            a(.class(site.waits(run, for: context.reader) ? "btn primary" : "btn"), .href("/runs/\(run.id)")) {
              "Look at it"
            }
          }
        }
      }
    }
  }
}
