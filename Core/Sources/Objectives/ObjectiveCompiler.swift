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

  /// The part of the SLO it is about. `part` is the query of good or bad events, of a raw ratio or of a gauge.
  public enum Field: Hashable, Sendable {
    case target, period, part, total, slices
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
    let indicator = compile(spec.indicator, of: spec, notes: &notes)
    guard let indicator, !notes.hasErrors else { return (nil, notes) }
    let rules = rules(spec, notes: &notes)
    guard !notes.hasErrors else { return (nil, notes) }
    var query = spec.source
    query?.form = indicator.form
    let objective = Objective(
      id: spec.id, service: spec.service, displayName: spec.displayName, target: spec.target, period: spec.period,
      window: spec.window, counts: indicator.counts, part: indicator.part, total: indicator.total,
      slices: spec.slices, rules: rules, traffic: spec.traffic ?? traffic(spec, indicator),
      noDataAfter: spec.noDataAfter, by: indicator.by, spans: indicator.spans, query: query,
      notificationTargets: spec.notificationTargets)
    return (objective, notes)
  }

  /// Derived rules wait for a few failures; what somebody wrote fires as written. Slices and gauges are judged by
  /// time, where one bad minute is a bad minute.
  private static func traffic(_ spec: ObjectiveSpec, _ indicator: CompiledIndicator) -> TrafficGuard {
    guard spec.conditions.isEmpty, spec.slices == nil, case .samples = indicator.form else { return TrafficGuard() }
    return indicator.part.terms.allSatisfy { $0.reading == .increase } ? .derived : TrafficGuard()
  }

  /// What a composite is: the objective over its members. Their windows are alike.
  static func composite(
    _ spec: ObjectiveSpec, members: [(objective: Objective, weight: Double)]
  ) -> (objective: Objective?, notes: [ObjectiveNote]) {
    var spec = spec
    let weights = members.reduce(0) { $0 + $1.weight }
    spec.target = 1 - members.reduce(0) { $0 + $1.weight * $1.objective.budget } / weights
    var notes = check(spec)
    let rules = rules(spec, notes: &notes)
    guard !notes.hasErrors else { return (nil, notes) }
    let objective = Objective(
      id: spec.id, service: spec.service, displayName: spec.displayName, target: spec.target, period: spec.period,
      window: spec.window, counts: .bad, part: CountExpression([]), total: CountExpression([]), rules: rules,
      composite: members.map { CompositeMember(id: $0.objective.id, weight: $0.weight) },
      notificationTargets: spec.notificationTargets)
    return (objective, notes)
  }

  static let longestCalendarPeriod = Interval.days(366)

  static func check(_ spec: ObjectiveSpec) -> [ObjectiveNote] {
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
    }
    switch spec.window {
    case .rolling where spec.period > LedgerLimits.longestPeriod:
      notes.append(
        ObjectiveNote(
          .error, .period,
          "a rolling window of more than 90d is not kept; use 90d or less, or a calendar window of up to a year"))
    case .calendar where spec.period > longestCalendarPeriod:
      notes.append(ObjectiveNote(.error, .period, "a period of more than a year is not kept; use 1Y or less"))
    default: break
    }
    if let slices = spec.slices {
      if slices.length < .seconds(10) || slices.length > .days(1) {
        notes.append(ObjectiveNote(.error, .slices, "slices are from 1m to 1d long"))
      } else if slices.length > spec.period / 10 {
        notes.append(
          ObjectiveNote(.error, .slices, "a window needs at least ten slices; use a shorter timeSliceWindow"))
      }
    }
    return notes
  }

  static func percent(_ share: Double) -> String {
    let value = (share * 1_000_000).rounded() / 10_000
    return value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
  }
}

extension [ObjectiveNote] {
  var hasErrors: Bool { contains { $0.weight == .error } }
}
