import Base
import Definitions
import Events

/// A `Route` as decisions read it.
public struct AlertRoute: Sendable {
  public var name: String
  public var match: Match
  public var set: Changes
  /// Pages where the service names no policy.
  public var policy: String?

  /// All must hold; an empty list holds.
  public struct Match: Sendable {
    public var services: [String] = []
    public var owners: [String] = []
    public var tiers: [Int] = []
    public var severities: [AlertSeverity] = []
    public var labels: [Signal.Label] = []
    public var matchers: [LabelMatcher] = []
    public var integrations: [String] = []

    public init() {}

    public var isEverything: Bool {
      services.isEmpty && owners.isEmpty && tiers.isEmpty && severities.isEmpty && labels.isEmpty && matchers.isEmpty
        && integrations.isEmpty
    }
  }

  public struct Changes: Sendable {
    public var service: Template?
    public var urgency: Urgency?
    public var severity: Template?
    public var key: Template?
    public var autoResolve: Interval?
    public var policy: String?
    public var labels: [(name: String, template: Template)] = []

    public init() {}
  }

  public init(name: String, match: Match = Match(), set: Changes = Changes(), policy: String? = nil) {
    self.name = name
    self.match = match
    self.set = set
    self.policy = policy
  }

  public init(_ route: Entity<RouteSpec>) {
    let spec = route.spec
    var match = Match()
    match.services = spec.match.services.map(\.shortName)
    match.owners = spec.match.owners.map(\.shortName)
    match.tiers = spec.match.tiers
    match.severities = spec.match.severities.compactMap { AlertSeverity(rawValue: $0.rawValue) }
    match.labels = spec.match.labels.map { .init(name: $0.key, value: $0.value) }
    match.matchers = spec.match.matchers
    match.integrations = spec.match.integrations.map(\.shortName)
    var set = Changes()
    set.service = spec.set.service
    set.urgency = spec.set.urgency.flatMap { Urgency(rawValue: $0.rawValue) }
    set.severity = spec.set.severity
    set.key = spec.set.key
    set.autoResolve = spec.set.autoResolve
    set.policy = spec.set.policy?.shortName
    set.labels = spec.set.labels.map { ($0.name, $0.template) }
    self.init(name: route.ref.shortName, match: match, set: set, policy: spec.policy?.shortName)
  }

  /// What a route looks at.
  public struct Facts {
    public var service: String?
    public var owner: String?
    public var tier: Int?
    public var severity: AlertSeverity
    public var labels: [Signal.Label]
    /// Without the intake's name.
    public var integration: Substring?
    public var summary: String

    public init(
      service: String?, owner: String?, tier: Int?, severity: AlertSeverity, labels: [Signal.Label],
      integration: Substring?, summary: String = ""
    ) {
      self.service = service
      self.owner = owner
      self.tier = tier
      self.severity = severity
      self.labels = labels
      self.integration = integration
      self.summary = summary
    }

    /// The label, and where there is none of that name what is known of the alert itself.
    func label(_ name: String) -> String {
      if let label = labels.first(where: { $0.name == name }) { return label.value }
      switch name {
      case "service": return service ?? ""
      case "severity": return severity.rawValue
      case "integration": return integration.map(String.init) ?? ""
      case "summary": return summary
      default: return ""
      }
    }
  }

  public func matches(_ facts: Facts) -> Bool { mismatch(facts) == nil }

  /// The first condition that does not hold, in words; `nil` where it matches.
  public func mismatch(_ facts: Facts) -> String? {
    func lacks<T: Equatable>(_ list: [T], _ value: T?) -> Bool { !list.isEmpty && !(value.map(list.contains) ?? false) }
    func words(_ list: [String]) -> String { list.joined(separator: ", ") }
    if lacks(match.integrations.map { $0[...] }, facts.integration) {
      return "it came by \(facts.integration.map { $0.isEmpty ? "no integration" : String($0) } ?? "none"), not by "
        + words(match.integrations)
    }
    if lacks(match.services, facts.service) {
      return "its service is \(facts.service ?? "not known"), not \(words(match.services))"
    }
    if lacks(match.owners, facts.owner) {
      return "its service is owned by \(facts.owner ?? "nobody known"), not \(words(match.owners))"
    }
    if lacks(match.tiers, facts.tier) {
      return "its tier is \(facts.tier.map(String.init) ?? "not known"), not \(words(match.tiers.map(String.init)))"
    }
    if lacks(match.severities, facts.severity) {
      return "its severity is \(facts.severity.rawValue), not \(words(match.severities.map(\.rawValue)))"
    }
    for label in match.labels where facts.label(label.name) != label.value {
      return "its label \(label.name) is '\(facts.label(label.name).cut(80))', not '\(label.value)'"
    }
    for matcher in match.matchers where !matcher.matches(facts.label(matcher.name)) {
      return "its label \(matcher.name) is '\(facts.label(matcher.name).cut(80))', which does not match \(matcher)"
    }
    return nil
  }
}
