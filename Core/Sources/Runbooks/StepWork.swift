import Base
import Definitions

/// What is performed for a step, its check or its undo. It is in the run's events whole, so a run depends on no
/// definition that changes under it.
public struct StepWork: Codable, Sendable, Hashable {
  /// The name of the block.
  public var block: String
  public var kind: StepKind
  /// The block's text: a script, a request, arguments, a question.
  public var script: String
  /// What a script is given to: `sh`, `bash`, `python3`.
  public var interpreter: String?
  /// Where it runs, relative to the definitions.
  public var cwd: String?
  public var secrets: [SecretVariable]
  public var sandbox: SandboxRules
  public var timeout: Interval

  public init(
    block: String, kind: StepKind, script: String, interpreter: String? = nil, cwd: String? = nil,
    secrets: [SecretVariable] = [], sandbox: SandboxRules = SandboxRules(), timeout: Interval = .minutes(10)
  ) {
    self.block = block
    self.kind = kind
    self.script = script
    self.interpreter = interpreter
    self.cwd = cwd
    self.secrets = secrets
    self.sandbox = sandbox
    self.timeout = timeout
  }
}

/// A secret of the configuration that a step gets as a variable of its environment.
public struct SecretVariable: Codable, Sendable, Hashable {
  public var variable: String
  /// The secret's name in `runbooks.secrets`.
  public var secret: String
  public init(variable: String, secret: String) {
    self.variable = variable
    self.secret = secret
  }
}

/// What a step may reach besides its own directory.
public struct SandboxRules: Codable, Sendable, Hashable {
  /// Whether it may use the host's network.
  public var network: Bool
  /// Absolute paths that may be written to.
  public var write: [String]
  /// Bytes.
  public var memory: Int64?
  public var cpuTime: Interval?
  public var processes: Int?

  public init(
    network: Bool = false, write: [String] = [], memory: Int64? = nil, cpuTime: Interval? = nil, processes: Int? = nil
  ) {
    self.network = network
    self.write = write
    self.memory = memory
    self.cpuTime = cpuTime
    self.processes = processes
  }

  init(_ sandbox: RunbookHeader.Sandbox) {
    self.init(
      network: sandbox.network == .host, write: sandbox.write, memory: sandbox.memory, cpuTime: sandbox.cpuTime,
      processes: sandbox.processes)
  }
}
