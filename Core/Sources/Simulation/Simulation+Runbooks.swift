import Alerts
import Base
import Engine
import Events
import Journal
import Procedures
import Runbooks

extension Simulation {
  /// A step that is being performed by a process of this machine.
  struct Performance {
    enum Outcome { case done, failed, hangs }
    var run: ULID
    var index: Int
    var attempt: Int
    var undo: Bool
    var isCheck: Bool
    var outcome: Outcome

    var effect: String { "\(run)/\(index)" }
  }

  /// Runs that people start, look after and cancel, and the switch that stops them all.
  mutating func planRuns() {
    let busy = Interval.hours(3)
    func someTime(_ random: inout SeededGenerator) -> Instant {
      start + .milliseconds(Int64.random(in: 0..<busy.milliseconds, using: &random))
    }
    for _ in 0..<Int.random(in: 2...10, using: &handRandom) {
      let mode = RunMode.allCases.randomElement(using: &handRandom)!
      let runbook = ["heal", "heal", "flip", "look"].randomElement(using: &handRandom)!
      let person = Town.people.randomElement(using: &handRandom)!
      agenda.plan(.startRun(runbook, mode: mode, person: person), at: someTime(&handRandom))
    }
    for _ in 0..<Int.random(in: 0...2, using: &handRandom) { agenda.plan(.cancelRun, at: someTime(&handRandom)) }
    for _ in 0..<Int.random(in: 0...4, using: &handRandom) { agenda.plan(.crash, at: someTime(&handRandom)) }
    for _ in 0..<Int.random(in: 0...2, using: &handRandom) { agenda.plan(.stopAutomation, at: someTime(&handRandom)) }
    for minute in stride(from: Int64(1), to: Self.quietAfter.milliseconds / 60_000, by: 2) {
      agenda.plan(.look, at: start + .minutes(minute))
    }
  }

  /// Lets one of the things happen that concern runbooks.
  mutating func happenToRuns(_ happening: Happening, _ submit: Submit) {
    switch happening {
    case .startRun(let runbook, let mode, let person):
      let service = Town.services.randomElement(using: &handRandom)!
      submit(
        Ask.startRunbook(runbook, about: Subject("service", service), mode: mode, by: .user(person)).command
      ) { _, _ in }
    case .look:
      checkIncidents()
      lookAfterRuns(submit)
    case .acted(let performance, let incarnation):
      guard loop != nil, incarnation == self.incarnation else { return }
      act(performance)
    case .performed(let performance, let incarnation):
      guard loop != nil, incarnation == self.incarnation else { return }
      finish(performance, submit)
    case .cancelRun:
      guard let run = loop?.committed.runbookRuns.going.first else { return }
      submit(Ask<Void>.cancelRun(run, reason: "enough", by: .user("dia")).command) { _, _ in }
    case .stopAutomation:
      // As a rule because of something that is under way.
      if loop?.committed.procedures.claimed.isEmpty != false, time < start + Self.quietAfter, handRandom.chance(0.9) {
        agenda.plan(.stopAutomation, at: time + .seconds(11))
        return
      }
      submit(Ask<Void>.stopAutomation(reason: "a drill", by: .user("dia")).command) { world, _ in
        // Also where it is not known whether it was stopped.
        let later = Interval.seconds(Int64.random(in: 60...1_200, using: &world.handRandom))
        world.agenda.plan(.resumeAutomation, at: world.time + later)
      }
    case .resumeAutomation:
      submit(Ask<Void>.resumeAutomation(by: .user("dia")).command) { world, reply in
        guard case .failure(let refusal) = reply, refusal.kind == .unavailable else { return }
        world.agenda.plan(.resumeAutomation, at: world.time + .seconds(10))
      }
    default: break
    }
  }

  /// People do something about what waits for them, or do not; some try what they may not.
  private mutating func lookAfterRuns(_ submit: Submit) {
    guard let state = loop?.committed else { return }
    for id in state.runbookRuns.going {
      guard handRandom.chance(0.4), let run = state.procedures.runs[id], let phase = run.guarded?.phase else {
        continue
      }
      let person = Actor.user(Town.people.randomElement(using: &handRandom)!)
      if phase == neglected { continue }
      switch phase {
      case .release: submit(Ask<Void>.releaseStep(id, index: run.index, by: person).command) { _, _ in }
      case .answer: submit(Ask<Void>.answerStep(id, index: run.index, answer: "two", by: person).command) { _, _ in }
      case .approval:
        guard let hash = state.approvalHash(of: id, index: run.index) else { continue }
        approve(run, hash, by: person, submit)
      case .check: break
      }
    }
  }

