import Alerts
import Base
import Engine
import Events
import Ledger
import Objectives
import Store
import Synchronization
import Wire

/// The SLOs in force over the ledger: registers what is to be counted, judges it, and turns what changed into one
/// command for the writer. It decides nothing itself: `evaluate` and `Burns` do.
public final class Telemetry: Sendable {
  struct Judged {
    var objectives: [Objective] = []
    var memory: [String: ObjectiveMemory] = [:]
    var readings: [ObjectiveReading] = []
    var evaluatedAt = Instant.distantPast
    var spans = SpanMatcher([])
  }

  private let ledger: LedgerEngine
  private let judged = Mutex(Judged())

  public init(ledger: LedgerEngine) { self.ledger = ledger }

  /// The rules in force for spans.
  public var spans: SpanMatcher { judged.withLock(\.spans) }

  /// The SLIs that count spans.
  public var spanSLIs: Set<String> { Set(spans.rules.map(\.id)) }

  public var objectives: [Objective] { judged.withLock(\.objectives) }

  /// The newest reading of every objective, by id.
  public var readings: (at: Instant, readings: [(Objective, ObjectiveReading)]) {
    judged.withLock { judged in
      let byID = Dictionary(judged.readings.map { ($0.id, $0) }) { first, _ in first }
      return (
        judged.evaluatedAt, judged.objectives.compactMap { objective in byID[objective.id].map { (objective, $0) } }
      )
    }
  }

  /// Counts and judges these objectives from now on; what was counted of those that stay is kept.
  ///
  /// - Returns: what could not be restored of the ledger, in words.
  public func use(_ objectives: [Objective], at now: Instant) throws -> [String] {
    let matcher = SeriesMatcher(objectives)
    let rules = SpanRule.rules(of: objectives)
    let counted = Set(rules.map(\.id))
    let warnings = try ledger.register(objectives.map(\.definition), at: now) { labels in
      matcher.targets(of: labels) + (SpanSeries.target(of: labels, among: counted).map { [$0] } ?? [])
    }
    judged.withLock { judged in
      judged.objectives = objectives
      judged.spans = SpanMatcher(rules)
      let kept = Set(objectives.map(\.id))
      judged.memory = judged.memory.filter { kept.contains($0.key) }
    }
    return warnings
  }

  /// Judges every objective.
  ///
  /// - Returns: what the journal has to learn; `nil` when nothing changed.
  public func evaluate(at now: Instant, knowing state: State) -> Ask<Void>? {
    ledger.read { ledger in
      judged.withLock { judged in
        var observations: [BurnObservation] = []
        var alerts: [BurnAlert] = []
        judged.readings = []
        judged.evaluatedAt = now
        for objective in judged.objectives {
          let memory = judged.memory[objective.id] ?? Self.remember(objective, state)
          let result = Objectives.evaluate(objective, in: ledger, now: now, after: memory)
          judged.memory[objective.id] = result.memory
          judged.readings.append(result.status)
          if !result.burns.isEmpty || result.budget != nil {
            observations.append(Self.observation(objective, result.status))
          }
          alerts += result.alerts.map { Self.alert(objective, result.status, $0) }
        }
        return observations.isEmpty && alerts.isEmpty ? nil : .observe(observations, alerts: alerts)
      }
    }
  }

  /// The commit of an evaluation failed: judge again from what the journal says.
  public func forget() { judged.withLock { $0.memory = [:] } }

  /// What the journal knows of an objective: so that a restart neither forgets an alert nor repeats one.
  private static func remember(_ objective: Objective, _ state: State) -> ObjectiveMemory {
    let burn = state.burns.bySLO[objective.id]
    let firing = objective.rules.filter { rule in burn?.pairs.contains { $0 == rule.pair } ?? false }.map(\.name)
    let alerts = BurnSeverity.allCases.filter { state.alerts.open(key: Self.key(objective.id, $0)) != nil }
    return ObjectiveMemory(firing: firing, alerts: alerts, isExhausted: burn?.exhausted ?? false)
  }

