import Access
import Base
import Definitions
import Engine
import Events
import Foundation
import Journal
import Logging
import Objectives
import Outbound
import Runtime
import Store
import Web

/// The running platform: opens the data directory, folds the journal, starts the writer and everything around it.
public struct Server: Sendable {
  /// The program's version.
  public static let version = "0.1.0"

  /// What a start needs, read and checked by `Configuration`.
  public struct Options: Sendable {
    public var web: WebConfiguration
    public var dataDirectory: String
    public var definitions: String
    public var scrape: [ScrapeJob]
    /// Where the past of streamed SLOs is fetched from.
    public var backfill: Configuration.Backfill?
    public var heartbeat: String?
    /// What links in messages begin with; `nil` is the address that is listened on.
    public var externalURL: String?
    /// Series remembered of one source of telemetry.
    public var seriesPerSource = LedgerEngine.seriesPerSource

    /// How steps of runbooks are performed.
    public var runner = RunnerSettings()

    /// How long reports of alerts are kept as they came.
    public var payloadRetention = Interval.days(30)
    /// Where status pages are written; `nil` is in the data directory.
    public var statusPagesDirectory: String?
    /// Listeners of single intakes by the intake's name.
    public var intakeListeners: [String: Configuration.Listener] = [:]
    /// Where DogStatsD comes in.
    public var dogstatsd: [DogStatsDListener.Address] = []

    /// How a listener of one intake is served: as all others, but under any name, for senders inside call it by other
    /// names than browsers do.
    func web(on listener: Configuration.Listener) -> WebConfiguration {
      var web = web
      (web.host, web.port, web.externalURL) = (listener.host, listener.port, nil)
      return web
    }

    /// Whether only this machine can reach the listener.
    var isPrivate: Bool { web.host == "localhost" || web.host == "::1" || web.host.hasPrefix("127.") }

    public init(
      web: WebConfiguration, dataDirectory: String, definitions: String, scrape: [ScrapeJob] = [],
      backfill: Configuration.Backfill? = nil, heartbeat: String? = nil, externalURL: String? = nil
    ) {
      self.web = web
      self.dataDirectory = dataDirectory
      self.definitions = definitions
      self.scrape = scrape
      self.backfill = backfill
      self.heartbeat = heartbeat
      self.externalURL = externalURL
    }
  }

  /// Why the server did not start, in a line for a person.
  public struct StartFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  let options: Options
  let parts: Parts

  /// Everything that is shared between the server's tasks.
  struct Parts: Sendable {
    let journal: SQLiteJournal
    let reserve: DiskReserve
    let writer: JournalWriter
    let clock: SystemClock
    let zones: SystemZones
    let keeper: DefinitionsKeeper
    let compiled: Compiled
    let ledger: LedgerEngine
    let telemetry: Telemetry
    let exemplars: SpanExemplars
    let evidence: EvidenceKeeper
    let metrics: SelfMetrics
    let shelf: ObjectiveShelf
    let book: TelemetryBook
    let http: HTTPOut
    let scraper: Scraper
    let queries: QuerySources
    let alerts: AlertDesk
    let runner: Runner
    let statusPages: StatusPublisher
    let secret: [UInt8]
    let startedAt: Instant
    let logger: Logger
  }

  /// Opens everything and listens until the task is cancelled; then drains and returns.
  ///
  /// - Parameter ready: told the address once requests are answered.
  /// - Throws: `StartFailure` and others, before anything is served.
  public static func run(
    _ options: Options, logger: Logger, ready: @escaping @Sendable (_ host: String, _ port: Int) -> Void
  ) async throws {
    try WebServer.check(options.web)
    for listener in options.intakeListeners.values { try WebServer.check(options.web(on: listener)) }
    let dogstatsd = try DogStatsDSockets(options.dogstatsd)
    let server: Server
    do {
      server = try Server(options: options, parts: open(options, logger))
    } catch {
      dogstatsd.close()
      throw error
    }
    try await server.serve(dogstatsd, ready)
  }

