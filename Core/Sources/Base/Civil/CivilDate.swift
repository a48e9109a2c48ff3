/// A day of the proleptic Gregorian calendar, without a zone.
public struct CivilDate: Hashable, Sendable {
  public let year: Int
  /// 1…12
  public let month: Int
  /// 1…31
  public let day: Int

  /// `nil` where the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, ofYear: year) else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day that many days after 1970-01-01. (Howard Hinnant, "chrono-compatible low-level date algorithms".)
  public init(dayNumber: Int) {
    let shifted = dayNumber + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  public var dayNumber: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// 28…31; `month` is 1…12.
  public static func days(inMonth month: Int, ofYear year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension CivilDate {
  public var weekday: Weekday {
    // 1970-01-01 was a Thursday.
    Weekday.allCases[((dayNumber + 3) % 7 + 7) % 7]
  }

  /// The day that many days later, or earlier where negative.
  public func adding(days: Int) -> CivilDate { CivilDate(dayNumber: dayNumber + days) }

  /// The same day of the month that many months later; the month's last day where it is too short: one month after
  /// 31 January is 28 February, two months after it 31 March.
  public func adding(months: Int) -> CivilDate {
    let count = year * 12 + month - 1 + months
    let newYear = Int(Int64(count).flooredQuotient(by: 12))
    let newMonth = count - newYear * 12 + 1
    let newDay = min(day, Self.days(inMonth: newMonth, ofYear: newYear))
    return CivilDate(year: newYear, month: newMonth, day: newDay) ?? self
  }
}

extension CivilDate: Comparable {
  public static func < (lhs: CivilDate, rhs: CivilDate) -> Bool {
    (lhs.year, lhs.month, lhs.day) < (rhs.year, rhs.month, rhs.day)
  }
}

extension CivilDate: CustomStringConvertible {
  /// Reads `2026-11-21`; `nil` for anything else.
  public init?(isoText text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let date = reader.date(), reader.isAtEnd else { return nil }
    self = date
  }

  /// `2026-11-21`
  public var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

/// A date is coded as its ISO 8601 text.
extension CivilDate: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = CivilDate(isoText: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(decoder.codingPath.pathText): '\(text)' is not a date such as 2026-11-21")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A day of the week, Monday first.
public enum Weekday: String, Sendable, CaseIterable, Codable, Comparable {
  case monday, tuesday, wednesday, thursday, friday, saturday, sunday

  /// 1 for Monday to 7 for Sunday, as in ISO 8601.
  public var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }

  public static func < (lhs: Weekday, rhs: Weekday) -> Bool { lhs.number < rhs.number }
}

extension DigitReader {
  /// `2026-11-21`
  mutating func date() -> CivilDate? {
    guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
      let day = number(digits: 2)
    else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }

  /// `09:30` or `09:30:15`
  mutating func time() -> CivilTime? {
    guard let hour = number(digits: 2), take(":"), let minute = number(digits: 2) else { return nil }
    var second = 0
    if take(":") {
      guard let seconds = number(digits: 2) else { return nil }
      second = seconds
    }
    return CivilTime(hour: hour, minute: minute, second: second)
  }
}

/// The number with zeros in front, at least that many digits.
func padded(_ number: Int, _ digits: Int) -> String {
  let text = String(number.magnitude)
  return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, digits - text.count)) + text
}
