import Base
import Journal

/// What a runbook is for: to find out, or to put right.
public enum RunbookClass: String, Codable, Sendable, CaseIterable { case diagnostic, remediation }

/// Who moves a run on: a person at each step, or the run by itself.
public enum RunMode: String, Codable, Sendable, CaseIterable { case stepwise, all }

/// A variable of the environment that a step is performed with.
public struct RunVariable: Codable, Sendable, Hashable {
  public var name: String
  public var value: String
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// A run of a runbook begins; `procedure.started` before it has the program. Subject: `procedure/ID`.
public struct RunbookStarted: EventPayload {
  public static let type: EventType = "runbook.started"

  /// What is shown of a step.
  public struct Step: Codable, Sendable, Hashable {
    public var name: String
    /// The kind of step: `shell`, `http`, `ask`, `sli`, `kubectl`, `aws`, `haproxy`.
    public var kind: String
    public var always: Bool
    public init(name: String, kind: String, always: Bool) {
      self.name = name
      self.kind = kind
      self.always = always
    }
  }

  public var runbook: String
  public var title: String
  public var `class`: RunbookClass
  public var mode: RunMode
  /// What the run is about: an alert, an incident or a service.
  public var about: Subject
  /// The incident that its alert belonged to when it began.
  public var incident: Subject?
  public var services: [String]
  /// The inputs as they were given, checked; of a secret one the value is the secret's name.
  public var inputs: [RunVariable]
  /// The names of the inputs whose values are names of secrets.
  public var secretInputs: [String]
  /// What the environment of every step has besides the inputs.
  public var environment: [RunVariable]
  /// The content hash of the definitions.
  public var commit: String
  public var steps: [Step]
  /// Why it runs by itself; `nil` for a run that a person started.
  public var automatic: String?

  public init(
    runbook: String, title: String, class: RunbookClass, mode: RunMode, about: Subject, incident: Subject?,
    services: [String], inputs: [RunVariable], secretInputs: [String], environment: [RunVariable], commit: String,
    steps: [Step],
    automatic: String? = nil
  ) {
    self.runbook = runbook
    self.title = title
    self.class = `class`
    self.mode = mode
    self.about = about
    self.incident = incident
    self.services = services
    self.inputs = inputs
    self.secretInputs = secretInputs
    self.environment = environment
    self.commit = commit
    self.steps = steps
    self.automatic = automatic
  }
}

/// A runbook fits an alert. Subject: `alert/ID`.
public struct RunbookOffered: EventPayload {
  public static let type: EventType = "runbook.offered"
  /// Whether people are shown it, or it runs by itself.
  public enum Mode: String, Codable, Sendable, CaseIterable { case offer, automatic }

  public var id: ULID
  public var runbook: String
  public var mode: Mode
  public var reason: String
  /// When it is to run by itself.
  public var due: Instant?
  /// The place of the invocation in the runbook's front matter, counted from 0.
  public var invocation: Int
  public init(id: ULID, runbook: String, mode: Mode, reason: String, due: Instant?, invocation: Int) {
    self.id = id
    self.runbook = runbook
    self.mode = mode
    self.reason = reason
    self.due = due
    self.invocation = invocation
  }
}

/// What an automatic invocation came to. Subject: that of its `runbook.offered`.
public struct RunbookInvoked: EventPayload {
  public static let type: EventType = "runbook.invoked"
  /// The identifier of the offer.
  public var offer: ULID
  public var runbook: String
  /// The run; `nil` where it did not start.
  public var run: ULID?
  /// Why it did not start; people may still start it.
  public var refused: String?
  public init(offer: ULID, runbook: String, run: ULID?, refused: String?) {
    self.offer = offer
    self.runbook = runbook
    self.run = run
    self.refused = refused
  }
}

/// Nothing is performed any more until `automation.resumed`. Subject: `automation/all`.
public struct AutomationStopped: EventPayload {
  public static let type: EventType = "automation.stopped"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

/// Steps are performed again. Subject: `automation/all`.
public struct AutomationResumed: EventPayload {
  public static let type: EventType = "automation.resumed"
  public init() {}
}
