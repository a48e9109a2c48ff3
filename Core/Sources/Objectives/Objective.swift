import Base
import Definitions
import Ledger

/// How urgent a burn is.
public enum BurnSeverity: String, Hashable, Sendable, CaseIterable, Codable {
  /// Somebody is woken.
  case page
  /// Somebody looks in working hours.
  case ticket
}

/// A burn rate that both a long and a short window must reach (Google, The Site Reliability Workbook, chapter 5,
/// "Multiwindow, Multi-Burn-Rate Alerts").
public struct BurnRule: Hashable, Sendable {
  public var severity: BurnSeverity
  public var long: Interval
  public var short: Interval
  /// The burn rate, 1 being the one that uses up the budget in exactly one period.
  public var factor: Double
  /// How long both windows must stay above before it counts.
  public var hold: Interval
  /// The share of the budget that the long window uses up at the factor, where the factor was derived from it; `nil`
  /// where somebody wrote the factor.
  public var budgetShare: Double?

  public init(
    severity: BurnSeverity, long: Interval, short: Interval, factor: Double, hold: Interval = .zero,
    budgetShare: Double? = nil
  ) {
    self.severity = severity
    self.long = long
    self.short = short
    self.factor = factor
    self.hold = hold
    self.budgetShare = budgetShare
  }

  /// The same in every process; names the rule in states and figures: `page 1h/5m`.
  public var name: String { "\(severity.rawValue) \(Self.text(long))/\(Self.text(short))" }

  static func text(_ interval: Interval) -> String {
    let seconds = interval.nanoseconds / 1_000_000_000
    if seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
    if seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
    return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
  }
}

/// What an error budget is for.
public enum BudgetWindow: Hashable, Sendable {
  /// The time up to now, always as long.
  case rolling
  /// From the start of the calendar's current period on.
  case calendar(CalendarWindow)
}

/// How much has to happen before a burn means anything: a single failure among ten requests a day is no outage.
public struct TrafficGuard: Hashable, Sendable {
  /// Events in a rule's long window.
  public var minimumEvents: Double
  /// Bad events in a rule's long window.
  public var minimumFailures: Double
  /// Whether only pages wait for it: tickets wake nobody.
  public var pagesOnly: Bool

  public init(minimumEvents: Double = 0, minimumFailures: Double = 0, pagesOnly: Bool = false) {
    self.minimumEvents = minimumEvents
    self.minimumFailures = minimumFailures
    self.pagesOnly = pagesOnly
  }

  /// What derived rules wait for where nobody wrote anything.
  public static let derived = TrafficGuard(minimumFailures: 3, pagesOnly: true)

  /// What rules of a severity wait for.
  public func applied(to severity: BurnSeverity) -> TrafficGuard {
    pagesOnly && severity != .page ? TrafficGuard() : self
  }
}

/// A part of a composite objective.
public struct CompositeMember: Hashable, Sendable {
  /// The objective that it is.
  public var id: String
  /// Above 0; weights are relative to each other.
  public var weight: Double

  public init(id: String, weight: Double = 1) {
    self.id = id
    self.weight = weight
  }
}

/// An SLO as it is counted and judged.
public struct Objective: Hashable, Sendable {
  /// Names the SLO and its events.
  public var id: String
  /// Names its counts in the ledger: objectives of one SLO that count the same share them.
  public var sli: String
  public var service: String
  public var displayName: String
  /// The share of events that must be good, above 0 and below 1.
  public var target: Double
  /// The length of the window that the budget is for; of a calendar's periods the nominal one (months of 30 days).
  public var period: Interval
  public var window: BudgetWindow
  /// Whether `part` selects good or bad events.
  public var counts: SLISide
  public var part: CountExpression
  public var total: CountExpression
  /// Set where slices of time are judged instead of events.
  public var slices: SliceRule?
  /// Pages first, fast ones first.
  public var rules: [BurnRule]
  public var traffic: TrafficGuard
  /// Without a sample for so long an alert says that data is missing; `nil` where nobody wants to know.
  public var noDataAfter: Interval?
  /// The objectives that it is made of; empty where it counts events of its own.
  public var composite: [CompositeMember]

  public init(
    id: String, sli: String? = nil, service: String, displayName: String, target: Double, period: Interval,
    window: BudgetWindow = .rolling, counts: SLISide, part: CountExpression, total: CountExpression,
    slices: SliceRule? = nil, rules: [BurnRule], traffic: TrafficGuard = TrafficGuard(), noDataAfter: Interval? = nil,
    composite: [CompositeMember] = []
  ) {
    self.id = id
    self.sli = sli ?? id
    self.service = service
    self.displayName = displayName
    self.target = target
    self.period = period
    self.window = window
    self.counts = counts
    self.part = part
    self.total = total
    self.slices = slices
    self.rules = rules
    self.traffic = traffic
    self.noDataAfter = noDataAfter
    self.composite = composite
  }

  /// The share of events that may be bad. Never 0: the compiler refuses such a target.
  public var budget: Double { 1 - target }

  /// What the ledger is told about it.
  public var definition: SLIDefinition { SLIDefinition(id: sli, counts: counts, period: period, slices: slices) }

  /// The shortest window of its rules; it tells a recovery first.
  public var shortestWindow: Interval { rules.map(\.short).min() ?? .minutes(5) }
}

/// An SLO as it was written.
public struct ObjectiveSpec: Hashable, Sendable {
  public var id: String
  public var service: String
  public var displayName: String
  /// 0…1.
  public var target: Double
  public var period: Interval
  /// Exactly one of `good` and `bad`, as PromQL.
  public var good: String?
  public var bad: String?
  public var total: String
  /// OpenSLO's budgeting method; only `Occurrences` is counted so far.
  public var method: String
  /// Burn conditions somebody wrote. Without any, rules are derived from the period.
  public var conditions: [BurnCondition]

  public init(
    id: String, service: String, displayName: String? = nil, target: Double, period: Interval, good: String? = nil,
    bad: String? = nil, total: String, method: String = "Occurrences", conditions: [BurnCondition] = []
  ) {
    self.id = id
    self.service = service
    self.displayName = displayName ?? id
    self.target = target
    self.period = period
    self.good = good
    self.bad = bad
    self.total = total
    self.method = method
    self.conditions = conditions
  }
}

/// An OpenSLO AlertCondition of kind `burnrate`.
public struct BurnCondition: Hashable, Sendable {
  public var name: String
  public var severity: String
  /// `gt`, `gte`, `lt` or `lte`.
  public var op: String
  public var threshold: Double
  public var lookbackWindow: Interval
  public var alertAfter: Interval

  public init(
    name: String, severity: String, op: String = "gte", threshold: Double, lookbackWindow: Interval,
    alertAfter: Interval = .zero
  ) {
    self.name = name
    self.severity = severity
    self.op = op
    self.threshold = threshold
    self.lookbackWindow = lookbackWindow
    self.alertAfter = alertAfter
  }
}
