import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Reviews

func incidentsPage(_ incidents: [Incident], next: String?, _ site: Site, _ context: PageContext) -> PageBody {
  let open = site.state.incidents.open
  let heading =
    open.isEmpty
    ? "No incident is open"
    : "\(Format.plural(open.count, "incident")) open, the worst \(open.map(\.severity).min()?.rawValue ?? "")"
  return PageBody(
    title: open.isEmpty ? "Incidents" : "\(open.count) open", heading: .text(heading), place: .incidents,
    content: .group([
      card(nil, live: "incidents") {
        incidentTable(incidents, context)
        more(next, path: "/incidents")
        p(.class("small")) { a(.href("/status")) { "Public status pages" } }
      },
      context.may(.responder)
        ? div(.class("actions")) {
          a(.class("btn primary"), .href("/incidents/declare"), .data("shortcut", "d")) { "Declare an incident" }
        } : .nothing,
    ]))
}

func incidentTable(_ incidents: [Incident], _ context: PageContext) -> HTML {
  if incidents.isEmpty { return empty("None. A page for a tier 0 or 1 service opens one by itself.") }
  return table(.class("cards")) {
    heads(
      ("Incident", false), ("State", false), ("Severity", false), ("Service", false), ("Opened", true), ("Lasted", true)
    )
    tbody {
      for incident in incidents {
        tr {
          th(.attr("scope", "row")) {
            a(.href("/incidents/\(incident.id)")) { "#\(incident.number) \(incident.title)" }
            incident.isPrivate ? span(.class("muted")) { " (private)" } : .nothing
          }
          cell("State") { state(incident.condition) }
          cell("Severity") { span(.class("sev")) { incident.severity.rawValue } }
          cell("Service") { incident.service ?? "–" }
          cell("Opened", right: true) { ago(incident.openedAt, context) }
          cell("Lasted", right: true) { Format.length((incident.resolvedAt ?? context.now) - incident.beganAt) }
        }
      }
    }
  }
}

/// - Parameters:
///   - notes: the texts of notes and updates by sequence; they are kept apart because they are personal data.
///   - costs: what the SLOs of its services have lost since it began.
func incidentPage(
  _ incident: Incident, notes: [Int64: String], costs: [IncidentCost] = [], timeline: TimelineView,
  _ site: Site, _ context: PageContext
) -> PageBody {
  PageBody(
    title: "#\(incident.number) \(incident.title)", heading: .text(incident.title),
    lead: .group([
      span(.class("sev")) { incident.severity.rawValue }, " ", state(incident.condition), " ",
      incident.isPrivate ? .group([span(.class("sev")) { "private" }, " "]) : .nothing,
      incidentAnswer(incident, context),
    ]),
    crumbs: [("Incidents", "/incidents")], place: .incidents,
    content: .group([
      div(.class("actions"), .data("live", "actions")) { incidentActions(incident, site, context) },
      waitingRunsCard(site.runsWaiting(about: incident.subject), site, context),
      updatesDue(incident, context),
      div(.class("split")) {
        div {
          context.may(.responder) && incident.isOpen
            ? card("Say how things stand") { updateForm(incident, site, context) } : .nothing
          costCard(incident, costs, context)
          updatesCard(incident, notes, context)
          timelineCard(timeline, incident, site, context)
          if context.may(.responder) { card("Write something down") { noteForm(incident, context) } }
        }
        div {
          runbooksCard(for: incident, site, context)
          card("About", live: "facts") { incidentFacts(incident, site, context) }
          rolesCard(incident, site, context)
          impactCard(incident, site, context)
          linksCard(incident, site, context)
          context.may(.responder) ? incidentWorkshop(incident, site, context) : .nothing
        }
      },
    ]))
}

private func incidentAnswer(_ incident: Incident, _ context: PageContext) -> HTML {
  let lasted = Format.length((incident.resolvedAt ?? context.now) - incident.beganAt)
  let commander = incident.holders(of: IncidentRoles.commander).first
  if let other = incident.mergedInto {
    return .group(["Merged into ", a(.href("/incidents/\(other)")) { "another incident" }, "; go on there."])
  }
  switch incident.status {
  case .open: return .text("Going on for \(lasted), \(incident.phase.rawValue); nobody has taken it.")
  case .acknowledged:
    return .text("Going on for \(lasted), \(incident.phase.rawValue)\(commander.map { "; \($0) commands" } ?? "").")
  case .resolved:
    if incident.resolution == Incident.goesOnElsewhere { return "Over here; it goes on where you cannot see it." }
    return .group([.text("Over after \(lasted), resolved "), incident.resolvedAt.map { ago($0, context) } ?? "", "."])
  }
}

private func incidentActions(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let review = site.state.reviews.reviews[incident.id]
  let path = "/incidents/\(incident.id)"
  let acts = context.may(.responder)
  return .group(
    [
      review.map { review in a(.class("btn primary"), .href("/reviews/\(review.id)")) { "Read the drafted review" } },
      acts && incident.status == .open
        ? actionForm("\(path)/acknowledge", context, label: "Acknowledge", style: "primary big", shortcut: "k") : nil,
      acts && incident.isOpen && incident.phase != .monitoring
        ? actionForm("\(path)/mitigate", context, label: "Mitigated", shortcut: "m") : nil,
      acts && incident.isOpen
        ? actionForm(
          "\(path)/resolve", context, label: "Resolve",
          confirm: "Resolve this incident? A review is drafted and its timeline ends here.") : nil,
      acts && !incident.isOpen && incident.mergedInto == nil
        && incident.resolution != Incident.goesOnElsewhere
        ? actionForm("\(path)/reopen", context, label: "Reopen", confirm: "Open this incident again?") : nil,
      acts && incident.mergedInto != nil
        ? actionForm(
          "\(path)/unmerge", context, label: "Split it off again",
          confirm: "Open this incident again, with the alerts it brought?") : nil,
    ].compactMap { $0 })
}

private let listedAlertsMax = 20

private func incidentFacts(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  dl(.class("facts")) {
    if !incident.services.isEmpty {
      dt { incident.services.count == 1 ? "Service" : "Services" }
      dd { for name in incident.services { div { subjectLink("service/\(name)", text: name) } } }
    }
    dt { "Severity" }
    dd {
      "\(incident.severity.rawValue): \(incident.severityReason)"
      div(.class("muted")) { site.catalog.severities[incident.severity].definition }
    }
    dt { "Began" }
    dd { clock(incident.beganAt, context) }
    dt { "Opened" }
    dd {
      clock(incident.openedAt, context); " by \(actorName(incident.openedBy.text))"
    }
    if let at = incident.acknowledgedAt {
      dt { "Acknowledged" }
      dd {
        clock(at, context); ", \(Format.length(at - incident.beganAt)) after it began"
      }
    }
    if let at = incident.mitigatedAt {
      dt { "Mitigated" }
      dd {
        clock(at, context); ", \(Format.length(at - incident.beganAt)) after it began"
      }
    }
    if let members = incident.members {
      dt { "Private" }
      dd { "Seen by \(members.joined(separator: ", ")), by who declared it and by who has a role" }
    }
    dt { "Alerts" }
    dd {
      for id in incident.alerts.prefix(listedAlertsMax) {
        div { subjectLink("alert/\(id)", text: site.state.alerts.alerts[id]?.signal.summary ?? id.description) }
      }
      if incident.alerts.count > listedAlertsMax { "and \(incident.alerts.count - listedAlertsMax) more" }
    }
    dt { "Events" }
    dd { a(.href("/journal?subject=incident/\(incident.id)")) { "All events of this incident" } }
  }
}
