/// What OpenSLO v1alpha writes in other words: the metric inside the indicator or the objective, and windows by unit.
extension SLOSpec {
  private enum Unit: String, CaseIterable {
    case minute = "Minute"
    case hour = "Hour"
    case day = "Day"
    case week = "Week"
    case month = "Month"
    case quarter = "Quarter"
    case year = "Year"

    var shorthand: DurationShorthand.Unit {
      switch self {
      case .minute: .minute
      case .hour: .hour
      case .day: .day
      case .week: .week
      case .month: .month
      case .quarter: .quarter
      case .year: .year
      }
    }
  }

  static func alphaWindow(_ fields: Fields) -> TimeWindow {
    let windows = fields.objects("timeWindows") { fields -> TimeWindow? in
      let count = fields.int("count", in: 1...10_000)
      let unit = fields.choice("unit", Unit.self)?.shorthand
      let isRolling = fields.bool(ifPresent: "isRolling") ?? false
      let calendar = calendar(fields)
      if isRolling, calendar != nil { fields.error("has a calendar and isRolling: true; remove one of them") }
      guard let unit else { return nil }
      let duration = DurationShorthand(count, unit)
      return calendar.map { .calendar(duration, start: $0.0, timeZone: $0.1) } ?? .rolling(duration)
    }
    if let count = fields.node("timeWindows")?.sequence?.count, count != 1 {
      fields.error("timeWindows", "has \(count) windows; write exactly one")
    }
    return (windows.first ?? nil) ?? .standard
  }

  /// `indicator.thresholdMetric` of an SLO, `ratioMetrics` of an objective.
  static func alphaIndicator(_ fields: Fields) -> RefOrInline<SLISpec>? {
    let threshold = fields.object(ifPresent: "indicator") { fields in
      fields.object("thresholdMetric", SLISpec.source).map { SLISpec.Metric.threshold($0) }
    }
    let ratio = fields.object(ifPresent: "ratioMetrics") { fields in
      SLISpec.ratio(fields, counter: "incremental").map { SLISpec.Metric.ratio($0) }
    }
    guard let metric = (threshold ?? nil) ?? (ratio ?? nil) else { return nil }
    return .inline(Inline(metadata: Metadata(name: ""), spec: SLISpec(metric: metric), position: fields.position))
  }
}
