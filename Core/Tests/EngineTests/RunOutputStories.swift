import Base
import Engine
import Events
import Incidents
import Journal
import Reviews
import Runbooks
import Testing

/// What a diagnostic printed is pinned in the timeline of its incident, and seen by those who see the incident.
@Suite struct RunOutputStories {
  private static let rule = #"{"matchers": ["severity=critical"], "mode": "automatic"}"#
  private static let automatic = #"{"service": "playback", "class": "diagnostic", "invoke": [\#(rule)]}"#
  private static let byHand = #"{"service": "playback", "class": "diagnostic"}"#

  private func story(_ frontMatter: String = Self.automatic, steps: Int = 1) throws -> Story {
    var environment = Story.company()
    environment.people = .init(teams: ["security": .init(members: ["ana"])])
    var story = Story(environment)
    story.use(try Story.plan((0..<steps).map { Story.step("see-\($0)") }, name: "look", frontMatter))
    return story
  }

  /// Performs the next step, which prints this.
  private func perform(
    _ story: inout Story, printing text: String, _ result: StepFinished.Result = .done
  ) throws {
    let claimed = try story.claim()
    try story.ask(
      .finishStep(
        claimed.run, index: claimed.index, attempt: claimed.attempt, undo: claimed.undo, result: result,
        output: BulkItem(
          key: claimed.outputKey, kind: "run-output", bytes: Array(text.utf8), created: story.now, expires: nil)))
  }

  private func pinned(_ story: Story) -> [IncidentOutputPinned] {
    story.events(IncidentOutputPinned.type).compactMap { try? $0.payload(IncidentOutputPinned.self) }
  }

  @Test func whatADiagnosticPrintsIsPinnedOnce() throws {
    var story = try story(steps: 2)
    let alert = try story.fire()
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    let run = try #require(story.state.runbookRuns.about(Subject("alert", alert)).first)
    try perform(&story, printing: "catalog: healthy\n")
    try perform(&story, printing: "playback: 9 of 10 fail\n")
    let found = pinned(story)
    #expect(found.map(\.excerpt) == ["catalog: healthy\n", "playback: 9 of 10 fail\n"])
    #expect(found.map(\.step) == ["see-0", "see-1"] && found.map(\.index) == [0, 1])
    #expect(found.allSatisfy { $0.run == run.id && $0.runbook == "look" })
    #expect(found.map(\.key) == (0...1).map { State.outputKey(run: run.id, index: $0, attempt: 1, undo: false) })
    let event = try #require(story.events(IncidentOutputPinned.type).first)
    #expect(event.subject == incident.subject && event.actor == .system("runner"))
    let entry = try #require(try TimelineEntry(event))
    #expect(entry.kind == .evidence && entry.body == "catalog: healthy\n" && entry.link == "run/\(run.id)")
    #expect(try story.run(run.id).outcome == .completed)
  }

  @Test func theEndOfALongOutputIsPinnedAndEmptyOnesAreNot() throws {
    var story = try story(steps: 3)
    _ = try story.fire()
    try perform(&story, printing: " \n\t\n")
    try perform(&story, printing: String(repeating: "x", count: 10_000) + "the last words")
    // A character that is cut in two stays readable.
    try perform(&story, printing: "ä" + String(repeating: "y", count: 3_071))
    let found = pinned(story).map(\.excerpt)
    #expect(found.count == 2)
    #expect(found[0].utf8.count == 3_072 && found[0].hasSuffix("the last words"))
    #expect(found[1].hasSuffix("yyy") && found[1].hasPrefix("\u{FFFD}"))
  }

  @Test func whatAFailingStepPrintsIsPinnedToo() throws {
    var story = try story()
    _ = try story.fire()
    try perform(&story, printing: "curl: (7) could not connect\n", .failed)
    #expect(pinned(story).map(\.excerpt) == ["curl: (7) could not connect\n"])
  }

