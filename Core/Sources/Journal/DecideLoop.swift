import Base

/// The state that decisions are made on: every domain's fold, and the reactors between them.
public protocol Machine: Sendable {
  /// What decisions read besides the state: the definitions in force. `apply` never sees it.
  associatedtype Environment: Sendable
  init()
  mutating func apply(_ event: Event) throws
  /// What follows from an event at once, decided on the state after it and committed with it.
  func react(to event: Event, in environment: Environment, into emitter: inout Emitter) throws
}

/// Something a person, a timer or a sender wants done.
public struct Command<State: Machine>: Sendable {
  /// Acknowledgements, timers and delivery reports go before intake, and are admitted on a full disk.
  public enum Priority: Sendable { case urgent, normal }

  public let name: String
  public let actor: Actor
  public let priority: Priority
  /// Decides on the working state. It throws a `Refusal` or emits; never both.
  public let decide:
    @Sendable (_ state: State, _ environment: State.Environment, _ emitter: inout Emitter) throws -> any Sendable

  public init(
    _ name: String, by actor: Actor, priority: Priority = .normal,
    decide:
      @escaping @Sendable (_ state: State, _ environment: State.Environment, _ emitter: inout Emitter) throws ->
      any Sendable
  ) {
    self.name = name
    self.actor = actor
    self.priority = priority
    self.decide = decide
  }
}

/// The writer's decide/apply loop, without its thread, queue and disk.
///
/// A batch is decided on a working copy of the committed state: each command sees what the earlier ones of the same
/// batch did. The caller stores the events as one transaction and then says `commit`, or `abandon` when storing
/// failed; nobody else ever sees the working state.
///
///     decide(batch) ──▶ events ──▶ storage.append ──┬─ ok ─────▶ commit()   replies, readers, effects
///                                                   └─ failed ─▶ abandon()  refusals; the state is as before
public struct DecideLoop<State: Machine>: Sendable {
  /// The state after the last committed event: what readers may see.
  public private(set) var committed: State
  public private(set) var committedSequence: Int64
  private var working: State
  private var workingSequence: Int64
  private var emitter: Emitter

  /// A command that sets off more events than this is a loop between reactors, and fails as a whole. Of one that
  /// divides its events each part may set off as many. A silence over a hundred services that page comes to thousands.
  public static var maxEventsPerCommand: Int { 20_000 }

  public init(state: State, sequence: Int64, seed: UInt64) {
    committed = state
    committedSequence = sequence
    working = state
    workingSequence = sequence
    var seeds = SeededGenerator(seed: seed)
    emitter = Emitter(now: .epoch, ids: IDGenerator(seed: seeds.next()), random: seeds.fork())
  }

  /// The events of a batch and what to answer to each of its commands once they are durable.
  public struct Outcome: Sendable {
    public var events: [Event]
    /// What belongs to the events and is stored with them.
    public var attachments: Attachments
    public var replies: [Result<any Sendable, Refusal>]
  }

  /// Decides the commands in order on the working state.
  ///
  /// - Throws: an error of `apply` or of a reactor, which is a defect: the caller must `abandon`.
  public mutating func decide(
    _ commands: [Command<State>], at now: Instant, in environment: State.Environment
  ) throws -> Outcome {
    emitter = emitter.following(at: now)
    var outcome = Outcome(events: [], attachments: Attachments(), replies: [])
    outcome.replies.reserveCapacity(commands.count)
    for command in commands {
      do {
        let reply = try command.decide(working, environment, &emitter)
        try settle(by: command.actor, in: environment, into: &outcome.events)
        outcome.replies.append(.success(reply))
      } catch let refusal as Refusal {
        precondition(emitter.takeDrafts().isEmpty, "\(command.name) refused after it had emitted")
        outcome.replies.append(.failure(refusal))
      }
    }
    outcome.attachments = emitter.takeAttachments()
    return outcome
  }

  /// The events of the last `decide` are durable.
  public mutating func commit() {
    committed = working
    committedSequence = workingSequence
  }

  /// The events of the last `decide` were not stored.
  public mutating func abandon() {
    working = committed
    workingSequence = committedSequence
    _ = emitter.takeDrafts()
    _ = emitter.takeAttachments()
  }

  private mutating func settle(
    by actor: Actor, in environment: State.Environment, into events: inout [Event]
  ) throws {
    var agenda = Agenda()
    agenda.add(emitter.takeDrafts(), cause: nil, actor: actor)
    while let (draft, cause, inherited) = agenda.next() {
      guard agenda.taken <= Self.maxEventsPerCommand else { throw RunawayReaction(last: draft.subject) }
      let event = try Event(
        draft.payload, sequence: workingSequence + 1, id: emitter.nextEventID(), time: emitter.now,
        subject: draft.subject, actor: draft.actor ?? inherited, cause: cause)
      try working.apply(event)
      workingSequence += 1
      events.append(event)
      do {
        try working.react(to: event, in: environment, into: &emitter)
      } catch let refusal as Refusal {
        throw ReactorRefused(event: event.type, refusal: refusal)
      }
      agenda.add(emitter.takeDrafts(), cause: event.id, actor: event.actor)
    }
  }
}

/// What a command and its consequences have decided and is still to happen, in the order in which it does.
private struct Agenda {
  typealias Item = (draft: Draft, cause: ULID?, actor: Actor)

  private var now: [Item] = []
  /// Drafts that stand apart, each with those that came with it, for when there is nothing before them.
  private var later: [Item] = []
  private var (nextNow, nextLater) = (0, 0)
  /// How many events there were since the command's own last part began.
  private(set) var taken = 0

  /// Adds what one decision emitted.
  mutating func add(_ drafts: [Draft], cause: ULID?, actor: Actor) {
    guard !drafts.isEmpty else { return }
    let apart = drafts.firstIndex(where: \.isApart) ?? drafts.endIndex
    now += drafts[..<apart].lazy.map { ($0, cause, actor) }
    later += drafts[apart...].lazy.map { ($0, cause, actor) }
  }

  mutating func next() -> Item? {
    if nextNow == now.count {
      (now, nextNow) = ([], 0)
      if nextLater < later.count, later[nextLater].cause == nil { taken = 0 }
      while nextLater < later.count, now.isEmpty || !later[nextLater].draft.isApart {
        now.append(later[nextLater])
        nextLater += 1
      }
    }
    guard nextNow < now.count else { return nil }
    defer { (nextNow, taken) = (nextNow + 1, taken + 1) }
    return now[nextNow]
  }
}

/// A defect: reactors answer each other without end.
public struct RunawayReaction: Error { public let last: Subject }

/// A defect: a reactor has no one to refuse to.
public struct ReactorRefused: Error {
  public let event: EventType
  public let refusal: Refusal
}
