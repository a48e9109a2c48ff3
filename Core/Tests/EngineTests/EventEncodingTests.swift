import Base
import Events
import Journal
import Testing

/// The events that are written by hand say what the general encoder would.
@Suite struct EventEncodingTests {
  private let full = Signal(
    key: "k\"ey", service: "checkout", severity: .error, urgency: .ticket, summary: "Orders fail ü", detail: "more",
    labels: [.init(name: "b", value: "2"), .init(name: "a", value: "")], slo: "orders", burnRate: 14.5,
    link: "https://example.org/", integration: "alertmanager/main", route: "shop",
    startsAt: Instant(milliseconds: 1_760_000_000_123), timeout: .seconds(300), runbook: "orders-fail", raw: "raw/01/0")

  @Test func aSignalIsWrittenWhole() throws {
    let bare = Signal(key: "k", service: nil, severity: .critical, urgency: .page, summary: "")
    for signal in [full, bare] {
      let written = AlertFired(signal: signal).json
      #expect(written == (try JSON(encoding: AlertFired(signal: signal))))
      #expect(try AlertFired(json: written).signal == signal)
      #expect(AlertFired(signal: signal).jsonText == written.bytes)
    }
    // A new property has to be written too: set it above and count it here.
    #expect(Mirror(reflecting: full).children.count == 16)
    #expect(try JSON(encoding: full)["labels"]?.array?.count == 2)
  }

  @Test func aSuppressionIsWrittenWhole() throws {
    let full = AlertSuppressed(
      code: .grouped, reason: "the cause is db", into: ULID(high: 1, low: 2), chain: ["shop", "db"],
      until: Instant(seconds: 5), by: "cause/db")
    for payload in [full, AlertSuppressed(code: .noPolicy, reason: "")] {
      #expect(payload.json == (try JSON(encoding: payload)))
      #expect(payload.jsonText == payload.json.bytes)
    }
    #expect(Mirror(reflecting: full).children.count == 6)
  }
}
