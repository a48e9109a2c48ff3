import Base
import Definitions
import Events
import OnCall

extension Environment {
  /// Whom people can choose by hand.
  public struct People: Sendable {
    public struct Team: Sendable {
      public var members: [String]
      /// The escalation policy that its Group names.
      public var policy: String?
      public init(members: [String], policy: String? = nil) {
        self.members = members
        self.policy = policy
      }
    }

    public var teams: [String: Team]
    /// The channels by name.
    public var channels: [String: ChannelReference]

    public init(teams: [String: Team] = [:], channels: [String: ChannelReference] = [:]) {
      self.teams = teams
      self.channels = channels
    }

    init(_ snapshot: Snapshot) {
      self.init()
      for group in snapshot.all(GroupSpec.self) {
        teams[group.ref.shortName] = Team(
          members: GroupSpec.members(of: group.ref, in: snapshot).map(\.shortName),
          policy: group.metadata.annotation(ServiceAnnotations.escalationPolicy).map {
            EntityRef(
              parsing: $0, defaultKind: EscalationPolicySpec.kind.name, defaultNamespace: group.ref.namespace
            ).shortName
          })
      }
      for channel in snapshot.all(ChannelSpec.self) {
        let name = channel.ref.shortName
        channels[name] = ChannelReference(kind: Environment.kind(channel.spec.type), name: name)
      }
    }
  }

  static func policies(_ snapshot: Snapshot) -> [String: EscalationPolicy] {
    var policies: [String: EscalationPolicy] = [:]
    for policy in snapshot.all(EscalationPolicySpec.self) {
      let name = policy.ref.shortName
      policies[name] = EscalationPolicy(
        name: name,
        levels: policy.spec.levels.map { level in
          EscalationPolicy.Level(
            targets: level.targets.compactMap { target($0, snapshot) }, after: level.escalateAfter)
        }, repeats: policy.spec.repeatCount, acknowledgeTimeout: policy.spec.acknowledgeTimeout)
    }
    return policies
  }

  private static func target(
    _ target: EscalationPolicySpec.Target, _ snapshot: Snapshot
  ) -> EscalationPolicy.Target? {
    var seen: Set<String> = []
    let people = EscalationPolicySpec.people(of: target, in: snapshot).map(\.shortName)
      .filter { seen.insert($0).inserted }
    switch target {
    case .user(let user): return .user(user.shortName)
    case .schedule(let schedule): return .schedule(schedule.shortName)
    case .everyone(let schedule, let layer):
      let name = "schedule \(schedule.shortName)" + (layer.map { ", layer \($0)" } ?? "")
      return .everyone(name: name, users: people)
    case .group(let group): return .everyone(name: "team \(group.shortName)", users: people)
    case .roundRobin: return .roundRobin(people)
    case .channel(let ref):
      return snapshot.find(ChannelSpec.self, ref).map {
        .channel(ChannelReference(kind: kind($0.spec.type), name: ref.shortName))
      }
    }
  }

  static func kind(_ type: ChannelSpec.ChannelType) -> ChannelReference.Kind {
    switch type {
    case .webhook: .webhook
    case .smtp: .smtp
    case .slack: .slack
    case .ntfy: .ntfy
    case .sms: .sms
    }
  }

  /// - Parameter zone: finds the zones that quiet hours are in; one that is not there is taken as UTC.
  static func contacts(_ snapshot: Snapshot, zone: (_ name: String) -> Zone?) -> [String: ContactRules] {
    var contacts: [String: ContactRules] = [:]
    for contact in snapshot.all(ContactSpec.self) {
      let user = contact.spec.user.shortName
      func channel(_ method: ContactSpec.Method) -> ChannelReference? {
        snapshot.find(ChannelSpec.self, method.channel).map {
          ChannelReference(kind: kind($0.spec.type), name: "\(user)/\(method.name)")
        }
      }
      func rules(_ rules: [ContactSpec.Rule]) -> [ContactRules.Rule] {
        rules.compactMap { rule in
          contact.spec.methods.first { $0.name == rule.method }.flatMap(channel)
            .map { ContactRules.Rule(channel: $0, after: rule.after) }
        }
      }
      contacts[user] = ContactRules(
        user: user, rules: rules(contact.spec.high), low: rules(contact.spec.low),
        quiet: contact.spec.quietHours.map { hours in
          QuietHours(
            days: hours.days, from: hours.from, to: hours.to,
            zone: contact.spec.timeZone.flatMap(zone) ?? .utc)
        }, channels: contact.spec.methods.compactMap(channel))
    }
    return contacts
  }
}
