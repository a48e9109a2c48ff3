import Base

/// An `Integration` as its page shows it.
public struct IntegrationView: Sendable, Codable {
  public var name: String
  /// `alertmanager`, `pagerduty`, `grafana`, `webhook`, `heartbeat`.
  public var type: String
  public var description: String?
  public var service: String?
  /// The path that its sender calls, without its secret.
  public var path: String
  /// What is wrong with it, such as a secret that cannot be read.
  public var problem: String?
  public var lastSeen: Instant?
  /// Reports since the start.
  public var received: Int
  public var refused: Int
  /// What was last refused, and why.
  public var lastRefusal: String?
  public var heartbeat: Heartbeat?

  public struct Heartbeat: Sendable, Codable {
    public var every: Interval
    public var grace: Interval
    /// When its silence becomes an alert; `nil` until it has been heard once.
    public var deadline: Instant?

    public init(every: Interval, grace: Interval, deadline: Instant?) {
      self.every = every
      self.grace = grace
      self.deadline = deadline
    }
  }

  public init(
    name: String, type: String, description: String? = nil, service: String? = nil, path: String,
    problem: String? = nil, lastSeen: Instant? = nil, received: Int = 0, refused: Int = 0, lastRefusal: String? = nil,
    heartbeat: Heartbeat? = nil
  ) {
    self.name = name
    self.type = type
    self.description = description
    self.service = service
    self.path = path
    self.problem = problem
    self.lastSeen = lastSeen
    self.received = received
    self.refused = refused
    self.lastRefusal = lastRefusal
    self.heartbeat = heartbeat
  }
}

/// What would become of one report of a pasted event.
public struct RouteExplanation: Sendable, Codable {
  /// What it was read as: `an alert of Alertmanager`.
  public var form: String
  /// `firing`, `acknowledged` or `resolved`.
  public var status: String
  public var summary: String
  public var key: String
  public var service: String?
  public var owner: String?
  public var severity: String
  public var urgency: String
  public var route: String?
  public var policy: String?
  /// Who the first level of the policy would reach now.
  public var people: [String]
  /// A line for each route that was tried and each decision.
  public var why: [String]

  public init(
    form: String, status: String, summary: String, key: String, service: String?, owner: String?, severity: String,
    urgency: String, route: String?, policy: String?, people: [String], why: [String]
  ) {
    self.form = form
    self.status = status
    self.summary = summary
    self.key = key
    self.service = service
    self.owner = owner
    self.severity = severity
    self.urgency = urgency
    self.route = route
    self.policy = policy
    self.people = people
    self.why = why
  }
}
