import Base
import Definitions
import Engine
import Events
import Foundation
import Journal
import Logging
import Outbound
import Procedures
import Runbooks
import Synchronization

/// Performs the steps of runbooks: claims each through the writer before anything is done, performs it, reports what
/// became of it with its output.
///
///     writer                          runner                          process
///       │ step.started ── changes ──▶ │
///       │ ◀──────── claimStep ─────── │
///       │ step.claimed ─────────────▶ │ ── starts ──────────────────▶ │
///       │ automation.stopped ───────▶ │ ── kills ───────────────────▶ ✕
///       │ ◀─ finishStep with output ─ │
///
/// Killed at any instant, a claim without a result is what it leaves in the journal. The next life first ends what is
/// left of the processes, then writes these claims off, and only then claims anew.
public final class Runner: Sendable {
  static let steps = SelfMetrics.Family("mainstay_runbook_steps", .counter, "Steps of runbooks performed, by result.")
  static let stepSeconds = SelfMetrics.Family(
    "mainstay_runbook_step_seconds", .counter, "Time spent on steps of runbooks.")
  /// Looks further down the row of what waits than its places reach, for steps that need none of a full kind.
  private static let lookAhead = 256

  public let hub: RunHub
  /// Why steps that need processes cannot be performed here; `nil` where they can.
  public let problem: String?

  private let writer: JournalWriter
  private let clock: SystemClock
  private let settings: RunnerSettings
  private let performer: StepPerformer
  private let metrics: SelfMetrics
  private let logger: Logger
  private let slots: Mutex<RunnerSlots>
  private let wake = Wake()

  public init(
    writer: JournalWriter, clock: SystemClock, http: HTTPOut, hub: RunHub, settings: RunnerSettings,
    place: RunnerPlace, metrics: SelfMetrics, logger: Logger, resolver: SecretResolver = .system,
    sli: @escaping @Sendable (_ slo: String, _ window: Interval) async -> SLIReading?
  ) {
    self.writer = writer
    self.clock = clock
    self.settings = settings
    self.hub = hub
    self.metrics = metrics
    self.logger = logger
    var sandbox = StepSandbox(
      kind: settings.sandbox, isRoot: place.isRoot, firstUser: place.firstUser, user: settings.user)
    sandbox.read = settings.read
    sandbox.hidden = [place.dataDirectory]
    sandbox.hiddenFiles = settings.secretFiles
    performer = StepPerformer(
      http: http, settings: settings,
      place: .init(sandbox: sandbox, server: place.server, temporary: place.temporary),
      definitions: place.definitions, resolver: resolver, sli: sli)
    slots = Mutex(RunnerSlots(processes: settings.concurrency, waits: settings.waitsMax))
    problem = SandboxProbe.problem(of: sandbox).map { why in
      settings.sandbox == .bubblewrap
        ? "the sandbox of runbooks does not work on this machine: \(why); install bubblewrap, or set "
          + "`runbooks.sandbox: none` to run steps without it"
        : "steps of runbooks cannot be started on this machine: \(why)"
    }
  }

  // MARK: The loop

  /// Performs steps until the task is cancelled. Those under way then get a while to end.
  public func run() async {
    await takeOver()
    await withDiscardingTaskGroup { group in
      group.addTask { [self] in
        for await _ in writer.changes() { wake.now() }
        wake.finish()
      }
      wake.now()
      for await _ in wake.signals {
        if Task.isCancelled { break }
        let state = writer.state
        stopThose(in: state)
        begin(from: state, in: &group)
      }
      group.cancelAll()
    }
    // The task is cancelled, which would end every wait within it at once.
    await Task { [self] in await stop() }.value
  }

  /// Ends what an earlier life of the server left running, and writes its claims off.
  private func takeOver() async {
    let left = Leftovers.kill(marker: "MAINSTAY_RUNNER=\(performer.place.server)")
    PrivateDirectory.sweep(in: performer.place.temporary, server: performer.place.server)
    if left > 0 {
      logger.warning("processes of steps outlived the server and were ended", metadata: ["processes": "\(left)"])
    }
    var lost = 0
    while !Task.isCancelled {
      do {
        let some = try await writer.submit(.loseSteps)
        lost += some
        if some == 0 { break }
      } catch {
        // Until this is in the journal nothing is claimed.
        try? await Task.sleep(for: .seconds(1))
      }
    }
    if lost > 0 { logger.warning("steps were under way when the server ended", metadata: ["steps": "\(lost)"]) }
  }

  /// Ends the steps under way that are not to go on.
  private func stopThose(in state: State) {
    let underWay = slots.withLock(\.underWay)
    for (key, step) in underWay {
      if let stop = state.automation.stopped {
        step.control.end(.automationStopped(" by \(stop.by.text): \(stop.reason)"))
      } else if let run = state.procedures.runs[key.run] {
        let isCancelled = run.cancelReason != nil && !step.wasEnding
        let isOver = run.status == .finished
        if isCancelled || isOver { step.control.end(.cancelled) }
      }
    }
  }

