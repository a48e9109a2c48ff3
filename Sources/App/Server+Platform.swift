import Alerts
import Base
import Engine
import Incidents
import Journal
import Ledger
import Logging
import Objectives
import OnCall
import Outbound
import Outbox
import Procedures
import Runtime
import Store
import Web

extension Server {
  private static let requests = SelfMetrics.Family(
    "mainstay_http_requests", .counter, "Requests answered, by status.")
  private static let requestSeconds = SelfMetrics.Family(
    "mainstay_http_request_seconds", .counter, "Time spent on requests.")

  /// How long the link in a page acknowledges without a login.
  private static let linkLife = Interval.days(2)

  /// What links in messages begin with.
  func externalURL(port: Int) -> String {
    if let url = options.externalURL { return url.hasSuffix("/") ? String(url.dropLast()) : url }
    let host = options.web.host.contains(":") ? "[\(options.web.host)]" : options.web.host
    let reachable = host == "0.0.0.0" || host == "[::]" ? "127.0.0.1" : host
    return "\(options.web.tls == nil ? "http" : "https")://\(reachable):\(port)"
  }

  func acknowledgeLink(_ alert: ULID, _ person: String, base: String) -> String {
    let token = AcknowledgeLink.token(
      alert: alert, person: person, expires: parts.clock.now() + Self.linkLife, secret: parts.secret)
    return "\(base)/a/\(token)"
  }

