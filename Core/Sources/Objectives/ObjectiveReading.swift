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

/// A rule's windows burn at its factor, and there was too little traffic for it to mean anything.
public struct TrafficShortage: Hashable, Sendable {
  /// Events and bad events in the long window.
  public var events: Double
  public var failures: Double
  public var needed: TrafficGuard
}

/// One rule as it stands.
public struct BurnReading: Hashable, Sendable {
  public var rule: BurnRule
  /// The burn rate that it asks for now: the rule's, fitted to the length of a calendar's period.
  public var factor: Double
  /// Burn rates over the two windows; `nil` where a window had no traffic.
  public var long: Double?
  public var short: Double?
  public var isFiring: Bool
  /// Why it does not fire although both windows burn at its factor.
  public var heldBack: TrafficShortage?
  /// When a firing rule would stop firing if nothing more failed and traffic went on as now.
  public var clearsAt: Instant?
}

/// An SLO at one time.
public struct ObjectiveReading: Hashable, Sendable {
  public var id: String
  public var state: ObjectiveState
  /// The time it was evaluated at (its watermark), `nil` before the first sample.
  public var at: Instant?
  public var lastSample: Instant?
  /// Events in the budget's window.
  public var good: Double
  public var total: Double
  /// The share of the window that lies after the first sample and, of a calendar's period, is past.
  public var covered: Double
  /// The calendar's period that the budget is for; `nil` for a rolling window.
  public var calendar: Range<Instant>?
  /// The share of good events over the window, `nil` without traffic.
  public var indicator: Double?
  /// The share of the budget that is left: 1 when nothing failed, 0 when it is used up, negative when overspent.
  public var budgetLeft: Double
  /// The burn rate over the shortest window, `nil` when it had no traffic.
  public var burnNow: Double?
  public var readings: [BurnReading]
  public var projection: BudgetForecast?
  /// Alerts that are open, pages first.
  public var openAlerts: [BurnSeverity]
  /// Whether the alert is open that says that no samples come.
  public var isDataMissing: Bool
  /// What is left out of the window, in order.
  public var excluded: [Range<Instant>]
}

/// What one evaluation leaves for the next one. All that is not in the ledger, so that restoring both is enough.
public struct ObjectiveMemory: Hashable, Sendable {
  /// Since when a rule's windows have both been above its factor, by rule name. Sorted by name.
  public var above: [Above] = []
  /// Names of the rules that fire, in the order of the rules.
  public var firing: [String] = []
  /// Severities whose alert is open, pages first.
  public var alerts: [BurnSeverity] = []
  /// Since when no rule of an open alert's severity has fired.
  public var calm: [Calm] = []
  /// Severities whose alert was closed while some of their rules still fired.
  public var recovered: [BurnSeverity] = []
  public var isExhausted = false
  /// The alert is open that says that no samples come.
  public var isDataMissing = false
  /// When it was first looked for samples.
  public var watchedSince: Instant?
  /// The shares of the budget whose use was reported, ascending.
  public var steps: [Double] = []
  /// The start of the calendar's period that the steps are of.
  public var stepsOf: Instant?

  public struct Above: Hashable, Sendable {
    public var rule: String
    public var since: Instant
  }

  public struct Calm: Hashable, Sendable {
    public var severity: BurnSeverity
    public var since: Instant
  }

  public init() {}

  /// The memory after a restart, as the journal knows it.
  public init(
    firing: [String], alerts: [BurnSeverity], recovered: [BurnSeverity] = [], isExhausted: Bool,
    isDataMissing: Bool = false, steps: [Double] = [], stepsOf: Instant? = nil
  ) {
    self.firing = firing
    self.alerts = alerts
    self.recovered = recovered
    self.isExhausted = isExhausted
    self.isDataMissing = isDataMissing
    self.steps = steps
    self.stepsOf = stepsOf
  }

  /// Nothing is open that a quiet evaluation could end. Steps of the budget are looked at apart.
  var isQuiet: Bool {
    above.isEmpty && firing.isEmpty && alerts.isEmpty && calm.isEmpty && recovered.isEmpty && !isExhausted
      && !isDataMissing
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

/// A share of the budget was used up, or enough of it came back for the step to count anew.
public enum StepTransition: Hashable, Sendable {
  case reached(Double)
  case rearmed(Double)
}

/// Samples stopped or came back.
public enum DataTransition: Hashable, Sendable {
  /// With the time of the newest sample, `nil` where there was none.
  case missing(since: Instant?)
  case back
}

/// An SLO's status and what changed since the evaluation before.
public struct Evaluation: Hashable, Sendable {
  public var status: ObjectiveReading
  public var memory: ObjectiveMemory
  public var burns: [BurnTransition] = []
  public var alerts: [AlertTransition] = []
  public var budget: BudgetTransition?
  public var steps: [StepTransition] = []
  public var data: DataTransition?

  /// Whether the journal has something to learn.
  public var isNews: Bool {
    !burns.isEmpty || !alerts.isEmpty || budget != nil || !steps.isEmpty || data != nil
  }
}
