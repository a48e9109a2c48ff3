import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbound
import Outbox
import Runtime

/// Writes the message of a page.
struct PageMessage: Sendable {
  /// What links begin with, without a slash at the end.
  var externalURL: String
  /// A signed link with which the person can acknowledge and resolve the alert.
  var acknowledgeLink: @Sendable (_ alert: ULID, _ person: String) -> String

  func write(_ page: Page, in state: State) -> ChannelMessage {
    let alertID = ULID(page.subject.id)
    let alert = alertID.flatMap { state.alerts.alerts[$0] }
    let reader = Viewer(.user(page.request.person))
    let incident = alertID.flatMap { state.incidents.incident(ofAlert: $0) }.flatMap {
      // Whoever may not see it would be sent to nothing; the alert's own page is there for them.
      $0.isVisible(to: reader) ? $0 : nil
    }
    var fields: [ChannelMessage.Field] = []
    if let incident {
      fields.append(.init("Incident", "\(incident.number)"))
      fields.append(.init("Severity", incident.severity.rawValue))
    }
    if page.request.level > 1 { fields.append(.init("Escalation level", "\(page.request.level)")) }
    if let slo = alert?.signal.slo { fields.append(.init("Objective", slo)) }
    let kind = Self.kind(page.request.kind)
    let signed = kind == .fired ? alertID.map { acknowledgeLink($0, page.request.person) } : nil
    return ChannelMessage(
      key: page.key, thread: page.subject.text, kind: kind, title: page.request.title, body: page.request.body,
      link: externalURL + path(of: page, incident: incident?.id), acknowledgeLink: signed,
      resolveLink: signed.map { $0 + "?do=resolve" }, answer: alertID?.description,
      replyCode: alertID.map(ShortReply.code), severity: alert?.signal.severity.rawValue ?? AlertSeverity.info.rawValue,
      service: alert?.signal.service,
      fields: fields, time: alert?.firedAt ?? page.requestedAt)
  }

  private static func kind(_ kind: PageRequested.Kind) -> ChannelMessage.Kind {
    switch kind {
    case .fired: .fired
    case .resolved: .resolved
    case .test: .test
    case .notice: .notice
    }
  }

  /// The page that says more.
  private func path(of page: Page, incident: ULID?) -> String {
    if let incident { return "/incidents/\(incident)" }
    switch page.subject.kind {
    case "alert": return "/alerts/\(page.subject.id)"
    case "schedule": return "/schedules/\(page.subject.id)"
    case "incident": return "/incidents/\(page.subject.id)"
    case "handover": return "/handovers/\(page.subject.id)"
    case "procedure": return "/runs/\(page.subject.id)"
    default: return "/pages"
    }
  }
}
