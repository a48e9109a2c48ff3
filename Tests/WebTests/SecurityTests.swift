import Access
import Alerts
import Base
import Engine
import Events
import Journal
import Testing

@testable import Web

@Suite struct SecurityTests {
  @Test func anOpenServerAnswersOnlyThisMachineUnderItsName() async throws {
    let harness = try Harness()
    #expect(await harness.get("/").status == 200)
    #expect(await harness.send("GET", "/", peer: "10.0.0.9").status == 403)
    #expect(await harness.get("/", headers: ["host": "evil.example"]).status == 421)
    #expect(await harness.get("/", headers: ["host": "[::1]:8080"]).status == 200)
  }

  @Test func onceATokenExistsEverybodyNeedsOne() async throws {
    let harness = try Harness()
    let viewer = try harness.token("viewer", .viewer)
    #expect(await harness.get("/").status == 303)
    #expect(await harness.get("/api/v1/alerts").status == 401)
    #expect(await harness.get("/api/v1/alerts", headers: ["authorization": "Bearer \(viewer)"]).status == 200)
    #expect(await harness.get("/api/v1/alerts", headers: ["authorization": "Bearer mst_wrong"]).status == 401)
    #expect(await harness.get("/api/v1/tokens", headers: ["authorization": "Bearer \(viewer)"]).status == 403)
    #expect(await harness.get("/healthz").status == 200)
    try harness.submit(Ask<Access.Token>.revokeToken("viewer", by: .user("root")).command)
    _ = try harness.token("other", .viewer)
    #expect(await harness.get("/api/v1/alerts", headers: ["authorization": "Bearer \(viewer)"]).status == 401)
  }

  @Test func aSenderMayOnlySend() async throws {
    let intake = Intake(path: "/intake/x", summary: "", bodyBytesMax: 10) { request in
      .init(status: 204, headers: [("x-actor", request.actor)])
    }
    let harness = try Harness(intakes: [intake])
    let sender = ["authorization": "Bearer \(try harness.token("prometheus", .sender))"]
    let viewer = ["authorization": "Bearer \(try harness.token("viewer", .viewer))"]
    let sent = await harness.send("POST", "/intake/x", headers: sender, body: "x")
    #expect(sent.status == 204 && sent.header("x-actor") == "token/prometheus")
    #expect(await harness.send("POST", "/intake/x", headers: sender, body: "01234567890").status == 413)
    #expect(await harness.get("/api/v1/alerts", headers: sender).status == 403)
    #expect(await harness.send("POST", "/intake/x", headers: viewer, body: "x").status == 403)
  }

  /// Datadog's clients send a token in a header of their own; elsewhere it opens nothing.
  @Test func anIntakeTakesTheKeyOfDatadogsClients() async throws {
    let intake = Intake(
      method: "GET", path: "/intake/datadog/api/v1/validate", summary: "", bodyBytesMax: 10,
      refuse: { _, refused in .init(status: refused.status == 401 ? 403 : refused.status, body: Array("own".utf8)) }
    ) { request in .init(status: 200, headers: [("x-actor", request.actor)]) }
    let harness = try Harness(intakes: [intake])
    let path = intake.path
    // Nobody needs a token yet, and the clients always send some key.
    #expect(await harness.get(path, headers: ["dd-api-key": "any"]).status == 200)
    let key = ["dd-api-key": try harness.token("agent", .sender)]
    #expect(await harness.get(path, headers: key).header("x-actor") == "token/agent")
    let refused = await harness.get(path, headers: ["dd-api-key": "wrong"])
    #expect(refused.status == 403 && refused.bytes == Array("own".utf8))
    #expect(await harness.get(path).status == 403)
    #expect(await harness.get("/api/v1/alerts", headers: key).status == 401)
  }

  /// The listener of one intake has its paths at the root and nothing else, under any name.
  @Test func anIntakesOwnListenerServesNothingElse() async throws {
    let intakes = ["otlp/v1/metrics", "datadog/api/v1/series"].map { path in
      Intake(path: "/intake/" + path, summary: "", bodyBytesMax: 10) { _ in .init(status: 200) }
    }
    let harness = try Harness(intakes: intakes, intake: "otlp")
    let sender = ["authorization": "Bearer \(try harness.token("otel", .sender))", "host": "collector.internal"]
    #expect(await harness.send("POST", "/v1/metrics", headers: sender, body: "x").status == 200)
    #expect(await harness.send("POST", "/v1/metrics", body: "x").status == 401)
    for path in ["/api/v1/series", "/intake/otlp/v1/metrics", "/", "/healthz", "/login", "/metrics"] {
      #expect(await harness.send("POST", path, headers: sender, body: "x").status == 404, "\(path)")
    }
  }

