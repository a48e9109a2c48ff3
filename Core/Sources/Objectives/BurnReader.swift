import Base
import Ledger

/// What a judgement needs besides the objective and the ledger.
public struct ObjectiveContext: Sendable {
  /// The members of a composite objective that are known, with their weights.
  public var members: [(objective: Objective, weight: Double)]
  /// Where the ledger keeps the objective's events, where that was looked up already.
  public var slot: SLISlot?
  /// The zone of the objective's calendar.
  public var zone: Zone
  /// What is left out of the budget: sorted, without overlaps (`merged`).
  public var excluded: [Range<Instant>]
  /// The shares of the budget whose use is reported, ascending.
  public var steps: [Double]

  public init(
    members: [(objective: Objective, weight: Double)] = [], zone: Zone = .utc, excluded: [Range<Instant>] = [],
    steps: [Double] = BudgetPolicy.standardSteps
  ) {
    self.members = members
    self.zone = zone
    self.excluded = excluded
    self.steps = steps
  }
}

/// Burn rates of one SLO at one time, and what follows from them.
///
/// A composite objective is read as the weighted mean of its members' burn rates: each member's bad share is set
/// against the member's own budget. Members without traffic in a window have no say in it.
struct BurnReader {
  /// Windows that were read already, at the time that is judged.
  struct Known {
    var windows: [Interval]
    var counts: [WindowCount]
  }

  struct Part {
    var slot: SLISlot
    var weight: Double
    /// The share of its events that may be bad.
    var budget: Double
  }

  let objective: Objective
  let ledger: Ledger
  let parts: [Part]
  let at: Instant
  let excluded: [Range<Instant>]
  /// One indicator and nothing left out, as nearly all are: no means or sums to take.
  private let isPlain: Bool
  private let known: Known?
  /// The calendar's period that `at` lies in; `nil` for a rolling window.
  let calendar: Range<Instant>?

  /// `nil` while there is nothing to judge: no sample of it, or of any member, has come.
  init?(
    _ objective: Objective, in ledger: Ledger, now: Instant, context: ObjectiveContext, known: Known? = nil
  ) {
    var earliest: Instant?
    let parts = Self.parts(objective, in: ledger, context).filter { part in
      guard let time = ledger.evaluationTime(part.slot, now: now) else { return false }
      earliest = min(earliest ?? time, time)
      return true
    }
    guard let at = earliest else { return nil }
    self.init(objective, parts, in: ledger, at: at, context, known)
  }

  /// Reads at a time, whether the newest data has arrived by then or not.
  init?(_ objective: Objective, in ledger: Ledger, at: Instant, context: ObjectiveContext) {
    let parts = Self.parts(objective, in: ledger, context).filter { ledger.since($0.slot) != nil }
    if parts.isEmpty { return nil }
    self.init(objective, parts, in: ledger, at: at, context)
  }

  private static func parts(_ objective: Objective, in ledger: Ledger, _ context: ObjectiveContext) -> [Part] {
    guard !objective.composite.isEmpty else {
      guard let slot = context.slot ?? ledger.slot(of: objective.sli) else { return [] }
      return [Part(slot: slot, weight: 1, budget: objective.budget)]
    }
    return context.members.compactMap { member, weight in
      ledger.slot(of: member.sli).map { Part(slot: $0, weight: weight, budget: member.budget) }
    }
  }

  private init(
    _ objective: Objective, _ parts: [Part], in ledger: Ledger, at: Instant, _ context: ObjectiveContext,
    _ known: Known? = nil
  ) {
    self.objective = objective
    self.ledger = ledger
    self.parts = parts
    self.at = at
    isPlain = parts.count == 1 && parts[0].weight == 1 && context.excluded.isEmpty
    self.known = isPlain ? known : nil
    excluded = context.excluded
    if case .calendar(let window) = objective.window {
      calendar = window.period(containing: at) { _ in context.zone }
    } else {
      calendar = nil
    }
  }

  /// The time of the first data of any part.
  var since: Instant? { parts.compactMap { ledger.since($0.slot) }.min() }

  // MARK: Counts

  /// The length of the window that the budget is for.
  var budgetLength: Interval { calendar.map { $0.upperBound - $0.lowerBound } ?? objective.period }

  func count(_ part: Part, _ window: Interval) -> WindowCount {
    if let known, let place = known.windows.firstIndex(of: window) { return known.counts[place] }
    return excluded.isEmpty
      ? ledger.window(part.slot, window, at: at) : ledger.window(part.slot, window, at: at, excluding: excluded)
  }

  /// The events of the budget's window so far. What is still to come of a calendar's period is not covered: it counts
  /// as good traffic at the observed rate, as the time before the first sample does.
  func budgetCount(_ part: Part) -> WindowCount {
    calendar.map { count(part, of: $0) } ?? count(part, objective.period)
  }

