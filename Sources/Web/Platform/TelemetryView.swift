import Base

/// Where telemetry comes from and what becomes of it.
public struct TelemetryView: Sendable, Codable {
  public var targets: [TargetStatus]
  public var senders: [SenderStatus]
  /// Data sources that are asked.
  public var queries: [QuerySourceStatus]
  public var limits: [LimitUse]
  /// What became of the samples of series that some SLI counts, since the start.
  public var outcomes: [OutcomeCount]
  public var backfills: [BackfillView]

  public init(
    targets: [TargetStatus] = [], senders: [SenderStatus] = [], queries: [QuerySourceStatus] = [],
    limits: [LimitUse] = [], outcomes: [OutcomeCount] = [], backfills: [BackfillView] = []
  ) {
    self.targets = targets
    self.senders = senders
    self.queries = queries
    self.limits = limits
    self.outcomes = outcomes
    self.backfills = backfills
  }
}

/// A target that is scraped.
public struct TargetStatus: Sendable, Codable {
  public var job: String
  public var url: String
  public var interval: Interval
  /// When the last scrape began, whether it went well or not; `nil` before the first.
  public var lastScrape: Instant?
  /// How long it took.
  public var took: Interval?
  /// Samples in the last good scrape.
  public var samples: Int?
  /// Why the last scrape failed; `nil` when it did not.
  public var problem: String?
  /// Since when scrapes fail.
  public var failingSince: Instant?

  public init(
    job: String, url: String, interval: Interval, lastScrape: Instant? = nil, took: Interval? = nil,
    samples: Int? = nil, problem: String? = nil, failingSince: Instant? = nil
  ) {
    self.job = job
    self.url = url
    self.interval = interval
    self.lastScrape = lastScrape
    self.took = took
    self.samples = samples
    self.problem = problem
    self.failingSince = failingSince
  }
}

/// A way in that senders use.
public struct SenderStatus: Sendable, Codable {
  /// `prometheus`, `otlp`, `dogstatsd`.
  public var name: String
  /// Where they send to; `nil` for what is scraped.
  public var path: String?
  /// Since the start.
  public var samples: Double
  /// Over the last minute; `nil` before a minute is known.
  public var samplesPerSecond: Double?
  /// Bodies that were refused as a whole, since the start.
  public var refused: Double
  public var lastAt: Instant?

  public init(
    name: String, path: String? = nil, samples: Double, samplesPerSecond: Double? = nil, refused: Double = 0,
    lastAt: Instant? = nil
  ) {
    self.name = name
    self.path = path
    self.samples = samples
    self.samplesPerSecond = samplesPerSecond
    self.refused = refused
    self.lastAt = lastAt
  }
}

/// A data source that is asked for samples.
public struct QuerySourceStatus: Sendable, Codable {
  public var name: String
  public var url: String
  public var lastAnswer: Instant?
  public var problem: String?
  public var failingSince: Instant?

  public init(
    name: String, url: String, lastAnswer: Instant? = nil, problem: String? = nil, failingSince: Instant? = nil
  ) {
    self.name = name
    self.url = url
    self.lastAnswer = lastAnswer
    self.problem = problem
    self.failingSince = failingSince
  }
}

/// How much of a bound is used.
public struct LimitUse: Sendable, Codable {
  public var name: String
  public var used: Double
  public var limit: Double

  public init(name: String, used: Double, limit: Double) {
    self.name = name
    self.used = used
    self.limit = limit
  }
}

/// How many samples met the same end.
public struct OutcomeCount: Sendable, Codable {
  /// `counted`, `too old`.
  public var name: String
  public var count: Double
  /// Why, and what to do about it.
  public var about: String
  /// Samples that were lost to a mistake or a bound, rather than left out on purpose.
  public var isLoss: Bool

  public init(name: String, count: Double, about: String, isLoss: Bool) {
    self.name = name
    self.count = count
    self.about = about
    self.isLoss = isLoss
  }
}

/// How far the past of an SLO has been read back.
public struct BackfillView: Sendable, Codable {
  public var slo: String
  /// Where it is read from.
  public var source: String
  /// What is to be read.
  public var from: Instant
  public var to: Instant
  /// Read up to here.
  public var reached: Instant
  /// What holds it up.
  public var problem: String?

  public init(slo: String, source: String, from: Instant, to: Instant, reached: Instant, problem: String? = nil) {
    self.slo = slo
    self.source = source
    self.from = from
    self.to = to
    self.reached = reached
    self.problem = problem
  }

  var isDone: Bool { reached >= to }

  /// 0…1.
  var share: Double { to > from ? min(1, max(0, (reached - from) / (to - from))) : 1 }
}

/// Where one SLO's samples come from.
public struct OriginView: Sendable, Codable {
  /// The first sample that is counted.
  public var since: Instant?
  public var lastSample: Instant?
  /// Series that are counted.
  public var series: Int?

  public init(since: Instant? = nil, lastSample: Instant? = nil, series: Int? = nil) {
    self.since = since
    self.lastSample = lastSample
    self.series = series
  }
}
