import Base

/// `Route`: what becomes of an alert: whose it is, how urgent, under which key, and which escalation policy pages.
/// Routes are tried in their order; the first that matches wins. One without conditions catches what no other took.
public struct RouteSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Route")

  /// Lower is tried first; equals by name.
  public var order: Int
  public var match: Match
  /// Pages for alerts whose service names no policy of its own.
  public var policy: EntityRef?
  public var set: Changes

  /// All that are given must hold; a list holds when one of its values does. Nothing given matches every alert.
  public struct Match: Hashable, Sendable {
    public var services: [EntityRef] = []
    /// The group that owns the service.
    public var owners: [EntityRef] = []
    /// Levels of tiers.
    public var tiers: [Int] = []
    public var severities: [Severity] = []
    /// Labels of the alert.
    public var labels: [StringPair] = []
    /// Conditions on labels, all of which must hold.
    public var matchers: [LabelMatcher] = []
    public var integrations: [EntityRef] = []

    public var isEverything: Bool { self == Match() }
  }

  /// What it changes of an alert that comes in by an integration. Alerts that Mainstay raised itself keep theirs.
  public struct Changes: Hashable, Sendable {
    public var service: Template?
    public var urgency: Urgency?
    public var severity: Template?
    /// Alerts with one key are one alert.
    public var key: Template?
    /// Resolves it after so long without a word of its sender.
    public var autoResolve: Interval?
    /// Pages whatever policy the service names.
    public var policy: EntityRef?
    /// Added to the labels of the alert.
    public var labels: [NamedTemplate] = []
  }

  public struct NamedTemplate: Hashable, Sendable {
    public var name: String
    public var template: Template
  }

  public enum Severity: String, Sendable, CaseIterable, Codable {
    case critical, error, warning, info
  }

  public enum Urgency: String, Sendable, CaseIterable, Codable {
    case page, ticket, record
  }

  public init(_ fields: Fields) {
    order = fields.int(ifPresent: "order", in: 0...1_000_000) ?? 1_000
    policy = fields.reference(ifPresent: "policy", to: "EscalationPolicy")
    match = fields.object(ifPresent: "match", Self.match) ?? Match()
    let changes = fields.object(ifPresent: "set", Self.changes)
    set = changes ?? Changes()
    if policy == nil, changes == nil {
      fields.missing("policy", "the name of an EscalationPolicy, or `set` with what the route changes")
    }
  }

  private static func match(_ fields: Fields) -> Match {
    Match(
      services: fields.references(ifPresent: "services", to: "Component", "Service"),
      owners: fields.references(ifPresent: "owners", to: "Group", "User"),
      tiers: tiers(fields), severities: fields.choices(ifPresent: "severities", Severity.self),
      labels: fields.stringMap(ifPresent: "labels"), matchers: fields.matchers(ifPresent: "matchers"),
      integrations: fields.references(ifPresent: "integrations", to: "Integration"))
  }

  private static func changes(_ fields: Fields) -> Changes {
    let changes = Changes(
      service: fields.template(ifPresent: "service", isKnown),
      urgency: fields.choice(ifPresent: "urgency", Urgency.self),
      severity: fields.template(ifPresent: "severity", isKnown), key: fields.template(ifPresent: "key", isKnown),
      autoResolve: fields.interval(ifPresent: "autoResolve"),
      policy: fields.reference(ifPresent: "policy", to: "EscalationPolicy"),
      labels: fields.templates(ifPresent: "labels", isKnown))
    if let severity = changes.severity, severity.paths.isEmpty, Severity(rawValue: severity.text) == nil {
      fields.error("severity", "\(quoted(severity.text)) is not one of critical, error, warning, info")
    }
    if let key = changes.key, key.paths.isEmpty {
      fields.warning("key", "has nothing to fill in: all alerts of this route are one alert")
    }
    if changes.autoResolve == .zero { fields.error("autoResolve", "0 would resolve at once; write it like 1h") }
    return changes
  }

  /// What a route's templates can ask for.
  public static func isKnown(_ path: String) -> Bool {
    ["key", "service", "severity", "summary", "link", "integration"].contains(path)
      || ["labels.", "annotations."].contains { path.hasPrefix($0) && path.utf8.count > $0.utf8.count }
  }

  private static func tiers(_ fields: Fields) -> [Int] {
    guard let node = fields.node("tiers") else { return [] }
    guard let items = node.sequence else {
      fields.wrongType(node, fields.path(of: "tiers"), expected: "a list of levels")
      return []
    }
    return items.enumerated().compactMap { index, item in
      if case .int(let level) = item.scalar?.meaning, (0...9).contains(level) { return Int(level) }
      fields.wrongType(item, "\(fields.path(of: "tiers")).\(index)", expected: "a level from 0 to 9")
      return nil
    }
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let routes = snapshot.routes
    if let place = routes.firstIndex(where: \.spec.match.isEverything), place + 1 < routes.count {
      let (all, next) = (routes[place], routes[place + 1])
      report.warning(
        at: next.position,
        "Route \(next.name) is never tried: \(all.name) comes before it and matches everything; give that one a "
          + "higher order")
    }
    guard !routes.contains(where: \.spec.match.isEverything),
      let first = snapshot.all(IntegrationSpec.self).first
    else { return }
    report.warning(
      at: first.position,
      "alerts of Integration \(first.name) that no Route matches go to the catch-all: the service's team, or "
        + "the administrators; add a Route without `match` to choose who has them")
  }
}

extension Snapshot {
  /// The routes in the order in which they are tried.
  public var routes: [Entity<RouteSpec>] {
    all(RouteSpec.self).sorted { ($0.spec.order, $0.ref) < ($1.spec.order, $1.ref) }
  }
}

extension Fields {
  /// A mapping from names to templates, in the order of the names.
  func templates(ifPresent key: String, _ isKnown: ((String) -> Bool)? = nil) -> [RouteSpec.NamedTemplate] {
    stringMap(ifPresent: key).compactMap { pair in
      do throws(TemplateError) {
        let template = try Template(pair.value)
        if let isKnown, let path = template.paths.first(where: { !isKnown($0) }) {
          error(key, "\(pair.key) asks for '{{\(path)}}', which is not known")
        }
        return RouteSpec.NamedTemplate(name: pair.key, template: template)
      } catch {
        self.error(key, "\(pair.key) \(error.message)")
        return nil
      }
    }
  }
}
