import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Outbox
import Procedures
import Reviews
import Testing

/// What people do with an incident, and what follows.
@Suite struct IncidentResponseStories {
  /// A company whose worst incidents promise updates each half hour, and each hour to the public.
  static func company() -> Engine.Environment {
    var environment = Story.company()
    environment.severities.set(
      .sev1,
      SeverityRules(
        definition: "bad", internalUpdates: .minutes(30), externalUpdates: .hours(1), isPublic: true,
        roles: ["commander", "communications"]))
    environment.people = .init(teams: ["security": .init(members: ["ana", "cem"])])
    return environment
  }

  private func declared(
    _ story: inout Story, _ severity: IncidentSeverity = .sev1, members: [String]? = nil,
    service: String? = "playback", by actor: Actor = .user("ana")
  ) throws -> ULID {
    try story.ask(
      .declareIncident(
        Declaration(
          title: "no video starts", service: service, severity: severity,
          roles: [.init("commander", "ana"), .init("communications", "ben")], members: members, via: .cli), by: actor))
  }

  private func incident(_ story: Story, _ id: ULID) throws -> Incident {
    try #require(story.state.incidents.incidents[id])
  }

  private func refusal<Reply>(_ story: inout Story, _ ask: Ask<Reply>) throws -> String {
    var message = ""
    do { try story.ask(ask) } catch let refusal as Refusal { message = refusal.message }
    return try #require(message.isEmpty ? nil : message)
  }

  // MARK: Promised updates

