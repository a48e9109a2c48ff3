import Base
import Engine
import Events
import Journal
import Objectives
import OnCall

/// The made-up company that a seed plays in: services, people and whom to page.
enum Town {
  static let services = ["playback", "search", "billing", "encoder", "mailer"]
  static let people = ["ana", "ben", "cem", "dia"]

  /// The second level of a service: a person and a schedule, people in turn, or everybody.
  private static func second(_ index: Int) -> [EscalationPolicy.Target] {
    switch index % 3 {
    case 0: [.user(people[index % people.count]), .schedule("backup")]
    case 1: [.roundRobin(people)]
    default: [.everyone(name: "the town", users: people)]
    }
  }

  /// The environment of a seed: waits, repeats and holes in the rota differ from seed to seed.
  static func environment(random: inout SeededGenerator) -> Engine.Environment {
    var policies: [String: EscalationPolicy] = [:]
    var entries: [String: Engine.Environment.Service] = [:]
    for (index, service) in services.enumerated() {
      let first = Interval.seconds(Int64.random(in: 30...600, using: &random))
      let later = Interval.seconds(Int64.random(in: 30...900, using: &random))
      let held = Interval.seconds(Int64.random(in: 300...7_200, using: &random))
      policies["\(service)-policy"] = EscalationPolicy(
        name: "\(service)-policy",
        levels: [
          .init(targets: [.schedule("rota")], after: first),
          .init(targets: second(index), after: later),
        ],
        repeats: Int.random(in: 0...1, using: &random), acknowledgeTimeout: index % 2 == 0 ? held : nil)
      // The last service has no policy: its alerts have to say so.
      entries[service] = .init(
        name: service, tier: index, owner: "team", policy: index == services.count - 1 ? nil : "\(service)-policy")
    }
    var contacts: [String: ContactRules] = [:]
    for (index, person) in people.enumerated() {
      var rules = [ContactRules.Rule(channel: .init(kind: .webhook, name: "\(person)/hook"), after: .zero)]
      if index % 2 == 0 {
        let later = Interval.seconds(Int64.random(in: 0...180, using: &random))
        rules.append(.init(channel: .init(kind: .smtp, name: "\(person)/mail"), after: later))
      }
      contacts[person] = ContactRules(user: person, rules: rules)
    }
    let emptyHour = Int64.random(in: 0..<6, using: &random)
    return Engine.Environment(
      snapshot: "town", services: entries, policies: policies, contacts: contacts, schedules: ["rota", "backup"],
      objectives: Dictionary(uniqueKeysWithValues: services.map { ("\($0)-works", $0) }),
      budgetPolicies: [
        BudgetPolicy(
          name: "town", slos: Set(services.map { "\($0)-works" }),
          steps: [
            .init(consumed: 0.5, action: .notify), .init(consumed: 0.75, action: .review),
            .init(consumed: 0.9, action: .page), .init(consumed: 1, action: .freeze),
          ])
      ]
    ) { schedule, now, overrides in
      if let cover = overrides.last(where: { $0.start <= now && now < $0.end }) { return [cover.user] }
      let hour = now.seconds / 3_600
      if schedule == "rota", hour % 6 == emptyHour { return [] }
      return [people[Int(hour + (schedule == "rota" ? 0 : 2)) % people.count]]
    }
  }
}
