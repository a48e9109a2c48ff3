import Alerts
import Base
import Definitions
import Events
import Foundation
import Testing

@testable import Wire

/// What senders of alerts post, the bodies of real ones among them.
@Suite struct AlertIntakeTests {
  private let now = Instant(seconds: 1_800_000_000)
  private let source = AlertSource("alertmanager/main")

  static func corpus(_ name: String) throws -> [UInt8] { try OTLPMetricsTests.corpus(name) }

  private func post(_ text: String) throws -> AlertmanagerPost { try AlertmanagerPost(Array(text.utf8)) }

  private func incoming(_ text: String) throws -> [Incoming] {
    let post = try post(text)
    return post.entries.map { post.incoming($0, from: source, timeout: .minutes(5), now: now) }
  }

  @Test func aRealPrometheus() throws {
    let body = try Self.corpus("alertmanager-prometheus.json")
    let post = try AlertmanagerPost(body)
    #expect(post.entries.count == 2 && post.entries.allSatisfy { $0.problem == nil && $0.endsAt != nil })
    let reports = post.entries.map { post.incoming($0, from: source, timeout: .minutes(5), now: now) }
    #expect(Set(reports.map(\.summary)) == [#"Orders of /a "b" fail"#, "Orders of /c fail"])
    #expect(reports.allSatisfy { $0.severity == .critical && $0.service == "shop" && $0.link != nil })
    #expect(reports[0].runbook == "https://runbooks.example/shop")
    #expect(try JSON(parsing: Array(post.bytes(of: post.entries[1])))["labels"]?["path"]?.string != nil)
  }

  @Test func aFingerprintIsOfTheLabelsAlone() throws {
    let same = [
      #"[{"labels":{"a":"1","b":"2"},"startsAt":"2026-01-01T00:00:00Z"}]"#,
      #"[ {"annotations":{"x":"y"}, "labels" : {"b":"2","empty":"","\u0061":"1"}} ]"#,
    ]
    let prints = try same.map { try post($0).entries[0].fingerprint }
    #expect(prints[0] == prints[1])
    let labels: [Signal.Label] = [.init(name: "b", value: "2"), .init(name: "a", value: "1")]
    #expect(PrometheusAlert.fingerprint(labels) == prints[0], "read as values or as bytes")
    #expect(Hash128(hex: prints[0].hex) == prints[0])
    for other in [
      #"[{"labels":{"a":"12","b":""}}]"#, #"[{"labels":{"a":"1","b":"3"}}]"#, #"[{"labels":{"ab":"12"}}]"#,
    ] {
      #expect(try post(other).entries[0].fingerprint != prints[0])
    }
  }

  @Test func times() throws {
    let reports = try incoming(
      """
      [{"labels":{"a":"1"},"startsAt":"0001-01-01T00:00:00.000Z","endsAt":"0001-01-01T00:00:00.000Z"},
       {"labels":{"a":"2"},"startsAt":"2099-01-01T00:00:00Z"},
       {"labels":{"a":"3"},"startsAt":"1999-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"},
       {"labels":{"a":"4"},"endsAt":"2027-01-15T09:00:00+01:00"}]
      """)
    #expect(reports.map(\.status) == [.firing, .firing, .resolved, .resolved])
    #expect(reports[0].timeout == .minutes(5) && reports[0].startsAt == now)
    #expect(reports[1].startsAt == now, "the future has not begun")
  }

