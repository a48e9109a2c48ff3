import Alerts
import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks
import Testing

@Suite struct RunbookStories {
  @Test func stepsRunInTheOrderOfTheirNeeds() throws {
    var story = Story()
    story.use(
      try Story.plan(
        [
          Story.step("drain", ["x-needs": "snapshot", "x-undo": "uncordon"]), Story.step("snapshot"),
          Story.step("uncordon"), Story.step("tidy", ["x-always": "true"]), Story.step("watch"),
        ]))
    let id = try story.start()
    #expect(try story.run(id).steps.map(\.name) == ["snapshot", "drain", "watch", "tidy"])
    for name in ["snapshot", "drain", "watch", "tidy"] { #expect(try story.perform() == name) }
    #expect(try story.run(id).outcome == .completed)
    #expect(try story.states(id) == [.done, .done, .done, .done])
    #expect(story.state.runbookWork().isEmpty)
  }

  @Test func whatWasDoneIsUndoneInReverseAndTheEndRuns() throws {
    var story = Story()
    story.use(
      try Story.plan(
        [
          Story.step("a", ["x-undo": "un-a"]), Story.step("b", ["x-undo": "un-b"]), Story.step("c"),
          Story.step("un-a"), Story.step("un-b"), Story.step("tidy", ["x-always": "true"]),
        ]))
    let id = try story.start()
    _ = try story.perform()
    _ = try story.perform()
    #expect(try story.perform(.failed, detail: "no disk") == "c")
    for name in ["un-b", "un-a", "tidy"] { #expect(try story.perform() == name) }
    let run = try story.run(id)
    #expect(run.outcome == .failed)
    #expect(run.reason == "c failed: no disk")
    #expect(try story.states(id) == [.undone, .undone, .failed, .done])
    story.expect()
  }

  @Test func aFailedUndoHaltsAndPagesAtOnce() throws {
    var story = Story()
    story.use(
      try Story.plan(
        [
          Story.step("a", ["x-undo": "un-a"]), Story.step("b"), Story.step("un-a"),
          Story.step("tidy", ["x-always": "true"]),
        ]))
    // Somebody has the service's alert: what is left half-done pages all the same.
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    let id = try story.start(about: Subject("alert", alert))
    _ = try story.perform()
    _ = try story.perform(.failed)
    story.expect()
    #expect(try story.perform(.failed, detail: "stuck") == "un-a")
    story.expect("ana/hook fired")
    #expect(try story.perform() == "tidy")
    #expect(try story.run(id).outcome == .halted)
    #expect(story.state.alerts.open(key: "runbook/\(id)") != nil)
  }

  @Test func nothingIsClaimedWhileAutomationIsStopped() throws {
    var story = Story()
    story.use(try Story.plan([Story.step("a", ["x-undo": "un-a"]), Story.step("b"), Story.step("un-a")]))
    let id = try story.start()
    _ = try story.perform()
    let claimed = try story.claim()
    try story.ask(.stopAutomation(reason: "it makes things worse", by: .user("ben")))
    #expect(story.state.runbookWork().isEmpty)
    try story.finish(claimed, .failed, detail: "killed")
    #expect(try story.run(id).steps[1].detail == "stopped by user/ben: killed")
    #expect(story.state.runbookWork().isEmpty, "undos wait")
    #expect(throws: Refusal.self) { try story.ask(.claimStep(id, index: 0, attempt: 1, undo: true)) }
    #expect(throws: Refusal.self) { try story.start() }
    try story.ask(.resumeAutomation(by: .user("ben")))
    #expect(try story.perform() == "un-a")
    #expect(try story.run(id).outcome == .failed)
  }
}
