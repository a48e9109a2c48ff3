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
