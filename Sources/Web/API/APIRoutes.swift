import Alerts
import Base
import Engine
import Events
import Incidents
import Journal

extension Desk {
  var apiRoutes: [Route] {
    let own =
      serviceRoutes + sloRoutes + alertRoutes + incidentRoutes + incidentWorkRoutes + incidentArrangementRoutes
      + onCallRoutes + freezeRoutes + silenceRoutes + fatigueRoutes + reportRoutes + accessRoutes + escalationRoutes
      + runbookRoutes
      + timelineAPIRoutes + statusAPIRoutes + reviewRoutes + figureRoutes
      + journalRoutes
    let document = OpenAPI.document(own, version: platform.version)
    return own + [Route("GET", "/api/v1/openapi.json", .open, .api) { _ in .json(document) }]
  }

  func read(
    _ path: String, _ operation: Operation, _ need: Role = .viewer,
    _ answer: @escaping @Sendable (WebRequest) async throws -> JSON
  ) -> Route {
    Route("GET", path, .role(need), .api, operation: operation) { request in .json(try await answer(request)) }
  }

  func act(
    _ path: String, _ operation: Operation, _ need: Role = .responder, method: String = "POST",
    _ answer: @escaping @Sendable (WebRequest, JSON) async throws -> JSON
  ) -> Route {
    Route(method, path, .role(need), .api, bodyBytesMax: Self.apiBytesMax, operation: operation) { request in
      let body = try Self.json(request.body)
      for member in operation.body {
        guard let value = body[member.name], value != .null, value != "" else {
          if !member.required { continue }
          throw Problem.invalid("The body has no member '\(member.name)'.", "Add \(member.name) (\(member.type)).")
        }
        guard Self.matches(value, member.type) else {
          throw Problem.invalid("The member '\(member.name)' is no \(member.type).", "See the API document.")
        }
      }
      let answer = try await answer(request, body)
      return operation.status == 204 ? WebResponse(status: 204) : .json(answer, status: operation.status)
    }
  }

  /// Whether a value is of a JSON schema type; types that no operation uses match anything.
  private static func matches(_ value: JSON, _ type: String) -> Bool {
    switch (type, value) {
    case ("string", .string), ("array", .array), ("integer", .int), ("boolean", .bool), ("object", .object): true
    case ("string", _), ("array", _), ("integer", _), ("boolean", _), ("object", _): false
    default: true
    }
  }

  private static func json(_ bytes: [UInt8]) throws -> JSON {
    if bytes.isEmpty { return [:] }
    let json: JSON
    do throws(JSONParseError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw Problem(400, "Not JSON", "The body at \(error.position): \(error.problem).", "\(error.remedy).")
    }
    guard case .object = json else { throw Problem(400, "Not JSON", "The body is no JSON object.", "Send an object.") }
    return json
  }

  func list(_ items: [JSON], _ next: String?) -> JSON {
    Resource.object([("items", .array(items)), ("next", Resource.text(next))])
  }

  // MARK: Services, definitions

  private var serviceRoutes: [Route] {
    [
      read("/api/v1/services", .list("listServices", "All services with their health", "Services")) { request in
        let site = site
        let (page, next) = try slice(site.catalog.services, request) { $0.name }
        return list(try page.map { try Resource.service($0, site) }, next)
      },
      read("/api/v1/services/{name}", .get("getService", "One service", "Services")) { request in
        let site = site
        guard let service = site.service(request.parameters["name"] ?? "") else {
          throw Problem.notFound("such service")
        }
        return try Resource.service(service, site)
      },
      read("/api/v1/definitions", .get("getDefinitions", "The snapshot in force and its diagnostics", "Definitions")) {
        _ in
        let catalog = platform.catalog()
        return Resource.object([
          ("hash", .string(catalog.hash)), ("loadedAt", Resource.time(catalog.loadedAt)),
          ("documents", .int(Int64(catalog.documents))), ("degraded", .bool(catalog.isDegraded)),
          ("diagnostics", .array(try catalog.diagnostics.map { try JSON(encoding: $0) })),
        ])
      },
    ]
  }

  // MARK: Alerts

