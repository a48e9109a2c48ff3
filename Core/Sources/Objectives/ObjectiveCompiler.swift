import Base
import Ledger

/// Something to tell the author of an SLO.
public struct ObjectiveNote: Hashable, Sendable {
  public enum Weight: Hashable, Sendable {
    /// The SLO cannot be counted.
    case error
    /// It is counted, but not as the author may think.
    case warning
    /// A consequence worth knowing.
    case note
  }

  /// The part of the SLO it is about.
  public enum Field: Hashable, Sendable {
    case target, period, good, bad, total, method
    case condition(Int)
  }

  public var weight: Weight
  public var field: Field
  public var message: String

  public init(_ weight: Weight, _ field: Field, _ message: String) {
    self.weight = weight
    self.field = field
    self.message = message
  }
}

/// Turns SLOs as they were written into ones that can be counted.
public enum ObjectiveCompiler {
  /// The objective, `nil` when a note is an error, and what there is to say about it.
  public static func compile(_ spec: ObjectiveSpec) -> (objective: Objective?, notes: [ObjectiveNote]) {
    var notes = check(spec)
    let part =
      spec.good.map { ($0, ObjectiveNote.Field.good, SLISide.good) }
      ?? spec.bad.map { ($0, ObjectiveNote.Field.bad, SLISide.bad) }
    let partSelector = part.flatMap { selector($0.0, field: $0.1, notes: &notes) }
    let totalSelector = selector(spec.total, field: .total, notes: &notes)
    guard !notes.contains(where: { $0.weight == .error }), let part, let partSelector, let totalSelector else {
      return (nil, notes)
    }
    let rules = spec.conditions.isEmpty ? derived(spec, notes: &notes) : written(spec, notes: &notes)
    guard !notes.contains(where: { $0.weight == .error }) else { return (nil, notes) }
    let objective = Objective(
      id: spec.id, service: spec.service, displayName: spec.displayName, target: spec.target, period: spec.period,
      counts: part.2, part: CountExpression([CountTerm(partSelector)]),
      total: CountExpression([CountTerm(totalSelector)]),
      rules: rules)
    return (objective, notes)
  }

  private static func check(_ spec: ObjectiveSpec) -> [ObjectiveNote] {
    var notes: [ObjectiveNote] = []
    if !(spec.target < 1) {
      notes.append(
        ObjectiveNote(
          .error, .target, "objective \(percent(spec.target)) leaves no error budget; use a target below 100"))
    } else if !(spec.target > 0) {
      notes.append(ObjectiveNote(.error, .target, "objective \(percent(spec.target)) is not above 0"))
    }
    if spec.period < .hours(1) {
      notes.append(ObjectiveNote(.error, .period, "a window of less than 1h is too short to budget for"))
    } else if spec.period > LedgerLimits.longestPeriod {
      notes.append(ObjectiveNote(.error, .period, "a window of more than 90d is not kept; use 90d or less"))
    }
    if spec.method.lowercased() != "occurrences" {
      notes.append(
        ObjectiveNote(.error, .method, "budgeting method '\(spec.method)' is not counted yet; use Occurrences"))
    }
    switch (spec.good, spec.bad) {
    case (nil, nil): notes.append(ObjectiveNote(.error, .good, "neither good nor bad events are given; give one"))
    case (.some, .some): notes.append(ObjectiveNote(.error, .bad, "good and bad events are both given; give one"))
    default: break
    }
    return notes
  }

  private static func percent(_ share: Double) -> String {
    let value = (share * 1_000_000).rounded() / 10_000
    return value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
  }

  private static func selector(
    _ query: String, field: ObjectiveNote.Field, notes: inout [ObjectiveNote]
  ) -> CounterSelector? {
    do {
      return try SelectorParser.parse(query)
    } catch {
      notes.append(ObjectiveNote(.error, field, error.description))
      return nil
    }
  }

  // MARK: Rules

  private struct Share {
    var severity: BurnSeverity
    var long: Interval
    var short: Interval
    /// The share of the period's budget that the long window may use up before the rule fires.
    var share: Double
  }

