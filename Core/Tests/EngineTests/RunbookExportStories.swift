import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks
import Testing

/// What a step exports is in the environment of the steps after it, and of what undoes them.
@Suite struct RunbookExportStories {
  private func finish(_ story: inout Story, _ exports: [String: String], _ result: StepFinished.Result = .done) throws {
    let claimed = try story.claim()
    try story.ask(
      .finishStep(
        claimed.run, index: claimed.index, attempt: claimed.attempt, undo: claimed.undo, result: result,
        exports: exports.sorted { $0.key < $1.key }.map { RunVariable(name: $0.key, value: $0.value) }))
  }

  private func environment(_ claimed: ClaimedStep) -> [String: String] {
    Dictionary(claimed.environment.map { ($0.name, $0.value) }) { _, last in last }
  }

  @Test func laterStepsAndUndosGetIt() throws {
    var story = Story(Story.company(tier: 1))
    let matter = #"{"service": "playback", "inputs": [{"name": "NODE", "default": "n1"}]}"#
    story.use(
      try Story.plan(
        [Story.step("save", ["x-undo": "restore"]), Story.step("b"), Story.step("c"), Story.step("restore")], matter))
    _ = try story.start()
    try finish(&story, ["BACKUP": "b-1", "NODE": "n2"])
    let second = try story.claim()
    #expect(environment(second)["BACKUP"] == "b-1" && environment(second)["NODE"] == "n2")
    try story.ask(
      .finishStep(
        second.run, index: 1, attempt: 1, undo: false, result: .done,
        exports: [RunVariable(name: "BACKUP", value: "b-2")]))
    #expect(environment(try claim(&story, .failed))["BACKUP"] == "b-2")
    let undo = try story.claim()
    #expect(undo.undo && environment(undo)["BACKUP"] == "b-2")
    #expect(try story.run(undo.run).exports.map(\.name) == ["BACKUP", "NODE"])
  }

  private func claim(_ story: inout Story, _ result: StepFinished.Result) throws -> ClaimedStep {
    let claimed = try story.claim()
    try story.finish(claimed, result)
    return claimed
  }

  @Test func namesThatSteerProgramsAndWhatIsTooMuchAreLeftOut() throws {
    var story = Story(Story.company(tier: 1))
    story.use(try Story.plan([Story.step("a"), Story.step("b")]))
    let id = try story.start()
    let bad = ["PATH", "LD_PRELOAD", "BASH_ENV", "MAINSTAY_RUN", "ANSWER_A", "a-b", "", "9X"]
    var exports = Dictionary(uniqueKeysWithValues: bad.map { ($0, "x") })
    exports["LONG"] = String(repeating: "x", count: 8_193)
    exports["ZERO"] = "a\u{0}b"
    for index in 0..<10 { exports["BIG\(index)"] = String(repeating: "y", count: 4_000) }
    try finish(&story, exports)
    #expect(try story.run(id).exports.map(\.name) == ["BIG0", "BIG1", "BIG2", "BIG3"])
    #expect(environment(try story.claim())["MAINSTAY_RUN"] == "\(id)")
  }

  @Test func failedStepsAndChecksExportNothing() throws {
    var story = Story(Story.company(tier: 1))
    story.use(
      try Story.plan([Story.step("a", ["x-check": "so", "x-retry": "1"]), Story.step("so"), Story.step("b")]))
    let id = try story.start()
    try finish(&story, ["A": "1"], .failed)
    try finish(&story, ["A": "2"])
    try finish(&story, ["A": "3"])
    #expect(try story.run(id).exports == [RunVariable(name: "A", value: "2")])
  }

  @Test func anApprovalIsOfWhatWasExportedToo() throws {
    var hashes: Set<String> = []
    for value in ["1", "2"] {
      var story = Story(Story.company(tier: 1))
      story.environment.people.teams["sre"] = .init(members: ["ben"])
      story.use(try Story.plan([Story.step("a"), Story.step("drain", ["x-approve": "sre:1"])]))
      let id = try story.start()
      try finish(&story, ["SIZE": value])
      hashes.insert(try #require(story.state.approvalHash(of: id, index: 1)))
      try story.approve(id, by: .user("ben"))
      #expect(environment(try story.claim())["SIZE"] == value)
    }
    #expect(hashes.count == 2)
  }

  /// Without keys for it, as in runme: after a step that failed nothing else begins, whether it needs that one or not.
  @Test func afterAFailureNothingNewBegins() throws {
    var story = Story(Story.company(tier: 1))
    story.use(
      try Story.plan(
        [Story.step("a"), Story.step("b", ["x-needs": "a"]), Story.step("c"), Story.step("tidy", ["x-always": "true"])]
      ))
    let id = try story.start()
    #expect(try story.perform(.failed) == "a")
    #expect(try story.perform() == "tidy")
    #expect(try story.states(id) == [.failed, .skipped, .skipped, .done])
    #expect(try story.run(id).outcome == .failed)
  }
}
