import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Runbooks

/// One seed: a few hours in the life of a server whose disk, network and power fail, played on a virtual clock.
///
/// Everything random comes from the seed, so a seed is a test case: two processes that play it see the same events.
public struct Simulation {
  /// What a run found.
  public struct Report: Sendable {
    public var seed: UInt64
    /// Broken promises, each in one line. None in a good build.
    public var violations: [String]
    /// A hash over everything that happened, to compare processes with.
    public var trace: UInt64
    public var events: Int
    public var pages: Int
    public var crashes: Int
    /// What happened how often.
    public var coverage: Coverage
  }

  enum Happening {
    case fire(Signal, until: Instant)
    case `repeat`(Signal)
    case clear(String)
    case body(Body)
    case acknowledge(ULID, person: String, tries: Int)
    case override(String, person: String, length: Interval)
    case manualIncident(String)
    case note(String)
    case resolveIncident
    case updateIncident(IncidentAudience, isLast: Bool)
    case takeRole(String, person: String)
    case raiseSeverity
    case mergeIncidents
    case budget(String, step: Double, isReached: Bool)
    case exclude(String, length: Interval)
    case restoreExclusion
    case silence(Silencing)
    case incident(IncidentWork)
    case watchHolds
    case landed(Delivery)
    case report(Delivery, incarnation: Int)
    case commitFault
    case crash
    case restart
    case snapshot
    case setClock(Interval)
    case startRun(String, mode: RunMode, person: String)
    case look
    case acted(Performance, incarnation: Int)
    case performed(Performance, incarnation: Int)
    case cancelRun
    case stopAutomation
    case resumeAutomation
  }

  /// One attempt on the network.
  struct Delivery {
    enum Outcome { case taken, refused, failed, failedButLanded }
    var page: ULID
    var key: String
    var attempt: Int
    var outcome: Outcome
  }

  var random: SeededGenerator
  let seed: UInt64
  let environment: Engine.Environment
  let disk = SimulatedDisk()
  var loop: DecideLoop<State>?
  var steady: SteadyTime
  /// Virtual time: what the monotonic clock of the machine counts.
  var time: Instant
  /// How far the machine's wall clock was set off.
  var offset = Interval.zero
  var agenda = Agenda<Happening>()
  var incarnation = 0
  var crashes = 0
  /// When the server could not commit, in its own time.
  var outages: [(from: Instant, to: Instant)] = []
  var outageSince: Instant?
  var landed: [ULID: [String]] = [:]
  /// Alerts that a sender was told are accepted.
  var acceptedAlerts: [ULID] = []
  /// Exclusions that an editor was told are in force.
  var acceptedExclusions: [ULID] = []
  /// Silences that somebody was told are in force, oldest first.
  var acceptedSilences: [ULID] = []
  /// Action items, and how many edits of each review, that somebody was told are kept.
  var acceptedActions: [ULID] = []
  var acceptedEdits: [ULID: Int] = [:]
  /// A kind of channel that takes nothing in this seed.
  let deadChannel: ChannelReference.Kind?
  /// What steps did to the world, as far as it was not undone.
  var effects: [String: Int] = [:]
  /// Whether claims of an earlier process have to be written off yet.
  var lostSteps = false
  /// The keys of what was begun to be performed: none comes twice.
  var performed: Set<String> = []
  /// What people of this seed do nothing about when a run waits for it.
  let neglected: StepPhase?
  /// In some seeds no check ever says yes.
  let checksFail: Bool
  /// So many runs of runbooks begin at once, and little else happens.
  let crowd: Int
  var coverage = Coverage()
  /// Draws for runbooks alone, so that they move nothing else.
  var handRandom: SeededGenerator
  var violations: [String] = []
  var trace: UInt64 = 0xcbf2_9ce4_8422_2325
  /// Hears what happens, line by line, to follow a seed with.
  let listener: ((String) -> Void)?

  let start: Instant
  /// A seed with so many is not played on.
  private static let violationsMax = 20
  static let length = Interval.hours(8)
  /// Nothing new happens after this; what is under way comes to its end.
  static let quietAfter = Interval.hours(5)

