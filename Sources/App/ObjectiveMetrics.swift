import Base
import Events
import Objectives
import Runtime

/// The `mainstay_slo_*` families of `/metrics`.
enum ObjectiveMetrics {
  private static let target = SelfMetrics.Family(
    "mainstay_slo_target_ratio", .gauge, "The share of events that are to be good.")
  private static let left = SelfMetrics.Family(
    "mainstay_slo_error_budget_remaining_ratio", .gauge,
    "The share of the error budget that is left, negative when overspent.")
  private static let indicator = SelfMetrics.Family(
    "mainstay_slo_indicator_ratio", .gauge, "The share of good events in the window of the budget.")
  private static let burn = SelfMetrics.Family(
    "mainstay_slo_burn_rate", .gauge, "How many times faster than allowed the budget is used, by window.")
  private static let good = SelfMetrics.Family(
    "mainstay_slo_good_events", .gauge, "Good events in the window of the budget.")
  private static let total = SelfMetrics.Family(
    "mainstay_slo_events", .gauge, "Events in the window of the budget.")
  private static let state = SelfMetrics.Family(
    "mainstay_slo_state", .gauge, "1 for the state that the objective is in.")
  private static let firing = SelfMetrics.Family(
    "mainstay_slo_alert_open", .gauge, "Whether an alert of the objective is open, by severity.")

  static func set(_ readings: [(Objective, ObjectiveReading)], in metrics: SelfMetrics) {
    for family in [target, left, indicator, burn, good, total, state, firing] { metrics.clear(family) }
    for (objective, reading) in readings {
      let labels = [("slo", objective.id), ("service", objective.service)]
      metrics.set(target, labels, to: objective.target)
      metrics.set(state, labels + [("state", reading.state.rawValue)], to: 1)
      for severity in BurnSeverity.allCases {
        metrics.set(
          firing, labels + [("severity", severity.rawValue)], to: reading.openAlerts.contains(severity) ? 1 : 0)
      }
      // Nothing was counted yet: a budget of 1 would be a claim.
      guard reading.at != nil else { continue }
      metrics.set(left, labels, to: reading.budgetLeft)
      metrics.set(good, labels, to: reading.good)
      metrics.set(total, labels, to: reading.total)
      if let value = reading.indicator { metrics.set(indicator, labels, to: value) }
      var rates: [Interval: Double] = [:]
      for rule in reading.readings {
        if let long = rule.long { rates[rule.rule.long] = long }
        if let short = rule.short { rates[rule.rule.short] = short }
      }
      for (window, rate) in rates { metrics.set(burn, labels + [("window", window.text)], to: rate) }
    }
  }
}
