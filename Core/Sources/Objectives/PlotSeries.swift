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
  /// How the budget of the period that ends at `to` was used up: from 1 at the period's start to what is left now.
  /// Points lie between `from` (by default the start) and `to`.
  public static func burnDown(
    _ objective: Objective, in ledger: Ledger, from: Instant? = nil, to: Instant, points: Int = 200
  ) -> [PlotPoint] {
    guard let slot = ledger.slot(of: objective.sli), let since = ledger.since(slot) else { return [] }
    let start = to - objective.period
    let whole = ledger.window(slot, objective.period, at: to)
    let allowed = whole.covered > 0 ? whole.total / whole.covered * objective.budget : 0
    return times(from ?? start, to, points).map { time in
      guard time >= start, time + ledger.resolution(at: time) >= since, allowed > 0 else { return PlotPoint(time, nil) }
      let later = ledger.window(slot, to - time, at: to)
      return PlotPoint(time, 1 - (whole.bad - later.bad) / allowed)
    }
  }

  /// The burn rate over `window` at times between `from` and `to`.
  public static func burnRate(
    _ objective: Objective, window: Interval, in ledger: Ledger, from: Instant, to: Instant, points: Int = 200
  ) -> [PlotPoint] {
    guard let slot = ledger.slot(of: objective.sli), let since = ledger.since(slot) else { return [] }
    return times(from, to, points).map { time in
      let oldest = time - window
      guard time > since, ledger.resolution(at: oldest) * 2 <= window || ledger.resolution(at: oldest) == .seconds(10)
      else { return PlotPoint(time, nil) }
      let count = ledger.window(slot, window, at: time)
      return PlotPoint(time, count.total > 0 ? count.badShare / objective.budget : nil)
    }
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
