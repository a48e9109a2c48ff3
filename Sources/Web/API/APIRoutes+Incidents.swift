import Base
import Engine
import Events
import Incidents
import Journal

extension Desk {
  private func work(
    _ verb: String, _ id: String, _ summary: String, body: [(name: String, type: String, required: Bool)] = [],
    _ act: @escaping @Sendable (ULID, WebRequest, JSON) async throws -> Void
  ) -> Route {
    self.act("/api/v1/incidents/{id}/\(verb)", .post(id, summary, "Incidents", body: body)) { request, body in
      let id = try request.id()
      try await act(id, request, body)
      return try await changed(id)
    }
  }

  /// What became of an incident; whoever made it private may have lost sight of it.
  private func changed(_ id: ULID) async throws -> JSON {
    do { return try await incident(id) } catch { return ["id": .string(id.description)] }
  }

  var incidentWorkRoutes: [Route] {
    [
      act(
        "/api/v1/incidents",
        .post(
          "openIncident", "Declare an incident", "Incidents",
          body: [
            ("title", "string", true), ("severity", "string", true), ("service", "string", false),
            ("services", "array", false), ("alerts", "array", false), ("commander", "string", false),
            ("private", "boolean", false), ("members", "array", false), ("via", "string", false),
          ], status: 201)
      ) { request, body in
        try await changed(try await platform.ask(.declareIncident(try declaration(body), by: request.actor)))
      },
      work("acknowledge", "acknowledgeIncident", "Take an incident") { id, request, _ in
        _ = try await platform.ask(.acknowledgeIncident(id, by: request.actor))
      },
      work(
        "notes", "noteIncident", "Write into an incident's timeline", body: [("text", "string", true)]
      ) { id, request, body in
        try await platform.ask(.noteIncident(id, text: body["text"]?.string ?? "", by: request.actor))
      },
      work(
        "updates", "updateIncident", "Say how things stand, and when the next update comes",
        body: [
          ("text", "string", true), ("audience", "string", false), ("phase", "string", false),
          ("title", "string", false), ("next", "string", false),
        ]
      ) { id, request, body in
        let draft = try updateDraft(
          audience: body["audience"]?.string ?? "internal", phase: body["phase"]?.string ?? "",
          text: body["text"]?.string ?? "", title: body["title"]?.string ?? "", next: body["next"]?.string ?? "",
          at: request.now)
        try await platform.ask(.updateIncident(id, draft, by: request.actor))
      },
      work(
        "severity", "setSeverity", "Change an incident's severity",
        body: [("severity", "string", true), ("reason", "string", false)]
      ) { id, request, body in
        try await platform.ask(
          .setSeverity(
            id, to: try severity(body["severity"]?.string ?? ""), reason: body["reason"]?.string, by: request.actor))
      },
      work(
        "roles", "assignRole", "Give somebody a role", body: [("role", "string", true), ("person", "string", true)]
      ) { id, request, body in
        try await platform.ask(
          .assignRole(id, role: body["role"]?.string ?? "", to: body["person"]?.string ?? "", by: request.actor))
      },
      work(
        "handover", "handOverRole", "Pass a role from one person to another",
        body: [("role", "string", true), ("to", "string", true), ("from", "string", false)]
      ) { id, request, body in
        try await platform.ask(
          .handOverRole(
            id, role: body["role"]?.string ?? "", from: body["from"]?.string, to: body["to"]?.string ?? "",
            by: request.actor))
      },
      work(
        "mitigate", "mitigateIncident", "Users feel it no more", body: [("reason", "string", false)]
      ) { id, request, body in
        try await platform.ask(
          .mitigateIncident(
            id, reason: body["reason"]?.string ?? "mitigated by \(request.actor.text)", by: request.actor))
      },
      work(
        "resolve", "resolveIncident", "End an incident; a review is drafted", body: [("reason", "string", false)]
      ) { id, request, body in
        try await platform.ask(
          .resolveIncident(
            id, reason: body["reason"]?.string ?? "resolved by \(request.actor.text)", by: request.actor))
      },
      work("reopen", "reopenIncident", "It was not over", body: [("reason", "string", false)]) { id, request, body in
        try await platform.ask(
          .reopenIncident(
            id, reason: body["reason"]?.string ?? "reopened by \(request.actor.text)", by: request.actor))
      },
    ]
  }

