import Base
import Engine
import Events
import Incidents
import Journal
import Procedures

extension Desk {
  /// What the forms of incidents do.
  var incidentActionRoutes: [Route] {
    [form("/incidents") { request in "/incidents/\(try await declare(request))" }] + workRoutes + arrangementRoutes
  }

  private func incidentForm(
    _ verb: String, _ act: @escaping @Sendable (ULID, WebRequest) async throws -> Void
  ) -> Route {
    form("/incidents/{id}/\(verb)") { request in
      let id = try request.id()
      try await act(id, request)
      return "/incidents/\(id)"
    }
  }

  private func declare(_ request: WebRequest) async throws -> ULID {
    let service = request.field("service")
    var roles: [Incident.Role] = []
    if request.field("command") == "1", request.actor.text.hasPrefix("user/") {
      roles = [.init(IncidentRoles.commander, String(request.actor.text.dropFirst(5)))]
    }
    return try await platform.ask(
      .declareIncident(
        Declaration(
          title: Self.trimmed(request.field("title")), service: service.isEmpty ? nil : service,
          severity: try severity(request.field("severity")), alerts: ULID(request.field("alert")).map { [$0] } ?? [],
          roles: roles, members: request.field("private") == "1" ? Self.words(request.field("members")) : nil,
          via: .page), by: request.actor))
  }

  private var workRoutes: [Route] {
    [
      incidentForm("acknowledge") { id, request in
        _ = try await platform.ask(.acknowledgeIncident(id, by: request.actor))
      },
      incidentForm("updates") { id, request in
        try await platform.ask(.updateIncident(id, try updateDraft(request), by: request.actor))
      },
      incidentForm("notes") { id, request in
        try await platform.ask(.noteIncident(id, text: request.field("text"), by: request.actor))
      },
      incidentForm("mitigate") { id, request in
        try await platform.ask(.mitigateIncident(id, reason: reason(request, "mitigated by"), by: request.actor))
      },
      incidentForm("resolve") { id, request in
        try await platform.ask(.resolveIncident(id, reason: reason(request, "resolved by"), by: request.actor))
      },
      incidentForm("reopen") { id, request in
        try await platform.ask(.reopenIncident(id, reason: reason(request, "reopened by"), by: request.actor))
      },
      incidentForm("severity") { id, request in
        let why = Self.trimmed(request.field("reason"))
        try await platform.ask(
          .setSeverity(
            id, to: try severity(request.field("severity")), reason: why.isEmpty ? nil : why, by: request.actor))
      },
      incidentForm("roles") { id, request in
        try await platform.ask(
          .assignRole(id, role: request.field("role"), to: request.field("person"), by: request.actor))
      },
      incidentForm("handover") { id, request in
        let held = request.field("held").split(separator: "/", maxSplits: 1).map(String.init)
        guard held.count == 2 else { throw Problem.invalid("No role was chosen.") }
        try await platform.ask(
          .handOverRole(id, role: held[0], from: held[1], to: request.field("person"), by: request.actor))
      },
    ]
  }

  private var arrangementRoutes: [Route] {
    [
      incidentForm("links") { id, request in
        try await platform.ask(
          .linkIncident(
            id, try linkSubject(Self.trimmed(request.field("subject"))), reason: request.field("reason"),
            by: request.actor))
      },
      incidentForm("unlink") { id, request in
        try await platform.ask(.unlinkIncident(id, Subject(request.field("subject")), by: request.actor))
      },
      incidentForm("merge") { id, request in
        try await platform.ask(
          .mergeIncident(id, into: try incidentID(request.field("into")), by: request.actor))
      },
      incidentForm("unmerge") { id, request in
        try await platform.ask(.unmergeIncident(try merged(id), by: request.actor))
      },
      form("/incidents/{id}/split") { request in
        let alerts = Form.parse(request.body).filter { $0.name == "alert" }.compactMap { ULID($0.value) }
        let new = try await platform.ask(
          .splitIncident(
            try request.id(), alerts: alerts, title: Self.trimmed(request.field("title")), by: request.actor))
        return "/incidents/\(new)"
      },
      incidentForm("private") { id, request in
        try await platform.ask(
          .makeIncidentPrivate(id, members: Self.words(request.field("members")), by: request.actor))
      },
      incidentForm("public") { id, request in try await platform.ask(.makeIncidentPublic(id, by: request.actor)) },
    ]
  }

  // MARK: Reading what was sent

  private func reason(_ request: WebRequest, _ standard: String) -> String {
    let reason = Self.trimmed(request.field("reason"))
    return reason.isEmpty ? "\(standard) \(request.actor.text)" : reason
  }

  private func updateDraft(_ request: WebRequest) throws -> UpdateDraft {
    try updateDraft(
      audience: request.field("audience"), phase: request.field("phase"), text: Self.trimmed(request.field("text")),
      title: Self.trimmed(request.field("title")), next: request.field("next"), at: request.now)
  }

  /// - Parameters:
  ///   - title: what the public is to call the incident; empty leaves it.
  ///   - next: `30m`, a time, `none`, or nothing for what the severity asks.
  func updateDraft(
    audience: String, phase: String, text: String, title: String, next: String, at now: Instant
  ) throws -> UpdateDraft {
    guard let audience = IncidentAudience(rawValue: audience) else {
      throw Problem.invalid("'\(audience.prefix(40))' is no audience.", "Use internal or external.")
    }
    let stage = IncidentPhase(rawValue: phase)
    if stage == nil, !phase.isEmpty {
      throw Problem.invalid(
        "'\(phase.prefix(40))' is no phase.", "Use investigating, identified, monitoring or resolved.")
    }
    var due: Instant?
    if !next.isEmpty, next != "none" {
      due = Instant(rfc3339: next) ?? Interval(text: next).map { now + $0 }
      if due == nil {
        throw Problem.invalid("'\(next.prefix(40))' is no time.", "Write 30m, 2026-11-21T03:00:00Z or none.")
      }
    }
    return UpdateDraft(
      audience: audience, phase: stage, text: text, title: title.isEmpty ? nil : title, nextDue: due,
      isLast: next == "none")
  }

  /// An incident that the reader may see, by its id or its number.
  func incidentID(_ text: String) throws -> ULID {
    let incidents = site.state.incidents
    let found = ULID(text).flatMap { incidents.incidents[$0] } ?? Int(text).flatMap { incidents.incident(number: $0) }
    guard let found else { throw Problem.notFound("incident \(text.prefix(40))") }
    return found.id
  }

  /// A merged incident whose survivor its reader may see too: a merge is undone by those who could have made it.
  func merged(_ id: ULID) throws -> ULID {
    guard let incident = site.state.incidents.incidents[id] else { throw Problem.notFound("such incident") }
    guard incident.isOpen || incident.mergedInto != nil || incident.resolution != Incident.goesOnElsewhere else {
      throw Refusal(.conflict, "incident \(incident.number) goes on where you cannot see it; ask who merged it")
    }
    return id
  }

  /// What may be linked: it exists for the reader.
  func linkSubject(_ text: String) throws -> Subject {
    let subject = Subject(text)
    if subject.kind == "incident" { return Subject("incident", try incidentID(String(subject.id))) }
    if subject.kind == "procedure", ULID(subject.id).flatMap({ site.state.procedures.runs[$0] }) == nil {
      throw Problem.notFound("run \(subject.id.prefix(40))")
    }
    return subject
  }

  static func words(_ text: String) -> [String] {
    text.split { $0.isWhitespace || $0 == "," }.map(String.init)
  }

  static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
