import Alerts
import Base
import Engine
import Events
import Ledger
import Objectives
import Store
import Synchronization
import Wire

/// The SLOs in force over the ledger: registers what is to be counted, judges it, and turns what changed into commands
/// for the writer. It decides nothing itself: `Evaluator` and the folds do.
public final class Telemetry: Sendable {
  struct Judged {
    var evaluator: Evaluator?
    var evaluatedAt = Instant.distantPast
    var spans = SpanMatcher([])
    /// The exclusions that the evaluator knows: their revision, and until when maintenance was worked out.
    var exclusions: (revision: Int64, until: Instant) = (-1, .distantPast)
    var nextClosing = Instant.distantPast
    var nextMarks = Instant.distantPast
  }

  private let ledger: LedgerEngine
  private let judged = Mutex(Judged())
  private let attribution = Mutex(AttributionFeed())
  /// All readings of one evaluation, made when the first page asks for them.
  private let made = Mutex<(at: Instant, readings: [(Objective, ObjectiveReading)])>((.distantPast, []))

  /// How long planned maintenance is worked out ahead, and how often.
  private static let maintenanceAhead = Interval.hours(2)
  private static let maintenanceEvery = Interval.minutes(1)
  /// Readings that are made under one hold of the ledger's lock, so that intake does not wait for a page.
  private static let readingsAtOnce = 50

  public init(ledger: LedgerEngine) { self.ledger = ledger }

  /// The rules in force for spans.
  public var spans: SpanMatcher { judged.withLock(\.spans) }

  /// The SLIs that count spans.
  public var spanSLIs: Set<String> { Set(spans.rules.map(\.id)) }

  public var objectives: [Objective] { judged.withLock { $0.evaluator?.objectives ?? [] } }

  /// When the objectives were last judged.
  public var evaluatedAt: Instant { judged.withLock(\.evaluatedAt) }

  // MARK: Definitions

  /// Counts and judges these objectives from now on; what was counted of those that stay is kept, and so is what their
  /// evaluations left.
  ///
  /// - Parameters:
  ///   - zones: finds the zones of calendars.
  ///   - state: what the journal knows of objectives that are new here.
  /// - Returns: what could not be restored of the ledger, in words.
  public func use(
    _ objectives: [Objective], policies: [BudgetPolicy], zones: (String) -> Zone?, knowing state: State,
    at now: Instant
  ) throws -> [String] {
    let matcher = SourcedMatcher(objectives)
    let rules = SpanRule.rules(of: objectives)
    let counted = Set(rules.map(\.id))
    let definitions = objectives.sliDefinitions
    let by = Dictionary(objectives.map { ($0.sli, $0.by) }, uniquingKeysWith: { first, _ in first })
    attribution.withLock { $0.use(definitions, by: by) }
    ledger.tell(
      CountedSamples(
        watch: { [weak self] series, labels, targets, last in
          self?.attribution.withLock { $0.watch(series, labels: labels, targets: targets, last: last) } ?? false
        },
        note: { [weak self] series, sample in self?.attribution.withLock { $0.note(series, sample) } }))
    let warnings = try ledger.register(definitions, at: now) { labels in
      matcher.targets(of: labels) + (SpanSeries.target(of: labels, among: counted).map { [$0] } ?? [])
    }
    let old = judged.withLock(\.evaluator)
    let evaluator = ledger.read { ledger in
      Evaluator(
        objectives, in: ledger, zones: zones, steps: { BudgetPolicy.steps(of: $0.id, among: policies) }, keeping: old,
        remember: { state.memory(of: $0) })
    }
    judged.withLock {
      $0 = Judged(evaluator: evaluator, evaluatedAt: $0.evaluatedAt, spans: SpanMatcher(rules))
    }
    return warnings
  }

  // MARK: Evaluation

