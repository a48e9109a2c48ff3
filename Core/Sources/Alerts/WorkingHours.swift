import Base

/// When the people of a team are at work.
public struct WorkingHours: Sendable, Hashable {
  public struct Stretch: Sendable, Hashable {
    /// The days on which it begins; every day where there are none.
    public var days: [Weekday]
    public var from: CivilTime
    /// The same as `from` or before it: on the next day.
    public var to: CivilTime

    public init(days: [Weekday], from: CivilTime, to: CivilTime) {
      self.days = days
      self.from = from
      self.to = to
    }
  }

  public var zone: Zone
  public var stretches: [Stretch]
  /// Days on which nothing begins.
  public var holidays: Set<CivilDate>

  public init(zone: Zone, stretches: [Stretch], holidays: Set<CivilDate> = []) {
    self.zone = zone
    self.stretches = stretches
    self.holidays = holidays
  }

  /// Monday to Friday, 09:00 to 17:00.
  public static func standard(in zone: Zone) -> WorkingHours {
    let nine = CivilTime(hour: 9, minute: 0) ?? .midnight
    let five = CivilTime(hour: 17, minute: 0) ?? .midnight
    return WorkingHours(
      zone: zone, stretches: [.init(days: [.monday, .tuesday, .wednesday, .thursday, .friday], from: nine, to: five)])
  }

  /// A calendar that names no time in so many days has none; nothing waits for it.
  private static let daysMax = 60

  /// The first moment from an instant on at which somebody is at work: the instant itself where they are.
  public func next(from now: Instant) -> Instant {
    let today = zone.civil(at: now).date
    for offset in -1...Self.daysMax {
      let date = today.adding(days: offset)
      guard !holidays.contains(date) else { continue }
      let found = stretches.compactMap { stretch -> Instant? in
        guard stretch.days.isEmpty || stretch.days.contains(date.weekday) else { return nil }
        let start = zone.instant(of: CivilDateTime(date: date, time: stretch.from))
        let last = stretch.to > stretch.from ? date : date.adding(days: 1)
        let end = zone.instant(of: CivilDateTime(date: last, time: stretch.to))
        return now < end ? max(start, now) : nil
      }
      if let first = found.min() { return first }
    }
    return now
  }
}