  /// A body has room before it is read; without any the sender is asked to wait, and nothing is lost when one is done.
  @Test func tooMuchAtOnceIsAskedToWait() async throws {
    let intake = Intake(path: "/intake/x", summary: "", bodyBytesMax: 100) { _ in .init(status: 204) }
    var configuration = WebConfiguration()
    configuration.intakeBytesMax = 50
    let harness = try Harness(configuration: configuration, intakes: [intake])
    for _ in 0..<3 {
      let small = await harness.send("POST", "/intake/x", headers: ["content-length": "40"], body: "x")
      #expect(small.status == 204)
      let large = await harness.send("POST", "/intake/x", headers: ["content-length": "60"], body: "x")
      #expect(large.status == 429 && large.header("retry-after") == "1")
    }
    // Without a length it may be as large as any.
    #expect(await harness.send("POST", "/intake/x", body: "x").status == 429)
  }

  @Test func formsNeedTheirTokenAndOrigin() async throws {
    let harness = try Harness()
    let alert = try #require(harness.state.alerts.open.first { $0.status == .firing && $0.suppression == nil })
    let path = "/alerts/\(alert.id)/acknowledge"
    #expect(await harness.send("POST", path).status == 403)
    #expect(await harness.send("POST", path, headers: ["origin": "https://evil.example"]).status == 403)
    #expect(await harness.send("POST", path, headers: ["sec-fetch-site": "cross-site"]).status == 403)
    let done = await harness.form(path)
    #expect(done.status == 303 && done.header("location") == "/alerts/\(alert.id)")
    #expect(harness.state.alerts.alerts[alert.id]?.status == .acknowledged)
  }

