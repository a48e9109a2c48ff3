import Base
import Ledger
import Logging
import Objectives
import Outbound
import Store
import Synchronization
import Wire

/// Asks data sources for what SLIs count, and for the past of new SLIs. It performs what the planner of each source
/// says and decides nothing itself.
public final class QuerySources: Sendable {
  /// The ledger, as far as it is needed here.
  public struct Book: Sendable {
    /// What is known of an SLI.
    public var progress: @Sendable (_ sli: String) -> SLIProgress
    /// Counts samples. `bornAfter` is given for series that began after that time.
    public var ingest:
      @Sendable (_ series: [TelemetrySeries], _ source: String, _ bornAfter: Instant?, _ now: Instant) throws -> Void
    /// Counts a stretch of an SLI's past, from the time on at which the source begins to know.
    public var backfill:
      @Sendable (
        _ sli: String, _ from: Instant, _ upTo: Instant, _ increments: [SampleFold.Increment], _ now: Instant
      ) throws -> Void
    /// Ends what is live of an SLI at its newest sample.
    public var openGap: @Sendable (_ sli: String, _ now: Instant) throws -> Void
    /// Counts a stretch of an SLI's oldest gap.
    public var fill:
      @Sendable (_ sli: String, _ upTo: Instant, _ increments: [SampleFold.Increment], _ now: Instant) throws -> Void

    public init(
      progress: @escaping @Sendable (String) -> SLIProgress,
      ingest: @escaping @Sendable ([TelemetrySeries], String, Instant?, Instant) throws -> Void,
      backfill: @escaping @Sendable (String, Instant, Instant, [SampleFold.Increment], Instant) throws -> Void,
      openGap: @escaping @Sendable (String, Instant) throws -> Void,
      fill: @escaping @Sendable (String, Instant, [SampleFold.Increment], Instant) throws -> Void
    ) {
      self.progress = progress
      self.ingest = ingest
      self.backfill = backfill
      self.openGap = openGap
      self.fill = fill
    }
  }

  static let requests = SelfMetrics.Family(
    "mainstay_query_requests", .counter, "Requests to data sources by result.")
  static let samples = SelfMetrics.Family(
    "mainstay_query_samples", .counter, "Samples that data sources answered with.")
  static let up = SelfMetrics.Family("mainstay_query_source_up", .gauge, "Whether a data source answers.")
  static let unreachable = SelfMetrics.Family(
    "mainstay_query_source_unreachable_seconds", .gauge, "For how long a data source has not answered.")
  static let backfillShare = SelfMetrics.Family(
    "mainstay_backfill_progress_ratio", .gauge, "How much of an SLI's past has been fetched.")

  /// Requests at once, to all sources together.
  static let workers = 8
  static let sourcesMax = 200
  static let liveTimeout = Interval.seconds(30)
  static let pastTimeout = Interval.seconds(120)
  /// How far the first stretch of a past reaches back for what to count from.
  static let pastLookback = Interval.minutes(15)
  /// The name of the source that the configuration gives for the past of streamed SLIs.
  static let streamed = "telemetry.backfill"

  struct Sources {
    var byName: [String: QuerySource] = [:]
    var order: [String] = []
    var turn = 0
    var objectives: [Objective] = []
    var generator = SystemRandomNumberGenerator()
    /// What was said in the log, so that it is said once.
    var saidUnreachable: Set<String> = []
    var saidTenths: [String: Int] = [:]
  }

  let http: HTTPOut
  let secrets: SecretResolver
  let clock: SystemClock
  let logger: Logger
  let metrics: SelfMetrics
  let book: Book
  private let backfill: QueryEndpoint?
  let limits: QueryPlanner.Limits
  let sources = Mutex(Sources())
  private let changed = Wake()

