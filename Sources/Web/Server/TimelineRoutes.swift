import Base
import Engine
import Events
import Incidents
import Journal

extension Desk {
  /// Before the page of an entry, which the paths of exports would match.
  var timelineRoutes: [Route] {
    [
      Route("GET", "/incidents/{id}/timeline.md", .role(.viewer), .page) { try await timelineMarkdown($0) },
      Route("GET", "/incidents/{id}/timeline.json", .role(.viewer), .page) { try await timelineJSON($0) },
      view("/incidents/{id}/timeline") { request, _, context in
        let incident = try incident(request)
        let view = try await timeline(
          of: incident, kind: try kind(request), after: try sequence(request, "after"),
          before: try sequence(request, "before"))
        return timelinePage(view, incident, context)
      },
      view("/incidents/{id}/timeline/{sequence}") { request, _, context in
        let incident = try incident(request)
        return timelineEntryPage(try await timelineEntry(request, of: incident), incident, context)
      },
      form("/incidents/{id}/timeline/{sequence}") { request in
        let text = request.field("text")
        let hidden = request.field("hidden")
        try await amend(request, text: text.isEmpty ? nil : text, hidden: hidden.isEmpty ? nil : hidden == "yes")
        return "/incidents/\(try request.id())/timeline/\(request.parameters["sequence"] ?? "")"
      },
      form("/incidents/{id}/graphs") { request in
        try await pin(request.field("slo"), to: try request.id(), request)
        return "/incidents/\(try request.id())"
      },
      form("/slos/{name}/pin") { request in
        guard let id = ULID(request.field("incident")) else { throw Problem.invalid("No incident is chosen.") }
        try await pin(try known(request), to: id, request)
        return "/incidents/\(id)"
      },
    ]
  }

  var timelineAPIRoutes: [Route] {
    [
      Route(
        "GET", "/api/v1/incidents/{id}/timeline.md", .role(.viewer), .api,
        operation: Operation(
          id: "getTimelineMarkdown", summary: "An incident's whole timeline as Markdown", tag: "Incidents",
          produces: "text/markdown")
      ) { try await timelineMarkdown($0) },
      Route(
        "GET", "/api/v1/incidents/{id}/timeline.json", .role(.viewer), .api,
        operation: .get("getTimelineDocument", "An incident's whole timeline as one document", "Incidents")
      ) { try await timelineJSON($0) },
      read(
        "/api/v1/incidents/{id}/timeline",
        .list(
          "listTimeline", "An incident's timeline, oldest first; hidden entries say so", "Incidents",
          query: [("kind", TimelineEntry.Kind.allCases.map(\.rawValue).joined(separator: ", ") + ".")])
      ) { request in
        let incident = try incident(request)
        let view = try await timeline(
          of: incident, kind: try kind(request), after: try sequence(request, "cursor") ?? 0,
          limit: try limit(request, 100))
        let origin = context(request).origin
        return list(view.entries.map { TimelineExport.json($0, base: origin) }, view.later.map { String($0) })
      },
      act(
        "/api/v1/incidents/{id}/timeline/{sequence}",
        .post(
          "amendTimeline", "Correct or hide an entry; what it said stays in the journal", "Incidents",
          body: [("text", "string", false), ("hidden", "boolean", false)])
      ) { request, body in
        try await amend(request, text: body["text"]?.string, hidden: body["hidden"]?.bool)
        let entry = try await timelineEntry(request, of: try incident(request))
        return TimelineExport.json(entry, base: context(request).origin)
      },
      act(
        "/api/v1/incidents/{id}/graphs",
        .post(
          "pinGraph", "Keep a graph of an SLO in an incident's timeline, as of now", "Incidents",
          body: [
            ("slo", "string", true), ("chart", "string", false), ("from", "date-time", false),
            ("to", "date-time", false),
          ], status: 204)
      ) { request, body in
        let to = try body["to"].map { try instant($0) } ?? request.now
        let from = try body["from"].map { try instant($0) } ?? to - .hours(1)
        let graph = try await graph(
          body["slo"]?.string ?? "", chart: body["chart"]?.string ?? "burn", from: from, to: to)
        try await platform.ask(.pinGraph(graph, in: try request.id(), by: request.actor))
        return .null
      },
    ]
  }

  private func kind(_ request: WebRequest) throws -> TimelineEntry.Kind? {
    guard let text = request.query("kind") else { return nil }
    guard let kind = TimelineEntry.Kind(rawValue: text) else {
      let known = TimelineEntry.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem.invalid("'\(text.prefix(40))' is no kind of entry.", "Use \(known).")
    }
    return kind
  }

  private func sequence(_ request: WebRequest, _ name: String) throws -> Int64? {
    guard let text = request.query(name) else { return nil }
    guard let value = Int64(text), value >= 0 else {
      throw Problem.invalid("\(name) '\(text.prefix(40))' is no sequence.", "Follow the links of the page.")
    }
    return value
  }

  /// - Parameter hidden: `nil` leaves it as it is.
  private func amend(_ request: WebRequest, text: String?, hidden: Bool?) async throws {
    let entry = try await timelineEntry(request, of: try incident(request))
    guard text != nil || hidden != nil else {
      throw Problem.invalid("Neither a text nor whether it is hidden is given.", "Give text, hidden, or both.")
    }
    try await platform.ask(
      .amendTimeline(
        try request.id(), entry: entry.sequence, text: text, hidden: hidden ?? entry.isHidden, by: request.actor))
  }

  private func pin(_ slo: String, to incident: ULID, _ request: WebRequest) async throws {
    guard platform.committed().state.incidents.incidents[incident] != nil else {
      throw Problem.notFound("such incident")
    }
    guard let length = Interval(text: request.field("length")), length > .zero else {
      throw Problem.invalid("'\(request.field("length").prefix(20))' is no length of time.", "Write 1h or 1d.")
    }
    let graph = try await graph(slo, chart: request.field("chart"), from: request.now - length, to: request.now)
    try await platform.ask(.pinGraph(graph, in: incident, by: request.actor))
  }

  // MARK: Export

  private func timelineMarkdown(_ request: WebRequest) async throws -> WebResponse {
    let incident = try incident(request)
    let (entries, isCut) = try await wholeTimeline(of: incident)
    let text = TimelineExport.markdown(incident, entries, isCut: isCut, base: context(request).origin)
    return WebResponse.text(text, type: "text/markdown; charset=utf-8").adding(
      "content-disposition", "attachment; filename=\"incident-\(incident.number)-timeline.md\"")
  }

  private func timelineJSON(_ request: WebRequest) async throws -> WebResponse {
    let incident = try incident(request)
    let (entries, isCut) = try await wholeTimeline(of: incident)
    return WebResponse.json(TimelineExport.json(incident, entries, isCut: isCut, base: context(request).origin))
      .adding("content-disposition", "attachment; filename=\"incident-\(incident.number)-timeline.json\"")
  }
}
