import Base

/// What is known of one SLO beyond its newest evaluation. A part that has no value is either not of this SLO's kind
/// or not recorded yet; its page then says what to do.
public struct ObjectiveDetail: Sendable, Codable {
  /// Within the budget's window, and those to come; newest first.
  public var exclusions: [ExclusionView]
  /// Failing spans, newest first; `nil` where the SLI is not counted from spans.
  public var exemplars: [ExemplarView]?
  public var attribution: AttributionView?
  /// Months and quarters, newest first.
  public var periods: [PeriodView]
  /// `nil` where events are judged, not slices of time.
  public var slices: SliceStrip?
  public var backfill: BackfillView?
  public var origin: OriginView?
  /// What a composite is made of.
  public var members: [MemberView]
  /// The steps of its error budget policy, the smallest first.
  public var steps: [BudgetStepView]

  public init(
    exclusions: [ExclusionView] = [], exemplars: [ExemplarView]? = nil, attribution: AttributionView? = nil,
    periods: [PeriodView] = [], slices: SliceStrip? = nil, backfill: BackfillView? = nil, origin: OriginView? = nil,
    members: [MemberView] = [], steps: [BudgetStepView] = []
  ) {
    self.exclusions = exclusions
    self.exemplars = exemplars
    self.attribution = attribution
    self.periods = periods
    self.slices = slices
    self.backfill = backfill
    self.origin = origin
    self.members = members
    self.steps = steps
  }
}

/// A request that failed, as its span tells it.
public struct ExemplarView: Sendable, Codable {
  public var traceID: String
  public var spanID: String
  /// The span's name: `GET /play/{id}`.
  public var name: String
  public var duration: Interval
  public var at: Instant
  /// What the span says went wrong.
  public var message: String?
  /// Where the trace is shown.
  public var link: String?

  public init(
    traceID: String, spanID: String, name: String, duration: Interval, at: Instant, message: String? = nil,
    link: String? = nil
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.name = name
    self.duration = duration
    self.at = at
    self.message = message
    self.link = link
  }
}

/// What burned the budget.
public struct AttributionView: Sendable, Codable {
  /// The values of one label among the failures.
  public struct Label: Sendable, Codable {
    public var name: String
    /// The most failures first.
    public var values: [Contributor]

    public init(name: String, values: [Contributor]) {
      self.name = name
      self.values = values
    }
  }

  public struct Contributor: Sendable, Codable {
    public var value: String
    public var failed: Double
    /// Of all failures, 0…1.
    public var share: Double

    public init(value: String, failed: Double, share: Double) {
      self.value = value
      self.failed = failed
      self.share = share
    }
  }

  /// A stretch of time that burned.
  public struct Stretch: Sendable, Codable {
    public var from: Instant
    public var to: Instant
    public var failed: Double
    /// Of all failures between `from` and `to` of the attribution, 0…1.
    public var share: Double

    public init(from: Instant, to: Instant, failed: Double, share: Double) {
      self.from = from
      self.to = to
      self.failed = failed
      self.share = share
    }
  }

  public var from: Instant
  public var to: Instant
  /// Failures between the two.
  public var failed: Double
  public var labels: [Label]
  /// The most burned first.
  public var stretches: [Stretch]
  /// Label values are known from here on, where that is later than `from`.
  public var labelsSince: Instant?

  public init(
    from: Instant, to: Instant, failed: Double, labels: [Label], stretches: [Stretch], labelsSince: Instant? = nil
  ) {
    self.from = from
    self.to = to
    self.failed = failed
    self.labels = labels
    self.stretches = stretches
    self.labelsSince = labelsSince
  }
}

/// A month or a quarter.
public struct PeriodView: Sendable, Codable {
  public enum Kind: String, Sendable, Codable { case month, quarter }

  public var kind: Kind
  /// `October 2026`, `Q3 2026`.
  public var name: String
  public var from: Instant
  public var to: Instant
  public var good: Double
  public var total: Double
  /// The share of good events; `nil` without traffic.
  public var sli: Double?
  /// The share of the period's budget that was left at its end, or now.
  public var budgetLeft: Double?
  /// It has not ended.
  public var isOpen: Bool

  public init(
    kind: Kind, name: String, from: Instant, to: Instant, good: Double, total: Double, sli: Double?,
    budgetLeft: Double?, isOpen: Bool = false
  ) {
    self.kind = kind
    self.name = name
    self.from = from
    self.to = to
    self.good = good
    self.total = total
    self.sli = sli
    self.budgetLeft = budgetLeft
    self.isOpen = isOpen
  }
}

/// Slices of time that were judged, oldest first and without gaps between them.
public struct SliceStrip: Sendable, Codable {
  public enum Verdict: String, Sendable, Codable { case good, bad, noData }

  /// Neighbours with the same verdict as one run.
  public struct Run: Sendable, Codable {
    public var from: Instant
    public var to: Instant
    public var verdict: Verdict

    public init(from: Instant, to: Instant, verdict: Verdict) {
      self.from = from
      self.to = to
      self.verdict = verdict
    }
  }

  public var length: Interval
  /// The share of good events that makes a slice good; `nil` where each slice counts by its share.
  public var target: Double?
  public var runs: [Run]
  /// In the budget's window.
  public var good: Int
  public var bad: Int
  public var noData: Int

  public init(length: Interval, target: Double?, runs: [Run], good: Int, bad: Int, noData: Int) {
    self.length = length
    self.target = target
    self.runs = runs
    self.good = good
    self.bad = bad
    self.noData = noData
  }
}

/// One objective of a composite.
public struct MemberView: Sendable, Codable {
  public var name: String
  /// Its part of the whole, 0…1.
  public var weight: Double
  public var health: Health
  public var sli: Double?

  public init(name: String, weight: Double, health: Health, sli: Double?) {
    self.name = name
    self.weight = weight
    self.health = health
    self.sli = sli
  }
}

/// A step of an error budget policy.
public struct BudgetStepView: Sendable, Codable {
  /// Reached when this share of the budget is used, 0…1.
  public var consumed: Double
  /// `notify`, `page`, `review` or `freeze`.
  public var action: String
  public var note: String?
  /// When it was reached in this period.
  public var reachedAt: Instant?

  public init(consumed: Double, action: String, note: String? = nil, reachedAt: Instant? = nil) {
    self.consumed = consumed
    self.action = action
    self.note = note
    self.reachedAt = reachedAt
  }
}

/// What a person asks to leave out of a budget.
public struct ExclusionRequest: Sendable {
  public var slo: String
  public var from: Instant
  public var to: Instant
  public var reason: String

  public init(slo: String, from: Instant, to: Instant, reason: String) {
    self.slo = slo
    self.from = from
    self.to = to
    self.reason = reason
  }
}
