import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Outbox
import Procedures
import Testing

@Suite struct EscalationStories {
  private static func hook(_ user: String, _ name: String = "hook") -> ChannelReference {
    ChannelReference(kind: .webhook, name: "\(user)/\(name)")
  }

  /// A company whose one policy has these levels.
  private func company(
    _ levels: [EscalationPolicy.Level], timeout: Interval? = nil, contacts: [ContactRules] = [],
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String] = { _, _, _ in ["ana"] }
  ) -> Engine.Environment {
    var environment = Story.company()
    environment.policies["media"] = EscalationPolicy(
      name: "media", levels: levels, repeats: 0, acknowledgeTimeout: timeout)
    for contact in contacts { environment.contacts[contact.user] = contact }
    environment.onCall = onCall
    return environment
  }

  // MARK: Targets

  @Test func turnsOfARoundRobinGoOnAfterARestart() throws {
    var story = Story(
      company([.init(targets: [.roundRobin(["ana", "ben", "cem"])], after: .minutes(5))]))
    for (service, person) in [("playback", "ana"), ("search", "ben")] {
      _ = try story.fire(service, key: service)
      story.expect("\(person)/hook fired")
      story.environment.services["search"]?.policy = "media"
    }
    // A process that folds the same journal goes on with the next person.
    var folded = State()
    for event in story.journal { try folded.apply(event) }
    story.loop = DecideLoop(state: folded, sequence: Int64(story.journal.count), seed: 9)
    story.environment.services["third"] = .init(name: "third", tier: 2, owner: nil, policy: "media")
    story.environment.services["fourth"] = .init(name: "fourth", tier: 2, owner: nil, policy: "media")
    _ = try story.fire("third", key: "third")
    story.expect("cem/hook fired")
    _ = try story.fire("fourth", key: "fourth")
    story.expect("ana/hook fired")
  }

  @Test func aTurnPassesOverWhoCannotBeReached() throws {
    var story = Story(company([.init(targets: [.roundRobin(["ana", "nobody", "ben"])], after: .minutes(5))]))
    _ = try story.fire("playback", key: "1")
    _ = try story.fire("search", key: "2")
    story.expect("ana/hook fired", "ben/hook fired")
  }

  @Test func everyoneIsPagedOnce() throws {
    var story = Story(
      company([
        .init(
          targets: [.everyone(name: "team media", users: ["ana", "ben", "cem"]), .schedule("rota")], after: .minutes(5))
      ]))
    _ = try story.fire()
    story.expect("ana/hook fired", "ben/hook fired", "cem/hook fired")
  }

  @Test func aLevelWithNobodyIsSaidLoudly() throws {
    var story = Story(Story.company(onCall: []))
    let alert = try story.fire()
    story.expect("ben/hook fired")
    let skips = try #require(story.state.escalations.records[alert]?.skips)
    #expect(skips.map(\.level) == [1])
    #expect(skips[0].reason == "nobody is on call in schedule rota")
    #expect(!skips[0].isLast)
  }

  @Test func anEscalationThatReachesNobodyAtAllSaysSo() throws {
    var story = Story(company([.init(targets: [.schedule("rota")], after: .minutes(5))], onCall: { _, _, _ in [] }))
    let alert = try story.fire()
    try story.advance(.hours(1))
    story.expect()
    #expect(story.state.escalations.records[alert]?.skips.last?.isLast == true)
  }

  // MARK: Channels

  private func twoChannels(_ user: String = "ana") -> ContactRules {
    ContactRules(
      user: user,
      rules: [
        .init(channel: Self.hook(user), after: .zero), .init(channel: Self.hook(user, "chat"), after: .minutes(2)),
        .init(channel: Self.hook(user, "mail"), after: .minutes(4)),
      ])
  }

  @Test func aFailedChannelFallsOverToTheNextAtOnce() throws {
    var story = Story(
      company([.init(targets: [.user("ana")], after: .minutes(5))], contacts: [twoChannels()]))
    story.broken["ana/hook"] = "timed out"
    let alert = try story.fire()
    story.expect("ana/hook fired", "ana/chat fired")
    try story.advance(.seconds(10))
    // The broken one is tried further, and does not empty the other rules.
    #expect(!story.unexpected.contains("ana/mail fired"))
    let advanced = try #require(try story.events(PageAdvanced.type).first?.payload(PageAdvanced.self))
    #expect(advanced.reason == "at once, because ana/hook failed")
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    story.unexpected = []
    try story.advance(.hours(1))
    story.expect()
  }

  @Test func everyChannelFailingGoesThroughThemAllAndToTheNextLevel() throws {
    var story = Story(
      company(
        [
          .init(targets: [.user("ana")], after: .minutes(5)), .init(targets: [.user("ben")], after: .minutes(5)),
        ], contacts: [twoChannels()]))
    for channel in ["ana/hook", "ana/chat", "ana/mail"] { story.broken[channel] = "refused: no such user" }
    _ = try story.fire()
    story.expect("ana/hook fired", "ana/chat fired", "ana/mail fired", "ben/hook fired")
  }

  @Test func aDeadRelayDoesNotHoldTheLevelForItsWholeBackoff() throws {
    var story = Story()
    story.broken["ana/hook"] = "connection refused"
    _ = try story.fire()
    try story.advance(.seconds(20))
    #expect(story.unexpected.contains("ben/hook fired"), "three failures are enough")
  }

  @Test func oneFailureIsNoReasonToWakeTheNextLevel() throws {
    var story = Story()
    story.broken["ana/hook"] = "connection reset"
    _ = try story.fire()
    story.broken = [:]
    try story.advance(.minutes(4))
    story.expect("ana/hook fired", "ana/hook fired")
  }

  @Test func aTestGoesOverEveryChannelOfAPerson() throws {
    var story = Story(company([], contacts: [twoChannels()]))
    let pages = try story.ask(.testChannels("user/ana", by: .user("ben")))
    story.expect("ana/hook test", "ana/chat test", "ana/mail test")
    #expect(pages.compactMap { story.state.outbox.pages[$0]?.status } == [.sent, .sent, .sent])
    #expect(throws: Refusal.self) { try story.ask(.testChannels("user/nobody", by: .user("ben"))) }
    #expect(throws: Refusal.self) { try story.ask(.testChannels("channel/none", by: .user("ben"))) }
  }

  @Test func aTestThatIsUnderWayIsNotStartedAgain() throws {
    var story = Story()
    story.broken["ana/hook"] = "timed out"
    try story.ask(.testChannels("user/ana", by: .user("ben")))
    #expect(throws: Refusal.self) { try story.ask(.testChannels("user/ana", by: .user("ben"))) }
  }

  // MARK: What can wait

  @Test func whatCanWaitGoesOutOnceByLowRules() throws {
    let ana = ContactRules(
      user: "ana", rules: [.init(channel: Self.hook("ana"), after: .zero)],
      low: [.init(channel: Self.hook("ana", "mail"), after: .zero)])
    var environment = company(
      [.init(targets: [.schedule("rota")], after: .minutes(5)), .init(targets: [.user("ben")], after: .minutes(5))],
      contacts: [ana])
    var story = Story(environment)
    #expect(try story.lowPage() == ["ana/mail"])
    // Nobody on call: the next level has it.
    environment.onCall = { _, _, _ in [] }
    story = Story(environment)
    #expect(try story.lowPage() == ["ben/hook"])
  }

  @Test func quietHoursHoldWhatCanWait() throws {
    // 1_780_000_000 is 2026-05-28T20:26:40Z.
    let quiet = QuietHours(
      days: [], from: try #require(CivilTime(isoText: "20:00")), to: try #require(CivilTime(isoText: "07:00")),
      zone: .utc)
    let ana = ContactRules(
      user: "ana", rules: [.init(channel: Self.hook("ana"), after: .zero)], quiet: quiet)
    var story = Story(company([.init(targets: [.user("ana")], after: .minutes(5))], contacts: [ana]))
    _ = try story.fire()
    story.expect("ana/hook fired")
    story = Story(story.environment)
    #expect(try story.lowPage() == [])
    try story.advance(.hours(10))
    story.expect()
    try story.advance(.minutes(34))
    story.expect("ana/hook fired")
    #expect(story.now.rfc3339.hasPrefix("2026-05-29T07:00:40"))
  }

  // MARK: Acknowledgements

  @Test func anAcknowledgementThatExpiresPagesAgain() throws {
    var story = Story(
      company([.init(targets: [.schedule("rota")], after: .minutes(5))], timeout: .minutes(30)))
    let first = try story.fire()
    let joined = try story.fire(key: "other")
    try story.ask(.acknowledgeAlert(first, via: "link", by: .user("ana")))
    story.expect("ana/hook fired")
    #expect(story.state.alerts.alerts[joined]?.status == .acknowledged)
    try story.advance(.minutes(29))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("ana/hook fired")
    #expect(story.state.alerts.alerts[first]?.status == .firing)
    #expect(story.state.alerts.alerts[joined]?.status == .firing)
    let expired = try story.events(AlertAcknowledgementExpired.type).compactMap {
      try $0.payload(AlertAcknowledgementExpired.self)
    }
    #expect(expired.map(\.by) == [.user("ana"), .user("ana")])
    #expect(expired.map(\.with) == [nil, first])
    // Taken again, it holds for as long again.
    try story.ask(.acknowledgeAlert(first, via: "link", by: .user("ben")))
    try story.advance(.minutes(29))
    try story.ask(.resolveAlert(first, reason: "repaired", actionable: true, by: .user("ben")))
    try story.ask(.resolveAlert(joined, reason: "repaired", by: .user("ben")))
    story.unexpected = []
    try story.advance(.hours(2))
    story.expect()
    #expect(story.state.nextDeadline == nil)
  }

  @Test func withoutATimeoutAnAcknowledgementHolds() throws {
    var story = Story()
    let alert = try story.fire()
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    story.unexpected = []
    try story.advance(.days(30))
    story.expect()
  }

  // MARK: By hand

  @Test func anAlertCanBeGivenToSomebody() throws {
    var story = Story()
    let alert = try story.fire()
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    story.expect("ana/hook fired")
    try story.ask(.escalateAlert(alert, to: "user/cem", by: .user("ana")))
    story.expect("cem/hook fired")
    #expect(story.state.alerts.alerts[alert]?.status == .firing, "it is nobody's until cem answers")
    // He does not: the policy goes on.
    try story.advance(.minutes(6))
    story.expect("ana/hook fired")
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    try story.advance(.hours(1))
    story.expect()
    #expect(story.events(AlertReassigned.type).map(\.actor) == [.user("ana")])
  }

  @Test func givingItAwayStopsTheEscalationUnderWay() throws {
    var story = Story()
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.ask(.escalateAlert(alert, to: "user/cem", by: .user("ana")))
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("cem")))
    story.expect("cem/hook fired")
    try story.advance(.hours(1))
    story.expect()
  }

  @Test func anAlertCanBeGivenToATeamOrAPolicy() throws {
    var environment = Story.company()
    environment.people.teams = ["media": .init(members: ["ben", "cem"]), "empty": .init(members: ["dia"])]
    environment.policies["night"] = EscalationPolicy(
      name: "night", levels: [.init(targets: [.user("cem")], after: .minutes(5))], repeats: 0)
    environment.people.teams["night"] = .init(members: ["ana"], policy: "night")
    var story = Story(environment)
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.ask(.escalateAlert(alert, to: "team/media", by: .user("ana")))
    story.expect("ben/hook fired", "cem/hook fired")
    try story.ask(.escalateAlert(alert, to: "policy/night", by: .user("ana")))
    story.expect("cem/hook fired")
    try story.ask(.escalateAlert(alert, to: "team/night", by: .user("ana")))
    story.expect("cem/hook fired")
    for target in ["team/empty", "team/none", "user/none", "policy/none", "ana", "group/media", ""] {
      #expect(throws: Refusal.self) { try story.ask(.escalateAlert(alert, to: target, by: .user("ana"))) }
    }
    try story.ask(.resolveAlert(alert, reason: "over", by: .user("cem")))
    #expect(throws: Refusal.self) { try story.ask(.escalateAlert(alert, to: "user/ana", by: .user("ana"))) }
  }

  // MARK: Change of shift

  @Test func openAlertsAreHandedOver() throws {
    let start = Instant(seconds: 1_780_000_000)
    var story = Story(
      company(
        [
          .init(targets: [.schedule("rota")], after: .minutes(5)),
          .init(targets: [.schedule("rota")], after: .hours(1)),
        ],
        onCall: { _, at, _ in at < start + .hours(1) ? ["ana"] : ["ben"] }))
    try story.ask(.watchOnCall)
    let taken = try story.fire("playback", key: "taken")
    try story.ask(.acknowledgeAlert(taken, via: "link", by: .user("ana")))
    try story.advance(.minutes(58))
    story.environment.services["search"]?.policy = "media"
    let unanswered = try story.fire("search", key: "unanswered")
    story.expect("ana/hook fired", "ana/hook fired")
    try story.ask(.watchOnCall)
    story.expect()
    try story.advance(.minutes(2))
    try story.ask(.watchOnCall)
    story.expect("ben/hook notice")
    let handed = story.events(AlertHandedOver.type)
    #expect(handed.map(\.subject) == [Subject("alert", taken)])
    #expect(try handed[0].payload(AlertHandedOver.self)?.from == ["ana"])
    let notice = try #require(story.state.outbox.pages(of: Subject("schedule", "rota")).last)
    #expect(notice.request.body.contains("taken by ana"))
    #expect(notice.request.body.contains("nobody has answered"))
    // The next step of the one nobody answered goes to the new person.
    try story.advance(.minutes(5))
    story.expect("ben/hook fired")
    try story.ask(.watchOnCall)
    story.expect()
    #expect(story.state.alerts.alerts[unanswered]?.status == .firing)
  }

  @Test func aShiftWithoutOpenAlertsBeginsInSilence() throws {
    let start = Instant(seconds: 1_780_000_000)
    var story = Story(company([], onCall: { _, at, _ in at < start + .hours(1) ? ["ana"] : ["ben"] }))
    try story.ask(.watchOnCall)
    try story.advance(.hours(2))
    try story.ask(.watchOnCall)
    try story.ask(.watchOnCall)
    story.expect()
    #expect(story.events(OnCallChanged.type).count == 2)
  }
}

extension Story {
  /// Pages for something that can wait, as the Alerts' decisions do; answers what went out.
  mutating func lowPage() throws -> [String] {
    let alert = try fire("search", key: "low")
    unexpected = []
    let policy = try #require(environment.policies["media"])
    let program = try Escalation.program(of: policy, title: "disk fills up", body: "", urgency: .ticket)
    try ask(
      Ask<Void>("low page", by: .system("test")) { state, environment, emitter in
        let alert = try #require(state.alerts.alerts[alert])
        if let run = alert.procedure, state.procedures.runs[run]?.status != .finished {
          emitter.emit(ProcedureCancelled(reason: "a test"), on: Subject("procedure", run))
        }
        state.outbox.cancelPending(of: alert.subject, reason: "a test", into: &emitter)
        let run = Procedures.start(program, about: alert.subject, snapshot: "story", into: &emitter)
        emitter.emit(AlertEscalated(procedure: run, policy: "media", urgency: .ticket), on: alert.subject)
      })
    defer { unexpected = [] }
    return unexpected.map { String($0.split(separator: " ")[0]) }
  }
}
