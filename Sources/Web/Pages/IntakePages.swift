import Base
import Events
import Journal

/// Where alerts come in, and what was heard of each sender.
func integrationsPage(_ integrations: [IntegrationView], _ context: PageContext) -> PageBody {
  let late = integrations.filter { isLate($0, context) }
  let broken = integrations.filter { $0.problem != nil }
  let heading: String
  if let first = late.first {
    heading = late.count == 1 ? "\(first.name) is silent" : "\(late.count) heartbeats are silent"
  } else if !broken.isEmpty {
    heading = "\(Format.plural(broken.count, "integration")) cannot be used: no key"
  } else if integrations.isEmpty {
    heading = "No integration is defined yet"
  } else {
    let heard = integrations.filter { $0.lastSeen != nil }.count
    heading = "\(heard) of \(Format.plural(integrations.count, "integration")) heard since the start"
  }
  return PageBody(
    title: "Intake", heading: .text(heading),
    lead: .group(["Where a report goes is decided by ", a(.href("/routes")) { "routes" }, "."]), place: .integrations,
    content: card("Integrations", live: "integrations") { integrationTable(integrations, context) })
}

private func isLate(_ integration: IntegrationView, _ context: PageContext) -> Bool {
  integration.heartbeat?.deadline.map { $0 <= context.now } ?? false
}

private func integrationTable(_ integrations: [IntegrationView], _ context: PageContext) -> HTML {
  if integrations.isEmpty {
    return empty(
      "Write an Integration for each system that sends alerts:", hint: "apiVersion: mainstay.dev/v1, kind: Integration")
  }
  return table(.class("cards")) {
    heads(
      ("Integration", false), ("Type", false), ("State", false), ("Reports", true), ("Refused", true),
      ("Last seen", true))
    tbody {
      for integration in integrations {
        tr {
          th(.attr("scope", "row")) {
            integration.name
            if let about = integration.description { div(.class("muted small")) { about } }
            div(.class("muted small wrap")) { code { integration.path } }
            if let problem = integration.problem ?? integration.lastRefusal {
              div(.class("exhausted small wrap")) { problem }
            }
          }
          cell("Type") {
            integration.type
            if let beat = integration.heartbeat {
              div(.class("muted small")) { "every \(beat.every.text), \(beat.grace.text) late at most" }
            }
          }
          cell("State") { state(condition(integration, context)) }
          cell("Reports", right: true) { Format.grouped(Int64(integration.received)) }
          cell("Refused", right: true) { Format.grouped(Int64(integration.refused)) }
          cell("Last seen", right: true) { integration.lastSeen.map { ago($0, context) } ?? "not since the start" }
        }
      }
    }
  }
}

private func condition(_ integration: IntegrationView, _ context: PageContext) -> Named {
  if integration.problem != nil { return Health.exhausted.named("no key") }
  if isLate(integration, context) { return Health.exhausted.named("silent") }
  if integration.lastSeen != nil { return Health.healthy.named("heard") }
  return Health.noData.named(integration.heartbeat?.deadline == nil ? "waiting" : "expected")
}

/// What somebody pasted, and what became of it.
struct RouteQuestion {
  var event = ""
  var integration = ""
  var problem: String?
  var answers: [RouteExplanation] = []
}

/// Which route an event takes, and why.
func routesPage(
  _ question: RouteQuestion, _ routes: [RouteEntry], _ integrations: [IntegrationView], _ context: PageContext
) -> PageBody {
  let heading: String
  if question.problem != nil {
    heading = "That is no event that an intake takes"
  } else if let first = question.answers.first {
    heading =
      question.answers.count > 1
      ? "\(question.answers.count) alerts; the first takes \(first.route.map { "route \($0)" } ?? "no route")"
      : first.route.map { "It takes route \($0)" } ?? "It takes no route"
  } else {
    heading = "Which route would an event take?"
  }
  return PageBody(
    title: "Routes", heading: .text(heading),
    lead: "Paste the JSON that a system sends, and see what would become of it. Nothing is fired.",
    crumbs: [("Intake", "/integrations")], place: .integrations,
    content: .group([
      question.problem.map { text in card(nil, urgent: true) { p { text } } } ?? .nothing,
      .group(question.answers.map { explanation($0) }),
      card("An event") { eventForm(question, integrations, context) },
      routeList(routes),
    ]), isLive: false)
}

private func eventForm(
  _ question: RouteQuestion, _ integrations: [IntegrationView], _ context: PageContext
) -> HTML {
  form(.method("post"), .action("/routes")) {
    csrfField(context)
    label(.for("event")) { "Event" }
    textarea(.id("event"), .name("event"), .flag("required"), .attr("rows", "12"), .attr("maxlength", "200000")) {
      question.event
    }
    label(.for("integration")) { "As if it came by" }
    select(.id("integration"), .name("integration")) {
      option(.value("")) { "whichever intake takes its form" }
      for integration in integrations where integration.heartbeat == nil && !integration.name.hasPrefix("(") {
        option(
          .value(integration.name), integration.name == question.integration ? .flag("selected") : nil
        ) { "\(integration.name) (\(integration.type))" }
      }
    }
    div(.class("actions")) { button(.type("submit"), .class("primary")) { "Explain" } }
  }
}

private func explanation(_ answer: RouteExplanation) -> HTML {
  card(answer.summary) {
    dl(.class("facts")) {
      dt { "Read as" }
      dd { "\(answer.form), \(answer.status)" }
      dt { "Route" }
      dd { answer.route ?? "none" }
      dt { "Service" }
      dd {
        if let service = answer.service { subjectLink("service/\(service)", text: service) } else { "none" }
      }
      dt { "Owner" }
      dd { answer.owner ?? "nobody" }
      dt { "Severity" }
      dd { "\(answer.severity), \(answer.urgency)" }
      dt { "Key" }
      dd { code { answer.key } }
      dt { "Policy" }
      dd { answer.policy ?? "none" }
      dt { "Paged now" }
      dd { answer.people.isEmpty ? "nobody" : Format.list(answer.people) }
    }
    h3 { "Why" }
    ol { for line in answer.why { li { line } } }
  }
}

/// What was changed lately, which may explain an alert.
func changesCard(_ changes: [Event], _ context: PageContext) -> HTML {
  let known = changes.compactMap { event in (try? event.payload(ChangeRecorded.self)).flatMap { $0 } }
  guard !known.isEmpty else { return .nothing }
  return card("Changes", live: "changes") {
    ul(.class("plain")) {
      for change in known {
        li(.class("row apart")) {
          span {
            if let link = change.link {
              a(.href(link), .attr("rel", "noreferrer")) { change.summary }
            } else {
              change.summary
            }
            if let source = change.source { span(.class("muted")) { " by \(source)" } }
          }
          ago(change.at, context)
        }
      }
    }
  }
}
