import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures
import Reviews
import Testing

@Suite struct PagingStories {
  @Test func anUnansweredPageGoesToTheNextLevel() throws {
    var story = Story()
    _ = try story.fire()
    story.expect("ana/hook fired")
    try story.advance(.minutes(4))
    story.expect()
    try story.advance(.minutes(2))
    story.expect("ben/hook fired")
    try story.advance(.minutes(30))
    story.expect()
    #expect(story.events(ProcedureFinished.type).count == 1)
  }

  @Test func anAcknowledgementStopsTheEscalation() throws {
    var story = Story()
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.advance(.minutes(1))
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    try story.advance(.hours(1))
    story.expect()
    let id = try #require(story.state.alerts.alerts[alert]?.procedure)
    let run = try #require(story.state.procedures.runs[id])
    #expect(run.outcome == .cancelled)
  }

  @Test func anEscalationCanBeStoppedByHand() throws {
    var story = Story()
    let alert = try story.fire()
    story.expect("ana/hook fired")
    let run = try #require(story.state.alerts.alerts[alert]?.procedure)
    #expect(throws: Refusal.self) { try story.ask(.approveStep(run, by: .user("ben"))) }
    try story.ask(.cancelProcedure(run, reason: "a drill", by: .user("ben")))
    try story.advance(.hours(1))
    story.expect()
    #expect(story.state.procedures.runs[run]?.outcome == .cancelled)
  }

  @Test func acknowledgingTwiceChangesNothing() throws {
    var story = Story()
    let alert = try story.fire()
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    let before = story.journal.count
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ben")))
    #expect(story.journal.count == before)
    #expect(story.state.alerts.alerts[alert]?.acknowledgedBy == .user("ana"))
  }

  @Test func resolvedBeforeTheNextStepPagesNobodyElse() throws {
    var story = Story()
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.advance(.minutes(4))
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    try story.advance(.hours(1))
    story.expect("ana/hook resolved")
  }

  @Test func aPageInFlightIsFollowedByAResolveNotice() throws {
    var story = Story()
    story.broken["ana/hook"] = "timed out"
    let alert = try story.fire()
    story.expect("ana/hook fired")
    // The next attempt is claimed, and the alert resolves before its report.
    let due = try #require(story.state.nextPage)
    story.now = due
    let page = try #require(story.state.outbox.due(at: due).first)
    let claim = try story.loop.decide([Ask<Page>.claimPage(page.id).command], at: due, in: story.environment)
    story.loop.commit()
    story.journal += claim.events
    story.broken = [:]
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    story.expect("ana/hook resolved")
  }

  @Test func nothingIsClaimedAfterTheResolution() throws {
    var story = Story()
    story.broken["ana/hook"] = "timed out"
    let alert = try story.fire()
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    let page = try #require(story.state.outbox.pages(of: Subject("alert", alert)).first)
    #expect(page.status == .cancelled)
    #expect(throws: Refusal.self) { try story.ask(.claimPage(page.id)) }
  }

  @Test func nobodyOnCallPagesTheNextLevelAtOnce() throws {
    var story = Story(Story.company(onCall: []))
    _ = try story.fire()
    story.expect("ben/hook fired")
    let detail = try story.events(StepFinished.type).compactMap { try $0.payload(StepFinished.self)?.detail }
    #expect(detail.contains { $0.contains("nobody is on call in schedule rota") })
  }

  @Test func aDeadLetterDoesNotWaitForAnAnswer() throws {
    var story = Story()
    story.broken["ana/hook"] = "refused: no such user"
    _ = try story.fire()
    try story.advance(.seconds(1))
    story.expect("ana/hook fired", "ben/hook fired")
  }

  @Test func retriesKeepTheKeyAndEndInADeadLetter() throws {
    var story = Story(Story.company(onCall: []))
    story.broken["ben/hook"] = "timed out"
    let alert = try story.fire()
    try story.advance(.hours(1))
    let pages = story.state.outbox.pages(of: Subject("alert", alert))
    #expect(pages.map(\.status) == [.failed])
    #expect(pages[0].attempts.count == Outbox.maxAttempts)
    #expect(story.unexpected == Array(repeating: "ben/hook fired", count: Outbox.maxAttempts))
  }

