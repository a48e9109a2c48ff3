import Alerts
import Base
import Engine
import Events
import Fatigue
import Figures
import Incidents
import Journal
import StatusPages
import Testing

/// Wherever an alert's incident is told, it is the right one after a merge, its undoing and a split; and nothing of a
/// private incident is told by a merge.
@Suite struct IncidentMergeStories {
  private func declared(
    _ story: inout Story, service: String? = "search", members: [String]? = nil, commander: String? = nil
  ) throws -> ULID {
    try story.ask(
      .declareIncident(
        Declaration(
          title: "SECRET TITLE", service: service, severity: .sev2,
          roles: commander.map { [.init("commander", $0)] } ?? [], members: members, via: .cli), by: .user("ana")))
  }

  private func incident(_ story: Story, _ id: ULID) throws -> Incident {
    try #require(story.state.incidents.incidents[id])
  }

  private func refusal<Reply>(_ story: inout Story, _ ask: Ask<Reply>) throws -> String {
    var message = ""
    do { try story.ask(ask) } catch let refusal as Refusal { message = refusal.message }
    return try #require(message.isEmpty ? nil : message)
  }

  private func cause(_ story: Story, of alert: ULID) -> ULID? {
    story.state.alertBook.calls(of: "ana", from: .distantPast, to: .distantFuture).last { $0.alert == alert }?.cause
  }

  @Test func everythingThatTellsAnAlertsIncidentFollowsAMergeAndItsUndoing() throws {
    var story = Story(Story.company())
    let survivor = try declared(&story)
    let began = story.now
    try story.advance(.minutes(10))
    let alert = try story.fire()
    let fired = story.now
    let merged = try #require(story.state.incidents.incident(ofAlert: alert)).id
    try story.advance(.minutes(2))
    #expect(cause(story, of: alert) == merged)
    try story.ask(.mergeIncident(merged, into: survivor, by: .user("ana")))
    #expect(cause(story, of: alert) == survivor)
    #expect(try incident(story, survivor).detectedAt == fired)
    #expect(story.state.incidentBook.records[survivor]?.services == ["search", "playback"])
    try story.ask(.unmergeIncident(merged, by: .user("ana")))
    #expect(cause(story, of: alert) == merged)
    #expect(story.state.incidents.incident(ofAlert: alert)?.id == merged)
    // What the merge brought is gone again: services, and the time somebody noticed.
    let alone = try incident(story, survivor)
    #expect(alone.services == ["search"] && alone.detectedAt == nil && alone.beganAt == began)
    let figures = try #require(story.state.incidentBook.records[survivor])
    #expect(figures.services == ["search"] && figures.detectedAt == began)
    #expect(story.state.statusBook.record(survivor)?.services == ["search"])
    #expect(try incident(story, merged).detectedAt == fired)
  }

  @Test func whatTheSurvivorHadItselfStaysWhenAMergeIsUndone() throws {
    var story = Story(Story.company())
    let survivor = try declared(&story, service: "playback")
    let other = try declared(&story, service: "search")
    let third = try declared(&story, service: "search")
    try story.ask(.linkIncident(other, "service/playback", reason: "too", by: .user("ana")))
    for id in [other, third] { try story.ask(.mergeIncident(id, into: survivor, by: .user("ana"))) }
    try story.ask(.unmergeIncident(other, by: .user("ana")))
    // The third one brought search too.
    #expect(try incident(story, survivor).services == ["playback", "search"])
    try story.ask(.unmergeIncident(third, by: .user("ana")))
    #expect(try incident(story, survivor).services == ["playback"])
  }

  @Test func aSplitTakesItsServiceItsBeginningAndItsEndAlong() throws {
    var story = Story(Story.company())
    let first = try story.fire("search")
    let began = story.now
    let old = try declared(&story)
    try story.ask(.linkIncident(old, Subject("alert", first), reason: "", by: .user("ana")))
    try story.advance(.minutes(20))
    let second = try story.fire(key: "two")
    let fired = story.now
    let opened = try #require(story.state.incidents.incident(ofAlert: second)).id
    if opened != old { try story.ask(.mergeIncident(opened, into: old, by: .user("ana"))) }
    try story.ask(.resolveAlert(first, reason: "recovered", by: .system("slo")))
    #expect(try incident(story, old).mitigatedAt == nil)
    let new = try story.ask(.splitIncident(old, alerts: [second], title: "something else", by: .user("ana")))
    #expect(try incident(story, new).detectedAt == fired && incident(story, new).beganAt == fired)
    #expect(try incident(story, new).services == ["playback"] && incident(story, old).services == ["search"])
    #expect(story.state.incidentBook.records[new]?.detectedAt == fired)
    #expect(story.state.incidentBook.records[old]?.detectedAt == began)
    #expect(cause(story, of: second) == new)
    // Its only other alert had ended: without this one users feel it no more, and who declared it resolves it.
    #expect(try incident(story, old).phase == .monitoring && incident(story, new).isOpen)
  }

  @Test func theReviewTellsWhatWasDoneInTheMergedOneToo() throws {
    var story = Story(Story.company())
    let (survivor, merged) = (try declared(&story), try declared(&story, service: "playback"))
    try story.ask(.noteIncident(merged, text: "seen at the edge", by: .user("ben")))
    try story.ask(.mergeIncident(merged, into: survivor, by: .user("ana")))
    try story.ask(.resolveIncident(survivor, reason: "over", by: .user("ana")))
    let drafted = try #require(story.events("review.drafted").last)
    #expect(drafted.data["facts"]?["responders"]?.array?.contains("ben") == true)
  }

