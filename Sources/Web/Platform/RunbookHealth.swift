import Base

/// How one runbook does, from its runs.
struct RunbookHealth: Sendable {
  var runs: Int
  var lastRunAt: Instant?
  var lastRun: ULID?
  var lastCondition: RunCondition?
  /// Of the runs that ended and were not stopped by a person; `nil` where there are none.
  var successShare: Double?
  var lastSuccessAt: Instant?
  /// Steps at which a person had to help in every run that came to them.
  var manualSteps: [String]

  static let never = RunbookHealth(
    runs: 0, lastRunAt: nil, lastRun: nil, lastCondition: nil, successShare: nil, lastSuccessAt: nil, manualSteps: [])

  /// A runbook that has not been run for so long is not known to work.
  static let staleAfter = Interval.days(90)
  /// Below this share of good runs it is unhealthy.
  static let shareWanted = 0.8
}

/// What is wrong with a company's runbooks.
struct RunbookProblem: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// It failed last, or too often.
    case failing
    case halted
    /// Nobody has run it for long, or ever.
    case stale
    case neverRun
    /// A step of it always needs a person's help.
    case needsHand
    /// An alert fired for which there is no runbook.
    case alertWithout
    /// A service of tier 0 or 1 has none.
    case serviceWithout

    var word: String {
      switch self {
      case .failing: "failing"
      case .halted: "half undone"
      case .stale: "not run lately"
      case .neverRun: "never run"
      case .needsHand: "needs a hand"
      case .alertWithout: "alert without a runbook"
      case .serviceWithout: "service without a runbook"
      }
    }

    /// Whether the heading counts it: what was never run yet is told in the table alone.
    var isUnhealthy: Bool { self == .failing || self == .halted }
    var isMissing: Bool { self == .alertWithout || self == .serviceWithout }

    var shown: Named {
      switch self {
      case .failing: Named(word: word, tone: .burning, icon: .triangle)
      case .halted: Named(word: word, tone: .exhausted, icon: .stop)
      case .stale, .neverRun: Named(word: word, tone: .quiet, icon: .clock)
      case .needsHand: Named(word: word, tone: .risk, icon: .hand)
      case .alertWithout, .serviceWithout: Named(word: word, tone: .risk, icon: .dashed)
      }
    }
  }

  var kind: Kind
  /// The runbook, service or alert rule it is about.
  var subject: String
  var detail: String
  /// Where more is said.
  var href: String
}

/// All runbooks, how they do, and where one is missing.
struct RunbookReport: Sendable {
  struct Row: Sendable {
    var runbook: RunbookEntry
    var health: RunbookHealth
  }

  var rows: [Row]
  var problems: [RunbookProblem]

  /// Whether none fails and none is missing.
  var isHealthy: Bool { !problems.contains { $0.kind.isUnhealthy || $0.kind.isMissing } }

  /// The answer in words.
  var summary: String {
    let unhealthy = Set(problems.filter(\.kind.isUnhealthy).map(\.subject)).sorted()
    let missing = problems.filter(\.kind.isMissing).count
    var parts: [String] = []
    if !unhealthy.isEmpty {
      parts.append(
        unhealthy.count == 1
          ? "The runbook \(unhealthy[0]) fails" : "\(unhealthy.count) runbooks fail: \(Format.list(unhealthy))")
    }
    if missing > 0 {
      let words = Format.plural(missing, "alert or service", "alerts and services")
      parts.append(parts.isEmpty ? "\(words) without a runbook" : "\(words) have none")
    }
    if !parts.isEmpty { return parts.joined(separator: ", and ") }
    if rows.isEmpty { return "There are no runbooks yet" }
    let untried = problems.filter { $0.kind == .neverRun }.count
    if untried == rows.count { return "None of \(Format.plural(rows.count, "runbook")) has been run yet" }
    return "Every runbook that was run works, and no important service is without one"
  }
}
