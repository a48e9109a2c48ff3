import Alerts
import Base
import Events
import Fatigue
import Journal
import OnCall
import Outbox
import Testing

@testable import Engine

/// Ana, ben and cem take turns of twelve hours; dora leads the team.
@Suite struct ProtectionStories {
  private static let epoch = Instant(seconds: 1_780_000_000)

  private static func environment(_ people: [String] = ["ana", "ben", "cem"]) -> Engine.Environment {
    var environment = Story.company()
    environment.contacts["dora"] = ContactRules(
      user: "dora", rules: [.init(channel: .init(kind: .webhook, name: "dora/hook"), after: .zero)])
    environment.protection.leads = ["media": "dora"]
    environment.protection.rotas = ["rota": people]
    environment.protection.shifts = { _, from, to, overrides in
      shifts(people, from, to, overrides)
    }
    environment.onCall = { _, at, overrides in
      shifts(people, at, at + .seconds(1), overrides).filter { $0.start <= at && at < $0.end }.map(\.person)
    }
    return environment
  }

  /// Turns of twelve hours, with overrides laid over them.
  private static func shifts(_ people: [String], _ from: Instant, _ to: Instant, _ overrides: [Override]) -> [Duty] {
    var duties: [Duty] = []
    var turn = Int(((from - epoch) / Interval.hours(12)).rounded(.down))
    while epoch + .hours(12 * Int64(turn)) < to {
      let start = epoch + .hours(12 * Int64(turn))
      let person = people[((turn % people.count) + people.count) % people.count]
      var rest = [Duty(schedule: "rota", person: person, start: start, end: start + .hours(12))]
      for cover in overrides where cover.start < start + .hours(12) && cover.end > start {
        rest = rest.flatMap { duty -> [Duty] in
          var (before, after) = (duty, duty)
          (before.end, after.start) = (min(duty.end, cover.start), max(duty.start, cover.end))
          return [before, after].filter { $0.start < $0.end }
        }
        guard let person = cover.user else { continue }
        rest.append(
          Duty(
            schedule: "rota", person: person, start: max(start, cover.start), end: min(start + .hours(12), cover.end)))
      }
      duties += rest
      turn += 1
    }
    return duties.filter { $0.end > from && $0.start < to }.sorted { $0.start < $1.start }
  }

  private func trouble(_ story: inout Story, _ key: String) throws {
    let alert = try story.fire("orphan2", key: key)
    try story.ask(.acknowledgeAlert(alert, via: "page", by: .user("ana")))
    try story.ask(.resolveAlert(alert, reason: "done", actionable: true, by: .user("ana")))
    try story.advance(.minutes(10))
  }

  private func story() -> Story {
    var environment = Self.environment()
    // Of a tier that opens no incidents: each alert counts for itself.
    environment.services["orphan2"] = .init(name: "orphan2", tier: 3, owner: "media", policy: "media")
    return Story(environment)
  }

  private func exceeded(_ story: Story) throws -> LimitExceeded {
    let event = try #require(story.events(LimitExceeded.type).first)
    let payload = try event.payload(LimitExceeded.self)
    return try #require(payload)
  }

  @Test func theThirdIncidentOfAShiftIsToldToTheLeadOnce() throws {
    var story = story()
    for key in ["a", "b"] { try trouble(&story, key) }
    #expect(story.events(LimitExceeded.type).isEmpty)
    for key in ["c", "d"] { try trouble(&story, key) }
    let told = try exceeded(story)
    #expect(story.events(LimitExceeded.type).count == 1)
    #expect(told.person == "ana" && told.counted == 3 && told.allowed == 2 && told.told == ["dora"])
    #expect(told.relief == .init(person: "ben", pages: 0) && told.causes.count == 3)
    #expect(story.unexpected.filter { $0.hasPrefix("dora") } == ["dora/hook notice"])
    let requests = try story.events(PageRequested.type).compactMap { try $0.payload(PageRequested.self) }
    let notice = try #require(requests.first { $0.kind == .notice })
    #expect(notice.body.contains("mainstay oncall override create rota --user ben --to"))
  }

  @Test func aNewShiftCountsFromZero() throws {
    var story = story()
    for key in ["a", "b"] { try trouble(&story, key) }
    try story.advance(.hours(36))
    try trouble(&story, "c")
    #expect(story.events(LimitExceeded.type).isEmpty)
    #expect(story.state.alertBook.calls(of: "ana", from: .distantPast, to: .distantFuture).count == 3)
  }

  @Test func theScheduleSaysHowManyAndTheLastLevelHearsWhereThereIsNoLead() throws {
    var story = story()
    story.environment.protection.limits["rota"] = ShiftLimits(incidentsPerShift: 3, pagesPerNight: nil)
    story.environment.protection.leads = [:]
    for key in ["a", "b", "c"] { try trouble(&story, key) }
    #expect(story.events(LimitExceeded.type).isEmpty)
    try trouble(&story, "d")
    let told = try exceeded(story)
    #expect(told.told == ["ben"])
  }

