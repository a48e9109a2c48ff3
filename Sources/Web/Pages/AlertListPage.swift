import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Procedures

/// One page of the list of alerts.
struct AlertList {
  var filter: AlertFilter
  /// What pages now, on the first page of the plain list alone.
  var paging: [Alert]
  var alerts: [Alert]
  var next: String?

  static let pagingShown = 50
  static let membersShown = 5

  init(_ request: WebRequest, after cursor: ULID?, _ site: Site) throws {
    filter = try AlertFilter(request)
    let folds = filter.isPlain && filter.state == "open"
    paging = folds && cursor == nil ? Array(site.pagingAlerts.prefix(Self.pagingShown)) : []
    let above = Set(paging.map(\.id))
    // What joined another alert, or waits for its cause, stands under that one.
    (alerts, next) = filter.alerts(in: site, after: cursor, limit: 50, apart: folds) { !above.contains($0.id) }
  }
}

func alertsPage(_ list: AlertList, _ site: Site, _ context: PageContext) -> PageBody {
  let (firing, open) = (site.state.alerts.pagingCount, site.state.alerts.openCount)
  let heading =
    firing > 0
    ? "\(Format.plural(firing, "alert")) \(firing == 1 ? "waits" : "wait") for somebody"
    : open > 0 ? "\(Format.plural(open, "alert")) open, none waits for anybody" : "No alert is open"
  return PageBody(
    title: firing > 0 ? "\(firing) firing" : "Alerts", heading: .text(heading), place: .alerts,
    content: .group([
      stateTabs(list.filter, site),
      list.paging.isEmpty
        ? .nothing
        : card("Paging now", live: "paging", urgent: true) {
          groupTable(list.paging, site, context)
          if firing > list.paging.count {
            p(.class("muted")) { "\(Format.plural(firing - list.paging.count, "further alert")) page as well." }
          }
        },
      card(list.paging.isEmpty ? nil : "Other open alerts", live: "alerts") {
        if list.alerts.isEmpty, !list.paging.isEmpty {
          p(.class("muted")) { "Nothing else is open." }
        } else if list.alerts.isEmpty {
          empty(
            list.filter.isPlain
              ? "Nothing here. Alerts come from SLOs and from senders under /intake." : "No alert matches.")
        } else {
          groupTable(list.alerts, site, context)
          more(list.next, path: list.filter.path())
        }
      },
      details(.class("card"), .flag("open", !list.filter.isPlain)) {
        summary { "Filter" }
        filterForm(list.filter, site)
      },
    ]),
    tools: a(.class("btn"), .href("/silences")) { "Silences" })
}

private func stateTabs(_ filter: AlertFilter, _ site: Site) -> HTML {
  nav(.aria("label", "State")) {
    ul(.class("tabs")) {
      for state in AlertFilter.states {
        li {
          a(
            .href(filter.path(state: state)),
            state == filter.state && !filter.isUnrouted ? .aria("current", "true") : nil
          ) {
            state.prefix(1).uppercased() + state.dropFirst()
          }
        }
      }
      li {
        a(
          .href(AlertFilter.unrouted.path()), .title("Without a service, or without a policy that pages for it"),
          filter.isUnrouted ? .aria("current", "true") : nil
        ) {
          "Unrouted "
          span(.class("count")) { site.unroutedCount }
        }
      }
    }
  }
}

private func filterForm(_ filter: AlertFilter, _ site: Site) -> HTML {
  func choice(_ name: String, _ word: String, _ chosen: String, _ values: [String]) -> HTML {
    div {
      label(.for("filter-\(name)")) { word }
      select(.id("filter-\(name)"), .name(name)) {
        option(.value("")) { "any" }
        for value in values {
          option(.value(value), .flag("selected", value == chosen)) { value }
        }
      }
    }
  }
  return form(.method("get"), .action("/alerts"), .class("fields filters")) {
    input(.type("hidden"), .name("state"), .value(filter.state))
    if filter.isUnrouted { input(.type("hidden"), .name("unrouted"), .value("1")) }
    div {
      label(.for("filter-service")) { "Service" }
      input(
        .id("filter-service"), .name("service"), .value(filter.service), .attr("autocapitalize", "none"))
    }
    choice("team", "Team", filter.team, site.teams)
    choice("tier", "Tier", filter.tier.map(String.init) ?? "", site.tiers.map(String.init))
    choice("urgency", "Urgency", filter.urgency?.rawValue ?? "", ["page", "ticket", "record"])
    div {
      label(.for("filter-integration")) { "Integration" }
      input(
        .id("filter-integration"), .name("integration"), .value(filter.integration), .attr("autocapitalize", "none"))
    }
    div(.class("actions")) {
      button(.type("submit")) { "Show" }
      if !filter.isPlain { a(.class("btn"), .href("/alerts?state=\(filter.state)")) { "Clear" } }
    }
  }
}

