import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Testing

/// Three teams: `shop` needs `catalog`, which needs `database`; each has somebody on call, and `batch` is of tier 2 and
/// waits a minute for others.
enum ThreeTeams {
  static func environment(
    hours: WorkingHours? = nil, _ change: (inout Engine.Environment) -> Void = { _ in }
  ) -> Engine.Environment {
    func policy(_ name: String, _ user: String) -> EscalationPolicy {
      EscalationPolicy(
        name: name,
        levels: [
          .init(targets: [.user(user)], after: .minutes(5)), .init(targets: [.user("lead")], after: .minutes(10)),
        ], repeats: 0)
    }
    func contact(_ user: String) -> ContactRules {
      ContactRules(user: user, rules: [.init(channel: .init(kind: .webhook, name: "\(user)/hook"), after: .zero)])
    }
    let people = ["sam", "cat", "dee", "bo", "lead"]
    func service(_ name: String, _ tier: Int, _ policy: String) -> (String, Engine.Environment.Service) {
      (name, .init(name: name, tier: tier, owner: policy, policy: policy))
    }
    var environment = Engine.Environment(
      snapshot: "three",
      services: Dictionary(uniqueKeysWithValues: [
        service("shop", 0, "shop"), service("catalog", 1, "catalog"), service("database", 1, "database"),
        service("batch", 2, "batch"), service("report", 3, "batch"), service("attic", 4, "batch"),
      ]),
      policies: [
        "shop": policy("shop", "sam"), "catalog": policy("catalog", "cat"), "database": policy("database", "dee"),
        "batch": policy("batch", "bo"),
      ],
      tiers: [
        2: .init(level: 2, paging: .page, opensIncident: false, severity: nil, groupWait: .minutes(1)),
        3: .init(level: 3, paging: .notify, opensIncident: false, severity: nil),
        4: .init(level: 4, paging: .record, opensIncident: false, severity: nil),
      ],
      contacts: Dictionary(uniqueKeysWithValues: people.map { ($0, contact($0)) }))
    environment.holding.dependencies = ServiceGraph([
      "shop": ["catalog"], "catalog": ["database"], "batch": ["database"], "report": ["shop"],
    ])
    if let hours { environment.holding.hours = ["shop": hours, "report": hours] }
    change(&environment)
    return environment
  }
}

extension Story {
  mutating func fire(
    _ service: String, labels: [(String, String)], key: String? = nil, urgency: Urgency = .page
  ) throws -> ULID {
    try ask(
      .fire(
        Signal(
          key: key ?? "\(service) \(labels)", service: service, severity: .error, urgency: urgency,
          summary: "\(service) fails", labels: labels.map { .init(name: $0.0, value: $0.1) }),
        by: .system("slo"))
    ).alert
  }

  mutating func resolve(_ key: String) throws {
    try ask(.resolveAlert(key: key, reason: "recovered", by: .system("slo")))
  }

  func held(_ id: ULID) -> AlertSuppressed? { state.alerts.alerts[id]?.suppression }
  func isPaging(_ id: ULID) -> Bool { state.alerts.alerts[id]?.isPaging ?? false }

  mutating func silence(
    _ matcher: LabelMatcher, minutes: Int64, recurrence: String? = nil, as id: ULID? = nil
  ) throws -> ULID {
    let start = id.flatMap { state.silences[$0]?.start } ?? now
    return try ask(
      .saveSilence(
        id,
        SilenceCreated(
          matchers: [matcher], start: start, end: now + .minutes(minutes), comment: "a drill", author: "sam",
          recurrence: recurrence), by: .user("sam")))
  }
}

@Suite struct GroupStories {
  @Test func anUpstreamFailureGathersItsDependants() throws {
    var story = Story(ThreeTeams.environment())
    let cause = try story.fire("database", key: "db")
    story.expect("dee/hook fired")
    let shop = try story.fire("shop", key: "shop")
    let catalog = try story.fire("catalog", key: "catalog")
    story.expect()
    #expect(story.held(shop)?.code == .grouped)
    #expect(story.held(shop)?.into == cause)
    #expect(story.held(shop)?.chain == ["shop", "catalog", "database"])
    #expect(story.held(catalog)?.chain == ["catalog", "database"])
    // The cause is over and the shop is not: it pages now, the catalog after it is over as well.
    try story.resolve("catalog")
    try story.resolve("db")
    story.expect("dee/hook resolved", "sam/hook fired")
    #expect(story.isPaging(shop))
  }

