import Base
import Engine
import Events
import Incidents
import Journal
import Reviews
import Testing

/// From an incident's end to its last action item.
struct ReviewStories {
  static let ana = Actor.user("ana")

  /// An incident that is over: fired, acknowledged after two minutes, resolved after ten.
  static func resolved(_ environment: Engine.Environment = Story.company()) throws -> (Story, Review) {
    var story = Story(environment)
    let alert = try story.fire()
    try story.advance(.minutes(2))
    _ = try story.ask(.acknowledgeAlert(alert, via: "page", by: ana))
    try story.advance(.minutes(8))
    let incident = try #require(story.state.incidents.open.first)
    try story.ask(.resolveIncident(incident.id, reason: "cache warmed", by: ana))
    return (story, try #require(story.state.reviews[incident.id]))
  }

  static func reading(_ story: Story, _ review: Review, _ written: [ReviewSection: String] = [:]) -> ReviewReading {
    ReviewReading(review, written: written, actions: story.state.actions.of(review: review.id))
  }

  @Test func theDraftHasTheFiguresOfTheIncident() throws {
    var environment = Story.company()
    let began = Instant(seconds: 1_780_000_000) - .minutes(7)
    environment.reviewing.impact = { slos, found, resolved in
      #expect(slos == ["playback/availability"])
      #expect(resolved - found.at == .minutes(10))
      return [.init(slo: slos[0], share: 0.125, badMinutes: 5, bad: 300, total: 1_000, since: began)]
    }
    environment.objectives = ["playback/availability": "playback", "search/latency": "search"]
    var story = Story(environment)
    try story.ask(
      .record(
        ChangeRecorded(
          summary: "playback 1.42", source: "ci", at: story.now - .minutes(20), link: nil, labels: []),
        on: "service/playback", by: Actor("token/ci")))
    let alert = try story.ask(
      .fire(
        Signal(
          key: "k", service: "playback", severity: .critical, urgency: .page, summary: "errors",
          slo: "playback/availability", burnRate: 20), by: .system("slo"))
    ).alert
    try story.advance(.minutes(10))
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    try story.ask(.resolveIncident(incident.id, reason: "rolled back", by: Self.ana))
    let review = try #require(story.state.reviews[incident.id])
    let facts = review.draft.facts
    #expect(facts.beganAt == began)
    #expect(facts.detectedAt.map { $0 - facts.beganAt } == .minutes(7))
    #expect(facts.detection?.slo == "playback/availability")
    #expect(facts.changes.map(\.text) == ["playback 1.42"])
    #expect(facts.pagesSent == 2, "ana, and ben after five minutes")
    #expect(review.drafted(.impact).contains("| playback/availability | 12.5% | 5 | 300 of 1000 |"))
    #expect(review.drafted(.detection).contains("Time to detect: 7 min"))
    #expect(review.drafted(.response).contains("| Acknowledged | not known | | |"))
    #expect(review.drafted(.factors).contains("playback 1.42"))
    #expect(review.draft.timeline.contains("/journal?at="))
    let gaps = Coaching.questions(for: facts, .init(severity: review.draft.severity)).map(\.gap)
    #expect(gaps.contains(.lateDetection) && gaps.contains(.slowAcknowledgement) && gaps.contains(.noRunbook))
  }

  /// Without figures from before the alert its own time is the beginning, which says nothing of how fast it was found.
  @Test func aBeginningThatNobodySawIsNotAQuickDetection() throws {
    let (_, review) = try Self.resolved()
    #expect(review.drafted(.detection).contains("Time to detect: not known"))
    #expect(!review.drafted(.wentWell).contains("found from what users feel"))
  }

  /// Two people open the same text:
  ///
  ///     ana                          ben
  ///     reads (base 0)               reads (base 0)
  ///     saves: accepted
  ///                                  saves: refused, has both texts
  ///                                  saves on ana's: accepted
  @Test func ofTwoEditorsTheSecondIsToldAndNothingIsLost() throws {
    var (story, review) = try Self.resolved()
    let id = review.id
    try story.ask(.editReview(id, .happened, text: "first", base: 0, by: Self.ana))
    #expect(throws: Refusal.self) {
      try story.ask(.editReview(id, .happened, text: "second", base: 0, by: .user("ben")))
    }
    try story.ask(.editReview(id, .trigger, text: "another section", base: 0, by: .user("ben")))
    review = try #require(story.state.reviews[id])
    try story.ask(
      .editReview(id, .happened, text: "both", base: review.base(of: .happened), by: .user("ben")))
    review = try #require(story.state.reviews[id])
    #expect(review.edits.map(\.by.text) == ["user/ana", "user/ben", "user/ben"])
    #expect(review.edits.filter { $0.section == .happened }.count == 2, "what was written before is kept")
  }

