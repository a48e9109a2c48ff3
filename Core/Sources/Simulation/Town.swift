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
      // The last service has no policy: the catch-all has its alerts.
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
    let rotas = schedules(random: &random)
    var environment = Engine.Environment(
      snapshot: "town", services: entries, policies: policies, contacts: contacts, schedules: Set(rotas.keys),
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
      rotas[schedule]?.onCall(at: now, overrides: overrides.map(\.covering)).map(\.user) ?? []
    }
    // Of some seeds the owner is a team whose people take turns, of others nobody the catalog knows.
    if random.chance(0.5) {
      environment.people.teams["team"] = .init(members: Array(people.prefix(2)))
      environment.protection.rotas["backup"] = random.chance(0.5) ? Array(people.prefix(2)) : people
    }
    for (index, severity) in IncidentSeverity.allCases.dropLast().enumerated() {
      environment.severities.set(
        severity,
        SeverityRules(
          definition: "bad", internalUpdates: .minutes(Int64.random(in: 3...30, using: &random) * Int64(index + 1)),
          externalUpdates: index < 2 ? .minutes(Int64.random(in: 10...60, using: &random)) : nil, isPublic: index < 2))
    }
    return environment
  }

  /// The town keeps Central European time. Of its seeds some begin an ordinary evening, some in the night in which the
  /// clock is set forward, and some in that in which it is set back.
  static let zone = Zone(name: "Town", rule: "CET-1CEST,M3.5.0,M10.5.0/3")!

  static func start(random: inout SeededGenerator) -> Instant {
    [
      Instant(seconds: 1_760_000_000),
      // 2026-03-28T23:00Z and 2026-10-24T22:00Z: two hours and three before the change.
      Instant(seconds: 1_774_738_800), Instant(seconds: 1_792_879_200),
    ].randomElement(using: &random)!
  }

  /// Two rotas with hand-overs from hourly to daily, some in the hour that a change of the clock skips or repeats, and
  /// a hole each night in the first.
  private static func schedules(random: inout SeededGenerator) -> [String: ScheduleDefinition] {
    let handover = CivilTime(
      hour: Int.random(in: 0...3, using: &random), minute: [0, 30].randomElement(using: &random)!)
    let start = CivilDateTime(date: CivilDate(year: 2025, month: 1, day: 6)!, time: handover!)
    let hole = Int.random(in: 1...5, using: &random)
    let restrictions = [
      ScheduleRestriction(from: CivilTime(hour: hole + 1, minute: 0)!, to: CivilTime(hour: hole, minute: 0)!)
    ]
    func cadence() -> ScheduleLayer.Cadence {
      .init([.hourly, .daily].randomElement(using: &random)!, every: Int.random(in: 1...3, using: &random))
    }
    return [
      "rota": ScheduleDefinition(
        name: "rota", zone: zone,
        layers: [
          .init(name: "first", users: people, cadence: cadence(), start: start, restrictions: restrictions)
        ]),
      "backup": ScheduleDefinition(
        name: "backup", zone: zone,
        layers: [.init(name: "second", users: people.reversed(), cadence: cadence(), start: start)]),
    ]
  }
}
