import Base
import Events
import Freeze
import Journal
import Objectives
import OnCall

/// What decisions read of the definitions in force, compiled once when they change.
public struct Environment: Sendable {
  public struct Service: Sendable {
    public var name: String
    /// 0 is the most important; `nil` where the catalog names none.
    public var tier: Int?
    public var owner: String?
    /// The escalation policy that its pages follow.
    public var policy: String?

    public init(name: String, tier: Int?, owner: String?, policy: String?) {
      self.name = name
      self.tier = tier
      self.owner = owner
      self.policy = policy
    }
  }

  /// What a tier asks for when one of its services alerts.
  public struct Tier: Sendable {
    public enum Paging: Sendable { case page, notify, record }

    public var level: Int
    public var paging: Paging
    /// Whether a page opens an incident by itself.
    public var opensIncident: Bool
    /// The severity of such an incident, where the tier fixes it.
    public var severity: IncidentSeverity?

    public init(level: Int, paging: Paging, opensIncident: Bool, severity: IncidentSeverity?) {
      self.level = level
      self.paging = paging
      self.opensIncident = opensIncident
      self.severity = severity
    }

    /// What holds for a tier that nobody defined: everything pages, 0 and 1 open incidents.
    public static func standard(_ level: Int) -> Tier {
      Tier(level: level, paging: .page, opensIncident: level <= 1, severity: nil)
    }
  }

  /// Which policy pages for which alerts; the first route that matches counts.
  public struct Route: Sendable {
    public var services: [String]
    public var owners: [String]
    public var tiers: [Int]
    public var severities: [AlertSeverity]
    public var labels: [Signal.Label]
    public var policy: String

    public init(
      services: [String], owners: [String], tiers: [Int], severities: [AlertSeverity], labels: [Signal.Label],
      policy: String
    ) {
      self.services = services
      self.owners = owners
      self.tiers = tiers
      self.severities = severities
      self.labels = labels
      self.policy = policy
    }

    /// An empty list matches everything.
    func matches(_ signal: Signal, _ service: Service?) -> Bool {
      func allows<T: Equatable>(_ list: [T], _ value: T?) -> Bool { list.isEmpty || value.map(list.contains) ?? false }
      return allows(services, signal.service) && allows(owners, service?.owner) && allows(tiers, service?.tier)
        && allows(severities, signal.severity) && labels.allSatisfy(signal.labels.contains)
    }
  }

  /// The content hash of the snapshot.
  public var snapshot: String
  public var services: [String: Service]
  public var policies: [String: EscalationPolicy]
  public var tiers: [Int: Tier]
  /// In the order in which they are tried.
  public var routes: [Route]
  public var contacts: [String: ContactRules]
  /// The names of the schedules.
  public var schedules: Set<String>
  /// The freezes by name.
  public var freezes: [String: FreezeWindow]
  /// The services of the objectives, by their ids.
  public var objectives: [String: String]
  public var budgetPolicies: [BudgetPolicy]
  /// The times between two instants that planned maintenance takes out of an objective's budget, in any order.
  public var maintenance: @Sendable (_ slo: String, _ service: String, _ between: Range<Instant>) -> [Range<Instant>]
  /// Limits, leads and nights.
  public var protection = Protection()
  /// Who is on call in a schedule.
  public var onCall: @Sendable (_ schedule: String, _ at: Instant, _ overrides: [Override]) -> [String]

  public init(
    snapshot: String = "", services: [String: Service] = [:], policies: [String: EscalationPolicy] = [:],
    tiers: [Int: Tier] = [:], routes: [Route] = [], contacts: [String: ContactRules] = [:],
    schedules: Set<String> = [], freezes: [String: FreezeWindow] = [:], objectives: [String: String] = [:],
    budgetPolicies: [BudgetPolicy] = [],
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String] = { _, _, _ in [] },
    maintenance: @escaping @Sendable (String, String, Range<Instant>) -> [Range<Instant>] = { _, _, _ in [] }
  ) {
    self.snapshot = snapshot
    self.services = services
    self.policies = policies
    self.tiers = tiers
    self.routes = routes
    self.contacts = contacts
    self.schedules = schedules
    self.freezes = freezes
    self.objectives = objectives
    self.budgetPolicies = budgetPolicies
    self.maintenance = maintenance
    self.onCall = onCall
  }

  public func tier(_ level: Int) -> Tier { tiers[level] ?? .standard(level) }

  /// The policy that pages for a signal: the one its service names, or that of the first route that matches.
  public func policy(for signal: Signal) -> EscalationPolicy? {
    let service = signal.service.flatMap { services[$0] }
    let name = service?.policy ?? routes.first { $0.matches(signal, service) }?.policy
    return name.flatMap { policies[$0] }
  }
}
