import Base
import Ledger
import Runtime
import Store
import Synchronization
import Web

/// Where telemetry comes from, as its page shows it.
enum TelemetryViews {
  static func view(_ options: Server.Options, _ parts: Server.Parts) -> TelemetryView {
    let now = parts.clock.now()
    let (series, limit) = parts.ledger.read { ($0.seriesCount, $0.limits.series) }
    return TelemetryView(
      targets: options.scrape.map { parts.book.status(of: $0, at: now) }, senders: senders(parts),
      limits: [LimitUse(name: "series that are counted", used: Double(series), limit: Double(limit))],
      outcomes: outcomes(parts.ledger.counts))
  }

  /// Every intake, also one that nobody has used: its path is what a sender needs to know.
  private static func senders(_ parts: Server.Parts) -> [SenderStatus] {
    let samples = parts.metrics.values(of: Intakes.samples, by: "intake")
    let refused = parts.metrics.values(of: Intakes.refused, by: "intake")
    let paths = ["prometheus": "/intake/prometheus/api/v1/write"]
    return Set(samples.keys).union(refused.keys).union(paths.keys).sorted().map { name in
      SenderStatus(
        name: name, path: paths[name], samples: samples[name] ?? 0, samplesPerSecond: parts.book.rate(of: name),
        refused: refused[name] ?? 0, lastAt: parts.book.last(of: name))
    }
  }

  static func outcomes(_ counts: IngestCounts) -> [OutcomeCount] {
    IngestOutcome.allCases.map { outcome in
      let words = words(outcome)
      return OutcomeCount(
        name: words.name, count: Double(counts[outcome]), about: words.about, isLoss: words.isLoss)
    }
  }

  private static func words(_ outcome: IngestOutcome) -> (name: String, about: String, isLoss: Bool) {
    switch outcome {
    case .counted: ("counted", "their increments are in the budgets", false)
    case .baseline: ("first of a series", "they set the level to count from", false)
    case .duplicate: ("duplicates", "the same time and value again", false)
    case .conflicting: ("conflicting", "another value for a time that is taken; find the second sender", true)
    case .tooOld: ("too old", "behind the horizon; the next sample in order carries their increment", true)
    case .fromTheFuture: ("from the future", "more than 5 minutes ahead; set the sender's clock", true)
    case .notFinite: ("not finite", "NaN or infinite; mend the exporter", true)
    case .negative: ("negative", "a counter is never negative; mend the exporter", true)
    case .stale: ("stale markers", "their series ended", false)
    case .replica: ("from a standby", "the other one of a pair of senders is heard", false)
    case .tooManySeries: ("past the limit on series", "narrow the selectors of the SLOs", true)
    }
  }
}

/// What the counters alone do not tell: when something was last seen, and how fast it comes.
final class TelemetryBook: Sendable {
  private struct Scrape {
    var at: Instant
    var took: Interval
    var samples: Int
  }

  private struct Reading {
    var at: Instant
    var samples: [String: Double]
  }

  private struct Contents {
    /// The last good scrape by the target's address.
    var scrapes: [String: Scrape] = [:]
    /// The counters of the last minute, oldest first.
    var readings: [Reading] = []
    var last: [String: Instant] = [:]
  }

  /// Rates are taken over this long.
  private static let span = Interval.minutes(1)
  /// A target that was silent for so many of its intervals does not answer.
  private static let intervalsMissed: Int64 = 3

  private let contents = Mutex(Contents())

  func scraped(_ target: ScrapeTarget, at time: Instant, took: Interval, samples: Int) {
    contents.withLock { $0.scrapes[target.url] = Scrape(at: time, took: took, samples: samples) }
  }

  /// Takes a reading of the counters; called every few seconds.
  func note(_ metrics: SelfMetrics, at now: Instant) {
    let samples = metrics.values(of: Intakes.samples, by: "intake")
    contents.withLock { contents in
      let before = contents.readings.last?.samples ?? [:]
      for (name, count) in samples where count > before[name] ?? 0 { contents.last[name] = now }
      contents.readings.append(Reading(at: now, samples: samples))
      contents.readings.removeAll { now - $0.at > Self.span + .seconds(10) }
    }
  }

  /// Samples a second of an intake over the last minute; `nil` before half of one is known.
  func rate(of intake: String) -> Double? {
    contents.withLock { contents in
      guard let first = contents.readings.first, let last = contents.readings.last,
        last.at - first.at >= Self.span / 2
      else { return nil }
      return ((last.samples[intake] ?? 0) - (first.samples[intake] ?? 0)) / (last.at - first.at).seconds
    }
  }

  func last(of intake: String) -> Instant? { contents.withLock { $0.last[intake] } }

  func status(of target: ScrapeTarget, at now: Instant) -> TargetStatus {
    contents.withLock { contents in
      let scrape = contents.scrapes[target.url]
      let isLate = scrape.map { now - $0.at > target.interval * Self.intervalsMissed + .seconds(10) } ?? false
      return TargetStatus(
        job: target.job, url: target.url, interval: target.interval, lastScrape: scrape?.at, took: scrape?.took,
        samples: scrape?.samples, problem: isLate ? "no scrape has worked lately; the log says why" : nil,
        failingSince: isLate ? scrape?.at : nil)
    }
  }
}