  private static let shares = [
    Share(severity: .page, long: .hours(1), short: .minutes(5), share: 0.02),
    Share(severity: .page, long: .hours(6), short: .minutes(30), share: 0.05),
    Share(severity: .ticket, long: .days(1), short: .hours(2), share: 0.10),
    Share(severity: .ticket, long: .days(3), short: .hours(6), share: 0.10),
  ]

  /// The workbook's rules for any period: factor = share × period / long window, which gives its 14.4, 6, 3 and 1 for
  /// 30 days. A factor that no traffic can reach, or that healthy traffic reaches, drops the rule.
  private static func derived(_ spec: ObjectiveSpec, notes: inout [ObjectiveNote]) -> [BurnRule] {
    let most = 1 / (1 - spec.target)
    var rules: [BurnRule] = []
    for share in shares {
      let factor = share.share * (spec.period / share.long)
      let rule = BurnRule(
        severity: share.severity, long: share.long, short: share.short, factor: rounded(factor),
        budgetShare: share.share)
      if factor > most {
        notes.append(
          ObjectiveNote(
            .note, .target,
            "\(rule.name) is left out: burning \(rule.factor) times as fast as allowed is more than everything failing")
        )
      } else if factor < 0.9 || share.long > spec.period {
        notes.append(
          ObjectiveNote(
            .note, .period,
            "\(rule.name) is left out: over a period of \(BurnRule.text(spec.period)) its factor would be "
              + "\(rule.factor), which healthy traffic reaches"))
      } else {
        rules.append(rule)
      }
    }
    return rules
  }

  /// Factors carry no more than nine digits, so that 0.02 × 720 is 14.4 everywhere.
  private static func rounded(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }

  private static func written(_ spec: ObjectiveSpec, notes: inout [ObjectiveNote]) -> [BurnRule] {
    let most = 1 / (1 - spec.target)
    var rules: [BurnRule] = []
    for (index, condition) in spec.conditions.enumerated() {
      let field = ObjectiveNote.Field.condition(index)
      let name = "condition '\(condition.name)'"
      if condition.op == "lt" || condition.op == "lte" {
        notes.append(
          ObjectiveNote(
            .warning, field, "\(name) has op \(condition.op), which holds while nothing burns; it is read as gte"))
      }
      guard condition.threshold > 0, condition.threshold.isFinite else {
        notes.append(ObjectiveNote(.error, field, "\(name): a burn rate threshold must be above 0"))
        continue
      }
      guard condition.threshold <= most * (1 + 1e-9) else {
        notes.append(
          ObjectiveNote(
            .error, field,
            "\(name) can never fire: with a target of \(percent(spec.target))% the burn rate is at most "
              + "\(rounded(most)); use a lower threshold"))
        continue
      }
      guard condition.lookbackWindow >= .minutes(1), condition.lookbackWindow <= spec.period else {
        notes.append(
          ObjectiveNote(.error, field, "\(name): lookbackWindow must be between 1m and the SLO's own window"))
        continue
      }
      rules.append(
        BurnRule(
          severity: severity(condition.severity), long: condition.lookbackWindow,
          short: max(condition.lookbackWindow / 12, .minutes(1)), factor: condition.threshold,
          hold: max(condition.alertAfter, .zero)))
    }
    // A stable order whatever the files' order: pages first, the fastest first.
    return rules.enumerated().sorted { lhs, rhs in
      let (left, right) = (lhs.element, rhs.element)
      if left.severity != right.severity { return left.severity == .page }
      return (left.long, rhs.element.factor, lhs.offset) < (right.long, lhs.element.factor, rhs.offset)
    }.map(\.element)
  }

  /// OpenSLO leaves severities to their author; words that mean "wake somebody" page.
  private static func severity(_ word: String) -> BurnSeverity {
    ["page", "critical", "high", "urgent", "p1", "sev1"].contains(word.lowercased()) ? .page : .ticket
  }
}
