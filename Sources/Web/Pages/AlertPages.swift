import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

func filterTabs(_ tabs: [(String, String)], chosen: String, path: String, name: String) -> HTML {
  nav(.aria("label", "Filter")) {
    ul(.class("tabs")) {
      for tab in tabs {
        li {
          a(.href("\(path)?\(name)=\(SafeURL.encode(tab.0))"), tab.0 == chosen ? .aria("current", "true") : nil) {
            tab.1
          }
        }
      }
    }
  }
}

func more(_ cursor: String?, path: String) -> HTML {
  guard let cursor else { return .nothing }
  return p {
    a(.class("btn"), .href("\(path)\(path.contains("?") ? "&" : "?")cursor=\(SafeURL.encode(cursor))")) { "Older" }
  }
}

func alertTable(_ alerts: [Alert], _ context: PageContext, nothing: String) -> HTML {
  if alerts.isEmpty { return empty(nothing) }
  return table(.class("cards")) {
    heads(("Alert", false), ("State", false), ("Service", false), ("Severity", false), ("Fired", true))
    tbody {
      for alert in alerts {
        tr {
          th(.attr("scope", "row")) {
            a(.href("/alerts/\(alert.id)")) { alert.signal.summary }
            if let reason = alert.suppression?.reason, alert.isOpen { div(.class("muted small")) { reason } }
          }
          cell("State") { state(alert.condition) }
          cell("Service") {
            if let service = alert.signal.service { subjectLink("service/\(service)", text: service) } else { "–" }
          }
          cell("Severity") { alert.signal.severity.rawValue }
          cell("Fired", right: true) { ago(alert.firedAt, context) }
        }
      }
    }
  }
}

func alertPage(_ alert: Alert, _ site: Site, _ context: PageContext) -> PageBody {
  let pages = site.state.outbox.pages(of: alert.subject)
  let incident = site.state.incidents.incident(ofAlert: alert.id)
  return PageBody(
    title: alert.signal.summary, heading: .text(alert.signal.summary),
    lead: .group([state(alert.condition), .text(" "), alertAnswer(alert, pages, site, context)]),
    crumbs: [("Alerts", "/alerts")], place: .alerts,
    content: .group([
      div(.class("actions"), .data("live", "actions")) { alertActions(alert, incident: incident?.id, context) },
      waitingRunsCard(site.runsWaiting(about: alert.subject), site, context),
      // What can be done comes before the log of what was done, also on a telephone.
      div(.class("split acts")) {
        div {
          escalationWarnings(alert, site, context)
          alertGroupCards(alert, site, context)
          judgement(alert, site, context)
          if let detail = alert.signal.detail { card("Detail") { p { detail } } }
        }
        div {
          runbooksCard(for: alert, site, context)
          escalateForm(alert, site, context)
          card("About", live: "facts") { alertFacts(alert, site, context) }
          silenceThisForm(alert, context)
        }
        div {
          card("Pages", live: "pages") { pagesOfAlert(pages, context) }
          if let run = alert.procedure.flatMap({ site.state.procedures.runs[$0] }) {
            card("Escalation", live: "escalation") { escalation(run, context) }
          }
        }
      },
    ]))
}

/// Who has it, who is next, or how it ended.
private func alertAnswer(_ alert: Alert, _ pages: [Page], _ site: Site, _ context: PageContext) -> HTML {
  switch alert.condition {
  case .resolved:
    return .group(["Resolved ", alert.resolvedAt.map { ago($0, context) } ?? "", .text(": \(alert.resolution ?? "").")])
  case .acknowledged:
    return .group([
      .text("\(actorName(alert.acknowledgedBy?.text ?? "")) has it since "),
      alert.acknowledgedAt.map { clock($0, context) } ?? "", ".",
    ])
  case .suppressed: return .text("Nobody is paged: \(alert.suppression?.reason ?? "").")
  case .firing:
    let run = alert.procedure.flatMap { site.state.procedures.runs[$0] }
    return .group([
      .text(whoWasPaged(pages)),
      run.map { whatComesNext($0, context) } ?? .nothing,
    ])
  }
}

private func whoWasPaged(_ pages: [Page]) -> String {
  func people(_ pages: [Page]) -> String { Format.list(Array(Set(pages.map(\.request.person))).sorted()) }
  let landed = pages.filter(\.mayHaveLanded)
  if pages.isEmpty { return "Nobody has been paged yet." }
  return landed.isEmpty
    ? "No message to \(people(pages)) has got through yet." : "Paged \(people(landed)); nobody has answered."
}

