import Base

/// What a runbook's front matter says beyond its title and its services.
public struct RunbookHeader: Hashable, Sendable {
  public enum Class: String, Sendable, CaseIterable { case diagnostic, remediation }
  public enum State: String, Sendable, CaseIterable { case draft, active }

  public var `class` = Class.remediation
  /// A draft never runs by itself.
  public var state = State.active
  public var owner: EntityRef?
  public var inputs: [Input] = []
  public var invocations: [Invocation] = []
  public var blastRadius: BlastRadius?
  public var sandbox = Sandbox()
  /// How long an approval holds.
  public var approvalExpires = Interval.hours(1)
  /// How long people have to release, approve or answer a step; then the run fails.
  public var patience = Interval.hours(24)
  /// The interpreter of blocks that name none; runme's `shell`.
  public var shell: String?
  /// Where the steps run; runme's `cwd`.
  public var cwd: String?

  public init() {}

  /// A parameter that whoever starts a run gives; steps see it as a variable of their environment.
  public struct Input: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
      case string, integer, number, boolean, choice, duration, service
    }

    public var name: String
    public var type: Kind
    public var isRequired: Bool
    public var defaultValue: String?
    /// A regular expression (RE2) that the whole value must match.
    public var pattern: Pattern?
    public var patternText: String?
    /// What a choice can be.
    public var options: [String]
    /// The value names a secret of the configuration; the secret itself is never given, nor kept.
    public var isSecret: Bool
    public var description: String?

    public init(
      name: String, type: Kind = .string, isRequired: Bool = false, defaultValue: String? = nil,
      pattern: Pattern? = nil, patternText: String? = nil, options: [String] = [], isSecret: Bool = false,
      description: String? = nil
    ) {
      self.name = name
      self.type = type
      self.isRequired = isRequired
      self.defaultValue = defaultValue
      self.pattern = pattern
      self.patternText = patternText
      self.options = options
      self.isSecret = isSecret
      self.description = description
    }
  }

  /// When the runbook is offered, or runs by itself.
  public struct Invocation: Hashable, Sendable {
    public enum Mode: String, Sendable, CaseIterable { case offer, automatic }
    public enum Once: Hashable, Sendable {
      case incident
      case window(Interval)
    }

    /// All must match the alert's labels; `service`, `severity`, `summary` and the like can be named too.
    public var matchers: [LabelMatcher]
    /// The SLO that the alert comes from, or the alert's name (`alertname`).
    public var alert: String?
    public var mode: Mode
    /// Starts so long after the alert, and only if it is not over by then.
    public var delay: Interval
    public var once: Once

    public init(
      matchers: [LabelMatcher] = [], alert: String? = nil, mode: Mode = .offer, delay: Interval = .zero,
      once: Once = .incident
    ) {
      self.matchers = matchers
      self.alert = alert
      self.mode = mode
      self.delay = delay
      self.once = once
    }
  }

  /// How far automatic runs may reach.
  public struct BlastRadius: Hashable, Sendable {
    public var services: [EntityRef]
    public var runsPerHour: Int
    public var concurrent: Int

    public init(services: [EntityRef], runsPerHour: Int = 6, concurrent: Int = 1) {
      self.services = services
      self.runsPerHour = runsPerHour
      self.concurrent = concurrent
    }
  }

  /// What a step may reach besides its own directory.
  public struct Sandbox: Hashable, Sendable {
    public enum Network: String, Sendable, CaseIterable { case none, host }

    public var network = Network.none
    /// Absolute paths that may be written to.
    public var write: [String] = []
    /// Bytes.
    public var memory: Int64?
    public var cpuTime: Interval?
    public var processes: Int?

    public init() {}
  }
}
