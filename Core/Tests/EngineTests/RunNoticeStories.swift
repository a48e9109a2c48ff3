import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Outbox
import Procedures
import Runbooks
import Testing

@Suite struct RunNoticeStories {
  private static func story(_ gate: String) throws -> Story {
    var environment = Story.company(tier: 1)
    environment.people.teams["sre"] = .init(members: ["ana", "ben", "dee"])
    var story = Story(environment)
    story.use(try Story.plan([Story.step("look"), Story.step("drain", ["x-approve": gate, "x-risk": "destructive"])]))
    return story
  }

  @Test func theGroupThatApprovesHearsOfItWhenTheStepComesAndWhoAskedDoesNot() throws {
    var story = try Self.story("sre:1")
    _ = try story.start(by: .user("ana"))
    story.expect()
    _ = try story.perform()
    // Dee has no contact, and Ana started it.
    story.expect("ben/hook notice")
    let asked = story.events(PageRequested.type).compactMap { try? $0.payload(PageRequested.self) }
    #expect(asked.map(\.title) == ["Approve drain of heal?"])
    #expect(
      asked.first?.body.contains("ana asks for drain. It acts on playback. It needs one approval from sre") == true)
    #expect(story.events(PageRequested.type).allSatisfy { $0.subject.kind == "procedure" })
  }

  @Test func aStepWithoutAGateAsksNobody() throws {
    var story = Story()
    story.use(try Story.plan([Story.step("look"), Story.step("drain")]))
    _ = try story.start()
    _ = try story.perform()
    story.expect()
  }

  @Test func ofARoleThoseOnCallAreAsked() throws {
    var story = Story(Story.company(onCall: ["cem"], tier: 1))
    story.use(try Story.plan([Story.step("drain", ["x-approve": "editor:1"])]))
    _ = try story.start()
    story.expect("cem/hook notice")
  }

  @Test func aMultitudeIsNotAsked() throws {
    var environment = Story.company(tier: 1)
    let names = (10..<40).map { "p\($0)" }
    for name in names {
      environment.contacts[name] = ContactRules(
        user: name, rules: [.init(channel: .init(kind: .webhook, name: "\(name)/hook"), after: .zero)])
    }
    environment.people.teams["sre"] = .init(members: names)
    var story = Story(environment)
    story.use(try Story.plan([Story.step("drain", ["x-approve": "sre:1"])]))
    _ = try story.start()
    let people = story.events(PageRequested.type).compactMap { try? $0.payload(PageRequested.self)?.person }
    #expect(people == Array(names.prefix(12)))
  }

  // MARK: Taking back

  @Test func onceOnePersonApprovedTheOthersHearThatNothingIsLeft() throws {
    var environment = Story.company(tier: 1)
    environment.people.teams["sre"] = .init(members: ["ana", "ben", "cem"])
    var story = Story(environment)
    story.use(
      try Story.plan([
        Story.step("drain", ["x-approve": "sre:1"]), Story.step("wipe", ["x-approve": "sre:1"]),
      ]))
    let id = try story.start(by: .user("dee"))
    story.expect("ana/hook notice", "ben/hook notice", "cem/hook notice")
    try story.approve(id, by: .user("ben"))
    try story.advance(.zero)
    story.expect("ana/hook resolved", "cem/hook resolved")
    let told = story.events(PageRequested.type).compactMap { try? $0.payload(PageRequested.self) }
      .filter { $0.kind == .resolved }
    #expect(Set(told.map(\.body)) == ["ben approved drain."])
    #expect(Set(told.map(\.title)) == ["Nothing to approve any more: drain of heal"])
    // Who comes late is told kindly.
    let hash = try #require(story.state.approvalHash(of: id, index: 0))
    do {
      try story.ask(.approveStep(id, index: 0, hash: hash, by: .user("ana")))
      Issue.record("was taken")
    } catch let refusal as Refusal {
      #expect(refusal.message.hasPrefix("already approved by ben"))
    }
    _ = try story.perform()
    story.expect("ana/hook notice", "ben/hook notice", "cem/hook notice")
    try story.ask(.cancelRun(id, reason: "not needed", by: .user("ana")))
    story.expect("ana/hook resolved", "ben/hook resolved", "cem/hook resolved")
  }

  @Test func aRequestThatHasNotGoneOutIsCancelled() throws {
    var environment = Story.company(tier: 1)
    environment.people.teams["sre"] = .init(members: ["ben", "cem"])
    var story = Story(environment)
    story.broken["cem/hook"] = "times out"
    story.use(try Story.plan([Story.step("drain", ["x-approve": "sre:1"])]))
    let id = try story.start(by: .user("dee"))
    story.expect("ben/hook notice", "cem/hook notice")
    try story.approve(id, by: .user("ben"))
    try story.advance(.minutes(10))
    story.expect()
    let cem = story.state.outbox.pages(of: Subject("procedure", id)).filter { $0.request.person == "cem" }
    #expect(cem.map(\.status) == [.cancelled])
  }

  @Test func aGateOfTwoWaitsForBoth() throws {
    var environment = Story.company(tier: 1)
    environment.people.teams["sre"] = .init(members: ["ana", "ben", "cem"])
    var story = Story(environment)
    story.use(try Story.plan([Story.step("drain", ["x-approve": "sre:2"])]))
    let id = try story.start(by: .user("dee"))
    story.unexpected = []
    try story.approve(id, by: .user("ben"))
    story.expect()
    try story.approve(id, by: .user("ana"))
    try story.advance(.zero)
    story.expect("cem/hook resolved")
    let told = try #require(try story.events(PageRequested.type).last?.payload(PageRequested.self))
    #expect(told.body == "ben and ana approved drain.")
  }

  @Test func aRequestThatNobodyAnsweredInTimeIsTakenBack() throws {
    var story = try Self.story("sre:1")
    _ = try story.start(by: .user("ana"))
    _ = try story.perform()
    story.expect("ben/hook notice")
    try story.advance(.days(2))
    #expect(story.unexpected.contains("ben/hook resolved"))
    let told = story.events(PageRequested.type).compactMap { try? $0.payload(PageRequested.self) }
    #expect(told.first { $0.kind == .resolved }?.body == "It was not approved in time.")
  }
}

