import Base
import Definitions

/// What the alert policies of an SLO say together.
struct AlertMapping {
  private(set) var conditions: [BurnCondition] = []
  /// Where each condition stands.
  private(set) var positions: [Position] = []
  private(set) var alertsWhenNoData = false
  private(set) var targets: [String] = []
  private(set) var problems: [(Position, String)] = []

  init(snapshot: Snapshot, entity: Entity<SLOSpec>) {
    for reference in entity.spec.alertPolicies {
      switch reference {
      case .inline(let inline): add(inline.spec, inline.metadata.name, inline.position, snapshot)
      case .reference(let ref):
        if let found = snapshot.find(AlertPolicySpec.self, ref) {
          add(found.spec, found.name, found.position, snapshot)
        }
      }
    }
  }

  private mutating func add(_ policy: AlertPolicySpec, _ name: String, _ position: Position, _ snapshot: Snapshot) {
    if policy.alertWhenNoData { alertsWhenNoData = true }
    if policy.alertWhenBreaching {
      add(policy.condition, snapshot)
    } else if !policy.alertWhenNoData {
      problems.append(
        (position, "alert policy \(name) never alerts; write alertWhenBreaching: true or alertWhenNoData: true"))
    }
    for target in policy.targets {
      let text: String? =
        switch target {
        case .inline(let inline): inline.spec.target
        case .reference(let ref): snapshot.find(AlertNotificationTargetSpec.self, ref)?.spec.target
        }
      if let text, !targets.contains(text) { targets.append(text) }
    }
  }

  private mutating func add(_ condition: RefOrInline<AlertConditionSpec>?, _ snapshot: Snapshot) {
    let found: (name: String, spec: AlertConditionSpec, position: Position)? =
      switch condition {
      case .inline(let inline): (inline.metadata.name, inline.spec, inline.position)
      case .reference(let ref):
        snapshot.find(AlertConditionSpec.self, ref).map { ($0.name, $0.spec, $0.position) }
      case nil: nil
      }
    guard let (name, written, position) = found else { return }
    positions.append(position)
    conditions.append(
      BurnCondition(
        name: name, severity: written.severity, op: written.condition.comparison.rawValue,
        threshold: written.condition.threshold, lookbackWindow: written.condition.lookbackWindow.interval,
        alertAfter: written.condition.alertAfter?.interval ?? .zero))
  }
}
