import Base
import HTTPTypes
import Hummingbird
import NIOCore

extension DemoInbox {
  /// - Parameter now: the clock for times of arrival.
  func router(now: @escaping @Sendable () -> Instant) -> Router<BasicRequestContext> {
    let router = Router()
    router.post("/inbox") { request, _ in
      try await self.take(request) { json, key in Message(webhook: json, key: key, at: now()) }
    }
    router.post("/slack") { request, _ in
      try await self.take(request) { json, key in Message(slack: json, key: key, at: now()) }
    }
    router.get("/inbox.json") { _, _ in
      let document: JSON = ["messages": .array(self.messages.map(\.json))]
      return Response.json(document)
    }
    router.post("/clear") { request, _ in
      guard !isCrossSite(request) else { return Response.problem(403, "sent by a page of another site") }
      self.clear()
      return Response.text("", "text/plain", status: 303, headers: [("Location", "/")])
    }
    router.get("/healthz") { _, _ in Response.text("ok\n", "text/plain; charset=utf-8") }
    let policy = [
      ("Content-Security-Policy", Self.contentPolicy), ("X-Content-Type-Options", "nosniff"),
      ("Referrer-Policy", "no-referrer"),
    ]
    router.get("/") { _, _ in
      let page = DemoInboxPage(now: now(), messages: self.messages)
      return Response.text(page.html, "text/html; charset=utf-8", headers: policy)
    }
    router.get("/list") { _, _ in
      let page = DemoInboxPage(now: now(), messages: self.messages)
      return Response.text(page.list, "text/html; charset=utf-8", headers: policy)
    }
    router.get("/inbox.css") { _, _ in Response.text(DemoInboxPage.stylesheet, "text/css; charset=utf-8") }
    router.get("/inbox.js") { _, _ in Response.text(DemoInboxPage.script, "text/javascript; charset=utf-8") }
    return router
  }

  private static let contentPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    + "base-uri 'none'; frame-ancestors 'none'"

  private func take(_ request: Request, _ read: (JSON, String?) -> Message) async throws -> Response {
    guard !isCrossSite(request) else { return .problem(403, "sent by a page of another site") }
    var request = request
    let body: ByteBuffer
    do {
      body = try await request.collectBody(upTo: Self.maxBodyBytes)
    } catch {
      return .problem(413, "a message has at most \(Self.maxBodyBytes) bytes")
    }
    guard let json = try? JSON(parsing: Array(body.readableBytesView)), json.object != nil else {
      return .problem(400, "the message is not a JSON object")
    }
    let key = HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] }
    receive(read(json, key))
    return .text("ok", "text/plain; charset=utf-8")
  }
}