  @Test func aClaimWithoutAReportIsTriedAgain() throws {
    var story = Story()
    let alert = try story.fire()
    story.expect("ana/hook fired")
    let other = try story.loop.decide(
      [
        Ask<FireReply>.fire(
          Signal(key: "x", service: "search", severity: .error, urgency: .page, summary: "slow"), by: .system("slo")
        ).command
      ], at: story.now, in: story.environment)
    story.loop.commit()
    story.journal += other.events
    let page = try #require(story.state.outbox.due(at: story.now).first)
    _ = try story.loop.decide([Ask<Page>.claimPage(page.id).command], at: story.now, in: story.environment)
    story.loop.commit()
    // Its sender dies here.
    try story.ask(.acknowledgeAlert(alert, via: "cli", by: .user("ana")))
    try story.advance(Outbox.claimLength + .seconds(1))
    story.expect("ana/hook fired")
    #expect(story.state.outbox.pages[page.id]?.attempts.count == 2)
  }

  @Test func aServerThatComesBackSendsAtOnceWhatItWasSending() throws {
    var story = Story()
    _ = try story.fire()
    story.unexpected = []
    let outcome = try story.loop.decide(
      [
        Ask<FireReply>.fire(
          Signal(key: "x", service: "search", severity: .error, urgency: .page, summary: "slow"), by: .system("slo")
        ).command
      ], at: story.now, in: story.environment)
    story.loop.commit()
    story.journal += outcome.events
    let page = try #require(story.state.outbox.due(at: story.now).first)
    _ = try story.loop.decide([Ask<Page>.claimPage(page.id).command], at: story.now, in: story.environment)
    story.loop.commit()
    #expect(try story.ask(.losePages) == 1)
    story.expect("ana/hook fired")
    let sent = try #require(story.state.outbox.pages[page.id])
    #expect(sent.status == .sent && sent.attempts.map(\.number) == [1, 2])
    #expect(sent.attempts.first?.result == "the server ended while it was sent")
    #expect(try story.ask(.losePages) == 0)
  }

  @Test func aTicketPagesNobodyAndSaysWhy() throws {
    var story = Story()
    let alert = try story.fire(urgency: .ticket)
    try story.advance(.hours(1))
    story.expect()
    #expect(story.state.alerts.alerts[alert]?.suppression?.code == .deferred)
  }

  /// The first level has nobody: what can wait goes to the next one, and no further.
  @Test func aTicketGoesToTheFirstLevelThatHasSomebody() throws {
    var environment = Story.company(onCall: [])
    environment.policies["media"]?.levels.append(.init(targets: [.user("cem")], after: .minutes(5)))
    var story = Story(environment)
    _ = try story.fire(urgency: .ticket)
    try story.advance(.days(4))
    story.expect("ben/hook fired")
  }

  @Test func laterAlertsJoinTheFirstAndPageWhenItResolves() throws {
    var story = Story()
    let first = try story.fire(key: "one")
    story.expect("ana/hook fired")
    let second = try story.fire(key: "two")
    let third = try story.fire(key: "three")
    story.expect()
    #expect(story.state.alerts.alerts[second]?.suppression?.into == first)
    try story.ask(.resolveAlert(first, reason: "recovered", by: .system("slo")))
    story.expect("ana/hook resolved", "ana/hook fired")
    #expect(story.state.alerts.alerts[second]?.suppression == nil)
    #expect(story.state.alerts.alerts[third]?.suppression?.code == .joined)
    #expect(story.state.alerts.heads(of: "high/playback", limit: 8).map(\.id) == [second])
  }

  @Test func takingTheFirstTakesWhatJoinedIt() throws {
    var story = Story()
    let first = try story.fire(key: "one")
    let second = try story.fire(key: "two")
    try story.ask(.acknowledgeAlert(first, via: "page", by: .user("ana")))
    #expect(story.state.alerts.alerts[second]?.status == .acknowledged)
    try story.ask(.resolveAlert(first, reason: "recovered", by: .system("slo")))
    story.expect("ana/hook fired", "ana/hook resolved")
  }

