import Base

/// One file of a rendered status page.
public struct StatusFile: Sendable, Equatable {
  /// Relative to the page's directory: `index.html`, `incidents/12.html`.
  public var path: String
  public var text: String
  /// What the file says besides the time of rendering: a file with the same contents need not be written again.
  public var contents: String
  /// Whether it says as of when it is, so that it is written again although nothing happened.
  public var tellsTime: Bool

  /// Of its name's ending.
  public static func mediaType(of path: String) -> String {
    switch path.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "rss": "application/rss+xml; charset=utf-8"
    case "atom": "application/atom+xml; charset=utf-8"
    case "json": "application/json"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }
}

extension StatusSite {
  /// The whole page. Files that are linked to come before those that link to them, so that whoever writes them in
  /// this order never publishes a link to a file that is not there yet.
  public func files(renderedAt now: Instant) -> [StatusFile] {
    func page(_ path: String, tellsTime: Bool, _ make: (StatusPageStamp) -> String) -> StatusFile {
      StatusFile(path: path, text: make(.at(now)), contents: make(.none), tellsTime: tellsTime)
    }
    let incidentFiles = incidents.map { incident in
      page("incidents/\(incident.number).html", tellsTime: false) { incidentPage(incident, $0) }
    }
    return [
      page("style.css", tellsTime: false) { _ in StatusStyle.text },
      page("favicon.svg", tellsTime: false) { _ in StatusStyle.icon(state) },
    ] + incidentFiles + [
      page("history.html", tellsTime: false) { historyPage($0) },
      page("feed.rss", tellsTime: false) { _ in rss },
      page("feed.atom", tellsTime: false) { _ in atom },
      page("status.json", tellsTime: true) { json($0) },
      page("index.html", tellsTime: true) { indexPage($0) },
    ]
  }
}

/// When a file was rendered; `none` compares contents without it.
enum StatusPageStamp {
  case at(Instant)
  case none

  var instant: Instant {
    switch self {
    case .at(let instant): instant
    case .none: .epoch
    }
  }
}
