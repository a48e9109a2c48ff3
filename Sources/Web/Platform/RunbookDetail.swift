import Base

/// What a runbook's front matter and blocks say, in the form that pages and the API show.
public struct RunbookDetail: Sendable {
  public struct Input: Sendable {
    public var name: String
    /// `string`, `integer`, `number`, `boolean`, `choice`, `duration` or `service`.
    public var type: String
    public var isRequired: Bool
    public var standard: String?
    public var options: [String]
    public var isSecret: Bool
    public var about: String?

    public init(
      name: String, type: String, isRequired: Bool, standard: String? = nil, options: [String] = [],
      isSecret: Bool = false, about: String? = nil
    ) {
      self.name = name
      self.type = type
      self.isRequired = isRequired
      self.standard = standard
      self.options = options
      self.isSecret = isSecret
      self.about = about
    }
  }

  /// A step in the order in which it is performed.
  public struct Step: Sendable {
    public var name: String
    public var kind: String
    /// `read-only`, `reversible` or `destructive`, where it says so.
    public var risk: String?
    /// `sre-lead: 1`, where somebody has to approve it.
    public var approval: String?
    public var timeout: Interval?
    public var check: String?
    public var undo: String?
    public var needs: [String]
    public var secrets: [String]
    public var isAlways: Bool
    public var script: String
    /// The info string of its block, by which the text and the step find each other.
    public var info: String

    public init(
      name: String, kind: String, risk: String?, approval: String? = nil, timeout: Interval? = nil,
      check: String? = nil, undo: String? = nil, needs: [String] = [], secrets: [String] = [], isAlways: Bool = false,
      script: String, info: String = ""
    ) {
      self.name = name
      self.kind = kind
      self.risk = risk
      self.approval = approval
      self.timeout = timeout
      self.check = check
      self.undo = undo
      self.needs = needs
      self.secrets = secrets
      self.isAlways = isAlways
      self.script = script
      self.info = info
    }
  }

  /// A block that no run performs by itself: it checks or undoes a step.
  public struct Helper: Sendable {
    public var name: String
    public var info: String
    /// `undoes drain`.
    public var purpose: String

    public init(name: String, info: String, purpose: String) {
      self.name = name
      self.info = info
      self.purpose = purpose
    }
  }

  /// `diagnostic` or `remediation`.
  public var kind: String
  /// A draft never runs by itself.
  public var isDraft: Bool
  public var owner: String?
  public var services: [String]
  public var inputs: [Input]
  /// When it is offered or runs by itself, a line each.
  public var invocations: [String]
  public var steps: [Step]
  public var helpers: [Helper] = []

  public init(
    kind: String = "diagnostic", isDraft: Bool = false, owner: String? = nil, services: [String] = [],
    inputs: [Input] = [], invocations: [String] = [], steps: [Step] = []
  ) {
    self.kind = kind
    self.isDraft = isDraft
    self.owner = owner
    self.services = services
    self.inputs = inputs
    self.invocations = invocations
    self.steps = steps
  }
}
