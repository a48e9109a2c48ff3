import Base
import Journal

/// One shift took more out of a person than its schedule allows. Subject: `schedule/NAME`.
public struct LimitExceeded: EventPayload {
  public static let type: EventType = "oncall.limit_exceeded"

  /// What is limited.
  public enum Limit: String, Codable, Sendable, CaseIterable {
    /// Incidents, or pages that belong to none, within one shift.
    case incidentsPerShift
    /// Pages within one night of the person.
    case pagesPerNight
  }

  /// Who could take over: free until the shift ends, and paged least.
  public struct Relief: Codable, Sendable, Hashable {
    public var person: String
    /// Pages that this person had in the last 28 days.
    public var pages: Int
    public init(person: String, pages: Int) {
      self.person = person
      self.pages = pages
    }
  }

  public var limit: Limit
  public var person: String
  public var shiftStart: Instant
  public var shiftEnd: Instant
  public var counted: Int
  public var allowed: Int
  /// The incidents, and the alerts that belong to none, that were counted.
  public var causes: [ULID]
  /// The team's lead, or whoever the last level of the policy names.
  public var told: [String]
  public var relief: Relief?

  public init(
    limit: Limit, person: String, shiftStart: Instant, shiftEnd: Instant, counted: Int, allowed: Int, causes: [ULID],
    told: [String], relief: Relief?
  ) {
    self.limit = limit
    self.person = person
    self.shiftStart = shiftStart
    self.shiftEnd = shiftEnd
    self.counted = counted
    self.allowed = allowed
    self.causes = causes
    self.told = told
    self.relief = relief
  }
}

/// The next change of shift is known. Subject: `schedule/NAME`.
public struct HandoverPlanned: EventPayload {
  public static let type: EventType = "handover.planned"
  /// When somebody else comes on call; without it nobody ever does.
  public var at: Instant?
  public init(at: Instant?) { self.at = at }
}

/// A note for who comes on call was written. Subject: `handover/ID`.
public struct HandoverDrafted: EventPayload {
  public static let type: EventType = "handover.drafted"
  public var schedule: String
  /// Who was on call; `nil` where nobody was.
  public var from: String?
  public var to: String
  /// The shift that ends.
  public var start: Instant
  /// When it ended and the next began.
  public var change: Instant
  /// When the shift that begins ends.
  public var end: Instant
  public var markdown: String

  public init(
    schedule: String, from: String?, to: String, start: Instant, change: Instant, end: Instant, markdown: String
  ) {
    self.schedule = schedule
    self.from = from
    self.to = to
    self.start = start
    self.change = change
    self.end = end
    self.markdown = markdown
  }
}

/// Somebody added to a note. The text is personal data and kept apart. Subject: `handover/ID`.
public struct HandoverNoted: EventPayload {
  public static let type: EventType = "handover.noted"
  public var text: ErasableText
  public init(text: ErasableText) { self.text = text }
}
