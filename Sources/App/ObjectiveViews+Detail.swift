import Base
import Engine
import Events
import Journal
import Ledger
import Objectives
import Runtime
import Store
import Web
import Wire

/// What an SLO's page shows beyond its reading.
extension ObjectiveViews {
  /// How far ahead planned maintenance is listed.
  private static let ahead = Interval.days(14)
  /// Values of labels, over all labels.
  private static let contributions = 40

  static func detail(
    _ objective: Objective, _ list: ObjectiveList, _ parts: Server.Parts, from: Instant, to: Instant
  ) -> ObjectiveDetail {
    let now = parts.clock.now()
    let state = parts.writer.state
    let environment = parts.compiled.current.environment
    let reach = now - max(objective.period, .days(31))
    let context = parts.telemetry.contexts(of: [objective.id])[objective.id] ?? ObjectiveContext()
    let running = parts.ledger.read {
      ObjectivePlots.runningMonth(objective, in: $0, context: context, now: now)
    }
    return ObjectiveDetail(
      exclusions: exclusions(objective, state, environment, between: reach..<now + ahead),
      exemplars: objective.spans == nil ? nil : parts.exemplars.newest(of: objective.sli).map(exemplar),
      attribution: attribution(objective, parts, from: from, to: to),
      periods: periods(state.budgets.months(of: objective.id), running: running, target: objective.target),
      slices: parts.ledger.read { slices(objective, in: $0, context.excluded, from: from, to: to) },
      backfill: parts.queries.backfills.first { $0.sli == objective.sli && !$0.isDone }.map(TelemetryViews.backfill),
      origin: parts.ledger.read { origin(objective, in: $0) }, members: members(objective, list),
      steps: steps(objective, state.budgets, environment.budgetPolicies))
  }

  private static func exemplar(_ span: SpanExemplar) -> ExemplarView {
    ExemplarView(
      traceID: span.traceID, spanID: span.spanID, name: span.name, duration: span.duration, at: span.time,
      message: span.message.isEmpty ? nil : span.message)
  }

  /// Newest first: those that people added, and planned maintenance.
  static func exclusions(
    _ objective: Objective, _ state: State, _ environment: Engine.Environment, between range: Range<Instant>
  ) -> [ExclusionView] {
    let added = state.exclusions.of(slo: objective.id, service: objective.service)
      .filter { $0.range.overlaps(range) }
      .map {
        ExclusionView(
          id: $0.id.description, from: $0.from, to: $0.to, reason: $0.reason, author: $0.author.text)
      }
    let planned = environment.plannedExclusions(objective.id, objective.service, range).map {
      ExclusionView(from: $0.range.lowerBound, to: $0.range.upperBound, reason: $0.reason, place: $0.place)
    }
    return (added + planned).sorted { ($1.from, $1.to) < ($0.from, $0.to) }
  }

  private static func attribution(
    _ objective: Objective, _ parts: Server.Parts, from: Instant, to: Instant
  ) -> AttributionView? {
    let failed = parts.ledger.read { ledger in
      ledger.slot(of: objective.sli).map { ledger.window($0, to - from, at: to).bad }
    }
    guard let failed, failed > 0 else { return nil }
    var labels: [AttributionView.Label] = []
    for found in parts.telemetry.contributions(to: objective.id, in: from..<to, limit: contributions) {
      let value = AttributionView.Contributor(value: found.value, failed: found.bad, share: found.share)
      if let index = labels.firstIndex(where: { $0.name == found.label }) {
        labels[index].values.append(value)
      } else {
        labels.append(.init(name: found.label, values: [value]))
      }
    }
    return AttributionView(
      from: from, to: to, failed: failed, labels: labels,
      stretches: parts.telemetry.stretches(of: objective.id, from: from, to: to).map {
        .init(from: $0.from, to: $0.to, failed: $0.bad, share: $0.share)
      },
      labelsSince: parts.startedAt > from ? parts.startedAt : nil)
  }

  // MARK: Months and quarters

  /// Closed months, the running one, and the quarters that they make up, newest first; a quarter stands above its
  /// months. What has not ended says so. Of a quarter, as of a month, time that is not counted, or still to come, is
  /// taken as good traffic at the rate seen.
  static func periods(_ closed: [PeriodClosed], running: PeriodClosed?, target: Double) -> [PeriodView] {
    let running = running.flatMap { month in closed.contains { $0.month == month.month } ? nil : month }
    let months = closed + [running].compactMap { $0 }
    var periods: [PeriodView] = []
    var quarter: PeriodView?
    var (count, coveredDays, days) = (0, 0.0, 0)
    func close() {
      guard var done = quarter else { return }
      done.isOpen = count < 3
      done.sli = done.total > 0 ? done.good / done.total : nil
      done.budgetLeft = done.sli.map { 1 - (1 - $0) * coveredDays / Double(days) / (1 - target) }
      periods.append(done)
    }
    for month in months {
      guard let date = CivilDate(isoText: "\(month.month)-01") else { continue }
      let name = "Q\((date.month + 2) / 3) \(date.year)"
      if quarter?.name != name {
        close()
        quarter = PeriodView(
          kind: .quarter, name: name, from: month.from, to: month.to, good: 0, total: 0, sli: nil, budgetLeft: nil)
        (count, coveredDays) = (0, 0)
        let first = (date.month + 2) / 3 * 3 - 2
        days = (first...first + 2).reduce(0) { $0 + CivilDate.days(inMonth: $1, ofYear: date.year) }
      }
      coveredDays += month.covered * Double(CivilDate.days(inMonth: date.month, ofYear: date.year))
      quarter?.to = month.to
      quarter?.good += month.good
      quarter?.total += month.total
      count += month.month == running?.month ? 0 : 1
      periods.append(
        PeriodView(
          kind: .month, name: "\(monthNames[date.month - 1]) \(date.year)", from: month.from, to: month.to,
          good: month.good, total: month.total, sli: month.total > 0 ? month.good / month.total : nil,
          budgetLeft: month.budgetLeft, isOpen: month.month == running?.month))
    }
    close()
    return periods.reversed()
  }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  // MARK: Slices, members, policies

