import Base
import Definitions
import Events

/// Where a report goes, and why.
public struct Routed: Sendable {
  public var signal: Signal
  /// The `Route` that took it.
  public var route: String?
  /// The escalation policy that pages for it.
  public var policy: String?
  /// A line for each route that was tried, and for what was decided; only where it was asked for.
  public var why: [String]
}

/// Decides what becomes of a report: pure, so that the page that explains it says what intake does.
///
/// The first route that matches maps the report. Who pages is then asked of the mapped signal: the route's own
/// `set.policy`, the service's, or that of the first route that matches and names one.
public struct Router: Sendable {
  public struct Service: Sendable {
    public var owner: String?
    public var tier: Int?
    public var policy: String?

    public init(owner: String?, tier: Int?, policy: String?) {
      self.owner = owner
      self.tier = tier
      self.policy = policy
    }
  }

  /// In the order in which they are tried.
  public var routes: [AlertRoute]
  /// The services of the catalog by name.
  public var services: [String: Service]

  public init(routes: [AlertRoute] = [], services: [String: Service] = [:]) {
    self.routes = routes
    self.services = services
  }

  /// - Parameter explaining: whether to say why; taking alerts does without.
  public func route(_ incoming: Incoming, explaining: Bool = false) -> Routed {
    var why: [String] = []
    let named = service(of: incoming)
    if explaining { why.append(words(named, incoming)) }
    let severity = incoming.severity ?? .error
    let facts = facts(
      service: named, severity: severity, labels: incoming.labels, integration: incoming.integrationName,
      summary: incoming.summary)
    var taken: AlertRoute?
    for route in routes {
      guard explaining else {
        if route.matches(facts) {
          taken = route
          break
        }
        continue
      }
      if let reason = route.mismatch(facts) {
        why.append("Route \(route.name) does not match: \(reason)")
      } else {
        why.append("Route \(route.name) matches\(route.match.isEverything ? " everything" : "")")
        taken = route
        break
      }
    }
    if explaining, taken == nil { why.append("No route matches") }
    let signal = signal(incoming, service: named, severity: severity, taken)
    let (policy, reason) = decide(signal)
    if explaining { why.append(reason) }
    return Routed(signal: signal, route: taken?.name, policy: policy, why: why)
  }

  /// The escalation policy that pages for a signal, and why that one.
  public func decide(_ signal: Signal) -> (policy: String?, why: String) {
    if let name = signal.route, let policy = routes.first(where: { $0.name == name })?.set.policy {
      return (policy, "Policy \(policy) pages, which route \(name) sets")
    }
    if let service = signal.service, let policy = services[service]?.policy {
      return (policy, "Policy \(policy) pages, which service \(service) names")
    }
    let facts = facts(
      service: signal.service, severity: signal.severity, labels: signal.labels,
      integration: signal.integration.map { $0.drop { $0 != "/" }.dropFirst() }, summary: signal.summary)
    for route in routes {
      guard let policy = route.policy ?? route.set.policy, route.matches(facts) else { continue }
      return (policy, "Policy \(policy) pages, which route \(route.name) names")
    }
    return (nil, "Neither its service nor a route names a policy: the catch-all has it")
  }

  private func facts(
    service: String?, severity: AlertSeverity, labels: [Signal.Label], integration: Substring?, summary: String
  ) -> AlertRoute.Facts {
    let known = service.flatMap { services[$0] }
    return .init(
      service: service, owner: known?.owner, tier: known?.tier, severity: severity, labels: labels,
      integration: integration, summary: summary)
  }

  // MARK: The service

  /// The labels that senders name a service with, the first that names one of the catalog counts.
  public static let serviceLabels = ["service", "component", "app", "job"]

  private func service(of incoming: Incoming) -> String? {
    if let name = incoming.service, services[name] != nil { return name }
    for name in Self.serviceLabels {
      let value = incoming.label(name)
      if !value.isEmpty, services[value] != nil { return value }
    }
    if let name = incoming.fallbackService, services[name] != nil { return name }
    return nil
  }

