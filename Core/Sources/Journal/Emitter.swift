import Base

/// What a decision has at hand: the time, identifiers, randomness for jitter, and a place for the events it decides.
public struct Emitter: Sendable {
  public let now: Instant
  public private(set) var drafts: [Draft] = []
  public var random: SeededGenerator
  private var ids: IDGenerator

  public init(now: Instant, ids: IDGenerator, random: SeededGenerator) {
    self.now = now
    self.ids = ids
    self.random = random
  }

  public mutating func newID() -> ULID { ids.next(at: now) }

  /// Decides an event. `actor` is the command's own, or that of the event reacted to, unless given.
  public mutating func emit(_ payload: some EventPayload, on subject: Subject, by actor: Actor? = nil) {
    drafts.append(Draft(payload, subject: subject, actor: actor))
  }

  mutating func takeDrafts() -> [Draft] {
    defer { drafts.removeAll(keepingCapacity: true) }
    return drafts
  }

  mutating func nextEventID() -> ULID { ids.next(at: now) }

  /// Carries the generators on to the next decision at its time.
  func following(at time: Instant) -> Emitter { Emitter(now: time, ids: ids, random: random) }
}
