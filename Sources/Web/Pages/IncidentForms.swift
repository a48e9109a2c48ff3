import Alerts
import Base
import Engine
import Events
import Incidents
import Journal

func declarePage(_ site: Site, _ context: PageContext) -> PageBody {
  PageBody(
    title: "Declare an incident", heading: "What is wrong?",
    lead: "Declare early: it costs nothing to find that it was none.", crumbs: [("Incidents", "/incidents")],
    place: .incidents, content: card(nil) { declareForm(site, context) })
}

private func declareForm(_ site: Site, _ context: PageContext) -> HTML {
  form(.method("post"), .action("/incidents"), .class("wide")) {
    csrfField(context)
    label(.for("title")) { "In one line" }
    input(.id("title"), .name("title"), .flag("required"), .attr("maxlength", "200"), .flag("autofocus"))
    severityChoice(.sev2, site)
    label(.for("service")) { "Service" }
    serviceSelect("service", site, none: "not known yet")
    checkBox("command", "I take command", isChecked: true)
    details {
      summary { "Only some people may know of it" }
      p(.class("muted")) {
        "A private incident is seen by you, by those named here and by those who are given a role in it; by nobody "
        "else, and by no status page."
      }
      checkBox("private", "Private", isChecked: false)
      label(.for("members")) { "People, or team/NAME, with spaces between" }
      input(.id("members"), .name("members"), .attr("maxlength", "2000"))
    }
    div(.class("actions")) { button(.type("submit"), .class("primary big")) { "Declare the incident" } }
  }
}

private func checkBox(_ name: StaticString, _ words: String, isChecked: Bool) -> HTML {
  div(.class("choices")) {
    label {
      input(.type("checkbox"), .name("\(name)"), .value("1"), .flag("checked", isChecked))
      span { words }
    }
  }
}

/// The severities with what they mean, because nobody knows that by heart at night.
func severityChoice(_ chosen: IncidentSeverity, _ site: Site) -> HTML {
  fieldset(.class("choices")) {
    legend {
      "Severity "; span(.class("muted")) { "(if unsure, the higher)" }
    }
    for severity in IncidentSeverity.allCases {
      let rules = site.catalog.severities[severity]
      label {
        input(
          .type("radio"), .name("severity"), .value(severity.rawValue), severity == chosen ? .flag("checked") : nil)
        span {
          span(.class("sev")) { severity.rawValue }
          " \(rules.definition)"
          for example in rules.examples { span(.class("example")) { "\(example)" } }
        }
      }
    }
  }
}

private func serviceSelect(_ name: String, _ site: Site, none: String?) -> HTML {
  select(.id(name), .name(name)) {
    if let none { option(.value("")) { none } }
    for service in site.catalog.services { option(.value(service.name)) { service.name } }
  }
}

private func personSelect(_ name: String, _ site: Site, _ context: PageContext) -> HTML {
  select(.id(name), .name("person")) {
    for person in site.catalog.people {
      option(.value(person.name), person.name == context.reader?.name ? .flag("selected") : nil) {
        person.displayName ?? person.name
      }
    }
  }
}

// MARK: - Updates

/// What is promised and late, before everything else.
func updatesDue(_ incident: Incident, _ context: PageContext) -> HTML {
  let due = IncidentAudience.allCases.compactMap { audience in
    incident.nextUpdateDue(audience).map { (audience, $0) }
  }
  if due.isEmpty { return .nothing }
  return div(.data("live", "due")) {
    for (audience, at) in due {
      p(.class(at <= context.now ? "overdue" : "muted")) {
        at <= context.now
          ? "The \(audience.rawValue) update is overdue since " : "The next \(audience.rawValue) update is due "
        ago(at, context)
        "."
      }
    }
  }
}

/// The choices of when the next update comes.
private let nextChoices: [(value: String, words: String)] = [
  ("", "as the severity asks"), ("15m", "in 15 minutes"), ("30m", "in 30 minutes"), ("1h", "in 1 hour"),
  ("2h", "in 2 hours"), ("4h", "in 4 hours"), ("1d", "in a day"), ("none", "no further one"),
]

