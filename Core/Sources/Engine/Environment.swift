import Base
import Events
import Journal
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

  /// The content hash of the snapshot.
  public var snapshot: String
  public var services: [String: Service]
  public var policies: [String: EscalationPolicy]
  /// For alerts of services that name no policy, and of none.
  public var defaultPolicy: String?
  public var contacts: [String: ContactRules]
  /// The names of the schedules.
  public var schedules: Set<String>
  /// Up to which tier a page opens an incident by itself.
  public var incidentTier: Int
  /// Who is on call in a schedule.
  public var onCall: @Sendable (_ schedule: String, _ at: Instant, _ overrides: [Override]) -> [String]

  public init(
    snapshot: String = "", services: [String: Service] = [:], policies: [String: EscalationPolicy] = [:],
    defaultPolicy: String? = nil, contacts: [String: ContactRules] = [:], schedules: Set<String> = [],
    incidentTier: Int = 1,
    onCall: @escaping @Sendable (String, Instant, [Override]) -> [String] = { _, _, _ in [] }
  ) {
    self.snapshot = snapshot
    self.services = services
    self.policies = policies
    self.defaultPolicy = defaultPolicy
    self.contacts = contacts
    self.schedules = schedules
    self.incidentTier = incidentTier
    self.onCall = onCall
  }
}
