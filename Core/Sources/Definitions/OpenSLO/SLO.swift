import Base

/// OpenSLO `SLO`: an objective for a service, over a window of time.
public struct SLOSpec: DefinitionSpec {
  public static let kind = KindName("SLO", OpenSLO.Version.allCases.map(\.rawValue))

  public var description: String?
  /// A Component of the catalog or an OpenSLO Service.
  public var service: EntityRef
  /// `nil` for a composite, whose objectives have an indicator each.
  public var indicator: RefOrInline<SLISpec>?
  public var budgetingMethod: BudgetingMethod
  public var timeWindow: TimeWindow
  public var objectives: [Objective]
  public var alertPolicies: [RefOrInline<AlertPolicySpec>]
  /// Severities (`page`, `ticket`) of which its author wants no alerts; Sloth can say so, OpenSLO cannot.
  public var disabledAlerts: [String] = []
  /// What alerts that wake somebody carry, and those that wait.
  public var pageText = AlertText()
  public var ticketText = AlertText()
  /// Whether its objectives are the parts of one, each with its own indicator and weight.
  public var isComposite = false

  public enum BudgetingMethod: String, Sendable, CaseIterable, Codable {
    case occurrences = "Occurrences"
    case timeslices = "Timeslices"
    case ratioTimeslices = "RatioTimeslices"
  }

  public enum TimeWindow: Sendable, Hashable {
    case rolling(DurationShorthand)
    /// Periods of the calendar from a first start on, in the zone's civil time.
    case calendar(DurationShorthand, start: CivilDateTime, timeZone: String)

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

  init(
    description: String?, service: EntityRef, indicator: RefOrInline<SLISpec>?, timeWindow: TimeWindow,
    objectives: [Objective], disabledAlerts: [String]
  ) {
    self.description = description
    self.service = service
    self.indicator = indicator
    budgetingMethod = .occurrences
    self.timeWindow = timeWindow
    self.objectives = objectives
    alertPolicies = []
    self.disabledAlerts = disabledAlerts
  }

  public init(_ fields: Fields) {
    let version = fields.context.openSLO
    description = OpenSLO.description(fields)
    service = Self.service(fields)
    indicator = Self.indicator(fields)
    if version == .v2alpha, !fields.has("budgetingMethod") {
      fields.warning("has no budgetingMethod; Occurrences are assumed")
      budgetingMethod = .occurrences
    } else {
      budgetingMethod = fields.choice("budgetingMethod", BudgetingMethod.self) ?? .occurrences
    }
    timeWindow = version == .v1alpha ? Self.alphaWindow(fields) : Self.timeWindow(fields)
    let method = budgetingMethod
    objectives = fields.objects("objectives") { Self.objective($0, method) }
    if fields.node("objectives")?.sequence?.isEmpty == true {
      fields.error("objectives", "is empty; write at least one objective")
    }
    alertPolicies = fields.objects(ifPresent: "alertPolicies", Self.alertPolicy).compactMap { $0 }
    checkIndicators(fields)
  }

  private mutating func checkIndicators(_ fields: Fields) {
    let (key, refKey) = Self.indicatorKeys(fields)
    let own = fields.has(key) || fields.has(refKey)
    let nodes = fields.node("objectives")?.sequence ?? []
    let composite = nodes.filter { $0[key] != nil || $0[refKey] != nil || $0["ratioMetrics"] != nil }
    isComposite = !own && !composite.isEmpty && fields.context.openSLO != .v1alpha
    if own, !composite.isEmpty {
      fields.error(
        "has an indicator and so have its objectives; keep it in one place: at spec, or in each objective of a "
          + "composite")
    } else if !own, composite.isEmpty {
      fields.error("has neither \(key) nor \(refKey); say how good service is measured")
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

  private static func indicatorKeys(_ fields: Fields) -> (inline: String, reference: String) {
    fields.context.openSLO == .v2alpha ? ("sli", "sliRef") : ("indicator", "indicatorRef")
  }

  /// v2alpha writes `service` in its text and `serviceRef` in its SDK.
  private static func service(_ fields: Fields) -> EntityRef {
    let hasRef = fields.context.openSLO == .v2alpha && fields.has("serviceRef")
    if hasRef, fields.has("service") { fields.error("has service and serviceRef; write exactly one") }
    return fields.reference(hasRef ? "serviceRef" : "service", to: "Component", "Service")
  }

  private static func indicator(_ fields: Fields) -> RefOrInline<SLISpec>? {
    if fields.context.openSLO == .v1alpha { return alphaIndicator(fields) }
    let (key, refKey) = indicatorKeys(fields)
    if fields.has(key), fields.has(refKey) { fields.error("has \(key) and \(refKey); write exactly one") }
    let inline = fields.object(ifPresent: key) {
      OpenSLO.inline($0, SLISpec.self, namesKind: false)
    }
    let reference = OpenSLO.reference(fields, refKey, to: "SLI")
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
    let calendar = calendar(fields)
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
    // v1alpha has no field for the length; a minute is the usual one.
    let assumed = fields.context.openSLO == .v1alpha ? DurationShorthand(1, .minute) : nil
    let sliceWindow = fields.shorthand(ifPresent: "timeSliceWindow") ?? assumed
    if method == .timeslices, !fields.has("timeSliceTarget") {
      fields.missing("timeSliceTarget", "the share of good events that makes a slice good; Timeslices need it")
    }
    if method != .occurrences, !fields.has("timeSliceWindow"), fields.context.openSLO != .v1alpha {
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
}
