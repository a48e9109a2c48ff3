import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Testing

/// What one request of a sender reports together: a Prometheus sends up to 64 alerts at once, most of them of one
/// failure.
@Suite struct BodyStories {
  private static func signal(_ key: String, of service: String) -> Signal {
    Signal(key: key, service: service, severity: .critical, urgency: .page, summary: "\(service) fails: \(key)")
  }

  /// Reports alerts with one request; a key names its service up to the dash.
  private static func send(_ keys: [String], _ story: inout Story) throws -> [ULID] {
    let reports = keys.map { Report.fire(signal($0, of: String($0.prefix { $0 != "-" }))) }
    return try story.ask(.take(reports, raw: nil, by: .system("sender"))).compactMap(\.alert)
  }

  private static func end(_ keys: [String], _ story: inout Story) throws {
    let reports = keys.map { Report.resolve(key: $0, reason: "over") }
    _ = try story.ask(.take(reports, raw: nil, by: .system("sender")))
  }

  /// Three teams where one value of a label inhibits another.
  private static func inhibited(_ label: String, by source: String, of target: String, equal: [String]) -> Story {
    Story(
      ThreeTeams.environment { environment in
        environment.holding.inhibitions = [
          .init(
            name: "worst-first", source: [LabelMatcher(label, .equal(source))],
            target: [LabelMatcher(label, .equal(target))], equal: equal)
        ]
      })
  }

  @Test func alertsOfOneServiceAreOnePage() throws {
    var story = Story(ThreeTeams.environment())
    let keys = (0..<64).map { "shop-\($0)" }
    let ids = try Self.send(keys, &story)
    story.expect("sam/hook fired")
    #expect(story.isPaging(ids[0]))
    for id in ids.dropFirst() {
      #expect(story.held(id)?.code == .joined)
      #expect(story.held(id)?.into == ids[0])
    }
    #expect(story.events(IncidentOpened.type).count == 1)
    #expect(story.events(AlertEscalated.type).count == 1)
    try story.advance(.minutes(2))
    try Self.end(keys, &story)
    story.expect("sam/hook resolved")
    #expect(story.state.alerts.openCount == 0)
    // Nobody took the first one's place for a moment.
    #expect(story.events(AlertEscalated.type).count == 1)
    #expect(story.events(IncidentResolved.type).count == 1)
  }

  /// Sixty-four services fail at once, and each pages a large team: thousands of events with one command.
  @Test func aBodyOfManyPagesIsTakenWhole() throws {
    let names = (0..<64).map { "shard\($0)" }
    let people = (0..<40).map { "person\($0)" }
    var story = Story(
      ThreeTeams.environment { environment in
        environment.policies["all"] = EscalationPolicy(
          name: "all", levels: [.init(targets: people.map { .user($0) }, after: .minutes(5))], repeats: 0)
        for name in names {
          environment.services[name] = .init(name: name, tier: 1, owner: "shop", policy: "all")
        }
        for person in people {
          environment.contacts[person] = ContactRules(
            user: person, rules: [.init(channel: .init(kind: .webhook, name: "\(person)/hook"), after: .zero)])
        }
      })
    let ask = Ask.take(names.map { .fire(Self.signal($0, of: $0)) }, raw: nil, by: .system("sender"))
    let outcome = try story.loop.decide([ask.command], at: story.now, in: story.environment)
    let taken = try #require(try outcome.replies[0].get() as? [Taken])
    #expect(taken.compactMap(\.alert).count == 64)
    #expect(outcome.events.count { $0.type == PageRequested.type } == 64 * 40)
  }

  @Test(arguments: [
    ["shop-1", "catalog-1", "database-1"], ["database-1", "catalog-1", "shop-1"],
    ["catalog-1", "shop-1", "database-1"],
  ])
  func theCausePagesForAllWhereverItStands(keys: [String]) throws {
    var story = Story(ThreeTeams.environment())
    let ids = Dictionary(uniqueKeysWithValues: zip(keys, try Self.send(keys, &story)))
    story.expect("dee/hook fired")
    let cause = try #require(ids["database-1"])
    #expect(story.isPaging(cause))
    for key in ["shop-1", "catalog-1"] {
      let held = try #require(ids[key].flatMap { story.held($0) })
      #expect(held.code == .grouped)
      #expect(held.into == cause)
    }
    #expect(story.events(IncidentOpened.type).count == 1)
    try Self.end(keys, &story)
    story.expect("dee/hook resolved")
    #expect(story.events(AlertEscalated.type).count == 1)
  }

  @Test func whatInhibitsHoldsBackWhatCameBeforeItInTheSameBody() throws {
    var story = Self.inhibited("alertname", by: "Outage", of: "Slow", equal: [])
    func signal(_ name: String, _ service: String) -> Signal {
      Signal(
        key: name, service: service, severity: .critical, urgency: .page, summary: name,
        labels: [.init(name: "alertname", value: name)])
    }
    let reports = [Report.fire(signal("Slow", "shop")), .fire(signal("Outage", "batch"))]
    let ids = try story.ask(.take(reports, raw: nil, by: .system("sender"))).compactMap(\.alert)
    #expect(story.held(ids[0])?.code == .inhibited)
    try story.advance(.minutes(1))
    story.expect("bo/hook fired")
  }

