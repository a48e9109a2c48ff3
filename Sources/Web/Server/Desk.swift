import Access
import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall

/// Where handlers work: the platform, and what turns its state into pages and documents.
struct Desk: Sendable {
  let platform: Platform
  let configuration: WebConfiguration
  let authenticator: Authenticator

  var routes: [Route] {
    assetRoutes + timelineRoutes + statusRoutes
      + pageRoutes + intakePageRoutes + silencePages + actionRoutes + apiRoutes + intakeRoutes
      + callbackRoutes
  }

  static let formBytesMax = 64 * 1_024
  static let apiBytesMax = 256 * 1_024

  func site(_ committed: Committed) -> Site {
    let shifts = platform.shifts
    let overrides = committed.state.overrides
    return Site(
      state: committed.state, catalog: platform.catalog(), objectives: platform.objectives(),
      sparklines: platform.sparklines,
      shifts: { schedule, from, to in shifts(schedule, from, to, overrides.of(schedule).map(\.view)) })
  }

  var site: Site { site(platform.committed()) }

  /// What the shell of a page shows.
  func context(_ request: WebRequest) -> PageContext {
    let committed = platform.committed()
    let query = request.query.map { "\($0.name)=\(SafeURL.encode($0.value))" }.joined(separator: "&")
    var context = PageContext(
      now: request.now, zone: zone(request), sequence: committed.sequence,
      path: request.method == "GET" ? request.path + (query.isEmpty ? "" : "?\(query)") : "/",
      reader: request.identity.map { identity in
        let canLogOut = if case .session = identity.way { true } else { false }
        return Reader(name: identity.name, role: identity.role, canLogOut: canLogOut)
      })
    context.csrf = authenticator.formToken(nonce: request.formNonce, identity: request.identity)
    context.version = platform.version
    let external = configuration.externalURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    context.origin = external ?? request.headers["host"].map { "\(request.isSecure ? "https" : "http")://\($0)" } ?? ""
    context.range = request.query("range").flatMap(TimeRange.init) ?? standardRange
    if request.identity != nil {
      context.notices = platform.status().notices
      context.firingAlerts = committed.state.alerts.pagingCount
      context.openIncidents = committed.state.incidents.open.count
    }
    return context
  }

  private func zone(_ request: WebRequest) -> ReaderZone {
    guard let name = request.cookie("mainstay_zone").map({ Form.decode($0.utf8) }), name != "UTC" else { return .utc }
    return platform.zone(name) ?? .utc
  }

  func page(_ body: PageBody, _ request: WebRequest) -> WebResponse {
    .html(document(body, context(request)).rendered())
  }

  /// One page of a list that is sorted newest first: `limit` items after the cursor, and the cursor of the next.
  func slice<Item>(
    _ items: [Item], _ request: WebRequest, limit: Int = 50, id: (Item) -> String
  ) throws -> (items: [Item], next: String?) {
    let limit = try self.limit(request, limit)
    var rest = items[...]
    if let cursor = request.query("cursor") {
      guard let index = items.firstIndex(where: { id($0) == cursor }) else {
        throw Problem.invalid(
          "The cursor '\(cursor.prefix(40))' is not in this list any more.", "Start without a cursor.")
      }
      rest = items[(index + 1)...]
    }
    let page = Array(rest.prefix(limit))
    return (page, rest.count > limit ? page.last.map(id) : nil)
  }

  func limit(_ request: WebRequest, _ standard: Int = 50) throws -> Int {
    guard let text = request.query("limit") else { return standard }
    guard let value = Int(text), (1...500).contains(value) else {
      throw Problem.invalid("limit '\(text.prefix(20))' is not between 1 and 500.")
    }
    return value
  }

  /// The identifier after which a page of a list begins.
  func cursor(_ request: WebRequest) throws -> ULID? {
    guard let text = request.query("cursor") else { return nil }
    guard let id = ULID(text) else {
      throw Problem.invalid("The cursor '\(text.prefix(40))' is no identifier.", "Start without a cursor.")
    }
    return id
  }

  /// A time in a query: RFC 3339, or a length of time before now.
  func time(_ text: String, _ request: WebRequest) throws -> Instant {
    if let instant = Instant(rfc3339: text) { return instant }
    if let interval = Interval(text: text) { return request.now - interval }
    throw Problem.invalid("'\(text.prefix(60))' is no time.", "Write 2026-11-21T03:00:00Z, or 2h for two hours ago.")
  }

  func history(_ slo: String, _ context: PageContext) async -> ObjectiveHistory? {
    await platform.history(slo, context.now - context.range.length, context.now)
  }
}

extension Desk {
  /// A day; an hour while there is no more than a few hours to show.
  private var standardRange: TimeRange {
    platform.objectives().recorded < .hours(6) ? .hour : .day
  }
}