func updateForm(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let wasTold = incident.updates.contains { $0.audience == .external }
  let isTold = !incident.isPrivate && (wasTold || site.catalog.severities[incident.severity].isPublic)
  return form(.method("post"), .action("/incidents/\(incident.id)/updates"), .class("wide")) {
    csrfField(context)
    label(.for("update")) { "What is known, what is being done" }
    textarea(.id("update"), .name("text"), .flag("required"), .attr("maxlength", "8000"), .data("shortcut", "u"))
    div(.class("fields")) {
      div {
        label(.for("audience")) { "For" }
        select(.id("audience"), .name("audience")) {
          option(.value("internal")) { "those who work here" }
          if isTold { option(.value("external")) { "the public (status page)" } }
        }
      }
      div {
        label(.for("phase")) { "State of the work" }
        select(.id("phase"), .name("phase")) {
          for phase in IncidentPhase.allCases where phase != .resolved {
            option(.value(phase.rawValue), phase == incident.phase ? .flag("selected") : nil) { phase.rawValue }
          }
          option(.value("resolved")) { "resolved, this is the last update" }
        }
      }
      div {
        label(.for("next")) { "Next update" }
        select(.id("next"), .name("next")) {
          for choice in nextChoices { option(.value(choice.value)) { choice.words } }
        }
      }
    }
    if isTold {
      label(.for("public-title")) { "Title for the public, with an update for the public" }
      input(
        .id("public-title"), .name("title"), .attr("maxlength", "120"),
        .attr("placeholder", wasTold ? "as it is" : "made of impact and components"))
    }
    div(.class("actions")) { button(.type("submit"), .class("primary")) { "Send the update" } }
  }
}

func noteForm(_ incident: Incident, _ context: PageContext) -> HTML {
  form(.method("post"), .action("/incidents/\(incident.id)/notes")) {
    csrfField(context)
    label(.for("note")) { "Note" }
    textarea(.id("note"), .name("text"), .flag("required"), .attr("maxlength", "8000"), .data("shortcut", "n"))
    div(.class("actions")) { button(.type("submit")) { "Add to the timeline" } }
  }
}

// MARK: - What is needed less often

/// Severity, merging, splitting, privacy: folded away until somebody wants them.
func incidentWorkshop(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let path = "/incidents/\(incident.id)"
  return .group([
    incident.isOpen
      ? details(.class("card")) {
        summary { "Change the severity" }
        form(.method("post"), .action("\(path)/severity")) {
          csrfField(context)
          severityChoice(incident.severity, site)
          label(.for("why")) { "Why" }
          input(.id("why"), .name("reason"), .attr("maxlength", "500"))
          div(.class("actions")) { button(.type("submit")) { "Change" } }
        }
      } : .nothing,
    incident.isOpen ? mergeForms(incident, path, site, context) : .nothing,
    privacyForms(incident, path, context),
  ])
}

private func mergeForms(_ incident: Incident, _ path: String, _ site: Site, _ context: PageContext) -> HTML {
  let others = site.state.incidents.open.filter { $0.id != incident.id }
  return details(.class("card")) {
    summary { "Merge or split" }
    if others.isEmpty {
      p(.class("muted")) { "No other incident is open to merge this one into." }
    } else {
      form(
        .method("post"), .action("\(path)/merge"),
        .data("confirm", "Merge this incident? Its alerts, links and roles move; it can be split off again.")
      ) {
        csrfField(context)
        label(.for("into")) { "It is the same as" }
        select(.id("into"), .name("into")) {
          for other in others { option(.value(other.id.description)) { "#\(other.number) \(other.title)" } }
        }
        div(.class("actions")) { button(.type("submit")) { "Merge this one into it" } }
      }
    }
    if incident.alerts.count > 1 {
      form(.method("post"), .action("\(path)/split")) {
        csrfField(context)
        fieldset(.class("choices")) {
          legend { "These alerts are about something else" }
          for id in incident.alerts.prefix(50) {
            label {
              input(.type("checkbox"), .name("alert"), .value(id.description))
              span { site.state.alerts.alerts[id]?.signal.summary ?? id.description }
            }
          }
        }
        label(.for("split-title")) { "What the new incident is about" }
        input(.id("split-title"), .name("title"), .flag("required"), .attr("maxlength", "200"))
        div(.class("actions")) { button(.type("submit")) { "Split them off" } }
      }
    }
  }
}

