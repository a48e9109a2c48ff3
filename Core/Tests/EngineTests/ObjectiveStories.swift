import Alerts
import Base
import Events
import Journal
import Objectives
import Testing

@testable import Engine

@Suite struct ObjectiveStories {
  /// Playback fails for twelve minutes in the afternoon. Ana is paged within a minute and a half, hears that it is over
  /// five minutes after it is, and nobody is told anything else for the rest of the day.
  @Test func anOutageIsOnePageAndOneNotice() throws {
    var day = try ObjectiveStory("playback-works")
    try day.traffic(.days(2), every: .minutes(5))
    day.story.expect()
    try day.traffic(.seconds(90), failing: 1)
    day.story.expect("ana/hook fired")
    let alert = try #require(day.story.state.alerts.open(key: "slo/playback-works/page"))
    #expect(alert.signal.summary.hasPrefix("Playback works: "))
    try day.story.ask(.acknowledgeAlert(alert.id, via: "link", by: .user("ana")))
    try day.traffic(.minutes(10) + .seconds(30), failing: 1)
    #expect(try day.reading("playback-works").state == .burning)
    try day.traffic(.minutes(6))
    day.story.expect("ana/hook resolved")
    try day.traffic(.hours(12), every: .minutes(1))
    day.story.expect()
    // The ticket stayed for as long as the long windows remember, and went without a word.
    #expect(day.story.state.alerts.openCount == 0)
    #expect(day.events(AlertFired.type).count == 2)
    #expect(day.events(BurnStarted.type).count == day.events(BurnEnded.type).count)
  }

  /// The server is restarted in the middle of an outage, twice: nobody is paged again, and the notice still comes.
  @Test func aRestartNeitherForgetsNorRepeatsAnAlert() throws {
    var day = try ObjectiveStory("playback-works")
    try day.traffic(.days(2), every: .minutes(5))
    try day.traffic(.minutes(3), failing: 1)
    day.story.expect("ana/hook fired")
    let alert = try #require(day.story.state.alerts.open(key: "slo/playback-works/page"))
    try day.story.ask(.acknowledgeAlert(alert.id, via: "link", by: .user("ana")))
    day.restart()
    try day.traffic(.minutes(3), failing: 1)
    day.story.expect()
    day.restart()
    try day.traffic(.minutes(6))
    day.story.expect("ana/hook resolved")
    // Rules still fire from memory; a restart does not take that for a new outage.
    #expect(!(day.story.state.burns.bySLO["playback-works"]?.pairs.isEmpty ?? true))
    day.restart()
    try day.traffic(.minutes(10), failing: 0.002)
    day.story.expect()
  }