/// Alerts with what stands under each.
private func groupTable(_ alerts: [Alert], _ site: Site, _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(("Alert", false), ("State", false), ("Service", false), ("Severity", false), ("Fired", true))
    tbody {
      for alert in alerts {
        tr {
          th(.attr("scope", "row")) {
            a(.href("/alerts/\(alert.id)")) { alert.signal.summary }
            if let reason = alert.shownReason { div(.class("muted small")) { reason } }
            under(alert, site)
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

extension Alert {
  /// Why it pages nobody of its own, while it is open; for one that somebody has taken, who.
  var shownReason: String? {
    guard isOpen else { return nil }
    if status == .acknowledged { return "\(actorName(acknowledgedBy?.text ?? "")) has it" }
    if let suppression { return suppression.reason }
    return flapping.map { "flapping: it has fired \($0.count) times" }
  }
}

private func under(_ alert: Alert, _ site: Site) -> HTML {
  let members = site.state.alerts.members(of: alert, limit: AlertList.membersShown)
  let count = site.state.alerts.memberCount(of: alert)
  if count == 0 { return .nothing }
  return details(.class("small")) {
    summary { "\(Format.plural(count, "alert")) under it" }
    ul(.class("plain")) {
      for member in members {
        li {
          a(.href("/alerts/\(member.id)")) { member.signal.summary }
          if let chain = site.state.alerts.chain(of: member) {
            span(.class("muted")) { " \(chain.joined(separator: " → "))" }
          }
        }
      }
      if count > members.count { li(.class("muted")) { "and \(count - members.count) more" } }
    }
  }
}

// MARK: - The group on an alert's page

/// The chain from an alert to its cause, who speaks for it, and what stands under it.
func alertGroupCards(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  let alerts = site.state.alerts
  let count = alerts.memberCount(of: alert)
  return .group([
    alert.isOpen && alert.suppression != nil
      ? card("Why it pages nobody", live: "reason") { reason(alert, site, context) } : .nothing,
    alert.flapping == nil
      ? .nothing
      : card("Flapping", live: "flapping") {
        p {
          "It has fired \(alert.flapping?.count ?? 0) times since "
          alert.flapping.map { clock($0.since, context) } ?? ""
          ". It stays open as one alert until it has been quiet for \(Format.length(Flap.quiet))"
          alert.flapping?.quietUntil.map { HTML.group([", which is at ", clock($0, context)]) } ?? ""
          "."
        }
      },
    count == 0
      ? .nothing
      : card("Under it", live: "under") {
        p { "\(Format.plural(count, "alert")) \(count == 1 ? "pages" : "page") nobody because this one does." }
        alertTable(alerts.members(of: alert, limit: 50), context, nothing: "")
        if count > 50 { p(.class("muted")) { "and \(count - 50) more" } }
      },
  ])
}

/// What becomes of the escalation of an alert that is held back.
private func pausedEscalation(_ alert: Alert, _ site: Site) -> String? {
  guard alert.status == .firing, let run = alert.procedure.flatMap({ site.state.procedures.runs[$0] }),
    let pause = run.pause
  else { return nil }
  let level = Escalation.level(of: run).map { " after level \($0)" } ?? ""
  let left = pause.left.map { ", with \($0.text) left until its next step" } ?? ""
  return "Its escalation waits\(level) and goes on from there when this ends\(left)."
}

private func reason(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  guard let suppression = alert.suppression else { return .nothing }
  var heads: [Alert] = []
  var next = site.state.alerts.head(for: alert)
  while let head = next, heads.count < 5 {
    heads.append(head)
    next = head.status == .firing ? site.state.alerts.head(for: head) : nil
  }
  return .group([
    p { suppression.reason },
    pausedEscalation(alert, site).map { words in p { words } } ?? .nothing,
    site.state.alerts.chain(of: alert).map { chainDrawing($0, site) } ?? .nothing,
    heads.isEmpty
      ? .nothing
      : p {
        "It stands under "
        for (place, head) in heads.enumerated() {
          if place > 0 { ", that under " }
          a(.href("/alerts/\(head.id)")) { head.signal.summary }
          " "
          state(head.condition)
        }
      },
    suppression.until.map { until in
      p {
        "It is looked at again "; ago(until, context); ", at "; clock(until, context); "."
      }
    } ?? .nothing,
    suppression.by.flatMap { by in by.hasPrefix("silence/") ? String(by.dropFirst(8)) : nil }.map { silence in
      p { a(.href("/silences#\(silence)")) { "The silence" } }
    } ?? .nothing,
  ])
}

/// Services from the alert's to the cause's, as boxes with arrows; a list for those who do not see it.
func chainDrawing(_ chain: [String], _ site: Site) -> HTML {
  ol(.class("chain"), .aria("label", "From this service to the likelier cause")) {
    for service in chain {
      li {
        if site.service(service) == nil {
          span { service }
          span(.class("muted small")) { " resource" }
        } else {
          subjectLink("service/\(service)", text: service)
        }
      }
    }
  }
}

/// Holds back alerts like this one for a while.
func silenceThisForm(_ alert: Alert, _ context: PageContext) -> HTML {
  guard alert.isOpen, context.may(.responder) else { return .nothing }
  return card("Silence alerts like this") {
    form(.method("get"), .action("/silences/new"), .class("fields")) {
      div {
        label(.for("silence-matchers")) { "Labels" }
        input(
          .id("silence-matchers"), .name("matchers"), .value(SilenceDraft.matchers(for: alert.signal)),
          .attr("autocapitalize", "none"), .attr("spellcheck", "false"))
      }
      div {
        label(.for("silence-for")) { "For" }
        SilenceDraft.durations("silence-for", chosen: "2h")
      }
      div(.class("actions")) { button(.type("submit")) { "Preview the silence" } }
    }
  }
}
