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
  /// The team that owns the service, and the service's tier.
  public var team: String?
  public var tier: Int?
  /// The burn rate over the shortest window; `nil` when it had no traffic.
  public var burnNow: Double?
  /// The calendar's period that the budget is for now; `nil` for a rolling window.
  public var period: BudgetPeriod?
  public var lastSample: Instant?

  public init(
    name: String, title: String? = nil, service: String, objective: Double, window: Interval, isRolling: Bool = true,
    indicator: String, health: Health, evaluatedAt: Instant, watermark: Instant?, sli: Double?, good: Double,
    total: Double, budgetLeft: Double?, covered: Double, pairs: [BurnPairStatus], projection: BudgetProjection? = nil,
    team: String? = nil, tier: Int? = nil, burnNow: Double? = nil, period: BudgetPeriod? = nil,
    lastSample: Instant? = nil
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
    self.team = team
    self.tier = tier
    self.burnNow = burnNow
    self.period = period
    self.lastSample = lastSample
  }

  /// What people call it.
  var shownName: String { title ?? name }
}

/// The period of a calendar window.
public struct BudgetPeriod: Sendable, Codable {
  public var start: Instant
  public var end: Instant
  /// The IANA name of the zone whose days and months it follows.
  public var zone: String

  public init(start: Instant, end: Instant, zone: String) {
    self.start = start
    self.end = end
    self.zone = zone
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
  /// Why it does not fire although both windows burn at the factor: `2 failures of the 3 that a page needs`.
  public var heldBack: String?

  public init(
    pair: BurnPair, long: Double?, short: Double?, isFiring: Bool, clearsAt: Instant? = nil, heldBack: String? = nil
  ) {
    self.pair = pair
    self.long = long
    self.short = short
    self.isFiring = isFiring
    self.clearsAt = clearsAt
    self.heldBack = heldBack
  }
}

/// When the budget runs out if it goes on as it did.
public struct BudgetProjection: Sendable, Codable {
  /// `nil` when it most likely lasts, or too little was seen to say.
  public var exhaustedAt: Instant?
  /// The interval in which it falls; `nil` at an end at which the budget lasts.
  public var earliest: Instant?
  public var latest: Instant?
  /// If the burn of the last hour goes on; `nil` when the budget then lasts.
  public var atRecentBurn: Instant?
  /// Too little was seen to tell how the burn varies.
  public var isTooShort: Bool
  /// What the interval is drawn from, in a sentence: `80 of 100 cases, from 18 blocks of 4 h`.
  public var basis: String?

  public init(
    exhaustedAt: Instant?, earliest: Instant?, latest: Instant?, atRecentBurn: Instant? = nil, isTooShort: Bool = false,
    basis: String? = nil
  ) {
    self.exhaustedAt = exhaustedAt
    self.earliest = earliest
    self.latest = latest
    self.atRecentBurn = atRecentBurn
    self.isTooShort = isTooShort
    self.basis = basis
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

/// A time that counts neither for nor against the budget.
public struct ExclusionView: Sendable, Codable {
  /// Names it to remove it; `nil` for a maintenance window, which is removed from the definitions.
  public var id: String?
  public var from: Instant
  public var to: Instant
  public var reason: String
  /// Who added it: `user/ana`; `nil` for a maintenance window.
  public var author: String?
  /// Where a maintenance window is defined: `file:line`.
  public var place: String?

  public init(
    id: String? = nil, from: Instant, to: Instant, reason: String, author: String? = nil, place: String? = nil
  ) {
    self.id = id
    self.from = from
    self.to = to
    self.reason = reason
    self.author = author
    self.place = place
  }
}