  func listen(_ ready: @escaping @Sendable (String, Int) async -> Void) async throws {
    let host = options.web.host
    let platform = showingStatusPages(platform())
    let server = WebServer(platform: platform, configuration: options.web, logger: parts.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (name, listener) in options.intakeListeners.sorted(by: { $0.key < $1.key }) {
        group.addTask { try await listen(for: name, on: listener, platform) }
      }
      group.addTask { try await server.run { port in await ready(host, port) } }
      // One that cannot be bound, or ends, ends all.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Serves one intake alone, its paths at the root, with the same checks as everywhere.
  private func listen(for intake: String, on listener: Configuration.Listener, _ platform: Platform) async throws {
    let web = options.web(on: listener)
    let server = WebServer(platform: platform, configuration: web, logger: parts.logger, intake: intake)
    let logger = parts.logger
    try await server.run { port in
      let address = Configuration.Listener(host: listener.host, port: port)
      logger.info("an intake has a listener of its own", metadata: ["intake": "\(intake)", "address": "\(address)"])
    }
  }

  // MARK: Platform

  private func platform() -> Platform {
    let parts = self.parts
    let access = JournalAccess(journal: parts.journal, writer: parts.writer)
    let shelf = { @Sendable in parts.shelf.current(parts.telemetry, parts.compiled) }
    var platform = Platform(
      now: { parts.clock.now() },
      random: { ServerSecret.random($0) },
      secret: parts.secret,
      zone: { readerZone($0) },
      civilZone: { parts.zones.zone(named: $0) },
      version: Self.version,
      committed: { Committed(state: parts.writer.state, sequence: parts.writer.sequence) },
      submit: { command in try await parts.writer.submit(command) },
      events: { query in try access.events(query) },
      follow: { query in access.follow(query) },
      catalog: { parts.compiled.current.catalog },
      objectives: { shelf().list },
      sparklines: { slos in ObjectiveViews.sparklines(slos, shelf().byID, parts) },
      history: { slo, from, to in
        shelf().byID[slo].map { objective in
          var history = ObjectiveViews.history(objective, parts, from: from, to: to)
          history.exclusions = ObjectiveViews.exclusions(
            objective, parts.writer.state, parts.compiled.current.environment, between: from..<max(from, to))
          return history
        }
      },
      detail: { slo, from, to in
        let shelf = shelf()
        return shelf.byID[slo].map { ObjectiveViews.detail($0, shelf.list, parts, from: from, to: to) }
          ?? ObjectiveDetail()
      },
      exclude: { request, actor in try await ObjectiveViews.exclude(request, by: actor, writer: parts.writer) },
      restoreExclusion: { id, slo, actor in
        guard let objective = shelf().byID[slo] else { throw Refusal(.notFound, "no SLO \(slo)") }
        try await ObjectiveViews.restore(id, of: objective, by: actor, writer: parts.writer)
      },
      shifts: { schedule, from, to, overrides in
        parts.compiled.current.schedules.byName[schedule].map {
          ScheduleViews.shifts($0, from: from, to: to, overrides: overrides)
        }
      },
      telemetry: { TelemetryViews.view(options, parts) },
      status: { status() },
      metrics: { exposition() },
      erase: { person, actor in try await janitor.erase(person, by: actor) },
      intakes: telemetryIntakes + alertIntakes,
      callbacks: callbacks,
      integration: { parts.alerts.book.name(ofKey: $0) },
      integrations: { integrationViews },
      explain: { event, integration in try explain(event, integration) },
      raw: { key in try parts.journal.bulk(key)?.bytes },
      protection: { ProtectionViews.view(parts.compiled.current, parts.keeper.current.snapshot) },
      answered: { status, took in
        parts.metrics.add(Self.requests, [("code", String(status))])
        parts.metrics.add(Self.requestSeconds, by: took.seconds)
      })
    platform.runOutput = { run, index, attempt, undo in
      parts.runner.hub.follow(StepKey(run: run, index: index, attempt: attempt, undo: undo))
    }
    platform.impact = { services, from, to in
      IncidentCosts.costs(shelf().list, shelf().byID, parts, of: services, from: from, to: to)
    }
    return platform
  }

  private func readerZone(_ name: String) -> ReaderZone? {
    parts.zones.zone(named: name).map { zone in
      ReaderZone(name: name) { instant in
        let offset = zone.offset(at: instant)
        return (offset.seconds, offset.abbreviation)
      }
    }
  }

  private var telemetryIntakes: [Intake] {
    [
      Intakes.remoteWrite(
        ledger: parts.ledger, clock: parts.clock, metrics: parts.metrics,
        refusals: RefusalLog(logger: parts.logger, metrics: parts.metrics))
    ]
      + OTLPIntakes(
        ledger: parts.ledger, clock: parts.clock, metrics: parts.metrics,
        spans: { [telemetry = parts.telemetry] in telemetry.spans }, exemplars: parts.exemplars
      ).all
      + DatadogIntakes(ledger: parts.ledger, clock: parts.clock, metrics: parts.metrics).all
  }

  private func status() -> ServerStatus {
    let full = parts.writer.full
    let catalog = parts.compiled.current.catalog
    let drift = parts.clock.drift
    var notices: [Notice] = []
    if let full { notices.append(Notice(isError: true, text: full)) }
    if catalog.isDegraded {
      let first = catalog.diagnostics.first { $0.isError }.map { "\($0.file):\($0.line): \($0.message)" }
      notices.append(
        Notice(
          isError: true,
          text: "The newest definitions are bad and those before stay in force. \(first ?? "")", href: "/definitions"))
    }
    if drift > SteadyTime.jump || drift < Interval.zero - SteadyTime.jump {
      notices.append(
        Notice(
          isError: false,
          text: "The system's clock was set; Mainstay follows it slowly and is \(drift.text) away from it."))
    }
    for source in parts.queries.states {
      guard let since = source.unreachableSince, parts.clock.now() - since > .minutes(1) else { continue }
      notices.append(
        Notice(
          isError: true,
          text: "The data source \(source.name) has been unreachable since \(since.rfc3339): \(source.problem ?? "")"))
    }
    let dead = parts.writer.state.outbox.pages.count { $0.value.status == .failed }
    if dead > 0 {
      notices.append(
        Notice(isError: true, text: "\(dead) pages could not be delivered and were given up.", href: "/pages"))
    }
    notices += escalationNotices
    notices += runbookNotices
    notices += Intakes.notices(parts.ledger.sources)
    let checks = [
      ServerStatus.Check(name: "journal", isGood: full == nil, detail: full ?? "commands are committed"),
      ServerStatus.Check(
        name: "definitions", isGood: !catalog.isDegraded,
        detail: catalog.isDegraded ? "the last good snapshot \(catalog.hash.prefix(12)) is in force" : "in force"),
    ]
    return ServerStatus(
      isReady: full == nil, checks: checks, notices: notices, startedAt: parts.startedAt)
  }

  private func exposition() -> [UInt8] {
    let metrics = parts.metrics
    let commits = parts.writer.commits
    let state = parts.writer.state
    func gauge(_ name: String, _ help: String, _ value: Double) {
      metrics.set(SelfMetrics.Family(name, .gauge, help), to: value)
    }
    metrics.set(
      SelfMetrics.Family("mainstay_journal_commits", .counter, "Transactions of the journal by result."),
      [("result", "ok")], to: Double(commits.done))
    metrics.set(
      SelfMetrics.Family("mainstay_journal_commits", .counter, "Transactions of the journal by result."),
      [("result", "failed")], to: Double(commits.failed))
    gauge("mainstay_journal_sequence", "The last committed event.", Double(parts.writer.sequence))
    gauge("mainstay_writer_queue", "Commands waiting for the writer.", Double(parts.writer.queued))
    gauge("mainstay_alerts_open", "Open alerts.", Double(state.alerts.openCount))
    gauge(
      "mainstay_incidents_open", "Open incidents that are not private.",
      Double(state.incidents.open.count { !$0.isPrivate }))
    gauge("mainstay_pages_waiting", "Pages that wait to go out.", Double(state.outbox.queue.count))
    gauge("mainstay_ledger_series", "Series that an SLI counts.", Double(parts.ledger.read { $0.seriesCount }))
    Intakes.expose(parts.ledger, in: metrics)
    gauge("mainstay_uptime_seconds", "Seconds since the start.", (parts.clock.now() - parts.startedAt).seconds)
    ObjectiveMetrics.set(parts.telemetry.readings.readings, in: metrics)
    return metrics.exposition()
  }
}
