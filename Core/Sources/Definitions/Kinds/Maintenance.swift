import Base

/// `Maintenance`: a time in which trouble with some services is expected, once or again and again.
public struct MaintenanceSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Maintenance")

  public var services: [EntityRef]
  /// SLOs that it is for besides those of the services.
  public var slos: [EntityRef]
  /// Of the first time.
  public var start: Instant
  /// Not part of the window.
  public var end: Instant
  /// When it happens again; each time is as long as the first.
  public var recurrence: RecurrenceRule?
  /// IANA; the recurrence counts on its calendar.
  public var timeZone: String
  public var reason: String
  /// What status pages say of it besides its times; the reason stays inside.
  public var announcement: String?
  /// Whether alerts of the services are suppressed meanwhile.
  public var suppressAlerts: Bool
  /// Whether what happens meanwhile is left out of their error budgets.
  public var excludeFromBudget: Bool

  static let recurringLengthMax = Interval.days(7)

  public init(_ fields: Fields) {
    slos = fields.references(ifPresent: "slos", to: "SLO")
    // One of the two is enough.
    services =
      slos.isEmpty
      ? fields.references("services", to: "Component", "Service")
      : fields.references(ifPresent: "services", to: "Component", "Service")
    start = fields.instant("start")
    end = fields.instant("end")
    reason = fields.string("reason")
    announcement = fields.string(ifPresent: "announcement")
    suppressAlerts = fields.bool(ifPresent: "suppressAlerts") ?? true
    excludeFromBudget = fields.bool(ifPresent: "excludeFromBudget") ?? false
    timeZone = fields.timeZone(ifPresent: "timeZone") ?? "UTC"
    recurrence = Self.rrule(fields)
    fields.checkOrder(start, end)
    if recurrence == nil, fields.has("timeZone") {
      fields.warning("timeZone", "means nothing without rrule: start and end name their offsets")
    }
    if recurrence != nil, end - start > Self.recurringLengthMax {
      fields.error("end", "is more than 7 days after start, too long for a window that recurs")
    }
  }

  static func rrule(_ fields: Fields) -> RecurrenceRule? {
    guard let text = fields.string(ifPresent: "rrule") else { return nil }
    do throws(RecurrenceError) {
      return try RecurrenceRule(text: text)
    } catch {
      fields.error("rrule", "\(quoted(text)): \(error)")
      return nil
    }
  }
}
