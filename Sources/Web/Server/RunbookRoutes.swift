import Alerts
import Base
import Definitions
import Engine
import Events
import Incidents
import Journal
import Procedures
import Runbooks

/// Pages of runbooks and runs.
extension Desk {
  var runbookPageRoutes: [Route] {
    [
      view("/runbooks") { request, site, context in
        runbooksPage(site.runbookReport(at: request.now), going: site.runsGoing, context)
      },
      view("/runbooks/{name}") { request, site, context in
        let runbook = try runbook(request, site)
        let runs = site.state.runbookRuns.of(runbook: runbook.name).prefix(8).map(site.runView)
        return runbookPage(
          runbook, health: site.health(ofRunbook: runbook.name), runs: Array(runs),
          about: try request.query("about").map { try self.about($0, site).text }, context)
      },
      view("/runs") { request, site, context in
        let filter = request.query("state") ?? "all"
        let (runs, next) = try runs(request, filter, site)
        let mine = site.runsGoing.filter { site.waits($0, for: context.reader) }
        return runsPage(runs, mine: mine, filter: filter, next: next, context)
      },
      view("/runs/{id}") { request, site, context in
        guard let run = site.run(try request.id()) else { throw Problem.notFound("such run") }
        return runPage(
          run, outputs: try await outputs(of: run), mayApprove: site.mayApprove(run, context.reader), context)
      },
    ]
  }

  var runbookActionRoutes: [Route] {
    [
      form("/runbooks/{name}/runs") { request in
        let id = try await startRun(request, inputs: Self.inputs(of: request), mode: request.field("mode"))
        return "/runs/\(id)"
      },
      Route("POST", "/runbooks/{name}/dry-run", .role(.responder), .form, bodyBytesMax: Self.apiBytesMax) { request in
        let (site, context) = (site, context(request))
        let runbook = try runbook(request, site)
        let dry = try await dryRun(request, inputs: Self.inputs(of: request), about: request.field("about"))
        return page(dryRunPage(runbook, dry, context), request)
      },
      form("/runs/{id}/steps/{index}/release") { request in
        try await platform.ask(.releaseStep(try request.id(), index: try step(request), by: request.actor))
        return "/runs/\(try request.id())"
      },
      form("/runs/{id}/steps/{index}/answer") { request in
        try await answer(request, request.field("answer"))
        return "/runs/\(try request.id())"
      },
      form("/runs/{id}/steps/{index}/approve") { request in
        try await platform.ask(
          .approveStep(
            try request.id(), index: try step(request), hash: request.field("hash"), by: request.actor))
        return "/runs/\(try request.id())"
      },
      form("/runs/{id}/cancel") { request in
        try await platform.ask(
          .cancelRun(try request.id(), reason: reason(request.field("reason"), request), by: request.actor))
        return "/runs/\(try request.id())"
      },
      form("/automation/stop") { request in
        try await platform.ask(
          .stopAutomation(reason: reason(request.field("reason"), request), by: request.actor))
        return Self.local(request.field("back"))
      },
      form("/automation/resume", .editor) { request in
        try await platform.ask(.resumeAutomation(by: request.actor))
        return Self.local(request.field("back"))
      },
    ]
  }

  // MARK: What pages and the API share

  func runbook(_ request: WebRequest, _ site: Site) throws -> RunbookEntry {
    let name = request.parameters["name"] ?? ""
    guard let runbook = site.catalog.runbooks.first(where: { $0.name == name }) else {
      throw Problem.notFound("runbook \(name.prefix(80))")
    }
    return runbook
  }

  /// What a run is about: something that there is.
  private func about(_ text: String, _ site: Site) throws -> Subject {
    let subject = Subject(text)
    let isThere =
      switch subject.kind {
      case "alert": ULID(subject.id).map { site.state.alerts.alerts[$0] != nil } ?? false
      case "incident": ULID(subject.id).map { site.state.incidents.incidents[$0] != nil } ?? false
      case "service": site.service(String(subject.id)) != nil
      case "runbook": site.catalog.runbooks.contains { $0.name == String(subject.id) }
      default: false
      }
    guard isThere else { throw Problem.notFound("\(text.prefix(80)) for a run to be about") }
    return subject
  }

  func step(_ request: WebRequest) throws -> Int {
    let text = request.parameters["index"] ?? ""
    guard let index = Int(text), (0..<10_000).contains(index) else { throw Problem.notFound("step \(text.prefix(40))") }
    return index
  }

  func reason(_ text: String, _ request: WebRequest) -> String {
    text.isEmpty ? "asked for by \(request.actor.text)" : String(text.prefix(500))
  }

