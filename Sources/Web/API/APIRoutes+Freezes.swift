import Base
import Engine
import Events
import Freeze

extension Desk {
  var freezeRoutes: [Route] {
    [
      read(
        "/api/v1/freezes",
        .list(
          "listFreezes", "Freezes of the definitions in force and where they stand", "Freezes",
          query: [("service", "Only those of this service."), ("state", "coming, holding, lifted or over.")])
      ) { request in
        let (service, status) = (request.query("service"), request.query("state"))
        let freezes = platform.committed().state.freezes
        let all = platform.catalog().freezes.filter { window in
          (service.map(window.services.contains) ?? true)
            && (status.map { $0 == freezes.status(of: window, at: request.now).rawValue } ?? true)
        }
        let (page, next) = try slice(all, request) { $0.name }
        return list(page.map { Resource.freeze($0, freezes, at: request.now) }, next)
      },
      act(
        "/api/v1/freezes/{name}/lift", .post("liftFreeze", "End a freeze before its time", "Freezes"), .editor
      ) { request, _ in
        let name = request.parameters["name"] ?? ""
        try await platform.ask(.liftFreeze(name, by: request.actor))
        guard let window = platform.catalog().freezes.first(where: { $0.name == name }) else {
          throw Problem.notFound("freeze \(name) any more")
        }
        return Resource.freeze(window, platform.committed().state.freezes, at: request.now)
      },
    ]
  }
}
