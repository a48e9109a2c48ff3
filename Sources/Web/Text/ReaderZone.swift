import Base

/// The zone in which a reader sees times. A struct of one closure, so that pages need no zone files.
public struct ReaderZone: Sendable {
  /// The IANA name: `Europe/Berlin`.
  public var name: String
  /// The offset from UTC at an instant in seconds, and the abbreviation in use (`CEST`).
  public var offset: @Sendable (Instant) -> (seconds: Int, abbreviation: String)

  public init(name: String, offset: @escaping @Sendable (Instant) -> (seconds: Int, abbreviation: String)) {
    self.name = name
    self.offset = offset
  }

  public static let utc = ReaderZone(name: "UTC") { _ in (0, "UTC") }

  /// The parts of the wall clock at an instant.
  func parts(_ time: Instant) -> ClockParts { ClockParts(time, offsetBy: offset(time).seconds) }

  /// `Sat 21 Nov 2026, 03:26:25 UTC`.
  func full(_ time: Instant) -> String {
    let parts = parts(time)
    return "\(parts.weekdayName) \(parts.day) \(parts.monthName) \(parts.year), "
      + "\(parts.clock):\(ClockParts.two(parts.second)) \(offset(time).abbreviation)"
  }

  /// `2026-11-21T03:26`, as a form's field for a time takes it.
  func stamp(_ time: Instant) -> String {
    let parts = parts(time)
    return "\(parts.year)-\(ClockParts.two(parts.month))-\(ClockParts.two(parts.day))T\(parts.clock)"
  }

  /// The shortest text that is clear next to `now`: the time alone on the same day, else with the day.
  func brief(_ time: Instant, near now: Instant) -> String {
    let (parts, today) = (parts(time), parts(now))
    if (parts.year, parts.month, parts.day) == (today.year, today.month, today.day) { return parts.clock }
    let day = "\(parts.weekdayName) \(parts.day) \(parts.monthName)"
    return parts.year == today.year ? "\(day), \(parts.clock)" : "\(day) \(parts.year), \(parts.clock)"
  }
}

/// Year, month, day and time of day, Gregorian.
struct ClockParts: Equatable {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  /// 0 is Monday.
  var weekday: Int

  init(_ time: Instant, offsetBy offset: Int) {
    let local = Int(time.seconds) + offset
    let days = (local >= 0 ? local : local - 86_399) / 86_400
    let rest = local - days * 86_400
    (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60)
    weekday = ((days + 3) % 7 + 7) % 7
    // Days to a date after Howard Hinnant's "chrono-compatible low-level date algorithms": years begin in March.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * march + 2) / 5 + 1
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static let fullWeekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

  var weekdayFull: String { Self.fullWeekdays[weekday] }
  var weekdayName: String { Self.weekdays[weekday] }
  var monthName: String { Self.months[month - 1] }
  /// `03:26`.
  var clock: String { "\(Self.two(hour)):\(Self.two(minute))" }

  static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
