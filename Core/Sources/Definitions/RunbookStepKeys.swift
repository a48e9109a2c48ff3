import Base

/// What can be done to the world, from the language of a block.
public enum StepKind: String, Sendable, CaseIterable, Codable {
  case shell, http, ask, sli, kubectl, aws, haproxy

  /// The interpreters of blocks that are scripts, by language.
  private static let interpreters: [String: String] = [
    "sh": "sh", "bash": "bash", "zsh": "zsh", "shell": "sh", "shellscript": "sh",
    "python": "python3", "python3": "python3", "py": "python3", "ruby": "ruby", "rb": "ruby", "perl": "perl",
    "node": "node", "js": "node", "javascript": "node", "php": "php", "lua": "lua",
  ]

  /// The kind of step of a language, `nil` for one that is only shown.
  public init?(language: String) {
    let language = language.lowercased()
    if Self.interpreters[language] != nil {
      self = .shell
    } else if let kind = StepKind(rawValue: language), kind != .shell {
      self = kind
    } else {
      return nil
    }
  }

  /// Which interpreter a language names.
  public static func interpreter(of language: String) -> String? { interpreters[language.lowercased()] }
}

/// What a step can do to the world.
public enum StepRisk: String, Sendable, CaseIterable, Codable {
  case readOnly = "read-only"
  case reversible
  case destructive
}

/// The attributes of a block that is a step: runme's, and the keys of our own.
public struct RunbookStepKeys: Hashable, Sendable {
  public var kind: StepKind
  public var interpreter: String?
  public var cwd: String?
  /// Runme leaves it out of a run of all blocks.
  public var isExcludedFromAll = false
  public var needs: [String] = []
  public var risk: StepRisk?
  /// Who must approve, and how many.
  public var approvers: (from: String, count: Int)? {
    get { approversFrom.map { ($0, approversCount) } }
    set { (approversFrom, approversCount) = (newValue?.from, newValue?.count ?? 0) }
  }
  private var approversFrom: String?
  private var approversCount = 0
  public var timeout: Interval?
  public var check: String?
  public var undo: String?
  public var retries = 0
  /// The secrets that the step is given, as variables of the same names.
  public var secrets: [String] = []
  /// Runs at the end whatever happened.
  public var isAlways = false
  /// May be performed again when its result was lost.
  public var isRepeatable = false
  /// Whether the block has a key of our own, so that it is written for this platform.
  public var hasOwnKeys = false

  public init(kind: StepKind) { self.kind = kind }
}
