import Base
import Journal

/// A long and a short window and the burn rate above which both must be.
public struct BurnPair: Codable, Sendable, Hashable {
  public var urgency: Urgency
  public var long: Interval
  public var short: Interval
  public var factor: Double
  public init(urgency: Urgency, long: Interval, short: Interval, factor: Double) {
    self.urgency = urgency
    self.long = long
    self.short = short
    self.factor = factor
  }
}

/// A pair of windows went above its factor. Subject of all: `slo/NAME`.
public struct BurnStarted: EventPayload {
  public static let type: EventType = "slo.burn_started"
  public var service: String
  public var pair: BurnPair
  /// Burn rates over the two windows.
  public var long: Double
  public var short: Double
  /// The share of the budget that is left, 1 at the start and negative when overspent.
  public var budgetLeft: Double
  public init(service: String, pair: BurnPair, long: Double, short: Double, budgetLeft: Double) {
    self.service = service
    self.pair = pair
    self.long = long
    self.short = short
    self.budgetLeft = budgetLeft
  }
}

public struct BurnEnded: EventPayload {
  public static let type: EventType = "slo.burn_ended"
  public var service: String
  public var pair: BurnPair
  public var budgetLeft: Double
  public init(service: String, pair: BurnPair, budgetLeft: Double) {
    self.service = service
    self.pair = pair
    self.budgetLeft = budgetLeft
  }
}

public struct BudgetExhausted: EventPayload {
  public static let type: EventType = "slo.budget_exhausted"
  public var service: String
  public init(service: String) { self.service = service }
}

/// There is budget again.
public struct BudgetRestored: EventPayload {
  public static let type: EventType = "slo.budget_restored"
  public var service: String
  public var budgetLeft: Double
  public init(service: String, budgetLeft: Double) {
    self.service = service
    self.budgetLeft = budgetLeft
  }
}

/// A share of the error budget is used up. Reported once for each step of its budget policies, without any for 50, 75,
/// 90 and 100%.
public struct BudgetStepReached: EventPayload {
  public static let type: EventType = "slo.budget_step_reached"
  public var service: String
  /// The step: 0.75.
  public var consumed: Double
  public var budgetLeft: Double
  /// The start of the calendar's period that the budget is for; absent for a rolling window.
  public var periodStart: Instant?
  public init(service: String, consumed: Double, budgetLeft: Double, periodStart: Instant?) {
    self.service = service
    self.consumed = consumed
    self.budgetLeft = budgetLeft
    self.periodStart = periodStart
  }
}

/// Enough of the budget came back, or a new period began: the step counts anew.
public struct BudgetStepRearmed: EventPayload {
  public static let type: EventType = "slo.budget_step_rearmed"
  public var service: String
  public var consumed: Double
  public var budgetLeft: Double
  public init(service: String, consumed: Double, budgetLeft: Double) {
    self.service = service
    self.consumed = consumed
    self.budgetLeft = budgetLeft
  }
}

/// A month of an SLO is over, and this is what was counted in it. Written an hour after its end, when late samples are
/// in.
public struct PeriodClosed: EventPayload, Hashable {
  public static let type: EventType = "slo.period_closed"
  public var service: String
  /// The month in the zone of the SLO's calendar: `2026-11`.
  public var month: String
  public var from: Instant
  public var to: Instant
  public var target: Double
  /// Events without those that were excluded.
  public var good: Double
  public var total: Double
  /// The share of the month's budget that was left at its end, negative when overspent; absent without traffic.
  public var budgetLeft: Double?
  /// The share of the month that was counted.
  public var covered: Double
  public init(
    service: String, month: String, from: Instant, to: Instant, target: Double, good: Double, total: Double,
    budgetLeft: Double?, covered: Double
  ) {
    self.service = service
    self.month = month
    self.from = from
    self.to = to
    self.target = target
    self.good = good
    self.total = total
    self.budgetLeft = budgetLeft
    self.covered = covered
  }
}
