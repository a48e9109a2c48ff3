import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Testing

/// One night as the people on call of three teams live it: nobody hears more than they have to, and nobody too little.
@Suite struct NightOfThreeTeams {
  @Test func nobodyHearsMoreThanTheyHaveToAndNothingIsLost() throws {
    var story = Story(
      ThreeTeams.environment {
        $0.holding.inhibitions = [
          .init(
            name: "region-down", source: [.init("alertname", .equal("RegionDown"))],
            target: [.init("alertname", .equal("ProbeFailed"))], equal: ["region"])
        ]
      })

    // 20:30. Sam silences the shop's probe for a load test; it fails, and nobody is told.
    let drill = try story.silence(.init("alertname", .equal("ProbeFailed")), minutes: 60)
    let probe = try story.fire("shop", labels: [("alertname", "ProbeFailed"), ("region", "eu")], key: "probe")
    try story.advance(.minutes(30))
    story.expect()
    #expect(story.held(probe)?.by == "silence/\(drill)")

    // 21:00. A slow query of the catalog can wait for the morning.
    let slow = try story.fire("catalog", labels: [], key: "slow", urgency: .ticket)
    #expect(story.held(slow)?.code == .deferred)

    // 21:10. The shop fails. Sam is paged, and nobody else; two more alerts of the shop join.
    try story.advance(.minutes(10))
    let shop = try story.fire("shop", labels: [], key: "shop")
    _ = try story.fire("shop", labels: [], key: "shop-carts")
    _ = try story.fire("shop", labels: [], key: "shop-search")
    story.expect("sam/hook fired")

    // 21:12. The catalog fails too and is the likelier cause: cat is paged, sam hears so and may sleep on.
    try story.advance(.minutes(2))
    let catalog = try story.fire("catalog", labels: [], key: "catalog")
    story.expect("cat/hook fired", "sam/hook notice")
    #expect(story.held(shop)?.chain == ["shop", "catalog"])

    // 21:14. The database below fails: dee is paged, cat may sleep on. The shop stays under the catalog.
    try story.advance(.minutes(2))
    let database = try story.fire("database", labels: [], key: "database")
    story.expect("dee/hook fired", "cat/hook notice")
    #expect(story.held(catalog)?.into == database)
    try story.ask(.acknowledgeAlert(database, via: "link", by: .user("dee")))

    // 21:30. The load test's silence ends. The probe still fails: it belongs to the shop's trouble and pages nobody.
    try story.advance(.minutes(16))
    story.expect()
    #expect(story.held(probe)?.code == .joined)

    // 22:00. Dee repairs the database and the catalog recovers; the shop does not. Now it is sam's.
    try story.advance(.minutes(30))
    try story.resolve("catalog")
    try story.resolve("database")
    story.expect("cat/hook resolved", "dee/hook resolved", "sam/hook fired")
    #expect(story.isPaging(shop))
    try story.ask(.acknowledgeAlert(shop, via: "page", by: .user("sam")))
    for key in ["shop-carts", "shop-search", "shop", "probe"] { try story.resolve(key) }
    story.expect("sam/hook resolved")

    try smallHours(&story)
    try theJournalTellsItAll(story)
  }

  private func smallHours(_ story: inout Story) throws {
    // 02:00. A region goes down; the probes in it say nothing that is not known.
    try story.advance(.hours(4))
    _ = try story.fire("shop", labels: [("alertname", "RegionDown"), ("region", "eu")], key: "region")
    _ = try story.fire("database", labels: [("alertname", "ProbeFailed"), ("region", "eu")], key: "db-probe")
    story.expect("sam/hook fired")
    try story.resolve("db-probe")
    try story.resolve("region")
    story.expect("sam/hook resolved")

    // 09:00. Cat finds the slow query, once.
    try story.advance(.hours(8))
    story.expect("cat/hook fired")
    try story.resolve("slow")
    story.expect("cat/hook resolved")
  }

  /// Whatever paged nobody says why, and nothing is left open.
  private func theJournalTellsItAll(_ story: Story) throws {
    #expect(story.state.alerts.openCount == 0)
    let suppressions = try story.events(AlertSuppressed.type).compactMap { try $0.payload(AlertSuppressed.self) }
    #expect(suppressions.allSatisfy { !$0.reason.isEmpty })
    let paged = Set(story.events(AlertEscalated.type).map(\.subject))
    let held = Set(story.events(AlertSuppressed.type).map(\.subject))
    for fired in story.events(AlertFired.type) {
      #expect(paged.contains(fired.subject) || held.contains(fired.subject))
    }
  }
}
