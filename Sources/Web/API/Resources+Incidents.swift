import Base
import Events
import Incidents
import Journal

extension Resource {
  /// The work on an incident.
  static func response(
    _ incident: Incident, _ notes: [Int64: String], full: Bool
  ) -> [(String, JSON?)] {
    let links = incident.links.map {
      object([
        ("subject", .string($0.subject.text)), ("reason", .string($0.reason)), ("at", time($0.at)),
        ("by", .string($0.by.text)),
      ])
    }
    let updates = incident.updates.map { update in
      object([
        ("sequence", .int(update.sequence)), ("at", time(update.at)), ("actor", .string(update.actor.text)),
        ("audience", .string(update.audience.rawValue)), ("phase", text(update.phase?.rawValue)),
        ("text", .string(update.message ?? notes[update.sequence] ?? "[erased]")), ("nextDue", time(update.nextDue)),
      ])
    }
    let due = IncidentAudience.allCases.map { ($0.rawValue, time(incident.nextUpdateDue($0))) }
    return [
      ("phase", .string(incident.phase.rawValue)), ("detectedAt", time(incident.detectedAt)),
      ("mitigatedAt", time(incident.mitigatedAt)), ("resolution", text(incident.resolution)),
      ("via", text(incident.via?.rawValue)), ("services", .array(incident.services.map(JSON.string))),
      ("private", .bool(incident.isPrivate)), ("members", incident.members.map { .array($0.map(JSON.string)) }),
      ("mergedInto", text(incident.mergedInto?.description)),
      ("merged", .array(incident.merged.map { .string($0.description) })), ("links", .array(links)),
      ("nextUpdateDue", object(due)), ("updates", full ? .array(updates) : nil),
    ]
  }

  static func cost(_ cost: IncidentCost) -> JSON {
    object([
      ("slo", .string(cost.slo)), ("service", .string(cost.service)), ("budgetSpent", number(cost.budgetSpent)),
      ("badMinutes", number(cost.badMinutes)), ("bad", number(cost.bad)), ("total", number(cost.total)),
      ("burnNow", number(cost.burnNow)), ("window", .string(cost.window.text)), ("to", time(cost.to)),
    ])
  }

  static func impact(_ impact: IncidentImpact, _ costs: [IncidentCost]) -> JSON {
    let journeys = impact.journeys.map { affected in
      object([
        ("journey", .string(affected.journey.name)), ("title", .string(affected.journey.title)),
        ("tier", affected.journey.tier.map { .int(Int64($0)) }),
        ("steps", .array(affected.steps.map(JSON.string))), ("indirect", .array(affected.indirect.map(JSON.string))),
      ])
    }
    return object([
      ("costs", .array(costs.map(cost))), ("journeys", .array(journeys)),
      ("dependants", .array(impact.dependants.map { .string($0.name) })),
    ])
  }
}
