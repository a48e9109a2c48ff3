import Base
import Events
import Journal
import Procedures
import Testing

/// A machine with nothing but procedures.
private struct Bench: Machine {
  var procedures = Procedures()
  mutating func apply(_ event: Event) throws { try procedures.apply(event) }
  func react(to event: Event, in environment: Int, into emitter: inout Emitter) throws {
    try procedures.react(to: event, into: &emitter)
  }
}

private struct Player {
  var loop = DecideLoop(state: Bench(), sequence: 0, seed: 3)
  var now = Instant(seconds: 1_780_000_000)
  var run: ULID!

  init(_ steps: [Step]) throws {
    let reply = try play("start") { _, emitter in
      Procedures.start(
        Program(kind: "test", steps: steps), about: "service/x", snapshot: "s", into: &emitter)
    }
    run = try #require(reply as? ULID)
  }

  var state: Run { loop.committed.procedures.runs[run]! }

  @discardableResult
  mutating func play(
    _ name: String, by actor: Actor = .user("ana"),
    _ decide: @escaping @Sendable (Procedures, inout Emitter) throws -> any Sendable
  ) throws -> any Sendable {
    let command = Command<Bench>(name, by: actor) { bench, _, emitter in try decide(bench.procedures, &emitter) }
    let outcome = try loop.decide([command], at: now, in: 0)
    loop.commit()
    return try outcome.replies[0].get()
  }

  mutating func finish(_ result: StepFinished.Result, detail: String? = nil) throws {
    let (run, at) = (self.run!, state)
    try play("finish") { procedures, emitter in
      try procedures.finish(
        run, index: at.index, attempt: at.attempt, undo: at.status == .undoing, result: result, detail: detail,
        into: &emitter)
    }
  }

  mutating func approve(by actor: Actor) throws {
    let run = self.run!
    try play("approve", by: actor) { procedures, emitter in try procedures.approve(run, by: actor, into: &emitter) }
  }

  mutating func cancel() throws {
    let run = self.run!
    try play("cancel") { procedures, emitter in try procedures.cancel(run, reason: "stop", into: &emitter) }
  }

  /// Lets time pass up to the run's next deadline.
  mutating func expire() throws {
    let run = self.run!
    now = max(now, try #require(state.deadline))
    try play("tick") { procedures, emitter in procedures.expire(run, into: &emitter) }
  }
}

@Suite struct ProceduresTests {
  private func act(_ name: String, undo: String? = nil, retries: Int = 0, timeout: Interval? = nil) -> Step {
    Step(name: name, kind: .act, handler: name, timeout: timeout, retries: retries, undo: undo)
  }

  @Test func stepsRunInOrder() throws {
    var player = try Player([act("a"), Step(name: "w", kind: .wait, interval: .minutes(5)), act("b")])
    #expect(player.state.work?.handler == "a")
    try player.finish(.done)
    #expect(player.state.work == nil)
    #expect(player.state.deadline == player.now + .minutes(5))
    try player.expire()
    #expect(player.state.work?.handler == "b")
    try player.finish(.done)
    #expect(player.state.outcome == .completed)
  }

  @Test func aFailedActIsRetriedAndThenUndone() throws {
    var player = try Player([act("a", undo: "undo-a"), act("b", retries: 1)])
    try player.finish(.done)
    let first = player.state.work?.key
    try player.finish(.failed, detail: "no")
    #expect(player.state.attempt == 2)
    #expect(player.state.work?.key != first, "another attempt has another key")
    try player.finish(.failed, detail: "no again")
    #expect(player.state.status == .undoing)
    #expect(player.state.work?.handler == "undo-a")
    try player.finish(.done)
    #expect(player.state.outcome == .failed)
  }

  @Test func undoRunsInReverseAndAFailedUndoHalts() throws {
    var player = try Player([act("a", undo: "ua"), act("b", undo: "ub"), act("c")])
    try player.finish(.done)
    try player.finish(.done)
    try player.cancel()
    #expect(player.state.work?.handler == "ub")
    try player.finish(.failed, detail: "stuck")
    #expect(player.state.outcome == .halted)
  }

  @Test func cancellingBeforeAnythingWasDoneEndsAtOnce() throws {
    var player = try Player([act("a", undo: "ua")])
    try player.cancel()
    #expect(player.state.outcome == .cancelled)
    #expect(throws: Refusal.self) { try player.cancel() }
  }

  @Test func aCheckIsAskedAgainUntilItsTimeIsUp() throws {
    var player = try Player([
      Step(name: "drained", kind: .check, handler: "drained", interval: .seconds(10), timeout: .seconds(25))
    ])
    try player.finish(.notYet)
    #expect(player.state.status == .pausing)
    #expect(player.state.work == nil)
    try player.expire()
    try player.finish(.notYet)
    try player.expire()
    try player.finish(.notYet)
    try player.expire()
    #expect(player.state.outcome == .failed)
  }

  @Test func anActThatHangsTimesOut() throws {
    var player = try Player([act("a", timeout: .minutes(1))])
    try player.expire()
    #expect(player.state.outcome == .failed)
  }

  @Test func approvalNeedsOthersAndNobodyTwice() throws {
    var player = try Player([Step(name: "ok", kind: .approve, approvals: 2), act("a")])
    #expect(throws: Refusal.self) { try player.approve(by: .user("ana")) }
    try player.approve(by: .user("ben"))
    #expect(throws: Refusal.self) { try player.approve(by: .user("ben")) }
    #expect(player.state.index == 0)
    try player.approve(by: .user("cem"))
    #expect(player.state.work?.handler == "a")
  }

  @Test func aReportOfAnEarlierAttemptIsRefused() throws {
    var player = try Player([act("a", retries: 3)])
    let run = try #require(player.run)
    try player.finish(.failed)
    #expect(throws: Refusal.self) {
      try player.play("late") { procedures, emitter in
        try procedures.finish(
          run, index: 0, attempt: 1, undo: false, result: .done, detail: nil, into: &emitter)
      }
    }
  }
}