  @Test func whenACauseEndsTheNextCauseSpeaksForItsDependants() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("database", key: "db")
    story.expect("dee/hook fired")
    let shop = try story.fire("shop", key: "shop")
    let catalog = try story.fire("catalog", key: "catalog")
    try story.resolve("db")
    story.expect("dee/hook resolved", "cat/hook fired")
    #expect(story.held(shop)?.into == catalog)
    #expect(story.held(shop)?.chain == ["shop", "catalog"])
  }

  @Test func aCauseThatShowsUpLaterTakesOver() throws {
    var story = Story(ThreeTeams.environment())
    let shop = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    try story.advance(.minutes(2))
    let cause = try story.fire("database", key: "db")
    story.expect("dee/hook fired", "sam/hook notice")
    #expect(story.held(shop)?.into == cause)
    // Nobody further is paged for the shop.
    try story.advance(.minutes(4))
    story.expect()
    try story.ask(.acknowledgeAlert(cause, via: "page", by: .user("dee")))
    try story.advance(.minutes(30))
    story.expect()
    try story.resolve("db")
    story.expect("dee/hook resolved", "sam/hook fired")
  }

  @Test func whatSomebodyHasTakenStaysTheirs() throws {
    var story = Story(ThreeTeams.environment())
    let shop = try story.fire("shop", key: "shop")
    try story.ask(.acknowledgeAlert(shop, via: "page", by: .user("sam")))
    story.expect("sam/hook fired")
    let cause = try story.fire("database", key: "db")
    story.expect("dee/hook fired")
    #expect(story.state.alerts.alerts[shop]?.acknowledgedBy == .user("sam"))
    #expect(story.held(shop)?.into == cause, "it is shown under its cause")
    // A further alert of the shop is sam's.
    let more = try story.fire("shop", key: "more")
    #expect(story.held(more)?.into == shop)
    try story.resolve("db")
    story.expect("dee/hook resolved")
  }

  @Test func aCauseThatIsHeldBackGathersNobody() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.silence(.init("service", .equal("database")), minutes: 60)
    _ = try story.fire("database", key: "db")
    story.expect()
    _ = try story.fire("catalog", key: "catalog", urgency: .ticket)
    let shop = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    #expect(story.isPaging(shop))
  }

  @Test func silencingACausePagesForItsDependants() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("database", key: "db")
    let shop = try story.fire("shop", key: "shop")
    story.expect("dee/hook fired")
    _ = try story.silence(.init("service", .equal("database")), minutes: 60)
    story.expect("sam/hook fired")
    #expect(story.isPaging(shop))
  }

  @Test func aCircleInTheCatalogLosesNothing() throws {
    var story = Story(
      ThreeTeams.environment {
        $0.holding.dependencies = ServiceGraph([
          "shop": ["catalog"], "catalog": ["database"], "database": ["shop"],
        ])
      })
    let shop = try story.fire("shop", key: "shop")
    let catalog = try story.fire("catalog", key: "catalog")
    story.expect("sam/hook fired")
    #expect(story.held(catalog)?.into == shop)
    try story.resolve("shop")
    story.expect("sam/hook resolved", "cat/hook fired")
  }

  /// Both causes stop paging by one command: what waited for the one must not be left waiting for the other.
  @Test(arguments: [["catalog", "database"], ["database", "catalog"]])
  func whatTwoCausesHeldPagesWhenBothAreInhibitedAtOnce(causes: [String]) throws {
    var story = Story(
      ThreeTeams.environment {
        $0.holding.dependencies = ServiceGraph(["shop": ["catalog", "database"]])
        $0.holding.inhibitions = [
          .init(
            name: "stop", source: [.init("alertname", .equal("Stop"))],
            target: [.init("alertname", .equal("Cause"))], equal: [])
        ]
      })
    for cause in causes { _ = try story.fire(cause, labels: [("alertname", "Cause")]) }
    let shop = try story.fire("shop", key: "shop")
    #expect(story.held(shop)?.code == .grouped && !story.isPaging(shop))
    _ = try story.fire("batch", labels: [("alertname", "Stop")])
    #expect(story.isPaging(shop), "\(story.held(shop)?.reason ?? "")")
  }

  @Test func anOldTroubleIsNoCause() throws {
    var story = Story(ThreeTeams.environment())
    let cause = try story.fire("database", key: "db")
    try story.ask(.acknowledgeAlert(cause, via: "page", by: .user("dee")))
    try story.advance(.hours(5))
    story.unexpected = []
    _ = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
  }

  @Test func lowerTiersWaitForOthersOfTheirGroup() throws {
    var story = Story(ThreeTeams.environment())
    let first = try story.fire("batch", key: "one")
    try story.advance(.seconds(30))
    let second = try story.fire("batch", key: "two")
    story.expect()
    #expect(story.held(first)?.code == .waiting)
    try story.advance(.seconds(31))
    story.expect("bo/hook fired")
    #expect(story.held(second)?.code == .joined)
    // What is over before anybody was paged pages nobody.
    try story.resolve("one")
    story.expect("bo/hook resolved")
    try story.advance(.seconds(30))
    story.expect("bo/hook fired")
    var other = Story(ThreeTeams.environment())
    _ = try other.fire("batch", key: "one")
    try other.resolve("one")
    try other.advance(.hours(1))
    other.expect()
  }

  @Test func theCauseArrivesWhileTheDependantWaits() throws {
    var story = Story(ThreeTeams.environment())
    let batch = try story.fire("batch", key: "batch")
    let cause = try story.fire("database", key: "db")
    try story.advance(.minutes(2))
    story.expect("dee/hook fired")
    #expect(story.held(batch)?.into == cause)
  }

  @Test func anEscalationThatNobodyAnsweredGathersOnlyForAWhile() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("shop", key: "one")
    try story.advance(.hours(1))
    story.expect("lead/hook fired", "sam/hook fired")
    _ = try story.fire("shop", key: "two")
    story.expect("sam/hook fired")
  }

  @Test func anInhibitionHoldsBackUntilItsSourceIsOver() throws {
    var story = Story(
      ThreeTeams.environment {
        $0.holding.inhibitions = [
          .init(
            name: "zone-down", source: [.init("alertname", .equal("ZoneDown"))],
            target: [.init("alertname", .matching(try! Pattern("Node.*")))], equal: ["zone"])
        ]
      })
    let early = try story.fire("catalog", labels: [("alertname", "NodeSlow"), ("zone", "a")])
    story.expect("cat/hook fired")
    let source = try story.fire("shop", labels: [("alertname", "ZoneDown"), ("zone", "a")], key: "zone")
    story.expect("sam/hook fired")
    #expect(story.held(early)?.code == .inhibited, "what pages already stops")
    #expect(story.held(early)?.into == source)
    _ = try story.fire("database", labels: [("alertname", "NodeDown"), ("zone", "a")])
    story.expect()
    let other = try story.fire("batch", labels: [("alertname", "NodeDown"), ("zone", "b")])
    #expect(story.held(other)?.code == .waiting, "another zone is not explained")
    try story.resolve("zone")
    story.expect("dee/hook fired", "sam/hook resolved")
    #expect(story.held(early)?.code == .grouped)
  }
}

