import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import StatusPages
import Testing

/// Timelines are corrected without rewriting them, and keep what was pinned.
@Suite struct TimelineStories {
  private func story() throws -> (Story, ULID) {
    var story = Story(Story.company())
    let id = try story.ask(
      .declareIncident(
        Declaration(title: "INTERNAL", service: "playback", severity: .sev2, via: .cli), by: .user("ana")))
    return (story, id)
  }

  private func graph(_ values: [Double?], title: String = "Burn rate") -> IncidentGraphPinned {
    IncidentGraphPinned(
      title: title, slo: "s", from: .epoch, to: .epoch + .hours(1), unit: "×", isLogarithmic: true,
      series: [
        .init(name: "1 h", points: values.enumerated().map { .init(at: .epoch + .minutes(Int64($0)), value: $1) })
      ])
  }

  @Test func aCorrectedNoteStaysInTheJournalAndInTheTimeline() throws {
    var (story, id) = try story()
    try story.ask(.noteIncident(id, text: "the databse", by: .user("ana")))
    let note = try #require(story.events("incident.noted").last)
    try story.ask(.amendTimeline(id, entry: note.sequence, text: "the database", hidden: false, by: .user("ben")))
    let amended = try #require(story.events("incident.timeline_amended").last)
    #expect(story.events("incident.noted").last?.data == note.data)
    // What people write is kept where it can be erased.
    let text = try #require(amended.data["text"])
    #expect(amended.data["message"] == nil && Erasable.id(of: text) != nil)
    #expect(try TimelineEntry(note)?.kind == .note)
    #expect(TimelineAmendments([amended]).of(note.sequence).map(\.actor) == ["user/ben"])
  }

  @Test func aCorrectedExternalUpdateIsCorrectedForThePublic() throws {
    var (story, id) = try story()
    try story.ask(
      .updateIncident(id, UpdateDraft(audience: .external, phase: .identified, text: "We fuond it."), by: .user("ana")))
    let update = try #require(story.events("incident.updated").last)
    try story.ask(.amendTimeline(id, entry: update.sequence, text: "We found it.", hidden: false, by: .user("ana")))
    #expect(story.state.statusBook.record(id)?.shownUpdates.map(\.text) == ["We found it."])
    try story.ask(.amendTimeline(id, entry: update.sequence, text: nil, hidden: true, by: .user("ana")))
    #expect(story.state.statusBook.record(id)?.shownUpdates.isEmpty == true)
  }

  @Test func whatCannotBePinnedIsRefused() throws {
    var (story, id) = try story()
    try story.ask(.pinGraph(graph([1, nil, 3]), in: id, by: .user("ana")))
    for bad in [graph([]), graph([nil]), graph([.nan]), graph(Array(repeating: 1, count: 501)), graph([1], title: "")] {
      #expect(throws: Refusal.self) { try story.ask(.pinGraph(bad, in: id, by: .user("ana"))) }
    }
    #expect(story.events("incident.graph_pinned").count == 1)
  }

  @Test func thinningKeepsWhatMattersMost() {
    let points = (0..<1_000).map {
      IncidentGraphPinned.Point(at: .epoch + .seconds(Int64($0)), value: $0 == 333 ? 99 : 1)
    }
    let high = IncidentGraphPinned.thinned(points, to: 125, prefersHighest: true)
    #expect(high.count == 125 && high.contains { $0.value == 99 })
    #expect(!IncidentGraphPinned.thinned(points, to: 125, prefersHighest: false).contains { $0.value == 99 })
  }

  @Test func exportsEscapeWhatPeopleWrote() throws {
    var (story, id) = try story()
    try story.ask(.noteIncident(id, text: "x", by: .user("ana")))
    let noted = try #require(story.events("incident.noted").last)
    let event = Event(
      sequence: noted.sequence, id: noted.id, time: noted.time, type: noted.type, typeVersion: 1,
      subject: noted.subject, actor: noted.actor, cause: nil,
      data: ["text": "![x](http://evil)\n# <b>"])
    let incident = try #require(story.state.incidents.incidents[id])
    let text = TimelineExport.markdown(
      incident, [try #require(try TimelineEntry(event))], isCut: false, base: "https://m")
    #expect(text.contains("  > \\!\\[x\\](http://evil)\n  > \\# \\<b\\>"))
    #expect(text.contains("(https://m/journal?at=\(noted.sequence))"))
  }
}