  private func begin(from state: State, in group: inout DiscardingTaskGroup) {
    let now = clock.now()
    var again: Instant?
    for work in state.runbookWork(limit: settings.concurrency + settings.waitsMax + Self.lookAhead) {
      let isFull = slots.withLock { ($0.isFullOfProcesses, $0.isFullOfWaits) }
      if isFull == (true, true) { break }
      let key = StepKey(run: work.run, index: work.index, attempt: work.attempt, undo: work.undo)
      guard let run = state.procedures.runs[work.run],
        let kind = try? run.parameters?.decode(StepWork.self).kind
      else { continue }
      let isProcess = StepPerformer.takesProcess(kind)
      if isProcess ? isFull.0 : isFull.1 { continue }
      let isEnding = run.cancelReason != nil || work.undo
      guard let taken = slots.withLock({ $0.take(key, isProcess: isProcess, wasEnding: isEnding, at: now) }) else {
        again = now + .seconds(5)
        continue
      }
      // Not of the group: a step under way outlives the loop that began it.
      Task { [self] in await perform(key, taken) }
    }
    if let again { wake.at(again, clock: clock, in: &group) }
  }

  /// Gives steps under way a while to end, then ends them. What they did is not known then.
  private func stop() async {
    let end = clock.now() + settings.stopGrace
    while clock.now() < end, !slots.withLock(\.underWay.isEmpty) { try? await Task.sleep(for: .milliseconds(50)) }
    for step in slots.withLock({ Array($0.underWay.values) }) { step.control.end(.serverStops) }
    let last = clock.now() + .seconds(5)
    while clock.now() < last, !slots.withLock(\.underWay.isEmpty) { try? await Task.sleep(for: .milliseconds(20)) }
  }

  // MARK: One step

  private func perform(_ key: StepKey, _ taken: RunnerSlots.UnderWay) async {
    let claim: ClaimedStep
    do {
      claim = try await writer.submit(
        .claimStep(key.run, index: key.index, attempt: key.attempt, undo: key.undo))
    } catch {
      logger.info("a step was not claimed", metadata: ["step": "\(key.text)", "error": "\(error)"])
      slots.withLock { [now = clock.now()] in $0.end(key, refusedAt: now) }
      wake.now()
      return
    }
    // What was stopped between the look and the claim is seen now.
    stopThose(in: writer.state)
    let began = clock.now()
    let (end, output) = await performed(key, claim, taken)
    metrics.add(Self.steps, [("kind", claim.work.kind.rawValue), ("result", end.result.rawValue)])
    metrics.add(Self.stepSeconds, by: max(.zero, clock.now() - began).seconds)
    await report(claim, end, output)
    slots.withLock { $0.end(key) }
    wake.now()
  }

  private func performed(
    _ key: StepKey, _ claim: ClaimedStep, _ taken: RunnerSlots.UnderWay
  ) async -> (StepEnd, StepOutput) {
    let secrets: [(name: String, value: String)]
    do {
      if StepPerformer.takesProcess(claim.work.kind), let problem { throw StepVariables.Problem(description: problem) }
      secrets = try performer.secrets(of: claim.work)
    } catch {
      return (StepEnd(.failed, detail: "\(error)"), hub.open(key, secrets: []))
    }
    let output = hub.open(key, secrets: secrets.map(\.value))
    // What the writer grants is for reporting too; the time to end by itself has to lie within.
    let left = claim.deadline - clock.now() - StepProcess.grace
    let end = await performer.perform(
      claim, secrets: secrets, timeout: max(.seconds(1), min(claim.work.timeout, left)), slot: taken.slot ?? 0,
      output: output, control: taken.control)
    return (end, output)
  }

  /// Reports with the output, for as long as the claim holds.
  private func report(_ claim: ClaimedStep, _ end: StepEnd, _ output: StepOutput) async {
    output.end()
    let key = StepKey(run: claim.run, index: claim.index, attempt: claim.attempt, undo: claim.undo)
    let kept = output.kept
    let now = clock.now()
    let item =
      kept.bytes.isEmpty
      ? nil
      : BulkItem(
        key: claim.outputKey, kind: "run-output", bytes: kept.bytes, created: now,
        expires: now + settings.outputRetention)
    let result: StepFinished.Result =
      switch end.result {
      case .done: .done
      case .failed, .stopped: .failed
      case .timedOut: .timedOut
      case .lost: .lost
      }
    let detail = end.detail.map { output.masked($0) }
    while clock.now() < claim.deadline {
      do {
        try await writer.submit(
          .finishStep(
            claim.run, index: claim.index, attempt: claim.attempt, undo: claim.undo, result: result, detail: detail,
            exit: end.exit, output: item, exports: end.exports))
        break
      } catch let refusal as Refusal where refusal.kind == .unavailable {
        if end.result == .lost { break }
        try? await Task.sleep(for: .milliseconds(500))
      } catch {
        logger.warning("a step's report came too late", metadata: ["step": "\(key.text)", "error": "\(error)"])
        break
      }
    }
    hub.end(key)
  }
}
