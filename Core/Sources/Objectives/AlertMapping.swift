import Base
import Definitions

/// What the alert policies of an SLO say together.
struct AlertMapping {
  private(set) var conditions: [BurnCondition] = []
  /// Where each condition stands.
  private(set) var positions: [Position] = []
  private(set) var alertsWhenNoData = false
  private(set) var targets: [NotificationTarget] = []
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
    var occasions: Set<NotificationTarget.Occasion> = []
    if policy.alertWhenNoData {
      alertsWhenNoData = true
      occasions.insert(.missingData)
    }
    if policy.alertWhenBreaching {
      add(policy.condition, snapshot)
      if let severity = conditions.last?.severity {
        occasions.insert(ObjectiveCompiler.severity(of: severity) == .page ? .page : .ticket)
      }
    } else if !policy.alertWhenNoData {
      problems.append(
        (position, "alert policy \(name) never alerts; write alertWhenBreaching: true or alertWhenNoData: true"))
    }
    for target in policy.targets {
      // What leads nowhere is warned about where it is written.
      let destination: EntityRef? =
        switch target {
        case .inline(let inline): inline.spec.destination(named: inline.metadata.name, in: snapshot)
        case .reference(let ref):
          snapshot.find(AlertNotificationTargetSpec.self, ref).flatMap {
            $0.spec.destination(named: $0.name, in: snapshot)
          }
        }
      if let destination { add(destination, occasions) }
    }
  }

  private mutating func add(_ destination: EntityRef, _ occasions: Set<NotificationTarget.Occasion>) {
    if let place = targets.firstIndex(where: { $0.destination == destination }) {
      targets[place].occasions.formUnion(occasions)
    } else {
      targets.append(NotificationTarget(destination: destination, occasions: occasions))
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
