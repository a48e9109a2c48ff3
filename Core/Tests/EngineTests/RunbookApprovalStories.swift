import Access
import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks
import Testing

@Suite struct RunbookApprovalStories {
  private func story(tier: Int = 1, approve: String = "sre:1", risk: String = "destructive") throws -> Story {
    var story = Story(Story.company(tier: tier))
    story.environment.people.teams["sre"] = .init(members: ["ana", "ben", "cem"])
    story.use(try Story.plan([Story.step("drain", ["x-approve": approve, "x-risk": risk]), Story.step("look")]))
    return story
  }

  @Test func somebodyElseOfTheTeamApproves() throws {
    var story = try story()
    let id = try story.start()
    #expect(try story.states(id) == [.awaitingApproval, .pending])
    #expect(story.state.runbookWork().isEmpty)
    #expect(throws: Refusal.self) { try story.approve(id, by: .user("ana")) }
    #expect(throws: Refusal.self) { try story.approve(id, by: .user("eve")) }
    #expect(throws: Refusal.self) { try story.approve(id, by: .system("runbooks")) }
    #expect(throws: Refusal.self) { try story.approve(id, by: Actor("token/ci")) }
    try story.approve(id, by: .user("ben"))
    #expect(try story.run(id).steps[0].approvals.map(\.by) == [.user("ben")])
    #expect(try story.perform() == "drain")
    #expect(try story.perform() == "look")
    #expect(try story.run(id).outcome == .completed)
  }

  @Test func tierZeroNeedsTwoPersons() throws {
    var story = try story(tier: 0)
    let id = try story.start(by: .system("runbooks"))
    try story.approve(id, by: .user("ben"))
    #expect(throws: Refusal.self) { try story.approve(id, by: .user("ben")) }
    #expect(try story.states(id)[0] == .awaitingApproval)
    try story.approve(id, by: .user("cem"))
    #expect(try story.perform() == "drain")
  }

  @Test func whoeverIsAtTheMachineApprovesAloneWhileNobodyHasALogin() throws {
    var story = try story(tier: 0)
    let own = try story.start(by: .local)
    #expect(throws: Refusal.self) { try story.approve(own, by: .local) }
    try story.ask(.cancelRun(own, reason: "a test", by: .local))
    let id = try story.start(by: .system("runbooks"))
    try story.approve(id, by: .local)
    #expect(story.events(StepApproved.type).last?.data["alone"] == true)
    #expect(try story.perform() == "drain")
  }

  @Test func fromTheFirstLoginOnItTakesTwoAgain() throws {
    var story = try story(tier: 0)
    let (before, after) = (try story.start(by: .system("runbooks")), try story.start(by: .system("runbooks")))
    try story.approve(before, by: .local)
    let waits = story.state.runbookWork()
    #expect(waits.map(\.run) == [before])
    try story.ask(.saveUser("ben", role: .responder, passwordHash: "x", by: .local))
    // Given, but not used yet: it holds no longer.
    #expect(throws: Refusal.self) { try story.claim() }
    #expect(throws: Refusal.self) { try story.approve(after, by: .local) }
    try story.approve(after, by: .user("ben"))
    #expect(story.events(StepApproved.type).last?.data["alone"] == nil)
    #expect(try story.states(after)[0] == .awaitingApproval)
  }

  @Test func onTierZeroNothingDestructiveGoesUnapproved() throws {
    var story = Story(Story.company(tier: 0))
    story.use(try Story.plan([Story.step("wipe", ["x-risk": "destructive"])]))
    let id = try story.start()
    #expect(try story.states(id) == [.awaitingApproval])
    #expect(story.state.procedures.runs[id]?.step?.rules?.gate?.count == 2)
  }

