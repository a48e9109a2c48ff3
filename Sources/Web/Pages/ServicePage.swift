import Alerts
import Base
import Engine
import Events
import Incidents
import Journal

func servicePage(
  _ service: ServiceEntry, _ site: Site, history: ObjectiveHistory?, changes: [Event], _ context: PageContext
) -> PageBody {
  let health = site.health(of: service.name)
  let objectives = site.objectives(of: service.name)
  let incidents = site.allIncidents.filter { $0.service == service.name }.prefix(10)
  return PageBody(
    title: service.name, heading: .group([.text("\(service.title ?? service.name) is "), .text(health.word)]),
    lead: .group([state(health), .text(" "), .text(service.description ?? "")]), crumbs: [("Services", "/")],
    place: .overview,
    content: .group([
      freezeCard(service, site, context),
      div(.class("split")) {
        div {
          card("Objectives", live: "objectives") { objectiveTable(service.name, objectives, site) }
          if let history, let first = objectives.first {
            card(nil) { trafficChart(first, history, marks(of: service.name, site), context).html }
          }
          card("Open alerts", live: "alerts") { openAlerts(of: service.name, site, context) }
          changesCard(changes, context)
          card("Incidents", live: "incidents") { incidentTable(Array(incidents), context) }
        }
        div {
          card("About") { serviceFacts(service, site) }
          runbooksCard(for: service, site, context)
        }
      },
    ]))
}

/// The newest open alerts of a service; the list has them all.
private let alertsShown = 20

private func openAlerts(of service: String, _ site: Site, _ context: PageContext) -> HTML {
  let alerts = Array(site.state.alerts.newest(service: service).prefix(alertsShown))
  let count = site.state.alerts.openCount(service: service)
  return .group([
    alertTable(alerts, context, nothing: "No alert is open."),
    count > alerts.count
      ? p {
        a(.href("/alerts?service=\(SafeURL.encode(service))")) { "All \(Format.plural(count, "open alert"))" }
      } : .nothing,
  ])
}

private func serviceFacts(_ service: ServiceEntry, _ site: Site) -> HTML {
  func names(_ list: [String]) -> HTML {
    list.isEmpty
      ? "–"
      : .group(
        list.map { name in
          div(.class("row")) {
            if site.service(name) != nil {
              a(.href("/services/\(SafeURL.encode(name))")) { name }
              state(site.health(of: name))
            } else {
              span { name }
            }
          }
        })
  }
  return dl(.class("facts")) {
    dt { "Tier" }
    dd { service.tier.map(String.init) ?? "none" }
    dt { "Owner" }
    dd { service.owner ?? "nobody" }
    dt { "Escalation" }
    dd { service.policy ?? "the default policy" }
    dt { "Depends on" }
    dd {
      names(service.dependsOn)
      through(service.dependsThrough, site, words: "needs")
    }
    dt { "Needed by" }
    dd {
      names(service.dependents)
      through(service.dependentsThrough, site, words: "needed by")
    }
    for entry in service.links {
      dt { "Link" }
      dd { a(.href(entry.url), .attr("rel", "noreferrer")) { entry.title } }
    }
    if let place = service.place {
      dt { "Defined in" }
      dd { code { place } }
    }
  }
}

/// Services that are reached through resources, each with its chain.
private func through(_ chains: [[String]], _ site: Site, words: String) -> HTML {
  .group(
    chains.prefix(50).map { chain in
      div(.class("row")) {
        a(.href("/services/\(SafeURL.encode(chain[chain.count - 1]))")) { chain[chain.count - 1] }
        if site.service(chain[chain.count - 1]) != nil { state(site.health(of: chain[chain.count - 1])) }
        span(.class("muted small")) { chain.joined(separator: " \(words) ") }
      }
    })
}

/// The worst of a service's SLOs; the list has them all.
private let objectivesShown = 20

func objectiveTable(_ service: String, _ objectives: [ObjectiveStatus], _ site: Site) -> HTML {
  if objectives.isEmpty {
    return empty("Nothing is measured. Write an SLO:", hint: "apiVersion: openslo/v1, kind: SLO")
  }
  let shown = objectives.sorted { ObjectiveFilter.Sort.state.precedes($0, $1) }.prefix(objectivesShown)
  let lines = site.sparklines(shown.map(\.name))
  let rows = table(.class("cards")) {
    heads(
      ("SLO", false), ("State", false), ("Objective", true), ("Measured", true), ("Budget left", true),
      ("Over its window", false))
    tbody {
      for slo in shown {
        tr {
          th(.attr("scope", "row")) { a(.href("/slos/\(SafeURL.encode(slo.name))")) { slo.title ?? slo.name } }
          cell("State") { state(slo.health) }
          cell("Objective", right: true) { Format.objective(slo.objective) }
          cell("Measured", right: true) { slo.sli.map(Format.ratio) ?? "no data" }
          cell("Budget left", right: true) { budgetBar(slo.budgetLeft, health: slo.health) }
          cell("Over its window") { sparkline(lines[slo.name], health: slo.health) }
        }
      }
    }
  }
  guard objectives.count > shown.count else { return rows }
  return .group([
    rows,
    p {
      a(.href("/slos?service=\(SafeURL.encode(service))")) { "All \(Format.plural(objectives.count, "objective"))" }
    },
  ])
}

/// Incidents and alerts of a service as marks on a time axis.
func marks(of service: String, _ site: Site) -> [TimeChart.Mark] {
  let incidents = site.allIncidents.filter { $0.service == service }.prefix(20).map {
    TimeChart.Mark(time: $0.openedAt, label: "#\($0.number) \($0.title)", href: "/incidents/\($0.id)", kind: .incident)
  }
  return incidents.reversed()
}