  /// An alert can speak for its group and inhibit others of it at once; its end is the end of both.
  @Test func theEndOfWhatSpokeAndInhibitedIsOnePage() throws {
    var story = Self.inhibited("severity", by: "critical", of: "warning", equal: ["service"])
    func fire(_ key: String, _ severity: String) throws -> ULID {
      try story.fire("shop", labels: [("severity", severity)], key: key)
    }
    _ = try fire("worst", "critical")
    let second = try fire("second", "error")
    let third = try fire("third", "warning")
    #expect(story.held(second)?.code == .joined)
    #expect(story.held(third)?.code == .inhibited)
    story.expect("sam/hook fired")
    try story.resolve("worst")
    story.expect("sam/hook resolved", "sam/hook fired")
    #expect(story.isPaging(second))
    #expect(story.held(third)?.into == second)
  }

  /// Somebody silences what fails when hundreds of alerts of it are open: that is when it is done.
  @Test(arguments: [20, 64, 200]) func aServiceWithManyAlertsIsSilenced(count: Int) throws {
    var story = Story(ThreeTeams.environment())
    let keys = (0..<count).map { "shop-\($0)" }
    for start in stride(from: 0, to: count, by: Ask<[Taken]>.reportsMax) {
      _ = try Self.send(Array(keys[start..<min(count, start + Ask<[Taken]>.reportsMax)]), &story)
    }
    story.expect("sam/hook fired")
    let before = story.journal.count
    _ = try story.silence(LabelMatcher("service", .equal("shop")), minutes: 30)
    try story.advance(.minutes(29))
    story.expect()
    #expect(story.state.alerts.open.allSatisfy { $0.suppression?.code == .silenced })
    // An event or two for each of them, not one for each pair.
    #expect(story.journal.count - before < 2 * count + 20)
    // The escalation goes on from where it was, for all of them.
    try story.advance(.minutes(2))
    story.expect()
    #expect(story.state.alerts.pagingCount == 1)
    #expect(story.events(AlertEscalated.type).count == 1)
  }

  @Test func manyServicesThatPageAreSilencedAtOnce() throws {
    let names = (0..<60).map { "shard\($0)" }
    var story = Story(
      ThreeTeams.environment { environment in
        for name in names { environment.services[name] = .init(name: name, tier: 1, owner: "shop", policy: "shop") }
      })
    for name in names { _ = try Self.send((0..<40).map { "\(name)-\($0)" }, &story) }
    story.unexpected = []
    _ = try story.silence(LabelMatcher("severity", .equal("critical")), minutes: 30)
    try story.advance(.minutes(29))
    story.expect()
    #expect(story.state.alerts.open.allSatisfy { $0.suppression?.code == .silenced })
  }

  @Test func aNewAlertJoinsWhatSpeaksForItsServiceUntilThatEnds() throws {
    var story = Story(ThreeTeams.environment())
    let first = try Self.send(["shop-1"], &story)[0]
    story.expect("sam/hook fired")
    let reports = [Report.resolve(key: "shop-1", reason: "over"), .fire(Self.signal("shop-2", of: "shop"))]
    let taken = try story.ask(.take(reports, raw: nil, by: .system("sender")))
    // The answers stand where their reports do.
    #expect(taken[0].alert == first)
    let second = try #require(taken[1].alert)
    story.expect("sam/hook resolved", "sam/hook fired")
    #expect(story.isPaging(second))
    #expect(story.state.incidents.open.count == 1)
  }

  @Test func whoTakesWhatWaitsForOthersTakesTheseToo() throws {
    var story = Story(ThreeTeams.environment())
    let ids = try Self.send(["batch-1", "batch-2", "batch-3"], &story)
    #expect(ids.map { story.held($0)?.code } == [.waiting, .joined, .joined])
    try story.ask(.acknowledgeAlert(ids[0], via: "page", by: .user("bo")))
    for id in ids { #expect(story.state.alerts.alerts[id]?.status == .acknowledged) }
    // It speaks for them still, and for what comes later.
    let later = try Self.send(["batch-4"], &story)[0]
    #expect(story.held(later)?.into == ids[0])
    try story.advance(.hours(1))
    story.expect()
  }

  @Test func whoTakesWhatWaitsForItsCauseTakesWhatJoinedIt() throws {
    var story = Story(ThreeTeams.environment())
    _ = try Self.send(["database-1"], &story)
    story.expect("dee/hook fired")
    let ids = try Self.send(["catalog-1", "catalog-2"], &story)
    #expect(ids.map { story.held($0)?.code } == [.grouped, .joined])
    try story.ask(.acknowledgeAlert(ids[0], via: "page", by: .user("cat")))
    #expect(ids.map { story.state.alerts.alerts[$0]?.status } == [.acknowledged, .acknowledged])
  }
}
