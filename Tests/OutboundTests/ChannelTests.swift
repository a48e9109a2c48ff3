import Base
import Testing

@testable import Outbound

let example = ChannelMessage(
  key: "01JD0", thread: "alert/7", kind: .fired, title: "playback burns its budget 14 times too fast",
  body: "99.9% over 30 days.\n<b>2%</b> & more", link: "http://127.0.0.1:8080/alerts/7",
  acknowledgeLink: "http://127.0.0.1:8080/a/token", severity: "critical", service: "playback",
  fields: [.init("Burn rate", "14.4")], time: Instant(rfc3339: "2026-11-21T03:26:25Z")!)

private let now = Instant(rfc3339: "2026-11-21T03:26:30Z")!
private let secrets = SecretResolver { ref throws(OutboundError) in
  guard ref.description == "env:GOOD" else { throw OutboundError(.secret, "secret \(ref): not there") }
  return Secret("hunter2")
}

@Suite(.timeLimit(.minutes(5))) struct ChannelTests {
  private func webhook(_ port: Int, secret: SecretRef? = nil) -> ChannelTarget {
    ChannelTarget(
      name: "pager", transport: .webhook(.init(url: .literal("http://127.0.0.1:\(port)/hook/hunter2"), secret: secret)))
  }

  private func outcomes(_ answers: [[UInt8]], slack: Bool = false) async throws -> [ChannelOutcome] {
    let index = Seen<Int>()
    return try await withHTTP({ _ in
      index.add(0)
      return answers[index.all.count - 1]
    }) { port in
      try await withClient { http in
        let channels = Channels(http: http, secrets: secrets, timeout: .seconds(50))
        let target =
          slack
          ? ChannelTarget(name: "chat", transport: .slack(.init(url: .literal("http://127.0.0.1:\(port)/T/hunter2"))))
          : webhook(port)
        var found: [ChannelOutcome] = []
        for _ in answers { found.append(await channels.send(example, to: target, now: now)) }
        return found
      }
    }
  }

  @Test func webhookDocumentAndSignature() async throws {
    let seen = Seen<SeenRequest>()
    try await withHTTP({ request in
      seen.add(request)
      return answer("202 Accepted", [], "thanks\n")
    }) { port in
      try await withClient { http in
        let channels = Channels(http: http, secrets: secrets, timeout: .seconds(50))
        let outcome = await channels.send(example, to: webhook(port, secret: SecretRef("env:GOOD")), now: now)
        #expect(outcome == .accepted(receipt: "202 thanks"))
      }
    }
    let request = try #require(seen.all.first)
    #expect(request.header("idempotency-key") == "01JD0")
    #expect(request.header("content-type") == "application/json")
    #expect(request.header("x-mainstay-timestamp") == "1795231590")
    #expect(
      request.header("x-mainstay-signature")
        == WebhookForm.signature(secret: Secret("hunter2"), timestamp: "1795231590", body: request.body))
    let json = try JSON(parsing: request.body)
    #expect(json["version"] == 1 && json["kind"] == "fired" && json["service"] == "playback")
    #expect(json["links"]?["acknowledge"] == "http://127.0.0.1:8080/a/token")
    #expect(json["fields"]?[0] == ["name": "Burn rate", "value": "14.4"])
    #expect(json["time"] == "2026-11-21T03:26:25Z")
  }

  /// `printf '1700000000.{}' | openssl dgst -sha256 -hmac secret`
  @Test func signatureVector() {
    #expect(
      WebhookForm.signature(secret: Secret("secret"), timestamp: "1700000000", body: Array("{}".utf8))
        == "sha256=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163")
  }

  @Test func statuses() async throws {
    let found = try await outcomes([
      answer("200 OK", [], "ok"), answer("429 Slow", ["Retry-After: 30"]), answer("503 Busy", ["Retry-After: 99999"]),
      answer("500 Oops", ["Retry-After: Sat, 21 Nov 2026 03:26:25 GMT"], "a\nb"), answer("404 Not Found", [], "gone"),
      answer("301 Moved", ["Location: http://x/hunter2"]),
    ])
    #expect(found[0] == .accepted(receipt: "200 ok"))
    guard case .retry(let slow, .seconds(30)) = found[1] else { return missed("\(found[1])") }
    #expect(slow.hasPrefix("pager: http://127.0.0.1:") && slow.hasSuffix("answered 429"))
    guard case .retry(_, .hours(1)) = found[2] else { return missed("\(found[2])") }
    guard case .retry(let oops, nil) = found[3] else { return missed("\(found[3])") }
    #expect(oops.hasSuffix("answered 500: a b"))
    guard case .rejected(let gone) = found[4] else { return missed("\(found[4])") }
    #expect(gone.hasSuffix("answered 404: gone"))
    guard case .rejected(let moved) = found[5] else { return missed("\(found[5])") }
    for text in [slow, oops, gone, moved] { #expect(!text.contains("hunter2")) }
  }

  @Test func slackAnswers() async throws {
    let found = try await outcomes(
      [
        answer("200 OK", [], "ok"), answer("200 OK", [], #"{"ok":true}"#),
        answer("200 OK", ["Retry-After: 7"], #"{"ok":false,"error":"ratelimited"}"#),
        answer("200 OK", [], #"{"ok":false,"error":"invalid_blocks"}"#), answer("410 Gone", [], "channel_is_archived"),
        answer("429 Slow", ["Retry-After: 1"]),
      ], slack: true)
    #expect(found[0] == .accepted(receipt: "200 ok"))
    guard case .accepted = found[1] else { return missed("\(found[1])") }
    guard case .retry(_, .seconds(7)) = found[2] else { return missed("\(found[2])") }
    guard case .rejected(let reason) = found[3] else { return missed("\(found[3])") }
    #expect(reason.hasSuffix("refused it: invalid_blocks"))
    guard case .rejected = found[4] else { return missed("\(found[4])") }
    guard case .retry(_, .seconds(1)) = found[5] else { return missed("\(found[5])") }
  }

  @Test func slackDocumentStaysWithinLimits() throws {
    var long = example
    long.title = String(repeating: "t", count: 400)
    long.body = String(repeating: "<", count: 4_000)
    long.fields = (0..<20).map { .init("n\($0)", String(repeating: "v", count: 3_000)) }
    let json = SlackForm.json(long)
    let blocks = try #require(json["blocks"]?.array)
    #expect(blocks[0]["text"]?["text"]?.string?.count == 150)
    #expect(blocks[1]["text"]?["text"]?.string?.count == 2_900)
    #expect(blocks[2]["fields"]?.array?.count == 10)
    #expect(blocks[2]["fields"]?.array?.allSatisfy { ($0["text"]?.string?.count ?? 0) <= 2_000 } == true)
    #expect(blocks[3]["elements"]?[0]?["url"] == "http://127.0.0.1:8080/a/token")
    #expect(
      SlackForm.json(example)["blocks"]?[1]?["text"]?["text"]?.string?.contains("&lt;b&gt;2%&lt;/b&gt; &amp; more")
        == true)
  }

  @Test func secretsThatFailAndHostsThatAreDown() async throws {
    try await withClient { http in
      let channels = Channels(http: http, secrets: secrets, timeout: .seconds(50))
      let missing = ChannelTarget(
        name: "chat", transport: .slack(.init(url: .secret(SecretRef("env:BAD")!))))
      #expect(
        await channels.send(example, to: missing, now: now)
          == .retry(reason: "chat: secret env:BAD: not there", after: nil))
      let wrong = ChannelTarget(name: "chat", transport: .slack(.init(url: .secret(SecretRef("env:GOOD")!))))
      #expect(
        await channels.send(example, to: wrong, now: now)
          == .rejected(reason: "chat: the URL is not an absolute http or https URL"))
      #expect(
        await channels.send(example, to: webhook(1), now: now)
          == .retry(reason: "pager: http://127.0.0.1:1: connection refused", after: nil))
    }
  }
}
