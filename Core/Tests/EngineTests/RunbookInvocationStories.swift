import Base
import Engine
import Events
import Incidents
import Journal
import Procedures
import Runbooks
import Testing

@Suite struct RunbookInvocationStories {
  private static func plan(
    _ rule: String, name: String = "look", more: String = #""class": "diagnostic""#
  ) throws -> Plan {
    try Story.plan(
      [Story.step("see")], name: name, #"{"service": "playback", \#(more), "invoke": [\#(rule)]}"#)
  }

  private func refusals(_ story: Story) -> [String] {
    story.events(RunbookInvoked.type).compactMap { (try? $0.payload(RunbookInvoked.self))?.refused }
  }

  private let bySeverity = #""matchers": ["severity=\"critical\""], "mode": "automatic""#

  @Test func aDiagnosticRunsByItselfInItsIncident() throws {
    var story = Story()
    story.use(try Self.plan("{\(bySeverity)}"))
    let alert = try story.fire()
    let run = try #require(story.state.runbookRuns.about(Subject("alert", alert)).first)
    #expect(run.startedBy == .system("runbooks") && run.mode == .all && run.automatic != nil)
    #expect(run.incident == story.state.incidents.incident(ofAlert: alert)?.subject)
    #expect(run.incident.map { story.state.runbookRuns.about($0).map(\.id) } == [run.id])
    let claimed = try story.claim()
    #expect(claimed.environment.contains(.init(name: "MAINSTAY_SERVICE", value: "playback")))
    #expect(claimed.environment.contains(.init(name: "MAINSTAY_ALERT_SUMMARY", value: "errors")))
    try story.finish(claimed)
    #expect(try story.run(run.id).outcome == .completed)
  }

  @Test func otherAlertsDoNotSetItOff() throws {
    var story = Story()
    story.use(try Self.plan(#"{"slo": "availability", "mode": "automatic"}"#))
    _ = try story.fire()
    _ = try story.fire("search", key: "s")
    #expect(story.state.runbookRuns.newest(10).isEmpty && story.events(RunbookOffered.type).isEmpty)
  }

  @Test func anOfferAndADraftWaitForPeople() throws {
    var story = Story()
    story.use(
      try Self.plan(#"{"matchers": ["severity=\"critical\""]}"#, name: "a"),
      try Self.plan("{\(bySeverity)}", name: "b", more: #""class": "diagnostic", "state": "draft""#))
    let alert = try story.fire()
    let offers = story.state.runbookRuns.offers(for: Subject("alert", alert))
    #expect(Set(offers.map(\.runbook)) == ["a", "b"] && offers.allSatisfy { $0.mode == .offer })
    try story.advance(.hours(1))
    #expect(story.state.runbookRuns.newest(10).isEmpty)
  }

  @Test func anAlertThatEndsBeforeTheDelayRunsNothing() throws {
    for ends in [true, false] {
      var story = Story()
      story.use(try Self.plan(#"{\#(bySeverity), "delay": "3m"}"#))
      let alert = try story.fire()
      try story.advance(.minutes(2))
      #expect(story.state.runbookRuns.newest(10).isEmpty)
      if ends { try story.ask(.resolveAlert(alert, reason: "over", by: .system("slo"))) }
      try story.advance(.minutes(2))
      #expect(story.state.runbookRuns.newest(10).count == (ends ? 0 : 1))
      #expect(refusals(story) == (ends ? ["the alert was over before"] : []))
    }
  }

  @Test func itRunsOncePerWindowAndWithinItsBlastRadius() throws {
    var story = Story()
    let more = #""class": "remediation", "blastRadius": {"services": ["playback"], "runsPerHour": 2, "concurrent": 1}"#
    story.use(try Self.plan(#"{\#(bySeverity), "once": "5m"}"#, more: more))
    func again(_ story: inout Story, after: Interval) throws {
      try story.advance(after)
      let alert = try story.fire(key: "again \(story.now.seconds)")
      try story.ask(.resolveAlert(alert, reason: "over", by: .system("slo")))
    }
    try again(&story, after: .zero)
    try again(&story, after: .minutes(1))
    #expect(refusals(story) == ["it runs 1 times at once at most, and does"])
    _ = try story.perform()
    try again(&story, after: .minutes(1))
    #expect(refusals(story).last == "it ran within the last 5m already")
    try again(&story, after: .minutes(10))
    _ = try story.perform()
    try again(&story, after: .minutes(10))
    #expect(refusals(story).last == "it runs by itself 2 times an hour at most, and did")
    #expect(story.state.runbookRuns.of(runbook: "look").count == 2)
    story.environment.runbooks = RunbookBook(plans: [
      try Self.plan(
        "{\(bySeverity)}",
        more: #""class": "remediation", "blastRadius": {"services": ["search"]}"#)
    ])
    try again(&story, after: .hours(2))
    #expect(refusals(story).last == "playback is outside its blast radius")
  }

  @Test func stoppedAutomationRunsNothingByItself() throws {
    var story = Story()
    story.use(try Self.plan("{\(bySeverity)}"))
    try story.ask(.stopAutomation(reason: "drill", by: .user("ana")))
    _ = try story.fire()
    #expect(refusals(story) == ["automation is stopped by user/ana: drill"])
    #expect(story.state.runbookRuns.newest(1).isEmpty)
  }

  @Test func whatIsSilencedIsNotActedUpon() throws {
    var story = Story()
    story.use(try Self.plan("{\(bySeverity)}"))
    let all = try LabelMatcher.parse("service=\"playback\"")
    try story.ask(
      .saveSilence(
        nil,
        SilenceCreated(matchers: all, start: story.now, end: story.now + .hours(1), comment: "work", author: "ana"),
        by: .user("ana")))
    _ = try story.fire()
    #expect(refusals(story).first?.hasPrefix("the alert is held back") == true)
    #expect(story.state.runbookRuns.newest(1).isEmpty)
  }
}