  private static func key(_ id: String, _ severity: BurnSeverity) -> String { "slo/\(id)/\(severity.rawValue)" }

  private static func observation(_ objective: Objective, _ reading: ObjectiveReading) -> BurnObservation {
    BurnObservation(
      slo: objective.id, service: objective.service,
      firing: reading.readings.filter(\.isFiring).map {
        .init(pair: $0.rule.pair, long: $0.long ?? 0, short: $0.short ?? 0)
      },
      budgetLeft: reading.at == nil ? nil : reading.budgetLeft)
  }

  private static func alert(
    _ objective: Objective, _ reading: ObjectiveReading, _ transition: AlertTransition
  ) -> BurnAlert {
    switch transition {
    case .fired(let severity, let burn):
      return .fire(
        Signal(
          key: key(objective.id, severity), service: objective.service,
          severity: severity == .page ? .critical : .warning, urgency: severity == .page ? .page : .ticket,
          summary: BurnWords.summary(objective, reading, burn), detail: BurnWords.detail(objective, reading, burn),
          labels: [.init(name: "slo", value: objective.id), .init(name: "service", value: objective.service)],
          slo: objective.id, burnRate: burn.long))
    case .resolved(let severity, let resolution):
      return .resolve(key: key(objective.id, severity), reason: BurnWords.resolution(resolution))
    }
  }
}

extension BurnRule {
  /// The rule as events name it.
  public var pair: BurnPair {
    BurnPair(urgency: severity == .page ? .page : .ticket, long: long, short: short, factor: factor)
  }
}

/// What alerts of SLOs say, in words that need no dashboard.
enum BurnWords {
  static func summary(_ objective: Objective, _ reading: ObjectiveReading, _ burn: BurnReading) -> String {
    let rate = burn.short ?? burn.long ?? 0
    let failing = min(1, rate * objective.budget)
    return
      "\(objective.displayName): \(percent(failing)) of requests miss the objective of \(percent(objective.target))"
  }

  static func detail(_ objective: Objective, _ reading: ObjectiveReading, _ burn: BurnReading) -> String {
    var lines = [
      "Burn rate \(rate(burn.long)) over \(burn.rule.long.text) and \(rate(burn.short)) over \(burn.rule.short.text); "
        + "paging starts at \(rate(burn.rule.factor)).",
      "\(percent(max(0, reading.budgetLeft))) of the \(objective.period.text) budget is left.",
    ]
    if let now = reading.burnNow, now > 0, reading.budgetLeft > 0 {
      let left = objective.period.seconds * reading.budgetLeft / now
      if left < objective.period.seconds { lines.append("At this rate it is gone in \(length(left)).") }
    }
    return lines.joined(separator: "\n")
  }

  static func resolution(_ resolution: AlertTransition.AlertResolution) -> String {
    switch resolution {
    case .cleared: return "the burn has ended"
    case .ruleRemoved: return "the objective no longer has this rule"
    case .recovered(let still):
      let rest = still.compactMap { reading in
        reading.clearsAt.map { "\(reading.rule.long.text)/\(reading.rule.short.text) by \($0.rfc3339)" }
      }
      return "recovered: the short windows are back within the objective"
        + (rest.isEmpty ? "" : "; longer windows still remember it and clear at \(rest.joined(separator: ", "))")
    }
  }

  private static func rate(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "unknown" }
    return decimal(value, places: 1)
  }

  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "unknown" }
    return decimal(share * 100, places: share > 0.99 && share < 1 ? 3 : 1) + "%"
  }

  private static func length(_ seconds: Double) -> String {
    if seconds < 5_400 { return "\(Int((seconds / 60).rounded(.up))) min" }
    if seconds < 172_800 { return decimal(seconds / 3_600, places: 1) + " h" }
    return decimal(seconds / 86_400, places: 1) + " d"
  }

  private static func decimal(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return "\(value)" }
    let whole = Int(scaled) / Int(scale)
    let fraction = Int(scaled) % Int(scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard fraction > 0 else { return "\(sign)\(whole)" }
    var digits = String(fraction)
    digits = String(repeating: "0", count: places - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }
}
