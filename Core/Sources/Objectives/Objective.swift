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
  public let severity: BurnSeverity
  public let long: Interval
  public let short: Interval
  /// The same in every process; names the rule in states and figures: `page 1h/5m`.
  public let name: String
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
    name = "\(severity.rawValue) \(Self.text(long))/\(Self.text(short))"
    self.factor = factor
    self.hold = hold
    self.budgetShare = budgetShare
  }

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
  /// Labels that the SLI's author groups by: what the burn is told apart by first.
  public var by: [String]
  /// The objectives that this one is made of; empty for all others. A composite counts nothing itself: its burn rate is
  /// the mean of its members' burn rates by their weights.
  public var composite: [CompositeMember]
  /// Set where spans are counted instead of series; `part` and `total` are empty then, and `counts` is bad.
  public var spans: SpanSelector?
  /// Set where a data source is asked instead of counting what is sent to us.
  public var query: QuerySLI?
  /// What its alert policies name to be told of its alerts, in their order.
  public var notificationTargets: [NotificationTarget]
  /// What its author wants alerts to carry besides its figures.
  public var pageText = SLOSpec.AlertText()
  public var ticketText = SLOSpec.AlertText()

  public init(
    id: String, sli: String? = nil, service: String, displayName: String, target: Double, period: Interval,
    window: BudgetWindow = .rolling, counts: SLISide, part: CountExpression, total: CountExpression,
    slices: SliceRule? = nil, rules: [BurnRule], traffic: TrafficGuard = TrafficGuard(), noDataAfter: Interval? = nil,
    by: [String] = [], composite: [CompositeMember] = [], spans: SpanSelector? = nil, query: QuerySLI? = nil,
    notificationTargets: [NotificationTarget] = []
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
    self.by = by
    self.composite = composite
    self.spans = spans
    self.query = query
    self.notificationTargets = notificationTargets
  }

  /// The share of events that may be bad. Never 0: the compiler refuses such a target.
  public var budget: Double { 1 - target }

  /// What the ledger is told about it. Longer periods of the calendar are counted from its marks.
  public var definition: SLIDefinition {
    SLIDefinition(id: sli, counts: counts, period: min(period, LedgerLimits.longestPeriod), slices: slices)
  }

  /// The shortest window of its rules; it tells a recovery first.
  public var shortestWindow: Interval { rules.map(\.short).min() ?? .minutes(5) }
}

extension Sequence<Objective> {
  /// What the ledger is told about all of them: each SLI once, with the longest period that any of its objectives has.
  /// Composites count nothing and are left out.
  public var sliDefinitions: [SLIDefinition] {
    var definitions: [SLIDefinition] = []
    var places: [String: Int] = [:]
    for objective in self where objective.composite.isEmpty {
      let definition = objective.definition
      if let place = places[definition.id] {
        if definition.period > definitions[place].period { definitions[place].period = definition.period }
      } else {
        places[definition.id] = definitions.count
        definitions.append(definition)
      }
    }
    return definitions
  }
}
