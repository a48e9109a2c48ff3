import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Outbox
import Procedures
import Testing

/// What begins to hold back an alert that pages already. `ThreeTeams`: sam, and 5 minutes later lead.
@Suite struct PauseStories {
  func silence(_ story: inout Story, in wait: Interval, lasting length: Interval) throws -> ULID {
    try story.ask(
      .saveSilence(
        nil,
        SilenceCreated(
          matchers: [.init("service", .equal("shop"))], start: story.now + wait, end: story.now + wait + length,
          comment: "a drill", author: "sam"), by: .user("sam")))
  }

  func run(_ story: Story, _ alert: ULID) throws -> Run {
    try #require(story.state.alerts.alerts[alert]?.procedure.flatMap { story.state.procedures.runs[$0] })
  }

  @Test func aSilenceThatBeginsLaterStopsTheEscalationAndItGoesOnFromThere() throws {
    var story = Story(ThreeTeams.environment())
    story.watchesHolds = true
    let id = try silence(&story, in: .minutes(2), lasting: .hours(1))
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    let escalation = try run(story, alert).id
    try story.advance(.minutes(3))
    #expect(story.held(alert)?.by == "silence/\(id)")
    let waiting = try run(story, alert)
    #expect(waiting.pause?.left == .minutes(3))
    #expect(waiting.pause?.reason.contains("a drill") == true)
    let said = try #require(story.events(AlertSuppressed.type).last)
    #expect(said.subject == Subject("alert", alert))
    #expect(story.events(SilenceBegan.type).count == 1)
    try story.advance(.minutes(50))
    story.expect()
    // The silence ends after 62 minutes; three minutes of the wait were left.
    try story.advance(.minutes(10))
    #expect(story.isPaging(alert))
    story.expect()
    try story.advance(.minutes(3))
    story.expect("lead/hook fired")
    #expect(try run(story, alert).id == escalation)
    let resumed = try #require(try story.events(AlertEscalationResumed.type).last?.payload(AlertEscalationResumed.self))
    #expect(resumed.procedure == escalation && resumed.level == 1)
  }

  @Test func whoWasNotReachedIsPagedWhenItGoesOn() throws {
    var story = Story(ThreeTeams.environment())
    story.watchesHolds = true
    story.broken["sam/hook"] = "times out"
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    _ = try silence(&story, in: .zero, lasting: .minutes(30))
    try story.advance(.minutes(29))
    story.expect()
    story.broken = [:]
    try story.advance(.minutes(2))
    story.expect("sam/hook fired")
    #expect(story.isPaging(alert))
    try story.advance(.minutes(5))
    story.expect("lead/hook fired")
  }

  @Test func aLaterRuleOfThePersonGoesOutThatMuchLater() throws {
    var environment = ThreeTeams.environment()
    environment.contacts["sam"] = ContactRules(
      user: "sam",
      rules: [
        .init(channel: .init(kind: .webhook, name: "sam/hook"), after: .zero),
        .init(channel: .init(kind: .sms, name: "sam/phone"), after: .minutes(3)),
      ])
    var story = Story(environment)
    _ = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    try story.advance(.minutes(1))
    _ = try silence(&story, in: .zero, lasting: .minutes(30))
    try story.advance(.minutes(31))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("sam/phone fired")
    try story.advance(.minutes(2))
    story.expect("lead/hook fired")
  }

  @Test func maintenanceThatBeginsPausesAndAnAcknowledgementEndsIt() throws {
    var story = Story()
    story.environment = ThreeTeams.environment {
      $0.holding.maintenance = [
        .init(
          name: "move", services: ["shop"], slos: [],
          times: RecurringTimes(
            start: Story().now + .minutes(2), end: Story().now + .minutes(20), recurrence: nil, zone: .utc),
          reason: "the rack moves")
      ]
    }
    story.watchesHolds = true
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    try story.advance(.minutes(5))
    #expect(story.held(alert)?.by == "maintenance/move")
    #expect(story.events(MaintenanceBegan.type).map(\.subject) == [Subject("maintenance", "move")])
    try story.ask(.acknowledgeAlert(alert, via: "page", by: .user("sam")))
    try story.advance(.hours(1))
    story.expect()
    #expect(try run(story, alert).outcome == .cancelled)
  }