  private var alertRoutes: [Route] {
    [
      read(
        "/api/v1/alerts",
        .list(
          "listAlerts", "Alerts, newest first", "Alerts",
          query: [
            ("state", "firing, acknowledged, suppressed, resolved or open."), ("service", "Only of this service."),
            ("team", "Only of services that it owns."), ("tier", "Only of services of this tier."),
            ("urgency", "page, ticket or record."), ("integration", "Only what came in by it."),
            ("unrouted", "1: only alerts without a service, or that no policy of the definitions pages for."),
          ])
      ) { request in
        let filter = try AlertFilter(request, state: "all")
        let site = self.site
        let (page, next) = filter.alerts(
          in: site, after: try cursor(request), limit: try limit(request))
        return list(page.map { Resource.alert($0, in: site.state) }, next)
      },
      read("/api/v1/alerts/{id}", .get("getAlert", "One alert", "Alerts")) { request in try alert(try request.id()) },
      act(
        "/api/v1/alerts",
        .post(
          "createAlert", "Fire an alert by hand, or find the open one with its key", "Alerts",
          body: [
            ("summary", "string", true), ("key", "string", false), ("service", "string", false),
            ("severity", "string", false), ("urgency", "string", false), ("detail", "string", false),
            ("link", "string", false), ("labels", "object", false),
          ], status: 201)
      ) { request, body in
        let summary = body["summary"]?.string ?? ""
        let signal = Signal(
          key: body["key"]?.string ?? "manual/\(Hex.encode(platform.random(8)))", service: body["service"]?.string,
          severity: try word(body["severity"], AlertSeverity.error), urgency: try word(body["urgency"], Urgency.page),
          summary: summary, detail: body["detail"]?.string, labels: try Self.labels(body["labels"]),
          link: body["link"]?.string)
        return try alert(try await platform.ask(.fire(signal, by: request.actor)).alert)
      },
      act(
        "/api/v1/alerts/{id}/acknowledge", .post("acknowledgeAlert", "Take an alert: nobody further is paged", "Alerts")
      ) {
        request, _ in
        let via = request.headers["user-agent"]?.hasPrefix("mainstay/") == true ? "cli" : "api"
        _ = try await platform.ask(.acknowledgeAlert(try request.id(), via: via, by: request.actor))
        return try alert(try request.id())
      },
      act(
        "/api/v1/alerts/{id}/resolve",
        .post(
          "resolveAlert", "End an alert; actionable says whether there was something to do", "Alerts",
          body: [("reason", "string", false), ("actionable", "boolean", false)])
      ) { request, body in
        try await platform.ask(
          .resolveAlert(
            try request.id(), reason: body["reason"]?.string ?? "resolved by \(request.actor.text)",
            actionable: body["actionable"]?.bool, by: request.actor))
        return try alert(try request.id())
      },
    ]
  }

  /// Labels of an alert that is fired by hand, within the bounds of those that come in: an object of texts.
  private static func labels(_ json: JSON?) throws -> [Signal.Label] {
    let members = json?.object?.members ?? []
    guard members.count <= Incoming.labelsMax else {
      throw Problem.invalid("The alert has \(members.count) labels.", "Send at most \(Incoming.labelsMax).")
    }
    return try members.sorted { $0.key < $1.key }.map { member in
      let isName =
        member.key.utf8.count <= 128 && member.key.first?.isNumber == false
        && member.key.utf8.allSatisfy { byte in
          let letter = byte | 0x20
          return byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(letter)
        }
      guard isName, let value = member.value.string, value.utf8.count <= Incoming.labelBytesMax else {
        throw Problem.invalid(
          "The label '\(member.key.cut(80))' is none.",
          "Use letters, digits and _ for the name, and a text of at most \(Incoming.labelBytesMax) bytes as its value.")
      }
      return Signal.Label(name: member.key, value: value)
    }
  }

  private func alert(_ id: ULID) throws -> JSON {
    let state = platform.committed().state
    guard let alert = state.alerts.alerts[id] else { throw Problem.notFound("alert \(id)") }
    return Resource.alert(alert, in: state)
  }

  private func word<Value: RawRepresentable<String>>(_ json: JSON?, _ fallback: Value) throws -> Value {
    guard let json else { return fallback }
    guard let text = json.string, let value = Value(rawValue: text) else {
      throw Problem.invalid("\(json.text.prefix(60)) is none of the words allowed there.", "See the API document.")
    }
    return value
  }

  // MARK: Incidents and reviews

  private var incidentRoutes: [Route] {
    [
      read(
        "/api/v1/incidents",
        .list("listIncidents", "Incidents, newest first", "Incidents", query: [("state", "open or resolved.")])
      ) {
        request in
        let state = request.query("state")
        let all = site.allIncidents.filter { state == nil || (state == "open") == $0.isOpen }
        let (page, next) = try slice(all, request) { $0.id.description }
        return list(page.map { Resource.incident($0, full: false) }, next)
      },
      read("/api/v1/incidents/{id}", .get("getIncident", "One incident with its timeline", "Incidents")) { request in
        try await incident(try request.id())
      },
    ]
  }

  func incident(_ id: ULID) async throws -> JSON {
    guard let incident = platform.committed().state.incidents.incidents[id] else {
      throw Problem.notFound("incident \(id)")
    }
    return Resource.incident(incident, notes: try await notes(of: incident), full: true)
  }

  /// The texts of an incident's notes by sequence.
  func notes(of incident: Incident) async throws -> [Int64: String] {
    guard incident.timeline.contains(where: { $0.kind == .note }) else { return [:] }
    let query = JournalQuery(
      types: ["incident.noted", "incident.updated"], subject: incident.subject.text, limit: 1_000)
    let pairs = try await platform.events(query).compactMap { event in
      event.data["text"]?.string.map { (event.sequence, $0) }
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
