import Base
import Hummingbird

extension DemoService {
  /// What the service listens to.
  func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("/") { _, _ in
      let reply = try await self.serve()
      return Response.text(reply.text + "\n", "text/plain; charset=utf-8", status: reply.status)
    }
    router.get("/metrics") { _, _ in
      Response.text(self.metrics.text, "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("/healthz") { _, _ in Response.text("ok\n", "text/plain; charset=utf-8") }
    router.get("/_demo/state") { _, _ in Response.json(.object(self.members)) }
    router.post("/_demo/break") { request, _ in
      self.setMode(request, request.uri.queryParameters["mode"].map { String($0) } ?? DemoMode.fail.rawValue)
    }
    router.post("/_demo/heal") { request, _ in self.setMode(request, DemoMode.healthy.rawValue) }
    return router
  }

  /// The state as the members of a JSON object.
  var members: JSONObject {
    let metrics = metrics
    return [
      "name": .string(spec.name), "mode": .string(mode.rawValue),
      "dependencies": .array(spec.dependencies.map { .string($0) }),
      "requestsPerSecond": .double(spec.requestsPerSecond), "requests": .int(Int64(metrics.total)),
      "failed": .int(Int64(metrics.failed)),
    ]
  }

  func setMode(_ request: Request, _ text: String) -> Response {
    guard !isCrossSite(request) else { return .problem(403, "sent by a page of another site") }
    guard let mode = DemoMode(rawValue: text) else {
      return .problem(
        400, "no mode '\(text)'; there are \(DemoMode.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.mode = mode
    return .json(.object(members))
  }
}
