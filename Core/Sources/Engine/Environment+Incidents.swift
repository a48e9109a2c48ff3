import Base
import Definitions
import Events
import Incidents

/// What one severity means and asks for.
public struct SeverityRules: Sendable, Hashable {
  public var definition: String
  public var examples: [String] = []
  /// After which time the next update for an audience is due; `nil` where nobody is reminded.
  public var internalUpdates: Interval?
  public var externalUpdates: Interval?
  /// Whether the public hears of it.
  public var isPublic = false
  /// The roles that somebody should hold.
  public var roles: [String] = []

  public init(
    definition: String, examples: [String] = [], internalUpdates: Interval? = nil, externalUpdates: Interval? = nil,
    isPublic: Bool = false, roles: [String] = []
  ) {
    self.definition = definition
    self.examples = examples
    self.internalUpdates = internalUpdates
    self.externalUpdates = externalUpdates
    self.isPublic = isPublic
    self.roles = roles
  }

  public func updates(_ audience: IncidentAudience) -> Interval? {
    audience == .internal ? internalUpdates : externalUpdates
  }
}

/// The severities, from `Severity` documents and, where there is none, the meanings that most organisations give them.
public struct Severities: Sendable {
  private var rules: [IncidentSeverity: SeverityRules] = [:]
  /// Worst first.
  var triggers: [(severity: IncidentSeverity, tiers: [Int], burnRate: Double?)] = []

  public init() {}

  public init(_ snapshot: Snapshot) {
    for severity in snapshot.all(SeveritySpec.self).sorted(by: { $0.spec.level.rawValue < $1.spec.level.rawValue }) {
      let spec = severity.spec
      guard let level = IncidentSeverity(rawValue: spec.level.rawValue) else { continue }
      set(
        level,
        SeverityRules(
          definition: spec.definition, examples: spec.examples, internalUpdates: spec.internalUpdates,
          externalUpdates: spec.externalUpdates, isPublic: spec.isPublic, roles: spec.roles))
      for trigger in spec.opens { open(level, tiers: trigger.tiers, burnRate: trigger.burnRate) }
    }
  }

  /// Puts what is defined in the place of the usual.
  public mutating func set(_ severity: IncidentSeverity, _ rules: SeverityRules) { self.rules[severity] = rules }

  /// Lets alerts of some tiers open incidents of a severity, from a burn rate on; what was said first counts.
  public mutating func open(_ severity: IncidentSeverity, tiers: [Int], burnRate: Double?) {
    triggers.append((severity, tiers, burnRate))
  }

  /// Those that the public hears of.
  public var published: Set<IncidentSeverity> { Set(IncidentSeverity.allCases.filter { self[$0].isPublic }) }

  public subscript(severity: IncidentSeverity) -> SeverityRules { rules[severity] ?? Self.standard(severity) }

  /// Nobody is reminded of updates before a document says how often they are due.
  static func standard(_ severity: IncidentSeverity) -> SeverityRules {
    switch severity {
    case .sev1:
      SeverityRules(
        definition: "Critical: most users cannot use something essential, or data is being lost. Executives are told.",
        isPublic: true, roles: [IncidentRoles.commander, IncidentRoles.communications, IncidentRoles.scribe])
    case .sev2:
      SeverityRules(
        definition: "Major: many users feel it, or something essential works badly and there is no way round.",
        isPublic: true, roles: [IncidentRoles.commander, IncidentRoles.communications])
    case .sev3:
      SeverityRules(
        definition: "Minor: some users feel it, or there is a way round.", isPublic: true,
        roles: [IncidentRoles.commander])
    case .sev4:
      SeverityRules(definition: "Low: users hardly notice; it can wait for working hours.")
    }
  }
}

extension Environment {
  /// The severity of an incident that an alert opens: what a `Severity` document says of its tier and burn, else what
  /// the tier fixes, else the usual one.
  func severity(of signal: Signal, tier: Tier) -> (IncidentSeverity, reason: String) {
    for trigger in severities.triggers where trigger.tiers.contains(tier.level) {
      guard let wanted = trigger.burnRate else {
        return (trigger.severity, "tier \(tier.level) opens \(trigger.severity.rawValue)")
      }
      if let rate = signal.burnRate, rate >= wanted {
        return (
          trigger.severity,
          "tier \(tier.level), burning at \(SeverityRule.rounded(rate)) times the budget's rate, from "
            + "\(SeverityRule.rounded(wanted)) on it is \(trigger.severity.rawValue)"
        )
      }
    }
    if let fixed = tier.severity { return (fixed, "tier \(tier.level) always opens \(fixed.rawValue)") }
    return SeverityRule.severity(tier: tier.level, burnRate: signal.burnRate, signal: signal.severity)
  }
}
