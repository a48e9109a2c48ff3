import Base

/// The rules by which an SLO alerts.
extension ObjectiveCompiler {
  static func rules(_ spec: ObjectiveSpec, notes: inout [ObjectiveNote]) -> [BurnRule] {
    let rules = spec.conditions.isEmpty ? derived(spec, notes: &notes) : written(spec, notes: &notes)
    return tempered(rules.filter { !spec.disabled.contains($0.severity) }, spec)
  }

  /// The rules as far as the SLO lets them go: later, as tickets, or not at all.
  private static func tempered(_ rules: [BurnRule], _ spec: ObjectiveSpec) -> [BurnRule] {
    if spec.alerting == .none { return [] }
    return rules.map { rule in
      let wait = rule.severity == .page ? spec.pageAfter ?? .zero : .zero
      return BurnRule(
        severity: spec.alerting == .ticket ? .ticket : rule.severity, long: rule.long, short: rule.short,
        factor: rule.factor, hold: max(rule.hold, wait), budgetShare: rule.budgetShare)
    }
  }

  private static let shares = [
    BudgetShare(severity: .page, long: .hours(1), short: .minutes(5), share: 0.02),
    BudgetShare(severity: .page, long: .hours(6), short: .minutes(30), share: 0.05),
    BudgetShare(severity: .ticket, long: .days(1), short: .hours(2), share: 0.10),
    BudgetShare(severity: .ticket, long: .days(3), short: .hours(6), share: 0.10),
  ]

  /// The workbook's rules for any period: factor = share × period / long window, which gives its 14.4, 6, 3 and 1 for
  /// 30 days. A factor that no traffic can reach, or that healthy traffic reaches, drops the rule; one that healthy
  /// traffic reaches stays where somebody wrote the windows, who is warned.
  private static func derived(_ spec: ObjectiveSpec, notes: inout [ObjectiveNote]) -> [BurnRule] {
    let most = 1 / (1 - spec.target)
    var rules: [BurnRule] = []
    for share in spec.shares ?? shares {
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
      } else if spec.shares == nil, factor < 0.9 || share.long > spec.period {
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
          severity: severity(of: condition.severity), long: condition.lookbackWindow,
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
  static func severity(of word: String) -> BurnSeverity {
    ["page", "critical", "high", "urgent", "p1", "sev1"].contains(word.lowercased()) ? .page : .ticket
  }
}
