import Base

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

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    ServiceAnnotations.checkCalendars(snapshot, report)
  }
}

extension Fields {
  func checkOrder(_ start: Instant, _ end: Instant) {
    if node("start")?.string != nil, node("end")?.string != nil, end <= start {
      error("end", "is not after start; a window needs a length")
    }
  }
}