@Suite struct SilenceStories {
  @Test func anAlertThatStillFiresWhenItsSilenceEndsPagesThen() throws {
    var story = Story(ThreeTeams.environment())
    let silence = try story.silence(.init("service", .equal("shop")), minutes: 10)
    let alert = try story.fire("shop", key: "shop")
    story.expect()
    #expect(story.held(alert)?.by == "silence/\(silence)")
    try story.advance(.minutes(9))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("sam/hook fired")
  }

  @Test func silencingWhatPagesStopsItAndEndingTheSilenceGoesOn() throws {
    var story = Story(ThreeTeams.environment())
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    let silence = try story.silence(.init("service", .equal("shop")), minutes: 60)
    try story.advance(.minutes(20))
    story.expect()
    #expect(story.held(alert)?.code == .silenced)
    try story.ask(.expireSilence(silence, by: .user("sam")))
    story.expect()
    #expect(story.isPaging(alert))
    try story.advance(.minutes(6))
    story.expect("lead/hook fired")
  }

  @Test func aSilenceThatIsCutShortEndsThen() throws {
    var story = Story(ThreeTeams.environment())
    let silence = try story.silence(.init("service", .equal("shop")), minutes: 60)
    _ = try story.fire("shop", key: "shop")
    #expect(try story.silence(.init("service", .equal("shop")), minutes: 5, as: silence) == silence)
    try story.advance(.minutes(6))
    story.expect("sam/hook fired")
  }

