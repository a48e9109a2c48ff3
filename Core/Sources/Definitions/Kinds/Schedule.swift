import Base

/// `Schedule`: who is on call when. Later layers cover earlier ones wherever they have someone.
public struct ScheduleSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Schedule")

  /// IANA; all times of the schedule are local to it.
  public var timeZone: String
  public var layers: [Layer]

  public struct Layer: Hashable, Sendable {
    public var name: String
    /// The people in the order of their turns.
    public var users: [EntityRef]
    public var rotation: Rotation
    /// A turn lasts this many hours, days, weeks or months.
    public var every: Int
    /// The first handoff; the n-th is counted from it, so that it keeps its time of day across changes of the clock.
    public var start: LocalDateTime
    /// From here on the layer has nobody.
    public var until: LocalDateTime?
    /// The layer has someone only within these; all the time where there are none.
    public var restrictions: [Restriction]
  }

  public enum Rotation: String, Sendable, CaseIterable, Codable {
    case hourly, daily, weekly, monthly
  }

  public struct Restriction: Hashable, Sendable {
    /// The days on which it begins; every day where none are named. In order of the week.
    public var days: [Weekday]
    public var from: LocalTime
    /// The same as `from` or before it: on the next day.
    public var to: LocalTime
  }

  public init(_ fields: Fields) {
    timeZone = fields.string("timeZone")
    if !timeZone.isEmpty, !SLOSpec.isZoneName(timeZone) {
      fields.error("timeZone", "\(quoted(timeZone)) is not a time zone; write its IANA name, such as Europe/Lisbon")
    }
    layers = fields.objects("layers", Self.layer)
    if fields.node("layers")?.sequence?.isEmpty == true {
      fields.error("layers", "is empty; write at least one layer")
    }
  }

  private static func layer(_ fields: Fields) -> Layer {
    let users = fields.references("users", to: "User")
    if fields.node("users")?.sequence?.isEmpty == true {
      fields.error("users", "is empty; name at least one person")
    }
    let rotation = fields.choice("rotation", Rotation.self) ?? .weekly
    return Layer(
      name: fields.string("name"), users: users, rotation: rotation,
      every: fields.int(ifPresent: "every", in: 1...1_000) ?? 1,
      start: fields.localDateTime("start") ?? .placeholder, until: fields.localDateTime(ifPresent: "until"),
      restrictions: fields.objects(ifPresent: "restrictions") { fields in
        Restriction(
          days: fields.choices(ifPresent: "days", Weekday.self).sorted(),
          from: fields.localTime("from") ?? .midnight, to: fields.localTime("to") ?? .midnight)
      })
  }
}

/// A time of day on a clock, to the minute.
public struct LocalTime: Hashable, Sendable, Comparable {
  public var hour: Int
  public var minute: Int

  public init(hour: Int, minute: Int) {
    self.hour = hour
    self.minute = minute
  }

  /// Reads `hh:mm`; `24:00` is not a time.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || (parts.count == 3 && parts[2] == "00"),
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    self.init(hour: hour, minute: minute)
  }

  public static let midnight = LocalTime(hour: 0, minute: 0)

  public static func < (lhs: LocalTime, rhs: LocalTime) -> Bool {
    (lhs.hour, lhs.minute) < (rhs.hour, rhs.minute)
  }
}

/// A date and a time of day without a zone.
public struct LocalDateTime: Hashable, Sendable {
  public var date: CivilDate
  public var time: LocalTime

  public init(date: CivilDate, time: LocalTime) {
    self.date = date
    self.time = time
  }

  /// Reads `YYYY-MM-DDThh:mm`, with a blank in place of the `T` too, and with seconds where they are zero.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count >= 16, let separator = text.dropFirst(10).first, separator == "T" || separator == " ",
      let date = CivilDate(isoText: text.prefix(10)), let time = LocalTime(text.dropFirst(11))
    else { return nil }
    self.init(date: date, time: time)
  }

  static let placeholder = LocalDateTime(date: CivilDate(dayNumber: 0), time: .midnight)
}

extension Fields {
  func localTime(_ key: String) -> LocalTime? {
    let text = string(key)
    if text.isEmpty { return nil }
    guard let time = LocalTime(text) else {
      error(key, "\(quoted(text)) is not a time of day; write it as \"09:00\"")
      return nil
    }
    return time
  }

  func localDateTime(_ key: String) -> LocalDateTime? {
    if has(key) { return localDateTime(ifPresent: key) }
    missing(key, "a local time such as 2026-01-05T09:00")
    return nil
  }

  func localDateTime(ifPresent key: String) -> LocalDateTime? {
    guard let text = string(ifPresent: key) else { return nil }
    guard let value = LocalDateTime(text) else {
      error(key, "\(quoted(text)) is not a local time; write it without a zone, as 2026-01-05T09:00")
      return nil
    }
    return value
  }
}
