import Alerts
import Base
import Events

extension KeptReport {
  /// What it did to its alert.
  var words: String {
    switch change {
    case .fired: "fired it"
    case .returned: "fired it again"
    case .acknowledged: "took it"
    case .quieted: "said that it is over"
    case .resolved: "ended it"
    }
  }

  func path(of alert: Alert) -> String { "/alerts/\(alert.id)/raw?report=\(SafeURL.encode(name))" }
}

/// A report as it came, and the others that changed the alert.
func rawEventPage(_ alert: Alert, _ report: KeptReport, _ json: JSON?, _ context: PageContext) -> PageBody {
  let summary = alert.signal.summary
  return PageBody(
    title: "As it came", heading: .text("The report that \(report.words): \(summary)"),
    lead: .group(["It came at ", clock(report.at, context), "."]),
    crumbs: [("Alerts", "/alerts"), (summary.cut(60), "/alerts/\(alert.id)")], place: .alerts,
    content: .group([
      card(nil) {
        if let json {
          pre { code { json.prettyText } }
        } else {
          empty("It is not kept any more. How long reports are kept is set by", hint: "retention: {payloads: 30d}")
        }
      },
      alert.reports.count < 2
        ? .nothing : card("Reports that changed the alert") { reportList(alert, showing: report, context) },
    ]), isLive: false)
}

/// The reports that changed an alert, as links.
func reportList(_ alert: Alert, showing shown: KeptReport? = nil, _ context: PageContext) -> HTML {
  ul(.class("plain")) {
    for report in alert.reports {
      li {
        a(.href(report.path(of: alert)), report == shown ? .aria("current", "true") : nil) {
          "what \(report.words)"
        }
        span(.class("muted small")) {
          " "; clock(report.at, context)
        }
      }
    }
  }
}
