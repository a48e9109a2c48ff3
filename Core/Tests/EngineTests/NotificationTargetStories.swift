import Alerts
import Base
import Definitions
import Events
import Incidents
import Journal
import Objectives
import OnCall
import Outbox
import Testing

@testable import Engine

/// Alerts of SLOs whose alert policies name whom to tell.
@Suite struct NotificationTargetStories {
  private static let chat = EntityRef(kind: "Channel", name: "chat")

  /// The company of the other stories with channels, a second policy and people's rules for what can wait.
  private static func company(
    _ targets: NotificationTarget..., tier: Int = 0, policy: [EscalationPolicy.Target] = [.user("cem")]
  ) -> Engine.Environment {
    var company = Story.company(tier: tier)
    company.channels = [chat: ChannelReference(kind: .slack, name: "chat")]
    company.notificationTargets = ["works": targets]
    company.policies["special"] = EscalationPolicy(
      name: "special", levels: [.init(targets: policy, after: .minutes(5))], repeats: 0)
    for user in ["ana", "cem"] {
      company.contacts[user]?.low = [.init(channel: .init(kind: .smtp, name: "\(user)/mail"), after: .zero)]
    }
    return company
  }

  private static func target(
    _ kind: String, _ name: String, _ occasions: Set<NotificationTarget.Occasion> = [.page, .ticket, .missingData]
  ) -> NotificationTarget {
    NotificationTarget(destination: EntityRef(kind: kind, name: name), occasions: occasions)
  }

  private static func signal(_ kind: String, _ urgency: Urgency = .page, service: String? = "playback") -> Signal {
    Signal(
      key: "slo/works/\(kind)", service: service, severity: .critical, urgency: urgency, summary: "errors", slo: "works"
    )
  }

  @Test func aChannelHearsOfThePageAndOfItsEnd() throws {
    var story = Story(Self.company(Self.target("Channel", "chat")))
    let alert = try story.ask(.fire(Self.signal("page"), by: .system("slo"))).alert
    story.expect("ana/hook fired", "chat fired")
    let page = try #require(
      story.state.outbox.pages(of: Subject("alert", alert)).first { $0.request.channel.name == "chat" })
    #expect(page.request.person == "channel/chat" && page.request.level == 0)
    #expect(page.request.title == "playback: errors")
    try story.ask(.acknowledgeAlert(alert, via: "link", by: .user("ana")))
    try story.advance(.hours(1))
    story.expect()
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    story.expect("ana/hook resolved", "chat resolved")
  }

  /// A ticket wakes nobody: channels hear of it, and people by their rules for what can wait.
  @Test func aTicketGoesToChannelsAndByTheRulesForWhatCanWait() throws {
    var story = Story(
      Self.company(
        Self.target("Channel", "chat"), Self.target("User", "cem"), Self.target("EscalationPolicy", "special")))
    let alert = try story.ask(.fire(Self.signal("ticket", .ticket), by: .system("slo"))).alert
    story.expect("chat fired", "cem/mail fired")
    #expect(story.state.alerts.alerts[alert]?.suppression?.code == .deferred)
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    story.expect("chat resolved", "cem/mail resolved")
  }

  @Test func eachPolicyIsForItsOwnAlerts() throws {
    var story = Story(
      Self.company(
        Self.target("User", "cem", [.page]), Self.target("Channel", "chat", [.ticket]),
        Self.target("Schedule", "rota", [.missingData])))
    try story.ask(.fire(Self.signal("no-data", .ticket), by: .system("slo")))
    story.expect("ana/mail fired")
    try story.ask(.fire(Self.signal("ticket", .ticket), by: .system("slo")))
    story.expect("chat fired")
    try story.ask(.fire(Self.signal("page"), by: .system("slo")))
    story.expect("ana/hook fired", "cem/hook fired")
    // Another SLO's alerts, and those of no SLO, are none of theirs.
    var other = Self.signal("page", service: "search")
    (other.key, other.slo) = ("slo/other/page", "other")
    try story.ask(.fire(other, by: .system("slo")))
    story.expect("ana/hook fired")
  }

  /// A policy of the SLO's own pages in place of the service's, also where the service has none.
  @Test(arguments: ["playback", "orphan"])
  func aPolicyThatIsNamedPages(service: String) throws {
    var story = Story(Self.company(Self.target("EscalationPolicy", "special")))
    let alert = try story.ask(.fire(Self.signal("page", service: service), by: .system("slo"))).alert
    story.expect("cem/hook fired")
    #expect(story.state.alerts.alerts[alert]?.procedure != nil)
    try story.ask(.resolveAlert(alert, reason: "recovered", by: .system("slo")))
    story.expect("cem/hook resolved")
  }

  @Test func whomTheEscalationBeginsWithIsToldOnce() throws {
    var story = Story(
      Self.company(
        Self.target("Channel", "chat"), Self.target("User", "cem"), Self.target("EscalationPolicy", "special"),
        policy: [.channel(.init(kind: .slack, name: "chat")), .user("cem")]))
    _ = try story.ask(.fire(Self.signal("page"), by: .system("slo")))
    story.expect("chat fired", "cem/hook fired")
    try story.advance(.hours(1))
    story.expect()
  }

  /// An alert that joins another pages nobody of its service; those that its SLO names still hear of it.
  @Test func aJoinedAlertIsToldToo() throws {
    var story = Story(Self.company(Self.target("Channel", "chat")))
    _ = try story.fire(key: "first")
    story.expect("ana/hook fired")
    let alert = try story.ask(.fire(Self.signal("page"), by: .system("slo"))).alert
    #expect(story.state.alerts.alerts[alert]?.suppression?.code == .joined)
    story.expect("chat fired")
  }

  /// Who cannot be told is on record, and in the incident's timeline.
  @Test func whoCannotBeToldIsOnRecord() throws {
    var company = Self.company(Self.target("User", "dan"), Self.target("Schedule", "rota"))
    company.onCall = { _, _, _ in [] }
    var story = Story(company)
    let alert = try story.ask(.fire(Self.signal("page"), by: .system("slo"))).alert
    let missed = try story.events(AlertTargetMissed.type).compactMap { try $0.payload(AlertTargetMissed.self) }
    #expect(missed.map(\.target) == ["user:default/dan", "schedule:default/rota"])
    #expect(missed.map(\.reason) == ["dan has no contact", "nobody is on call in schedule rota"])
    let incident = try #require(story.state.incidents.incident(ofAlert: alert))
    #expect(incident.timeline.contains { $0.text == "user:default/dan was not told: dan has no contact" })
    story.expect("ben/hook fired")
  }

  /// A tier that pages nobody does so for the people that an alert policy names.
  @Test func aTierThatPagesNobodyWakesNobody() throws {
    var company = Self.company(Self.target("User", "cem"), tier: 3)
    company.tiers[3] = .init(level: 3, paging: .record, opensIncident: false, severity: nil)
    var story = Story(company)
    try story.ask(.fire(Self.signal("page"), by: .system("slo")))
    story.expect("cem/mail fired")
  }
}