  /// - Parameters:
  ///   - backfillURL: a Prometheus that knows the past of the SLIs that are streamed.
  ///   - backfillSecret: `env:NAME` or `file:PATH` of its Authorization.
  public init(
    http: HTTPOut, secrets: SecretResolver = .system, clock: SystemClock, logger: Logger, metrics: SelfMetrics,
    book: Book, backfillURL: String? = nil, backfillSecret: String? = nil, limits: QueryPlanner.Limits = .init()
  ) {
    self.http = http
    self.secrets = secrets
    self.clock = clock
    self.logger = logger
    self.metrics = metrics
    self.book = book
    self.limits = limits
    backfill = backfillURL.map {
      QueryEndpoint(name: Self.streamed, url: $0, authorization: backfillSecret.flatMap { SecretRef($0) })
    }
  }

  /// How each source is doing, by name.
  public var states: [QuerySourceState] { sources.withLock { all in all.order.compactMap { all.byName[$0]?.state } } }

  /// The pasts that are being fetched.
  public var backfills: [BackfillState] {
    sources.withLock { all in all.order.flatMap { all.byName[$0]?.backfills ?? [] } }
  }

  // MARK: What is asked

  /// Asks for what these objectives count from now on.
  public func use(_ objectives: [Objective]) {
    sources.withLock { $0.objectives = objectives }
    refresh()
    changed.now()
  }

  /// Gives every source its jobs anew: an SLI's past can be fetched once its first live sample is known.
  private func refresh() {
    let now = clock.now()
    let objectives = sources.withLock(\.objectives)
    var wanted: [(endpoint: QueryEndpoint, marks: Bool, objectives: [Objective])] = []
    for (_, group) in Dictionary(grouping: objectives.filter { $0.query != nil }, by: { $0.query?.source ?? "" }) {
      guard let query = group[0].query else { continue }
      wanted.append(
        (
          QueryEndpoint(
            name: query.source, url: query.url, authorization: query.authorization.flatMap { SecretRef($0) },
            headers: query.headers), true,
          group
        ))
    }
    wanted.sort { $0.endpoint.name < $1.endpoint.name }
    if let backfill { wanted.append((backfill, false, objectives.filter { $0.query == nil && !$0.selectors.isEmpty })) }
    if wanted.count > Self.sourcesMax {
      logger.error("too many data sources", metadata: ["count": "\(wanted.count)", "limit": "\(Self.sourcesMax)"])
      wanted.removeLast(wanted.count - Self.sourcesMax)
    }
    // The ledger is read outside of the lock.
    var known: [String: SLIProgress] = [:]
    for objective in objectives where known[objective.sli] == nil {
      known[objective.sli] = book.progress(objective.sli)
    }
    tendGaps(of: objectives, &known, now)
    sources.withLock { all in
      var kept: [String: QuerySource] = [:]
      for (endpoint, marks, objectives) in wanted {
        var source = all.byName[endpoint.name] ?? QuerySource(endpoint: endpoint, marks: marks, limits: limits)
        if source.endpoint != endpoint { source = QuerySource(endpoint: endpoint, marks: marks, limits: limits) }
        source.use(
          objectives,
          progress: { known[$0] ?? SLIProgress(lastSample: nil, liveSince: nil, backfilledUpTo: nil) }, at: now)
        kept[endpoint.name] = source
      }
      all.byName = kept
      all.order = wanted.map(\.endpoint.name)
    }
    report(at: now)
  }

  // MARK: Running

