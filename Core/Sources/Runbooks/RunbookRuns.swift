import Base
import Events
import Journal

/// The runs of runbooks: those that go on, and the last that ended.
public struct RunbookRuns: Fold, Codable {
  public static let name = "runbookRuns"
  public static let version = 2
  /// Runs that ended are kept in memory up to this many; the journal has all.
  static let keptFinished = 2_000
  static let offersMax = 1_000

  public private(set) var runs = Sharded<ULID, RunbookRun>()
  /// Those that have not ended, oldest first.
  public private(set) var going: [ULID] = []
  private var byRunbook = Sharded<String, [ULID]>()
  private var bySubject = Sharded<String, [ULID]>()
  private var finished = Recent()
  /// What was offered, by its identifier.
  public private(set) var offers = Sharded<ULID, Offer>()
  private var keptOffers = Recent()
  /// When automatic invocations fall due.
  public private(set) var timers = Timers()

  /// A runbook that fits an alert.
  public struct Offer: Codable, Sendable {
    public let id: ULID
    public let runbook: String
    public let mode: RunbookOffered.Mode
    public let about: Subject
    public let reason: String
    public let at: Instant
    public let due: Instant?
    public let invocation: Int
    /// The run that it came to.
    public internal(set) var run: ULID?
    /// Why it did not run by itself.
    public internal(set) var refused: String?
  }

  public init() {}

  /// Takes a run out for somebody who may not see it; for reading, never for deciding.
  public mutating func hide(_ id: ULID) { runs[id] = nil }

  public mutating func apply(_ event: Event) throws {
    // Nearly all events are of alerts and of their pages: one byte tells that they are none of these.
    guard let first = event.type.text.utf8.first, first == 0x72 || first == 0x73 || first == 0x70 else { return }
    switch event.type {
    case RunbookOffered.type, RunbookInvoked.type: try applyOffer(event)
    case RunbookStarted.type: try start(event)
    case StepStarted.type, StepFinished.type, StepApproved.type, StepClaimed.type, StepAnswered.type,
      StepReleased.type, ProcedureCancelled.type, ProcedureFinished.type:
      guard let id = ULID(event.subject.id), var run = runs[id] else { return }
      try Self.apply(event, to: &run)
      runs[id] = run
      if !run.isGoing { end(id) }
    default: break
    }
  }

  private mutating func start(_ event: Event) throws {
    guard let id = ULID(event.subject.id), let started = try event.payload(RunbookStarted.self) else { return }
    let run = RunbookRun(id: id, started, by: event.actor, at: event.time)
    runs[id] = run
    going.append(id)
    byRunbook[run.runbook, default: []].append(id)
    for subject in Self.subjects(of: run) { bySubject[subject, default: []].append(id) }
  }

  private static func subjects(of run: RunbookRun) -> [String] {
    [run.about.text] + [run.incident?.text].compactMap { $0 }.filter { $0 != run.about.text }
  }

  private static func apply(_ event: Event, to run: inout RunbookRun) throws {
    if let payload = try event.payload(StepStarted.self) {
      run.apply(payload)
    } else if let payload = try event.payload(StepFinished.self) {
      run.apply(payload, at: event.time)
    } else if let payload = try event.payload(StepApproved.self) {
      guard run.steps.indices.contains(payload.index), let hash = payload.hash else { return }
      run.steps[payload.index].approvals.append(.init(by: event.actor, at: event.time, hash: hash))
    } else if let payload = try event.payload(StepClaimed.self) {
      guard run.steps.indices.contains(payload.index), run.steps[payload.index].startedAt == nil else { return }
      run.steps[payload.index].startedAt = event.time
    } else if let payload = try event.payload(StepAnswered.self) {
      guard run.steps.indices.contains(payload.index) else { return }
      run.steps[payload.index].answer = payload.answer
    } else if let payload = try event.payload(ProcedureCancelled.self) {
      run.cancelReason = payload.reason
    } else if let payload = try event.payload(ProcedureFinished.self) {
      run.finish(payload, at: event.time)
    }
  }

