import Base
import Events

/// The newest evaluation of one SLO.
public struct ObjectiveStatus: Sendable, Codable {
  public var name: String
  public var title: String?
  public var service: String
  /// Good events among all, 0…1: 0.999.
  public var objective: Double
  /// The length of the budget's window.
  public var window: Interval
  public var isRolling: Bool
  /// What is counted, in a sentence or as the selector.
  public var indicator: String
  public var health: Health
  /// When it was evaluated; samples up to `watermark` are in it.
  public var evaluatedAt: Instant
  public var watermark: Instant?
  /// The share of good events over the window.
  public var sli: Double?
  public var good: Double
  public var total: Double
  /// The share of the budget that is left: 1 at the start, negative when overspent.
  public var budgetLeft: Double?
  /// How much of the window has data, 0…1.
  public var covered: Double
  public var pairs: [BurnPairStatus]
  public var projection: BudgetProjection?

  public init(
    name: String, title: String? = nil, service: String, objective: Double, window: Interval, isRolling: Bool = true,
    indicator: String, health: Health, evaluatedAt: Instant, watermark: Instant?, sli: Double?, good: Double,
    total: Double, budgetLeft: Double?, covered: Double, pairs: [BurnPairStatus], projection: BudgetProjection? = nil
  ) {
    self.name = name
    self.title = title
    self.service = service
    self.objective = objective
    self.window = window
    self.isRolling = isRolling
    self.indicator = indicator
    self.health = health
    self.evaluatedAt = evaluatedAt
    self.watermark = watermark
    self.sli = sli
    self.good = good
    self.total = total
    self.budgetLeft = budgetLeft
    self.covered = covered
    self.pairs = pairs
    self.projection = projection
  }
}

/// A pair of windows and where it stands.
public struct BurnPairStatus: Sendable, Codable {
  public var pair: BurnPair
  /// Burn rates over the long and the short window; `nil` without data.
  public var long: Double?
  public var short: Double?
  public var isFiring: Bool
  /// When it clears if nothing further fails.
  public var clearsAt: Instant?

  public init(pair: BurnPair, long: Double?, short: Double?, isFiring: Bool, clearsAt: Instant? = nil) {
    self.pair = pair
    self.long = long
    self.short = short
    self.isFiring = isFiring
    self.clearsAt = clearsAt
  }
}

/// When the budget runs out if the last hours' burn goes on.
public struct BudgetProjection: Sendable, Codable {
  public var exhaustedAt: Instant
  /// The interval in which it falls.
  public var earliest: Instant
  public var latest: Instant?

  public init(exhaustedAt: Instant, earliest: Instant, latest: Instant?) {
    self.exhaustedAt = exhaustedAt
    self.earliest = earliest
    self.latest = latest
  }
}

/// One SLO's figures over a range, at most a few hundred points.
public struct ObjectiveHistory: Sendable, Codable {
  public struct Point: Sendable, Codable {
    public var time: Instant
    /// `nil`: no data, or none taken at this time; series may be taken at different times.
    public var budgetLeft: Double?
    /// Events in the step that ends here.
    public var good: Double?
    public var total: Double?
    /// Burn rates over the long windows of the pairs, in the order of `windows`.
    public var burn: [Double?]

    public init(time: Instant, budgetLeft: Double?, good: Double?, total: Double?, burn: [Double?]) {
      self.time = time
      self.budgetLeft = budgetLeft
      self.good = good
      self.total = total
      self.burn = burn
    }
  }

  /// The time between two points.
  public var step: Interval
  /// The windows over which `burn` is taken.
  public var windows: [Interval]
  public var points: [Point]
  /// Times taken out of the budget: maintenance and exclusions.
  public var exclusions: [ExclusionView]

  public init(step: Interval, windows: [Interval], points: [Point], exclusions: [ExclusionView] = []) {
    self.step = step
    self.windows = windows
    self.points = points
    self.exclusions = exclusions
  }
}

public struct ExclusionView: Sendable, Codable {
  public var from: Instant
  public var to: Instant
  public var reason: String

  public init(from: Instant, to: Instant, reason: String) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}
