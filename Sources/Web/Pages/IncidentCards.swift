import Base
import Engine
import Events
import Incidents
import Journal

/// What it costs, while it goes on: each SLO of the services it is about.
func costCard(_ incident: Incident, _ costs: [IncidentCost], _ context: PageContext) -> HTML {
  if incident.services.isEmpty { return .nothing }
  guard let worst = costs.max(by: { $0.budgetSpent < $1.budgetSpent }) else {
    return card("Cost", live: "cost") {
      p(.class("muted")) { "No SLO of \(Format.list(incident.services)) has data since the incident began." }
    }
  }
  return card("Cost", live: "cost") {
    p {
      strong { Format.percent(worst.budgetSpent) }
      " of the \(Format.length(worst.window)) budget of \(worst.slo) "
      incident.isOpen ? "is spent since the incident began" : "was spent"
      worst.burnNow.map { .text("; it burns at \(Format.burn($0)) now") } ?? .nothing
      "."
    }
    table(.class("cards")) {
      heads(("SLO", false), ("Service", false), ("Budget spent", true), ("Bad minutes", true), ("Burn now", true))
      tbody {
        for cost in costs.sorted(by: { ($1.budgetSpent, $0.slo) < ($0.budgetSpent, $1.slo) }) {
          tr {
            th(.attr("scope", "row")) { subjectLink("slo/\(cost.slo)", text: cost.slo) }
            cell("Service") { cost.service }
            cell("Budget spent", right: true) { Format.percent(cost.budgetSpent) }
            cell("Bad minutes", right: true) { Format.fixed(cost.badMinutes, 1) }
            cell("Burn now", right: true) { cost.burnNow.map(Format.burn) ?? "–" }
          }
        }
      }
    }
    p(.class("muted")) { "Bad minutes: as many minutes of nothing but failure would have cost the same." }
  }
}

/// Who else feels it.
func impactCard(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let impact = IncidentImpact(of: incident.services, in: site.catalog)
  if impact.journeys.isEmpty, impact.dependants.isEmpty { return .nothing }
  return card("Who feels it") {
    if !impact.journeys.isEmpty {
      dl(.class("facts")) {
        for affected in impact.journeys {
          dt { affected.journey.title }
          dd {
            affected.steps.isEmpty
              ? .text("maybe: \(Format.list(affected.indirect)), through what they need")
              : .text("at \(Format.list(affected.steps))")
            if let tier = affected.journey.tier { span(.class("muted")) { " tier \(tier)" } }
          }
        }
      }
    }
    if !impact.dependants.isEmpty {
      p {
        "Services that need it: "
        for (index, service) in impact.dependants.prefix(30).enumerated() {
          index == 0 ? .nothing : .text(", ")
          subjectLink("service/\(service.name)", text: service.name)
        }
        impact.dependants.count > 30 ? .text(" and \(impact.dependants.count - 30) more") : .nothing
      }
    }
  }
}

/// - Parameter notes: the texts of internal updates by sequence.
func updatesCard(_ incident: Incident, _ notes: [Int64: String], _ context: PageContext) -> HTML {
  if incident.updates.isEmpty { return .nothing }
  return card("Updates", live: "updates") {
    ol(.class("updates")) {
      for update in incident.updates.reversed().prefix(20) {
        li {
          p(.class("muted")) {
            clock(update.at, context)
            " \(actorName(update.actor.text)), \(update.audience.rawValue)"
            update.phase.map { .text(", \($0.rawValue)") } ?? .nothing
          }
          p { update.message ?? notes[update.sequence] ?? "[erased]" }
        }
      }
    }
    if incident.updates.count > 20 {
      p(.class("muted")) { "\(incident.updates.count - 20) earlier ones are in the timeline." }
    }
  }
}
