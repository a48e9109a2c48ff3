import Base
import Events
import Journal

/// Something that affects users, from the first page to the review.
public struct Incident: Codable, Sendable {
  public enum Status: String, Codable, Sendable { case open, acknowledged, resolved }

  /// One line of the timeline, folded from one event.
  public struct Entry: Codable, Sendable {
    public enum Kind: String, Codable, Sendable { case alert, page, note, change }

    public var sequence: Int64
    public var at: Instant
    public var kind: Kind
    public var actor: Actor
    public var text: String
    /// Stands for the text of a note, which is kept where it can be erased.
    public var note: ErasableText?
  }

  public let id: ULID
  public let number: Int
  public let title: String
  public let service: String?
  public internal(set) var severity: IncidentSeverity
  public let severityReason: String
  public let automatic: Bool
  public let openedAt: Instant
  public let openedBy: Actor
  public internal(set) var status: Status = .open
  public internal(set) var acknowledgedAt: Instant?
  public internal(set) var resolvedAt: Instant?
  public internal(set) var alerts: [ULID]
  /// When the condition began: the first alert's time, or the opening.
  public internal(set) var beganAt: Instant
  public internal(set) var roles: [Role] = []
  public internal(set) var timeline: [Entry] = []

  public struct Role: Codable, Sendable {
    public var role: String
    public var person: String
  }

  /// Further entries are counted, not kept: the journal has them.
  static let maxEntries = 500
  public internal(set) var entriesLeftOut = 0

  public var subject: Subject { Subject("incident", id) }
  public var isOpen: Bool { status != .resolved }

  mutating func add(_ kind: Entry.Kind, _ text: String, note: ErasableText? = nil, of event: Event) {
    guard timeline.count < Self.maxEntries else {
      entriesLeftOut += 1
      return
    }
    timeline.append(
      Entry(sequence: event.sequence, at: event.time, kind: kind, actor: event.actor, text: text, note: note))
  }
}