/// A run that stops half-way pages somebody, whatever its service says.
@Suite struct HaltPageStories {
  private static func halted(
    _ front: String = #"{"service": "orphan", "owner": "group:crew"}"#, by actor: Actor = .user("cem"),
    _ change: (inout Engine.Environment) -> Void
  ) throws -> Story {
    var environment = Story.company()
    environment.services["playback"]?.policy = nil
    change(&environment)
    var story = Story(environment)
    story.use(
      try Story.plan([Story.step("a", ["x-undo": "un-a"]), Story.step("b"), Story.step("un-a")], front))
    _ = try story.start(about: "service/orphan", by: actor)
    _ = try story.perform()
    _ = try story.perform(.failed)
    _ = try story.perform(.failed, detail: "stuck")
    return story
  }

  @Test func theOwnersTeamsPolicyPages() throws {
    var story = try Self.halted { $0.people.teams["crew"] = .init(members: ["cem"], policy: "media") }
    story.expect("ana/hook fired")
    try story.advance(.minutes(6))
    story.expect("ben/hook fired")
  }

  @Test func aTeamWithoutAPolicyIsPagedAsAWhole() throws {
    var story = try Self.halted { $0.people.teams["crew"] = .init(members: ["cem", "ben", "dee"]) }
    story.expect("ben/hook fired", "cem/hook fired")
    try story.advance(.minutes(11))
    story.expect("ben/hook fired", "cem/hook fired")
  }

  @Test func theServicesOwnPolicyComesFirst() throws {
    var story = try Self.halted {
      $0.services["orphan"]?.policy = "media"
      $0.people.teams["crew"] = .init(members: ["cem"])
    }
    story.expect("ana/hook fired")
  }

  @Test func withoutAnOwnerTheCatchAllPages() throws {
    var story = try Self.halted(#"{"service": "orphan"}"#) {
      $0.policies["night"] = EscalationPolicy(
        name: "night", levels: [.init(targets: [.user("ben")], after: .minutes(5))], repeats: 0)
      $0.router.routes = [AlertRoute(name: "rest", policy: "night")]
    }
    story.expect("ben/hook fired")
  }

  @Test func thenWhoeverStartedTheRun() throws {
    var story = try Self.halted(#"{"service": "orphan"}"#) { _ in }
    story.expect("cem/hook fired")
  }

  @Test func andInTheEndTheFirstPolicyThereIs() throws {
    var story = try Self.halted(#"{"service": "orphan"}"#, by: Actor("token/ci")) { _ in }
    story.expect("ana/hook fired")
  }
}
