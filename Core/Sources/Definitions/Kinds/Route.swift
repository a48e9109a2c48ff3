/// `Route`: which escalation policy an alert goes to. Routes are tried in their order; the first that matches wins.
public struct RouteSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Route")

  /// Lower is tried first; equals by name.
  public var order: Int
  public var match: Match
  public var policy: EntityRef

  /// All that are given must hold; a list holds when one of its values does. Nothing given matches every alert.
  public struct Match: Hashable, Sendable {
    public var services: [EntityRef]
    /// The group that owns the service.
    public var owners: [EntityRef]
    /// Levels of tiers.
    public var tiers: [Int]
    public var severities: [Severity]
    /// Labels of the alert.
    public var labels: [StringPair]
  }

  public enum Severity: String, Sendable, CaseIterable, Codable {
    case critical, error, warning, info
  }

  public init(_ fields: Fields) {
    order = fields.int(ifPresent: "order", in: 0...1_000_000) ?? 1_000
    policy = fields.reference("policy", to: "EscalationPolicy")
    match =
      fields.object(ifPresent: "match") { fields in
        Match(
          services: fields.references(ifPresent: "services", to: "Component", "Service"),
          owners: fields.references(ifPresent: "owners", to: "Group", "User"),
          tiers: Self.tiers(fields), severities: fields.choices(ifPresent: "severities", Severity.self),
          labels: fields.stringMap(ifPresent: "labels"))
      } ?? Match(services: [], owners: [], tiers: [], severities: [], labels: [])
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
}

extension Snapshot {
  /// The routes in the order in which they are tried.
  public var routes: [Entity<RouteSpec>] {
    all(RouteSpec.self).sorted { ($0.spec.order, $0.ref) < ($1.spec.order, $1.ref) }
  }
}