  @Test func aReviewThatNamesAPersonAsACauseIsNotPublished() throws {
    var environment = Story.company()
    environment.reviewing.names = [.init(name: "ben", display: "Ben Okafor")]
    var (story, review) = try Self.resolved(environment)
    let blaming = Self.reading(story, review, [.trigger: "Ben's change lowered the limit."])
    #expect(throws: Refusal.self) { try story.ask(.publishReview(blaming, override: nil, by: Self.ana)) }
    #expect(throws: Refusal.self, "an empty reason is none") {
      try story.ask(.publishReview(blaming, override: "", by: Self.ana))
    }
    try story.ask(.publishReview(blaming, override: "he asked for it", by: Self.ana))
    #expect(story.state.reviews[review.id]?.override != nil)
    try story.ask(.reopenReview(review.id, by: Self.ana))
    review = try #require(story.state.reviews[review.id])
    #expect(review.override == nil && review.status == .drafted)
    let fair = Self.reading(story, review, [.trigger: "A change lowered the limit."])
    try story.ask(.publishReview(fair, override: nil, by: Self.ana))
    #expect(story.state.reviews[review.id]?.status == .published)
    #expect(throws: Refusal.self, "published: reopen first") {
      try story.ask(.editReview(review.id, .happened, text: "x", base: 0, by: Self.ana))
    }
  }

  @Test func whatWasReadMustBeWhatIsPublished() throws {
    var (story, review) = try Self.resolved()
    let old = Self.reading(story, review)
    try story.ask(.editReview(review.id, .trigger, text: "new", base: 0, by: Self.ana))
    #expect(throws: Refusal.self) { try story.ask(.publishReview(old, override: nil, by: Self.ana)) }
    review = try #require(story.state.reviews[review.id])
    try story.ask(.publishReview(Self.reading(story, review), override: nil, by: Self.ana))
  }

  @Test func causesJoinReviews() throws {
    var (story, review) = try Self.resolved()
    var ids = [review.id]
    for number in 2...3 {
      let id = try story.ask(
        .openIncident(title: "again \(number)", service: "playback", severity: .sev3, alerts: [], by: Self.ana))
      try story.ask(.resolveIncident(id, reason: "over", by: Self.ana))
      ids.append(id)
    }
    for id in ids { try story.ask(.linkCause("Expiry/Certificate", to: id, by: Self.ana)) }
    #expect(throws: Refusal.self) { try story.ask(.linkCause("expiry / certificate", to: ids[0], by: Self.ana)) }
    #expect(throws: Refusal.self) { try story.ask(.linkCause("  / ", to: ids[0], by: Self.ana)) }
    review = try #require(story.state.reviews[ids[2]])
    #expect(review.causes == ["expiry/certificate"])
    #expect(story.state.reviews.others(with: "expiry/certificate", as: review).map(\.id) == Array(ids[..<2]))
    try story.ask(.unlinkCause("expiry/certificate", from: ids[0], by: Self.ana))
    #expect(story.state.reviews.others(with: "expiry/certificate", as: review).map(\.id) == [ids[1]])
  }

  // MARK: Action items

  static func fields(_ story: Story, owner: String = "cem", due: Interval = .days(3)) -> ActionFields {
    ActionFields(title: "Warm the cache", kind: .prevent, owner: owner, due: story.now + due)
  }

  @Test func anOwnerIsRemindedOnceAWeekUntilItIsClosed() throws {
    var (story, review) = try Self.resolved()
    story.unexpected = []
    let one = try story.ask(.createAction(Self.fields(story), of: review.id, by: Self.ana))
    _ = try story.ask(.createAction(Self.fields(story, due: .days(5)), of: review.id, by: Self.ana))
    try story.advance(.days(2))
    story.expect()
    try story.advance(.days(2))
    story.expect("cem/hook notice")
    try story.advance(.days(5))
    story.expect()
    try story.advance(.days(2))
    story.expect("cem/hook notice")
    #expect(story.events(ActionsReminded.type).count == 2)
    for action in story.state.actions.open { try story.ask(.closeAction(action.id, via: "page", by: Self.ana)) }
    try story.advance(.days(60))
    story.expect()
    #expect(story.state.nextDeadline == nil)
    try story.ask(.reopenAction(one, via: "page", by: Self.ana))
    try story.advance(.minutes(1))
    story.expect("cem/hook notice")
  }

  @Test func anActionItemHasAnOwnerWhoExists() throws {
    var (story, review) = try Self.resolved()
    #expect(throws: Refusal.self) {
      try story.ask(.createAction(Self.fields(story, owner: "nobody"), of: review.id, by: Self.ana))
    }
    #expect(throws: Refusal.self, "due in the past") {
      try story.ask(.createAction(Self.fields(story, due: .days(-1)), of: review.id, by: Self.ana))
    }
  }

  @Test func anExportIsTriedAgainAndGivenUp() throws {
    var environment = Story.company()
    environment.reviewing.trackers = [.init(name: "media", services: ["playback"], automatic: true)]
    var (story, review) = try Self.resolved(environment)
    let id = try story.ask(.createAction(Self.fields(story), of: review.id, by: Self.ana))
    #expect(story.state.actions.exports(at: story.now).map(\.id) == [id])
    var tries = 0
    while let next = story.state.actions[id]?.export?.next {
      story.now = max(story.now, next)
      try story.ask(.actionExportFailed(id, to: "media", reason: "503", isPermanent: false))
      tries += 1
    }
    #expect(tries == 8)
    #expect(story.state.actions[id]?.export?.reason == "503")
    try story.ask(.exportAction(id, to: nil, by: Self.ana))
    try story.ask(.actionExported(id, to: "media", url: "https://git.example/1", number: 7))
    try story.ask(.actionExported(id, to: "media", url: "https://git.example/2", number: 8))
    #expect(story.state.actions[id]?.issue?.number == 7, "the first answer counts")
    #expect(story.state.actions.action(ofIssue: 7, in: "media")?.id == id)
    #expect(throws: Refusal.self) { try story.ask(.exportAction(id, to: nil, by: Self.ana)) }
    try story.ask(.closeAction(id, via: "tracker/media", by: .system("trackers")))
    try story.ask(.closeAction(id, via: "tracker/media", by: .system("trackers")))
    #expect(story.events(ActionClosed.type).count == 1)
  }

  @Test func aSnapshotReadsAsTheEventsDo() throws {
    var (story, review) = try Self.resolved()
    try story.ask(.editReview(review.id, .happened, text: "first", base: 0, by: Self.ana))
    try story.ask(.linkCause("change", to: review.id, by: Self.ana))
    _ = try story.ask(.createAction(Self.fields(story), of: review.id, by: Self.ana))
    let reviews = try Reviews(snapshot: try story.state.reviews.snapshot())
    #expect(try reviews.snapshot() == story.state.reviews.snapshot())
    let actions = try Actions(snapshot: try story.state.actions.snapshot())
    #expect(actions.reminders == story.state.actions.reminders)
    #expect(actions.open.map(\.id) == story.state.actions.open.map(\.id))
  }
}
