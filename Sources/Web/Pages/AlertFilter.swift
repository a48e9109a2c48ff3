import Alerts
import Base
import Engine
import Events

/// Which alerts a list shows, as its address says.
struct AlertFilter: Sendable {
  /// `open`, `all`, or a word of `AlertCondition`.
  var state = "open"
  var service = ""
  var team = ""
  var tier: Int?
  var urgency: Urgency?
  var integration = ""
  /// Only what has no service, or what the catch-all has because no policy does.
  var isUnrouted = false

  /// The open alerts that no policy of the definitions pages for.
  static var unrouted: AlertFilter {
    var filter = AlertFilter()
    filter.isUnrouted = true
    return filter
  }

  private init() {}

  static let states = ["open"] + AlertCondition.allCases.map(\.rawValue) + ["all"]

  /// - Throws: a problem that names the word that is none.
  init(_ request: WebRequest, state fallback: String = "open") throws {
    state = request.query("state") ?? fallback
    service = request.query("service") ?? ""
    team = request.query("team") ?? ""
    integration = request.query("integration") ?? ""
    isUnrouted = ["1", "true"].contains(request.query("unrouted") ?? "")
    guard Self.states.contains(state) else {
      throw Problem.invalid(
        "'\(state.prefix(40))' is no state of alerts.", "Use one of \(Self.states.joined(separator: ", ")).")
    }
    if let text = request.query("tier"), !text.isEmpty {
      guard let level = Int(text), (0...9).contains(level) else {
        throw Problem.invalid("'\(text.prefix(40))' is no tier.", "Use a level from 0 to 9.")
      }
      tier = level
    }
    if let text = request.query("urgency"), !text.isEmpty {
      guard let word = Urgency(rawValue: text) else {
        throw Problem.invalid("'\(text.prefix(40))' is no urgency.", "Use page, ticket or record.")
      }
      urgency = word
    }
  }

  /// Whether it leaves out anything but by state.
  var isPlain: Bool {
    service.isEmpty && team.isEmpty && tier == nil && urgency == nil && integration.isEmpty && !isUnrouted
  }

  /// The address of the list, with another state where one is given.
  func path(state other: String? = nil) -> String {
    var parts = ["state=\(SafeURL.encode(other ?? state))"]
    if !service.isEmpty { parts.append("service=\(SafeURL.encode(service))") }
    if !team.isEmpty { parts.append("team=\(SafeURL.encode(team))") }
    if let tier { parts.append("tier=\(tier)") }
    if let urgency { parts.append("urgency=\(urgency.rawValue)") }
    if !integration.isEmpty { parts.append("integration=\(SafeURL.encode(integration))") }
    if isUnrouted { parts.append("unrouted=1") }
    return "/alerts?\(parts.joined(separator: "&"))"
  }

  /// A test of single alerts; it knows the services' owners and tiers.
  func test(in catalog: CatalogView) -> (Alert) -> Bool {
    var entries: [String: ServiceEntry] = [:]
    if !team.isEmpty || tier != nil {
      entries = Dictionary(catalog.services.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }
    return { alert in
      let entry = alert.signal.service.flatMap { entries[$0] }
      return isIn(state: alert) && (service.isEmpty || alert.signal.service == service)
        && (team.isEmpty || entry?.owner == team) && (tier == nil || entry?.tier == tier)
        && (urgency == nil || alert.signal.urgency == urgency)
        && (integration.isEmpty || alert.signal.integration == integration)
        && (!isUnrouted || catalog.isUnrouted(alert.signal))
    }
  }

  private func isIn(state alert: Alert) -> Bool {
    switch state {
    case "all": true
    case "open": alert.isOpen
    default: alert.condition.rawValue == state
    }
  }

  /// Those that match, newest first, as far as they are asked for: a list of a hundred thousand is not made for one
  /// page of it. `apart` leaves out the open ones that stand under another.
  func alerts(
    in site: Site, after cursor: ULID?, limit: Int, apart: Bool = false, where shown: (Alert) -> Bool = { _ in true }
  ) -> (alerts: [Alert], next: String?) {
    let matches = test(in: site.catalog)
    func take(_ all: some Sequence<Alert>) -> [Alert] {
      var found: [Alert] = []
      for alert in all where matches(alert) && shown(alert) {
        found.append(alert)
        if found.count > limit { break }
      }
      return found
    }
    let alerts = site.state.alerts
    let found =
      switch state {
      case "all": take(alerts.newestKept(before: cursor))
      case AlertCondition.resolved.rawValue: take(alerts.newestResolved(before: cursor))
      default:
        if !service.isEmpty {
          take(alerts.newest(service: service, before: cursor))
        } else if apart {
          take(alerts.newestApart(before: cursor))
        } else {
          take(alerts.newest(before: cursor))
        }
      }
    let page = Array(found.prefix(limit))
    return (page, found.count > limit ? page.last?.id.description : nil)
  }
}

extension CatalogView {
  /// Whether an alert has no service, or no policy of the definitions that pages for it.
  func isUnrouted(_ signal: Signal) -> Bool { signal.service == nil || !isRouted(signal) }
}

extension Site {
  /// So many of the newest open alerts are looked at for a count.
  static let unroutedLookedAt = 500

  /// How many of the newest open alerts are unrouted: `12`, or `12+` where there are more alerts than were looked at.
  var unroutedCount: String {
    let count = state.alerts.newest().prefix(Self.unroutedLookedAt).filter { catalog.isUnrouted($0.signal) }.count
    return "\(count)\(state.alerts.openCount > Self.unroutedLookedAt ? "+" : "")"
  }
}