  @Test func aResendIsTheSameAlertWithoutAnEvent() throws {
    var story = Story()
    let alert = try story.fire()
    let before = story.journal.count
    #expect(try story.fire() == alert)
    #expect(story.journal.count == before)
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    #expect(try story.fire() != alert)
  }

  @Test func anOverrideIsWhoIsPaged() throws {
    var story = Story()
    let (start, end) = (story.now, story.now + .hours(8))
    try story.ask(.createOverride(schedule: "rota", user: "cem", start: start, end: end, by: .user("ben")))
    _ = try story.fire()
    story.expect("cem/hook fired")
    #expect(throws: Refusal.self) {
      try story.ask(.createOverride(schedule: "rota", user: "cem", start: start, end: end, by: .user("ana")))
    }
    try story.advance(.hours(9))
    story.unexpected = []
    _ = try story.fire("search", key: "later")
    story.expect("ana/hook fired")
  }

  @Test func aRestartPastTwoDeadlinesRunsEachOnceInOrder() throws {
    var story = Story()
    _ = try story.fire()
    story.expect("ana/hook fired")
    _ = try story.fire("search", key: "other")
    story.expect("ana/hook fired")
    // Asleep over every deadline of both escalations.
    story.now += .hours(3)
    try story.advance(.zero)
    story.expect("ben/hook fired", "ben/hook fired")
    try story.advance(.hours(1))
    let finished = story.events(ProcedureFinished.type)
    #expect(finished.count == 2)
    #expect(story.journal.map(\.time) == story.journal.map(\.time).sorted())
  }
}

@Suite struct IncidentStories {
  @Test func aPageOnATierZeroServiceOpensAnIncidentThatEndsInADraft() throws {
    var story = Story()
    let alert = try story.fire()
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    #expect(incident.severity == .sev1)
    #expect(incident.timeline.first?.text == "alert fired: errors")
    try story.advance(.minutes(2))
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    try story.ask(.noteIncident(incident.id, text: "rolled back", by: .user("ana")))
    try story.advance(.minutes(5))
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    let after = try #require(story.state.incidents.incidents[incident.id])
    #expect(after.status == .resolved)
    let review = try #require(story.state.reviews.reviews[incident.id])
    let markdown = ReviewReading(review, written: [:], actions: []).markdown
    #expect(markdown.contains("| Responders | ana |"))
    #expect(markdown.contains("It lasted 7 min,"))
    #expect(!markdown.contains("rolled back"), "what people wrote is kept where it can be erased")
  }

  @Test func aLowerTierOpensNone() throws {
    var story = Story()
    let alert = try story.fire("search")
    #expect(story.state.incidents.incident(ofAlert: alert) == nil)
    let id = try story.ask(
      .openIncident(title: "search is slow", service: "search", severity: .sev3, alerts: [alert], by: .user("ana")))
    #expect(story.state.incidents.incidents[id]?.timeline.first?.text == "alert fired: errors")
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    #expect(story.state.incidents.incidents[id]?.status == .open, "what a person opened, a person resolves")
  }

  @Test func takingTheIncidentTakesItsAlerts() throws {
    var story = Story()
    let alert = try story.fire()
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    try story.ask(.acknowledgeIncident(incident.id, by: .user("ana")))
    #expect(story.state.alerts.alerts[alert]?.status == .acknowledged)
    story.unexpected = []
    try story.advance(.hours(1))
    story.expect()
  }

  @Test func theReviewIsDueAfterFiveBusinessDays() {
    // Friday 2026-11-20 → the next Friday; Saturday and Sunday do not count.
    let friday = Instant(seconds: 1_795_176_000)
    #expect(ReviewDraft.due(after: friday) - friday == .days(7))
    #expect(ReviewDraft.due(after: friday + .days(3)) - friday == .days(10))
  }
}
