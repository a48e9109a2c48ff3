import Access
import Alerts
import Base
import Definitions
import Events
import Journal
import Runbooks

/// The runbooks in force, and which alerts they are for.
public struct RunbookBook: Sendable {
  public let plans: [String: Plan]
  /// The names of all, sorted.
  public let names: [String]
  /// Invocations of runbooks that name services, by service, and those of the others.
  private let byService: [String: [Rule]]
  private let ofAny: [Rule]

  /// One entry of a runbook's `invoke`.
  struct Rule: Sendable {
    var runbook: String
    var index: Int
    var invocation: RunbookHeader.Invocation
  }

  public init(plans list: [Plan] = []) {
    plans = Dictionary(list.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    names = plans.keys.sorted()
    var byService: [String: [Rule]] = [:]
    var ofAny: [Rule] = []
    for name in names {
      guard let plan = plans[name] else { continue }
      for (index, invocation) in plan.invocations.enumerated() {
        let rule = Rule(runbook: name, index: index, invocation: invocation)
        if plan.services.isEmpty { ofAny.append(rule) }
        for service in plan.services { byService[service, default: []].append(rule) }
      }
    }
    self.byService = byService
    self.ofAny = ofAny
  }

  init(_ snapshot: Snapshot) { self.init(plans: snapshot.runbooks.map { Plan($0) }) }

  /// The invocations that an alert sets off, sorted by runbook.
  func rules(for signal: Signal) -> [Rule] {
    if ofAny.isEmpty, byService.isEmpty { return [] }
    let candidates = (signal.service.flatMap { byService[$0] } ?? []) + ofAny
    return candidates.filter { rule in
      if let alert = rule.invocation.alert, alert != signal.slo, alert != signal.label("alertname") { return false }
      return rule.invocation.matchers.allSatisfy { $0.matches(signal.matchable($0.name)) }
    }
  }
}

extension State {
  /// Whether somebody may approve what a gate asks of a team or a role.
  ///
  /// - Returns: `nil`, or why not.
  func refusesApproval(_ actor: Actor, from: String, _ environment: Environment) -> String? {
    guard actor.text.hasPrefix("user/") else { return "\(actor.text) is no person; approvals are by people" }
    if access.isAlone(actor) { return nil }
    let name = String(actor.text.dropFirst(5))
    if let team = environment.people.teams[from] {
      return team.members.contains(name) ? nil : "\(name) does not belong to team \(from)"
    }
    guard let needed = Role(rawValue: from), needed != .sender else {
      return "\(from) is neither a team of the catalog nor a role; correct x-approve in the runbook"
    }
    // Without users and tokens whoever is at the machine may do everything.
    if access.isOpen || role(of: name).map({ $0.includes(needed) }) == true { return nil }
    return "\(name) does not have the role \(from)"
  }

  private func role(of user: String) -> Role? {
    if let user = access.user(named: user) { return user.role }
    return access.tokens.last { $0.user == user && $0.revoked == nil }?.role
  }
}
