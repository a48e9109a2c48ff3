import Base
import Definitions
import Events

/// A runbook compiled for running: its steps in the order of their needs, with what each is performed by.
public struct Plan: Sendable {
  /// The kind of its programs.
  public static let kind = "runbook"
  /// The handler of each act.
  public static let handler = "runbook"

  public struct Step: Sendable {
    public var work: StepWork
    public var keys: RunbookStepKeys
    /// What a check or an undo performs.
    public var check: StepWork?
    public var undo: StepWork?
    public var undoKeys: RunbookStepKeys?

    public var name: String { work.block }
    public var risk: StepRisk? { keys.risk }
  }

  public let name: String
  public let title: String
  public let `class`: RunbookClass
  public let isDraft: Bool
  public let services: [String]
  public let owner: String?
  public let inputs: [RunbookHeader.Input]
  public let invocations: [RunbookHeader.Invocation]
  public let blastRadius: BlastRadius?
  public let sandbox: SandboxRules
  public let approvalExpires: Interval
  /// How long people have to release, approve or answer a step.
  public let patience: Interval
  /// In the order in which they run; always-steps last.
  public let steps: [Step]
  /// SHA-256 of the file.
  public let hash: String

  /// How far automatic runs may reach.
  public struct BlastRadius: Sendable, Hashable {
    public var services: [String]
    public var runsPerHour: Int
    public var concurrent: Int
  }

  public init(_ runbook: Runbook) {
    let header = runbook.header
    name = runbook.name
    title = runbook.title
    `class` = header.class == .diagnostic ? .diagnostic : .remediation
    isDraft = header.state == .draft
    services = runbook.services.map(\.shortName)
    owner = header.owner?.shortName
    inputs = header.inputs
    invocations = header.invocations
    blastRadius = header.blastRadius.map {
      BlastRadius(
        services: $0.services.map(\.shortName), runsPerHour: $0.runsPerHour, concurrent: $0.concurrent)
    }
    let sandbox = SandboxRules(header.sandbox)
    self.sandbox = sandbox
    approvalExpires = header.approvalExpires
    patience = header.patience
    hash = SHA256.hex(Array(runbook.text.utf8))
    let blocks = runbook.blocks.filter { $0.keys != nil }
    let helpers = Set(blocks.flatMap { [$0.keys?.check, $0.keys?.undo].compactMap { $0 } })
    let isDiagnostic = header.class == .diagnostic
    func work(_ block: Runbook.Block, _ keys: RunbookStepKeys, default timeout: Interval) -> StepWork {
      let secrets = keys.secrets.map { SecretVariable(variable: $0, secret: $0) }
      return StepWork(
        block: block.name ?? "", kind: keys.kind, script: Self.script(block.content, keys.interpreter),
        interpreter: keys.interpreter, cwd: keys.cwd,
        secrets: secrets, sandbox: sandbox, timeout: keys.timeout ?? timeout)
    }
    func helper(_ name: String?, default timeout: Interval) -> (StepWork, RunbookStepKeys)? {
      guard let block = blocks.first(where: { $0.name == name }), let keys = block.keys else { return nil }
      return (work(block, keys, default: timeout), keys)
    }
    let own = blocks.filter { !helpers.contains($0.name ?? "") }.compactMap { block -> Step? in
      guard var keys = block.keys else { return nil }
      if keys.risk == nil, isDiagnostic { keys.risk = .readOnly }
      let undo = helper(keys.undo, default: .minutes(10))
      return Step(
        work: work(block, keys, default: .minutes(10)), keys: keys,
        check: helper(keys.check, default: .minutes(5))?.0, undo: undo?.0, undoKeys: undo?.1)
    }
    steps = Self.ordered(own.filter { !$0.keys.isAlways }) + own.filter(\.keys.isAlways)
  }

  /// A script without the prompts that people write before commands: no command is named `$`.
  private static func script(_ text: String, _ interpreter: String?) -> String {
    guard ["sh", "bash", "zsh", "dash", "ksh"].contains(interpreter), text.contains("$ ") else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("$ ") ? $0.dropFirst(2) : $0 }.joined(separator: "\n")
  }

  /// In the order of the file, but each after what it needs.
  private static func ordered(_ steps: [Step]) -> [Step] {
    var ordered: [Step] = []
    var placed: Set<String> = []
    var rest = steps
    while !rest.isEmpty {
      // A circle is an error of reading; here it would only end the loop.
      let next = rest.firstIndex { $0.keys.needs.allSatisfy(placed.contains) } ?? 0
      let step = rest.remove(at: next)
      placed.insert(step.name)
      ordered.append(step)
    }
    return ordered
  }
}
