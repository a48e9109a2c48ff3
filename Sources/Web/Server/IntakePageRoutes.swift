import Alerts
import Base
import Engine
import Events
import Journal

extension Desk {
  /// Pages about what comes in.
  var intakePageRoutes: [Route] {
    [
      view("/integrations") { _, _, context in integrationsPage(platform.integrations(), context) },
      view("/routes") { _, site, context in
        routesPage(RouteQuestion(), site.catalog.routes, platform.integrations(), context)
      },
      // It only reads: whoever may look may ask.
      Route("POST", "/routes", .role(.viewer), .form, bodyBytesMax: 512 * 1_024) { request in
        let context = context(request)
        let page = routesPage(answer(request), platform.catalog().routes, platform.integrations(), context)
        return .html(document(page, context).rendered())
      },
      view("/alerts/{id}/raw") { request, site, context in
        guard let alert = site.state.alerts.alerts[try request.id()] else { throw Problem.notFound("such alert") }
        let report = try kept(alert, request.query("report"))
        return rawEventPage(alert, report, try await raw(report), context)
      },
    ]
  }

  private func answer(_ request: WebRequest) -> RouteQuestion {
    var question = RouteQuestion()
    question.event = request.field("event")
    question.integration = request.field("integration")
    do {
      question.answers = try platform.explain(
        Array(question.event.utf8), question.integration.isEmpty ? nil : question.integration)
    } catch {
      question.problem = (error as? Refusal)?.message ?? "\(error)"
    }
    return question
  }

  /// One of the reports that changed an alert; without a name the one that fired it.
  func kept(_ alert: Alert, _ name: String?) throws -> KeptReport {
    let reports = alert.reports
    guard let report = name.map({ name in reports.first { $0.name == name } }) ?? reports.first else {
      throw Problem.notFound("such report of this alert")
    }
    return report
  }

  /// A report as it came: its place in the list of those that came with it; `nil` where it is kept no more.
  func raw(_ report: KeptReport) async throws -> JSON? {
    let parts = report.raw.split(separator: "/")
    guard parts.count == 3, let place = Int(parts[2]),
      let bytes = try await platform.raw("\(parts[0])/\(parts[1])")
    else { return nil }
    // Written by senders: bounded like every text from outside.
    return (try? JSON(parsing: bytes, limits: .standard))?[place]
  }

  /// What was changed of a service lately, newest first.
  func changes(of service: String) async throws -> [Event] {
    var query = JournalQuery(limit: 10, newestFirst: true)
    query.types = [ChangeRecorded.type.text]
    query.subject = "service/\(service)"
    return try await platform.events(query)
  }
}
