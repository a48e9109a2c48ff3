import Base
import Logging
import Outbound

/// One thing to scrape, as the configuration names it.
public struct ScrapeTarget: Sendable, Hashable {
  public var job: String
  public var url: String
  public var interval: Interval
  /// Added to every series, sorted by name.
  public var labels: [Signature]

  public struct Signature: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(job: String, url: String, interval: Interval = .seconds(10), labels: [Signature] = []) {
    self.job = job
    self.url = url
    self.interval = interval
    self.labels = labels
  }

  /// `HOST:PORT` of the URL: what Prometheus calls the instance.
  public var instance: String {
    let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    return String(rest.prefix { $0 != "/" && $0 != "?" })
  }
}

/// Scrapes targets at their pace and hands what they expose to the ledger.
public struct Scraper: Sendable {
  let http: HTTPOut
  let clock: SystemClock
  let logger: Logger
  let metrics: SelfMetrics
  /// Counts one exposition.
  /// `previous` is the time of the exposition before, where that one was taken.
  let take: @Sendable (_ target: ScrapeTarget, _ scraped: Scraped, _ at: Instant, _ previous: Instant?) throws -> Void

  static let scrapes = SelfMetrics.Family(
    "mainstay_scrapes", .counter, "Scrapes of targets by job and result.")

  public init(
    http: HTTPOut, clock: SystemClock, logger: Logger, metrics: SelfMetrics,
    take: @escaping @Sendable (ScrapeTarget, Scraped, Instant, Instant?) throws -> Void
  ) {
    self.http = http
    self.clock = clock
    self.logger = logger
    self.metrics = metrics
    self.take = take
  }

  /// Scrapes all targets until the task is cancelled; one that hangs holds up no other.
  public func run(_ targets: [ScrapeTarget]) async {
    await withDiscardingTaskGroup { group in
      for (index, target) in targets.enumerated() {
        group.addTask {
          // Spread over the interval, so that targets are not all asked at once.
          let offset = target.interval.nanoseconds / Int64(max(1, targets.count)) * Int64(index)
          try? await Task.sleep(for: .nanoseconds(min(offset, 1_000_000_000)))
          await follow(target)
        }
      }
    }
  }

  private func follow(_ target: ScrapeTarget) async {
    var failing = false
    var previous: Instant?
    var next = clock.now()
    while !Task.isCancelled {
      let began = clock.now()
      do {
        let scraped = try await http.scrape(target.url, timeout: min(target.interval, .seconds(10)))
        try take(target, scraped, began, previous)
        previous = began
        metrics.add(Self.scrapes, [("job", target.job), ("result", "ok")])
        if failing { logger.notice("scraping works again", metadata: ["job": "\(target.job)"]) }
        failing = false
      } catch {
        if Task.isCancelled { return }
        metrics.add(Self.scrapes, [("job", target.job), ("result", "failed")])
        if !failing {
          logger.warning("a scrape failed", metadata: ["job": "\(target.job)", "error": "\(error)"])
        }
        failing = true
      }
      next = max(next + target.interval, clock.now())
      try? await Task.sleep(for: .nanoseconds((next - clock.now()).nanoseconds))
    }
  }
}
