import Base
import Ledger

/// One point of a plot; `nil` where there was no traffic, or no resolution left that fine.
public struct PlotPoint: Hashable, Sendable {
  public var at: Instant
  public var value: Double?

  public init(_ at: Instant, _ value: Double?) {
    self.at = at
    self.value = value
  }
}

/// Figures over time for the pages.
public enum ObjectivePlots {
  /// How the budget that holds at `to` was used up: from 1 at the start of its window to what is left then. Planned
  /// maintenance and exclusions are left out, a calendar's budget begins with its period, and a composite's is the mean
  /// of its members', all as the budget itself is judged. Points lie between `from` (by default the start) and `to`.
  public static func burnDown(
    _ objective: Objective, in ledger: Ledger, context: ObjectiveContext = ObjectiveContext(), from: Instant? = nil,
    to: Instant, points: Int = 200
  ) -> [PlotPoint] {
    guard let reader = BurnReader(objective, in: ledger, at: to, context: context), let since = reader.since else {
      return []
    }
    let start = reader.calendar?.lowerBound ?? to - objective.period
    let wholes = reader.parts.map { part in
      let count = reader.budgetCount(part)
      return (part: part, bad: count.bad, allowed: count.covered > 0 ? count.total / count.covered * part.budget : 0)
    }
    return times(from ?? start, to, points).map { time in
      guard time >= start, time + ledger.resolution(at: time) >= since else { return PlotPoint(time, nil) }
      var (used, weights) = (0.0, 0.0)
      for whole in wholes where whole.allowed > 0 {
        let later = time < to ? reader.count(whole.part, to - time).bad : 0
        used += whole.part.weight * (whole.bad - later) / whole.allowed
        weights += whole.part.weight
      }
      return PlotPoint(time, weights > 0 ? 1 - used / weights : nil)
    }
  }

  /// The burn rate over `window` at times between `from` and `to`, without what is left out of the budget.
  public static func burnRate(
    _ objective: Objective, window: Interval, in ledger: Ledger, context: ObjectiveContext = ObjectiveContext(),
    from: Instant, to: Instant, points: Int = 200
  ) -> [PlotPoint] {
    guard let since = BurnReader(objective, in: ledger, at: to, context: context)?.since else { return [] }
    return times(from, to, points).map { time in
      let oldest = time - window
      guard time > since, ledger.resolution(at: oldest) * 2 <= window || ledger.resolution(at: oldest) == .seconds(10)
      else { return PlotPoint(time, nil) }
      return PlotPoint(time, BurnReader(objective, in: ledger, at: time, context: context)?.burn(window))
    }
  }

  /// The newest sample of an objective; of a composite, that of the member that has been silent longest.
  public static func newest(_ objective: Objective, in ledger: Ledger, context: ObjectiveContext) -> Instant? {
    lastSample(objective, in: ledger, context)
  }

  /// Events a second, good and bad, over steps between `from` and `to`.
  public static func traffic(
    _ objective: Objective, in ledger: Ledger, from: Instant, to: Instant, points: Int = 100
  ) -> (good: [PlotPoint], bad: [PlotPoint]) {
    guard let slot = ledger.slot(of: objective.sli), let since = ledger.since(slot), points > 0, to > from else {
      return ([], [])
    }
    let step = max((to - from) / Int64(points), .seconds(60))
    var good: [PlotPoint] = []
    var bad: [PlotPoint] = []
    var time = from + step
    while time <= to {
      if time > since, ledger.resolution(at: time - step) <= step {
        let count = ledger.window(slot, step, at: time)
        good.append(PlotPoint(time, count.good / step.seconds))
        bad.append(PlotPoint(time, count.bad / step.seconds))
      } else {
        good.append(PlotPoint(time, nil))
        bad.append(PlotPoint(time, nil))
      }
      time += step
    }
    return (good, bad)
  }

  private static func times(_ from: Instant, _ to: Instant, _ points: Int) -> [Instant] {
    guard points > 1, to > from else { return [to] }
    return (0..<points).map { from + (to - from) * Int64($0) / Int64(points - 1) }
  }
}