/// When the next level is paged, or that there is none: then somebody has to look for a person.
private func whatComesNext(_ run: Run, _ context: PageContext) -> HTML {
  if Escalation.isExhausted(run) {
    return strong { " Every level has been paged, and nobody further will be: escalate it." }
  }
  guard run.step?.kind == .wait, let deadline = run.deadline else { return .nothing }
  return Escalation.hasNextLevel(run)
    ? .group([" The next level is paged ", ago(deadline, context), "."])
    : .text(" This is the last level; nobody further is paged.")
}

private func alertActions(_ alert: Alert, incident: ULID?, _ context: PageContext) -> HTML {
  let path = "/alerts/\(alert.id)"
  if let incident, !context.may(.responder) || !alert.isOpen {
    return a(.class("btn"), .href("/incidents/\(incident)")) { "Go to the incident" }
  }
  guard alert.isOpen, context.may(.responder) else { return .nothing }
  return .group([
    alert.status == .firing
      ? actionForm("\(path)/acknowledge", context, label: "Acknowledge", style: "primary big", shortcut: "k")
      : .nothing,
    a(.class("btn"), .href("#escalate")) { "Escalate" },
    resolveForm(alert, context),
    incident.map { id in a(.class("btn"), .href("/incidents/\(id)")) { "Go to the incident" } }
      ?? actionForm(
        "/incidents", context, label: "Open an incident",
        fields: [
          ("title", alert.signal.summary), ("service", alert.signal.service ?? ""), ("severity", "SEV-3"),
          ("alert", alert.id.description),
        ]),
  ])
}

private func alertFacts(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  dl(.class("facts")) {
    if let service = alert.signal.service {
      dt { "Service" }
      dd { subjectLink("service/\(service)", text: service) }
    }
    if let slo = alert.signal.slo {
      dt { "SLO" }
      dd { subjectLink("slo/\(slo)", text: slo) }
    }
    if let rate = alert.signal.burnRate {
      dt { "Burn rate" }
      dd { Format.burn(rate) }
    }
    dt { "Severity" }
    dd { "\(alert.signal.severity.rawValue), \(alert.signal.urgency.rawValue)" }
    dt { "Fired" }
    dd { clock(alert.firedAt, context) }
    dt { "From" }
    dd { alert.source.text }
    if let route = alert.signal.route {
      dt { "Route" }
      dd { a(.href("/routes")) { route } }
    }
    if let policy = site.state.escalations.records[alert.id]?.policy {
      dt { "Policy" }
      dd {
        policy
        if !site.catalog.isRouted(alert.signal), alert.isOpen {
          span(.class("muted")) { ", since no route names one" }
        }
      }
    }
    if !alert.reports.isEmpty {
      dt { "Reports" }
      dd {
        span(.class("muted small")) { "as they came in" }
        reportList(alert, context)
      }
    }
    for label in alert.signal.labels {
      dt { label.name }
      dd { label.value }
    }
    if let link = alert.signal.link {
      dt { "Link" }
      dd { a(.href(link), .attr("rel", "noreferrer")) { link } }
    }
    dt { "Events" }
    dd { a(.href("/journal?subject=alert/\(alert.id)")) { "All events of this alert" } }
  }
}

private func escalation(_ run: Run, _ context: PageContext) -> HTML {
  ol(.class("plain")) {
    for (index, step) in run.program.steps.enumerated() {
      li(.class("row apart")) {
        span { step.kind == .wait ? "\(step.name), \(Format.length(step.interval))" : step.name }
        if run.done.contains(index) {
          state(PageCondition.sent.named("done"))
        } else if run.status == .finished {
          span(.class("muted")) { "not needed" }
        } else if index == run.index {
          span(.class("muted")) {
            "now"; run.deadline.map { HTML.group([", until ", clock($0, context)]) }
          }
        } else {
          span(.class("muted")) { "later" }
        }
      }
    }
  }
}

/// A state under another word.
struct Named: ShownState {
  var word: String
  var tone: Tone
  var icon: Icon
}

extension ShownState {
  func named(_ word: String) -> Named { Named(word: word, tone: tone, icon: icon) }
}
