import Base
import Engine
import Events
import Journal
import Runbooks

/// Runbooks, their runs, and the switch that stops them all.
extension Desk {
  var runbookRoutes: [Route] { bookRoutes + runRoutes + [outputRoute] + automationRoutes }

  private var bookRoutes: [Route] {
    let inputs: [(name: String, type: String, required: Bool)] = [
      ("inputs", "object", false), ("mode", "string", false), ("about", "string", false),
    ]
    return [
      read(
        "/api/v1/runbooks",
        .list(
          "listRunbooks", "Runbooks by name, with how their runs went", "Runbooks",
          query: [("service", "Only those that fit this service.")])
      ) { request in
        let site = site
        let all = request.query("service").map { site.runbooks(service: $0) } ?? site.catalog.runbooks
        let (page, next) = try slice(all, request) { $0.name }
        return list(page.map { Resource.runbook($0, site, full: false) }, next)
      },
      read(
        "/api/v1/runbook-health",
        .get("getRunbookHealth", "Which runbooks fail, and where one is missing", "Runbooks")
      ) { request in Resource.report(site.runbookReport(at: request.now)) },
      read("/api/v1/runbooks/{name}", .get("getRunbook", "One runbook with its inputs and steps", "Runbooks")) {
        request in
        let site = site
        return Resource.runbook(try runbook(request, site), site, full: true)
      },
      act(
        "/api/v1/runbooks/{name}/runs",
        .post(
          "startRun", "Run a runbook: mode all (the default) or stepwise; about alert/ID, incident/ID or service/NAME",
          "Runbooks", body: inputs, status: 201)
      ) { request, body in
        let id = try await startRun(
          request, inputs: try Self.inputs(body), mode: body["mode"]?.string ?? RunMode.all.rawValue,
          about: body["about"]?.string ?? "")
        return try run(id)
      },
      act(
        "/api/v1/runbooks/{name}/dry-run",
        .post(
          "dryRun", "What a run would perform, in which order and environment; performs nothing", "Runbooks",
          body: inputs)
      ) { request, body in
        let mode = body["mode"]?.string.flatMap { RunMode(rawValue: $0) } ?? .all
        let dry = try await dryRun(
          request, inputs: try Self.inputs(body), about: body["about"]?.string ?? "", mode: mode)
        return Resource.dryRun(dry, try runbook(request, site))
      },
    ]
  }

  private var runRoutes: [Route] {
    [
      read(
        "/api/v1/runs",
        .list(
          "listRuns", "Runs, newest first", "Runbooks",
          query: [("runbook", "Only of this runbook."), ("state", "going, waiting or finished.")])
      ) { request in
        let (runs, next) = try runs(request, request.query("state") ?? "all", site)
        return list(runs.map { Resource.run($0, full: false) }, next)
      },
      read("/api/v1/runs/{id}", .get("getRun", "One run: its steps, and what it waits for", "Runbooks")) { request in
        try run(try request.id())
      },
      act("/api/v1/runs/{id}/steps/{index}/release", .post("releaseStep", "Let the next step begin", "Runbooks")) {
        request, _ in
        try await platform.ask(.releaseStep(try request.id(), index: try step(request), by: request.actor))
        return try run(try request.id())
      },
      act(
        "/api/v1/runs/{id}/steps/{index}/answer",
        .post("answerStep", "Answer what a step asks", "Runbooks", body: [("answer", "string", true)])
      ) { request, body in
        try await answer(request, body["answer"]?.string ?? "")
        return try run(try request.id())
      },
      act(
        "/api/v1/runs/{id}/steps/{index}/approve",
        .post(
          "approveStep", "Approve exactly what has this hash; never by who started the run", "Runbooks",
          body: [("hash", "string", true)])
      ) { request, body in
        try await platform.ask(
          .approveStep(
            try request.id(), index: try step(request), hash: body["hash"]?.string ?? "", by: request.actor))
        return try run(try request.id())
      },
      act(
        "/api/v1/runs/{id}/cancel",
        .post("cancelRun", "Stop a run: what was done is undone", "Runbooks", body: [("reason", "string", false)])
      ) { request, body in
        try await platform.ask(
          .cancelRun(try request.id(), reason: reason(body["reason"]?.string ?? "", request), by: request.actor))
        return try run(try request.id())
      },
    ]
  }

  private var automationRoutes: [Route] {
    [
      read("/api/v1/automation", .get("getAutomation", "Whether automation is stopped, by whom and why", "Runbooks")) {
        _ in Resource.automation(platform.committed().state.automation)
      },
      act(
        "/api/v1/automation/stop",
        .post(
          "stopAutomation", "Stop all automation at once", "Runbooks", body: [("reason", "string", true)])
      ) { request, body in
        try await platform.ask(.stopAutomation(reason: body["reason"]?.string ?? "", by: request.actor))
        return Resource.automation(platform.committed().state.automation)
      },
      act(
        "/api/v1/automation/resume", .post("resumeAutomation", "Let automation go on", "Runbooks"), .editor
      ) { request, _ in
        try await platform.ask(.resumeAutomation(by: request.actor))
        return Resource.automation(platform.committed().state.automation)
      },
    ]
  }

  private func run(_ id: ULID) throws -> JSON {
    guard let run = site.run(id) else { throw Problem.notFound("run \(id)") }
    return Resource.run(run, full: true)
  }

  /// The inputs of a body: texts, or values that are written as one.
  private static func inputs(_ body: JSON) throws -> [RunVariable] {
    try (body["inputs"]?.object?.members ?? []).map { member in
      switch member.value {
      case .string(let text): RunVariable(name: member.key, value: text)
      case .int, .double, .bool: RunVariable(name: member.key, value: member.value.text)
      default:
        throw Problem.invalid("The input '\(member.key.prefix(80))' is neither text nor number nor true nor false.")
      }
    }
  }
}
