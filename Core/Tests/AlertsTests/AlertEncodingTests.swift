import Base
import Events
import Journal
import Testing

@testable import Alerts

/// What is written by hand of an alert reads back as it was.
@Suite struct AlertEncodingTests {
  private func alert() -> Alert {
    let start = Instant(seconds: 1_790_000_000)
    var alert = Alert(
      id: ULID(high: 7, low: 9),
      signal: Signal(
        key: "k", service: "checkout", severity: .error, urgency: .page, summary: "Orders \"fail\"",
        labels: [.init(name: "a", value: "\n")]), source: .system("slo"), firedAt: start,
      fires: [start - .seconds(60), start], isLow: true)
    alert.status = .resolved
    alert.acknowledgedAt = start + .seconds(1)
    alert.acknowledgedBy = .user("ana")
    alert.resolvedAt = start + .seconds(2)
    alert.resolvedBy = .user("ben")
    alert.resolution = "restarted"
    alert.procedure = ULID(high: 1, low: 2)
    alert.escalatedAt = start + .seconds(3)
    alert.suppression = AlertSuppressed(code: .silenced, reason: "silenced by ana", by: "silence/x")
    alert.flapping = .init(count: 4, since: start, quietUntil: start + .seconds(9), firingSince: start)
    alert.later = [KeptReport(change: .resolved, at: start, raw: "raw/01/0")]
    return alert
  }

  @Test func anAlertIsWrittenWhole() throws {
    let alert = alert()
    let json = try JSON(encoding: alert)
    // Every property is set, and every one is a member.
    #expect(json.object?.keys == Mirror(reflecting: alert).children.compactMap(\.label))
    let read = try json.decode(Alert.self)
    #expect(String(reflecting: read) == String(reflecting: alert))
  }

  @Test func whatIsNotSetIsLeftOut() throws {
    let bare = Alert(
      id: ULID(high: 7, low: 9),
      signal: Signal(key: "k", service: nil, severity: .info, urgency: .record, summary: ""), source: .system("slo"),
      firedAt: .epoch, fires: [], isLow: false)
    let json = try JSON(encoding: bare)
    #expect(json.object?.keys == ["id", "signal", "source", "firedAt", "status", "fires", "isLow"])
    #expect(String(reflecting: try json.decode(Alert.self)) == String(reflecting: bare))
  }
}
