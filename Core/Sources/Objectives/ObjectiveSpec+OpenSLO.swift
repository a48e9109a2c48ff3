import Base
import Definitions

extension ObjectiveSpec {
  /// The objectives of a snapshot's OpenSLO documents that can be counted here, with their notes placed.
  ///
  /// An SLO with several objectives becomes one for each, `NAME/1`, `NAME/2` …; sources of other types than Prometheus
  /// and indicators that are no ratio of two counters are noted and left out.
  public static func read(
    _ snapshot: Snapshot
  ) -> (objectives: [Objective], diagnostics: [Diagnostic]) {
    var objectives: [Objective] = []
    var diagnostics: [Diagnostic] = []
    for slo in snapshot.all(SLOSpec.self) {
      for (index, target) in slo.spec.objectives.enumerated() {
        let id = slo.spec.objectives.count == 1 ? slo.ref.shortName : "\(slo.ref.shortName)/\(index + 1)"
        do throws(Unsupported) {
          let (spec, places) = try read(slo, target, id: id, in: snapshot)
          let (objective, notes) = ObjectiveCompiler.compile(spec)
          for note in notes where note.weight != .note {
            diagnostics.append(
              Diagnostic(
                note.weight == .error ? .error : .warning, at: places[note.field] ?? target.position,
                "\(slo.name): \(note.message)"))
          }
          if let objective { objectives.append(objective) }
        } catch {
          diagnostics.append(Diagnostic(.warning, at: error.position, "\(slo.name) is not measured: \(error.message)"))
        }
      }
    }
    return (objectives.sorted { $0.id < $1.id }, diagnostics)
  }

  private struct Unsupported: Error {
    var message: String
    var position: Position
  }

  private static func read(
    _ slo: Entity<SLOSpec>, _ target: SLOSpec.Objective, id: String, in snapshot: Snapshot
  ) throws(Unsupported) -> (ObjectiveSpec, [ObjectiveNote.Field: Position]) {
    guard case .rolling(let window) = slo.spec.timeWindow else {
      throw Unsupported(message: "calendar windows are not counted yet; use a rolling one", position: slo.position)
    }
    guard let indicator = target.indicator ?? slo.spec.indicator, let sli = resolve(indicator, in: snapshot) else {
      throw Unsupported(message: "it has no indicator", position: slo.position)
    }
    guard case .ratio(let ratio) = sli.metric, ratio.counter else {
      throw Unsupported(message: "its indicator is no ratio of two counters", position: slo.position)
    }
    var good: MetricSource?
    var bad: MetricSource?
    let total: MetricSource
    switch ratio.parts {
    case .good(let source, let all): (good, total) = (source, all)
    case .bad(let source, let all): (bad, total) = (source, all)
    case .raw(_, let source):
      throw Unsupported(message: "a source that is already a ratio has no counts", position: source.queryPosition)
    }
    var places: [ObjectiveNote.Field: Position] = [.target: target.position, .total: total.queryPosition]
    places[.good] = good?.queryPosition
    places[.bad] = bad?.queryPosition
    for source in [good, bad, total].compactMap({ $0 }) {
      let type = source.type ?? source.dataSource.flatMap { snapshot.find(DataSourceSpec.self, $0)?.spec.type }
      guard type?.lowercased() == "prometheus" else {
        throw Unsupported(
          message: "sources of type \(type ?? "(none)") are not read; use Prometheus", position: source.queryPosition)
      }
      guard source.query != nil else {
        throw Unsupported(message: "its source has no query", position: source.queryPosition)
      }
    }
    let spec = ObjectiveSpec(
      id: id, service: slo.spec.service.shortName, displayName: slo.metadata.displayName, target: target.target,
      period: window.interval, good: good?.query, bad: bad?.query, total: total.query ?? "",
      method: slo.spec.budgetingMethod.rawValue, conditions: conditions(slo.spec, in: snapshot))
    return (spec, places)
  }

  private static func resolve(_ indicator: RefOrInline<SLISpec>, in snapshot: Snapshot) -> SLISpec? {
    switch indicator {
    case .inline(let inline): inline.spec
    case .reference(let ref): snapshot.find(SLISpec.self, ref)?.spec
    }
  }

  private static func conditions(_ slo: SLOSpec, in snapshot: Snapshot) -> [BurnCondition] {
    slo.alertPolicies.compactMap { policy -> BurnCondition? in
      let policySpec: AlertPolicySpec? =
        switch policy {
        case .inline(let inline): inline.spec
        case .reference(let ref): snapshot.find(AlertPolicySpec.self, ref)?.spec
        }
      guard let condition = policySpec?.condition else { return nil }
      let (name, spec): (String, AlertConditionSpec?) =
        switch condition {
        case .inline(let inline): (inline.metadata.name, inline.spec)
        case .reference(let ref): (ref.shortName, snapshot.find(AlertConditionSpec.self, ref)?.spec)
        }
      guard let spec else { return nil }
      return BurnCondition(
        name: name, severity: spec.severity, op: spec.condition.comparison.rawValue,
        threshold: spec.condition.threshold, lookbackWindow: spec.condition.lookbackWindow.interval,
        alertAfter: spec.condition.alertAfter?.interval ?? .zero)
    }
  }
}
