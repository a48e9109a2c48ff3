import Access
import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Testing

/// What no policy pages for has somebody all the same.
@Suite struct CatchAllStories {
  /// The company, where nobody wrote down who is paged for anything.
  static func company(team: [String] = [], contacts: [String] = ["ana", "ben", "cem"]) -> Engine.Environment {
    var environment = Story.company()
    environment.policies = [:]
    environment.services["playback"]?.policy = nil
    environment.contacts = environment.contacts.filter { contacts.contains($0.key) }
    if !team.isEmpty { environment.people.teams["media"] = .init(members: team) }
    return environment
  }

  @Test func theTeamsOnCallThenTheWholeTeamThenTheAdministratorsAndAgain() throws {
    var environment = Self.company(team: ["ana", "ben"])
    environment.protection.rotas["rota"] = ["ana", "ben"]
    var story = Story(environment)
    try story.makeAdministrator("cem")
    let alert = try story.fire()
    #expect(story.state.escalations.records[alert]?.policy == "catch-all")
    story.expect("ana/hook fired")
    try story.advance(.minutes(10))
    // ana is asked again, as of any level.
    story.expect("ana/hook fired", "ben/hook fired")
    try story.advance(.minutes(10))
    story.expect("cem/hook fired")
    try story.advance(.minutes(9))
    story.expect()
    // Nobody answered: it begins anew.
    try story.advance(.minutes(1))
    story.expect("ana/hook fired")
    try story.ask(.acknowledgeAlert(alert, via: "test", by: .user("ana")))
    try story.advance(.hours(3))
    story.expect()
  }

  @Test func aScheduleWithOthersInItIsNotTheTeams() throws {
    var environment = Self.company(team: ["ana"])
    environment.protection.rotas["rota"] = ["ana", "cem"]
    var story = Story(environment)
    _ = try story.fire()
    story.expect("ana/hook fired")
    let started = try #require(try story.events(ProcedureStarted.type).last?.payload(ProcedureStarted.self))
    #expect(started.program.steps.count == 2)
  }

  @Test func theTeamsOwnPolicyComesBeforeTheBuiltInOne() throws {
    var environment = Self.company(team: ["ana", "ben"])
    environment.policies["calm"] = EscalationPolicy(
      name: "calm", levels: [.init(targets: [.user("ben")], after: .minutes(5))], repeats: 0)
    environment.people.teams["media"]?.policy = "calm"
    var story = Story(environment)
    _ = try story.fire()
    story.expect("ben/hook fired")
    // It is gone through once, as it says.
    try story.advance(.hours(2))
    story.expect()
  }

  @Test func withoutAnOwnerTheAdministratorsAreCalled() throws {
    var story = Story(Self.company(team: ["ana"]))
    try story.makeAdministrator("ben")
    try story.ask(
      .createToken(
        name: "ops", role: .admin, hash: String(repeating: "a", count: 64), user: "cem", expires: nil,
        by: .user("ben")))
    _ = try story.fire("orphan")
    _ = try story.fire(nil, key: "nobody's")
    story.expect("ben/hook fired", "ben/hook fired", "cem/hook fired", "cem/hook fired")
  }

  @Test func whereNoAdministratorHasAContactEverybodyIsAskedInTurn() throws {
    var story = Story(Self.company())
    try story.makeAdministrator("root")
    let alert = try story.fire()
    story.expect("ana/hook fired")
    try story.advance(.minutes(20))
    story.expect("ben/hook fired", "cem/hook fired")
    try story.ask(.resolveAlert(alert, reason: "done", actionable: nil, by: .user("cem")))
    story.expect("ana/hook resolved", "ben/hook resolved", "cem/hook resolved")
  }

  @Test func itIsAskedForADayAtMost() throws {
    var story = Story(Self.company(team: ["ana"]))
    _ = try story.fire()
    try story.advance(.days(3))
    #expect((140...146).contains(story.unexpected.count), "once each ten minutes for a day")
    story.unexpected = []
  }

  /// A channel that refuses everything would have a round be over at once: it is not begun again and again.
  @Test func aDeadChannelEndsIt() throws {
    var story = Story(Self.company(team: ["ana"]))
    story.broken["ana/hook"] = "refused: 404"
    let alert = try story.fire()
    try story.advance(.hours(2))
    #expect(story.unexpected.count == 1)
    story.unexpected = []
    #expect(story.state.alerts.alerts[alert]?.isOpen == true)
  }

  @Test func whatCanWaitIsToldOnceAndWhatIsRecordedNever() throws {
    var environment = Self.company(team: ["ana"])
    environment.services["playback"]?.tier = 3
    var story = Story(environment)
    _ = try story.fire(key: "note", urgency: .record)
    try story.advance(.days(4))
    story.expect()
    _ = try story.fire(key: "ticket", urgency: .ticket)
    try story.advance(.days(4))
    story.expect("ana/hook fired")
  }

  @Test func policiesAndRoutesComeFirst() throws {
    var environment = Story.company()
    environment.services["playback"]?.policy = nil
    environment.people.teams["media"] = .init(members: ["cem"])
    let media = environment.policies["media"]
    environment.policies["late"] = media.map {
      EscalationPolicy(name: "late", levels: Array($0.levels.suffix(1)), repeats: 0)
    }
    environment.router.routes = [AlertRoute(name: "rest", policy: "late")]
    var story = Story(environment)
    _ = try story.fire()
    story.expect("ben/hook fired")
    let signal = Signal(key: "k", service: "playback", severity: .critical, urgency: .page, summary: "errors")
    #expect(environment.isRouted(signal))
    environment.router.routes = []
    #expect(!environment.isRouted(signal))
    #expect(
      environment.catchAllReason(for: signal, administrators: ["ana", "eve"])
        == "No route names a policy: the catch-all pages team media, then the administrators (ana)")
  }

  @Test func aPolicyOfThatNameTakesItsPlace() throws {
    var environment = Self.company(team: ["ana"])
    environment.policies["catch-all"] = EscalationPolicy(
      name: "catch-all", levels: [.init(targets: [.user("cem")], after: .minutes(5))], repeats: 1)
    var story = Story(environment)
    _ = try story.fire()
    try story.advance(.hours(2))
    story.expect("cem/hook fired", "cem/hook fired")
  }

  @Test func whereNobodyCanBeReachedItSaysWhatToDoAndPagesOnceSomebodyCan() throws {
    var story = Story(Self.company(contacts: []))
    let alert = try story.fire()
    story.expect()
    let held = try #require(story.state.alerts.alerts[alert]?.suppression)
    #expect(held.code == .noPolicy)
    #expect(held.reason.contains("write a Contact"))
    story.environment = Self.company(team: ["ana"])
    try story.ask(
      .record(DefinitionsChanged(hash: "new", documents: 1), on: Subject("definitions", "all"), by: .system("loader")))
    try story.advance(.seconds(1))
    story.expect("ana/hook fired")
  }
}

extension Story {
  fileprivate mutating func makeAdministrator(_ name: String) throws {
    try ask(.saveUser(name, role: .admin, passwordHash: "hash", by: .local))
  }
}
