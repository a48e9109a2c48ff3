/// A time of day on a clock, without a zone, to the second.
public struct CivilTime: Hashable, Sendable {
  /// Seconds on the clock since midnight, 0…86 399.
  public let secondOfDay: Int

  /// `nil` where no clock shows it; 24:00 is the next day's midnight.
  public init?(hour: Int, minute: Int, second: Int = 0) {
    guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
    secondOfDay = hour * 3_600 + minute * 60 + second
  }

  init(secondOfDay: Int) { self.secondOfDay = secondOfDay }

  public static let midnight = CivilTime(secondOfDay: 0)

  public var hour: Int { secondOfDay / 3_600 }
  public var minute: Int { secondOfDay / 60 % 60 }
  public var second: Int { secondOfDay % 60 }
}

extension CivilTime: Comparable {
  public static func < (lhs: CivilTime, rhs: CivilTime) -> Bool { lhs.secondOfDay < rhs.secondOfDay }
}

extension CivilTime: CustomStringConvertible {
  /// Reads `09:30` or `09:30:15`; `nil` for anything else.
  public init?(isoText text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let time = reader.time(), reader.isAtEnd else { return nil }
    self = time
  }

  /// `09:30`, or `09:30:15` where it has seconds.
  public var description: String {
    "\(padded(hour, 2)):\(padded(minute, 2))" + (second == 0 ? "" : ":\(padded(second, 2))")
  }
}

/// A date and a time of day, without a zone.
public struct CivilDateTime: Hashable, Sendable {
  public var date: CivilDate
  public var time: CivilTime

  public init(date: CivilDate, time: CivilTime) {
    self.date = date
    self.time = time
  }

  /// What a clock shows that many seconds after 1970-01-01T00:00 on the same clock.
  public init(clockSeconds: Int) {
    let day = Int(Int64(clockSeconds).flooredQuotient(by: 86_400))
    date = CivilDate(dayNumber: day)
    time = CivilTime(secondOfDay: clockSeconds - day * 86_400)
  }

  /// Seconds on the clock since it showed 1970-01-01T00:00.
  public var clockSeconds: Int { date.dayNumber * 86_400 + time.secondOfDay }

  /// What the clock shows that many seconds later when it is not set in between.
  public func adding(seconds: Int) -> CivilDateTime { CivilDateTime(clockSeconds: clockSeconds + seconds) }
}

extension CivilDateTime: Comparable {
  public static func < (lhs: CivilDateTime, rhs: CivilDateTime) -> Bool {
    (lhs.date, lhs.time) < (rhs.date, rhs.time)
  }
}

extension CivilDateTime: CustomStringConvertible {
  /// Reads `2026-11-21T09:30` or `2026-11-21T09:30:15`; `nil` for anything else, above all for a zone.
  public init?(isoText text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let date = reader.date(), reader.take("T"), let time = reader.time(), reader.isAtEnd else { return nil }
    self.init(date: date, time: time)
  }

  /// `2026-11-21T09:30`
  public var description: String { "\(date)T\(time)" }
}