  /// Judges every objective.
  ///
  /// - Returns: what the journal has to learn, in commands of bounded size; empty when nothing changed.
  public func evaluate(at now: Instant, knowing state: State, in environment: Engine.Environment) -> [Ask<Void>] {
    refreshExclusions(at: now, state, environment)
    let (news, closings) = ledger.read { ledger in
      judged.withLock { judged -> ([Evaluation], [(slo: String, closing: PeriodClosed)]) in
        guard var evaluator = judged.evaluator.take() else { return ([], []) }
        defer { judged.evaluator = evaluator }
        judged.evaluatedAt = now
        let news = evaluator.evaluate(in: ledger, now: now)
        guard now >= judged.nextClosing else { return (news, []) }
        judged.nextClosing = evaluator.nextClosing(after: now)
        return (news, evaluator.closings(in: ledger, now: now) { state.budgets.months(of: $0).last?.to })
      }
    }
    let byID = news.isEmpty ? [:] : Dictionary(objectives.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let found = news.compactMap { evaluation in
      byID[evaluation.status.id].map { Engine.Judged(objective: $0, evaluation: evaluation) }
    }
    return found.chunked(Ask.observationsMax).map { .observe($0) } + closings.chunked(500).map { .closeMonths($0) }
  }

  /// The commit of an evaluation failed: judge again from what the journal says.
  public func forget(knowing state: State) {
    judged.withLock { judged in
      judged.evaluator?.forget { state.memory(of: $0) }
      judged.nextClosing = .distantPast
    }
  }

  private func refreshExclusions(at now: Instant, _ state: State, _ environment: Engine.Environment) {
    let objectives = judged.withLock { judged -> [Objective]? in
      let isKnown = judged.exclusions.revision == state.exclusions.revision && now < judged.exclusions.until
      return isKnown ? nil : judged.evaluator?.objectives
    }
    guard let objectives else { return }
    var ranges: [String: [Range<Instant>]] = [:]
    for objective in objectives {
      let reach = max(objective.period, .days(31)) + .days(1)
      // Whole hours: what is cut off at an end of the range stays the same from one minute to the next.
      let hour = now.floored(to: .hours(1))
      let own = state.excluded(
        from: objective, between: hour - reach..<hour + Self.maintenanceAhead, in: environment)
      if !own.isEmpty { ranges[objective.id] = own }
    }
    judged.withLock { judged in
      if judged.exclusions.revision != state.exclusions.revision { judged.nextMarks = .distantPast }
      judged.exclusions = (state.exclusions.revision, now + Self.maintenanceEvery)
      judged.evaluator?.exclude(ranges)
    }
  }

  /// Has the ledger keep exact totals where budgets begin and end; due every hour and when exclusions change.
  ///
  /// - Returns: the SLIs that have more such instants than are kept.
  /// - Throws: what the ledger's log throws; called again a moment later it is tried again.
  public func pin(at now: Instant) throws -> [String] {
    let wanted = judged.withLock { judged in now >= judged.nextMarks ? judged.evaluator?.marks(now: now) : nil }
    guard let wanted else { return [] }
    let left = try ledger.setMarks(wanted, now: now)
    judged.withLock { $0.nextMarks = now + .hours(1) }
    return left
  }

  // MARK: Reading

  /// An objective as it stands, with all that pages show of it.
  public func reading(of id: String, at now: Instant) -> ObjectiveReading? {
    let evaluator = judged.withLock(\.evaluator)
    return ledger.read { evaluator?.reading(of: id, in: $0, now: now) }
  }

  /// The readings of every objective as of the newest evaluation; made once for each.
  public var readings: (at: Instant, readings: [(Objective, ObjectiveReading)]) {
    let (evaluator, at) = judged.withLock { ($0.evaluator, $0.evaluatedAt) }
    guard let evaluator else { return (at, []) }
    return made.withLock { made in
      if made.at == at, made.readings.count == evaluator.objectives.count { return made }
      var readings: [(Objective, ObjectiveReading)] = []
      for some in evaluator.objectives.chunked(Self.readingsAtOnce) {
        ledger.read { ledger in
          for objective in some {
            if let reading = evaluator.reading(of: objective.id, in: ledger, now: at) {
              readings.append((objective, reading))
            }
          }
        }
      }
      made = (at, readings)
      return made
    }
  }

  /// What judging objectives takes besides the ledger, by id.
  public func contexts(of ids: [String]) -> [String: ObjectiveContext] {
    let evaluator = judged.withLock(\.evaluator)
    var contexts: [String: ObjectiveContext] = [:]
    for id in ids { contexts[id] = evaluator?.context(of: id) }
    return contexts
  }

  /// Which labels failures had.
  public var attributed: Attribution { attribution.withLock(\.book) }

  /// Takes over what an earlier process knew of that.
  public func take(_ earlier: Attribution) { attribution.withLock { $0.take(earlier) } }

  /// The label values with the most bad events of an objective.
  public func contributions(to id: String, in range: Range<Instant>, limit: Int = 20) -> [Attribution.Contribution] {
    guard let objective = objectives.first(where: { $0.id == id }) else { return [] }
    return attribution.withLock { $0.book.top(objective.sli, in: range, limit: limit) }
  }

  /// When most of an objective's budget was burnt.
  public func stretches(of id: String, from: Instant, to: Instant) -> [BurnStretch] {
    guard let objective = objectives.first(where: { $0.id == id }) else { return [] }
    let excluded = judged.withLock { $0.evaluator?.excluded(from: id) ?? [] }
    return ledger.read { ObjectivePlots.stretches(objective, in: $0, from: from, to: to, excluding: excluded) }
  }
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
