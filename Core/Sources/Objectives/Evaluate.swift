import Base
import Ledger

/// Judges an SLO by what the ledger counted. Pure: the same ledger, time and memory give the same answer.
///
/// A rule fires while its long and its short window both burn at its factor or faster. The alert of a severity is
/// another thing, because the long windows remember a short outage for hours: it opens when a rule of the severity
/// fires and the shortest window burns at 1 or faster, and a page closes as soon as the shortest window is below 1.
/// `Hysteresis` says what keeps both from flapping.
public func evaluate(
  _ objective: Objective, in ledger: Ledger, now: Instant, after memory: ObjectiveMemory = ObjectiveMemory(),
  context: ObjectiveContext = ObjectiveContext()
) -> Evaluation {
  let evaluation = judge(objective, in: ledger, now: now, after: memory, context: context)
  return evaluation.detailed(objective, in: ledger, now: now, context: context)
}

/// `evaluate` without what takes long and decides nothing: when rules clear, and when the budget runs out.
func judge(
  _ objective: Objective, in ledger: Ledger, now: Instant, after old: ObjectiveMemory, context: ObjectiveContext,
  known: BurnReader.Known? = nil
) -> Evaluation {
  var memory = old
  memory.watchedSince = memory.watchedSince ?? now
  let last = lastSample(objective, in: ledger, context)
  let data = judgeData(objective, last: last, now: now, context, &memory)
  guard let reader = BurnReader(objective, in: ledger, now: now, context: context, known: known) else {
    return withoutData(objective, memory, data, last: last, context)
  }
  let burns = judgeRules(reader, &memory)
  let alerts = judgeAlerts(reader, burns.readings, &memory)
  let left = reader.left
  let counted = reader.budgetTotal
  let budget = judgeBudget(left, &memory)
  let steps = judgeSteps(1 - left, reader, context.steps, &memory)
  let indicator =
    objective.composite.isEmpty
    ? counted.good / max(counted.total, 1e-300) : 1 - objective.budget * (reader.burnSoFar ?? 0)
  let status = ObjectiveReading(
    id: objective.id, state: .healthy, at: reader.at, lastSample: last, good: counted.good, total: counted.total,
    covered: counted.covered, calendar: reader.calendar, indicator: counted.total > 0 ? indicator : nil,
    budgetLeft: left, burnNow: reader.burn(objective.shortestWindow), readings: burns.readings, projection: nil,
    openAlerts: memory.alerts, isDataMissing: memory.isDataMissing, excluded: context.excluded)
  var evaluation = Evaluation(
    status: status, memory: memory, burns: burns.transitions, alerts: alerts, budget: budget, steps: steps,
    data: data)
  evaluation.status.state = evaluation.status.judgedState(now: now)
  return evaluation
}

extension Evaluation {
  /// With the times when rules clear and the budget runs out.
  func detailed(
    _ objective: Objective, in ledger: Ledger, now: Instant, context: ObjectiveContext
  ) -> Evaluation {
    guard let reader = BurnReader(objective, in: ledger, now: now, context: context) else { return self }
    func dated(_ reading: BurnReading) -> BurnReading {
      var reading = reading
      reading.clearsAt = reading.isFiring ? reader.clears(reading.rule) : nil
      return reading
    }
    var result = self
    result.status.readings = status.readings.map(dated)
    result.burns = burns.map { transition in
      switch transition {
      case .started(let reading): .started(dated(reading))
      case .ended: transition
      }
    }
    result.alerts = alerts.map { transition in
      switch transition {
      case .fired(let severity, let reading): .fired(severity, dated(reading))
      case .resolved(let severity, .recovered(let firing)):
        .resolved(severity, .recovered(stillFiring: firing.map(dated)))
      case .resolved: transition
      }
    }
    result.status.projection = reader.projection(left: status.budgetLeft)
    result.status.state = result.status.judgedState(now: now)
    return result
  }
}

extension ObjectiveReading {
  func judgedState(now: Instant) -> ObjectiveState {
    let hasData = total > 0 && (lastSample.map { now - $0 <= .minutes(15) } ?? false)
    if at != nil, budgetLeft <= 0 { return .exhausted }
    if readings.contains(where: \.isFiring) { return .burning }
    if !hasData || isDataMissing { return .noData }
    return budgetLeft <= 0.25 || projection?.expected != nil ? .atRisk : .healthy
  }
}

private func withoutData(
  _ objective: Objective, _ memory: ObjectiveMemory, _ data: DataTransition?, last: Instant?,
  _ context: ObjectiveContext
) -> Evaluation {
  // Nothing is known, so nothing changes: an alert that was open before a restart stays open.
  let readings = objective.rules.map {
    BurnReading(rule: $0, factor: $0.factor, isFiring: memory.firing.contains($0.name))
  }
  let status = ObjectiveReading(
    id: objective.id, state: .noData, at: nil, lastSample: last, good: 0, total: 0, covered: 0, indicator: nil,
    budgetLeft: 1, burnNow: nil, readings: readings, projection: nil, openAlerts: memory.alerts,
    isDataMissing: memory.isDataMissing, excluded: context.excluded)
  return Evaluation(status: status, memory: memory, data: data)
}

// MARK: Rules

