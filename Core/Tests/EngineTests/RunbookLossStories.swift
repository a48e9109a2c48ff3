import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks
import Testing

@Suite struct RunbookLossStories {
  /// A server that ends and comes back: what was claimed is lost.
  private func lose(_ story: inout Story) throws {
    story.loop = DecideLoop(state: story.state, sequence: story.loop.committedSequence, seed: 9)
    #expect(try story.ask(.loseSteps) == 1)
    #expect(try story.ask(.loseSteps) == 0)
  }

  private func story(_ keys: [String: String], _ more: [Story.Block] = []) throws -> (Story, ULID) {
    var story = Story()
    story.use(try Story.plan([Story.step("act", keys)] + more))
    let id = try story.start()
    return (story, id)
  }

  @Test func aStepThatMayRunTwiceDoes() throws {
    for keys in [["x-repeat": "safe"], ["x-risk": "read-only"]] {
      var (story, id) = try story(keys)
      let first = try story.claim()
      try lose(&story)
      let second = try story.claim()
      #expect(second.attempt == 2 && second.key != first.key)
      #expect(throws: Refusal.self) { try story.finish(first) }
      try story.finish(second)
      #expect(try story.run(id).outcome == .completed)
    }
  }

  @Test func oneThatMayNotIsUndoneAndNotDoneAgain() throws {
    var (story, id) = try story(["x-undo": "un"], [Story.step("un")])
    _ = try story.claim()
    try lose(&story)
    #expect(try story.perform() == "un")
    #expect(try story.run(id).outcome == .failed)
    #expect(try story.states(id) == [.undone])
  }

  @Test func itsCheckSaysWhetherItWasDone() throws {
    var (story, id) = try story(["x-check": "is-so", "x-undo": "un"], [Story.step("is-so"), Story.step("un")])
    _ = try story.claim()
    try lose(&story)
    #expect(try story.states(id) == [.checking])
    #expect(try story.perform(.failed) == "is-so")
    try story.advance(.seconds(11))
    #expect(try story.perform() == "is-so")
    #expect(try story.run(id).outcome == .completed)
  }

  @Test func aCheckThatNeverSaysYesUndoesTheStep() throws {
    var (story, id) = try story(
      ["x-check": "is-so", "x-undo": "un"], [Story.step("is-so", ["x-timeout": "1m"]), Story.step("un")])
    #expect(try story.perform() == "act")
    var asked = 0
    while try story.states(id) == [.checking] {
      if !story.state.runbookWork().isEmpty {
        #expect(try story.perform(.failed) == "is-so")
        asked += 1
      } else {
        try story.advance(.seconds(5))
      }
    }
    #expect((10...13).contains(asked))
    #expect(try story.perform() == "un")
    #expect(try story.run(id).outcome == .failed)
  }

  @Test func aLostUndoHaltsAndPages() throws {
    var (story, id) = try story(["x-undo": "un"], [Story.step("un"), Story.step("b")])
    _ = try story.perform()
    #expect(try story.perform(.failed) == "b")
    _ = try story.claim()
    try lose(&story)
    story.expect("ana/hook fired")
    #expect(try story.run(id).outcome == .halted)
    #expect(try story.states(id)[0] == .undoFailed)
  }

  @Test func whatEndsTheServerEachTimeIsNotTriedForEver() throws {
    var (story, id) = try story(["x-repeat": "safe"])
    for _ in 0..<3 {
      _ = try story.claim()
      try lose(&story)
    }
    #expect(try story.run(id).outcome == .failed)
    #expect(try story.states(id) == [.lost])
  }

  @Test func aRunnerThatSaysNothingLosesItsStep() throws {
    var (story, id) = try story(["x-timeout": "1m", "x-undo": "un"], [Story.step("un")])
    _ = try story.claim()
    try story.advance(.minutes(2))
    #expect(try story.states(id) == [.running])
    try story.advance(.minutes(2))
    #expect(try story.perform() == "un")
    #expect(try story.run(id).outcome == .failed)
  }

