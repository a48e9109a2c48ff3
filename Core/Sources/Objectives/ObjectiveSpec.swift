import Base
import Ledger

/// An SLO as it was written.
public struct ObjectiveSpec: Hashable, Sendable {
  public var id: String
  public var service: String
  public var displayName: String
  /// 0…1.
  public var target: Double
  public var period: Interval
  public var window = BudgetWindow.rolling
  public var indicator: IndicatorSpec
  /// The language of the indicator's queries.
  public var language = QueryLanguage.promQL
  /// Set where a data source is asked; what is sent to us is counted otherwise.
  public var source: QuerySLI?
  /// Set where slices of time are judged instead of events (OpenSLO `Timeslices`, `RatioTimeslices`).
  public var slices: SliceRule?
  /// Burn conditions somebody wrote. Without any, rules are derived from the period.
  public var conditions: [BurnCondition]
  /// What rules are derived from without conditions; `nil` for the workbook's.
  public var shares: [BudgetShare]?
  /// Severities that its author wants no alerts of.
  public var disabled: [BurnSeverity] = []
  /// The most that its alerts may ask for.
  public var alerting = Alerting.page
  /// How long a burn has to last before it pages; a condition that asks for longer keeps its own.
  public var pageAfter: Interval?

  /// What an SLO's alerts may ask for at most.
  public enum Alerting: String, Sendable { case page, ticket, none }
  /// `nil` where nothing is written.
  public var traffic: TrafficGuard?
  public var noDataAfter: Interval?
  public var notificationTargets: [NotificationTarget] = []

  public init(
    id: String, service: String, displayName: String? = nil, target: Double, period: Interval,
    indicator: IndicatorSpec, conditions: [BurnCondition] = []
  ) {
    self.id = id
    self.service = service
    self.displayName = displayName ?? id
    self.target = target
    self.period = period
    self.indicator = indicator
    self.conditions = conditions
  }

  /// An SLO on counters: exactly one of `good` and `bad`, and `total`, as PromQL.
  public init(
    id: String, service: String, displayName: String? = nil, target: Double, period: Interval, good: String? = nil,
    bad: String? = nil, total: String, conditions: [BurnCondition] = []
  ) {
    self.init(
      id: id, service: service, displayName: displayName, target: target, period: period,
      indicator: .ratio(good: good, bad: bad, total: total, counter: true), conditions: conditions)
  }
}

/// How good service is told from bad.
public enum IndicatorSpec: Hashable, Sendable {
  /// Good or bad events of all events. `counter`: selectors are counters that only grow; otherwise each sample is a
  /// number of events.
  case ratio(good: String?, bad: String?, total: String, counter: Bool)
  /// A ratio; `states` is what it is the share of.
  case raw(String, states: SLISide)
  /// A gauge, of which each sample is good where the comparison holds.
  case threshold(String, Comparison, Double)
  /// Spans, and what makes one of them good or bad.
  case spans(String, good: String?, bad: String?)
}

/// What an indicator's queries are written in.
public enum QueryLanguage: Hashable, Sendable {
  case promQL
  case datadog
}

/// Two windows, and how much of the budget may be used up in the long one before a rule derived from it fires.
public struct BudgetShare: Hashable, Sendable {
  public var severity: BurnSeverity
  public var long: Interval
  public var short: Interval
  /// The share of the period's budget.
  public var share: Double

  public init(severity: BurnSeverity, long: Interval, short: Interval, share: Double) {
    self.severity = severity
    self.long = long
    self.short = short
    self.share = share
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
