import Alerts
import Base
import Engine
import Events
import Journal
import Testing

/// Of what senders write, what changed an alert is kept as it came, and what repeats it is not.
@Suite struct KeptReportTests {
  private static func bulk(_ name: String) -> BulkItem {
    BulkItem(key: "raw/\(name)", kind: "raw-event", bytes: [], created: .epoch, expires: .distantFuture)
  }

  private static func signal(_ raw: String) -> Signal {
    Signal(
      key: "k", service: "playback", severity: .error, urgency: .page, summary: "errors", integration: "pagerduty/main",
      raw: raw)
  }

  /// Takes reports as one body; says what bulk was kept with it.
  private static func take(_ story: inout Story, _ reports: [Report], _ name: String) throws -> [String] {
    let ask = Ask.take(reports, raw: bulk(name), by: .system("test"))
    let outcome = try story.loop.decide([ask.command], at: story.now, in: story.environment)
    story.loop.commit()
    story.journal += outcome.events
    return outcome.attachments.bulk.map(\.key)
  }

  @Test func whatFiredTookAndEndedItIsKeptAndRepeatsAreNot() throws {
    var story = Story()
    #expect(try Self.take(&story, [.fire(Self.signal("raw/a/0"))], "a") == ["raw/a"])
    #expect(try Self.take(&story, [.fire(Self.signal("raw/b/0"))], "b") == [], "a repeat changes nothing")
    #expect(try Self.take(&story, [.acknowledge(key: "k", raw: "raw/c/0")], "c") == ["raw/c"])
    #expect(try Self.take(&story, [.acknowledge(key: "k", raw: "raw/d/0")], "d") == [], "it is taken already")
    story.now = story.now + .minutes(5)
    #expect(try Self.take(&story, [.resolve(key: "k", reason: "over", raw: "raw/e/1")], "e") == ["raw/e"])
    #expect(try Self.take(&story, [.resolve(key: "k", reason: "over", raw: "raw/f/0")], "f") == [], "nothing is open")
    let alert = try #require(story.state.alerts.alerts.sortedElements.first?.value)
    #expect(alert.reports.map(\.change) == [.fired, .acknowledged, .resolved])
    #expect(alert.reports.map(\.name) == ["a-0", "c-0", "e-1"])
    #expect(alert.reports[2].at == story.now)
    let restored = try Alerts(snapshot: story.state.alerts.snapshot())
    #expect(restored.alerts[alert.id]?.reports == alert.reports)
  }

  @Test func resolvesOfOneBodyShareWhatIsKept() throws {
    var story = Story()
    let keys = (0..<64).map { "k\($0)" }
    for key in keys { _ = try story.fire(key: key) }
    let resolves = keys.enumerated().map { Report.resolve(key: $1, reason: "over", raw: "raw/all/\($0)") }
    #expect(try Self.take(&story, resolves, "all") == ["raw/all"])
    let kept = story.state.alerts.alerts.sortedElements.map(\.value.reports)
    #expect(kept.allSatisfy { $0.count == 1 && $0[0].change == .resolved })
    #expect(Set(kept.map { $0[0].raw }).count == 64)
  }

  /// A flapping alert goes on for days: the first report stays, and the latest twenty.
  @Test func theFirstAndTheLatestTwentyAreNamed() throws {
    var story = Story()
    var count = 0
    for _ in 0..<40 {
      _ = try Self.take(&story, [.fire(Self.signal("raw/r/\(count)"))], "r")
      _ = try Self.take(&story, [.resolve(key: "k", reason: "over", raw: "raw/r/\(count + 1)")], "r")
      count += 2
      story.now = story.now + .minutes(2)
    }
    let alert = try #require(story.state.alerts.alerts.sortedElements.last?.value)
    #expect(alert.flapping != nil)
    #expect(alert.reports.count == 1 + Alert.reportsKept)
    #expect(alert.reports.first?.change == .fired)
    #expect(alert.reports.suffix(2).map(\.name) == ["r-\(count - 2)", "r-\(count - 1)"])
    #expect(alert.reports.suffix(2).map(\.change) == [.returned, .quieted])
  }
}
