import Base
import Engine
import Incidents
import Journal

extension Desk {
  var incidentPageRoutes: [Route] {
    [
      view("/incidents") { request, site, context in
        let (incidents, next) = try slice(site.allIncidents, request) { $0.id.description }
        return incidentsPage(incidents, next: next, site, context)
      },
      // Before the page of an incident, which its path would match.
      view("/incidents/declare") { _, site, context in declarePage(site, context) },
      view("/incidents/{id}") { request, site, context in
        guard let incident = site.state.incidents.incidents[try request.id()] else {
          throw Problem.notFound("such incident")
        }
        return incidentPage(
          incident, notes: try await notes(of: incident), costs: await costs(of: incident, at: context.now),
          timeline: try await timeline(of: incident, limit: 50), site, context)
      },
    ]
  }

  /// What an incident has cost so far, or did.
  func costs(of incident: Incident, at now: Instant) async -> [IncidentCost] {
    await platform.impact(incident.services, incident.beganAt, incident.resolvedAt ?? now)
  }
}
