import Base
import Events

/// What alerts of SLOs say, in words that need no dashboard.
public enum BurnWords {
  public static func summary(_ objective: Objective, _ reading: ObjectiveReading, _ burn: BurnReading) -> String {
    let rate = burn.short ?? burn.long ?? 0
    let failing = min(1, rate * objective.budget)
    return
      "\(objective.displayName): \(percent(failing)) of requests miss the objective of \(percent(objective.target))"
  }

  public static func detail(_ objective: Objective, _ reading: ObjectiveReading, _ burn: BurnReading) -> String {
    var lines = [
      "Burn rate \(rate(burn.long)) over \(burn.rule.long.text) and \(rate(burn.short)) over \(burn.rule.short.text); "
        + "\(burn.rule.severity == .page ? "paging" : "a ticket") starts at \(rate(burn.factor)).",
      "\(percent(max(0, reading.budgetLeft))) of the \(objective.period.text) budget is left.",
    ]
    if let now = reading.burnNow, now > 0, reading.budgetLeft > 0 {
      let left = objective.period.seconds * reading.budgetLeft / now
      if left < objective.period.seconds { lines.append("At this rate it is gone in \(length(left)).") }
    }
    return lines.joined(separator: "\n")
  }

  public static func resolution(_ resolution: AlertTransition.AlertResolution) -> String {
    switch resolution {
    case .cleared: return "the burn has ended"
    case .ruleRemoved: return "the objective no longer has this rule"
    case .recovered(let still):
      let rest = still.compactMap { reading in
        reading.clearsAt.map { "\(reading.rule.long.text)/\(reading.rule.short.text) by \($0.rfc3339)" }
      }
      return "recovered: the short windows are back within the objective"
        + (rest.isEmpty ? "" : "; longer windows still remember it and clear at \(rest.joined(separator: ", "))")
    }
  }

  public static func missing(_ objective: Objective, since: Instant?, after: Interval) -> String {
    "\(objective.displayName): no sample for \(after.text)"
      + (since.map { "; the last one came at \($0.rfc3339)" } ?? "; none has ever come")
  }

  public static func step(_ slo: String, _ request: BudgetPolicyRequested) -> String {
    "\(slo): \(percent(request.consumed)) of the error budget is used (policy \(request.policy))"
  }

  /// Why a rule does not fire although its windows burn.
  public static func shortage(_ shortage: TrafficShortage) -> String {
    let (seen, needed) = (shortage, shortage.needed)
    var parts: [String] = []
    if seen.events < needed.minimumEvents {
      parts.append("\(decimal(seen.events, places: 1)) of \(decimal(needed.minimumEvents, places: 1)) events")
    }
    if seen.failures < needed.minimumFailures {
      parts.append("\(decimal(seen.failures, places: 1)) of \(decimal(needed.minimumFailures, places: 1)) failures")
    }
    return "too little traffic: \(parts.joined(separator: " and ")) in the long window"
  }

  private static func rate(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "unknown" }
    return decimal(value, places: 1)
  }

  public static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "unknown" }
    return decimal(share * 100, places: share > 0.99 && share < 1 ? 3 : 1) + "%"
  }

  private static func length(_ seconds: Double) -> String {
    if seconds < 5_400 { return "\(Int((seconds / 60).rounded(.up))) min" }
    if seconds < 172_800 { return decimal(seconds / 3_600, places: 1) + " h" }
    return decimal(seconds / 86_400, places: 1) + " d"
  }

  private static func decimal(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return "\(value)" }
    let whole = Int(scaled) / Int(scale)
    let fraction = Int(scaled) % Int(scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard fraction > 0 else { return "\(sign)\(whole)" }
    var digits = String(fraction)
    digits = String(repeating: "0", count: places - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }
}
