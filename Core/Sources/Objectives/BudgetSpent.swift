import Base
import Ledger

/// What a time of failures cost an error budget.
public struct BudgetSpent: Sendable, Hashable {
  /// The share of the window's budget that went, 0…1 and beyond where more than all of it did.
  public var share: Double
  /// As many minutes of nothing but failure would have cost the same.
  public var badMinutes: Double
  public var bad: Double
  public var total: Double

  /// From what was counted: share = bad ÷ ((1 − target) × events of a window), minutes = bad ÷ total × length.
  ///
  /// - Parameters:
  ///   - length: the time that was looked at.
  ///   - traffic: the events of a whole window, by which the budget is measured.
  ///   - target: the share that is to be good.
  /// - Returns: `nil` where nothing was counted or the target leaves no budget.
  public init?(bad: Double, total: Double, length: Interval, traffic: Double, target: Double) {
    guard length > .zero, total > 0, target.isLess(than: 1) else { return nil }
    // A window that has less behind it than this time is as large as what was seen.
    share = bad / ((1 - target) * max(traffic, total))
    badMinutes = bad / total * length.seconds / 60
    self.bad = bad
    self.total = total
  }

  /// Of an objective between two times, from the ledger.
  public init?(of objective: Objective, in ledger: Ledger, _ slot: SLISlot, from: Instant, to: Instant) {
    guard to > from else { return nil }
    let during = ledger.window(slot, to - from, at: to)
    let whole = ledger.window(slot, objective.period, at: to)
    // A window that is not full yet is taken to go on at the rate it had.
    let traffic = whole.covered > 0 ? whole.total / whole.covered : whole.total
    self.init(
      bad: during.bad, total: during.total, length: to - from, traffic: traffic, target: objective.target)
  }
}