  @Test func anUpdateThatIsDueReachesCommunicationsAndThenTheCommanderToo() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    // Ben was given his role by ana.
    story.expect("ben/hook notice")
    #expect(try incident(story, id).nextUpdateDue(.internal) == story.now + .minutes(30))
    #expect(try incident(story, id).nextUpdateDue(.external) == story.now + .hours(1))
    try story.advance(.minutes(29))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("ben/hook notice")
    try story.advance(.minutes(15))
    story.expect("ben/hook notice", "ana/hook notice")
    #expect(try incident(story, id).duties.first { $0.audience == .internal }?.reminders == 2)
  }

  @Test func whoWasRemindedHearsThatSomebodyElseWroteTheUpdate() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    try story.advance(.minutes(46))
    story.expect("ben/hook notice", "ben/hook notice", "ana/hook notice")
    try story.ask(
      .updateIncident(id, UpdateDraft(audience: .internal, phase: .identified, text: "the cache"), by: .user("ana")))
    try story.advance(.zero)
    story.expect("ben/hook resolved")
    let told = try #require(
      story.events(PageRequested.type).compactMap { try? $0.payload(PageRequested.self) }.last { $0.kind == .resolved })
    #expect(told.title.hasPrefix("The internal update of") && told.body.hasPrefix("ana wrote it"))
    // The next one that is due reminds again, and nothing is taken back twice.
    try story.ask(
      .updateIncident(id, UpdateDraft(audience: .internal, phase: .identified, text: "still"), by: .user("ana")))
    try story.advance(.zero)
    story.expect()
  }

  @Test func anUpdatePutsTheReminderOff() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    try story.advance(.minutes(20))
    for audience in IncidentAudience.allCases {
      try story.ask(
        .updateIncident(id, UpdateDraft(audience: audience, phase: .identified, text: "the cache"), by: .user("ben")))
    }
    #expect(try incident(story, id).nextUpdateDue(.internal) == story.now + .minutes(30))
    try story.advance(.minutes(29))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("ben/hook notice")
    #expect(try incident(story, id).phase == .identified)
    #expect(try incident(story, id).updates.map(\.message) == ["the cache", nil].reversed())
  }

  @Test func theTimeThatAPersonPromisesHoldsAndTheLastUpdateEndsIt() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    let due = story.now + .hours(3)
    try story.ask(
      .updateIncident(
        id, UpdateDraft(audience: .internal, phase: nil, text: "waiting for the vendor", nextDue: due), by: .user("ben")
      ))
    try story.ask(
      .updateIncident(
        id, UpdateDraft(audience: .external, phase: nil, text: "we are on it", isLast: true), by: .user("ben")))
    #expect(try incident(story, id).nextUpdateDue(.external) == nil)
    try story.advance(.hours(3) - .minutes(1))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("ben/hook notice")
  }

  @Test func nothingIsDueAfterTheEnd() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    try story.ask(.resolveIncident(id, reason: "over", by: .user("ana")))
    try story.advance(.hours(6))
    story.expect()
    #expect(story.events(IncidentUpdateDue.type).isEmpty)
    let runs = story.state.procedures.runs.sortedElements.filter { $0.value.program.kind == UpdateDuty.kind }
    #expect(runs.count == 2 && runs.allSatisfy { $0.value.outcome == .cancelled })
  }

  @Test func aReminderThatWaitsForAnotherAttemptIsWithdrawnByTheUpdate() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.broken["ben/hook"] = "timed out"
    try story.advance(.minutes(30))
    story.broken = [:]
    story.unexpected = []
    try story.ask(
      .updateIncident(id, UpdateDraft(audience: .internal, phase: nil, text: "here", isLast: true), by: .user("ben")))
    try story.advance(.minutes(5))
    story.expect()
  }

  @Test func withoutADefinitionNobodyIsReminded() throws {
    var story = Story()
    _ = try declared(&story)
    story.unexpected = []
    try story.advance(.hours(12))
    story.expect()
  }

  @Test func aRaisedSeverityPromisesWhatItAsks() throws {
    var story = Story(Self.company())
    let id = try declared(&story, .sev3)
    story.unexpected = []
    #expect(try incident(story, id).duties.isEmpty)
    try story.advance(.minutes(50))
    try story.ask(.setSeverity(id, to: .sev1, reason: "it spreads", by: .user("ana")))
    // Half an hour after the declaration has passed: there are five minutes to write one.
    #expect(try incident(story, id).nextUpdateDue(.internal) == story.now + .minutes(5))
    #expect(try incident(story, id).severityReason == "it spreads")
  }

  @Test func remindersSurviveARestart() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    try story.advance(.minutes(10))
    let storage = MemoryJournal()
    try storage.append(story.journal)
    story.loop = DecideLoop(
      state: try State.restore(from: storage).state, sequence: Int64(story.journal.count), seed: 5)
    try story.advance(.minutes(21))
    story.expect("ben/hook notice")
    try story.ask(.resolveIncident(id, reason: "over", by: .user("ana")))
    try story.advance(.hours(2))
    story.expect()
  }

  // MARK: Roles

  @Test func aRolePassesFromWhoHoldsItAndIsTold() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    story.unexpected = []
    try story.ask(.handOverRole(id, role: "commander", to: "cem", by: .user("ana")))
    story.expect("cem/hook notice")
    #expect(try incident(story, id).holders(of: "commander") == ["cem"])
    #expect(
      try refusal(&story, .handOverRole(id, role: "commander", from: "ana", to: "ben", by: .user("ana")))
        .contains("cem is commander"))
    #expect(
      try refusal(&story, .handOverRole(id, role: "scribe", to: "ben", by: .user("ana"))).contains("nobody is scribe"))
    for person in ["ana", "ben"] {
      try story.ask(.assignRole(id, role: "expert", to: person, by: .user(person)))
    }
    #expect(try incident(story, id).holders(of: "expert") == ["ana", "ben"])
  }

  // MARK: Merging and splitting

  @Test func aMergeMovesAlertsAndFurtherOnesJoinTheSurvivor() throws {
    var story = Story(Self.company())
    let alert = try story.fire()
    let merged = try #require(story.state.incidents.incident(ofAlert: alert)).id
    let survivor = try declared(&story, service: "search", by: .user("ana"))
    try story.ask(.assignRole(merged, role: "scribe", to: "cem", by: .user("cem")))
    try story.ask(.mergeIncident(merged, into: survivor, by: .user("ana")))
    let after = try incident(story, survivor)
    #expect(after.alerts == [alert] && after.services == ["search", "playback"])
    #expect(after.holders(of: "commander") == ["ana"] && after.holders(of: "scribe") == ["cem"])
    #expect(story.state.incidents.incident(ofAlert: alert)?.id == survivor)
    #expect(try incident(story, merged).mergedInto == survivor)
    #expect(story.state.reviews.reviews[merged] == nil, "a merged incident has no review of its own")
    #expect(story.state.incidents.open.map(\.id) == [survivor])
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    let further = try story.fire(key: "two")
    #expect(story.state.incidents.incident(ofAlert: further)?.id == survivor)
  }

  @Test func aMergeCanBeUndone() throws {
    var story = Story(Self.company())
    let alert = try story.fire()
    let merged = try #require(story.state.incidents.incident(ofAlert: alert)).id
    let survivor = try declared(&story, service: "search")
    try story.ask(.mergeIncident(merged, into: survivor, by: .user("ana")))
    #expect(try refusal(&story, .noteIncident(merged, text: "", by: .user("ana"))).contains("1 to"))
    #expect(try refusal(&story, .resolveIncident(merged, reason: "x", by: .user("ana"))).contains("was merged into"))
    #expect(try refusal(&story, .reopenIncident(merged, reason: "x", by: .user("ana"))).contains("split it off"))
    try story.ask(.unmergeIncident(merged, by: .user("ana")))
    #expect(try incident(story, merged).isOpen && incident(story, merged).mergedInto == nil)
    #expect(try incident(story, survivor).alerts.isEmpty)
    #expect(story.state.incidents.incident(ofAlert: alert)?.id == merged)
    #expect(story.state.incidents.open.count == 2)
  }

  @Test func someAlertsCanBeSplitOff() throws {
    var story = Story(Self.company())
    let first = try story.fire()
    let second = try story.fire(key: "two")
    let old = try #require(story.state.incidents.incident(ofAlert: first))
    #expect(old.alerts == [first, second])
    #expect(
      try refusal(&story, .splitIncident(old.id, alerts: [first, second], title: "x", by: .user("ana")))
        .contains("leave it one"))
    let new = try story.ask(.splitIncident(old.id, alerts: [second], title: "something else", by: .user("ana")))
    #expect(try incident(story, old.id).alerts == [first])
    #expect(try incident(story, new).alerts == [second] && incident(story, new).service == "playback")
    try story.ask(.resolveAlert(first, reason: "recovered", by: .system("slo")))
    #expect(try !incident(story, old.id).isOpen && incident(story, new).isOpen)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    var story = Story(Self.company())
    let id = try declared(&story)
    let other = try declared(&story, service: "search")
    #expect(try refusal(&story, .mergeIncident(id, into: id, by: .user("ana"))).contains("into itself"))
    try story.ask(.resolveIncident(other, reason: "over", by: .user("ana")))
    #expect(try refusal(&story, .mergeIncident(id, into: other, by: .user("ana"))).contains("resolved already"))
    #expect(try refusal(&story, .unmergeIncident(other, by: .user("ana"))).contains("was not merged"))
    #expect(try refusal(&story, .makeIncidentPublic(id, by: .user("ana"))).contains("is not private"))
    #expect(try refusal(&story, .reopenIncident(id, reason: "x", by: .user("ana"))).contains("is open"))
    #expect(
      try refusal(&story, .linkIncident(id, "planet/mars", reason: "", by: .user("ana"))).contains("cannot be linked"))
    #expect(
      try refusal(&story, .linkIncident(id, "service/nope", reason: "", by: .user("ana"))).contains("no service nope"))
    let late = UpdateDraft(audience: .internal, phase: nil, text: "x", nextDue: story.now - .seconds(1))
    #expect(try refusal(&story, .updateIncident(id, late, by: .user("ana"))).contains("within 7 days"))
    try story.ask(.mitigateIncident(id, reason: "rolled back", by: .user("ana")))
    #expect(try refusal(&story, .mitigateIncident(id, reason: "again", by: .user("ana"))).contains("mitigated already"))
    #expect(
      try refusal(&story, .makeIncidentPrivate(id, members: ["team/nope"], by: .user("ana"))).contains("no team nope"))
  }

  // MARK: Links

  @Test func aLinkedAlertBecomesPartOfItAndItsServiceIsAffected() throws {
    var story = Story(Self.company())
    let alert = try story.fire("search")
    let id = try declared(&story)
    try story.ask(.linkIncident(id, Subject("alert", alert), reason: "", by: .user("ana")))
    #expect(try incident(story, id).alerts == [alert])
    #expect(try incident(story, id).services == ["playback", "search"])
    #expect(
      try refusal(&story, .linkIncident(id, Subject("alert", alert), reason: "", by: .user("ana"))).contains("already"))
    try story.ask(.linkIncident(id, "service/orphan", reason: "it fails too", by: .user("ana")))
    #expect(try incident(story, id).services.last == "orphan")
    try story.ask(.unlinkIncident(id, "service/orphan", by: .user("ana")))
    #expect(try incident(story, id).services == ["playback", "search"])
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    #expect(try incident(story, id).mitigatedAt == story.now && incident(story, id).isOpen)
    #expect(try incident(story, id).phase == .monitoring)
  }

  // MARK: Opening by itself

  @Test func anAlertThatComesBackWithinHalfAnHourReopensTheIncident() throws {
    var story = Story(Self.company())
    let first = try story.fire()
    let id = try #require(story.state.incidents.incident(ofAlert: first)).id
    try story.ask(.resolveAlert(first, reason: "recovered", by: .system("slo")))
    #expect(try !incident(story, id).isOpen)
    try story.advance(.minutes(29))
    let again = try story.fire()
    #expect(story.state.incidents.incident(ofAlert: again)?.id == id)
    #expect(try incident(story, id).isOpen && incident(story, id).resolvedAt == nil)
    try story.ask(.resolveAlert(again, reason: "recovered", by: .system("slo")))
    try story.advance(.minutes(31))
    let later = try story.fire()
    #expect(story.state.incidents.incident(ofAlert: later)?.number == 2)
  }

  @Test func aSeverityDocumentSaysWhatAnAlertOpens() throws {
    var environment = Self.company()
    environment.severities.open(.sev2, tiers: [0, 1], burnRate: 14)
    var story = Story(environment)
    let alert = try story.fire()
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    #expect(incident.severity == .sev2)
    #expect(incident.severityReason.contains("from 14 on"))
    #expect(incident.via == .system && incident.detectedAt == story.now)
  }

  // MARK: Privacy

  @Test func aPrivateIncidentIsSeenByItsMembersAlone() throws {
    var story = Story(Self.company())
    let id = try declared(&story, members: ["team/security"], service: nil, by: .user("dia"))
    let secret = try incident(story, id)
    #expect(secret.members == ["ana", "cem"])
    func sees(_ person: String) -> Bool { story.state.seen(by: Viewer(.user(person))).incidents.incidents[id] != nil }
    // Members, who declared it, and ben, who has a role.
    #expect(["ana", "cem", "dia", "ben"].allSatisfy(sees))
    #expect(!sees("eve") && secret.isVisible(to: Viewer(.user("eve"), seesAll: true)))
    let eve = Viewer(.user("eve"))
    #expect(story.state.seen(by: eve).incidents.open.isEmpty)
    for event in story.journal where event.subject.kind != "token" {
      #expect(!story.state.incidents.privacy.maySee(event.subject, eve), "\(event.type)")
    }
    #expect(
      try refusal(
        &story, .updateIncident(id, UpdateDraft(audience: .external, phase: nil, text: "x"), by: .user("ana"))
      ).contains("is private"))
    #expect(secret.nextUpdateDue(.external) == nil && secret.nextUpdateDue(.internal) != nil)
    let open = try declared(&story)
    #expect(try refusal(&story, .mergeIncident(id, into: open, by: .user("ana"))).contains("merge the other way round"))
    try story.advance(.minutes(31))
    for page in story.state.outbox.pages(of: secret.subject) {
      #expect(!page.request.title.contains(secret.title), "messages pass through other hands")
    }
    try story.ask(.resolveIncident(id, reason: "patched", by: .user("ana")))
    #expect(story.state.reviews.reviews[id] != nil)
    #expect(story.state.seen(by: eve).reviews.reviews[id] == nil)
    try story.ask(.makeIncidentPublic(id, by: .user("ana")))
    #expect(sees("eve"))
  }

  @Test func anOrdinaryAlertDoesNotHideInAPrivateIncident() throws {
    var story = Story(Self.company())
    let id = try declared(&story, members: ["cem"])
    let alert = try story.fire()
    #expect(story.state.incidents.incident(ofAlert: alert)?.id != id)
    try story.ask(.makeIncidentPrivate(id, members: ["cem"], by: .user("ben")))
    #expect(try incident(story, id).members == ["ben", "cem"], "who makes it private does not lose sight of it")
  }
}

