import Base

/// What a decision has at hand: the time, identifiers, randomness for jitter, and a place for the events it decides.
public struct Emitter: Sendable {
  public let now: Instant
  public private(set) var drafts: [Draft] = []
  /// What is committed along with the events.
  public private(set) var attachments = Attachments()
  public var random: SeededGenerator
  private var ids: IDGenerator
  private var isDivided = false

  public init(now: Instant, ids: IDGenerator, random: SeededGenerator) {
    self.now = now
    self.ids = ids
    self.random = random
  }

  public mutating func newID() -> ULID { ids.next(at: now) }

  /// Decides an event. `actor` is the command's own, or that of the event reacted to, unless given.
  public mutating func emit(_ payload: some EventPayload, on subject: Subject, by actor: Actor? = nil) {
    drafts.append(Draft(payload, subject: subject, actor: actor, isApart: isDivided))
    isDivided = false
  }

  /// What is emitted from here on happens after everything that follows from what was emitted before. Without it the
  /// events of a decision happen together, and their consequences are decided on the state after all of them.
  public mutating func divide() { isDivided = !Canary.omits(.dividedBodies) }

  /// Keeps a text apart from the event that refers to it, so that it can be erased with its person's data.
  public mutating func keep(_ text: String, of person: String) -> ErasableText {
    let id = newID()
    attachments.personal.append(PersonalText(id: id, person: person, text: text))
    return ErasableText(id)
  }

  /// Stores bulk in the same transaction as the events.
  public mutating func keep(_ item: BulkItem) { attachments.bulk.append(item) }

  mutating func takeAttachments() -> Attachments {
    defer { attachments = Attachments() }
    return attachments
  }

  mutating func takeDrafts() -> [Draft] {
    defer {
      drafts.removeAll(keepingCapacity: true)
      isDivided = false
    }
    return drafts
  }

  mutating func nextEventID() -> ULID { ids.next(at: now) }

  /// Carries the generators on to the next decision at its time.
  func following(at time: Instant) -> Emitter { Emitter(now: time, ids: ids, random: random) }
}
