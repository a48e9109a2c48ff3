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
      window: objective.period, indicator: indicator(objective), health: health(reading.state), evaluatedAt: now,
      watermark: reading.at, sli: reading.indicator, good: reading.good, total: reading.total,
      budgetLeft: reading.at == nil ? nil : reading.budgetLeft, covered: reading.covered,
      pairs: reading.readings.map {
        BurnPairStatus(
          pair: $0.rule.pair, long: $0.long, short: $0.short, isFiring: $0.isFiring, clearsAt: $0.clearsAt)
      },
      projection: reading.projection.flatMap { forecast in
        forecast.expected.map {
          BudgetProjection(exhaustedAt: $0, earliest: forecast.earliest, latest: forecast.latest)
        }
      })
  }

  private static func indicator(_ objective: Objective) -> String {
    "\(objective.counts == .good ? "good" : "bad") \(objective.part) of \(objective.total)"
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

  private static let points = 200

  /// The figures of an objective over a range, from the ledger.
  static func history(
    _ objective: Objective, in ledger: LedgerEngine, from: Instant, to: Instant
  ) -> ObjectiveHistory {
    ledger.read { ledger in
      var seen: Set<Interval> = []
      let windows = objective.rules.map(\.long).filter { seen.insert($0).inserted }
      let budget = ObjectivePlots.burnDown(objective, in: ledger, from: from, to: to, points: points)
      let burns = windows.map {
        ObjectivePlots.burnRate(objective, window: $0, in: ledger, from: from, to: to, points: points)
      }
      let traffic = ObjectivePlots.traffic(objective, in: ledger, from: from, to: to, points: points)
      let times = Set((budget + burns.flatMap { $0 } + traffic.good).map(\.at)).sorted()
      func index(_ points: [PlotPoint]) -> [Instant: Double] {
        Dictionary(points.compactMap { point in point.value.map { (point.at, $0) } }) { first, _ in first }
      }
      let (left, rates) = (index(budget), burns.map(index))
      let (good, bad) = (index(traffic.good), index(traffic.bad))
      return ObjectiveHistory(
        step: (to - from) / Int64(points), windows: windows,
        points: times.map { time in
          let total = good[time].flatMap { good in bad[time].map { good + $0 } }
          return .init(
            time: time, budgetLeft: left[time], good: good[time], total: total, burn: rates.map { $0[time] })
        })
    }
  }
}
