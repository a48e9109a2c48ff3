import Base
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Demo

private let now = Instant(rfc3339: "2026-11-21T03:26:30Z")!

@Suite struct DemoMetricsTests {
  @Test func exposition() {
    var metrics = DemoMetrics(service: "playback")
    metrics.record(code: 200, seconds: 0.05)
    metrics.record(code: 200, seconds: 0.06)
    metrics.record(code: 502, seconds: 9)
    let lines = metrics.text.split(separator: "\n").map(String.init)
    for line in [
      "# TYPE http_requests_total counter",
      "http_requests_total{service=\"playback\",code=\"200\",method=\"GET\"} 2",
      "http_requests_total{service=\"playback\",code=\"500\",method=\"GET\"} 0",
      "http_requests_total{service=\"playback\",code=\"502\",method=\"GET\"} 1",
      "# TYPE http_request_duration_seconds histogram",
      "http_request_duration_seconds_bucket{service=\"playback\",le=\"0.05\"} 1",
      "http_request_duration_seconds_bucket{service=\"playback\",le=\"2.5\"} 2",
      "http_request_duration_seconds_bucket{service=\"playback\",le=\"+Inf\"} 3",
      "http_request_duration_seconds_count{service=\"playback\"} 3",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(metrics.total == 3 && metrics.failed == 1)
    #expect(metrics.text.hasSuffix("\n"))
  }
}

@Suite struct DemoTopologyTests {
  @Test func dependenciesExistAndHaveNoCycle() {
    let services = DemoTopology.reel.services
    for (index, service) in services.enumerated() {
      #expect(DemoTopology.reel.names.firstIndex(of: service.name) == index)
      func reaches(_ name: String, _ depth: Int) -> Bool {
        guard depth < services.count else { return true }
        let found = services.first { $0.name == name }
        #expect(found != nil, "\(name)")
        return (found?.dependencies ?? []).contains { $0 == service.name || reaches($0, depth + 1) }
      }
      #expect(!reaches(service.name, 0))
    }
  }
}

@Suite struct DemoInboxTests {
  private func post(_ client: some TestClientProtocol, _ path: String, _ json: JSON, key: String? = nil) async throws
    -> Int
  {
    var headers = HTTPFields()
    if let key { headers[.init("Idempotency-Key")!] = key }
    return try await client.execute(
      uri: path, method: .post, headers: headers, body: ByteBuffer(string: json.text)
    ) { $0.status.code }
  }

  private func get(_ client: some TestClientProtocol, _ path: String) async throws -> String {
    try await client.execute(uri: path, method: .get) { String(buffer: $0.body) }
  }

  private let page: JSON = [
    "kind": "fired", "title": "playback <b>burns</b>", "body": "a & b", "severity": "critical", "service": "playback",
    "links": ["page": "http://127.0.0.1:8080/alerts/1", "acknowledge": "http://127.0.0.1:8080/a/t?x=1&y=2"],
  ]

  @Test func keepsShowsAndCountsCopies() async throws {
    let app = Application(responder: DemoInbox().router(now: { now }).buildResponder())
    try await app.test(.router) { client in
      let found1 = try await get(client, "/")
      #expect(found1.contains("mainstay demo break playback"))
      let found2 = try await post(client, "/inbox", page, key: "K1")
      #expect(found2 == 200)
      let found3 = try await post(client, "/inbox", page, key: "K1")
      #expect(found3 == 200)
      let html = try await get(client, "/")
      #expect(html.contains("playback &lt;b&gt;burns&lt;/b&gt;"))
      #expect(html.contains("href=\"http://127.0.0.1:8080/a/t?x=1&amp;y=2\">Acknowledge"))
      #expect(html.contains("received 2 times"))
      let json = try JSON(parsing: try await get(client, "/inbox.json"))
      #expect(json["messages"]?.array?.count == 1)
      #expect(json["messages"]?[0]?["copies"] == 2)
      #expect(json["messages"]?[0]?["key"]?.string == "K1")
    }
  }

  @Test func newestFirstAndBounded() async throws {
    let inbox = DemoInbox()
    for number in 0..<(DemoInbox.limit + 5) {
      inbox.receive(.init(received: now, via: "webhook", key: "\(number)", kind: "fired", title: "\(number)", body: ""))
    }
    #expect(inbox.messages.count == DemoInbox.limit)
    #expect(inbox.messages.first?.title == "\(DemoInbox.limit + 4)")
    #expect(inbox.messages.last?.title == "5")
  }

  @Test func refusesWhatIsNoMessage() async throws {
    let app = Application(responder: DemoInbox().router(now: { now }).buildResponder())
    try await app.test(.router) { client in
      let found4 = try await post(client, "/inbox", [])
      #expect(found4 == 400)
      let found5 = try await post(client, "/inbox", .string(String(repeating: "x", count: 300_000)))
      #expect(found5 == 413)
      let hostile: JSON = ["title": "<script>", "kind": "fired", "links": ["acknowledge": "javascript:alert(1)"]]
      let found6 = try await post(client, "/inbox", hostile)
      #expect(found6 == 200)
      let html = try await get(client, "/")
      #expect(!html.contains("javascript:") && html.contains("&lt;script&gt;"))
      let crossSite = try await client.execute(
        uri: "/clear", method: .post, headers: [.init("Sec-Fetch-Site")!: "cross-site"]
      ) { $0.status.code }
      #expect(crossSite == 403)
      let cleared = try await client.execute(uri: "/clear", method: .post) { $0.status.code }
      #expect(cleared == 303)
      let found7 = try await get(client, "/list")
      #expect(found7.contains("Nothing yet"))
    }
  }

  @Test func ago() {
    for (interval, text) in [
      (Interval.seconds(-3), "just now"), (.seconds(90), "90 s ago"), (.minutes(3), "3 min ago"),
      (.hours(5), "5 h ago"),
    ] {
      #expect(DemoInboxPage.ago(interval) == text)
    }
  }
}