private func privacyForms(_ incident: Incident, _ path: String, _ context: PageContext) -> HTML {
  details(.class("card")) {
    summary { incident.isPrivate ? "Who may see it" : "Make it private" }
    form(.method("post"), .action("\(path)/private")) {
      csrfField(context)
      p(.class("muted")) {
        "Besides those who have a role and who declared it. What was sent before stays where it was sent to."
      }
      label(.for("members")) { "People, or team/NAME, with spaces between" }
      input(
        .id("members"), .name("members"), .attr("maxlength", "2000"),
        .value((incident.members ?? []).joined(separator: " ")))
      div(.class("actions")) { button(.type("submit")) { incident.isPrivate ? "Name them anew" : "Make it private" } }
    }
    if incident.isPrivate {
      actionForm(
        "\(path)/public", context, label: "Show it to everybody",
        confirm: "Everybody will see this incident, its notes and its updates. Go on?")
    }
  }
}

// MARK: - Roles and links

func rolesCard(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let wanted = site.catalog.severities[incident.severity].roles
  let missing = incident.isOpen ? wanted.filter { incident.holders(of: $0).isEmpty } : []
  let acts = context.may(.responder) && incident.isOpen
  if incident.roles.isEmpty, missing.isEmpty, !acts { return .nothing }
  return card("Roles") {
    dl(.class("facts"), .data("live", "roles")) {
      for role in incident.roles {
        dt { role.role }
        dd { subjectLink("user/\(role.person)", text: role.person) }
      }
      for role in missing {
        dt { role }
        dd { em { "nobody yet; \(incident.severity.rawValue) asks for one" } }
      }
    }
    acts ? roleForms(incident, missing, site, context) : .nothing
  }
}

private func roleForms(_ incident: Incident, _ missing: [String], _ site: Site, _ context: PageContext) -> HTML {
  let path = "/incidents/\(incident.id)"
  let reader = context.reader?.name ?? ""
  let isPerson = site.catalog.people.contains { $0.name == reader }
  return .group([
    missing.first.map { role in
      isPerson
        ? actionForm("\(path)/roles", context, label: "I am \(role)", fields: [("role", role), ("person", reader)])
        : .nothing
    } ?? .nothing,
    details {
      summary { "Give somebody a role" }
      form(.method("post"), .action("\(path)/roles")) {
        csrfField(context)
        label(.for("role")) { "Role" }
        select(.id("role"), .name("role")) { for role in IncidentRoles.all { option(.value(role)) { role } } }
        label(.for("person")) { "Person" }
        personSelect("person", site, context)
        div(.class("actions")) { button(.type("submit")) { "Assign" } }
      }
    },
    incident.roles.isEmpty
      ? .nothing
      : details {
        summary { "Hand a role over" }
        form(.method("post"), .action("\(path)/handover")) {
          csrfField(context)
          label(.for("held")) { "Role" }
          select(.id("held"), .name("held")) {
            for role in incident.roles {
              option(.value("\(role.role)/\(role.person)")) { "\(role.role), now \(role.person)" }
            }
          }
          label(.for("successor")) { "To" }
          personSelect("successor", site, context)
          div(.class("actions")) { button(.type("submit")) { "Hand over" } }
        }
      },
  ])
}

func linksCard(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let acts = context.may(.responder)
  if incident.links.isEmpty, incident.merged.isEmpty, !acts { return .nothing }
  return card("Linked") {
    ul(.class("plain"), .data("live", "links")) {
      for id in incident.merged {
        li {
          subjectLink(
            "incident/\(id)", text: site.state.incidents.incidents[id].map { "#\($0.number)" } ?? "an incident")
          " was merged into this one"
        }
      }
      for link in incident.links {
        li {
          subjectLink(link.subject.text)
          link.reason.isEmpty ? .nothing : .text(": \(link.reason) ")
          acts
            ? actionForm(
              "/incidents/\(incident.id)/unlink", context, label: "Unlink", style: "small",
              fields: [("subject", link.subject.text)]) : .nothing
        }
      }
    }
    if acts {
      details {
        summary { "Link something" }
        form(.method("post"), .action("/incidents/\(incident.id)/links")) {
          csrfField(context)
          label(.for("subject")) { "alert/ID, change/ID, deployment/ID, incident/ID or service/NAME" }
          input(.id("subject"), .name("subject"), .flag("required"), .attr("maxlength", "200"))
          label(.for("link-reason")) { "What it has to do with it" }
          input(.id("link-reason"), .name("reason"), .attr("maxlength", "500"))
          div(.class("actions")) { button(.type("submit")) { "Link" } }
        }
      }
    }
  }
}
