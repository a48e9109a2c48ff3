import Base
import Ledger

/// Judges an SLO by what the ledger counted. Pure: the same ledger, time and memory give the same answer.
///
/// A rule fires while its long and its short window both burn at its factor or faster. The alert of a severity is
/// another thing, because the long windows remember a short outage for hours: it opens when a rule of the severity
/// fires and the shortest window burns at 1 or faster, and a page closes as soon as the shortest window is below 1.
public func evaluate(
  _ objective: Objective, in ledger: Ledger, now: Instant, after memory: ObjectiveMemory = ObjectiveMemory()
) -> Evaluation {
  guard let slot = ledger.slot(of: objective.sli), let at = ledger.evaluationTime(slot, now: now) else {
    return withoutData(objective, memory)
  }
  let reader = BurnReader(objective: objective, ledger: ledger, slot: slot, at: at)
  var memory = memory
  let burns = judgeRules(reader, &memory)
  let readings = burns.readings
  let alerts = judgeAlerts(reader, readings, &memory)
  let period = reader.count(objective.period)
  let left = 1 - period.badShare / objective.budget
  let budget = judgeBudget(left, &memory)
  let projection = left > 0 ? reader.projection(left: left) : nil
  let last = ledger.lastSample(slot)
  let status = ObjectiveReading(
    id: objective.id,
    state: state(
      left: left, readings: readings, projection: projection,
      hasData: period.total > 0 && (last.map { now - $0 <= .minutes(15) } ?? false)),
    at: at, lastSample: last, good: period.good, total: period.total, covered: period.covered,
    indicator: period.total > 0 ? period.good / period.total : nil, budgetLeft: left,
    burnNow: reader.burn(objective.shortestWindow), readings: readings, projection: projection,
    openAlerts: memory.alerts)
  return Evaluation(status: status, memory: memory, burns: burns.transitions, alerts: alerts, budget: budget)
}

private func withoutData(_ objective: Objective, _ memory: ObjectiveMemory) -> Evaluation {
  // Nothing is known, so nothing changes: an alert that was open before a restart stays open.
  let readings = objective.rules.map {
    BurnReading(rule: $0, long: nil, short: nil, isFiring: memory.firing.contains($0.name), clearsAt: nil)
  }
  let status = ObjectiveReading(
    id: objective.id, state: .noData, at: nil, lastSample: nil, good: 0, total: 0, covered: 0, indicator: nil,
    budgetLeft: 1, burnNow: nil, readings: readings, projection: nil, openAlerts: memory.alerts)
  return Evaluation(status: status, memory: memory)
}

private func state(
  left: Double, readings: [BurnReading], projection: BudgetForecast?, hasData: Bool
) -> ObjectiveState {
  if left <= 0 { return .exhausted }
  if readings.contains(where: \.isFiring) { return .burning }
  if !hasData { return .noData }
  return left <= 0.25 || projection?.expected != nil ? .atRisk : .healthy
}

private func judgeRules(
  _ reader: BurnReader, _ memory: inout ObjectiveMemory
) -> (readings: [BurnReading], transitions: [BurnTransition]) {
  var readings: [BurnReading] = []
  var transitions: [BurnTransition] = []
  var above: [ObjectiveMemory.Above] = []
  for rule in reader.objective.rules {
    let (long, short) = (reader.burn(rule.long), reader.burn(rule.short))
    let was = memory.firing.contains(rule.name)
    let since = memory.above.first { $0.rule == rule.name }?.since
    var isFiring = false
    if let long {
      if let short {
        if long >= rule.factor, short >= rule.factor {
          above.append(ObjectiveMemory.Above(rule: rule.name, since: since ?? reader.at))
          isFiring = was || reader.at - (since ?? reader.at) >= rule.hold
        }
      } else {
        // Without traffic in the short window nothing is learned, so the rule stays as it was.
        isFiring = was
        if let since { above.append(ObjectiveMemory.Above(rule: rule.name, since: since)) }
      }
    }
    let reading = BurnReading(
      rule: rule, long: long, short: short, isFiring: isFiring, clearsAt: isFiring ? reader.clears(rule) : nil)
    readings.append(reading)
    if isFiring != was { transitions.append(isFiring ? .started(reading) : .ended(reading)) }
  }
  memory.above = above.sorted { $0.rule < $1.rule }
  memory.firing = readings.filter(\.isFiring).map(\.rule.name)
  return (readings, transitions)
}

private func judgeAlerts(
  _ reader: BurnReader, _ readings: [BurnReading], _ memory: inout ObjectiveMemory
) -> [AlertTransition] {
  var transitions: [AlertTransition] = []
  var open: [BurnSeverity] = []
  let now = reader.burn(reader.objective.shortestWindow)
  for severity in BurnSeverity.allCases {
    let was = memory.alerts.contains(severity)
    let own = readings.filter { $0.rule.severity == severity }
    let firing = own.filter(\.isFiring)
    if !was {
      if let strongest = firing.max(by: { ($0.short ?? 0, $1.rule.long) < ($1.short ?? 0, $0.rule.long) }),
        let now, now >= 1
      {
        open.append(severity)
        transitions.append(.fired(severity, strongest))
      }
    } else if firing.isEmpty {
      transitions.append(.resolved(severity, own.isEmpty ? .ruleRemoved : .cleared))
    } else if severity == .page, let now, now < 1 {
      transitions.append(.resolved(severity, .recovered(stillFiring: firing)))
    } else {
      open.append(severity)
    }
  }
  memory.alerts = open
  return transitions
}

/// Exhausted at 0, restored at half a percent, so that a budget at the line does not flap.
private func judgeBudget(_ left: Double, _ memory: inout ObjectiveMemory) -> BudgetTransition? {
  if !memory.isExhausted, left <= 0 {
    memory.isExhausted = true
    return .exhausted
  }
  if memory.isExhausted, left >= 0.005 {
    memory.isExhausted = false
    return .restored
  }
  return nil
}