  // MARK: Privacy

  @Test func aPrivateIncidentIsNotMergedIntoAPublicOne() throws {
    var story = Story(Story.company())
    let (secret, open) = (try declared(&story, members: ["ana"]), try declared(&story))
    #expect(try refusal(&story, .mergeIncident(secret, into: open, by: .user("ana"))).contains("merge the other way"))
  }

  @Test func whatThePublicWasToldOfStaysOpen() throws {
    var story = Story(Story.company())
    let (secret, open) = (try declared(&story, members: ["ana"]), try declared(&story))
    try story.ask(
      .updateIncident(open, UpdateDraft(audience: .external, phase: nil, text: "We look."), by: .user("ana")))
    #expect(try refusal(&story, .mergeIncident(open, into: secret, by: .user("ana"))).contains("link the two"))
  }

  @Test func aMergeIntoAPrivateOneTellsNobodyOfItAndLetsNobodyIn() throws {
    var story = Story(Story.company())
    let secret = try declared(&story, members: ["ana"])
    let open = try declared(&story, service: "playback", commander: "ben")
    try story.ask(.linkIncident(open, Subject("incident", secret), reason: "same", by: .user("ana")))
    try story.ask(.mergeIncident(open, into: secret, by: .user("ana")))
    let ben = Viewer(.user("ben"))
    // Ben commanded the public one; that is no membership of the private one.
    #expect(try incident(story, secret).roles.isEmpty && !incident(story, secret).isVisible(to: ben))
    let seen = story.state.seen(by: ben).incidents
    let shown = try #require(seen.incidents[open])
    #expect(shown.mergedInto == nil && shown.links.isEmpty && !shown.isOpen)
    #expect(shown.resolution == "it goes on where you cannot see it")
    let number = try incident(story, secret).number
    #expect(!shown.timeline.contains { $0.text.contains("incident \(number)") })
    for event in story.journal where story.state.incidents.privacy.maySee(event, ben) {
      #expect(!event.data.text.contains("\(secret)"), "\(event.type)")
    }
    let sources = shown.timelineSources(
      story.state.timelines, merged: shown.merged.compactMap { seen.incidents[$0] }, at: story.now)
    #expect(!sources.contains { $0.subject == Subject("incident", secret) })
    #expect(story.state.seen(by: Viewer(.user("ana"))).incidents.incidents[open]?.mergedInto == secret)
    #expect(!story.state.incidents.privacy.maySee(Subject("incident", secret), ben))
  }

  @Test func oneThatBecomesPrivateAfterTheMergeLeavesTheSurvivorsTimeline() throws {
    var story = Story(Story.company())
    let (survivor, merged) = (try declared(&story), try declared(&story, service: "playback"))
    try story.ask(.mergeIncident(merged, into: survivor, by: .user("ana")))
    try story.ask(.makeIncidentPrivate(merged, members: ["ana"], by: .user("ana")))
    let seen = story.state.seen(by: Viewer(.user("ben"))).incidents
    #expect(seen.incidents[merged] == nil && seen.incidents[survivor]?.merged.isEmpty == true)
    try story.ask(.resolveIncident(survivor, reason: "over", by: .user("ana")))
    let drafted = try #require(story.events("review.drafted").last)
    #expect(!drafted.data.text.contains("merged into incident"))
  }

  // MARK: The public

  @Test func aPublicTitleIsGivenWithAnExternalUpdateAlone() throws {
    var story = Story(Story.company())
    let id = try declared(&story)
    func update(_ audience: IncidentAudience, _ title: String) -> Ask<Void> {
      .updateIncident(id, UpdateDraft(audience: audience, phase: nil, text: "x", title: title), by: .user("ana"))
    }
    #expect(try refusal(&story, update(.internal, "Films stop")).contains("goes with an external update"))
    for title in ["two\nlines", String(repeating: "x", count: 121)] {
      #expect(try refusal(&story, update(.external, title)).contains("one line of 1 to 120"))
    }
    try story.ask(update(.external, "Films stop"))
    #expect(story.state.statusBook.record(id)?.title == "Films stop")
    let sequence = try #require(story.events("incident.updated").last).sequence
    try story.ask(.amendTimeline(id, entry: sequence, text: nil, hidden: true, by: .user("ana")))
    #expect(story.state.statusBook.record(id)?.title == nil, "a withdrawn update takes its title along")
  }

  @Test func aSeverityThatIsNotPublicTakesNoExternalUpdate() throws {
    var environment = Story.company()
    environment.severities.set(.sev3, SeverityRules(definition: "minor", isPublic: false))
    var story = Story(environment)
    let id = try declared(&story)
    let update = UpdateDraft(audience: .external, phase: nil, text: "x")
    try story.ask(.setSeverity(id, to: .sev3, by: .user("ana")))
    #expect(try refusal(&story, .updateIncident(id, update, by: .user("ana"))).contains("SEV-3 is not public"))
    // What was told while it was worse is told to its end.
    try story.ask(.setSeverity(id, to: .sev1, by: .user("ana")))
    try story.ask(.updateIncident(id, update, by: .user("ana")))
    try story.ask(.setSeverity(id, to: .sev3, by: .user("ana")))
    try story.ask(.updateIncident(id, update, by: .user("ana")))
    #expect(environment.severities.published == [.sev1, .sev2])
  }
}