  private mutating func end(_ id: ULID) {
    guard let place = going.firstIndex(of: id) else { return }
    going.remove(at: place)
    guard let old = finished.keep(id, limit: Self.keptFinished), let gone = runs[old] else { return }
    runs[old] = nil
    Self.drop(old, from: &byRunbook, gone.runbook)
    for subject in Self.subjects(of: gone) { Self.drop(old, from: &bySubject, subject) }
  }

  private static func drop(_ id: ULID, from index: inout Sharded<String, [ULID]>, _ key: String) {
    index[key]?.removeAll { $0 == id }
    if index[key]?.isEmpty == true { index[key] = nil }
  }

  private mutating func applyOffer(_ event: Event) throws {
    if let offered = try event.payload(RunbookOffered.self) {
      offers[offered.id] = Offer(
        id: offered.id, runbook: offered.runbook, mode: offered.mode, about: event.subject, reason: offered.reason,
        at: event.time, due: offered.due, invocation: offered.invocation)
      if let due = offered.due { timers.set(offered.id, at: due) }
      if let old = keptOffers.keep(offered.id, limit: Self.offersMax) {
        timers.cancel(old, at: offers[old]?.due)
        offers[old] = nil
      }
    } else if let invoked = try event.payload(RunbookInvoked.self) {
      timers.cancel(invoked.offer, at: offers[invoked.offer]?.due)
      offers[invoked.offer]?.run = invoked.run
      offers[invoked.offer]?.refused = invoked.refused
    }
  }
}

// MARK: - Questions

extension RunbookRuns {
  /// The kept runs of a runbook, the newest first.
  public func of(runbook: String) -> [RunbookRun] {
    (byRunbook[runbook] ?? []).reversed().compactMap { runs[$0] }
  }

  /// The kept runs about an alert, an incident or a service, the newest first.
  public func about(_ subject: Subject) -> [RunbookRun] {
    (bySubject[subject.text] ?? []).reversed().compactMap { runs[$0] }
  }

  /// What is offered for an alert, the newest first.
  public func offers(for subject: Subject) -> [Offer] {
    keptOffers.kept.reversed().compactMap { offers[$0] }.filter { $0.about == subject }
  }

  /// The newest runs, those that go on and those that ended, newest first.
  public func newest(_ limit: Int) -> [RunbookRun] {
    (going + finished.kept).sorted(by: >).prefix(limit).compactMap { runs[$0] }
  }

  /// How a runbook does.
  public struct Health: Sendable, Equatable {
    /// When a run began last.
    public var lastRun: Instant?
    /// When a run was completed last.
    public var lastSuccess: Instant?
    /// Kept runs that ended, without those that were cancelled.
    public var ended: Int
    public var completed: Int
    /// The steps that needed a person in every run that reached them; at least two did.
    public var stepsAlwaysByHand: [String]

    /// The share of the ended runs that were completed; `nil` without any.
    public var successShare: Double? { ended == 0 ? nil : Double(completed) / Double(ended) }

    /// The time since the newest success.
    public func ageOfSuccess(at now: Instant) -> Interval? { lastSuccess.map { now - $0 } }
  }

  public func health(of runbook: String) -> Health {
    let runs = of(runbook: runbook)
    let ended = runs.filter { $0.outcome.map { $0 != .cancelled } ?? false }
    let completed = ended.filter { $0.outcome == .completed }
    var names: [String] = []
    var counts: [String: (reached: Int, byHand: Int)] = [:]
    for run in runs {
      for step in run.steps where ![.pending, .skipped].contains(step.state) || step.neededHand {
        if counts[step.name] == nil { names.append(step.name) }
        counts[step.name, default: (0, 0)].reached += 1
        if step.neededHand || step.state == .failed { counts[step.name]?.byHand += 1 }
      }
    }
    return Health(
      lastRun: runs.first?.startedAt, lastSuccess: completed.compactMap(\.finishedAt).max(), ended: ended.count,
      completed: completed.count,
      stepsAlwaysByHand: names.filter { name in
        counts[name].map { $0.reached >= 2 && $0.byHand == $0.reached } ?? false
      })
  }
}
