import Base
import Ledger
import Runtime
import Store
import Synchronization
import Web

/// Where telemetry comes from, as its page shows it.
enum TelemetryViews {
  static func view(_ options: Server.Options, _ parts: Server.Parts) -> TelemetryView {
    let (series, limit) = parts.ledger.read { ($0.seriesCount, $0.limits.series) }
    let sources = parts.ledger.sources.map {
      LimitUse(
        name: "series of \($0.source)", used: Double($0.counted + $0.ignored + $0.invalid + $0.refused),
        limit: Double(options.seriesPerSource))
    }
    return TelemetryView(
      targets: parts.scraper.targets.map(status), senders: senders(parts), queries: parts.queries.states.map(status),
      limits: [LimitUse(name: "series that are counted", used: Double(series), limit: Double(limit))]
        + sources.sorted { $0.used > $1.used }.prefix(sourcesShown),
      outcomes: outcomes(parts.ledger.counts), backfills: parts.queries.backfills.map(backfill))
  }

  /// Sources of telemetry on the page, those with the most series first.
  private static let sourcesShown = 20

  private static func status(_ target: ScrapeStatus) -> TargetStatus {
    TargetStatus(
      job: target.job, url: target.url, interval: target.interval, lastScrape: target.lastScrape, took: target.took,
      samples: target.lastScrape == nil ? nil : target.samples, problem: target.error, failingSince: target.failingSince
    )
  }

  private static func status(_ source: QuerySourceState) -> QuerySourceStatus {
    QuerySourceStatus(
      name: source.name, url: source.url, lastAnswer: source.lastAnswer, problem: source.problem,
      failingSince: source.unreachableSince)
  }

  static func backfill(_ state: BackfillState) -> BackfillView {
    BackfillView(
      slo: state.sli, source: state.source, from: state.from, to: state.to, reached: state.reached,
      problem: state.problem)
  }

  /// Every intake, also one that nobody has used: its path is what a sender needs to know.
  private static func senders(_ parts: Server.Parts) -> [SenderStatus] {
    let samples = parts.metrics.values(of: Intakes.samples, by: "intake")
    let refused = parts.metrics.values(of: Intakes.refused, by: "intake")
    let paths = [
      "prometheus": "/intake/prometheus/api/v1/write", "otlp": "/intake/otlp/v1/metrics",
      "datadog": "/intake/datadog/api/v2/series",
    ]
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
    case .sliceClosed: ("behind a closed slice", "later than the verdict of their slice can be changed", true)
    }
  }
}

/// What the counters alone do not tell: when something was last seen, and how fast it comes.
final class TelemetryBook: Sendable {
  private struct Reading {
    var at: Instant
    var samples: [String: Double]
  }

  private struct Contents {
    /// The counters of the last minute, oldest first.
    var readings: [Reading] = []
    var last: [String: Instant] = [:]
  }

  /// Rates are taken over this long.
  private static let span = Interval.minutes(1)

  private let contents = Mutex(Contents())

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
}
