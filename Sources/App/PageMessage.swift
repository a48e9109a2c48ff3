import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Outbound
import Outbox
import Runtime

/// Writes the message of a page.
struct PageMessage: Sendable {
  /// What links begin with, without a slash at the end.
  var externalURL: String
  /// A signed link with which the person can acknowledge the alert.
  var acknowledgeLink: @Sendable (_ alert: ULID, _ person: String) -> String

  func write(_ page: Page, in state: State) -> ChannelMessage {
    let alertID = ULID(page.subject.id)
    let alert = alertID.flatMap { state.alerts.alerts[$0] }
    let incident = alertID.flatMap { state.incidents.incident(ofAlert: $0) }
    var fields: [ChannelMessage.Field] = []
    if let incident {
      fields.append(.init("Incident", "\(incident.number)"))
      fields.append(.init("Severity", incident.severity.rawValue))
    }
    if page.request.level > 1 { fields.append(.init("Escalation level", "\(page.request.level)")) }
    if let slo = alert?.signal.slo { fields.append(.init("Objective", slo)) }
    let kind: ChannelMessage.Kind = page.request.kind == .resolved ? .resolved : .fired
    return ChannelMessage(
      key: page.key, thread: page.subject.text, kind: kind, title: page.request.title, body: page.request.body,
      link: externalURL + (incident.map { "/incidents/\($0.id)" } ?? Self.path(of: page.subject)),
      acknowledgeLink: page.request.kind == .fired ? alertID.map { acknowledgeLink($0, page.request.person) } : nil,
      severity: alert?.signal.severity.rawValue ?? AlertSeverity.info.rawValue, service: alert?.signal.service,
      fields: fields, time: alert?.firedAt ?? page.requestedAt)
  }

  /// Where a reader finds what a page is about.
  private static func path(of subject: Subject) -> String {
    switch subject.kind {
    case "handover": "/handovers/\(subject.id)"
    case "schedule": "/load"
    default: "/alerts/\(subject.id)"
    }
  }
}