private func judgeRules(
  _ reader: BurnReader, _ memory: inout ObjectiveMemory
) -> (readings: [BurnReading], transitions: [BurnTransition]) {
  var readings: [BurnReading] = []
  var transitions: [BurnTransition] = []
  var above: [ObjectiveMemory.Above] = []
  for rule in reader.objective.rules {
    let was = memory.firing.contains(rule.name)
    let since = memory.above.first { $0.rule == rule.name }?.since
    var reading = BurnReading(
      rule: rule, factor: reader.factor(rule), long: reader.burn(rule.long), short: reader.burn(rule.short),
      isFiring: false)
    let level = was ? reading.factor * Hysteresis.stop : reading.factor
    if let long = reading.long {
      if let short = reading.short {
        if long >= level, short >= level {
          above.append(ObjectiveMemory.Above(rule: rule.name, since: since ?? reader.at))
          let isHeld = reader.at - (since ?? reader.at) >= rule.hold
          if !was { reading.heldBack = reader.shortage(rule) }
          reading.isFiring = was || (isHeld && reading.heldBack == nil)
        }
      } else {
        // Without traffic in the short window nothing is learned, so the rule stays as it was.
        reading.isFiring = was
        if let since { above.append(ObjectiveMemory.Above(rule: rule.name, since: since)) }
      }
    }
    readings.append(reading)
    if reading.isFiring != was { transitions.append(reading.isFiring ? .started(reading) : .ended(reading)) }
  }
  memory.above = above.sorted { $0.rule < $1.rule }
  memory.firing = readings.filter(\.isFiring).map(\.rule.name)
  return (readings, transitions)
}

// MARK: Alerts

private func judgeAlerts(
  _ reader: BurnReader, _ readings: [BurnReading], _ memory: inout ObjectiveMemory
) -> [AlertTransition] {
  var transitions: [AlertTransition] = []
  let old = memory
  (memory.alerts, memory.calm, memory.recovered) = ([], [], [])
  let now = reader.burn(reader.objective.shortestWindow)
  for severity in BurnSeverity.allCases {
    let own = readings.filter { $0.rule.severity == severity }
    let firing = own.filter(\.isFiring)
    if !old.alerts.contains(severity) {
      guard let strongest = firing.max(by: { ($0.short ?? 0, $1.rule.long) < ($1.short ?? 0, $0.rule.long) }) else {
        continue
      }
      let isAfterRecovery = old.recovered.contains(severity)
      let bar = isAfterRecovery ? max(1, firing.map(\.factor).min() ?? 1) : 1
      if let now, now >= bar {
        memory.alerts.append(severity)
        transitions.append(.fired(severity, strongest))
      } else if isAfterRecovery {
        memory.recovered.append(severity)
      }
    } else if own.isEmpty {
      transitions.append(.resolved(severity, .ruleRemoved))
    } else if severity == .page, let now, now < 1 {
      transitions.append(.resolved(severity, firing.isEmpty ? .cleared : .recovered(stillFiring: firing)))
      if !firing.isEmpty { memory.recovered.append(severity) }
    } else if firing.isEmpty {
      let since = old.calm.first { $0.severity == severity }?.since ?? reader.at
      if reader.at - since >= reader.objective.shortestWindow * Hysteresis.keepFiring {
        transitions.append(.resolved(severity, .cleared))
      } else {
        memory.alerts.append(severity)
        memory.calm.append(ObjectiveMemory.Calm(severity: severity, since: since))
      }
    } else {
      memory.alerts.append(severity)
    }
  }
  return transitions
}

// MARK: Data

func lastSample(_ objective: Objective, in ledger: Ledger, _ context: ObjectiveContext) -> Instant? {
  guard !objective.composite.isEmpty else {
    return (context.slot ?? ledger.slot(of: objective.sli)).flatMap { ledger.lastSample($0) }
  }
  let indicators = context.members.map(\.objective.sli)
  // Of a composite the member that has been silent longest says whether data is missing.
  let times = indicators.map { ledger.slot(of: $0).flatMap { ledger.lastSample($0) } }
  return times.contains { $0 == nil } ? nil : times.compactMap { $0 }.min()
}

/// Silence while the objective is in maintenance is no news.
private func judgeData(
  _ objective: Objective, last: Instant?, now: Instant, _ context: ObjectiveContext, _ memory: inout ObjectiveMemory
) -> DataTransition? {
  guard let after = objective.noDataAfter else {
    defer { memory.isDataMissing = false }
    return memory.isDataMissing ? .back : nil
  }
  if memory.isDataMissing {
    guard let last, now - last < after else { return nil }
    memory.isDataMissing = false
    return .back
  }
  let excused = context.excluded.last { $0.lowerBound <= now }.map { min($0.upperBound, now) } ?? .distantPast
  guard now - max(last ?? memory.watchedSince ?? now, excused) >= after else { return nil }
  memory.isDataMissing = true
  return .missing(since: last)
}

// MARK: Budget

private func judgeBudget(_ left: Double, _ memory: inout ObjectiveMemory) -> BudgetTransition? {
  if !memory.isExhausted, left <= 0 {
    memory.isExhausted = true
    return .exhausted
  }
  if memory.isExhausted, left > Hysteresis.restored {
    memory.isExhausted = false
    return .restored
  }
  return nil
}

/// Each step is reached once a period of the calendar. In a rolling window it counts anew when a twentieth of the
/// budget more than the step is back.
private func judgeSteps(
  _ consumed: Double, _ reader: BurnReader, _ steps: [Double], _ memory: inout ObjectiveMemory
) -> [StepTransition] {
  let isNewPeriod = memory.stepsOf != reader.calendar?.lowerBound
  memory.stepsOf = reader.calendar?.lowerBound
  var transitions: [StepTransition] = []
  var reached: [Double] = []
  for step in memory.steps {
    let isBack = reader.calendar == nil ? consumed < step - Hysteresis.step : isNewPeriod
    if isBack || !steps.contains(step) { transitions.append(.rearmed(step)) } else { reached.append(step) }
  }
  for step in steps where consumed >= step && !reached.contains(step) {
    transitions.append(.reached(step))
    reached.append(step)
  }
  memory.steps = reached.sorted()
  return transitions
}
