import Alerts
import Base
import Engine
import Events
import Incidents

/// - Parameters:
///   - shown: a page of the services, worst first.
///   - next: the cursor of the page after it.
func overviewPage(
  _ site: Site, showing shown: [ServiceEntry], next: String? = nil, _ context: PageContext
) -> PageBody {
  let services = site.catalog.services.map { ($0, site.health(of: $0.name)) }
  let burning = services.filter { $0.1 == .burning }.map { $0.0.name }
  let exhausted = services.filter { $0.1 == .exhausted }.map { $0.0.name }
  let risky = services.filter { $0.1 == .atRisk }.map { $0.0.name }
  let heading: String
  if services.isEmpty {
    heading = "No services are defined yet"
  } else if !burning.isEmpty || !exhausted.isEmpty {
    heading = [
      burning.isEmpty
        ? nil : "\(Format.list(burning)) \(burning.count == 1 ? "burns its" : "burn their") error budget",
      exhausted.isEmpty
        ? nil : "\(Format.list(exhausted)) \(exhausted.count == 1 ? "has none left" : "have none left")",
    ].compactMap { $0 }.joined(separator: "; ")
  } else if !risky.isEmpty {
    heading = "\(Format.list(risky)) \(risky.count == 1 ? "is" : "are") at risk; nothing is burning"
  } else if services.allSatisfy({ $0.1 == .noData }) {
    heading = "No data has arrived yet"
  } else {
    heading = "Nothing is burning"
  }
  let waiting = site.state.alerts.pagingCount
  let wait = waiting == 0 ? "" : "; \(Format.plural(waiting, "alert")) \(waiting == 1 ? "waits" : "wait") for somebody"
  let lead: HTML = .text(
    "\(Format.plural(services.count, "service")), \(Format.plural(site.objectives.all.count, "objective")), "
      + "\(Format.plural(site.state.alerts.openCount, "open alert")), "
      + "\(Format.plural(site.state.incidents.open.count, "open incident"))."
  )
  return PageBody(
    title: burning.isEmpty ? "Overview" : "\(burning.count) burning", heading: .text(heading + wait), lead: lead,
    place: .overview,
    content: .group([
      attention(site, context),
      div(.class("split")) {
        card("Services", live: "services") {
          serviceTable(shown, site, context)
          if let next {
            p {
              a(.class("btn"), .attr("rel", "next"), .href("/?cursor=\(SafeURL.encode(next))")) {
                "More of \(Format.plural(services.count, "service"))"
              }
            }
          }
        }
        div {
          card("On call now", live: "oncall") { onCallNow(site, context) }
        }
      },
    ]))
}

/// So many incidents and alerts stand on the overview; the rest is on their own pages.
private let attentionShown = 12

/// Open incidents and alerts that wait for somebody: first on the page, with the action beside them.
private func attention(_ site: Site, _ context: PageContext) -> HTML {
  let waiting = site.pagingAlerts
  let (alerts, incidents) = (waiting.prefix(attentionShown), site.state.incidents.open.prefix(attentionShown))
  let runs = site.runsGoing.filter { site.waits($0, for: context.reader) }.prefix(attentionShown)
  let more = waiting.count + site.state.incidents.open.count - alerts.count - incidents.count
  return div(.data("live", "attention")) {
    if !incidents.isEmpty || !alerts.isEmpty || !runs.isEmpty {
      card("Needs attention", urgent: !alerts.isEmpty) {
        ul(.class("plain")) {
          for incident in incidents {
            li(.class("row apart")) {
              span(.class("row")) {
                span(.class("sev burning")) { incident.severity.rawValue }
                a(.href("/incidents/\(incident.id)")) { "#\(incident.number) \(incident.title)" }
                state(incident.condition)
              }
              span(.class("muted small")) {
                "opened "; ago(incident.openedAt, context)
              }
            }
          }
          for run in runs {
            li(.class("row apart")) {
              span(.class("row")) {
                state(run.condition)
                a(.href("/runs/\(run.id)")) { run.title }
                run.waiting.map { waitingWords($0) } ?? ""
              }
              a(.class("btn"), .href("/runs/\(run.id)")) { "Look at it" }
            }
          }
          for alert in alerts {
            li(.class("row apart")) {
              span(.class("row")) {
                state(alert.condition)
                a(.href("/alerts/\(alert.id)")) { alert.signal.summary }
                span(.class("muted small")) { ago(alert.firedAt, context) }
              }
              if context.may(.responder) {
                actionForm(
                  "/alerts/\(alert.id)/acknowledge", context, label: "Acknowledge", style: "primary", shortcut: "k")
              }
            }
          }
        }
        if more > 0 {
          p {
            "\(Format.grouped(Int64(more))) more under "
            a(.href("/incidents")) { "incidents" }
            " and "
            a(.href("/alerts")) { "alerts" }
            "."
          }
        }
      }
    }
  }
}

extension Site {
  /// The services, the worst first.
  var servicesByHealth: [ServiceEntry] {
    catalog.services.map { (rank: -health(of: $0.name).rank, service: $0) }
      .sorted { ($0.rank, $0.service.tier ?? 9, $0.service.name) < ($1.rank, $1.service.tier ?? 9, $1.service.name) }
      .map(\.service)
  }
}

func serviceTable(_ services: [ServiceEntry], _ site: Site, _ context: PageContext) -> HTML {
  if services.isEmpty {
    return empty(
      "Describe a service in the definitions directory:", hint: "apiVersion: backstage.io/v1alpha1, kind: Component")
  }
  let rows = services.map { service in
    (service, site.objectives(of: service.name).min { ($0.budgetLeft ?? 9) < ($1.budgetLeft ?? 9) })
  }
  let lines = site.sparklines(rows.compactMap { $0.1?.name })
  return table(.class("cards")) {
    heads(
      ("Service", false), ("State", false), ("Tier", false), ("Budget left", true), ("Over its window", false),
      ("Burn, 1 h", true))
    tbody {
      for (service, worst) in rows {
        let health = site.health(of: service.name)
        tr {
          th(.attr("scope", "row")) {
            a(.href("/services/\(SafeURL.encode(service.name))")) { service.name }
            if let owner = service.owner { " "; span(.class("muted small")) { owner } }
          }
          cell("State") { state(health) }
          cell("Tier") { service.tier.map(String.init) ?? "–" }
          cell("Budget left", right: true) { budgetBar(worst?.budgetLeft, health: health) }
          cell("Over its window") { sparkline(worst.flatMap { lines[$0.name] }, health: health) }
          cell("Burn, 1 h", right: true) { worst?.pairs.first?.long.map(Format.burn) ?? "–" }
        }
      }
    }
  }
}

private func onCallNow(_ site: Site, _ context: PageContext) -> HTML {
  if site.catalog.schedules.isEmpty { return empty("No schedules are defined:", hint: "kind: Schedule") }
  return ul(.class("plain")) {
    for schedule in site.catalog.schedules {
      let shift = site.onCall(schedule.name, at: context.now)
      li {
        div(.class("muted small")) {
          a(.href(schedulePath(schedule.name))) { schedule.title ?? schedule.name }
        }
        if let user = shift?.user, let shift {
          strong { user }
          span(.class("muted small")) {
            " until "; clock(shift.end, context)
          }
        } else {
          strong(.class("burning")) { "nobody" }
        }
      }
    }
  }
}