  @Test func aFailedStepIsTriedAgainAsOftenAsItSays() throws {
    var (story, id) = try story(["x-retry": "2", "x-undo": "un"], [Story.step("un")])
    for _ in 0..<3 { #expect(try story.perform(.failed) == "act") }
    let run = try story.run(id)
    #expect(run.outcome == .failed, "it said itself that it failed, so there is nothing to undo")
    #expect(run.steps[0].attempt == 3)
  }

  @Test func cancellingWaitsForWhatIsUnderWayAndUndoesIt() throws {
    var (story, id) = try story(["x-undo": "un"], [Story.step("un"), Story.step("tidy", ["x-always": "true"])])
    let claimed = try story.claim()
    try story.ask(.cancelRun(id, reason: "wrong cluster", by: .user("ben")))
    #expect(story.state.runbookWork().isEmpty)
    #expect(throws: Refusal.self) { try story.ask(.cancelRun(id, reason: "again", by: .user("ben"))) }
    try story.finish(claimed, .failed, detail: "killed")
    #expect(try story.perform() == "un")
    #expect(try story.perform() == "tidy")
    let run = try story.run(id)
    #expect(run.outcome == .cancelled && run.reason == "wrong cluster")
  }

  @Test func anUndoOfACancelledRunThatFailsHalts() throws {
    var (story, id) = try story(["x-undo": "un"], [Story.step("un", ["x-repeat": "safe"]), Story.step("b")])
    _ = try story.perform()
    try story.ask(.cancelRun(id, reason: "wrong", by: .user("ben")))
    #expect(try story.perform(.failed) == "un")
    story.expect("ana/hook fired")
    #expect(try story.run(id).outcome == .halted)
  }

  @Test func cancellingWhatWaitsEndsIt() throws {
    var story = Story()
    story.use(try Story.plan([Story.step("a"), Story.step("b")]))
    let id = try story.start(mode: .stepwise)
    try story.ask(.cancelRun(id, reason: "no need", by: .user("ana")))
    #expect(try story.run(id).outcome == .cancelled)
    #expect(try story.states(id) == [.skipped, .skipped])
    try story.advance(.hours(30))
    #expect(try story.run(id).outcome == .cancelled)
  }

  @Test func aFailedEndIsSaid() throws {
    var (story, id) = try story(
      [:], [Story.step("tidy", ["x-always": "true"]), Story.step("wash", ["x-always": "true"])])
    _ = try story.perform()
    #expect(try story.perform(.failed) == "tidy")
    #expect(try story.perform() == "wash")
    let run = try story.run(id)
    #expect(run.outcome == .completed && run.reason == "and at the end tidy failed")
  }

  @Test func aThousandRunsAtOnce() throws {
    var story = Story()
    story.use(
      try Story.plan([Story.step("a", ["x-undo": "un"]), Story.step("b"), Story.step("un"), Story.step("c")]))
    var runs: [ULID] = []
    for _ in 0..<1_000 { runs.append(try story.start()) }
    #expect(story.state.runbookWork(limit: 5_000).map(\.run) == runs, "the oldest first")
    var turn = 0
    while let work = story.state.runbookWork(limit: 1).first {
      turn += 1
      let claimed = try story.ask(
        Ask<ClaimedStep>.claimStep(work.run, index: work.index, attempt: work.attempt, undo: work.undo))
      try story.finish(claimed, claimed.work.block == "b" && turn % 2 == 0 ? .failed : .done)
    }
    let outcomes = runs.compactMap { story.state.runbookRuns.runs[$0]?.outcome }
    #expect(outcomes.count == 1_000)
    #expect(outcomes.contains(.completed) && outcomes.contains(.failed))
    #expect(story.state.runbookRuns.going.isEmpty && story.state.procedures.claimed.isEmpty)
    let health = story.state.runbookRuns.health(of: "heal")
    #expect(health.ended == 1_000 && health.lastSuccess == story.now)
    #expect(health.ageOfSuccess(at: story.now + .hours(1)) == .hours(1))
  }
}