  private func plan(_ story: inout Story) throws {
    try story.ask(.record(DefinitionsChanged(hash: "h", documents: 1), on: "definitions/h", by: .system("test")))
  }

  @Test func whoComesOnCallGetsTheNote() throws {
    var story = story()
    try plan(&story)
    #expect(story.state.handovers.plan(of: "rota") == Self.epoch + .hours(12))
    let open = try story.fire("playback", key: "still *here*")
    try story.ask(.acknowledgeAlert(open, via: "page", by: .user("ana")))
    story.expect("ana/hook fired")
    try story.ask(.watchOnCall)
    try story.advance(.hours(12))
    try story.ask(.watchOnCall)
    // One message says what is open and that there is a note.
    story.expect("ben/hook notice")
    let note = try #require(story.state.handovers.all.first)
    #expect(note.draft.from == "ana" && note.draft.to == "ben" && note.draft.change == Self.epoch + .hours(12))
    for line in [
      "ana hands over to ben", "of playback", "ana has it", "1 incident (the limit is 2)", "once, paged for 1",
    ] {
      #expect(note.draft.markdown.contains(line), "\(line) in \(note.draft.markdown)")
    }
    #expect(story.state.handovers.plan(of: "rota") == Self.epoch + .hours(24))
    try story.ask(.noteHandover(note.id, text: "watch the cache", by: .user("ana")))
    #expect(story.state.handovers[note.id]?.notes.count == 1)
    #expect(!"\(story.journal)".contains("watch the cache"))
  }

  @Test func theNoteNamesSilencesThatEndInTheNewShift() throws {
    var story = story()
    try plan(&story)
    func silence(_ name: String, hours: Int64) throws -> ULID {
      let matcher = LabelMatcher("alertname", .equal(name))
      return try story.ask(
        .saveSilence(
          nil,
          SilenceCreated(
            matchers: [matcher], start: story.now, end: story.now + .hours(hours), comment: "known", author: "ana"),
          by: .user("ana")))
    }
    _ = try silence("EndsSoon", hours: 20)
    _ = try silence("EndsLater", hours: 40)
    let ended = try silence("WasEnded", hours: 21)
    try story.ask(.expireSilence(ended, by: .user("ana")))
    try story.advance(.hours(12))
    let text = try #require(story.state.handovers.all.first).draft.markdown
    #expect(text.contains("EndsSoon") && !text.contains("EndsLater") && !text.contains("WasEnded"))
  }

  @Test func afterAWeekOfDowntimeOnlyTheLastChangeIsWritten() throws {
    var story = story()
    try plan(&story)
    story.now = Self.epoch + .days(7) + .hours(1)
    try story.advance(.minutes(1))
    #expect(story.state.handovers.all.map(\.draft.change) == [Self.epoch + .days(7)])
    #expect(story.events(HandoverDrafted.type).count == 1)
    #expect(story.state.handovers.plan(of: "rota") == Self.epoch + .days(7) + .hours(12))
  }

  @Test func anOverrideMovesTheHandover() throws {
    var story = story()
    try plan(&story)
    let id = try story.ask(
      Ask<ULID>.createOverride(
        schedule: "rota", user: "cem", start: Self.epoch + .hours(6), end: Self.epoch + .hours(18), by: .user("ana")))
    #expect(story.state.handovers.plan(of: "rota") == Self.epoch + .hours(6))
    try story.ask(.cancelOverride(id, of: "rota", by: .user("ana")))
    #expect(story.state.handovers.plan(of: "rota") == Self.epoch + .hours(12))
    try story.advance(.hours(13))
    #expect(story.state.handovers.all.map(\.draft.to) == ["ben"])
  }

  @Test func scheduleOfOnePersonHandsNothingOverAndOneThatGoesIsCalledOff() throws {
    var story = Story(Self.environment(["ana"]))
    try plan(&story)
    #expect(story.state.handovers.planned.isEmpty)
    story.environment = Self.environment()
    try plan(&story)
    #expect(story.state.handovers.planned.count == 1)
    story.environment.schedules = []
    try plan(&story)
    #expect(story.state.handovers.planned.isEmpty)
  }

  @Test func answersAfterwardsAreKept() throws {
    var story = story()
    let alert = try story.fire("playback")
    try story.ask(.resolveAlert(alert, reason: "over", actionable: nil, by: .user("ana")))
    try story.ask(.judgeAlert(alert, actionable: false, by: .user("ana")))
    let report = NoiseReport(
      story.state.alertBook, from: .distantPast, to: .distantFuture, nights: story.environment.protection.night)
    #expect(report.rules.first?.judgedNotActionable == 1)
    #expect(throws: Refusal.self) {
      try story.ask(.judgeAlert(ULID(high: 1, low: 1), actionable: true, by: .user("ana")))
    }
  }
}