  @Test func anAlertThatBecomesInhibitedWaitsAndGoesOn() throws {
    var story = Story(
      ThreeTeams.environment {
        $0.holding.inhibitions = [
          .init(
            name: "zone", source: [.init("alertname", .equal("ZoneDown"))],
            target: [.init("alertname", .equal("NodeDown"))], equal: [])
        ]
      })
    let alert = try story.fire("shop", labels: [("alertname", "NodeDown")])
    story.expect("sam/hook fired")
    try story.advance(.minutes(4))
    _ = try story.fire("attic", labels: [("alertname", "ZoneDown")], key: "zone")
    #expect(story.held(alert)?.code == .inhibited)
    try story.advance(.hours(2))
    story.expect()
    try story.resolve("zone")
    story.expect()
    try story.advance(.minutes(1))
    story.expect("lead/hook fired")
  }

  @Test func newDefinitionsHoldBackWhatPages() throws {
    var story = Story(ThreeTeams.environment())
    let alert = try story.fire("shop", key: "shop")
    story.expect("sam/hook fired")
    story.environment.holding.silences = [
      .init(
        name: "test", matchers: [.init("service", .equal("shop"))],
        times: RecurringTimes(start: story.now, end: story.now + .hours(1), recurrence: nil, zone: .utc),
        author: "ana", reason: "a load test")
    ]
    try story.ask(
      .record(
        DefinitionsChanged(hash: "next", documents: 1), on: Subject("definitions", "next"),
        by: .system("definitions")))
    try story.advance(.minutes(30))
    #expect(story.held(alert)?.by == "silence/test")
    story.expect()
  }

  @Test func moreThanOneCommandCanStopWait() throws {
    var environment = ThreeTeams.environment()
    for number in 0..<250 {
      environment.services["s\(number)"] = .init(name: "s\(number)", tier: 1, owner: "shop", policy: "shop")
    }
    var story = Story(environment)
    let alerts = try (0..<250).map { try story.fire("s\($0)", labels: [("test", "load")]) }
    story.unexpected = []
    try story.ask(
      .saveSilence(
        nil,
        SilenceCreated(
          matchers: [.init("test", .equal("load"))], start: story.now, end: story.now + .hours(1), comment: "",
          author: "sam"), by: .user("sam")))
    try story.advance(.minutes(30))
    story.expect()
    #expect(alerts.allSatisfy { story.held($0)?.code == .silenced })
    #expect(story.state.alerts.sweeps.isEmpty)
  }

  @Test func whatJoinsAnotherMeanwhileIsOver() throws {
    var story = Story(ThreeTeams.environment())
    let first = try story.fire("shop", labels: [("code", "500")])
    story.expect("sam/hook fired")
    try story.ask(
      .saveSilence(
        nil,
        SilenceCreated(
          matchers: [.init("code", .equal("500"))], start: story.now, end: story.now + .minutes(10), comment: "",
          author: "sam"), by: .user("sam")))
    let escalation = try run(story, first)
    #expect(escalation.pause != nil)
    try story.advance(.minutes(9))
    _ = try story.fire("shop", labels: [("code", "404")])
    story.expect("sam/hook fired")
    try story.advance(.minutes(2))
    #expect(story.held(first)?.code == .joined)
    #expect(story.state.procedures.runs[escalation.id]?.outcome == .cancelled)
  }

  @Test func aTicketThatSomebodyWasToldOfIsNotToldAgain() throws {
    var story = Story(ThreeTeams.environment(hours: nil))
    // Thursday 20:26 UTC: the ticket goes out in the morning.
    let ticket = try story.fire("shop", key: "slow", urgency: .ticket)
    try story.advance(.hours(13))
    story.expect("sam/hook fired")
    _ = try silence(&story, in: .zero, lasting: .minutes(10))
    #expect(story.held(ticket)?.code == .silenced)
    try story.advance(.minutes(30))
    story.expect()
    #expect(story.isPaging(ticket))
  }
}
