import Base
import Engine
import Events
import Journal

extension Desk {
  // MARK: Objectives and telemetry

  var sloRoutes: [Route] { sloReadRoutes + exclusionRoutes }

  private var sloReadRoutes: [Route] {
    [
      read(
        "/api/v1/slos",
        .list(
          "listSLOs", "The newest evaluation of every SLO", "Objectives",
          query: [
            ("state", "healthy, atRisk, burning, exhausted or noData."), ("team", "Only of services of this team."),
            ("tier", "Only of services of this tier."), ("service", "Only of this service."),
            ("text", "Only where the name, title, service or team contains it."),
            ("sort", "name by default; state, service, target, budget or burn, with - before it for the reverse."),
          ])
      ) { request in
        var filter = try ObjectiveFilter(request)
        if request.query("sort") == nil { filter.sort = .name }
        let (page, next) = try slice(platform.objectives().matching(filter), request) { $0.name }
        return list(try page.map { try JSON(encoding: $0) }, next)
      },
      read(
        "/api/v1/slos/{name}",
        .get(
          "getSLO", "One SLO with all its figures: exclusions, attribution, periods, slices, origin", "Objectives",
          query: [("from", "Attribution and slices from here on: RFC 3339, or a length before now; a day by default.")])
      ) { request in
        guard let slo = platform.objectives().named(try known(request)) else { throw Problem.notFound("such SLO") }
        let from = try time(request.query("from") ?? "1d", request)
        let detail = await platform.detail(slo.name, from, request.now)
        guard case .object(var object) = try JSON(encoding: slo), case .object(let more) = try JSON(encoding: detail)
        else { return .null }
        for member in more.members { object[member.key] = member.value }
        return .object(object)
      },
      read(
        "/api/v1/slos/{name}/history",
        .get(
          "getSLOHistory", "Budget, burn rates and events over a range", "Objectives",
          query: [("from", "RFC 3339, or a length before now; a day by default."), ("to", "Now by default.")])
      ) { request in
        let from = try time(request.query("from") ?? "1d", request)
        let to = try request.query("to").map { try time($0, request) } ?? request.now
        guard from < to else { throw Problem.invalid("The range from \(from.rfc3339) to \(to.rfc3339) is empty.") }
        guard let history = await platform.history(try known(request), from, to) else {
          throw Problem.notFound("such SLO")
        }
        return try JSON(encoding: history)
      },
      read("/api/v1/telemetry", .get("getTelemetry", "Where telemetry comes from and what becomes of it", "Telemetry"))
      {
        _ in try JSON(encoding: platform.telemetry())
      },
    ]
  }

  private var exclusionRoutes: [Route] {
    [
      read(
        "/api/v1/slos/{name}/exclusions",
        .list("listExclusions", "What is left out of an SLO's budget, newest first", "Objectives")
      ) { request in
        let all = await platform.detail(try known(request), request.now - .days(90), request.now).exclusions
        let (page, next) = try slice(all, request) { $0.id ?? "\($0.from.rfc3339)/\($0.to.rfc3339)" }
        return list(try page.map { try JSON(encoding: $0) }, next)
      },
      act(
        "/api/v1/slos/{name}/exclusions",
        .post(
          "excludeTime", "Leave a time out of an SLO's budget", "Objectives",
          body: [("from", "date-time", true), ("to", "date-time", true), ("reason", "string", true)], status: 201),
        .editor
      ) { request, body in
        let name = try known(request)
        let (from, to) = (try instant(body["from"]), try instant(body["to"]))
        let reason = body["reason"]?.string ?? ""
        let id = try await exclude(name, from: from, to: to, reason: reason, by: request.actor)
        return try JSON(
          encoding: ExclusionView(id: id, from: from, to: to, reason: reason, author: request.actor.text))
      },
      act(
        "/api/v1/slos/{name}/exclusions/{id}",
        .post("restoreTime", "Count an excluded time again", "Objectives", status: 204), .editor, method: "DELETE"
      ) { request, _ in
        try await platform.restoreExclusion(request.parameters["id"] ?? "", try known(request), request.actor)
        return .null
      },
    ]
  }
}