  @Test func aRemediationPinsNothing() throws {
    var story = try story(#"{"service": "playback"}"#)
    let alert = try story.fire()
    _ = try story.start("look", about: Subject("alert", alert))
    try perform(&story, printing: "restarted\n")
    #expect(pinned(story).isEmpty)
  }

  @Test func withoutAnOpenIncidentThereIsNothingToPinTo() throws {
    var story = try story(Self.byHand)
    _ = try story.start("look")
    try perform(&story, printing: "all is well\n")
    let alert = try story.fire()
    let incident = try #require(story.state.incidents.incident(ofAlert: alert)).id
    _ = try story.start("look", about: Subject("alert", alert))
    try story.ask(.resolveIncident(incident, reason: "over", by: .user("ana")))
    try perform(&story, printing: "too late\n")
    #expect(pinned(story).isEmpty)
  }

  @Test func anIncidentThatCameAfterTheRunGetsItsOutput() throws {
    var story = try story(Self.byHand)
    let alert = try story.fire("search")
    #expect(story.state.incidents.incident(ofAlert: alert) == nil, "tier 2 opens none")
    let run = try story.start("look", about: Subject("alert", alert))
    let id = try story.ask(
      .declareIncident(
        Declaration(title: "INTERNAL", service: "search", severity: .sev2, via: .cli), by: .user("ana")))
    try story.ask(.linkIncident(id, Subject("alert", alert), reason: "it began so", by: .user("ana")))
    #expect(try story.run(run).incident == nil)
    try perform(&story, printing: "slow\n")
    #expect(pinned(story).map(\.excerpt) == ["slow\n"])
    #expect(story.events(IncidentOutputPinned.type).first?.subject == Subject("incident", id))
  }

  @Test func aPrivateIncidentsOutputIsSeenByItsMembersAlone() throws {
    var story = try story(Self.byHand)
    let id = try story.ask(
      .declareIncident(
        Declaration(
          title: "INTERNAL", service: "playback", severity: .sev2, members: ["team/security"], via: .cli),
        by: .user("ana")))
    let run = try story.start("look", about: Subject("incident", id))
    try perform(&story, printing: "a key leaked\n")
    try expectHidden(story, run)
  }

  @Test func aRunThatIsOlderThanThePrivateIncidentIsHiddenWithWhatItPrinted() throws {
    var story = try story(Self.byHand)
    let alert = try story.fire("search")
    let run = try story.start("look", about: Subject("alert", alert))
    let id = try story.ask(
      .declareIncident(
        Declaration(title: "INTERNAL", service: "search", severity: .sev2, members: ["ana"], via: .cli),
        by: .user("ana")))
    try story.ask(.linkIncident(id, Subject("alert", alert), reason: "it began so", by: .user("ana")))
    try perform(&story, printing: "a key leaked\n")
    try expectHidden(story, run)
    try story.ask(.makeIncidentPublic(id, by: .user("ana")))
    #expect(story.state.seen(by: Viewer(.user("eve"))).runbookRuns.runs[run] != nil)
  }

  @Test func theReviewTellsWhatTheRunsDid() throws {
    var story = try story(#"{"service": "playback", "title": "Heal"}"#)
    let alert = try story.fire()
    _ = try story.start("look", about: Subject("alert", alert))
    try perform(&story, printing: "restarted\n")
    try story.advance(.minutes(1))
    _ = try story.start("look", about: Subject("alert", alert))
    try perform(&story, printing: "no\n", .failed)
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    let review = try #require(story.state.reviews.reviews.sortedElements.first?.value)
    let lines = review.draft.timeline.split(separator: "\n").filter { $0.contains("/runs/") }
    for words in ["runbook Heal started", "see-0 of Heal: done", "runbook Heal completed", "see-0 of Heal: failed"] {
      #expect(lines.contains { $0.contains(words) }, "\(words) in \(lines)")
    }
    #expect(lines.count == 6 && lines.allSatisfy { $0.contains("[run](/runs/") })
    let times = review.draft.timeline.split(separator: "\n").dropFirst(2).map { $0.split(separator: " ")[1] }
    #expect(times == times.sorted())
    let said = try story.journal.compactMap { try TimelineEntry($0)?.text }
    #expect(said.contains("see-0: done") && said.contains { $0.hasPrefix("see-0: failed") })
  }

  private func expectHidden(_ story: Story, _ run: ULID) throws {
    let (eve, ana) = (Viewer(.user("eve")), Viewer(.user("ana")))
    let event = try #require(story.events(IncidentOutputPinned.type).first)
    let privacy = story.state.incidents.privacy
    #expect(privacy.maySee(event.subject, ana) && !privacy.maySee(event.subject, eve))
    // What it was cut from is hidden too, by page, by event and by its key.
    #expect(story.state.seen(by: ana).runbookRuns.runs[run] != nil)
    #expect(story.state.seen(by: eve).runbookRuns.runs[run] == nil)
    #expect(!privacy.maySee(Subject("procedure", run), eve) && privacy.hides(run, from: eve))
  }
}
