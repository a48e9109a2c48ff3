/// When something happens again: a subset of the recurrence rules of RFC 5545, 3.3.10.
///
/// Understood: `FREQ` of `DAILY`, `WEEKLY` or `MONTHLY`; `INTERVAL`; `BYDAY`, for months also the n-th such day of the
/// month (`2SU`, `-1FR`); `BYMONTHDAY`, negative from the month's end; `COUNT` or `UNTIL`; `WKST`. All count on the
/// calendar of the zone that the first time is in, so that each occurrence begins at the same time of day.
public struct RecurrenceRule: Hashable, Sendable {
  public enum Frequency: String, Sendable, CaseIterable {
    case daily = "DAILY"
    case weekly = "WEEKLY"
    case monthly = "MONTHLY"
  }

  /// A weekday, in a month perhaps only its n-th, from the end where negative.
  public struct Day: Hashable, Sendable {
    public var weekday: Weekday
    public var ordinal: Int?

    public init(_ weekday: Weekday, ordinal: Int? = nil) {
      self.weekday = weekday
      self.ordinal = ordinal
    }
  }

  public var frequency: Frequency
  public var interval: Int
  /// Empty where the first time says which.
  public var days: [Day]
  /// 1…31, or −31…−1 from the month's end.
  public var monthDays: [Int]
  /// How often it happens, the first time included.
  public var count: Int?
  /// The last moment at which one may begin.
  public var until: Until?
  public var weekStart: Weekday

  public enum Until: Hashable, Sendable {
    case instant(Instant)
    /// Without a zone: in the rule's own.
    case civil(CivilDateTime)
  }

  public init(
    _ frequency: Frequency, interval: Int = 1, days: [Day] = [], monthDays: [Int] = [], count: Int? = nil,
    until: Until? = nil, weekStart: Weekday = .monday
  ) {
    self.frequency = frequency
    self.interval = interval
    self.days = days
    self.monthDays = monthDays
    self.count = count
    self.until = until
    self.weekStart = weekStart
  }

  /// More occurrences than this are not listed at once.
  public static let occurrencesMax = 10_000
  /// Periods looked through for a rule that never comes true, such as the 31st of every twelfth month from February.
  private static let periodsMax = 50_000

  /// The instants within a range at which it begins, in order: `start` is the first time and counts where the rule
  /// allows it (RFC 5545 leaves the other case open).
  ///
  /// A time that the clock skips begins when the clock is set forward; one that comes twice begins the first time.
  public func occurrences(from start: CivilDateTime, in zone: Zone, within range: Range<Instant>) -> [Instant] {
    var found: [Instant] = []
    var seen = 0
    let until = until.map { limit in
      switch limit {
      case .instant(let instant): instant
      case .civil(let civil): zone.instant(of: civil, resolving: .lastOfTwo)
      }
    }
    // With a count every occurrence has to be seen; without one, those long before the range need not be.
    var period = count == nil ? firstPeriod(from: start, reaching: zone.civil(at: range.lowerBound).date) : 0
    let end = period + Self.periodsMax
    while period < end {
      for date in dates(ofPeriod: period, from: start.date) where date >= start.date {
        let instant = zone.instant(of: CivilDateTime(date: date, time: start.time))
        seen += 1
        if let count, seen > count { return found }
        if let until, instant > until { return found }
        if instant >= range.upperBound { return found }
        if instant >= range.lowerBound { found.append(instant) }
        if found.count >= Self.occurrencesMax { return found }
      }
      period += 1
    }
    return found
  }

  /// The last period that lies wholly before a date, or 0.
  private func firstPeriod(from start: CivilDateTime, reaching date: CivilDate) -> Int {
    let days = date.dayNumber - start.date.dayNumber
    let length = max(1, interval)
    let periods =
      switch frequency {
      case .daily: days / length
      case .weekly: days / (7 * length)
      case .monthly:
        ((date.year - start.date.year) * 12 + date.month - start.date.month) / length
      }
    return max(0, periods - 2)
  }

  /// The days of one day, week or month that the rule names, in order.
  private func dates(ofPeriod period: Int, from start: CivilDate) -> [CivilDate] {
    switch frequency {
    case .daily:
      let date = start.adding(days: period * interval)
      return matchesDay(date) && matchesMonthDay(date) ? [date] : []
    case .weekly:
      let first = start.adding(days: -((start.weekday.number - weekStart.number + 7) % 7) + 7 * period * interval)
      let wanted = days.isEmpty ? [start.weekday] : days.map(\.weekday)
      return (0..<7).map { first.adding(days: $0) }.filter { wanted.contains($0.weekday) && matchesMonthDay($0) }
    case .monthly: return dates(ofMonth: period, from: start)
    }
  }

  private func dates(ofMonth period: Int, from start: CivilDate) -> [CivilDate] {
    guard let first = CivilDate(year: start.year, month: start.month, day: 1)?.adding(months: period * interval) else {
      return []
    }
    let length = CivilDate.days(inMonth: first.month, ofYear: first.year)
    if days.isEmpty, monthDays.isEmpty { return start.day <= length ? [first.adding(days: start.day - 1)] : [] }
    return (0..<length).map { first.adding(days: $0) }.filter { date in
      matchesMonthDay(date)
        && (days.isEmpty
          || days.contains { day in
            guard day.weekday == date.weekday else { return false }
            guard let ordinal = day.ordinal else { return true }
            return ordinal > 0 ? (date.day - 1) / 7 + 1 == ordinal : (length - date.day) / 7 + 1 == -ordinal
          })
    }
  }

  private func matchesDay(_ date: CivilDate) -> Bool {
    days.isEmpty || days.contains { $0.weekday == date.weekday }
  }

  private func matchesMonthDay(_ date: CivilDate) -> Bool {
    if monthDays.isEmpty { return true }
    let length = CivilDate.days(inMonth: date.month, ofYear: date.year)
    return monthDays.contains { $0 > 0 ? $0 == date.day : length + 1 + $0 == date.day }
  }
}