  @Test(arguments: [
    ("{}", 400), ("", 400), ("[{}]", 422), (#"[{"labels":null}]"#, 422), ("[{\"labels\":{\"a\":1}}]", 400),
    (#"[{"labels":{"a":"b"},"startsAt":"noon"}]"#, 400), (#"[{"labels":{"a":"b"}}"#, 400), ("[1]", 400),
    (#"[{"labels":{"a":"b"}}] x"#, 400), (#"[{"labels":{"a":"\q"}}]"#, 400),
  ])
  func bodiesThatAreRefused(_ body: String, _ status: Int) {
    do {
      _ = try post(body)
      Issue.record("\(body) was taken")
    } catch { #expect((error as? AlertmanagerPost.Problem)?.status == status) }
  }

  @Test(arguments: [
    #"{"labels":{}}"#, #"{"labels":{"a":""}}"#, #"{"labels":{"1a":"b"}}"#, #"{"labels":{"a-b":"c"}}"#,
    #"{"labels":{"a":"1","b":"2","a":"3"}}"#,
    #"{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}"#,
  ])
  func anAlertThatIsRefusedAlone(_ alert: String) throws {
    let entries = try post("[\(alert),{\"labels\":{\"good\":\"1\"}}]").entries
    #expect(entries[0].problem != nil && entries[1].problem == nil)
  }

  @Test func webhookAndEventOfARealAlertmanager() throws {
    let hook = try JSON(parsing: try Self.corpus("alertmanager-webhook.json"))
    let reports = try WebhookPayload.alertmanager(hook, from: source, now: now).whole()
    #expect(reports.count == 2 && reports.allSatisfy { $0.status == .firing && $0.summary == "DiskFull on shop" })
    let event = try PagerDutyEvent(try Self.corpus("alertmanager-pagerduty.json"))
    #expect(event.routingKey == String(repeating: "0", count: 32))
    let report = try event.report(from: AlertSource("pagerduty/p", service: "shop"), fresh: "x", now: now)
    #expect(report.key.count == 64 && report.severity == .error && report.fallbackService == "shop")
    #expect(report.label("details_num_firing") == "2")
  }

  @Test func aMappedBody() throws {
    let text = """
      apiVersion: mainstay.dev/v1
      kind: Integration
      metadata: {name: checks}
      spec:
        type: webhook
        secretRef: env:KEY
        mapping: {each: $.items, key: "{{id}}/{{body.env}}", summary: title, status: state, resolved: [ok],
                  severity: level, severities: {red: critical}, labels: {host: host.0.name}}
      """
    let snapshot = try #require(DefinitionsReader().read([("a.yaml", Array(text.utf8))]).snapshot)
    let source = AlertSource(try #require(snapshot.all(IntegrationSpec.self).first))
    let mapping = try #require(source.mapping)
    let body = try JSON(
      parsing: #"{"env":"eu","items":[{"id":7,"title":"Down","level":"RED","host":[{"name":"h1"}]},"#
        + #"{"id":8,"state":"OK"}]}"#)
    let reports = try WebhookPayload.mapped(body, mapping, from: source).whole()
    #expect(reports.map(\.key) == ["7/eu", "8/eu"] && reports.map(\.status) == [.firing, .resolved])
    #expect(reports[0].severity == .critical && reports[0].label("host") == "h1")
    #expect(throws: WebhookPayload.Problem.self) {
      try WebhookPayload.mapped(try JSON(parsing: #"{"items":[{"id":7}]}"#), mapping, from: source).whole()
    }
    // One that is wrong takes none of the others along.
    let mixed = try WebhookPayload.mapped(
      try JSON(parsing: #"{"env":"eu","items":[{"id":7},{"id":8,"title":"Down"}]}"#), mapping, from: source)
    #expect(mixed.reports.map(\.key) == ["8/eu"] && mixed.places == [1])
    #expect(mixed.problems.map(\.description) == ["items[0] has nothing at {{title}}, its summary"])
  }

  /// The words between places that are all empty are no summary, and no key: all such reports would be one alert.
  @Test(arguments: [#"{"id":"c2"}"#, #"{"name":"probe","state":"down"}"#])
  func aMappedBodyWithoutWhatItsTextsAskFor(_ body: String) throws {
    let text = """
      apiVersion: mainstay.dev/v1
      kind: Integration
      metadata: {name: checks}
      spec:
        type: webhook
        secretRef: env:KEY
        mapping: {key: "check-{{id}}", summary: "{{name}} is {{state}}"}
      """
    let snapshot = try #require(DefinitionsReader().read([("a.yaml", Array(text.utf8))]).snapshot)
    let mapping = try #require(snapshot.all(IntegrationSpec.self).first?.spec.mapping)
    let reading = try WebhookPayload.mapped(try JSON(parsing: body), mapping, from: source)
    #expect(reading.reports.isEmpty && reading.problems.count == 1)
  }

  /// Seeded mutations of the real bodies: a reader answers or refuses, and what it keeps stays within its bounds.
  @Test func mutatedBodies() throws {
    var random = SeededGenerator(seed: 11)
    let names = ["alertmanager-prometheus.json", "alertmanager-webhook.json", "alertmanager-pagerduty.json"]
    let bodies = try names.map { try Self.corpus($0) }
    let rounds = ProcessInfo.processInfo.environment["MAINSTAY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 3_000
    for _ in 0..<rounds {
      let body = Self.mutated(
        bodies.randomElement(using: &random) ?? [], with: bodies.randomElement(using: &random) ?? [], &random)
      if let post = try? AlertmanagerPost(body) {
        for entry in post.entries where entry.problem == nil {
          let report = post.incoming(entry, from: source, timeout: .minutes(5), now: now)
          #expect(!report.labels.isEmpty && report.labels.count <= Incoming.labelsMax)
          #expect(report.summary.utf8.count <= Incoming.summaryBytesMax && !report.summary.isEmpty)
          // Bytes that are no UTF-8 are part of the hash and are shown as U+FFFD.
          if report.labels.contains(where: { $0.value.contains("\u{FFFD}") }) { continue }
          #expect(PrometheusAlert.fingerprint(report.labels) == entry.fingerprint)
        }
      }
      if let json = try? JSON(parsing: body, limits: WebhookPayload.limits) {
        for report in (try? WebhookPayload.alertmanager(json, from: source, now: now))?.reports ?? [] {
          #expect(report.labels.count <= Incoming.labelsMax && report.detail?.utf8.count ?? 0 <= 70_000)
        }
      }
      if let event = try? PagerDutyEvent(body), let report = try? event.report(from: source, fresh: "f", now: now) {
        #expect(report.key.unicodeScalars.count <= 255 && report.labels.count <= Incoming.labelsMax)
      }
    }
  }

  private static let tokens = ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud83d", "null", "0001-01-01T00:00:00Z"]

  private static func mutated(_ bytes: [UInt8], with other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let length = Int.random(in: 0...24, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.insert(contentsOf: Array((tokens.randomElement(using: &random) ?? "").utf8), at: place)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + length))
      case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
      default:
        let start = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other[start..<min(other.count, start + 60)], at: place)
      }
    }
    return bytes
  }
}
