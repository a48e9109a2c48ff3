import Base
import Events
import Journal

/// One line of an incident's timeline, read from one event of the journal.
public struct TimelineEntry: Sendable {
  /// What the line is about; pages filter by it.
  public enum Kind: String, Sendable, CaseIterable {
    case incident, alert, page, update, note, role, change, run, evidence

    /// For people, of several.
    public var words: String {
      switch self {
      case .incident: "Incident"
      case .alert: "Alerts and SLOs"
      case .page: "Pages"
      case .update: "Updates"
      case .note: "Notes"
      case .role: "Roles"
      case .change: "Changes"
      case .run: "Runs"
      case .evidence: "Graphs and output"
      }
    }
  }

  /// A correction, the newest last.
  public struct Amendment: Sendable {
    public var sequence: Int64
    public var at: Instant
    public var actor: Actor
    /// `nil` where only the hiding changed.
    public var text: String?
    public var hidden: Bool
  }

  public var sequence: Int64
  /// When it happened: the event's time, or what the sender of a change says.
  public var at: Instant
  public var kind: Kind
  public var actor: Actor
  public var subject: Subject
  public var type: EventType
  /// What happened, in a line.
  public var text: String
  /// What a person wrote, or a step printed.
  public var body: String?
  public var graph: IncidentGraphPinned?
  public var link: String?
  public var amendments: [Amendment] = []

  /// Whether it is left out.
  public var isHidden: Bool { amendments.last?.hidden ?? false }
  /// The text that counts now instead of its own; `nil` where it was not corrected.
  public var corrected: String? { amendments.last { $0.text != nil }?.text }
  /// What a reader reads: the correction, what was written, or what happened.
  public var shown: String { corrected ?? body.map { "\(text): \($0)" } ?? text }
}

/// Texts of corrections by the sequence of the entry that they correct.
public struct TimelineAmendments: Sendable {
  private var byEntry: [Int64: [TimelineEntry.Amendment]] = [:]

  /// - Parameter events: of `incident.timeline_amended`, oldest first, with their texts resolved.
  public init(_ events: [Event]) {
    for event in events where event.type == IncidentTimelineAmended.type {
      guard let entry = event.data["entry"]?.int else { continue }
      byEntry[entry, default: []].append(
        TimelineEntry.Amendment(
          sequence: event.sequence, at: event.time, actor: event.actor,
          text: event.data["message"]?.string ?? event.data["text"]?.string,
          hidden: event.data["hidden"] == .bool(true)))
    }
  }

  public func of(_ entry: Int64) -> [TimelineEntry.Amendment] { byEntry[entry] ?? [] }
}
