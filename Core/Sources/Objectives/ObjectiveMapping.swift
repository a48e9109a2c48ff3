import Base
import Definitions
import Ledger

/// SLO documents as objectives.
extension ObjectiveCompiler {
  /// Every SLO of a snapshot that can be counted, in order of name, and what there is to say about the others.
  ///
  /// An SLO with several objectives gives one for each: the first has the SLO's name, the others `NAME.2`, `NAME.3`
  /// and so on. A composite has the SLO's name, and its members are `NAME.1`, `NAME.2`. Each further window of the
  /// annotation `mainstay.dev/windows` gives all of them again, as `NAME@7d`. Objectives of one SLO that count the same
  /// share their counts.
  public static func compile(_ snapshot: Snapshot) -> (objectives: [Objective], diagnostics: [Diagnostic]) {
    var objectives: [Objective] = []
    var diagnostics: [Diagnostic] = []
    for entity in snapshot.all(SLOSpec.self) {
      var mapping = SLOMapping(snapshot: snapshot, entity: entity)
      objectives += mapping.objectives()
      diagnostics += mapping.diagnostics
    }
    return (objectives, diagnostics.sorted())
  }
}

/// The objectives of one SLO document.
struct SLOMapping {
  let snapshot: Snapshot
  let entity: Entity<SLOSpec>
  private(set) var diagnostics: [Diagnostic] = []
  private var annotations: SLOAnnotations
  private var compiled: [Objective] = []

  init(snapshot: Snapshot, entity: Entity<SLOSpec>) {
    self.snapshot = snapshot
    self.entity = entity
    annotations = SLOAnnotations(metadata: entity.metadata, document: snapshot.document(entity.ref))
  }

