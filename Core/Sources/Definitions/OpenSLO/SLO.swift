import Base

/// OpenSLO `SLO`: an objective for a service, over a window of time.
public struct SLOSpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("SLO")

  public var description: String?
  /// A Component of the catalog or an OpenSLO Service.
  public var service: EntityRef
  /// `nil` for a composite, whose objectives have an indicator each.
  public var indicator: RefOrInline<SLISpec>?
  public var budgetingMethod: BudgetingMethod
  public var timeWindow: TimeWindow
  public var objectives: [Objective]
  public var alertPolicies: [RefOrInline<AlertPolicySpec>]

  public enum BudgetingMethod: String, Sendable, CaseIterable, Codable {
    case occurrences = "Occurrences"
    case timeslices = "Timeslices"
    case ratioTimeslices = "RatioTimeslices"
  }

  public enum TimeWindow: Sendable, Hashable {
    case rolling(DurationShorthand)
    /// Periods of the calendar from a first start on; `start` is `YYYY-MM-DD hh:mm:ss` in the zone.
    case calendar(DurationShorthand, start: String, timeZone: String)

    public var duration: DurationShorthand {
      switch self {
      case .rolling(let duration), .calendar(let duration, _, _): duration
      }
    }

    /// Assumed where a document names none.
    public static let standard = TimeWindow.rolling(DurationShorthand(28, .day))
  }

  public struct Objective: Sendable {
    public var title: String?
    public var comparison: OpenSLO.Comparison?
    public var value: Double?
    /// The share of good service to reach, from 0 up to but not including 1.
    public var target: Double
    public var timeSliceTarget: Double?
    public var timeSliceWindow: DurationShorthand?
    public var indicator: RefOrInline<SLISpec>?
    public var compositeWeight: Double?
    public var position: Position
  }

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    service = fields.reference("service", to: "Component", "Service")
    indicator = Self.indicator(fields)
    budgetingMethod = fields.choice("budgetingMethod", BudgetingMethod.self) ?? .occurrences
    timeWindow = Self.timeWindow(fields)
    let method = budgetingMethod
    objectives = fields.objects("objectives") { Self.objective($0, method) }
    if fields.node("objectives")?.sequence?.isEmpty == true {
      fields.error("objectives", "is empty; write at least one objective")
    }
    alertPolicies = fields.objects(ifPresent: "alertPolicies", Self.alertPolicy).compactMap { $0 }
    checkIndicators(fields)
  }

  private func checkIndicators(_ fields: Fields) {
    let own = fields.has("indicator") || fields.has("indicatorRef")
    let nodes = fields.node("objectives")?.sequence ?? []
    let composite = nodes.filter { $0["indicator"] != nil || $0["indicatorRef"] != nil }
    if own, !composite.isEmpty {
      fields.error(
        "has an indicator and so have its objectives; keep it in one place: at spec, or in each objective of a "
          + "composite")
    } else if !own, composite.isEmpty {
      fields.error("has neither indicator nor indicatorRef; say how good service is measured")
    } else if !own, composite.count < nodes.count {
      fields.error("objectives", "lack an indicator in places; every objective of a composite needs its own")
    }
    if case .inline(let inline) = indicator, case .threshold = inline.spec.metric {
      for objective in objectives where objective.comparison == nil {
        fields.context.report.warning(
          at: objective.position, "the objective has no op and value, so its threshold metric cannot be judged")
      }
    }
  }

  private static func indicator(_ fields: Fields) -> RefOrInline<SLISpec>? {
    if fields.has("indicator"), fields.has("indicatorRef") {
      fields.error("has indicator and indicatorRef; write exactly one")
    }
    let inline = fields.object(ifPresent: "indicator") {
      OpenSLO.inline($0, SLISpec.self, namesKind: false)
    }
    let reference = OpenSLO.reference(fields, "indicatorRef", to: "SLI")
    return reference.map { .reference($0) } ?? (inline ?? nil).map { .inline($0) }
  }

  private static func alertPolicy(_ fields: Fields) -> RefOrInline<AlertPolicySpec>? {
    if fields.has("alertPolicyRef"), fields.has("spec") {
      fields.error("has alertPolicyRef and spec; write exactly one")
    }
    if fields.has("alertPolicyRef") {
      fields.ignore("spec", "kind", "metadata")
      return OpenSLO.reference(fields, "alertPolicyRef", to: "AlertPolicy").map { .reference($0) }
    }
    return OpenSLO.inline(fields, AlertPolicySpec.self, namesKind: true).map { .inline($0) }
  }

  private static func timeWindow(_ fields: Fields) -> TimeWindow {
    guard let node = fields.node("timeWindow") else {
      fields.warning("has no timeWindow; 28 days rolling are assumed")
      return .standard
    }
    let windows = fields.objects(ifPresent: "timeWindow", window)
    if let count = node.sequence?.count, count != 1 {
      fields.error("timeWindow", "has \(count) windows; write exactly one")
    }
    return (windows.first ?? nil) ?? .standard
  }

  private static func window(_ fields: Fields) -> TimeWindow? {
    let duration = fields.shorthand("duration")
    let isRolling = fields.bool(ifPresent: "isRolling") ?? false
    let calendar = fields.object(ifPresent: "calendar") { fields -> (String, String) in
      let start = fields.string("startTime")
      if !start.isEmpty, !isDateTime(start) {
        fields.error("startTime", "\(quoted(start)) is not a time; write it as 2026-01-31 09:00:00")
      }
      return (start, fields.timeZone("timeZone"))
    }
    if isRolling, fields.has("calendar") {
      fields.error("has a calendar and isRolling: true; remove one of them")
    } else if !isRolling, !fields.has("calendar") {
      fields.error("has no calendar and is not rolling; write isRolling: true, or a calendar with its startTime")
    }
    guard let duration else { return nil }
    return calendar.map { .calendar(duration, start: $0.0, timeZone: $0.1) } ?? .rolling(duration)
  }

  private static func objective(_ fields: Fields, _ method: BudgetingMethod) -> Objective {
    let target = fields.number(ifPresent: "target")
    let percent = fields.number(ifPresent: "targetPercent")
    if OpenSLO.exactlyOne(fields, "target", "targetPercent") {
      checkTarget(fields, "target", target, below: 1)
      checkTarget(fields, "targetPercent", percent, below: 100)
    }
    let sliceTarget = fields.number(ifPresent: "timeSliceTarget")
    if let sliceTarget, sliceTarget <= 0 || sliceTarget > 1 {
      fields.error("timeSliceTarget", "\(sliceTarget) is not within 0…1; write a share above 0 and at most 1")
    }
    let sliceWindow = fields.shorthand(ifPresent: "timeSliceWindow")
    if method == .timeslices, !fields.has("timeSliceTarget") {
      fields.missing("timeSliceTarget", "the share of good events that makes a slice good; Timeslices need it")
    }
    if method != .occurrences, !fields.has("timeSliceWindow") {
      fields.missing("timeSliceWindow", "the length of a slice, such as 1m; \(method.rawValue) need it")
    }
    let weight = fields.number(ifPresent: "compositeWeight")
    if let weight, weight <= 0 { fields.error("compositeWeight", "\(weight) is not above 0") }
    return Objective(
      title: fields.possiblyEmptyString(ifPresent: "displayName"),
      comparison: fields.choice(ifPresent: "op", OpenSLO.Comparison.self), value: fields.number(ifPresent: "value"),
      target: target ?? percent.map { $0 / 100 } ?? 0, timeSliceTarget: sliceTarget, timeSliceWindow: sliceWindow,
      indicator: indicator(fields), compositeWeight: weight, position: fields.position)
  }

  private static func checkTarget(_ fields: Fields, _ key: String, _ target: Double?, below limit: Int) {
    guard let target else { return }
    let shown = fields.node(key)?.scalar?.text ?? "\(target)"
    if target >= Double(limit) {
      let remedy = key == "target" && target > 1 && target < 100 ? " (or write it as targetPercent)" : ""
      let problem = target == Double(limit) ? "leaves no error budget" : "cannot be reached"
      fields.error(key, "\(shown) \(problem); use a target below \(limit)\(remedy)")
    } else if target < 0 {
      fields.error(key, "\(shown) is below 0; use a target from 0 up to but not including \(limit)")
    }
  }

  /// `YYYY-MM-DD hh:mm:ss`.
  static func isDateTime(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let shape = Array("0000-00-00 00:00:00".utf8)
    guard bytes.count == shape.count,
      zip(bytes, shape).allSatisfy({ $1 == 0x30 ? (0x30...0x39).contains($0) : $0 == $1 })
    else { return false }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) } }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    return CivilDate(year: year, month: month, day: day) != nil && number(11..<13) < 24 && number(14..<16) < 60
      && number(17..<19) < 60
  }
}
