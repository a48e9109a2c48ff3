/// OpenSLO `AlertPolicy`: when to alert about an SLO, and whom.
public struct AlertPolicySpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("AlertPolicy")

  public var description: String?
  public var alertWhenNoData: Bool
  public var alertWhenBreaching: Bool
  public var alertWhenResolved: Bool
  public var condition: RefOrInline<AlertConditionSpec>?
  public var targets: [RefOrInline<AlertNotificationTargetSpec>]

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    alertWhenNoData = fields.bool(ifPresent: "alertWhenNoData") ?? false
    alertWhenBreaching = fields.bool(ifPresent: "alertWhenBreaching") ?? false
    alertWhenResolved = fields.bool(ifPresent: "alertWhenResolved") ?? false
    let conditions = fields.objects("conditions") {
      Self.refOrInline($0, AlertConditionSpec.self, key: "conditionRef")
    }
    if let count = fields.node("conditions")?.sequence?.count, count != 1 {
      fields.error("conditions", "has \(count) conditions; write exactly one")
    }
    condition = conditions.first ?? nil
    targets = fields.objects("notificationTargets") {
      Self.refOrInline($0, AlertNotificationTargetSpec.self, key: "targetRef")
    }.compactMap { $0 }
    if fields.node("notificationTargets")?.sequence?.isEmpty == true {
      fields.error("notificationTargets", "is empty; name at least one target")
    }
  }

  private static func refOrInline<Spec: DefinitionSpec>(
    _ fields: Fields, _: Spec.Type, key: String
  ) -> RefOrInline<Spec>? {
    if fields.has(key), fields.has("spec") { fields.error("has \(key) and spec; write exactly one") }
    if fields.has(key) {
      fields.ignore("kind", "metadata", "spec")
      return OpenSLO.reference(fields, key, to: Spec.kind.name).map { .reference($0) }
    }
    return OpenSLO.inline(fields, Spec.self, namesKind: true).map { .inline($0) }
  }
}

/// OpenSLO `AlertCondition`: the burn rate at which to alert.
public struct AlertConditionSpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("AlertCondition")

  public var description: String?
  public var severity: String
  public var condition: Condition

  public struct Condition: Sendable {
    public var comparison: OpenSLO.Comparison
    public var threshold: Double
    public var lookbackWindow: DurationShorthand
    public var alertAfter: DurationShorthand?
  }

  enum ConditionKind: String, CaseIterable {
    case burnrate
  }

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    severity = fields.string("severity")
    let read = fields.object("condition") { fields -> Condition in
      _ = fields.choice("kind", ConditionKind.self)
      let comparison = fields.choice("op", OpenSLO.Comparison.self)
      if !fields.has("threshold") { fields.missing("threshold", "a burn rate such as 14.4") }
      return Condition(
        comparison: comparison ?? .gte, threshold: fields.number(ifPresent: "threshold") ?? 0,
        lookbackWindow: fields.shorthand("lookbackWindow") ?? DurationShorthand(1, .hour),
        alertAfter: fields.shorthand(ifPresent: "alertAfter", allowZero: true))
    }
    condition =
      read ?? Condition(comparison: .gte, threshold: 0, lookbackWindow: DurationShorthand(1, .hour))
  }
}

/// OpenSLO `AlertNotificationTarget`: where an alert goes.
public struct AlertNotificationTargetSpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("AlertNotificationTarget")

  public var description: String?
  public var target: String

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    target = fields.string("target")
  }
}
