import Alerts
import Base
import Engine
import Events
import Journal
import OnCall

/// What a link in a message leads to: it shows, and its buttons act. Needs no login; the link's signature is enough.
func answerPage(
  _ alert: Alert, person: String, token: String, resolvesFirst: Bool, _ context: PageContext
) -> PageBody {
  PageBody(
    title: alert.condition == .firing ? "Acknowledge" : "Answer", heading: .text(alert.signal.summary),
    content: section(.class("card")) {
      p(.class("row")) {
        state(alert.condition)
        span {
          alert.signal.service ?? ""; " · fired "; ago(alert.firedAt, context)
        }
      }
      if let detail = alert.signal.detail { p { detail } }
      if alert.isOpen {
        if alert.status == .acknowledged {
          p { "\(actorName(alert.acknowledgedBy?.text ?? "")) has it. Nobody further is paged." }
        }
        if resolvesFirst {
          resolveForms(token, first: true)
          acknowledgeForm(alert, person, token, first: false)
        } else {
          acknowledgeForm(alert, person, token, first: true)
          resolveForms(token, first: false)
        }
      } else {
        p { "It is over: \(alert.resolution ?? "resolved"). There is nothing to do." }
      }
      p { a(.href("/alerts/\(alert.id)")) { "Open the alert" } }
    }, isLive: false)
}

private func acknowledgeForm(_ alert: Alert, _ person: String, _ token: String, first: Bool) -> HTML {
  guard alert.status == .firing else { return .nothing }
  return .group([
    form(.method("post"), .action("/a/\(token)"), .class("wide actions")) {
      input(.type("hidden"), .name("action"), .value("acknowledge"))
      button(.type("submit"), first ? .class("primary big") : nil) { "Acknowledge as \(person)" }
    },
    p(.class("muted")) { "Nobody further is paged once you do." },
  ])
}

/// Ends the alert and asks, while it is fresh, whether it was worth being told.
private func resolveForms(_ token: String, first: Bool) -> HTML {
  func choice(_ label: String, _ actionable: String, primary: Bool) -> HTML {
    form(.method("post"), .action("/a/\(token)"), .class("wide actions")) {
      input(.type("hidden"), .name("action"), .value("resolve"))
      input(.type("hidden"), .name("actionable"), .value(actionable))
      button(.type("submit"), primary ? .class("primary big") : nil) { label }
    }
  }
  return .group([
    h2 { "Is it over? Was there something to do?" },
    choice("Resolve: yes, I had to act", "yes", primary: first),
    choice("Resolve: no, there was nothing to do", "no", primary: false),
    p(.class("muted")) { "Those who were paged are told that it is over." },
  ])
}

/// Gives an alert to somebody else.
func escalateForm(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  guard alert.isOpen, context.may(.responder) else { return .nothing }
  func group(_ name: String, _ kind: String, _ names: [(name: String, shown: String)]) -> HTML {
    names.isEmpty
      ? .nothing
      : element(
        "optgroup", [.attr("label", name)],
        .group(names.map { entry in option(.value("\(kind)/\(entry.name)")) { entry.shown } }))
  }
  let people = site.catalog.people.filter(\.hasContact).map { ($0.name, $0.displayName ?? $0.name) }
  let teams = site.catalog.teams.filter { team in site.catalog.people.contains { $0.teams.contains(team) } }
  return section(.class("card"), .id("escalate")) {
    h2 { "Escalate" }
    form(
      .method("post"), .action("/alerts/\(alert.id)/escalate"),
      .data("confirm", "They are paged now, and the alert is nobody's until they answer.")
    ) {
      csrfField(context)
      div(.class("fields")) {
        div {
          label(.for("to")) { "Give it to" }
          select(.id("to"), .name("to")) {
            group("People", "user", people)
            group("Teams", "team", teams.map { ($0, $0) })
            group("Escalation policies", "policy", site.catalog.policies.map { ($0, $0) })
          }
        }
        div(.class("actions")) { button(.type("submit")) { "Page them" } }
      }
    }
  }
}

/// Says loudly when a level of the escalation had nobody.
func escalationWarnings(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  guard let skips = site.state.escalations.records[alert.id]?.skips, !skips.isEmpty else { return .nothing }
  return section(.class("card urgent"), .data("live", "skips")) {
    h2 { skips.last?.isLast == true ? "Nobody was left to page" : "A level reached nobody" }
    ul {
      for skip in skips {
        li {
          "Level \(skip.level), "; clock(skip.at, context); ": \(skip.reason)."
          skip.isLast ? " No further level is left." : " The next level was paged at once."
        }
      }
    }
  }
}
