import Base
import Engine
import Events
import Journal
import OnCall
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
}
