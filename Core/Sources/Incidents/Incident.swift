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

    /// Listed by hand: a snapshot holds several of these for each alert that may still become an incident's.
    public func encode(to encoder: any Encoder) throws { try JSON.object(JSONObject(list)).encode(to: encoder) }

    func list(_ members: inout some JSONMembers) {
      members.add("sequence", .int(sequence))
      members.add("at", at.rfc3339)
      members.add("kind", kind.rawValue)
      members.add("actor", actor.text)
      members.add("text", text)
      if let note { members.add("note", object: { $0.add("erasable", note.id.description) }) }
    }
  }

  public let id: ULID
  public let number: Int
  public let title: String
  public let service: String?
  public internal(set) var severity: IncidentSeverity
  public internal(set) var severityReason: String
  public let automatic: Bool
  public let openedAt: Instant
  public let openedBy: Actor
  public let via: IncidentOrigin?
  public internal(set) var status: Status = .open
  public internal(set) var phase: IncidentPhase = .investigating
  public internal(set) var acknowledgedAt: Instant?
  public internal(set) var acknowledgedBy: Actor?
  /// When users first felt it no more.
  public internal(set) var mitigatedAt: Instant?
  public internal(set) var resolvedAt: Instant?
  public internal(set) var resolution: String?
  public internal(set) var alerts: [ULID]
  /// The services it is about, each once, in the order they came.
  public internal(set) var services: [String] = []
  /// Those of them that it was declared with, or that its own first alerts are about.
  public internal(set) var ownServices: [String] = []
  /// When the condition began: the first alert's time, or the opening.
  public internal(set) var beganAt: Instant
  /// When the first of its alerts fired; `nil` where a person saw it first.
  public internal(set) var detectedAt: Instant?
  public internal(set) var roles: [Role] = []
  public internal(set) var updates: [Update] = []
  public internal(set) var links: [Link] = []
  /// The incident that took this one over.
  public internal(set) var mergedInto: ULID?
  /// The incidents that this one took over.
  public internal(set) var merged: [ULID] = []
  /// The people who may see it; `nil` where everybody may. Who declared it and who holds a role may too: ask
  /// `isVisible(to:)`.
  public internal(set) var members: [String]?
  /// The promised updates, one an audience at most.
  public internal(set) var duties: [Duty] = []
  public internal(set) var timeline: [Entry] = []

  public struct Role: Codable, Sendable, Hashable {
    public var role: String
    public var person: String
  }

  public struct Update: Codable, Sendable {
    public var sequence: Int64
    public var at: Instant
    public var actor: Actor
    public var audience: IncidentAudience
    public var phase: IncidentPhase?
    /// Of an internal update.
    public var text: ErasableText?
    /// Of an external one.
    public var message: String?
    public var nextDue: Instant?
  }

  public struct Link: Codable, Sendable, Hashable {
    public var subject: Subject
    public var reason: String
    public var at: Instant
    public var by: Actor
  }

  /// A promised update.
  public struct Duty: Codable, Sendable, Hashable {
    public var audience: IncidentAudience
    public var due: Instant
    /// The run that reminds of it.
    public var procedure: ULID
    /// How often it has.
    public var reminders = 0
    /// The update came, or is no longer asked for.
    public var isMet = false
  }

  /// Further entries are counted, not kept: the journal has them.
  static let maxEntries = 500
  static let maxServices = 100
  public internal(set) var entriesLeftOut = 0

  init(_ id: ULID, _ opened: IncidentOpened, _ event: Event) {
    self.id = id
    number = opened.number
    title = opened.title
    service = opened.service
    severity = opened.severity
    severityReason = opened.severityReason
    automatic = opened.automatic
    openedAt = event.time
    openedBy = event.actor
    via = opened.via
    alerts = opened.alerts
    beganAt = event.time
    members = opened.isPrivate == true ? opened.members ?? [] : nil
    involve((opened.service.map { [$0] } ?? []) + (opened.services ?? []))
    ownServices = services
  }

  public var subject: Subject { Subject("incident", id) }
  public var isOpen: Bool { status != .resolved }
  public var isPrivate: Bool { members != nil }

  /// When the next update for an audience is promised.
  public func nextUpdateDue(_ audience: IncidentAudience) -> Instant? {
    isOpen ? duties.first { $0.audience == audience && !$0.isMet }?.due : nil
  }

  /// Who holds a role, in the order they took it.
  public func holders(of role: String) -> [String] { roles.filter { $0.role == role }.map(\.person) }

  mutating func involve(_ names: [String]) {
    for name in names where !services.contains(name) && services.count < Self.maxServices { services.append(name) }
  }

  mutating func add(_ kind: Entry.Kind, _ text: String, note: ErasableText? = nil, of event: Event) {
    guard timeline.count < Self.maxEntries else {
      entriesLeftOut += 1
      return
    }
    timeline.append(
      Entry(sequence: event.sequence, at: event.time, kind: kind, actor: event.actor, text: text, note: note))
  }
}

/// The roles that have a meaning here; others can be named.
public enum IncidentRoles {
  public static let commander = "commander"
  public static let communications = "communications"
  public static let scribe = "scribe"
  /// Several people can be experts at once.
  public static let expert = "expert"
  public static let all = [commander, communications, scribe, expert]
}