  @Test func otherSitesCannotUseTheAPIWithABrowsersCookie() async throws {
    let harness = try Harness()
    let body = "{\"summary\":\"x\"}"
    let cross = ["origin": "https://evil.example", "content-type": "application/json"]
    #expect(await harness.send("POST", "/api/v1/alerts", headers: cross, body: body).status == 403)
    #expect(
      await harness.send("POST", "/api/v1/alerts", headers: ["content-type": "text/plain"], body: body).status == 415)
    #expect(
      await harness.send("POST", "/api/v1/alerts", headers: ["content-type": "application/json"], body: body).status
        == 201)
  }

  @Test func aSessionLastsUntilLogoutOrExpiry() async throws {
    let harness = try Harness()
    let hash = try PasswordHash.make("correct horse", salt: [1, 2, 3], rounds: 16, block: 8, parallel: 1)
    try harness.submit(Ask<Void>.saveUser("ana", role: .responder, passwordHash: hash, by: .user("root")).command)
    #expect(await harness.form("/login", "user=ana&password=wrong").status == 401)
    func logIn() async -> String {
      let response = await harness.form("/login", "user=ana&password=correct+horse&back=/alerts")
      #expect(response.status == 303 && response.header("location") == "/alerts")
      let cookie =
        response.headers.first { $0.name == "set-cookie" && $0.value.hasPrefix("mainstay_session") }?.value ?? ""
      #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
      return String(cookie.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst())
    }
    let session = await logIn()
    let cookie = ["cookie": "mainstay_session=\(session)"]
    #expect(await harness.get("/", headers: cookie).status == 200)
    #expect(await harness.get("/", headers: ["cookie": "mainstay_session=\(session)x"]).status == 303)
    #expect(await harness.form("/logout", session: session).status == 303)
    #expect(await harness.get("/", headers: cookie).status == 303)
    let again = ["cookie": "mainstay_session=\(await logIn())"]
    #expect(await harness.get("/", headers: again).status == 200)
    harness.advance(.hours(13))
    #expect(await harness.get("/", headers: again).status == 303)
  }

  @Test func linksShowByGetAndActByPostUntilTheyExpire() async throws {
    let harness = try Harness()
    _ = try harness.token("root", .admin)
    let alert = try #require(harness.state.alerts.open.first { $0.status == .firing && $0.suppression == nil })
    let token = AcknowledgeLink.token(
      alert: alert.id, person: "ana", expires: Samples.now + .hours(1), secret: harness.secret)
    let shown = await harness.get("/a/\(token)")
    #expect(shown.status == 200 && shown.text.contains("Acknowledge as ana"))
    #expect(harness.state.alerts.alerts[alert.id]?.status == .firing)
    // A browser hides where the page's form comes from, and says that it is this server's own.
    let browser = ["origin": "null", "sec-fetch-site": "same-origin"]
    let foreign = ["origin": "null", "sec-fetch-site": "cross-site"]
    #expect(await harness.send("POST", "/a/\(token)", headers: foreign).status == 403)
    for _ in 0..<2 { #expect(await harness.send("POST", "/a/\(token)", headers: browser).status == 303) }
    #expect(harness.state.alerts.alerts[alert.id]?.acknowledgedBy == .user("ana"))
    #expect(await harness.get("/a/\(token)").text.contains("ana has it"))
    #expect(await harness.get("/a/\(token.replacing("ana", with: "bob"))").status == 403)
    // The link that is sent to end the alert with does so, for a program as for the button.
    #expect(await harness.send("POST", "/a/\(token)?do=nothing", headers: browser).status == 422)
    for _ in 0..<2 { #expect(await harness.send("POST", "/a/\(token)?do=resolve", headers: browser).status == 303) }
    #expect(harness.state.alerts.alerts[alert.id]?.status == .resolved)
    harness.advance(.hours(2))
    #expect(await harness.get("/a/\(token)").status == 410)
  }

  @Test func anIdempotencyKeyActsOnce() async throws {
    let harness = try Harness()
    let headers = ["idempotency-key": "k1", "content-type": "application/json"]
    let body = "{\"title\":\"Search is slow\",\"severity\":\"SEV-3\"}"
    let first = await harness.send("POST", "/api/v1/incidents", headers: headers, body: body)
    let second = await harness.send("POST", "/api/v1/incidents", headers: headers, body: body)
    #expect(first.status == 201 && first.json["id"] == second.json["id"])
    #expect(second.header("idempotency-replayed") == "true")
    #expect(await harness.send("POST", "/api/v1/incidents", headers: headers, body: "{\"title\":\"y\"}").status == 422)
  }

  @Test func manyRequestsAreSlowedDown() async throws {
    let harness = try Harness(configuration: WebConfiguration(requestsPerSecond: 1, requestBurst: 3))
    _ = try harness.token("root", .admin)
    func probe() async -> WebResponse { await harness.send("GET", "/healthz", peer: "10.0.0.9") }
    for _ in 0..<3 { #expect(await probe().status == 200) }
    let last = await probe()
    #expect(last.status == 429 && last.header("retry-after") == "1")
    harness.advance(.seconds(2))
    #expect(await probe().status == 200)
  }

  @Test func everyAnswerCarriesTheSecurityHeaders() async throws {
    for path in ["/", "/nothing", "/api/v1/alerts", "/healthz"] {
      let response = try await Harness().get(path)
      #expect(response.header("x-content-type-options") == "nosniff")
      #expect(response.header("referrer-policy") == "no-referrer")
      let policy = response.header("content-security-policy") ?? ""
      #expect(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe")
      )
    }
  }

  @Test func hostileNamesStayText() async throws {
    let harness = try Harness()
    let hostile = "</title><script>alert(1)</script><img src=x onerror=alert(1)>"
    let signal = Signal(
      key: "x", service: hostile, severity: .critical, urgency: .page, summary: hostile, detail: hostile,
      labels: [.init(name: hostile, value: hostile)], slo: hostile, link: "javascript:alert(1)")
    let fired = try harness.submit(Ask<FireReply>.fire(signal, by: Actor("token/\(hostile)")).command)
    let id = try #require((fired as? FireReply)?.alert)
    for path in ["/", "/alerts", "/alerts/\(id)", "/journal", "/journal?subject=\(SafeURL.encode(hostile))", "/pages"] {
      let text = await harness.get(path).text
      #expect(!text.contains("<script>alert") && !text.contains("<img"), "\(path)")
      #expect(!text.contains("href=\"javascript:"), "\(path)")
    }
  }

  @Test func backLinksStayHere() {
    for path in ["//evil.example", "https://evil.example", "/\\evil", "javascript:x", "/a b", ""] {
      #expect(Desk.local(path) == "/")
    }
    #expect(Desk.local("/alerts?x=1") == "/alerts?x=1")
  }
}
