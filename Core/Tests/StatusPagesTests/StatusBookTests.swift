import Base
import Events
import Journal
import Testing

@testable import StatusPages

@Suite struct StatusBookTests {
  private var book = StatusBook()
  private var sequence: Int64 = 0
  private let id = ULID(high: 0, low: 1)
  private static let start = Instant(rfc3339: "2026-11-21T12:00:00Z")!

  private mutating func happen(_ payload: some EventPayload, after minutes: Int64) throws {
    sequence += 1
    try book.apply(
      Event(
        sequence: sequence, id: id, time: Self.start + .minutes(minutes), type: type(of: payload).type, typeVersion: 1,
        subject: Subject("incident", id), actor: "user/ana", cause: nil, data: payload.json, payload: payload))
  }

  private mutating func open() throws {
    try happen(
      IncidentOpened(
        number: 3, title: "INTERNAL TITLE", service: "playback", severity: .sev2, severityReason: "INTERNAL REASON",
        alerts: [], automatic: false), after: 0)
  }

  private mutating func say(_ message: String?, _ audience: IncidentAudience, _ phase: IncidentPhase?, after: Int64)
    throws
  {
    try happen(
      IncidentUpdated(
        phase: phase, audience: audience, text: message == nil ? ErasableText(id) : nil, message: message,
        nextDue: nil), after: after)
  }

  @Test mutating func onlyExternalUpdatesAreKept() throws {
    try open()
    try happen(IncidentNoted(text: ErasableText(id)), after: 1)
    try say(nil, .internal, .identified, after: 2)
    try say("We found it.", .external, nil, after: 3)
    let record: StatusRecord = try #require(book.record(id))
    #expect(record.updates.map(\.text) == ["We found it."])
    #expect(record.updates.map(\.phase) == [.identified])
    #expect(try !book.snapshot().text.contains("INTERNAL"))
    #expect(try !book.snapshot().text.contains("ana"))
  }

  @Test mutating func anUpdateIsCorrectedAndHidden() throws {
    try open()
    try say("We fuond it.", .external, .identified, after: 1)
    try happen(IncidentTimelineAmended(entry: 2, text: nil, message: "We found it.", hidden: false), after: 2)
    #expect(book.record(id)?.updates.first?.text == "We found it.")
    #expect(book.record(id)?.updates.first?.amendedAt == Self.start + .minutes(2))
    try happen(IncidentTimelineAmended(entry: 2, text: nil, message: nil, hidden: true), after: 3)
    #expect(book.record(id)?.shownUpdates.isEmpty == true)
  }

  @Test mutating func reopenedItWasUpInBetween() throws {
    try open()
    try happen(IncidentResolved(reason: "over"), after: 10)
    try happen(IncidentReopened(reason: "not over"), after: 30)
    try happen(IncidentMitigated(reason: "calm"), after: 40)
    let stretches = try #require(book.record(id)).stretches(
      of: Set(IncidentSeverity.allCases), until: Self.start + .hours(2))
    #expect(stretches.map { $0.range.upperBound - $0.range.lowerBound } == [.minutes(10), .minutes(10)])
    #expect(book.hasOpen)
  }

  @Test mutating func privacyComesAndGoes() throws {
    try open()
    try happen(IncidentMadePrivate(members: ["ana"]), after: 1)
    #expect(book.record(id)?.isPrivate == true)
    try happen(IncidentMadePublic(), after: 2)
    #expect(book.record(id)?.isPrivate == false)
  }

  @Test mutating func itSurvivesItsSnapshot() throws {
    try open()
    try say("We found it.", .external, .identified, after: 1)
    #expect(try StatusBook(snapshot: book.snapshot()).records == book.records)
  }
}