  /// Asks until the task is cancelled. Without a source nothing runs until the definitions name one.
  public func run() async {
    for await _ in changed.signals {
      guard hasSources else { continue }
      await withDiscardingTaskGroup { group in
        for _ in 0..<Self.workers { group.addTask { await self.work() } }
        group.addTask {
          while self.hasSources, !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            self.refresh()
          }
        }
      }
    }
  }

  private var hasSources: Bool { sources.withLock { !$0.order.isEmpty } }

  private func work() async {
    while hasSources, !Task.isCancelled {
      let now = clock.now()
      switch sources.withLock({ Self.next(&$0, now) }) {
      case .perform(let task): await perform(task)
      case .wait(let until): try? await Task.sleep(for: .nanoseconds(max(1_000_000, (until - clock.now()).nanoseconds)))
      }
    }
  }

  /// One fetch, with everything it needs.
  struct Assignment {
    var endpoint: QueryEndpoint
    var fetch: QueryPlanner.Fetch
    var work: QuerySource.Work
  }

  private enum Turn {
    case perform(Assignment)
    case wait(until: Instant)
  }

  /// The next fetch of any source; each has its turn.
  private static func next(_ all: inout Sources, _ now: Instant) -> Turn {
    var soonest = now + .seconds(1)
    for offset in all.order.indices {
      let name = all.order[(all.turn + offset) % all.order.count]
      switch all.byName[name]?.planner.next(at: now) {
      case .fetch(let fetch):
        all.turn = (all.turn + offset + 1) % all.order.count
        guard let source = all.byName[name], let work = source.work[fetch.job] else { continue }
        return .perform(Assignment(endpoint: source.endpoint, fetch: fetch, work: work))
      case .wait(let until): soonest = min(soonest, until)
      case nil: continue
      }
    }
    return .wait(until: soonest)
  }

  private func perform(_ task: Assignment) async {
    let outcome: QueryPlanner.Outcome
    do throws(QueryProblem) {
      outcome = .done(samples: try await fetch(task))
    } catch {
      guard let failed = error.outcome else { return }
      outcome = failed
    }
    let name = task.endpoint.name
    metrics.add(Self.requests, [("source", name), ("result", outcome.word)])
    let now = clock.now()
    sources.withLock { all in
      all.byName[name]?.planner.finish(task.fetch, outcome, at: now, using: &all.generator)
    }
    if case .refused(let text) = outcome {
      logger.warning("a data source refuses a query", metadata: ["source": "\(name)", "error": "\(text)"])
    }
    announce(name, now)
  }

  // MARK: What is said

  /// Says in the log when a source goes and comes back.
  private func announce(_ name: String, _ now: Instant) {
    let change = sources.withLock { all -> (isGone: Bool, text: String)? in
      guard let source = all.byName[name] else { return nil }
      if let text = source.planner.failure {
        return all.saidUnreachable.insert(name).inserted ? (true, text) : nil
      }
      return all.saidUnreachable.remove(name) != nil ? (false, "") : nil
    }
    guard let change else { return }
    let place: Logger.Metadata = ["source": "\(name)"]
    if change.isGone {
      logger.warning("a data source is unreachable", metadata: place.merging(["error": "\(change.text)"]) { $1 })
    } else {
      logger.notice("a data source answers again", metadata: place)
    }
    report(at: now)
  }

  private func report(at now: Instant) {
    for state in states {
      let labels = [("source", state.name)]
      metrics.set(Self.up, labels, to: state.unreachableSince == nil ? 1 : 0)
      metrics.set(Self.unreachable, labels, to: state.unreachableSince.map { (now - $0).seconds } ?? 0)
    }
  }

  /// Says how far a past has come: in the metrics each time, in the log at each tenth.
  func report(_ past: QuerySource.Past, _ source: String, reached: Instant) {
    let (sli, from, until) = (past.objective.sli, past.from, past.until)
    let share = until > from ? min(1, max(0, (reached - from) / (until - from))) : 1
    metrics.set(Self.backfillShare, [("slo", sli)], to: share)
    let tenth = Int(share * 10)
    let isNew = sources.withLock { all in
      guard all.saidTenths[sli] != tenth else { return false }
      all.saidTenths[sli] = share >= 1 ? nil : tenth
      return true
    }
    guard isNew else { return }
    let isGap = past.kind != .beginning
    logger.info(
      share >= 1
        ? (isGap ? "a gap of an SLO is filled" : "the past of an SLO is complete")
        : (isGap ? "filling a gap of an SLO" : "fetching the past of an SLO"),
      metadata: ["slo": "\(sli)", "source": "\(source)", "percent": "\(Int(share * 100))"])
  }
}

extension QueryPlanner.Outcome {
  fileprivate var word: String {
    switch self {
    case .done: "ok"
    case .tooMuch: "too_much"
    case .throttled: "throttled"
    case .failed: "failed"
    case .refused: "refused"
    }
  }
}
