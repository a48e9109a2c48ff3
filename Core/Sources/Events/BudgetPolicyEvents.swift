import Base
import Journal

/// What an error budget policy asks for when a share of the budget is used up.
public enum BudgetAction: String, Codable, Sendable, CaseIterable {
  /// An alert for working hours.
  case notify
  /// An alert that pages.
  case page
  /// A review of how the budget was spent.
  case review
  /// No changes to the service until there is budget again.
  case freeze
}

/// A step of an error budget policy was reached, and asks for something. Subject: `slo/NAME`.
public struct BudgetPolicyRequested: EventPayload {
  public static let type: EventType = "budget_policy.requested"
  public var policy: String
  public var service: String
  public var consumed: Double
  public var action: BudgetAction
  public var note: String?
  public init(policy: String, service: String, consumed: Double, action: BudgetAction, note: String?) {
    self.policy = policy
    self.service = service
    self.consumed = consumed
    self.action = action
    self.note = note
  }
}

/// A budget policy asks for a review of how an SLO's budget was spent. Subject: `slo/NAME`.
public struct ReviewRequested: EventPayload {
  public static let type: EventType = "review.requested"
  public var service: String
  public var reason: String
  public init(service: String, reason: String) {
    self.service = service
    self.reason = reason
  }
}

/// A budget policy asks for a freeze of the SLO's service. It is a request: nothing is held back by it. Subject:
/// `slo/NAME`.
public struct FreezeRequested: EventPayload {
  public static let type: EventType = "freeze.requested"
  public var service: String
  public var reason: String
  public init(service: String, reason: String) {
    self.service = service
    self.reason = reason
  }
}

/// The step that asked for something counts anew, so the request is over. Subject: `slo/NAME`.
public struct BudgetPolicyWithdrawn: EventPayload {
  public static let type: EventType = "budget_policy.withdrawn"
  public var policy: String
  public var consumed: Double
  public var action: BudgetAction
  public init(policy: String, consumed: Double, action: BudgetAction) {
    self.policy = policy
    self.consumed = consumed
    self.action = action
  }
}
