import Base
import Events
import OnCall

/// Who is called for what no policy pages for: somebody always has it, without any configuration.
extension Environment {
  /// What pages, events and Alertmanager's clients call it. An `EscalationPolicy` of this name takes its place.
  public static let catchAllName = "catch-all"
  /// How long each of its levels has to answer.
  static let catchAllWait = Interval.minutes(10)

  public struct CatchAll: Sendable {
    public var policy: EscalationPolicy
    /// Whom it pages, in words: `team media, then the administrators`.
    public var whom: String
  }

  /// The policy that the alert's owning team names; else whoever of that team is on call, the whole team and the
  /// administrators, one after the other; and where none of these has a contact, everybody who has one in turn.
  ///
  /// - Parameter administrators: people whose login is an administrator's, sorted.
  /// - Returns: `nil` where nobody at all has a contact.
  public func catchAll(for signal: Signal, administrators: [String]) -> CatchAll? {
    if let own = policies[Self.catchAllName] {
      return CatchAll(policy: own, whom: "as the EscalationPolicy of that name says")
    }
    var levels: [[EscalationPolicy.Target]] = []
    var words: [String] = []
    if let owner = signal.service.flatMap({ services[$0]?.owner }) {
      if let team = people.teams[owner] {
        if let policy = team.policy.flatMap({ policies[$0] }) {
          return CatchAll(policy: policy, whom: "team \(owner) by its policy \(policy.name)")
        }
        if team.members.contains(where: canReach) {
          let schedules = schedules(ofTeam: team.members)
          if !schedules.isEmpty { levels.append(schedules.map { .schedule($0) }) }
          levels.append([.everyone(name: "team \(owner)", users: team.members)])
          words.append("team \(owner)")
        }
      } else if canReach(owner) {
        levels.append([.user(owner)])
        words.append(owner)
      }
    }
    let reachable = administrators.filter(canReach)
    if !reachable.isEmpty {
      levels.append([.everyone(name: "the administrators", users: reachable)])
      words.append("the administrators (\(reachable.joined(separator: ", ")))")
    }
    if levels.isEmpty {
      let all = contacts.keys.sorted().filter(canReach)
      if all.isEmpty { return nil }
      levels.append([.roundRobin(all)])
      words.append("whoever has a contact in turn, since no administrator has one")
    }
    return CatchAll(
      policy: EscalationPolicy(
        name: Self.catchAllName, levels: levels.map { .init(targets: $0, after: Self.catchAllWait) }, repeats: 0),
      whom: words.joined(separator: ", then "))
  }

  private func canReach(_ user: String) -> Bool { contacts[user]?.rules.isEmpty == false }

  /// The schedules in which nobody but people of the team takes turns.
  private func schedules(ofTeam members: [String]) -> [String] {
    let members = Set(members)
    return schedules.sorted().filter { name in
      guard let rota = protection.rotas[name], !rota.isEmpty else { return false }
      return rota.allSatisfy(members.contains)
    }
  }

  /// Whether a policy of the definitions pages for a signal, so that the catch-all has nothing to do.
  public func isRouted(_ signal: Signal) -> Bool {
    if let service = signal.service, let policy = services[service]?.policy, policies[policy] != nil { return true }
    return policy(for: signal) != nil
  }

  /// Why the catch-all pages, and whom, for a page that explains it.
  public func catchAllReason(for signal: Signal, administrators: [String]) -> String {
    guard let found = catchAll(for: signal, administrators: administrators) else {
      return "No route names a policy and nobody has a contact, so that nobody can be paged; \(Self.contactRemedy)"
    }
    return found.policy.name == Self.catchAllName
      ? "No route names a policy: the catch-all pages \(found.whom)"
      : "No route names a policy: \(found.whom) pages"
  }

  /// What helps where nobody can be reached.
  public static let contactRemedy =
    "write a Contact for somebody of the team that owns the service, or for an administrator"
}