  /// As many pieces as a strip of some hundred pixels can tell apart.
  private static let sliceCells: Int64 = 300

  /// The verdicts of slices from the ledger, which counts a slice as an event at its end. Where a piece of the strip
  /// holds several slices it is as bad as the worst of them.
  static func slices(
    _ objective: Objective, in ledger: Ledger, _ excluded: [Range<Instant>], from: Instant, to: Instant
  ) -> SliceStrip? {
    guard let rule = objective.slices, let slot = ledger.slot(of: objective.sli), from < to else { return nil }
    let least = max(ledger.resolution(at: from), (to - from) / sliceCells, rule.length)
    let step = rule.length * Int64((least / rule.length).rounded(.up))
    var runs: [SliceStrip.Run] = []
    var end = to.floored(to: step)
    while end - step >= from {
      let count = ledger.window(slot, step, at: end)
      let verdict: SliceStrip.Verdict = count.total <= 0 ? .noData : count.bad > 0 ? .bad : .good
      if let last = runs.last, last.verdict == verdict {
        runs[runs.count - 1].from = end - step
      } else {
        runs.append(.init(from: end - step, to: end, verdict: verdict))
      }
      end = end - step
    }
    let whole = ledger.window(slot, objective.period, at: to, excluding: excluded)
    let start = to - objective.period
    let out = excluded.reduce(Interval.zero) { sum, range in
      let (from, to) = (max(range.lowerBound, start), min(range.upperBound, to))
      return from < to ? sum + (to - from) : sum
    }
    let all = (objective.period - out) / rule.length * whole.covered
    return SliceStrip(
      length: rule.length, target: rule.target, runs: runs.reversed(), good: Int(whole.good.rounded()),
      bad: Int(whole.bad.rounded()), noData: Int(max(0, (all - whole.total).rounded())))
  }

  static func origin(_ objective: Objective, in ledger: Ledger) -> OriginView? {
    ledger.slot(of: objective.sli).map {
      let series = ledger.seriesCount(of: $0)
      // Spans are counted without series.
      return OriginView(
        since: ledger.since($0), lastSample: ledger.lastSample($0), series: series > 0 ? series : nil)
    }
  }

  private static func members(_ objective: Objective, _ list: ObjectiveList) -> [MemberView] {
    let whole = objective.composite.reduce(0) { $0 + $1.weight }
    return objective.composite.map { member in
      let status = list.named(member.id)
      return MemberView(
        name: member.id, weight: whole > 0 ? member.weight / whole : 0, health: status?.health ?? .noData,
        sli: status?.sli)
    }
  }

  static func steps(_ objective: Objective, _ budgets: Budgets, _ policies: [BudgetPolicy]) -> [BudgetStepView] {
    let reached = budgets.bySLO[objective.id]?.steps ?? []
    return policies.filter { $0.slos.contains(objective.id) }.flatMap { policy in
      policy.steps.map { step in
        let last = budgets.requested.last {
          $0.slo == objective.id && $0.request.policy == policy.name && $0.request.consumed == step.consumed
            && $0.request.action == step.action
        }
        return BudgetStepView(
          consumed: step.consumed, action: step.action.rawValue, note: step.note,
          reachedAt: reached.contains(step.consumed) ? last?.at : nil)
      }
    }
    .sorted { $0.consumed < $1.consumed }
  }

  // MARK: Exclusions

  static func exclude(_ request: ExclusionRequest, by actor: Actor, writer: JournalWriter) async throws -> String {
    try await writer.submit(
      Ask<ULID>.exclude(slo: request.slo, from: request.from, to: request.to, reason: request.reason, by: actor)
    ).description
  }

  /// An exclusion of the SLO's service is removed as well: it is shown on the page.
  static func restore(_ id: String, of objective: Objective, by actor: Actor, writer: JournalWriter) async throws {
    let subjects = [Subject("slo", objective.id), Subject("service", objective.service)]
    guard let exclusion = ULID(id), let known = writer.state.exclusions[exclusion], subjects.contains(known.subject)
    else {
      throw Refusal(.notFound, "there is no exclusion \(id.prefix(40)) of \(objective.id); take its id from the list")
    }
    try await writer.submit(Ask<Void>.restore(exclusion: exclusion, by: actor))
  }
}
