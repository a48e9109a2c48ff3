import Base
import Definitions
import Events
import Freeze
import Journal
import OnCall

extension Environment {
  /// Compiles a snapshot into what decisions read.
  ///
  /// - Parameter onCall: who is on call in a schedule; it needs the system's zone data, which the caller has read.
  public init(
    compiling snapshot: Snapshot, onCall: @escaping @Sendable (String, Instant, [Override]) -> [String]
  ) {
    self.init(
      snapshot: snapshot.hash, services: Self.services(snapshot), policies: Self.policies(snapshot),
      tiers: Self.tiers(snapshot), routes: Self.routes(snapshot), contacts: Self.contacts(snapshot),
      schedules: Set(snapshot.all(ScheduleSpec.self).map(\.ref.shortName)),
      freezes: Dictionary(
        snapshot.all(FreezeSpec.self).map { ($0.ref.shortName, FreezeWindow($0)) }, uniquingKeysWith: { $1 }),
      onCall: onCall, maintenance: Self.maintenance(snapshot))
  }

  /// The maintenance windows that are left out of budgets.
  private static func maintenance(
    _ snapshot: Snapshot
  ) -> @Sendable (String, String, Range<Instant>) -> [Range<Instant>] {
    var windows: [String: [Range<Instant>]] = [:]
    for entity in snapshot.all(MaintenanceSpec.self) where entity.spec.excludeFromBudget {
      guard entity.spec.start < entity.spec.end else { continue }
      for service in entity.spec.services {
        windows[service.shortName, default: []].append(entity.spec.start..<entity.spec.end)
      }
    }
    return { [windows] _, service, between in (windows[service] ?? []).filter { $0.overlaps(between) } }
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