  @Test func oneThatJoinedASilencedAlertTakesItsPlace() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("shop", labels: [("code", "500")])
    let other = try story.fire("shop", labels: [("code", "404")])
    story.expect("sam/hook fired")
    _ = try story.silence(.init("code", .equal("500")), minutes: 60)
    story.expect("sam/hook fired")
    #expect(story.isPaging(other))
  }

  @Test func aRecurringSilenceComesAgain() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.silence(.init("service", .equal("shop")), minutes: 30, recurrence: "FREQ=DAILY")
    try story.advance(.days(3) + .minutes(10))
    _ = try story.fire("shop", key: "shop")
    story.expect()
    try story.advance(.minutes(21))
    story.expect("sam/hook fired")
  }

  @Test func plannedMaintenanceHoldsBackUntilItsEnd() throws {
    var story = Story()
    story.environment = ThreeTeams.environment {
      $0.holding.maintenance = [
        .init(
          name: "move", services: ["shop"], slos: [],
          times: RecurringTimes(
            start: Story().now - .minutes(1), end: Story().now + .minutes(15), recurrence: nil, zone: .utc),
          reason: "the rack moves")
      ]
    }
    let alert = try story.fire("shop", key: "shop")
    story.expect()
    #expect(story.held(alert)?.by == "maintenance/move")
    try story.advance(.minutes(16))
    story.expect("sam/hook fired")
  }
}

@Suite struct HoldStories {
  @Test func aTicketWaitsForItsOwnersMorningAndGoesOutOnce() throws {
    // Thursday 2026-05-28, 20:26 UTC.
    var story = Story(ThreeTeams.environment())
    let ticket = try story.fire("shop", key: "slow", urgency: .ticket)
    let joined = try story.fire("shop", key: "slower", urgency: .ticket)
    #expect(story.held(ticket)?.code == .deferred)
    #expect(story.held(ticket)?.until == Instant(rfc3339: "2026-05-29T09:00:00Z"))
    #expect(story.held(joined)?.code == .joined)
    try story.advance(.hours(12))
    story.expect()
    try story.advance(.hours(1))
    story.expect("sam/hook fired")
    try story.advance(.hours(20))
    story.expect()
    #expect(story.held(joined)?.code == .joined)
  }

  @Test func holidaysAreNoWorkingDays() throws {
    let friday = try #require(CivilDate(isoText: "2026-05-29"))
    var hours = WorkingHours.standard(in: .utc)
    hours.holidays = [friday]
    var story = Story(ThreeTeams.environment(hours: hours))
    let ticket = try story.fire("shop", key: "slow", urgency: .ticket)
    #expect(story.held(ticket)?.until == Instant(rfc3339: "2026-06-01T09:00:00Z"))
  }

  @Test func aTierThatNotifiesWaitsAndOneThatRecordsPagesNobody() throws {
    var story = Story(ThreeTeams.environment())
    let report = try story.fire("report", key: "report")
    let attic = try story.fire("attic", key: "attic")
    let record = try story.fire("shop", key: "record", urgency: .record)
    try story.advance(.hours(1))
    story.expect()
    #expect(story.held(report)?.code == .deferred)
    #expect(story.held(attic)?.code == .recordedOnly)
    #expect(story.held(record)?.code == .recordedOnly)
    try story.advance(.hours(14))
    story.expect("bo/hook fired")
  }

