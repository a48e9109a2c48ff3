import Base

/// `Silence`: alerts that nobody is to be told about for a while.
public struct SilenceSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Silence")

  /// All must hold.
  public var matchers: [Matcher]
  public var start: Instant
  /// Not part of the window.
  public var end: Instant
  public var reason: String

  /// A condition on a label of an alert. Patterns are regular expressions that must match the whole value.
  public struct Matcher: Hashable, Sendable {
    public var label: String
    public var test: Test
  }

  public enum Test: Hashable, Sendable {
    case equals(String)
    case notEquals(String)
    case matches(String)
    case notMatches(String)
  }

  public init(_ fields: Fields) {
    matchers = fields.objects("matchers", Self.matcher).compactMap { $0 }
    if fields.node("matchers")?.sequence?.isEmpty == true {
      fields.error("matchers", "is empty, which would silence everything; write at least one")
    }
    start = fields.instant("start")
    end = fields.instant("end")
    reason = fields.string("reason")
    fields.checkOrder(start, end)
  }

  private static func matcher(_ fields: Fields) -> Matcher? {
    let label = fields.string("label")
    guard OpenSLO.exactlyOne(fields, "equals", "notEquals", "matches", "notMatches") else { return nil }
    if let text = fields.possiblyEmptyString(ifPresent: "equals") { return Matcher(label: label, test: .equals(text)) }
    if let text = fields.possiblyEmptyString(ifPresent: "notEquals") {
      return Matcher(label: label, test: .notEquals(text))
    }
    if let text = fields.string(ifPresent: "matches") { return Matcher(label: label, test: .matches(text)) }
    return fields.string(ifPresent: "notMatches").map { Matcher(label: label, test: .notMatches($0)) }
  }
}

/// `Calendar`: working hours and the days off, for what can wait until people are at work.
public struct CalendarSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Calendar")

  /// IANA.
  public var timeZone: String
  public var workingHours: [ScheduleSpec.Restriction]
  public var holidays: [Holiday]

  public struct Holiday: Hashable, Sendable {
    public var date: CivilDate
    public var name: String
  }

  public init(_ fields: Fields) {
    timeZone = fields.timeZone("timeZone")
    workingHours = fields.objects(ifPresent: "workingHours") { fields in
      ScheduleSpec.Restriction(
        days: fields.choices(ifPresent: "days", Weekday.self).sorted(), from: fields.localTime("from") ?? .midnight,
        to: fields.localTime("to") ?? .midnight)
    }
    holidays = fields.objects(ifPresent: "holidays") { fields -> Holiday? in
      let text = fields.string("date")
      let name = fields.string("name")
      guard !text.isEmpty else { return nil }
      guard let date = CivilDate(isoText: text) else {
        fields.error("date", "\(quoted(text)) is not a date; write it as 2026-12-25")
        return nil
      }
      return Holiday(date: date, name: name)
    }.compactMap { $0 }
  }
}

extension Fields {
  func checkOrder(_ start: Instant, _ end: Instant) {
    if node("start")?.string != nil, node("end")?.string != nil, end <= start {
      error("end", "is not after start; a window needs a length")
    }
  }
}
