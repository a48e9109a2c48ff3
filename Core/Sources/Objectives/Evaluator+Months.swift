import Base
import Events
import Ledger

extension Evaluator {
  /// When a month is closed, after its end: samples that come later than this change the budget and not the history.
  static let closingDelay = Interval.hours(1)

  /// The months that are over and not on record, the oldest first, of every objective. A month is the calendar's in the
  /// zone of the objective's own calendar, or in UTC. After a long time without a server the last three are closed.
  ///
  /// - Parameter lastClosed: the end of the last month on record of an objective.
  public func closings(
    in ledger: Ledger, now: Instant, lastClosed: (String) -> Instant?
  ) -> [(slo: String, closing: PeriodClosed)] {
    var closings: [(slo: String, closing: PeriodClosed)] = []
    for place in objectives.indices {
      let (objective, context) = (objectives[place], contexts[place])
      guard let reader = BurnReader(objective, in: ledger, now: now, context: context),
        let since = reader.parts.compactMap({ ledger.since($0.slot) }).min()
      else { continue }
      let current = context.zone.civil(at: now - Self.closingDelay).date
      for back in (1...3).reversed() {
        let month = Month(of: current.adding(months: -back), in: context.zone)
        guard month.to > since, month.to <= reader.at, month.from >= lastClosed(objective.id) ?? .distantPast else {
          continue
        }
        closings.append((objective.id, reader.closing(month)))
      }
    }
    return closings
  }

  /// When the next month can be closed.
  public func nextClosing(after now: Instant) -> Instant {
    let zones = Set(contexts.map(\.zone))
    let ends = zones.map { zone in
      Month(of: zone.civil(at: now - Self.closingDelay).date, in: zone).to + Self.closingDelay
    }
    return ends.min() ?? .distantFuture
  }

  /// The instants at which the ledger must know exact totals, by SLI, the more important first: the ends of calendar
  /// periods, of months that are not closed yet, and of what is left out.
  public func marks(now: Instant) -> [(sli: String, times: [Instant])] {
    var marks: [String: [Instant]] = [:]
    for place in objectives.indices {
      let (objective, context) = (objectives[place], contexts[place])
      let targets = objective.composite.isEmpty ? [objective] : context.members.map(\.objective)
      var times: [Instant] = []
      if case .calendar(let window) = objective.window {
        let period = window.period(containing: now) { _ in context.zone }
        times += [period.lowerBound, period.upperBound]
      }
      let today = context.zone.civil(at: now).date
      for months in [0, 1, -1] {
        times.append(Month(of: today.adding(months: months), in: context.zone).from)
      }
      let oldest = now - LedgerLimits.longestPeriod
      for range in context.excluded.reversed() where range.upperBound > oldest {
        times += [range.lowerBound, range.upperBound]
      }
      for target in targets { marks[target.sli, default: []] += times }
    }
    return marks.sorted { $0.key < $1.key }.map { sli, times in
      var seen: Set<Instant> = []
      return (sli, times.filter { seen.insert($0).inserted })
    }
  }
}

extension ObjectivePlots {
  /// The running month as it stands: what would be closed if nothing more happened. Time to come counts as good
  /// traffic at the rate seen, as in the budget of a calendar's period. `nil` without data.
  public static func runningMonth(
    _ objective: Objective, in ledger: Ledger, context: ObjectiveContext, now: Instant
  ) -> PeriodClosed? {
    guard let reader = BurnReader(objective, in: ledger, now: now, context: context) else { return nil }
    let month = Month(of: context.zone.civil(at: reader.at).date, in: context.zone)
    var closing = reader.closing(month) { reader.count($0, of: month.from..<month.to) }
    closing.to = reader.at
    return closing
  }
}

/// A month of the calendar in a zone.
struct Month {
  var name: String
  var from: Instant
  var to: Instant

  init(of date: CivilDate, in zone: Zone) {
    let first = date.adding(days: 1 - date.day)
    name = String(first.description.dropLast(3))
    from = zone.start(of: first)
    to = zone.start(of: first.adding(months: 1))
  }
}

extension BurnReader {
  fileprivate func closing(_ month: Month) -> PeriodClosed {
    closing(month) { ledger.count($0.slot, from: month.from, to: month.to, excluding: excluded) }
  }

  fileprivate func closing(_ month: Month, _ count: (Part) -> WindowCount) -> PeriodClosed {
    let counts = parts.map(count)
    var (used, weights) = (0.0, 0.0)
    for (part, count) in zip(parts, counts) where count.total > 0 {
      used += part.weight * count.badShare / part.budget
      weights += part.weight
    }
    return PeriodClosed(
      service: objective.service, month: month.name, from: month.from, to: month.to, target: objective.target,
      good: counts.reduce(0) { $0 + $1.good }, total: counts.reduce(0) { $0 + $1.total },
      budgetLeft: weights > 0 ? 1 - used / weights : nil, covered: counts.map(\.covered).min() ?? 0)
  }
}

/// Three months of the calendar together.
public struct ClosedQuarter: Hashable, Sendable {
  /// `2026-Q4`
  public var name: String
  public var good: Double
  public var total: Double
  /// How many of its months are closed.
  public var months: Int
  /// The share of the quarter's budget that was left; `nil` without traffic.
  public var budgetLeft: Double?
}

extension Budgets {
  /// The closed months of an SLO, oldest first.
  public func months(of slo: String) -> [PeriodClosed] { bySLO[slo]?.months.map(\.period) ?? [] }

  /// The quarters that its closed months make up, oldest first. A quarter's budget is that of all its events.
  public func quarters(of slo: String) -> [ClosedQuarter] {
    var quarters: [ClosedQuarter] = []
    for month in months(of: slo) {
      guard let date = CivilDate(isoText: "\(month.month)-01") else { continue }
      let name = "\(date.year)-Q\((date.month + 2) / 3)"
      if quarters.last?.name != name {
        quarters.append(ClosedQuarter(name: name, good: 0, total: 0, months: 0))
      }
      let last = quarters.count - 1
      quarters[last].good += month.good
      quarters[last].total += month.total
      quarters[last].months += 1
      if quarters[last].total > 0 {
        let bad = (quarters[last].total - quarters[last].good) / quarters[last].total
        quarters[last].budgetLeft = 1 - bad / (1 - month.target)
      }
    }
    return quarters
  }
}
