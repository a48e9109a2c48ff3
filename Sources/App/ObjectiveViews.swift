import Base
import Events
import Ledger
import Objectives
import Runtime
import Store
import Web

/// Readings of objectives as pages show them.
enum ObjectiveViews {
  static func status(
    _ objective: Objective, _ reading: ObjectiveReading, of service: ServiceEntry?, at now: Instant
  ) -> ObjectiveStatus {
    ObjectiveStatus(
      name: objective.id, title: objective.displayName, service: objective.service, objective: objective.target,
      window: objective.period, isRolling: objective.window == .rolling, indicator: indicator(objective),
      health: health(reading.state), evaluatedAt: now,
      watermark: reading.at, sli: reading.indicator, good: reading.good, total: reading.total,
      budgetLeft: reading.at == nil ? nil : reading.budgetLeft, covered: reading.covered,
      pairs: reading.readings.map(pair), projection: reading.projection.map(projection), team: service?.owner,
      tier: service?.tier, burnNow: reading.burnNow,
      period: reading.calendar.map { BudgetPeriod(start: $0.lowerBound, end: $0.upperBound, zone: zone(objective)) },
      lastSample: reading.lastSample)
  }

  private static func pair(_ reading: BurnReading) -> BurnPairStatus {
    var pair = reading.rule.pair
    pair.factor = reading.factor
    return BurnPairStatus(
      pair: pair, long: reading.long, short: reading.short, isFiring: reading.isFiring, clearsAt: reading.clearsAt,
      heldBack: reading.heldBack.map(BurnWords.shortage))
  }

  private static func projection(_ forecast: BudgetForecast) -> BudgetProjection {
    BudgetProjection(
      exhaustedAt: forecast.expected, earliest: forecast.earliest, latest: forecast.latest,
      atRecentBurn: forecast.atRecentBurn, isTooShort: forecast.isTooShort,
      basis: forecast.isTooShort
        ? "\(forecast.blocks) blocks of 4 hours have been seen; 6 are needed."
        : "The interval holds in 80 of 100 cases, by the burn of the last \(forecast.blocks) blocks of 4 hours.")
  }

  private static func zone(_ objective: Objective) -> String {
    if case .calendar(let window) = objective.window { window.zone } else { "UTC" }
  }

  /// An objective that has not been judged yet.
  static func unread(_ objective: Objective, of service: ServiceEntry?, at now: Instant) -> ObjectiveStatus {
    ObjectiveStatus(
      name: objective.id, title: objective.displayName, service: objective.service, objective: objective.target,
      window: objective.period, isRolling: objective.window == .rolling, indicator: indicator(objective),
      health: .noData, evaluatedAt: now, watermark: nil, sli: nil, good: 0, total: 0, budgetLeft: nil, covered: 0,
      pairs: objective.rules.map { BurnPairStatus(pair: $0.pair, long: nil, short: nil, isFiring: false) },
      team: service?.owner, tier: service?.tier)
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

  // MARK: Figures over time

  /// As many as a sparkline of some hundred pixels can tell apart.
  private static let sparkPoints = 32

  /// How the budget of each was used up over its window.
  static func sparklines(
    _ slos: [String], _ objectives: [String: Objective], _ parts: Server.Parts
  ) -> [String: [Double?]] {
    let contexts = parts.telemetry.contexts(of: slos)
    return parts.ledger.read { ledger in
      var lines: [String: [Double?]] = [:]
      for objective in slos.compactMap({ objectives[$0] }) {
        let context = contexts[objective.id] ?? ObjectiveContext()
        guard let last = ObjectivePlots.newest(objective, in: ledger, context: context) else { continue }
        var line = ObjectivePlots.burnDown(objective, in: ledger, context: context, to: last, points: sparkPoints)
          .map(\.value)
        // The budget is whole where the data begins: a young SLO has a short stroke rather than a lone point.
        if let first = line.firstIndex(where: { $0 != nil }), first > 0 { line[first - 1] = 1 }
        lines[objective.id] = line
      }
      return lines
    }
  }

  /// About as many as a plot has room for.
  private static let points: Int64 = 200

  /// The figures of an objective over a range, from the ledger: all series on one grid, whose step is a multiple of
  /// the buckets that the range reaches back to.
  static func history(
    _ objective: Objective, _ parts: Server.Parts, from: Instant, to: Instant
  ) -> ObjectiveHistory {
    let context = parts.telemetry.contexts(of: [objective.id])[objective.id] ?? ObjectiveContext()
    return parts.ledger.read { ledger in
      var seen: Set<Interval> = []
      let windows = objective.rules.map(\.long).filter { seen.insert($0).inserted }
      let bucket = ledger.resolution(at: from)
      let step = max(bucket, Interval(nanoseconds: ((to - from) / points).floored(to: bucket)))
      let (from, to) = (from.floored(to: step), to.floored(to: step))
      guard to > from else { return ObjectiveHistory(step: step, windows: windows, points: []) }
      let slot = ledger.slot(of: objective.sli)
      let since = slot.flatMap { ledger.since($0) } ?? .distantFuture
      let count = Int((to - from).nanoseconds / step.nanoseconds) + 1
      let budget = ObjectivePlots.burnDown(
        objective, in: ledger, context: context, from: from, to: to, points: count)
      let burns = windows.map {
        ObjectivePlots.burnRate(
          objective, window: $0, in: ledger, context: context, from: from, to: to, points: count)
      }
      return ObjectiveHistory(
        step: step, windows: windows,
        points: budget.indices.map { index in
          let time = budget[index].at
          let traffic = time > since ? slot.map { ledger.window($0, step, at: time) } : nil
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