  /// A policy with four steps. The budget of 2,592 s of failure is spent in bursts; each step asks for its own thing,
  /// once, and the requests end when the failures leave the window.
  @Test func aBudgetPolicyAsksStepByStep() throws {
    var company = Story.company()
    company.budgetPolicies = [
      BudgetPolicy(
        name: "careful", slos: ["playback-works"],
        steps: [
          .init(consumed: 0.25, action: .notify), .init(consumed: 0.5, action: .review, note: "what changed?"),
          .init(consumed: 0.75, action: .page, note: "the owner decides"), .init(consumed: 1, action: .freeze),
        ])
    ]
    var month = try ObjectiveStory("playback-works", environment: company)
    month.restart()
    try month.traffic(.days(30), every: .hours(1))
    func requests() -> [BudgetAction] {
      month.events(BudgetPolicyRequested.type).compactMap { try? $0.payload(BudgetPolicyRequested.self)?.action }
    }
    // 0.5% failing burns at 5 and pages nobody by itself (6h/30m asks for 6): 720 s of failure take 40 hours.
    try month.traffic(.hours(40), failing: 0.005, every: .minutes(5))
    #expect(requests() == [.notify])
    // The ticket of the first step, within working hours.
    month.story.expect("ana/hook fired")
    try month.traffic(.hours(38), failing: 0.005, every: .minutes(5))
    #expect(requests() == [.notify, .review])
    #expect(month.events(ReviewRequested.type).count == 1)
    month.story.expect()
    try month.traffic(.hours(36), failing: 0.005, every: .minutes(5))
    #expect(requests() == [.notify, .review, .page])
    // Ana sleeps.
    month.story.expect("ana/hook fired", "ben/hook fired")
    let alert = try #require(
      month.story.state.alerts.open(key: "slo/playback-works/budget/careful/75%/page"))
    #expect(alert.signal.summary == "playback-works: 75% of the error budget is used (policy careful)")
    try month.story.ask(.acknowledgeAlert(alert.id, via: "link", by: .user("ana")))
    month.restart()
    try month.traffic(.hours(38), failing: 0.005, every: .minutes(5))
    #expect(requests() == [.notify, .review, .page, .freeze])
    #expect(month.events(FreezeRequested.type).map(\.subject) == ["slo/playback-works"])
    #expect(month.events(BudgetExhausted.type).count == 1)
    // A month later none of it is in the window.
    try month.traffic(.days(31), every: .hours(1))
    #expect(month.events(BudgetPolicyWithdrawn.type).count == 4)
    #expect(month.story.state.alerts.openCount == 0)
    #expect(month.story.state.budgets.bySLO["playback-works"]?.open.isEmpty == true)
    // The ticket of the slow burn went out in a morning too.
    month.story.expect(
      "ana/hook fired", "ana/hook resolved", "ana/hook resolved", "ana/hook resolved", "ben/hook resolved")
    let restored = try Budgets(snapshot: month.story.state.budgets.snapshot())
    #expect(restored.requested.map(\.request.action) == [.notify, .review, .page, .freeze])
  }

  /// A load test broke the budget. Ben takes it out with a reason; then finds that he took out too much.
  @Test func anEditorLeavesALoadTestOut() throws {
    var day = try ObjectiveStory("playback-works")
    try day.traffic(.days(30), every: .hours(1))
    let began = day.story.now
    try day.traffic(.minutes(30), failing: 0.5)
    day.story.expect("ana/hook fired", "ben/hook fired")
    let alert = try #require(day.story.state.alerts.open(key: "slo/playback-works/page"))
    try day.story.ask(.acknowledgeAlert(alert.id, via: "link", by: .user("ana")))
    try day.traffic(.hours(1))
    #expect(try day.reading("playback-works").budgetLeft < 0.7)
    let ended = began + .minutes(30)
    let exclusion = try day.story.ask(
      .exclude(
        slo: "playback-works", from: began, to: ended, reason: "load test agreed with the team", by: .user("ben")))
    try day.traffic(.minutes(1))
    #expect(try day.reading("playback-works").budgetLeft == 1)
    #expect(day.story.state.alerts.open(key: "slo/playback-works/ticket") != nil)
    try day.traffic(.minutes(40))
    #expect(day.story.state.alerts.openCount == 0)
    let kept = try #require(day.story.state.exclusions[exclusion])
    #expect(kept.author == .user("ben") && kept.reason == "load test agreed with the team")
    #expect(try Exclusions(snapshot: day.story.state.exclusions.snapshot())[exclusion] == kept)
    try day.story.ask(.restore(exclusion: exclusion, by: .user("ben")))
    try day.traffic(.minutes(1))
    #expect(try day.reading("playback-works").budgetLeft < 0.7)
    #expect(throws: Refusal(.notFound, "no exclusion \(exclusion)")) {
      try day.story.ask(.restore(exclusion: exclusion, by: .user("ben")))
    }
    day.story.expect("ana/hook resolved", "ben/hook resolved")
  }

  @Test func whatCannotBeExcluded() throws {
    var day = try ObjectiveStory("playback-works")
    let now = day.story.now
    func refusal(_ slo: String, _ from: Instant, _ to: Instant, reason: String = "a test") -> Refusal.Kind? {
      do {
        _ = try day.story.ask(.exclude(slo: slo, from: from, to: to, reason: reason, by: .user("ben")))
        return nil
      } catch {
        return (error as? Refusal)?.kind
      }
    }
    #expect(refusal("nothing", now - .hours(1), now) == .notFound)
    #expect(refusal("playback-works", now, now) == .invalid)
    #expect(refusal("playback-works", now - .hours(1), now + .minutes(1)) == .invalid)
    #expect(refusal("playback-works", now - .days(32), now) == .invalid)
    #expect(refusal("playback-works", now - .days(91), now - .days(89)) == .invalid)
    #expect(refusal("playback-works", now - .hours(1), now, reason: "") == .invalid)
    #expect(refusal("playback-works", now - .hours(2), now - .hours(1)) == nil)
    // What lies within one is out already; what overlaps it is not, and the two are one stretch.
    #expect(refusal("playback-works", now - .minutes(110), now - .minutes(70)) == .conflict)
    #expect(refusal("playback-works", now - .minutes(90), now - .minutes(30)) == nil)
    let objective = day.objectives[0]
    let range = now - .days(1)..<now
    #expect(
      day.story.state.excluded(from: objective, between: range, in: day.story.environment)
        == [now - .hours(2)..<now - .minutes(30)])
    try day.story.ask(
      .exclude(service: "playback", from: now - .minutes(20), to: now, reason: "drill", by: .user("ben")))
    #expect(day.story.state.exclusions.of(slo: "playback-works", service: "playback").count == 3)
    #expect(day.story.state.exclusions.of(slo: "other", service: "playback").count == 1)
  }

  /// Planned maintenance: an hour of failure inside of its window pages nobody and costs no budget.
  @Test func plannedMaintenanceIsLeftOut() throws {
    var company = Story.company()
    let begins = Instant(seconds: 1_780_000_000) + .days(30)
    company.maintenance = { _, service, between in
      let window = begins..<begins + .hours(1)
      return service == "playback" && window.overlaps(between) ? [window] : []
    }
    var day = try ObjectiveStory("playback-works", environment: company)
    try day.traffic(.days(30), every: .hours(1))
    day.restart()
    try day.traffic(.hours(1), failing: 1)
    try day.traffic(.hours(2))
    day.story.expect()
    #expect(try day.reading("playback-works").budgetLeft == 1)
    #expect(day.story.state.alerts.openCount == 0)
  }

  /// The exporter of a service dies. After a quarter of an hour somebody is to look at it in working hours; when it is
  /// back, the ticket closes by itself.
  @Test func anExporterThatDiesIsATicket() throws {
    var day = try ObjectiveStory(["playback-works"]) { $0.noDataAfter = .minutes(15) }
    try day.traffic(.hours(2))
    try day.silence(.minutes(14))
    #expect(day.story.state.alerts.openCount == 0)
    try day.silence(.minutes(2))
    let alert = try #require(day.story.state.alerts.open(key: "slo/playback-works/no-data"))
    #expect(alert.signal.urgency == .ticket)
    #expect(alert.suppression?.code == .deferred)
    #expect(try day.reading("playback-works").state == .noData)
    day.restart()
    try day.silence(.minutes(30))
    #expect(day.events(AlertFired.type).count == 1)
    try day.traffic(.minutes(1))
    #expect(day.story.state.alerts.openCount == 0)
    #expect(day.story.state.alerts.alerts[alert.id]?.resolution == "samples are coming in again")
    day.story.expect()
  }

  @Test func aMonthIsJournalledOnce() throws {
    var story = Story()
    let closing = PeriodClosed(
      service: "playback", month: "2026-05", from: Instant(rfc3339: "2026-05-01T00:00:00Z")!,
      to: Instant(rfc3339: "2026-06-01T00:00:00Z")!, target: 0.999, good: 999, total: 1_000, budgetLeft: 0, covered: 1)
    try story.ask(.closeMonths([("playback-works", closing)]))
    try story.ask(.closeMonths([("playback-works", closing), ("search-works", closing)]))
    #expect(story.events(PeriodClosed.type).map(\.subject) == ["slo/playback-works", "slo/search-works"])
    #expect(story.state.budgets.months(of: "playback-works") == [closing])
  }

  /// Everything fails at once: commands stay below what one may set off.
  @Test func aCommandOfFullSizeIsNoRunaway() throws {
    let ids = (0..<Ask<Void>.observationsMax).map { "slo\($0)" }
    var company = Story.company(onCall: ["ana", "ben", "cem"])
    company.budgetPolicies = [
      BudgetPolicy(
        name: "all", slos: Set(ids), steps: BudgetAction.allCases.map { .init(consumed: 0.001, action: $0) })
    ]
    var day = try ObjectiveStory(ids, environment: company)
    day.restart()
    try day.traffic(.hours(1), every: .minutes(5))
    try day.traffic(.minutes(5), failing: 1, every: .minutes(5))
    #expect(day.events(BudgetPolicyRequested.type).count == 4 * ids.count)
    day.story.unexpected = []
  }
}