  private mutating func warn(_ message: String, at position: Position? = nil) {
    let diagnostic = Diagnostic(.warning, at: position ?? entity.position, "SLO \(entity.name)\(message)")
    // What holds for one window mostly holds for the others.
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  mutating func objectives() -> [Objective] {
    let alerting = AlertMapping(snapshot: snapshot, entity: entity)
    for (position, message) in alerting.problems { warn(": \(message)", at: position) }
    windows(alerting, entity.spec.timeWindow, suffix: "")
    for window in annotations.windows() where window != entity.spec.timeWindow.duration {
      windows(alerting, .rolling(window), suffix: "@\(window.text)")
    }
    for (position, message) in annotations.problems { warn(": \(message)", at: position) }
    return compiled
  }

  private mutating func windows(_ alerting: AlertMapping, _ window: SLOSpec.TimeWindow, suffix: String) {
    var members: [(objective: Objective, weight: Double)] = []
    let isComposite = entity.spec.isComposite
    for (index, written) in entity.spec.objectives.enumerated() {
      let name = isComposite ? "\(entity.name).\(index + 1)" : index == 0 ? entity.name : "\(entity.name).\(index + 1)"
      guard var spec = spec(written, window, alerting) else { continue }
      spec.id = name + suffix
      var (objective, notes) = ObjectiveCompiler.compile(spec)
      // The composite alerts for its members.
      if isComposite { objective?.rules = [] }
      for note in notes { report(note, written, alerting) }
      guard var objective else { continue }
      objective.carry(entity)
      if let same = compiled.first(where: { $0.countsTheSame(as: objective) }) { objective.sli = same.sli }
      compiled.append(objective)
      members.append((objective, written.compositeWeight ?? 1))
    }
    guard isComposite else { return }
    guard members.count == entity.spec.objectives.count, let written = entity.spec.objectives.first else {
      warn(" is not counted: a part of it is not; put that right first")
      return
    }
    var whole = base(written, window, alerting, indicator: .raw("", states: .good))
    whole.id = entity.name + suffix
    whole.displayName = entity.metadata.title ?? entity.name
    let (objective, notes) = ObjectiveCompiler.composite(whole, members: members)
    for note in notes { report(note, written, alerting) }
    guard var objective else { return }
    objective.carry(entity)
    compiled.append(objective)
  }

  // MARK: One objective

  private mutating func spec(
    _ written: SLOSpec.Objective, _ window: SLOSpec.TimeWindow, _ alerting: AlertMapping
  ) -> ObjectiveSpec? {
    let mapping = IndicatorMapping(snapshot: snapshot, slo: entity.spec, objective: written)
    switch mapping.map() {
    case .failure(let problem):
      warn(" is not counted: \(problem.message)", at: problem.position)
      return nil
    case .success(let mapped):
      var spec = base(written, window, alerting, indicator: mapped.indicator)
      spec.language = mapped.language
      spec.source = mapped.source
      spec.slices = slices(written)
      return spec
    }
  }

  private mutating func base(
    _ written: SLOSpec.Objective, _ window: SLOSpec.TimeWindow, _ alerting: AlertMapping, indicator: IndicatorSpec
  ) -> ObjectiveSpec {
    let title = entity.metadata.title ?? entity.name
    let name = written.title.map { entity.spec.objectives.count > 1 ? "\(title): \($0)" : title } ?? title
    var spec = ObjectiveSpec(
      id: entity.name, service: entity.spec.service.name, displayName: name, target: written.target,
      period: window.duration.interval, indicator: indicator, conditions: alerting.conditions)
    if case .calendar(let duration, let start, let zone) = window {
      spec.window = .calendar(CalendarWindow(duration: duration, start: start, zone: zone))
    }
    spec.disabled = entity.spec.disabledAlerts.compactMap(BurnSeverity.init)
    (spec.alerting, spec.pageAfter) = (annotations.alerts(), annotations.pageAfter())
    spec.traffic = annotations.traffic()
    spec.noDataAfter = annotations.noDataAfter() ?? (alerting.alertsWhenNoData ? .minutes(15) : nil)
    if spec.noDataAfter == .zero { spec.noDataAfter = nil }
    spec.notificationTargets = alerting.targets
    spec.shares = AlertWindowsSpec.find(in: snapshot, period: spec.period)?.pairs.compactMap { pair in
      BurnSeverity(rawValue: pair.severity).map {
        BudgetShare(severity: $0, long: pair.long, short: pair.short, share: pair.budgetShare)
      }
    }
    return spec
  }

  private func slices(_ written: SLOSpec.Objective) -> SliceRule? {
    guard let length = written.timeSliceWindow?.interval else { return nil }
    switch entity.spec.budgetingMethod {
    case .occurrences: return nil
    case .timeslices: return SliceRule(length: length, target: written.timeSliceTarget)
    case .ratioTimeslices: return SliceRule(length: length, target: nil)
    }
  }

  /// A note as a diagnostic at its place. What is merely worth knowing is shown on the SLO's page instead.
  private mutating func report(_ note: ObjectiveNote, _ written: SLOSpec.Objective, _ alerting: AlertMapping) {
    let mapping = IndicatorMapping(snapshot: snapshot, slo: entity.spec, objective: written)
    let position: Position =
      switch note.field {
      case .part: mapping.partPosition ?? written.position
      case .total: mapping.totalPosition ?? written.position
      case .target, .slices: written.position
      case .condition(let index):
        alerting.positions.indices.contains(index) ? alerting.positions[index] : entity.position
      case .period: entity.position
      }
    switch note.weight {
    case .error: warn(" is not counted: \(note.message)", at: position)
    case .warning: warn(": \(note.message)", at: position)
    case .note: break
    }
  }
}

extension Objective {
  /// Whether two objectives have the same events, so that these are counted once.
  fileprivate func countsTheSame(as other: Objective) -> Bool {
    composite.isEmpty && other.composite.isEmpty && counts == other.counts && part == other.part
      && total == other.total && slices == other.slices && spans == other.spans && query == other.query
  }
}
