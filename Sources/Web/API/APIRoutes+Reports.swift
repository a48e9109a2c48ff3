import Alerts
import Base
import Engine

extension Desk {
  /// What senders wrote about an alert.
  var reportRoutes: [Route] {
    [
      read(
        "/api/v1/alerts/{id}/reports",
        .list(
          "listAlertReports", "The reports that changed an alert, oldest first: the one that fired it, and the last 20",
          "Alerts")
      ) { request in
        let alert = try keptAlert(request)
        return list(alert.reports.map { Resource.report($0, of: alert) }, nil)
      },
      read(
        "/api/v1/alerts/{id}/reports/{report}", .get("getAlertReport", "A report as it came in", "Alerts")
      ) { request in
        let alert = try keptAlert(request)
        let report = try kept(alert, request.parameters["report"] ?? "")
        guard let json = try await raw(report) else {
          throw Problem.notFound("report \(report.name) any more: retention.payloads says how long they are kept")
        }
        return Resource.object([("change", .string(report.change.rawValue)), ("report", json)])
      },
    ]
  }

  private func keptAlert(_ request: WebRequest) throws -> Alert {
    let id = try request.id()
    guard let alert = platform.committed().state.alerts.alerts[id] else { throw Problem.notFound("alert \(id)") }
    return alert
  }
}

extension Resource {
  static func report(_ report: KeptReport, of alert: Alert) -> JSON {
    object([
      ("name", .string(report.name)), ("change", .string(report.change.rawValue)), ("at", time(report.at)),
      ("link", .string("/api/v1/alerts/\(alert.id)/reports/\(report.name)")),
    ])
  }
}
