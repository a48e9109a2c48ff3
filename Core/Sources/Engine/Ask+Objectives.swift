import Alerts
import Base
import Events
import Journal
import Objectives

/// What an evaluation found new of an objective.
public struct Judged: Sendable {
  public var objective: Objective
  public var evaluation: Evaluation

  public init(objective: Objective, evaluation: Evaluation) {
    self.objective = objective
    self.evaluation = evaluation
  }
}

extension Ask where Reply == Void {
  /// Objectives that are journalled with one command: each may set off dozens of events, of which a command may have
  /// 2,000.
  public static var observationsMax: Int { 25 }

  /// Journals what evaluations found new: burns, steps of the budget, missing data, and their alerts.
  public static func observe(_ news: [Judged]) -> Ask {
    Ask("slo observe", by: .system("slo")) { state, _, emitter in
      for judged in news { state.observe(judged, into: &emitter) }
    }
  }

  /// Journals months that are over; those on record are passed over.
  public static func closeMonths(_ closings: [(slo: String, closing: PeriodClosed)]) -> Ask {
    Ask("slo close", by: .system("slo")) { state, _, emitter in
      for (slo, closing) in closings {
        let last = state.budgets.months(of: slo).last?.to ?? .distantPast
        if closing.from >= last { emitter.emit(closing, on: Subject("slo", slo)) }
      }
    }
  }

  /// Counts again what an exclusion left out.
  public static func restore(exclusion: ULID, by actor: Actor) -> Ask {
    Ask("slo restore", by: actor) { state, _, emitter in try state.exclusions.remove(exclusion, into: &emitter) }
  }
}

extension Ask where Reply == ULID {
  /// Takes a stretch of the past out of an SLO's budget. `Exclusions.add` says what is refused.
  public static func exclude(slo: String, from: Instant, to: Instant, reason: String, by actor: Actor) -> Ask {
    Ask("slo exclude", by: actor) { state, environment, emitter in
      guard environment.objectives[slo] != nil else { throw Refusal(.notFound, "no SLO \(slo)") }
      return try state.exclusions.add(Subject("slo", slo), from: from, to: to, reason: reason, into: &emitter)
    }
  }

  /// Takes a stretch of the past out of the budgets of all SLOs of a service.
  public static func exclude(service: String, from: Instant, to: Instant, reason: String, by actor: Actor) -> Ask {
    Ask("slo exclude", by: actor) { state, environment, emitter in
      guard environment.services[service] != nil else { throw Refusal(.notFound, "no service \(service)") }
      return try state.exclusions.add(Subject("service", service), from: from, to: to, reason: reason, into: &emitter)
    }
  }
}

// MARK: - What is journalled of an evaluation

extension State {
  fileprivate func observe(_ judged: Judged, into emitter: inout Emitter) {
    let (objective, evaluation) = (judged.objective, judged.evaluation)
    let status = evaluation.status
    if !evaluation.burns.isEmpty || evaluation.budget != nil {
      burns.observe(
        BurnObservation(
          slo: objective.id, service: objective.service,
          firing: status.readings.filter(\.isFiring).map {
            .init(pair: $0.rule.pair, long: $0.long ?? 0, short: $0.short ?? 0)
          },
          budgetLeft: status.at == nil ? nil : status.budgetLeft),
        into: &emitter)
    }
    budgets.observe(evaluation.steps, of: objective.id, service: objective.service, status: status, into: &emitter)
    for transition in evaluation.alerts {
      switch transition {
      case .fired(let severity, let burn): fire(objective.alert(severity, status, burn), &emitter)
      case .resolved(let severity, let resolution):
        resolve(objective.alertKey(severity), BurnWords.resolution(resolution), &emitter)
      }
    }
    switch evaluation.data {
    case .missing(let since)?: fire(objective.missingDataAlert(since: since), &emitter)
    case .back?: resolve(objective.missingDataKey, "samples are coming in again", &emitter)
    case nil: break
    }
  }

  /// Past the bound on open alerts the burn still stands in the journal.
  private func fire(_ signal: Signal, _ emitter: inout Emitter) { _ = try? alerts.fire(signal, into: &emitter) }

  private func resolve(_ key: String, _ reason: String, _ emitter: inout Emitter) {
    alerts.end(key: key, reason: reason, into: &emitter)
  }

  /// What the journal knows of an objective, so that a restart neither forgets an alert nor repeats one.
  public func memory(of objective: Objective) -> ObjectiveMemory {
    let burn = burns.bySLO[objective.id]
    let budget = budgets.bySLO[objective.id]
    let firing = objective.rules.filter { rule in burn?.pairs.contains { $0 == rule.pair } ?? false }
    let open = BurnSeverity.allCases.filter { alerts.open(key: objective.alertKey($0)) != nil }
    let recovered = BurnSeverity.allCases.filter { severity in
      !open.contains(severity) && firing.contains { $0.severity == severity }
    }
    return ObjectiveMemory(
      firing: firing.map(\.name), alerts: open, recovered: recovered, isExhausted: burn?.exhausted ?? false,
      isDataMissing: alerts.open(key: objective.missingDataKey) != nil, steps: budget?.steps ?? [],
      stepsOf: budget?.stepsOf)
  }

  /// What is left out of an objective's budget, from people and from planned maintenance, between two instants.
  public func excluded(
    from objective: Objective, between range: Range<Instant>, in environment: Environment
  ) -> [Range<Instant>] {
    let own = exclusions.of(slo: objective.id, service: objective.service).map(\.range).filter { $0.overlaps(range) }
    return (own + environment.maintenance(objective.id, objective.service, range)).merged()
  }
}

extension Objective {
  func alertKey(_ severity: BurnSeverity) -> String { "slo/\(id)/\(severity.rawValue)" }
  var missingDataKey: String { Self.missingDataKey(of: id) }
  static func missingDataKey(of slo: String) -> String { "slo/\(slo)/no-data" }

  fileprivate func alert(_ severity: BurnSeverity, _ status: ObjectiveReading, _ burn: BurnReading) -> Signal {
    Signal(
      key: alertKey(severity), service: service, severity: severity == .page ? .critical : .warning,
      urgency: severity == .page ? .page : .ticket, summary: BurnWords.summary(self, status, burn),
      detail: ([BurnWords.detail(self, status, burn)] + alertNotes(severity)).joined(separator: "\n"),
      labels: alertLabels(severity), slo: id, burnRate: burn.long, link: alertLink(severity))
  }

  /// Nobody is woken: service may well be fine. What is broken is the way its telemetry takes.
  fileprivate func missingDataAlert(since: Instant?) -> Signal {
    Signal(
      key: missingDataKey, service: service, severity: .warning, urgency: .ticket,
      summary: BurnWords.missing(self, since: since, after: noDataAfter ?? .zero),
      detail: "Its budget is not known meanwhile. Look at the sender: is it up, and does it still expose these series?",
      labels: alertLabels(.ticket), slo: id)
  }
}
