import Alerts
import Base
import Engine
import Events
import Incidents
import Journal

extension Desk {
  var assetRoutes: [Route] {
    func asset(_ path: String, _ type: String, _ text: String) -> Route {
      Route("GET", path, .open, .asset) { _ in
        WebResponse.text(text, type: type).adding("cache-control", "public, max-age=31536000, immutable")
      }
    }
    let icon =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><path d=\"M12 2v20M12 3 3 20M12 3l9 17M7.5 12h9\" "
      + "fill=\"none\" stroke=\"#1f6fc4\" stroke-width=\"2.6\" stroke-linecap=\"round\"/></svg>"
    return [
      asset(Assets.shared.style, "text/css; charset=utf-8", Stylesheet.text),
      asset(Assets.shared.script, "text/javascript; charset=utf-8", Script.text),
      asset("/assets/icon.svg", "image/svg+xml", icon),
      Route("GET", "/healthz", .open, .probe) { _ in .text("ok\n") },
      Route("GET", "/readyz", .open, .probe) { _ in ready() },
      Route("GET", "/metrics", .role(.viewer), .api) { _ in
        WebResponse(
          status: 200,
          headers: [("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")],
          body: .bytes(platform.metrics()))
      },
    ]
  }

  private func ready() -> WebResponse {
    let status = platform.status()
    let checks = status.checks.map { check -> JSON in
      ["name": .string(check.name), "good": .bool(check.isGood), "detail": .string(check.detail)]
    }
    let notices = status.notices.map { JSON.string($0.text) }
    return .json(
      ["ready": .bool(status.isReady), "checks": .array(checks), "notices": .array(notices)],
      status: status.isReady ? 200 : 503)
  }

  func view(
    _ path: String, _ body: @escaping @Sendable (WebRequest, Site, PageContext) async throws -> PageBody
  ) -> Route {
    Route("GET", path, .role(.viewer), .page) { request in
      let context = context(request)
      return .html(document(try await body(request, site, context), context).rendered())
    }
  }

  var pageRoutes: [Route] {
    incidentPageRoutes + runbookPageRoutes + reviewPageRoutes + sloPageRoutes + scheduleRoutes + escalationPageRoutes
      + fatiguePageRoutes + figurePageRoutes + [
        view("/") { request, site, context in
          let (services, next) = try slice(site.servicesByHealth, request) { $0.name }
          return overviewPage(site, showing: services, next: next, context)
        },
        view("/services/{name}") { request, site, context in
          let name = request.parameters["name"] ?? ""
          guard let service = site.service(name) else { throw Problem.notFound("service \(name)") }
          let first = site.objectives(of: name).first
          return servicePage(
            service, site, history: first == nil ? nil : await history(first?.name ?? "", context),
            changes: try await changes(of: name), context)
        },
        view("/alerts") { request, site, context in
          alertsPage(try AlertList(request, after: try cursor(request), site), site, context)
        },
        view("/alerts/{id}") { request, site, context in
          guard let alert = site.state.alerts.alerts[try request.id()] else { throw Problem.notFound("such alert") }
          return alertPage(alert, site, context)
        },
        view("/journal") { request, _, context in try await journal(request, context) },
        view("/definitions") { _, site, context in definitionsPage(site, platform.status(), context) },
        Route("GET", "/login", .open, .page) { request in
          page(loginPage(back: Self.local(request.query("back") ?? "/"), problem: nil, context(request)), request)
        },
      ]
  }

  private func journal(_ request: WebRequest, _ context: PageContext) async throws -> PageBody {
    var filter = JournalFilter()
    filter.type = request.query("type") ?? ""
    filter.subject = request.query("subject") ?? ""
    filter.since = request.query("since") ?? ""
    var query = JournalQuery(limit: 51, newestFirst: true)
    query.types = filter.type.isEmpty ? [] : filter.type.split(separator: ",").map(String.init)
    query.subject = filter.subject.isEmpty ? nil : filter.subject
    query.before = request.query("before").flatMap(Int64.init)
    if let at = request.query("at").flatMap(Int64.init) { query.before = at + 1 }
    var problem: String?
    if !filter.since.isEmpty {
      do { query.since = try time(filter.since, request) } catch { problem = (error as? Problem)?.detail }
    }
    let events = try await platform.events(query)
    let page = Array(events.prefix(50))
    return journalPage(
      page, filter: filter, next: events.count > 50 ? page.last?.sequence : nil, problem: problem, context)
  }

  /// A path of this server to go back to, never an address elsewhere.
  static func local(_ path: String) -> String {
    guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasPrefix("/\\"),
      path.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
    else { return "/" }
    return path
  }
}