  @Test func anApprovalIsOfWhatWasShown() throws {
    var story = try story()
    let (first, second) = (try story.start(), try story.start(about: "service/search"))
    let hash = try #require(story.state.approvalHash(of: first, index: 0))
    #expect(hash != story.state.approvalHash(of: second, index: 0), "another target")
    #expect(throws: Refusal.self) { try story.ask(.approveStep(second, index: 0, hash: hash, by: .user("ben"))) }
    try story.ask(.approveStep(first, index: 0, hash: hash, by: .user("ben")))
    // Replayed: the step has moved on.
    #expect(throws: Refusal.self) { try story.ask(.approveStep(first, index: 0, hash: hash, by: .user("cem"))) }
  }

  @Test func inputsAndAnswersChangeWhatIsApproved() throws {
    var story = Story(Story.company(tier: 1))
    story.environment.people.teams["sre"] = .init(members: ["ben"])
    let matter = #"{"service": "playback", "inputs": [{"name": "NODE", "type": "string", "required": true}]}"#
    story.use(
      try Story.plan(
        [
          ("which", ["language": "ask"], "question: How many?\ntype: integer\n"),
          Story.step("drain", ["x-needs": "which", "x-approve": "sre"]),
        ], matter))
    var hashes: Set<String> = []
    for (node, answer) in [("n1", "1"), ("n2", "1"), ("n1", "2")] {
      let id = try story.start(inputs: [.init(name: "NODE", value: node)])
      #expect(throws: Refusal.self) { try story.ask(.answerStep(id, index: 0, answer: "many", by: .user("ana"))) }
      try story.ask(.answerStep(id, index: 0, answer: answer, by: .user("ana")))
      hashes.insert(try #require(story.state.approvalHash(of: id, index: 1)))
      try story.approve(id, by: .user("ben"))
      let claimed = try story.claim()
      #expect(claimed.environment.contains(.init(name: "ANSWER_WHICH", value: answer)))
      #expect(claimed.environment.contains(.init(name: "NODE", value: node)))
      try story.finish(claimed)
    }
    #expect(hashes.count == 3)
  }

  @Test func anApprovalThatExpiredIsAskedForAgain() throws {
    var story = try story()
    let id = try story.start()
    try story.approve(id, by: .user("ben"))
    #expect(story.state.runbookWork().count == 1)
    try story.advance(.minutes(61))
    #expect(try story.states(id)[0] == .awaitingApproval)
    #expect(story.state.runbookWork().isEmpty)
    try story.approve(id, by: .user("ben"))
    #expect(try story.perform() == "drain")
  }

  @Test func whoLeftTheTeamApprovesNothingAnyMore() throws {
    var story = try story()
    let id = try story.start()
    try story.approve(id, by: .user("ben"))
    story.environment.people.teams["sre"] = .init(members: ["cem"])
    #expect(throws: Refusal.self) { try story.claim() }
    #expect(try story.run(id).isGoing)
  }

  @Test func nobodyApprovesWithinADay() throws {
    var story = try story()
    let id = try story.start()
    try story.advance(.hours(25))
    let run = try story.run(id)
    #expect(run.outcome == .failed)
    #expect(run.reason == "drain took too long: it was not approved within 1d")
  }

  @Test func stepByStepEachStepIsReleased() throws {
    var story = Story()
    story.use(try Story.plan([Story.step("a"), Story.step("b")]))
    let id = try story.start(mode: .stepwise)
    #expect(try story.states(id) == [.awaitingRelease, .pending])
    #expect(throws: Refusal.self) { try story.ask(.releaseStep(id, index: 1, by: .user("ana"))) }
    try story.ask(.releaseStep(id, index: 0, by: .user("ana")))
    #expect(try story.perform() == "a")
    #expect(story.state.runbookWork().isEmpty)
    try story.ask(.releaseStep(id, index: 1, by: .user("ana")))
    #expect(try story.perform() == "b")
    #expect(try story.run(id).outcome == .completed)
    #expect(story.state.runbookRuns.health(of: "heal").stepsAlwaysByHand == [])
  }
}
