import Alerts
import Base
import Definitions
import Events
import Freeze
import Journal
import Objectives
import OnCall

extension Environment {
  /// Compiles a snapshot into what decisions read.
  ///
  /// - Parameters:
  ///   - objectives: what `ObjectiveCompiler` made of the same snapshot.
  ///   - zone: finds the zones that planned maintenance recurs in.
  ///   - onCall: who is on call in a schedule; it needs the system's zone data, which the caller has read.
  public init(
    compiling snapshot: Snapshot, objectives: [Objective], zone: @escaping @Sendable (_ name: String) -> Zone?,
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String]
  ) {
    let maintenance = MaintenanceWindows(snapshot, zone: zone)
    self.init(
      snapshot: snapshot.hash, services: Self.services(snapshot), policies: Self.policies(snapshot),
      tiers: Self.tiers(snapshot), routes: snapshot.routes.map(AlertRoute.init),
      contacts: Self.contacts(snapshot, zone: zone),
      schedules: Set(snapshot.all(ScheduleSpec.self).map(\.ref.shortName)),
      freezes: Dictionary(
        snapshot.all(FreezeSpec.self).map { ($0.ref.shortName, FreezeWindow($0)) }, uniquingKeysWith: { $1 }),
      objectives: Dictionary(objectives.map { ($0.id, $0.service) }, uniquingKeysWith: { first, _ in first }),
      budgetPolicies: Self.budgetPolicies(snapshot, objectives), heartbeats: Self.heartbeats(snapshot), onCall: onCall,
      maintenance: { maintenance.ranges(slo: $0, service: $1, within: $2) })
    notificationTargets = Dictionary(
      objectives.map { ($0.id, $0.notificationTargets) }, uniquingKeysWith: { first, _ in first })
    channels = Self.channels(snapshot)
    plannedExclusions = { maintenance.exclusions(slo: $0, service: $1, within: $2) }
    holding = Holding(snapshot, zone: zone)
    people = People(snapshot)
    protection = Protection(snapshot, zone: zone)
    severities = Severities(snapshot)
  }

  private static func budgetPolicies(_ snapshot: Snapshot, _ objectives: [Objective]) -> [BudgetPolicy] {
    snapshot.all(ErrorBudgetPolicySpec.self).map { policy in
      BudgetPolicy(
        name: policy.ref.shortName, slos: Set(policy.objectives(among: objectives, in: snapshot)),
        steps: policy.spec.steps.compactMap { step in
          BudgetAction(rawValue: step.action.rawValue).map {
            BudgetPolicy.Step(consumed: step.consumed, action: $0, note: step.note)
          }
        })
    }
  }

  private static func services(_ snapshot: Snapshot) -> [String: Service] {
    var services: [String: Service] = [:]
    for component in snapshot.all(ComponentSpec.self) {
      services[component.ref.shortName] = Service(
        name: component.ref.shortName,
        tier: component.metadata.annotation(ServiceAnnotations.tier).flatMap { Int($0) },
        owner: component.spec.owner.shortName,
        policy: component.metadata.annotation(ServiceAnnotations.escalationPolicy).map { text in
          EntityRef(
            parsing: text, defaultKind: EscalationPolicySpec.kind.name, defaultNamespace: component.ref.namespace
          ).shortName
        })
    }
    return services
  }

  private static func tiers(_ snapshot: Snapshot) -> [Int: Tier] {
    var tiers: [Int: Tier] = [:]
    for tier in snapshot.all(TierSpec.self) {
      let paging: Tier.Paging =
        switch tier.spec.paging {
        case .page: .page
        case .notify: .notify
        case .record: .record
        }
      tiers[tier.spec.level] = Tier(
        level: tier.spec.level, paging: paging, opensIncident: tier.spec.opensIncident,
        severity: tier.spec.severity.flatMap(IncidentSeverity.init(rawValue:)), groupWait: tier.spec.groupWait)
    }
    return tiers
  }

  private static func heartbeats(_ snapshot: Snapshot) -> [HeartbeatRule] {
    snapshot.all(IntegrationSpec.self).compactMap { integration in
      integration.spec.heartbeat.map {
        HeartbeatRule(
          name: integration.ref.shortName, every: $0.every, grace: $0.grace,
          service: integration.spec.service?.shortName,
          urgency: integration.spec.urgency.flatMap { Urgency(rawValue: $0.rawValue) }, matchers: $0.matchers)
      }
    }
  }
}