  @Test func aTicketDoesNotSwallowAPage() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("shop", key: "slow", urgency: .ticket)
    _ = try story.fire("shop", key: "down")
    story.expect("sam/hook fired")
  }

  @Test func whatComesAndGoesPagesOnceMoreAndThenHolds() throws {
    var story = Story(ThreeTeams.environment())
    for _ in 1...3 {
      _ = try story.fire("shop", key: "shop")
      try story.advance(.minutes(2))
      try story.resolve("shop")
      try story.advance(.minutes(2))
    }
    story.expect(
      "sam/hook fired", "sam/hook fired", "sam/hook fired", "sam/hook resolved", "sam/hook resolved",
      "sam/hook resolved")
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    for _ in 1...5 {
      try story.advance(.minutes(2))
      try story.resolve("shop")
      try story.advance(.minutes(2))
      #expect(try story.fire("shop", key: "shop") == alert)
    }
    story.expect()
    #expect(story.held(alert)?.code == .flapping)
    #expect(story.state.alerts.alerts[alert]?.flapping?.count == 9)
    // It now fires without a break: somebody hears of it again.
    try story.advance(.minutes(16))
    story.expect("sam/hook fired")
    // And once it has been quiet for long enough it is over.
    try story.resolve("shop")
    try story.advance(.minutes(29))
    #expect(story.state.alerts.alerts[alert]?.isOpen == true)
    try story.advance(.minutes(2))
    #expect(story.state.alerts.alerts[alert]?.isOpen == false)
    story.expect("sam/hook resolved")
  }

  /// Somebody takes an alert that is silenced, and another joins it. When the acknowledgement expires and the silence
  /// is still there, the other pages.
  @Test func whatJoinedASilencedAlertPagesWhenNobodyHasThatOneAnyMore() throws {
    var story = Story(ThreeTeams.environment { $0.policies["shop"]?.acknowledgeTimeout = .minutes(10) })
    let head = try story.fire("shop", labels: [("disk", "a")], key: "head")
    story.expect("sam/hook fired")
    _ = try story.silence(.init("disk", .equal("a")), minutes: 60)
    try story.ask(.acknowledgeAlert(head, via: "page", by: .user("sam")))
    #expect(story.held(head)?.code == .silenced)
    let other = try story.fire("shop", key: "other")
    #expect(story.held(other)?.code == .joined)
    story.expect()
    try story.advance(.minutes(10))
    story.expect("sam/hook fired")
    #expect(story.held(other) == nil && story.held(head)?.code == .silenced)
  }

  @Test func newDefinitionsPageForWhatNoPolicyDid() throws {
    var story = Story(
      ThreeTeams.environment { environment in
        environment.services["shop"]?.policy = nil
        environment.contacts = [:]
      })
    let alert = try story.fire("shop", key: "shop")
    story.expect()
    #expect(story.held(alert)?.code == .noPolicy)
    story.environment = ThreeTeams.environment()
    try story.ask(
      .record(DefinitionsChanged(hash: "three", documents: 1), on: Subject("definitions", "all"), by: .system("loader"))
    )
    try story.advance(.seconds(1))
    story.expect("sam/hook fired")
  }
}

@Suite struct StormStories {
  /// Services that all need the database.
  private func dependants(_ names: [String]) -> Story {
    Story(
      ThreeTeams.environment { environment in
        for name in names { environment.services[name] = .init(name: name, tier: 2, owner: "shop", policy: "shop") }
        environment.tiers[2] = .init(level: 2, paging: .page, opensIncident: false, severity: nil)
        environment.holding.dependencies = ServiceGraph(
          Dictionary(uniqueKeysWithValues: names.map { ($0, ["database"]) }))
      })
  }