  /// People say yes and no where a variable is true or false.
  func answer(_ request: WebRequest, _ text: String) async throws {
    let (run, index) = (try request.id(), try step(request))
    var answer = text
    if site.run(run)?.waiting?.question?.type == "boolean" {
      answer = ["yes": "true", "no": "false"][text.lowercased()] ?? text
    }
    try await platform.ask(.answerStep(run, index: index, answer: answer, by: request.actor))
  }

  /// The fields `input.NAME` of a form that were filled in.
  private static func inputs(of request: WebRequest) -> [RunVariable] {
    Form.parse(request.body).compactMap { name, value in
      guard name.hasPrefix("input."), !value.isEmpty else { return nil }
      return RunVariable(name: String(name.dropFirst(6)), value: value)
    }
  }

  /// The runs of a list, those that wait for a person alone where that is asked.
  func runs(_ request: WebRequest, _ filter: String, _ site: Site) throws -> ([RunView], String?) {
    guard ["all", "going", "waiting", "finished"].contains(filter) else {
      throw Problem.invalid("state '\(filter.prefix(20))' is none of going, waiting, finished.")
    }
    let book = site.state.runbookRuns
    let kept = request.query("runbook").map { book.of(runbook: $0) } ?? book.newest(10_000)
    let fitting = kept.filter { run in
      switch filter {
      case "going": run.outcome == nil
      case "finished": run.outcome != nil
      case "waiting": run.outcome == nil && site.runView(run).waiting != nil
      default: true
      }
    }
    let (page, next) = try slice(fitting, request) { $0.id.description }
    return (page.map(site.runView), next)
  }

  // MARK: Starting

  func startRun(_ request: WebRequest, inputs: [RunVariable], mode: String, about: String? = nil) async throws -> ULID {
    let site = site
    let runbook = try runbook(request, site)
    guard let mode = RunMode(rawValue: mode) else {
      throw Problem.invalid("mode '\(mode.prefix(20))' is neither stepwise nor all.")
    }
    let subject = try subject(about ?? request.field("about"), runbook, site)
    let start = try await compiled(runbook.name, inputs, subject, mode, request)
    try checkRole(start, request)
    return try await platform.ask(
      .startRunbook(runbook.name, inputs: inputs, about: subject, mode: mode, by: request.actor))
  }

  private func subject(_ text: String, _ runbook: RunbookEntry, _ site: Site) throws -> Subject {
    text.isEmpty ? Subject("runbook", runbook.name) : try about(text, site)
  }

  /// What would be run, by the writer's own state and definitions; it decides nothing.
  private func compiled(
    _ name: String, _ inputs: [RunVariable], _ about: Subject, _ mode: RunMode, _ request: WebRequest
  ) async throws -> RunbookStart {
    try await platform.ask(
      Ask<RunbookStart>("runbook dry run", by: request.actor) { state, environment, _ in
        try state.runbookStart(name, inputs: inputs, about: about, mode: mode, in: environment)
      })
  }

  /// A responder runs what is read-only, what can be taken back, and what somebody else approves.
  private func checkRole(_ start: RunbookStart, _ request: WebRequest) throws {
    guard request.identity?.role.includes(.editor) != true else { return }
    let risks = Dictionary(start.plan.steps.map { ($0.name, $0.risk) }) { first, _ in first }
    let step = start.program.steps.first { risks[$0.name] == .destructive && $0.rules?.gate == nil }
    guard let step else { return }
    throw Problem(
      403, "Not allowed", "The step \(step.name) is destructive and nobody has to approve it, so it takes an editor.",
      "Ask an editor to start the run, or give the step an x-approve in the runbook.")
  }

  func dryRun(
    _ request: WebRequest, inputs: [RunVariable], about: String, mode: RunMode = .all
  ) async throws -> DryRun {
    let site = site
    let runbook = try runbook(request, site)
    let subject = try subject(about, runbook, site)
    let start = try await compiled(runbook.name, inputs, subject, mode, request)
    let steps = start.program.steps.compactMap { step -> RunbookDetail.Step? in
      guard var shown = runbook.detail.steps.first(where: { $0.name == step.name }) else { return nil }
      if let gate = step.rules?.gate { shown.approval = gateWords((gate.from, gate.count)) }
      return shown
    }
    return DryRun(
      about: about, inputs: start.started.inputs.map { ($0.name, $0.value) },
      environment: (start.started.inputs + start.started.environment).map { ($0.name, $0.value) }, steps: steps)
  }
}