  private func words(_ service: String?, _ incoming: Incoming) -> String {
    guard let service else {
      let named = incoming.service ?? incoming.label("service")
      return named.isEmpty
        ? "It names no service of the catalog"
        : "It names '\(named.cut(80))', which is no service of the catalog"
    }
    let label = Self.serviceLabels.first { incoming.label($0) == service }
    let from =
      incoming.service == service ? "" : label.map { " by its label \($0)" } ?? ", which its integration feeds"
    let owner = services[service]?.owner.map { ", owned by \($0)" } ?? ""
    let tier = services[service]?.tier.map { ", tier \($0)" } ?? ""
    return "Its service is \(service)\(from)\(owner)\(tier)"
  }

  // MARK: The signal

  private func signal(
    _ incoming: Incoming, service: String?, severity: AlertSeverity, _ route: AlertRoute?
  ) -> Signal {
    var signal = Signal(
      key: Self.key(incoming), service: service, severity: severity,
      urgency: incoming.urgency ?? Self.urgency(of: severity), summary: incoming.summary.cut(Incoming.summaryBytesMax),
      detail: incoming.detail?.cut(Incoming.detailBytesMax), labels: incoming.labels, link: incoming.link,
      integration: incoming.integration, route: route?.name, startsAt: incoming.startsAt, timeout: incoming.timeout,
      runbook: incoming.runbook)
    guard let set = route?.set else { return signal }
    func value(_ path: String) -> String? {
      if path.hasPrefix("labels.") { return incoming.label(String(path.dropFirst(7))) }
      if path.hasPrefix("annotations.") { return incoming.annotations.first { $0.name == path.dropFirst(12) }?.value }
      switch path {
      case "key": return incoming.key
      case "service": return service
      case "severity": return severity.rawValue
      case "summary": return incoming.summary
      case "link": return incoming.link
      case "integration": return String(incoming.integrationName)
      default: return nil
      }
    }
    if let name = set.service?.render(value), services[name] != nil { signal.service = name }
    if let word = set.severity?.render(value), let changed = Incoming.severity(word) {
      signal.severity = changed
      if incoming.urgency == nil { signal.urgency = Self.urgency(of: changed) }
    }
    if let urgency = set.urgency { signal.urgency = urgency }
    if let key = set.key?.render(value), !key.isEmpty { signal.key = Self.sharedKey(route?.name ?? "", key) }
    if let autoResolve = set.autoResolve { signal.timeout = autoResolve }
    for (name, template) in set.labels {
      signal.labels.removeAll { $0.name == name }
      signal.labels.append(.init(name: name, value: template.render(value)))
    }
    if !set.labels.isEmpty { signal.labels.sort { ($0.name, $0.value) < ($1.name, $1.value) } }
    return signal
  }

  /// What is unique among all senders: keys of one integration say nothing about another's.
  public static func key(_ incoming: Incoming) -> String { key(of: incoming.integration, incoming.key) }

  public static func key(of integration: String, _ key: String) -> String { bounded("\(integration)/\(key)") }

  /// A long key keeps its beginning; the hash behind it keeps it apart from others that begin so.
  private static func bounded(_ key: String) -> String {
    guard key.utf8.count > 512 else { return key }
    return "\(key.cut(400))#\(SHA256.hex(key))"
  }

  private static let shared = "route/"

  private static func sharedKey(_ route: String, _ key: String) -> String { bounded("\(shared)\(route)/\(key)") }

  /// Whether a route gave the key, so that several conditions of a sender may share the alert.
  public static func isShared(_ key: String) -> Bool { key.hasPrefix(shared) }

  /// Info is written down, a warning waits for working hours, all else pages.
  public static func urgency(of severity: AlertSeverity) -> Urgency {
    switch severity {
    case .critical, .error: .page
    case .warning: .ticket
    case .info: .record
    }
  }
}