  /// A cause with thousands of dependants' alerts: no command sets off thousands of events, and all are looked at.
  @Test func aCauseWithThousandsOfDependantsEndsInParts() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.fire("database", key: "db")
    for number in 0..<3_000 { _ = try story.fire("shop", key: "shop-\(number)") }
    story.expect("dee/hook fired")
    let before = story.journal.count
    try story.resolve("db")
    #expect(story.journal.count - before < 300)
    try story.advance(.seconds(1))
    story.expect("dee/hook resolved", "sam/hook fired")
    #expect(story.state.alerts.sweeps.isEmpty)
    #expect(story.state.alerts.open.filter(\.isPaging).count == 1)
  }

  /// A cause shows up after a thousand services that need it have paged: all of them come under it, in parts, and who
  /// was paged a thousand times is told once.
  @Test func aCauseTakesOverAThousandDependantsInParts() throws {
    let names = (0..<1_000).map { "app-\($0)" }
    var story = dependants(names)
    for name in names { _ = try story.fire(name, key: name) }
    #expect(story.unexpected.count == 1_000)
    story.unexpected = []
    let before = story.journal.count
    let cause = try story.fire("database", key: "db")
    #expect(story.journal.count - before < 1_000, "one command takes over a part")
    #expect(story.state.alerts.members(of: try #require(story.state.alerts.alerts[cause]), limit: 2_000).count == 100)
    try story.advance(.seconds(1))
    story.expect("dee/hook fired", "sam/hook notice")
    #expect(story.state.alerts.sweeps.isEmpty)
    #expect(story.state.alerts.open.filter(\.isPaging).map(\.id) == [cause])
    #expect(story.state.alerts.members(of: try #require(story.state.alerts.alerts[cause]), limit: 2_000).count == 1_000)
    try story.advance(.minutes(4))
    story.expect()
  }

  /// The cause ends while it is still taking over: nothing more goes under it, and what it held pages again.
  @Test func aCauseThatEndsMeanwhileTakesNoMore() throws {
    let names = (0..<300).map { "app-\($0)" }
    var story = dependants(names)
    for name in names { _ = try story.fire(name, key: name) }
    _ = try story.fire("database", key: "db")
    try story.resolve("db")
    try story.advance(.seconds(1))
    #expect(story.state.alerts.sweeps.isEmpty)
    #expect(story.state.alerts.open.filter(\.isPaging).count == 300)
  }

  @Test func recoveringOneByOneIsNotQuadratic() throws {
    var story = Story(ThreeTeams.environment())
    for number in 0..<1_000 { _ = try story.fire("shop", key: "shop-\(number)") }
    let before = story.journal.count
    for number in 0..<1_000 { try story.resolve("shop-\(number)") }
    #expect(story.journal.count - before < 40_000)
    #expect(story.state.alerts.openCount == 0)
  }

  @Test func takingAGroupTakesAllOfIt() throws {
    var story = Story(ThreeTeams.environment())
    let first = try story.fire("shop", key: "first")
    for number in 0..<500 { _ = try story.fire("shop", key: "shop-\(number)") }
    try story.ask(.acknowledgeAlert(first, via: "page", by: .user("sam")))
    try story.advance(.seconds(1))
    #expect(story.state.alerts.open.allSatisfy { $0.status == .acknowledged && $0.acknowledgedBy == .user("sam") })
  }

  /// The acknowledgement of a head expires: of all that was taken with it nothing stays somebody's.
  @Test func whatWasTakenWithAHeadIsGivenBackWithIt() throws {
    for service in ["shop", nil] {
      var story = Story(
        ThreeTeams.environment {
          $0.policies["shop"]?.acknowledgeTimeout = .minutes(10)
          $0.router.routes = [AlertRoute(name: "rest", policy: "shop")]
        })
      func signal(_ key: String) -> Signal {
        Signal(
          key: key, service: service, severity: .error, urgency: .page, summary: key, integration: "alertmanager/main")
      }
      let first = try story.ask(.fire(signal("first"), by: .system("test"))).alert
      for number in 0..<450 { try story.ask(.fire(signal("\(number)"), by: .system("test"))) }
      try story.ask(.acknowledgeAlert(first, via: "page", by: .user("sam")))
      try story.advance(.seconds(1))
      #expect(story.state.alerts.open.allSatisfy { $0.status == .acknowledged })
      let before = story.journal.count
      try story.advance(.minutes(10))
      #expect(story.state.alerts.open.allSatisfy { $0.status == .firing && $0.acknowledgedBy == nil })
      #expect(story.state.alerts.sweeps.isEmpty)
      #expect(story.journal.count - before < 600)
      story.expect("sam/hook fired", "sam/hook fired")
    }
  }

  @Test func aSnapshotKnowsTheSameAsTheEvents() throws {
    var story = Story(ThreeTeams.environment())
    _ = try story.silence(.init("service", .equal("report")), minutes: 60)
    for (number, service) in ["database", "shop", "catalog", "batch", "report", "shop"].enumerated() {
      _ = try story.fire(service, key: "\(number)")
    }
    try story.resolve("1")
    let restored = try Alerts(snapshot: story.state.alerts.snapshot())
    #expect(try restored.snapshot() == story.state.alerts.snapshot())
    #expect(restored.heldKeys == story.state.alerts.heldKeys)
    #expect(restored.nextDeadline == story.state.alerts.nextDeadline)
    #expect(restored.open.map(\.id) == story.state.alerts.open.map(\.id))
    #expect(restored.paging.map(\.id) == story.state.alerts.paging.map(\.id))
    for alerts in [restored, story.state.alerts] {
      let apart = alerts.open.filter { !$0.isUnderAnother }
      #expect(apart.count < alerts.openCount && alerts.newestApart().map(\.id) == apart.reversed().map(\.id))
      #expect(alerts.newestKept().map(\.id) == alerts.alerts.sortedKeys.reversed())
      #expect(alerts.newestResolved().map(\.id).count == 1)
    }
  }
}
