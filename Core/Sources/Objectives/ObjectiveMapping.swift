import Base
import Definitions

/// OpenSLO v1 documents as objectives.
extension ObjectiveCompiler {
  /// Every SLO of a snapshot that can be counted, in order of name, and what there is to say about the others. An SLO
  /// with several objectives gives one for each: the first has the SLO's name, the others `NAME.2`, `NAME.3` and so on.
  public static func compile(_ snapshot: Snapshot) -> (objectives: [Objective], diagnostics: [Diagnostic]) {
    var objectives: [Objective] = []
    var diagnostics: [Diagnostic] = []
    for entity in snapshot.all(SLOSpec.self) {
      for index in entity.spec.objectives.indices {
        var reader = SLOReader(snapshot: snapshot, entity: entity, index: index)
        guard let spec = reader.spec() else {
          diagnostics += reader.diagnostics
          continue
        }
        let (objective, notes) = compile(spec)
        if let objective { objectives.append(objective) }
        diagnostics += reader.diagnostics + notes.compactMap(reader.diagnostic)
      }
    }
    return (objectives, diagnostics.sorted())
  }
}

/// Reads one objective of one SLO document.
private struct SLOReader {
  let snapshot: Snapshot
  let entity: Entity<SLOSpec>
  let index: Int
  var diagnostics: [Diagnostic] = []
  private var partPosition: Position?
  private var totalPosition: Position?
  private var conditionPositions: [Position] = []

  init(snapshot: Snapshot, entity: Entity<SLOSpec>, index: Int) {
    self.snapshot = snapshot
    self.entity = entity
    self.index = index
  }

  private var written: SLOSpec.Objective { entity.spec.objectives[index] }

  private mutating func refuse(_ message: String, at position: Position? = nil) {
    diagnostics.append(
      Diagnostic(.warning, at: position ?? entity.position, "SLO \(entity.name) is not counted: \(message)"))
  }

  mutating func spec() -> ObjectiveSpec? {
    guard case .rolling(let period) = entity.spec.timeWindow else {
      refuse("calendar windows are not counted yet; write isRolling: true")
      return nil
    }
    guard let (good, bad, total) = queries() else { return nil }
    let title = entity.metadata.title ?? entity.name
    return ObjectiveSpec(
      id: index == 0 ? entity.name : "\(entity.name).\(index + 1)", service: entity.spec.service.name,
      displayName: written.title.map { entity.spec.objectives.count > 1 ? "\(title): \($0)" : title } ?? title,
      target: written.target, period: period.interval, good: good, bad: bad, total: total,
      method: entity.spec.budgetingMethod.rawValue, conditions: conditions())
  }

  private mutating func queries() -> (good: String?, bad: String?, total: String)? {
    guard let sli = sli() else {
      refuse("it has no indicator that could be found", at: written.position)
      return nil
    }
    guard case .ratio(let ratio) = sli.metric else {
      refuse("threshold metrics are not counted yet; write a ratioMetric of counters")
      return nil
    }
    guard ratio.counter else {
      refuse("its ratioMetric is not of counters; write counter: true and name counters that only grow")
      return nil
    }
    switch ratio.parts {
    case .good(let good, let total): return query(good, total).map { ($0.0, nil, $0.1) }
    case .bad(let bad, let total): return query(bad, total).map { (nil, $0.0, $0.1) }
    case .raw(_, let source):
      refuse("a raw ratio cannot be counted; write good or bad, and total", at: source.spec.position)
      return nil
    }
  }

  private func sli() -> SLISpec? {
    switch written.indicator ?? entity.spec.indicator {
    case .inline(let inline): inline.spec
    case .reference(let ref): snapshot.find(SLISpec.self, ref)?.spec
    case nil: nil
    }
  }

  private mutating func query(_ part: MetricSource, _ total: MetricSource) -> (String, String)? {
    for source in [part, total] {
      let type = source.type ?? source.dataSource.flatMap { snapshot.find(DataSourceSpec.self, $0)?.spec.type }
      if let type, type.lowercased() != "prometheus" {
        refuse("metric sources of type \(type) are not counted yet; use Prometheus", at: source.spec.position)
        return nil
      }
      guard source.query != nil else {
        refuse("its metricSource has no query", at: source.spec.position)
        return nil
      }
    }
    partPosition = part.queryPosition
    totalPosition = total.queryPosition
    return (part.query ?? "", total.query ?? "")
  }

  private mutating func conditions() -> [BurnCondition] {
    var conditions: [BurnCondition] = []
    for reference in entity.spec.alertPolicies {
      let policy: (String, AlertPolicySpec)? =
        switch reference {
        case .inline(let inline): (inline.metadata.name, inline.spec)
        case .reference(let ref): snapshot.find(AlertPolicySpec.self, ref).map { ($0.name, $0.spec) }
        }
      guard let (_, spec) = policy, let condition = spec.condition else { continue }
      let found: (String, AlertConditionSpec, Position)? =
        switch condition {
        case .inline(let inline): (inline.metadata.name, inline.spec, inline.position)
        case .reference(let ref):
          snapshot.find(AlertConditionSpec.self, ref).map { ($0.name, $0.spec, $0.position) }
        }
      guard let (name, written, position) = found else { continue }
      conditionPositions.append(position)
      conditions.append(
        BurnCondition(
          name: name, severity: written.severity, op: written.condition.comparison.rawValue,
          threshold: written.condition.threshold, lookbackWindow: written.condition.lookbackWindow.interval,
          alertAfter: written.condition.alertAfter?.interval ?? .zero))
    }
    return conditions
  }

  /// A note as a diagnostic at its place. What is merely worth knowing is shown on the SLO's page instead.
  func diagnostic(_ note: ObjectiveNote) -> Diagnostic? {
    let position: Position =
      switch note.field {
      case .good, .bad: partPosition ?? entity.position
      case .total: totalPosition ?? entity.position
      case .target: written.position
      case .condition(let index):
        conditionPositions.indices.contains(index) ? conditionPositions[index] : entity.position
      case .period, .method: entity.position
      }
    switch note.weight {
    case .error: return Diagnostic(.warning, at: position, "SLO \(entity.name) is not counted: \(note.message)")
    case .warning: return Diagnostic(.warning, at: position, "SLO \(entity.name): \(note.message)")
    case .note: return nil
    }
  }
}
