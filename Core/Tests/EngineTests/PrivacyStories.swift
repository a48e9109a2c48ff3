import Access
import Alerts
import Base
import Definitions
import Engine
import Events
import Incidents
import Journal
import Outbox
import Procedures
import Reviews
import Runbooks
import Testing

/// What follows from a private incident reaches nobody who may not see it.
@Suite struct PrivacyStories {
  private static let word = "Wolpertinger"

  private static func company() -> Engine.Environment {
    var environment = Story.company(tier: 1)
    environment.people.teams["sre"] = .init(members: ["ana", "ben", "cem"])
    environment.reviewing.trackers = [
      .init(name: "media", automatic: true)
    ]
    environment.reviewing.names = [PersonName(name: "ana"), PersonName(name: "cem")]
    return environment
  }

  /// An incident that ana and ben see, and cem does not.
  private static func secret(_ story: inout Story, members: [String]? = ["ben"]) throws -> ULID {
    try story.ask(
      .declareIncident(
        Declaration(
          title: "\(word) in the vault", service: "playback", severity: .sev2, members: members, via: .page),
        by: .user("ana")))
  }

  private static func words(_ story: Story, _ viewer: Viewer) -> [String] {
    story.journal.filter { story.state.incidents.privacy.maySee($0.subject, viewer) && "\($0.data)".contains(word) }
      .map { "\($0.type)" }
  }

  @Test func approversWhoMayNotSeeTheRunDoNotHearOfIt() throws {
    var story = Story(Self.company())
    story.use(try Story.plan([Story.step("drain", ["x-approve": "sre:1"])]))
    let id = try Self.secret(&story)
    let run = try story.start(about: Subject("incident", id))
    story.expect("ben/hook notice")
    let page = try #require(story.state.outbox.pages(of: Subject("procedure", run)).first)
    #expect(story.state.seen(by: Viewer(.user("ben"))).outbox.pages[page.id] != nil)
    #expect(story.state.seen(by: Viewer(.user("cem"))).outbox.pages[page.id] == nil)
  }

  @Test func theAlertOfAPrivateRunThatHaltedSaysNothingOfIt() throws {
    for members in [["ben"], nil] {
      var story = Story(Self.company())
      story.use(
        try Story.plan(
          [
            Story.step("drain", ["x-undo": "refill"]), Story.step("refill"), Story.step("look"),
          ], name: Self.word.lowercased()))
      let id = try Self.secret(&story, members: members)
      _ = try story.start(Self.word.lowercased(), about: Subject("incident", id))
      _ = try story.perform()
      _ = try story.perform(.failed)
      _ = try story.perform(.failed, detail: "\(Self.word) stays")
      let alert = try #require(story.state.alerts.open.first { $0.signal.key.hasPrefix("runbook/") })
      let text = "\(alert.signal)".lowercased()
      #expect(text.contains(Self.word.lowercased()) == (members == nil), "\(text)")
      #expect(Self.words(story, Viewer(.user("cem"))).isEmpty == (members != nil))
    }
  }

  @Test func remindersOfActionItemsNameNoPrivateOne() throws {
    for members in [["ben"], nil] {
      var story = Story(Self.company())
      let id = try Self.secret(&story, members: members)
      try story.ask(.resolveIncident(id, reason: "over", by: .user("ana")))
      let fields = ActionFields(
        title: "keep the \(Self.word) out", kind: .prevent, owner: "cem", due: story.now + .hours(1))
      _ = try story.ask(.createAction(fields, of: id, by: .user("ana")))
      story.unexpected = []
      try story.advance(.hours(3))
      story.expect("cem/hook notice")
      let pages = story.state.outbox.pages(of: Subject("user", "cem"))
      #expect(pages.count == 1 && pages[0].request.body.contains("#1"))
      #expect(pages[0].request.body.contains(Self.word) == (members == nil))
    }
  }

  @Test func whatIsMadePrivateIsNotWrittenElsewhereAnyMore() throws {
    var story = Story(Self.company())
    let id = try Self.secret(&story, members: nil)
    try story.ask(.resolveIncident(id, reason: "over", by: .user("ana")))
    let fields = ActionFields(title: "renew it", kind: .prevent, owner: "cem", due: story.now + .days(1))
    let before = try story.ask(.createAction(fields, of: id, by: .user("ana")))
    #expect(story.state.issuesToMake(at: story.now).map(\.id) == [before], "the tracker takes all by itself")
    // The review was drafted while everybody could see it.
    try story.ask(.makeIncidentPrivate(id, members: ["ben"], by: .user("ana")))
    #expect(story.state.issuesToMake(at: story.now).isEmpty)
    #expect(story.state.actions[before]?.export?.reason == "its incident is private")
    let after = try story.ask(.createAction(fields, of: id, by: .user("ana")))
    #expect(story.state.actions[after]?.export == nil)
    #expect(throws: Refusal.self) { try story.ask(.exportAction(before, to: "media", by: .user("ana"))) }
    try story.ask(.makeIncidentPublic(id, by: .user("ana")))
    try story.ask(.exportAction(before, to: "media", by: .user("ana")))
    #expect(story.state.issuesToMake(at: story.now).map(\.id) == [before])
  }

  @Test func causesOfPrivateReviewsAreNotCounted() throws {
    var story = Story(Self.company())
    let id = try Self.secret(&story)
    try story.ask(.resolveIncident(id, reason: "over", by: .user("ana")))
    try story.ask(.linkCause("security/wolpertinger", to: id, by: .user("ana")))
    #expect(story.state.seen(by: Viewer(.user("ben"))).reviews.causes.map(\.cause) == ["security/wolpertinger"])
    #expect(story.state.seen(by: Viewer(.user("cem"))).reviews.causes.isEmpty)
  }

  /// Merging brings in the roles of the merged incident. Its experts are not to see a private one by that.
  @Test func mergingLetsNobodyIn() throws {
    var story = Story(Self.company())
    let secret = try Self.secret(&story)
    let open = try Self.secret(&story, members: nil)
    for person in ["ben", "cem"] {
      try story.ask(.assignRole(open, role: "expert", to: person, by: .user("ana")))
    }
    try story.ask(.mergeIncident(open, into: secret, by: .user("ana")))
    #expect(story.state.incidents.incidents[secret]?.roles.map(\.person) == ["ben"])
    try story.ask(.noteIncident(secret, text: "on", by: .user("ana")))
    #expect(!story.state.incidents.privacy.maySee(secret, Viewer(.user("cem"))))
  }

  @Test func refusalsAndAcknowledgementsDoNotNumberAPrivateIncident() throws {
    var story = Story(Self.company())
    let alert = try story.fire("search", urgency: .ticket)
    let id = try story.ask(
      .declareIncident(
        Declaration(
          title: Self.word, service: nil, severity: .sev2, alerts: [alert], members: [], via: .page),
        by: .user("ana")))
    let message = #expect(throws: Refusal.self) {
      try story.ask(
        .declareIncident(
          Declaration(title: "mine", service: nil, severity: .sev3, alerts: [alert]), by: .user("cem")))
    }
    #expect(message?.message.contains("belongs to another incident already") == true)
    _ = try story.ask(.acknowledgeIncident(id, by: .user("ana")))
    #expect(story.events(AlertAcknowledged.type).map { "\($0.data)" }.allSatisfy { !$0.contains("incident/") })
  }
}