  /// Some approve what they were shown, some something else, and some what they began themselves.
  private mutating func approve(_ run: Run, _ hash: String, by person: Actor, _ submit: Submit) {
    let id = run.id
    let isOther = handRandom.chance(0.1)
    let isOwn = person == run.startedBy
    let shown = isOther ? String(hash.reversed()) : hash
    submit(Ask<Void>.approveStep(id, index: run.index, hash: shown, by: person).command) { world, reply in
      switch reply {
      case .failure(let refusal) where refusal.kind == .unavailable: break
      case .failure:
        if isOther { world.coverage.note("wrong hash refused") }
        if !isOther, isOwn { world.coverage.note("own approval refused") }
      case .success:
        if isOther { world.found("run \(id) took an approval of something else") }
        if isOwn { world.found("\(person) approved run \(id), which is their own") }
      }
    }
  }

  // MARK: The runner

  func work(in state: State) -> RunbookWork? { state.runbookWork(limit: 1).first }

  mutating func claim(_ work: RunbookWork) {
    let ask = Ask.claimStep(work.run, index: work.index, attempt: work.attempt, undo: work.undo)
    decide([ask.command], [{ $0.perform($1) }])
  }

  private mutating func perform(_ reply: Result<any Sendable, Refusal>) {
    switch reply {
    case .failure(let refusal):
      if refusal.kind != .unavailable { violations.append("a step that was offered was refused: \(refusal.message)") }
    case .success(let value):
      guard let claimed = value as? ClaimedStep else { return }
      if !performed.insert(claimed.key).inserted { violations.append("\(claimed.key) was performed twice") }
      checkBinding(of: claimed)
      let roll = handRandom.next() % 20
      let outcome: Performance.Outcome =
        roll == 0 || (claimed.isCheck && roll <= 2) ? .hangs : roll <= 3 ? .failed : .done
      let performance = Performance(
        run: claimed.run, index: claimed.index, attempt: claimed.attempt, undo: claimed.undo,
        isCheck: claimed.isCheck, outcome: outcome)
      let took = Int64.random(in: 100...40_000, using: &handRandom)
      // Something that hangs may have done its work before.
      if outcome == .done || (outcome == .hangs && handRandom.chance(0.5)) {
        agenda.plan(.acted(performance, incarnation: incarnation), at: time + .milliseconds(took / 2))
      }
      if outcome != .hangs {
        agenda.plan(.performed(performance, incarnation: incarnation), at: time + .milliseconds(took))
      }
    }
  }

  private mutating func act(_ performance: Performance) {
    guard !performance.isCheck else { return }
    if performance.undo {
      effects[performance.effect] = 0
      return
    }
    effects[performance.effect, default: 0] += 1
    let rules = loop?.committed.procedures.runs[performance.run]?.program.steps[performance.index].rules
    if effects[performance.effect, default: 0] > 1, rules?.isRepeatable == false {
      violations.append("step \(performance.effect) acted twice and does not say that it may")
    }
  }

  private mutating func finish(_ performance: Performance, _ submit: Submit) {
    var result: StepFinished.Result = performance.outcome == .done ? .done : .failed
    if performance.isCheck, checksFail || effects[performance.effect, default: 0] == 0 { result = .failed }
    // Whoever performs kills what is under way when it is told to stop.
    let run = loop?.committed.procedures.runs[performance.run]
    let isCancelled =
      run?.cancelReason != nil && !performance.undo && run?.program.steps[performance.index].rules?.always != true
    let isKilled = loop?.committed.automation.stopped != nil || isCancelled
    if isKilled { result = .failed }
    submit(
      Ask<Void>.finishStep(
        performance.run, index: performance.index, attempt: performance.attempt, undo: performance.undo, result: result
      ).command
    ) { world, reply in
      guard case .failure(let refusal) = reply, refusal.kind == .unavailable else { return }
      world.agenda.plan(.performed(performance, incarnation: world.incarnation), at: world.time + .seconds(2))
    }
  }

  /// A server that starts writes off what an earlier process had claimed.
  mutating func loseSteps() {
    decide([Ask<Int>.loseSteps.command]) { world, reply in
      if case .success(let value) = reply, value as? Int == 0 { world.lostSteps = false }
    }
  }

  private mutating func decide(
    _ commands: [Command<State>], _ then: @escaping (inout Simulation, Result<any Sendable, Refusal>) -> Void
  ) {
    decide(commands, [then])
  }

  /// Somebody puts right what a runbook left half-done, and says so.
  mutating func clearHalted(_ events: [Event]) {
    for event in events where event.type == AlertFired.type {
      guard let fired = try? event.payload(AlertFired.self), fired.signal.integration == Signal.runbooks else {
        continue
      }
      let later = Interval.seconds(Int64.random(in: 300...3_600, using: &handRandom))
      agenda.plan(.clear(fired.signal.key), at: time + later)
    }
  }
}