  /// The events so far of a period of the calendar.
  func count(_ part: Part, of calendar: Range<Instant>) -> WindowCount {
    var count = ledger.count(part.slot, from: calendar.lowerBound, to: at, excluding: excluded)
    let out = excluded.reduce(Interval.zero) { sum, range in
      let (from, to) = (max(range.lowerBound, calendar.lowerBound), min(range.upperBound, at))
      return from < to ? sum + (to - from) : sum
    }
    let (passed, whole) = (at - calendar.lowerBound - out, calendar.upperBound - calendar.lowerBound - out)
    count.covered = whole > .zero ? min(1, count.covered * max(0, passed / whole)) : 0
    return count
  }

  /// The events of all parts together.
  private func sum(_ count: (Part) -> WindowCount) -> WindowCount {
    if isPlain { return count(parts[0]) }
    let counts = parts.map(count)
    return counts.reduce(WindowCount(good: 0, total: 0, covered: counts.isEmpty ? 0 : 1)) {
      WindowCount(
        good: $0.good + $1.good, total: $0.total + $1.total, covered: min($0.covered, $1.covered))
    }
  }

  func total(_ window: Interval) -> WindowCount { sum { count($0, window) } }

  var budgetTotal: WindowCount { sum(budgetCount) }

  // MARK: Burn

  /// The weighted mean of what is known of the parts; `nil` where nothing is.
  func mean(_ value: (Part) -> Double?) -> Double? {
    if isPlain { return value(parts[0]) }
    var (sum, weights) = (0.0, 0.0)
    for part in parts {
      guard let value = value(part) else { continue }
      sum += part.weight * value
      weights += part.weight
    }
    return weights > 0 ? sum / weights : nil
  }

  private func burn(_ part: Part, _ count: WindowCount) -> Double? {
    count.total > 0 ? count.badShare / part.budget : nil
  }

  /// How many times faster than allowed the budget is used over a window that ends now; `nil` without traffic.
  func burn(_ window: Interval) -> Double? { mean { burn($0, count($0, window)) } }

  /// The share of the budget that is left: 1 when nothing failed, negative when overspent.
  var left: Double { 1 - (burnSoFar ?? 0) }

  /// The share of the budget that is used; `nil` without traffic.
  var burnSoFar: Double? { mean { burn($0, budgetCount($0)) } }

  /// The burn rate that a rule asks for. One derived from a share of the budget follows the length of the calendar's
  /// period: February's budget is smaller than March's.
  func factor(_ rule: BurnRule) -> Double { Self.factor(rule, of: objective, length: budgetLength) }

  static func factor(_ rule: BurnRule, of objective: Objective, length: Interval) -> Double {
    guard let share = rule.budgetShare, length != objective.period else { return rule.factor }
    return min(share * (length / rule.long), 1 / objective.budget)
  }

  /// What there is too little of in the rule's long window; `nil` where there is enough.
  func shortage(_ rule: BurnRule) -> TrafficShortage? {
    let needed = objective.traffic.applied(to: rule.severity)
    guard needed.minimumEvents > 0 || needed.minimumFailures > 0 else { return nil }
    let count = total(rule.long)
    guard count.total < needed.minimumEvents || count.bad < needed.minimumFailures else { return nil }
    return TrafficShortage(events: count.total, failures: count.bad, needed: needed)
  }

  // MARK: Clearing

  /// When one of the rule's windows falls below the level at which it stops if nothing more fails and traffic goes on
  /// at the rate of the short window.
  func clears(_ rule: BurnRule) -> Instant {
    let rates = parts.map { part in
      let recent = count(part, rule.short)
      return recent.total / max(1e-9, rule.short.seconds * max(recent.covered, 1e-9))
    }
    let level = factor(rule) * Hysteresis.stop
    return min(clears(window: rule.long, below: level, rates), clears(window: rule.short, below: level, rates))
  }

  private func clears(window: Interval, below level: Double, _ rates: [Double]) -> Instant {
    let step = max(window / 360, .seconds(10))
    var ahead = Interval.zero
    while ahead <= window {
      // Of the window that ends then, the part up to now is counted already; the rest is assumed to be good.
      let known = window - ahead
      var (sum, weights) = (0.0, 0.0)
      for (part, rate) in zip(parts, rates) {
        let count = known > .zero ? count(part, known) : WindowCount(good: 0, total: 0, covered: 1)
        let observed = count.covered > 0 ? count.total / count.covered : 0
        let total = observed + rate * ahead.seconds
        guard total > 0 else { continue }
        sum += part.weight * count.bad / total / part.budget
        weights += part.weight
      }
      if weights == 0 || sum / weights < level { return at + ahead }
      ahead = ahead + step
    }
    return at + window
  }
}
