import Alerts
import Base
import Definitions
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
    /// How long the first alert of a group waits for others; tiers 0 and 1 do not wait.
    public var groupWait: Interval

    public init(
      level: Int, paging: Paging, opensIncident: Bool, severity: IncidentSeverity?, groupWait: Interval = .zero
    ) {
      self.level = level
      self.paging = paging
      self.opensIncident = opensIncident
      self.severity = severity
      self.groupWait = groupWait
    }

    /// What holds for a tier that nobody defined: everything pages, 0 and 1 open incidents.
    public static func standard(_ level: Int) -> Tier {
      Tier(level: level, paging: .page, opensIncident: level <= 1, severity: nil)
    }
  }

  /// The content hash of the snapshot.
  public var snapshot: String
  public var services: [String: Service] { didSet { router.services = Self.routed(services) } }
  public var policies: [String: EscalationPolicy]
  public var tiers: [Int: Tier]
  /// What becomes of an alert that comes in.
  public var router: Router
  public var heartbeats: [HeartbeatRule]
  public var contacts: [String: ContactRules]
  /// Teams and channels, for what people do by hand.
  public var people = People()
  /// The names of the schedules.
  public var schedules: Set<String>
  /// The freezes by name.
  public var freezes: [String: FreezeWindow]
  /// The services of the objectives, by their ids.
  public var objectives: [String: String]
  public var budgetPolicies: [BudgetPolicy]
  /// What is told of the alerts of each SLO besides those whom its service pages, by the SLO's id.
  public var notificationTargets: [String: [NotificationTarget]] = [:]
  public var channels: [EntityRef: ChannelReference] = [:]
  /// What the definitions say about alerts that page nobody for now.
  public var holding = Holding()
  /// The times between two instants that planned maintenance takes out of an objective's budget, in any order.
  public var maintenance: @Sendable (_ slo: String, _ service: String, _ between: Range<Instant>) -> [Range<Instant>]
  /// The same apart from each other, with what their definitions say, in order of their beginnings.
  public var plannedExclusions:
    @Sendable (_ slo: String, _ service: String, _ between: Range<Instant>) -> [MaintenanceWindows.Exclusion] = {
      _, _, _ in []
    }
  /// The runbooks, compiled.
  public var runbooks = RunbookBook()
  /// What reviews and action items need.
  public var reviewing = Reviewing()
  /// What each severity means and asks for.
  public var severities = Severities()
  /// Limits, leads and nights.
  public var protection = Protection()
  /// Who is on call in a schedule.
  public var onCall: @Sendable (_ schedule: String, _ at: Instant, _ overrides: [Override]) -> [String]

  public init(
    snapshot: String = "", services: [String: Service] = [:], policies: [String: EscalationPolicy] = [:],
    tiers: [Int: Tier] = [:], routes: [AlertRoute] = [], contacts: [String: ContactRules] = [:],
    schedules: Set<String> = [], freezes: [String: FreezeWindow] = [:], objectives: [String: String] = [:],
    budgetPolicies: [BudgetPolicy] = [], heartbeats: [HeartbeatRule] = [],
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String] = { _, _, _ in [] },
    maintenance: @escaping @Sendable (String, String, Range<Instant>) -> [Range<Instant>] = { _, _, _ in [] }
  ) {
    self.snapshot = snapshot
    self.services = services
    self.policies = policies
    self.tiers = tiers
    router = Router(routes: routes, services: Self.routed(services))
    self.heartbeats = heartbeats
    self.contacts = contacts
    self.schedules = schedules
    self.freezes = freezes
    self.objectives = objectives
    self.budgetPolicies = budgetPolicies
    self.maintenance = maintenance
    self.onCall = onCall
  }

  private static func routed(_ services: [String: Service]) -> [String: Router.Service] {
    services.mapValues { Router.Service(owner: $0.owner, tier: $0.tier, policy: $0.policy) }
  }

  public func tier(_ level: Int) -> Tier { tiers[level] ?? .standard(level) }

  /// The policy that pages for a signal: the one that an alert policy of its SLO names, its route's, the one its
  /// service names, or that of the first route that matches.
  public func policy(for signal: Signal) -> EscalationPolicy? {
    if signal.integration == Signal.runbooks { return haltPolicy(for: signal) }
    return namedPolicy(for: signal) ?? router.decide(signal).policy.flatMap { policies[$0] }
  }
}
