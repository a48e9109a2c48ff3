import Base
import Ledger

/// What an objective says over a window of one's choosing that ends with the newest data.
public struct WindowReading: Sendable, Hashable {
  /// How many times faster than allowed the budget was used; `nil` without traffic.
  public let burnRate: Double?
  /// The share of good events, over all members of a composite; `nil` without traffic.
  public let ratio: Double?
  /// The share of the whole budget that is left; `nil` before the first sample.
  public let budgetLeft: Double?

  public init(
    _ objective: Objective, over window: Interval, in ledger: Ledger, now: Instant,
    context: ObjectiveContext = ObjectiveContext()
  ) {
    guard let reader = BurnReader(objective, in: ledger, now: now, context: context) else {
      (burnRate, ratio, budgetLeft) = (nil, nil, nil)
      return
    }
    let count = reader.total(window)
    burnRate = reader.burn(window)
    ratio = count.total > 0 ? count.good / count.total : nil
    budgetLeft = reader.left
  }
}
