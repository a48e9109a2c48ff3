import Base
import Foundation
import Logging
import Outbound
import Synchronization

/// Scrapes targets at their pace and hands what they expose to the ledger.
public final class Scraper: Sendable {
  /// What one scrape came to, for the series that every scrape gives: `up`, `scrape_duration_seconds` and
  /// `scrape_samples_scraped`.
  public struct Report: Sendable, Hashable {
    /// `nil` ends the series: the target is gone.
    public var isUp: Bool?
    public var took: Interval
    public var samples: Int
  }

  /// Where what was scraped goes.
  public struct Intake: Sendable {
    /// Counts one exposition. `previous` is the time of the target's exposition before, where that one was taken.
    /// Answers how many samples it had.
    public var take:
      @Sendable (_ target: ScrapeTarget, _ scraped: Scraped, _ at: Instant, _ previous: Instant?) throws -> Int
    public var report: @Sendable (_ target: ScrapeTarget, _ report: Report, _ at: Instant) -> Void

    public init(
      take: @escaping @Sendable (ScrapeTarget, Scraped, Instant, Instant?) throws -> Int,
      report: @escaping @Sendable (ScrapeTarget, Report, Instant) -> Void
    ) {
      self.take = take
      self.report = report
    }
  }

  static let scrapes = SelfMetrics.Family(
    "mainstay_scrapes", .counter, "Scrapes of targets by job and result.")
  static let targetCount = SelfMetrics.Family(
    "mainstay_scrape_targets", .gauge, "Targets of scraping by job and health.")
  static let discoveryErrors = SelfMetrics.Family(
    "mainstay_scrape_discovery_errors", .counter, "Targets and files of service discovery that could not be used.")
  /// How often files of service discovery are looked at.
  static let lookEvery = Duration.seconds(2)

  private let http: HTTPOut
  private let secrets: SecretResolver
  private let clock: SystemClock
  private let logger: Logger
  private let metrics: SelfMetrics
  private let intake: Intake
  private let book = Mutex(ScrapeBook())
  /// A client for each set of authorities to trust.
  private let clients = Mutex<[String: HTTPOut]>([:])

  public init(
    http: HTTPOut, secrets: SecretResolver = .system, clock: SystemClock, logger: Logger, metrics: SelfMetrics,
    intake: Intake
  ) {
    self.http = http
    self.secrets = secrets
    self.clock = clock
    self.logger = logger
    self.metrics = metrics
    self.intake = intake
  }

  /// How each target is doing, in the order of the configuration.
  public var targets: [ScrapeStatus] { book.withLock(\.statuses) }

  /// Scrapes all targets until the task is cancelled; one that hangs holds up no other.
  public func run(_ jobs: [ScrapeJob]) async {
    var discovery = ScrapeDiscovery(jobs)
    var said: Set<String> = []
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let (targets, problems) = discovery.look()
        for problem in problems where said.insert(problem).inserted {
          metrics.add(Self.discoveryErrors)
          logger.warning("service discovery", metadata: ["error": "\(problem)"])
        }
        said = said.count > 1_000 ? [] : said
        let (begun, ended) = book.withLock { $0.use(targets) }
        for target in ended { intake.report(target, Report(isUp: nil, took: .zero, samples: 0), clock.now()) }
        for (target, generation) in begun {
          let offset = Self.offset(of: target, among: targets.count)
          group.addTask { await self.follow(target, generation, offset: offset) }
        }
        setCounts()
        try? await Task.sleep(for: discovery.watchesFiles ? Self.lookEvery : .seconds(30))
      }
    }
    for client in clients.withLock({ Array($0.values) }) { await client.shutdown() }
  }

  /// A place of its own in the interval, the same after a restart, so that targets are not all asked at once. A few
  /// targets cost nothing at once and are asked within a second.
  static func offset(of target: ScrapeTarget, among count: Int) -> Interval {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in target.scope.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let spread = count > 50 ? target.interval : min(target.interval, .seconds(1))
    return Interval(nanoseconds: Int64(hash % UInt64(max(1, spread.nanoseconds))))
  }

  private func setCounts() {
    var counts: [String: [String: Int]] = [:]
    for status in targets {
      let health = status.lastScrape == nil ? "unknown" : status.error == nil ? "up" : "down"
      counts[status.job, default: ["up": 0, "down": 0, "unknown": 0]][health]! += 1
    }
    for (job, healths) in counts {
      for (health, count) in healths {
        metrics.set(Self.targetCount, [("job", job), ("health", health)], to: Double(count))
      }
    }
  }

  private func isFollowing(_ target: ScrapeTarget, _ generation: Int) -> Bool {
    !Task.isCancelled && book.withLock { $0.follows(target, generation) }
  }

  private func follow(_ target: ScrapeTarget, _ generation: Int, offset: Interval) async {
    try? await Task.sleep(for: .nanoseconds(offset.nanoseconds))
    var previous: Instant?
    var failing = false
    var next = clock.now()
    while isFollowing(target, generation) {
      let began = clock.now()
      var samples = 0
      var problem: String?
      do {
        let scraped = try await fetch(target)
        guard isFollowing(target, generation) else { return }
        samples = try intake.take(target, scraped, began, previous)
        previous = began
      } catch {
        guard isFollowing(target, generation) else { return }
        problem = "\(error)"
      }
      let took = clock.now() - began
      book.withLock { $0.note(target, at: began, took: took, samples: samples, error: problem) }
      intake.report(target, Report(isUp: problem == nil, took: took, samples: samples), began)
      metrics.add(Self.scrapes, [("job", target.job), ("result", problem == nil ? "ok" : "failed")])
      setCounts()
      let place: Logger.Metadata = ["job": "\(target.job)", "instance": "\(target.instance)"]
      if let problem, !failing {
        logger.warning("a scrape failed", metadata: place.merging(["error": "\(problem)"]) { $1 })
      } else if problem == nil, failing {
        logger.notice("scraping works again", metadata: place)
      }
      failing = problem != nil
      next = max(next + target.interval, clock.now())
      try? await Task.sleep(for: .nanoseconds((next - clock.now()).nanoseconds))
    }
  }

  private func fetch(_ target: ScrapeTarget) async throws(OutboundError) -> Scraped {
    let settings = target.settings
    var headers: [HTTPOut.Header] = []
    switch settings.authorization {
    case .basic(let username, let password):
      let pair = "\(username):\(try secrets.resolve(password).reveal())"
      headers.append(.init("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
    case .bearer(let token):
      headers.append(.init("Authorization", "Bearer \(try secrets.resolve(token).reveal())"))
    case nil: break
    }
    return try await client(settings.trustRootsFile).scrape(
      target.url, headers: headers, timeout: min(settings.timeout, settings.interval),
      maxBytes: settings.bodySizeLimit)
  }

  private func client(_ trustRootsFile: String?) throws(OutboundError) -> HTTPOut {
    guard let trustRootsFile else { return http }
    return try clients.withLock { clients throws(OutboundError) in
      if let client = clients[trustRootsFile] { return client }
      var configuration = HTTPOut.Configuration()
      configuration.trustRootsFile = trustRootsFile
      let client = try HTTPOut(configuration: configuration)
      clients[trustRootsFile] = client
      return client
    }
  }
}
