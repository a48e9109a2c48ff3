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
      },
      context.may(.responder) ? card("Open an incident by hand") { newIncidentForm(site, context) } : .nothing,
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

private func newIncidentForm(_ site: Site, _ context: PageContext) -> HTML {
  form(.method("post"), .action("/incidents")) {
    csrfField(context)
    label(.for("title")) { "What is wrong, in one line" }
    input(.id("title"), .name("title"), .flag("required"), .attr("maxlength", "200"))
    div(.class("fields")) {
      div {
        label(.for("severity")) {
          "Severity "; span(.class("muted")) { "(if unsure, the higher)" }
        }
        select(.id("severity"), .name("severity")) { severityOptions(.sev2) }
      }
      div {
        label(.for("service")) { "Service" }
        select(.id("service"), .name("service")) {
          option(.value("")) { "none" }
          for service in site.catalog.services { option(.value(service.name)) { service.name } }
        }
      }
    }
    div(.class("actions")) { button(.type("submit"), .class("primary")) { "Open the incident" } }
  }
}

private func severityOptions(_ chosen: IncidentSeverity) -> HTML {
  .group(
    IncidentSeverity.allCases.map { severity in
      option(.value(severity.rawValue), severity == chosen ? .flag("selected") : nil) { severity.rawValue }
    })
}

/// - Parameter notes: the texts of notes by sequence; they are kept apart because they are personal data.
func incidentPage(
  _ incident: Incident, notes: [Int64: String], _ site: Site, _ context: PageContext
) -> PageBody {
  PageBody(
    title: "#\(incident.number) \(incident.title)", heading: .text(incident.title),
    lead: .group([
      span(.class("sev")) { incident.severity.rawValue }, " ", state(incident.condition), " ",
      incidentAnswer(incident, context),
    ]),
    crumbs: [("Incidents", "/incidents")], place: .incidents,
    content: .group([
      div(.class("actions"), .data("live", "actions")) { incidentActions(incident, site, context) },
      div(.class("split")) {
        div {
          card("Timeline", live: "timeline") { timeline(incident, notes, context) }
          if context.may(.responder) { card("Write something down") { noteForm(incident, context) } }
        }
        div {
          runbooksCard(for: incident, site, context)
          card("About", live: "facts") { incidentFacts(incident, site, context) }
          if context.may(.responder), incident.isOpen {
            card("Roles and severity") { roleForms(incident, site, context) }
          }
        }
      },
    ]))
}

private func incidentAnswer(_ incident: Incident, _ context: PageContext) -> HTML {
  let lasted = Format.length((incident.resolvedAt ?? context.now) - incident.beganAt)
  let commander = incident.roles.first { $0.role == "commander" }?.person
  switch incident.status {
  case .open: return .text("Going on for \(lasted); nobody has taken it.")
  case .acknowledged: return .text("Going on for \(lasted)\(commander.map { "; \($0) commands" } ?? "").")
  case .resolved:
    return .group([.text("Over after \(lasted), resolved "), incident.resolvedAt.map { ago($0, context) } ?? "", "."])
  }
}

private func incidentActions(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let review = site.state.reviews.reviews[incident.id]
  let path = "/incidents/\(incident.id)"
  return .group(
    [
      review.map { review in a(.class("btn primary"), .href("/reviews/\(review.id)")) { "Read the drafted review" } },
      context.may(.responder) && incident.status == .open
        ? actionForm("\(path)/acknowledge", context, label: "Acknowledge", style: "primary big", shortcut: "k") : nil,
      context.may(.responder) && incident.isOpen
        ? actionForm(
          "\(path)/resolve", context, label: "Resolve",
          confirm: "Resolve this incident? A review is drafted and its timeline ends here.") : nil,
    ].compactMap { $0 })
}

private func timeline(_ incident: Incident, _ notes: [Int64: String], _ context: PageContext) -> HTML {
  .group([
    ol(.class("timeline")) {
      for entry in incident.timeline {
        li(.class(entry.kind.rawValue)) {
          a(.class("at"), .href("/journal?at=\(entry.sequence)"), .title(context.zone.full(entry.at))) {
            clockText(entry.at, context)
          }
          span(.class("dot"))
          div(.class("text")) {
            if entry.kind == .note {
              strong { actorName(entry.actor.text) }
              p { notes[entry.sequence] ?? entry.text }
            } else {
              entry.text
            }
          }
        }
      }
    },
    incident.entriesLeftOut > 0
      ? p { a(.href("/journal?subject=incident/\(incident.id)")) { "\(incident.entriesLeftOut) more in the journal" } }
      : .nothing,
  ])
}

/// Hours, minutes and seconds: in a timeline seconds matter.
private func clockText(_ time: Instant, _ context: PageContext) -> String {
  let parts = context.zone.parts(time)
  return "\(parts.clock):\(ClockParts.two(parts.second))"
}

private func noteForm(_ incident: Incident, _ context: PageContext) -> HTML {
  form(.method("post"), .action("/incidents/\(incident.id)/notes")) {
    csrfField(context)
    label(.for("note")) { "Note" }
    textarea(.id("note"), .name("text"), .flag("required"), .attr("maxlength", "8000"), .data("shortcut", "n"))
    div(.class("actions")) { button(.type("submit")) { "Add to the timeline" } }
  }
}

private func roleForms(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  .group([
    form(.method("post"), .action("/incidents/\(incident.id)/roles")) {
      csrfField(context)
      label(.for("role")) { "Role" }
      select(.id("role"), .name("role")) {
        for role in ["commander", "communications", "scribe"] { option(.value(role)) { role } }
      }
      label(.for("person")) { "Person" }
      select(.id("person"), .name("person")) {
        for person in site.catalog.people {
          option(.value(person.name), person.name == context.reader?.name ? .flag("selected") : nil) {
            person.displayName ?? person.name
          }
        }
      }
      div(.class("actions")) { button(.type("submit")) { "Assign" } }
    },
    form(.method("post"), .action("/incidents/\(incident.id)/severity")) {
      csrfField(context)
      label(.for("sev")) { "Severity" }
      select(.id("sev"), .name("severity")) { severityOptions(incident.severity) }
      div(.class("actions")) { button(.type("submit")) { "Change" } }
    },
  ])
}

private func incidentFacts(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  dl(.class("facts")) {
    if let service = incident.service {
      dt { "Service" }
      dd { subjectLink("service/\(service)", text: service) }
    }
    dt { "Severity" }
    dd { "\(incident.severity.rawValue): \(incident.severityReason)" }
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
    for role in incident.roles {
      dt { role.role }
      dd { role.person }
    }
    dt { "Alerts" }
    dd {
      for id in incident.alerts {
        div { subjectLink("alert/\(id)", text: site.state.alerts.alerts[id]?.signal.summary ?? id.description) }
      }
    }
    dt { "Events" }
    dd { a(.href("/journal?subject=incident/\(incident.id)")) { "All events of this incident" } }
  }
}