  private static func open(_ options: Options, _ logger: Logger) throws -> Parts {
    let directory = DataDirectory(options.dataDirectory)
    let journal = try SQLiteJournal(directory: directory)
    let (state, sequence, replayed) = try fold(journal, logger)
    let last = try journal.page(EventQuery(order: .newestFirst, limit: 1)).events.first
    try refuseStrangers(options, state)
    let clock = SystemClock(notBefore: last?.time ?? .distantPast)
    let (now, zones) = (clock.now(), SystemZones())
    let keeper: DefinitionsKeeper
    do {
      keeper = try DefinitionsKeeper(
        directory: options.definitions, lastGood: try lastGood(journal), journal: journal, now: now, logger: logger)
    } catch let error as DefinitionsKeeper.NoDefinitions {
      let lines = error.diagnostics.filter { $0.severity == .error }.map(\.description)
      throw StartFailure(
        (lines.prefix(20) + ["no good definitions in \(options.definitions), and none from before to go on with"])
          .joined(separator: "\n"))
    }
    let compiled = Compiled(keeper.current, zones: zones)
    let reserve = DiskReserve(directory: directory)
    var seeds = SystemRandomNumberGenerator()
    let writer = JournalWriter(
      storage: journal, state: state, sequence: sequence, replayed: replayed,
      environment: compiled.current.environment, clock: clock,
      seed: seeds.next(),
      space: .init(
        release: { reserve.release() }, recovered: { reserve.check() }),
      logger: logger,
      onSyncFailure: { reason in
        logger.critical("a sync failed; what is durable is unknown", metadata: ["error": "\(reason)"])
        exit(70)
      })
    let ledger = try LedgerEngine(directory: directory.ledger, seriesPerSource: options.seriesPerSource)
    let telemetry = Telemetry(ledger: compiled.impacts.use(ledger))
    for warning in try telemetry.use(
      compiled.current.objectives, policies: compiled.current.environment.budgetPolicies,
      zones: { zones.zone(named: $0) }, knowing: state, at: now)
    {
      logger.warning("the ledger was not restored whole", metadata: ["detail": "\(warning)"])
    }
    let exemplars = SpanExemplars()
    let evidence = EvidenceKeeper(directory.evidence, telemetry: telemetry, exemplars: exemplars)
    evidence.restore(logger)
    let (metrics, http) = (SelfMetrics(), try HTTPOut())
    let scraper = Scraper(
      http: http, clock: clock, logger: logger, metrics: metrics,
      intake: Intakes.scraping(ledger: ledger, clock: clock, metrics: metrics))
    let queries = QuerySources(
      http: http, clock: clock, logger: logger, metrics: metrics, book: .ledger(ledger),
      backfillURL: options.backfill?.url, backfillSecret: options.backfill?.secretRef)
    queries.use(compiled.current.objectives)
    let runner = runner(options, writer, clock, http, telemetry, ledger, metrics, logger)
    let alerts = alerts(options, writer, clock, metrics, compiled, seed: seeds.next())
    return Parts(
      journal: journal, reserve: reserve, writer: writer, clock: clock, zones: zones, keeper: keeper,
      compiled: compiled, ledger: ledger, telemetry: telemetry, exemplars: exemplars, evidence: evidence,
      metrics: metrics, shelf: ObjectiveShelf(), book: TelemetryBook(), http: http, scraper: scraper, queries: queries,
      alerts: alerts, runner: runner, statusPages: publisher(options, directory, logger),
      secret: try ServerSecret.load(from: directory), startedAt: now, logger: logger)
  }

  /// A start that had to fold as many events keeps what it came to before it goes on, so that the next one is quick
  /// even if this one is killed at once.
  private static let snapshotAtStart: Int64 = 100_000

  /// The state of the journal, and how many of its events are in no snapshot.
  private static func fold(_ journal: SQLiteJournal, _ logger: Logger) throws -> (State, Int64, replayed: Int64) {
    let (state, sequence, replayed) = try State.restore(from: journal)
    logger.info("journal folded", metadata: ["events": "\(sequence)", "replayed": "\(replayed)"])
    guard replayed >= snapshotAtStart else { return (state, sequence, replayed) }
    do {
      for snapshot in try state.snapshots(at: sequence) { try journal.save(snapshot) }
      return (state, sequence, 0)
    } catch {
      logger.warning("no snapshot was kept", metadata: ["error": "\(error)"])
      return (state, sequence, replayed)
    }
  }

  /// Refuses to listen where others can reach it while nobody needs to log in.
  private static func refuseStrangers(_ options: Options, _ state: State) throws {
    guard options.isPrivate || !state.access.isOpen else {
      throw StartFailure(
        "\(options.web.host) is reachable from elsewhere and nobody can log in yet; listen on 127.0.0.1, or first make "
          + "a token: mainstay token create --data-dir \(options.dataDirectory) --name admin --role admin")
    }
    for (name, listener) in options.intakeListeners.sorted(by: { $0.key < $1.key })
    where !listener.isLoopback && state.access.isOpen {
      throw StartFailure(
        "the \(name) intake on \(listener) is reachable from elsewhere and nobody needs a token yet; listen on "
          + "127.0.0.1, or first make one: mainstay token create --data-dir \(options.dataDirectory) --name \(name) "
          + "--role sender")
    }
  }

  /// The hash of the definitions that were last in force: they are kept anew each time they come into force, so that it
  /// is the newest item of theirs, and nothing has to search a long journal at the start.
  private static func lastGood(_ journal: SQLiteJournal) throws -> String? {
    try journal.bulkKeys(kind: DefinitionsKeeper.bulkKind).last
      .map { String($0.dropFirst(DefinitionsKeeper.key("").count)) }
  }
}
