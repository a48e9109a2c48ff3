import Alerts
import Base
import Events
import OnCall
import Runbooks

/// Who hears of a run that stopped half-way: somebody always has to.
extension Environment {
  /// The label with the person who started the run.
  static let starterLabel = "startedBy"
  /// How long each of them has to answer, and how often all are gone through again.
  private static let answerTime = Interval.minutes(10)
  private static let repeats = 3

  /// The policy of the service; else that of the team that owns the runbook, or the whole team; else the first route
  /// that takes everything and names one; else who started the run; else the first policy there is.
  func haltPolicy(for signal: Signal) -> EscalationPolicy? {
    if let policy = signal.service.flatMap({ services[$0]?.policy }).flatMap({ policies[$0] }) { return policy }
    if let owner = runbooks.plans[signal.label("runbook")]?.owner, let policy = policy(ofOwner: owner) { return policy }
    if let policy = router.decide(signal).policy.flatMap({ policies[$0] }) { return policy }
    if let policy = adHoc(user: signal.label(Self.starterLabel)) { return policy }
    return policies.keys.min().flatMap { policies[$0] }
  }

  /// The policy of a team, the whole team where it has none, or the person.
  private func policy(ofOwner owner: String) -> EscalationPolicy? {
    guard let team = people.teams[owner] else { return adHoc(user: owner) }
    if let policy = team.policy.flatMap({ policies[$0] }) { return policy }
    guard team.members.contains(where: { contacts[$0]?.rules.isEmpty == false }) else { return nil }
    return adHoc("team/\(owner)", .everyone(name: "team \(owner)", users: team.members))
  }

  private func adHoc(user: String) -> EscalationPolicy? {
    guard contacts[user]?.rules.isEmpty == false else { return nil }
    return adHoc("user/\(user)", .user(user))
  }

  private func adHoc(_ name: String, _ target: EscalationPolicy.Target) -> EscalationPolicy {
    EscalationPolicy(
      name: name, levels: [.init(targets: [target], after: Self.answerTime)], repeats: Self.repeats, isAdHoc: true)
  }
}