@Suite struct SlashCommandTests {
  @Test(arguments: [
    (
      "declare SEV-2 playback: no video starts",
      SlashCommand.declare(severity: .sev2, service: "playback", title: "no video starts", isPrivate: false)
    ),
    (
      "  Declare sev1   Lisbon: uploads stall ",
      .declare(severity: .sev1, service: nil, title: "Lisbon: uploads stall", isPrivate: false)
    ),
    ("declare private keys leaked", .declare(severity: .sev2, service: nil, title: "keys leaked", isPrivate: true)),
    ("declare SEV-9 is a title", .declare(severity: .sev2, service: nil, title: "SEV-9 is a title", isPrivate: false)),
    ("list", .list), ("ack #12", .acknowledge(12)), ("update 3 the cache\nis cold", .update(3, "the cache\nis cold")),
    ("resolve 3", .resolve(3, nil)), ("resolve 3 rolled back", .resolve(3, "rolled back")), ("show 7", .show(7)),
  ])
  func commands(text: String, expected: SlashCommand) throws {
    #expect(try SlashCommand(parsing: text, services: ["playback"]) == expected)
  }

  @Test(arguments: ["", "help", "declare", "declare SEV-1 playback:", "ack", "ack twelve", "update 3", "resolve -1"])
  func refusedWithARemedy(text: String) {
    #expect(throws: Refusal.self) { try SlashCommand(parsing: text, services: ["playback"]) }
  }
}
