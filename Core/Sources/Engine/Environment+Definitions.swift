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
    compiling snapshot: Snapshot, objectives: [Objective], zone: (_ name: String) -> Zone?,
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String]
  ) {
    let maintenance = MaintenanceWindows(snapshot, zone: zone)
    self.init(
      snapshot: snapshot.hash, services: Self.services(snapshot), policies: Self.policies(snapshot),
      tiers: Self.tiers(snapshot), routes: Self.routes(snapshot), contacts: Self.contacts(snapshot),
      schedules: Set(snapshot.all(ScheduleSpec.self).map(\.ref.shortName)),
      freezes: Dictionary(
        snapshot.all(FreezeSpec.self).map { ($0.ref.shortName, FreezeWindow($0)) }, uniquingKeysWith: { $1 }),
      objectives: Dictionary(objectives.map { ($0.id, $0.service) }, uniquingKeysWith: { first, _ in first }),
      budgetPolicies: Self.budgetPolicies(snapshot, objectives), onCall: onCall,
      maintenance: { maintenance.ranges(slo: $0, service: $1, within: $2) })
    protection = Protection(snapshot, zone: zone)
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

  private static func policies(_ snapshot: Snapshot) -> [String: EscalationPolicy] {
    let channels = snapshot.all(ChannelSpec.self)
    var policies: [String: EscalationPolicy] = [:]
    for policy in snapshot.all(EscalationPolicySpec.self) {
      let levels = policy.spec.levels.map { level in
        EscalationPolicy.Level(
          targets: level.targets.compactMap { target in
            switch target {
            case .user(let user): .user(user.shortName)
            case .schedule(let schedule): .schedule(schedule.shortName)
            case .channel(let ref):
              channels.first { $0.ref == ref }.map {
                .channel(ChannelReference(kind: kind($0.spec.type), name: ref.shortName))
              }
            }
          },
          after: level.escalateAfter)
      }
      let name = policy.ref.shortName
      policies[name] = EscalationPolicy(name: name, levels: levels, repeats: policy.spec.repeatCount)
    }
    return policies
  }

  private static func kind(_ type: ChannelSpec.ChannelType) -> ChannelReference.Kind {
    switch type {
    case .webhook: .webhook
    case .smtp: .smtp
    case .slack: .slack
    }
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
        severity: tier.spec.severity.flatMap(IncidentSeverity.init(rawValue:)))
    }
    return tiers
  }

  private static func routes(_ snapshot: Snapshot) -> [Route] {
    snapshot.routes.map { route in
      let match = route.spec.match
      return Route(
        services: match.services.map(\.shortName), owners: match.owners.map(\.shortName), tiers: match.tiers,
        severities: match.severities.compactMap { AlertSeverity(rawValue: $0.rawValue) },
        labels: match.labels.map { .init(name: $0.key, value: $0.value) }, policy: route.spec.policy.shortName)
    }
  }

  private static func contacts(_ snapshot: Snapshot) -> [String: ContactRules] {
    var contacts: [String: ContactRules] = [:]
    for contact in snapshot.all(ContactSpec.self) {
      let user = contact.spec.user.shortName
      let rules = contact.spec.high.compactMap { rule -> ContactRules.Rule? in
        guard let method = contact.spec.methods.first(where: { $0.name == rule.method }),
          let channel = snapshot.find(ChannelSpec.self, method.channel)
        else { return nil }
        let reference = ChannelReference(kind: kind(channel.spec.type), name: "\(user)/\(method.name)")
        return ContactRules.Rule(channel: reference, after: rule.after)
      }
      contacts[user] = ContactRules(user: user, rules: rules)
    }
    return contacts
  }
}
