import Base
import Hummingbird

/// One port through which every service of the demo can be seen and broken.
struct DemoControlServer: Sendable {
  let services: [DemoService]
  let directory: DemoDirectory

  func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("/services") { _, _ in
      let document: JSON = ["services": .array(services.map(describe))]
      return Response.json(document)
    }
    router.post("/services/:name/break") { request, context in
      try set(
        context.parameters.require("name"), request,
        request.uri.queryParameters["mode"].map { String($0) } ?? DemoMode.fail.rawValue)
    }
    router.post("/services/:name/heal") { request, context in
      try set(context.parameters.require("name"), request, DemoMode.healthy.rawValue)
    }
    return router
  }

  private func set(_ name: String, _ request: Request, _ mode: String) -> Response {
    guard let service = services.first(where: { $0.spec.name == name }) else {
      return .problem(404, DemoError.unknownService(name, known: services.map(\.spec.name)).text)
    }
    return service.setMode(request, mode)
  }

  private func describe(_ service: DemoService) -> JSON {
    var members = service.members
    let url = directory.url(of: service.spec.name)
    members["url"] = url.map { .string($0) } ?? .null
    members["metrics"] = url.map { .string($0 + "/metrics") } ?? .null
    return .object(members)
  }
}