  /// - Parameter crowd: begins so many runs of runbooks at once, instead of an ordinary day.
  public init(seed: UInt64, crowd: Int = 0, listener: ((String) -> Void)? = nil) {
    self.seed = seed
    self.crowd = crowd
    self.listener = listener
    random = SeededGenerator(seed: seed)
    handRandom = SeededGenerator(seed: seed ^ 0x5245_4548)
    var environment = Town.environment(random: &random)
    environment.runbooks = RunbookBook(plans: Town.plans(random: &handRandom))
    neglected =
      handRandom.chance(0.25) && crowd == 0 ? [.release, .approval, .answer].randomElement(using: &handRandom)! : nil
    checksFail = handRandom.chance(0.12) && crowd == 0
    environment.people.teams["team"] = .init(members: Town.people)
    start = Town.start(random: &random)
    var holding = SeededGenerator(seed: seed ^ 0x484f_4c44)
    environment.holding = Town.holding(from: start, random: &holding)
    environment.tiers = Town.tiers(random: &holding)
    self.environment = environment
    deadChannel = random.chance(0.2) ? .smtp : nil
    time = start
    steady = SteadyTime(start: start, monotonic: start.nanoseconds)
  }

  /// Plays the seed to its end and checks the promises.
  public mutating func run() -> Report {
    restart()
    if crowd > 0 { planCrowd() } else { planDay() }
    let end = start + Self.length
    while time < end, violations.count < Self.violationsMax { step(until: end) }
    if loop == nil { restart() }
    settle()
    checkAtEnd()
    if crowd == 0 { recountLedger() }
    var reader = CoverageReader()
    reader.read(disk.stored.map(\.event))
    coverage.add(reader.coverage)
    return Report(
      seed: seed, violations: violations, trace: trace, events: disk.stored.count,
      pages: landed.values.reduce(0) { $0 + $1.count }, crashes: crashes, coverage: coverage)
  }

  /// Invariant 4, on a ledger of its own: no draw of it moves another.
  private mutating func recountLedger() {
    var trial = LedgerTrial(seed: seed)
    let report = trial.run()
    violations += report.violations.map { "ledger: \($0)" }
    mark("ledger \(report.figures) figures \(report.trace.value)")
  }

  /// Takes the clock to whatever comes next and lets it happen.
  private mutating func step(until end: Instant) {
    var next = min(agenda.nextTime ?? end, end)
    if let loop {
      let wake = [loop.committed.nextDeadline, loop.committed.nextPage].compactMap { $0 }.min()
      // Its own clock may run a tenth slower or faster than the machine's: come up to the deadline from below.
      if let wake {
        let ahead = Interval(nanoseconds: (wake - steady.now).nanoseconds / 10 * 9)
        next = min(next, time + max(ahead, .milliseconds(20)))
      }
    }
    time = max(time, next)
    var commands: [Command<State>] = []
    var after: [(inout Simulation, Result<any Sendable, Refusal>) -> Void] = []
    while let happening = agenda.take(at: time) {
      happen(happening) { command, then in
        commands.append(command)
        after.append(then)
      }
    }
    decide(commands, after)
    settle()
  }

  /// The server's own time now.
  mutating func now() -> Instant {
    steady.read(monotonic: time.nanoseconds, wall: time + offset).now
  }

  // MARK: Server

  /// Has commands decided and committed as the writer does: answers only after the commit.
  mutating func decide(
    _ commands: [Command<State>], _ after: [(inout Simulation, Result<any Sendable, Refusal>) -> Void]
  ) {
    guard !commands.isEmpty else { return }
    guard loop != nil else {
      for then in after { then(&self, .failure(Refusal(.unavailable, "down"))) }
      return
    }
    let now = now()
    do {
      let outcome = try loop!.decide(commands, at: now, in: environment)
      if !outcome.events.isEmpty { try disk.append(outcome.events, with: outcome.attachments) }
      loop!.commit()
      endOutage(at: now)
      for event in outcome.events {
        mark("\(event.sequence) \(event.type) \(event.subject) \(String(decoding: event.dataText, as: UTF8.self))")
      }
      clearHalted(outcome.events)
      checkHeld(at: now)
      checkPagedOnce(outcome.events, loop!.committed)
      for (then, reply) in zip(after, outcome.replies) { then(&self, reply) }
    } catch let failure as JournalFailure {
      loop!.abandon()
      outageSince = outageSince ?? now
      mark("commit failed: \(failure)")
      if disk.lostPower { crash() }
      for then in after { then(&self, .failure(Refusal(.unavailable, failure.description))) }
    } catch {
      violations.append("a defect while deciding: \(error)")
      loop!.abandon()
    }
  }

