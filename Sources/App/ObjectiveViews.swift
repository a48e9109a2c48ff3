import Base
import Events
import Ledger
import Objectives
import Runtime
import Store
import Web

/// Readings of objectives as pages show them.
enum ObjectiveViews {
  static func status(_ objective: Objective, _ reading: ObjectiveReading, at now: Instant) -> ObjectiveStatus {
    ObjectiveStatus(
      name: objective.id, title: objective.displayName, service: objective.service, objective: objective.target,
      window: objective.period, isRolling: objective.window == .rolling, indicator: indicator(objective),
      health: health(reading.state), evaluatedAt: now,
      watermark: reading.at, sli: reading.indicator, good: reading.good, total: reading.total,
      budgetLeft: reading.at == nil ? nil : reading.budgetLeft, covered: reading.covered,
      pairs: reading.readings.map {
        BurnPairStatus(
          pair: $0.rule.pair, long: $0.long, short: $0.short, isFiring: $0.isFiring, clearsAt: $0.clearsAt)
      },
      projection: reading.projection.flatMap { forecast in
        forecast.expected.map {
          BudgetProjection(exhaustedAt: $0, earliest: forecast.earliest ?? $0, latest: forecast.latest)
        }
      })
  }

  private static func indicator(_ objective: Objective) -> String {
    objective.counts == .good
      ? "\(objective.total) within \(objective.part)" : "\(objective.total) without \(objective.part)"
  }

  private static func health(_ state: ObjectiveState) -> Health {
    switch state {
    case .healthy: .healthy
    case .atRisk: .atRisk
    case .burning: .burning
    case .exhausted: .exhausted
    case .noData: .noData
    }
  }

  /// About as many as a plot has room for.
  private static let points: Int64 = 200

  /// The figures of an objective over a range, from the ledger: all series on one grid, whose step is a multiple of
  /// the buckets that the range reaches back to.
  static func history(
    _ objective: Objective, in ledger: LedgerEngine, from: Instant, to: Instant
  ) -> ObjectiveHistory {
    ledger.read { ledger in
      var seen: Set<Interval> = []
      let windows = objective.rules.map(\.long).filter { seen.insert($0).inserted }
      let bucket = ledger.resolution(at: from)
      let step = max(bucket, Interval(nanoseconds: ((to - from) / points).floored(to: bucket)))
      let (from, to) = (from.floored(to: step), to.floored(to: step))
      guard let slot = ledger.slot(of: objective.sli), let since = ledger.since(slot), to > from else {
        return ObjectiveHistory(step: step, windows: windows, points: [])
      }
      let count = Int((to - from).nanoseconds / step.nanoseconds) + 1
      let budget = ObjectivePlots.burnDown(objective, in: ledger, from: from, to: to, points: count)
      let burns = windows.map {
        ObjectivePlots.burnRate(objective, window: $0, in: ledger, from: from, to: to, points: count)
      }
      return ObjectiveHistory(
        step: step, windows: windows,
        points: budget.indices.map { index in
          let time = budget[index].at
          let traffic = time > since ? ledger.window(slot, step, at: time) : nil
          return .init(
            time: time, budgetLeft: budget[index].value, good: traffic?.good, total: traffic?.total,
            burn: burns.map { $0.indices.contains(index) ? $0[index].value : nil })
        })
    }
  }
}

extension Interval {
  /// The largest multiple of `step` that is not longer, in nanoseconds.
  fileprivate func floored(to step: Interval) -> Int64 { nanoseconds / step.nanoseconds * step.nanoseconds }
}
