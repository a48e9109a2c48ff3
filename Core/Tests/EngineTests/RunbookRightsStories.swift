import Base
import Engine
import Events
import Incidents
import Journal
import Procedures
import Runbooks
import Testing

/// The writer itself refuses what somebody may not do: whichever way it was asked, no page stands before it.
@Suite struct RunbookRightsStories {
  private func story() throws -> Story {
    var story = Story(Story.company(tier: 1))
    story.environment.people.teams["sre"] = .init(members: ["vic", "rea", "ben"])
    story.use(
      try Story.plan([Story.step("look"), ("sure", ["language": "ask"], "question: Sure?\n")], name: "heal"),
      try Story.plan([Story.step("wipe", ["x-risk": "destructive"])], name: "wipe"),
      try Story.plan([Story.step("drain", ["x-risk": "destructive", "x-approve": "sre:1"])], name: "drain"))
    let roles: [(String, Role)] = [
      ("vic", .viewer), ("rea", .responder), ("ben", .responder), ("edi", .editor), ("sam", .sender), ("zoe", .admin),
    ]
    for (name, role) in roles {
      try story.ask(.saveUser(name, role: role, passwordHash: "x", by: .system("test")))
    }
    return story
  }

  private func refusal<Reply>(_ story: inout Story, _ ask: Ask<Reply>) -> Refusal? {
    do {
      _ = try story.ask(ask)
      return nil
    } catch {
      return error as? Refusal
    }
  }

  private func start(_ name: String, by actor: Actor) -> Ask<ULID> {
    .startRunbook(name, about: "service/playback", mode: .all, by: actor)
  }

  @Test func viewersAndStrangersStartNothing() throws {
    var story = try story()
    for name in ["user/vic", "user/sam", "user/nobody", "token/ci", "integration/grafana"] {
      #expect(refusal(&story, start("heal", by: Actor(name)))?.kind == .forbidden, "\(name)")
    }
    #expect(
      refusal(&story, start("heal", by: .user("vic")))?.message
        == "it takes the role responder to start a runbook; user/vic has viewer")
    #expect(story.state.runbookRuns.going.isEmpty)
    for name in ["rea", "edi", "zoe"] { #expect(refusal(&story, start("heal", by: .user(name))) == nil) }
  }

  @Test func whatIsDestructiveAndUnapprovedTakesAnEditor() throws {
    var story = try story()
    let refused = refusal(&story, start("wipe", by: .user("rea")))
    #expect(refused?.kind == .forbidden && refused?.message.contains("step wipe is destructive") == true)
    #expect(refusal(&story, start("drain", by: .user("rea"))) == nil, "somebody else approves it")
    #expect(refusal(&story, start("wipe", by: .user("edi"))) == nil)
  }

  @Test func viewersMoveNoRunOnAndStopNone() throws {
    var story = try story()
    let stepwise = try story.start("heal", mode: .stepwise, by: .user("rea"))
    #expect(refusal(&story, Ask<Void>.releaseStep(stepwise, index: 0, by: .user("vic")))?.kind == .forbidden)
    #expect(refusal(&story, Ask<Void>.cancelRun(stepwise, reason: "no", by: .user("vic")))?.kind == .forbidden)
    let asking = try story.start("heal", by: .user("rea"))
    try story.ask(.releaseStep(stepwise, index: 0, by: .user("ben")))
    #expect(try story.perform() == "look")
    #expect(try story.perform() == "look")
    #expect(
      refusal(&story, Ask<Void>.answerStep(asking, index: 1, answer: "yes", by: .user("vic")))?.kind == .forbidden)
    try story.ask(.answerStep(asking, index: 1, answer: "yes", by: .user("ben")))
    #expect(try story.run(asking).outcome == .completed)
    #expect(refusal(&story, Ask<Void>.stopAutomation(reason: "x", by: .user("vic")))?.kind == .forbidden)
    try story.ask(.stopAutomation(reason: "x", by: .user("rea")))
    #expect(refusal(&story, Ask<Void>.resumeAutomation(by: .user("rea")))?.kind == .forbidden)
    try story.ask(.resumeAutomation(by: .user("edi")))
  }

  @Test func anApproverIsOfTheTeamAndAResponderToo() throws {
    var story = try story()
    let run = try story.start("drain", by: .user("rea"))
    #expect(throws: Refusal.self) { try story.approve(run, by: .user("vic")) }
    #expect(throws: Refusal.self) { try story.approve(run, by: .user("zoe")) }
    #expect(throws: Refusal.self) { try story.approve(run, by: .user("rea")) }
    try story.approve(run, by: .user("ben"))
    #expect(try story.perform() == "drain")
  }

  @Test func tokensCountWhileTheyAreValid() throws {
    var story = try story()
    let hash = String(repeating: "a", count: 64)
    try story.ask(
      Ask<ULID>.createToken(
        name: "ci", role: .responder, hash: hash, user: nil, expires: story.now + .hours(1), by: .user("zoe")))
    let ci = Actor("token/ci")
    #expect(refusal(&story, start("heal", by: ci)) == nil)
    #expect(refusal(&story, start("wipe", by: ci))?.kind == .forbidden)
    try story.advance(.hours(2))
    #expect(refusal(&story, start("heal", by: ci))?.kind == .forbidden)
  }

  @Test func aPrivateIncidentsRunsAreNobodyElses() throws {
    var story = try story()
    let incident = try story.ask(
      Ask<ULID>.declareIncident(
        Declaration(title: "A leak", service: "playback", severity: .sev2, members: []), by: .user("rea")))
    let about = Subject("incident", incident)
    let run = try story.start("heal", about: about, mode: .stepwise, by: .user("rea"))
    let foreign = Ask<ULID>.startRunbook("heal", about: about, mode: .all, by: .user("ben"))
    #expect(refusal(&story, foreign)?.kind == .notFound)
    #expect(refusal(&story, Ask<Void>.releaseStep(run, index: 0, by: .user("ben")))?.kind == .notFound)
    #expect(refusal(&story, Ask<Void>.cancelRun(run, reason: "x", by: .user("zoe")))?.kind == .notFound)
    try story.ask(.releaseStep(run, index: 0, by: .user("rea")))
  }
}