  /// Timers and deliveries until nothing is due.
  mutating func settle() {
    for _ in 0..<500 {
      guard let loop, violations.count < Self.violationsMax else { return }
      if lostSteps {
        loseSteps()
        if outageSince != nil { return }
        continue
      }
      let now = now()
      let due = loop.committed.outbox.due(at: now)
      if let deadline = loop.committed.nextDeadline, deadline <= now {
        decide([Ask<Void>.tick.command], [{ _, _ in }])
      } else if let page = due.first {
        decide([Ask<Page>.claimPage(page.id).command], [{ $0.send($1) }])
      } else if let work = work(in: loop.committed) {
        claim(work)
      } else {
        return
      }
      // A disk that fails is tried again a little later, as the writer's own pace would have it.
      if outageSince != nil { return }
    }
  }

  mutating func endOutage(at now: Instant) {
    guard let since = outageSince else { return }
    outages.append((since, now))
    outageSince = nil
  }

  mutating func crash() {
    guard loop != nil else { return }
    let now = now()
    outageSince = outageSince ?? now
    loop = nil
    crashes += 1
    mark("crash")
    agenda.plan(.restart, at: time + .seconds(Int64.random(in: 1...120, using: &random)))
  }

  /// Folds the journal, and holds the result against the state that was acknowledged before.
  mutating func restart() {
    disk.restorePower()
    incarnation += 1
    do {
      let (state, sequence, _) = try State.restore(from: disk)
      var (replayed, position) = (State(), Int64(0))
      for event in try disk.events(after: 0, limit: .max) {
        try replayed.apply(event)
        position = event.sequence
      }
      let (restored, folded) = (try state.snapshots(at: 0), try replayed.snapshots(at: 0))
      if position != sequence || restored != folded {
        violations.append("after restart \(incarnation) the state from snapshots is not the fold of the journal")
      }
      for alert in acceptedAlerts where !disk.stored.contains(where: { $0.event.subject == Subject("alert", alert) }) {
        violations.append("alert \(alert) was accepted and is not in the journal after restart \(incarnation)")
      }
      let last = disk.stored.last?.event.time ?? start
      steady = SteadyTime(start: max(last, time + offset), monotonic: time.nanoseconds)
      // A clock that was set back while the server was down takes the start of its outage back with it.
      outageSince = outageSince.map { min($0, steady.now) }
      loop = DecideLoop(state: state, sequence: sequence, seed: random.next())
      mark("restart \(incarnation) at \(sequence)")
      lostSteps = incarnation > 1
    } catch {
      violations.append("restart \(incarnation) failed: \(error)")
    }
  }

  // MARK: Network

  /// Puts a claimed attempt on the network.
  mutating func send(_ reply: Result<any Sendable, Refusal>) {
    guard case .success(let value) = reply, let page = value as? Page else { return }
    let attempt = page.attempts.count + 1
    let outcome: Delivery.Outcome =
      switch random.next() % 20 {
      case _ where page.request.channel.kind == deadChannel: .failed
      case 0...13: .taken
      case 14...16: .failed
      case 17, 18: .failedButLanded
      default: .refused
      }
    let delivery = Delivery(page: page.id, key: page.key, attempt: attempt, outcome: outcome)
    // One in fifty takes longer than its claim lasts.
    let slowest: Int64 = random.chance(0.02) ? 150_000 : 20_000
    let done = time + .milliseconds(Int64.random(in: 20...slowest, using: &random))
    if outcome == .taken || outcome == .failedButLanded { agenda.plan(.landed(delivery), at: done) }
    // One in thirty never reports: its claim has to run out.
    if random.next() % 30 != 0 { agenda.plan(.report(delivery, incarnation: incarnation), at: done) }
  }

  mutating func mark(_ line: String) {
    listener?("\(steady.now.rfc3339) \(line)")
    for byte in line.utf8 { trace = (trace ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }
}