  var incidentArrangementRoutes: [Route] {
    [
      read(
        "/api/v1/incidents/{id}/impact", .get("getIncidentImpact", "What an incident costs, and whom", "Incidents")
      ) { request in
        let site = site
        guard let incident = site.state.incidents.incidents[try request.id()] else {
          throw Problem.notFound("such incident")
        }
        return Resource.impact(
          IncidentImpact(of: incident.services, in: site.catalog), await costs(of: incident, at: request.now))
      },
      work(
        "links", "linkIncident", "Link what has to do with it; an alert becomes part of it",
        body: [("subject", "string", true), ("reason", "string", false)]
      ) { id, request, body in
        try await platform.ask(
          .linkIncident(
            id, try linkSubject(body["subject"]?.string ?? ""), reason: body["reason"]?.string ?? "",
            by: request.actor))
      },
      work(
        "unlink", "unlinkIncident", "Take a link away", body: [("subject", "string", true)]
      ) { id, request, body in
        try await platform.ask(.unlinkIncident(id, Subject(body["subject"]?.string ?? ""), by: request.actor))
      },
      work(
        "merge", "mergeIncident", "Make it part of another incident, named by its id or number",
        body: [("into", "string", true)]
      ) { id, request, body in
        try await platform.ask(
          .mergeIncident(id, into: try incidentID(body["into"]?.string ?? ""), by: request.actor))
      },
      work("unmerge", "unmergeIncident", "Undo a merge") { id, request, _ in
        try await platform.ask(.unmergeIncident(try merged(id), by: request.actor))
      },
      act(
        "/api/v1/incidents/{id}/split",
        .post(
          "splitIncident", "Take some of its alerts into a new incident, which is answered", "Incidents",
          body: [("alerts", "array", true), ("title", "string", true)], status: 201)
      ) { request, body in
        let new = try await platform.ask(
          .splitIncident(
            try request.id(), alerts: try alertIDs(body["alerts"]), title: body["title"]?.string ?? "",
            by: request.actor))
        return try await changed(new)
      },
      work(
        "private", "makeIncidentPrivate", "Show it to its members alone", body: [("members", "array", false)]
      ) { id, request, body in
        try await platform.ask(
          .makeIncidentPrivate(
            id, members: (body["members"]?.array ?? []).compactMap(\.string), by: request.actor))
      },
      work("public", "makeIncidentPublic", "Show it to everybody again") { id, request, _ in
        try await platform.ask(.makeIncidentPublic(id, by: request.actor))
      },
    ]
  }

  private func alertIDs(_ json: JSON?) throws -> [ULID] {
    try (json?.array ?? []).map { json in
      guard let id = json.string.flatMap({ ULID($0) }) else {
        throw Problem.invalid("\(json.text.prefix(80)) is no alert's id.")
      }
      return id
    }
  }

  private func declaration(_ body: JSON) throws -> Declaration {
    let members = (body["members"]?.array ?? []).compactMap(\.string)
    let isPrivate = body["private"] == .bool(true) || !members.isEmpty
    return Declaration(
      title: body["title"]?.string ?? "", service: body["service"]?.string,
      severity: try severity(body["severity"]?.string ?? ""), alerts: try alertIDs(body["alerts"]),
      services: (body["services"]?.array ?? []).compactMap(\.string),
      roles: body["commander"]?.string.map { [.init(IncidentRoles.commander, $0)] } ?? [],
      members: isPrivate ? members : nil,
      via: body["via"]?.string == "cli" ? .cli : .api)
  }
}
