import Base
import Events
import Journal

/// A note for who comes on call.
public struct Handover: Codable, Sendable {
  public let id: ULID
  public let draft: HandoverDrafted
  public let draftedAt: Instant
  /// What people added; the texts are kept where they can be erased.
  public internal(set) var notes: [Note] = []

  public struct Note: Codable, Sendable {
    public let sequence: Int64
    public let at: Instant
    public let by: Actor
    public let text: ErasableText
  }

  static let notesMax = 100
  static let noteBytesMax = 8_192

  public var subject: Subject { Subject("handover", id) }
}

/// The notes of the last changes of shift, and when the next ones are.
public struct Handovers: Fold, Codable {
  public static let name = "handovers"
  public static let version = 1
  static let kept = 1_000
  static let changesKept = 500

  /// Something that may explain what comes next: a deployment, a flag, a migration.
  public struct Change: Codable, Sendable {
    public let at: Instant
    public let subject: Subject
    public let summary: String
  }

  /// The next change of shift of a schedule.
  public struct Planned: Codable, Sendable, Hashable {
    public let schedule: String
    public let at: Instant
  }

  private var handovers = Sharded<ULID, Handover>()
  private var recent = Recent()
  private var lastOf = Sharded<String, ULID>()
  /// By time, then by schedule.
  public private(set) var planned: [Planned] = []
  /// The last changes, oldest first.
  public private(set) var changes: [Change] = []

  public init() {}

  public mutating func apply(_ event: Event) throws {
    if let change = try event.payload(ChangeRecorded.self) {
      changes.append(Change(at: change.at, subject: event.subject, summary: change.summary))
      if changes.count > Self.changesKept { changes.removeFirst() }
      return
    }
    if let plan = try event.payload(HandoverPlanned.self) {
      let schedule = String(event.subject.id)
      planned.removeAll { $0.schedule == schedule }
      guard let at = plan.at else { return }
      let index = planned.firstIndex { ($0.at, $0.schedule) > (at, schedule) } ?? planned.endIndex
      planned.insert(Planned(schedule: schedule, at: at), at: index)
      return
    }
    guard event.subject.kind == "handover", let id = ULID(event.subject.id) else { return }
    if let draft = try event.payload(HandoverDrafted.self) {
      handovers[id] = Handover(id: id, draft: draft, draftedAt: event.time)
      lastOf[draft.schedule] = id
      if let old = recent.keep(id, limit: Self.kept) { handovers[old] = nil }
    } else if let noted = try event.payload(HandoverNoted.self) {
      handovers[id]?.notes.append(
        .init(sequence: event.sequence, at: event.time, by: event.actor, text: noted.text))
    }
  }

  public subscript(id: ULID) -> Handover? { handovers[id] }

  /// Newest first.
  public var all: [Handover] { handovers.sortedElements.map(\.value).reversed() }

  /// The last note of a schedule.
  public func last(of schedule: String) -> Handover? { lastOf[schedule].flatMap { handovers[$0] } }

  public func plan(of schedule: String) -> Instant? { planned.first { $0.schedule == schedule }?.at }

  /// The change of shift that is due next.
  public var next: Planned? { planned.first }

  /// Adds what a person has to say.
  public func note(_ id: ULID, text: String, by actor: Actor, into emitter: inout Emitter) throws(Refusal) {
    guard let handover = handovers[id] else { throw Refusal(.notFound, "no hand-over note \(id)") }
    guard !text.isEmpty, text.utf8.count <= Handover.noteBytesMax else {
      throw Refusal(
        .invalid, "a note is 1 to \(Handover.noteBytesMax) bytes long; this one has \(text.utf8.count)")
    }
    guard handover.notes.count < Handover.notesMax else {
      throw Refusal(.unavailable, "this hand-over has \(handover.notes.count) notes; write on in an incident")
    }
    emitter.emit(HandoverNoted(text: emitter.keep(text, of: actor.text)), on: handover.subject)
  }
}
