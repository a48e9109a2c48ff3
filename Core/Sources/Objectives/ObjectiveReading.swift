import Base

/// The one vocabulary of state that every page and message uses.
public enum ObjectiveState: String, Hashable, Sendable, Codable {
  case healthy
  /// The budget is projected to run out within a period, or a quarter of it or less is left.
  case atRisk
  /// A rule is firing.
  case burning
  /// No budget is left.
  case exhausted
  /// Nothing was counted yet, or for a while.
  case noData
}

/// One rule as it stands.
public struct BurnReading: Hashable, Sendable {
  public var rule: BurnRule
  /// Burn rates over the two windows; `nil` where a window had no traffic.
  public var long: Double?
  public var short: Double?
  public var isFiring: Bool
  /// When a firing rule would stop firing if nothing more failed and traffic went on as now.
  public var clearsAt: Instant?
}

/// When the budget runs out if burning goes on.
public struct BudgetForecast: Hashable, Sendable {
  /// At the highest of the recent burn rates (1 h, 6 h, 1 d).
  public var earliest: Instant
  /// At the middle one; `nil` when it then lasts for a whole period.
  public var expected: Instant?
  /// At the lowest one; `nil` when it then lasts for a whole period.
  public var latest: Instant?
}

/// An SLO at one time.
public struct ObjectiveReading: Hashable, Sendable {
  public var id: String
  public var state: ObjectiveState
  /// The time it was evaluated at (its watermark), `nil` before the first sample.
  public var at: Instant?
  public var lastSample: Instant?
  /// Events in the period.
  public var good: Double
  public var total: Double
  /// The share of the period that lies after the first sample.
  public var covered: Double
  /// The share of good events over the period, `nil` without traffic.
  public var indicator: Double?
  /// The share of the budget that is left: 1 when nothing failed, 0 when it is used up, negative when overspent.
  public var budgetLeft: Double
  /// The burn rate over the shortest window, `nil` when it had no traffic.
  public var burnNow: Double?
  public var readings: [BurnReading]
  public var projection: BudgetForecast?
  /// Alerts that are open, pages first.
  public var openAlerts: [BurnSeverity]
}

/// What one evaluation leaves for the next one. All that is not in the ledger, so that restoring both is enough.
public struct ObjectiveMemory: Hashable, Sendable {
  /// Since when a rule's windows have both been above its factor, by rule name. Sorted by name.
  public var above: [Above] = []
  /// Names of the rules that fire, in the order of the rules.
  public var firing: [String] = []
  /// Severities whose alert is open, pages first.
  public var alerts: [BurnSeverity] = []
  public var isExhausted = false

  public struct Above: Hashable, Sendable {
    public var rule: String
    public var since: Instant
  }

  public init() {}

  /// The memory after a restart, as the journal knows it.
  public init(firing: [String], alerts: [BurnSeverity], isExhausted: Bool) {
    self.firing = firing
    self.alerts = alerts
    self.isExhausted = isExhausted
  }
}

/// A rule began or stopped to fire.
public enum BurnTransition: Hashable, Sendable {
  case started(BurnReading)
  case ended(BurnReading)
}

/// The alert of an SLO and severity opened or closed. There is at most one open at a time.
public enum AlertTransition: Hashable, Sendable {
  /// The strongest firing rule of the severity.
  case fired(BurnSeverity, BurnReading)
  case resolved(BurnSeverity, AlertResolution)

  public enum AlertResolution: Hashable, Sendable {
    /// No rule of the severity fires any more.
    case cleared
    /// The shortest window is back below a burn rate of 1; the longer rules that still fire, with the time when each
    /// will clear.
    case recovered(stillFiring: [BurnReading])
    /// The SLO has no such rule any more.
    case ruleRemoved
  }
}

public enum BudgetTransition: Hashable, Sendable {
  case exhausted
  case restored
}

/// An SLO's status and what changed since the evaluation before.
public struct Evaluation: Hashable, Sendable {
  public var status: ObjectiveReading
  public var memory: ObjectiveMemory
  public var burns: [BurnTransition] = []
  public var alerts: [AlertTransition] = []
  public var budget: BudgetTransition?
}
