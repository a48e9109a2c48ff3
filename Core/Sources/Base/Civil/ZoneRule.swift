/// What applies every year: a `TZ` string of POSIX.1-2017 with the extensions of RFC 9636, 3.3.1 (hours from -167 to
/// 167), such as `CST6CDT,M3.2.0,M11.1.0` or `<+03>-3`.
struct ZoneRule: Hashable, Sendable {
  /// A day of each year.
  enum Day: Hashable, Sendable {
    /// `Jn`: 1…365, 29 February never counted.
    case julian(Int)
    /// `n`: 0…365, 29 February counted.
    case ordinal(Int)
    /// `Mm.w.d`: the w-th weekday of a month, 5 for its last; 0 is Sunday.
    case weekday(month: Int, week: Int, weekday: Int)

    /// Days since 1970-01-01.
    func number(in year: Int) -> Int {
      switch self {
      case .julian(let day):
        return Self.first(of: 1, year) + day - (day >= 60 && CivilDate.isLeap(year) ? 0 : 1)
      case .ordinal(let day):
        return Self.first(of: 1, year) + day
      case .weekday(let month, let week, let weekday):
        let first = Self.first(of: month, year)
        // Day 0 was a Thursday.
        let firstMatch = first + ((weekday - first - 4) % 7 + 7) % 7
        let last = first + CivilDate.days(inMonth: month, ofYear: year) - 1
        return firstMatch + 7 * min(week - 1, (last - firstMatch) / 7)
      }
    }

    private static func first(of month: Int, _ year: Int) -> Int {
      CivilDate(year: year, month: month, day: 1)?.dayNumber ?? 0
    }
  }

  /// When a clock that shows the time before the change is set.
  struct Change: Hashable, Sendable {
    var day: Day
    /// Seconds after that day's midnight; may lie outside of the day.
    var second: Int
  }

  struct Summer: Hashable, Sendable {
    var offset: Zone.Offset
    var start: Change
    var end: Change
  }

  let standard: Zone.Offset
  let summer: Summer?

  func offset(at seconds: Int) -> Zone.Offset {
    guard summer != nil else { return standard }
    let year = year(of: seconds)
    return changes(years: (year - 1)...(year + 1)).last { $0.time <= seconds }?.offset ?? standard
  }

  /// The changes with `after` < time <= `to`, in order.
  func changes(after: Int, to: Int) -> [Zone.Transition] {
    guard summer != nil else { return [] }
    return changes(years: (year(of: after) - 1)...(year(of: to) + 1)).filter { $0.time > after && $0.time <= to }
  }

  private func year(of seconds: Int) -> Int { CivilDateTime(clockSeconds: seconds).date.year }

  private func changes(years: ClosedRange<Int>) -> [Zone.Transition] {
    guard let summer else { return [] }
    let all = years.flatMap { year in
      [
        Zone.Transition(
          time: summer.start.day.number(in: year) * 86_400 + summer.start.second - standard.seconds,
          offset: summer.offset),
        Zone.Transition(
          time: summer.end.day.number(in: year) * 86_400 + summer.end.second - summer.offset.seconds,
          offset: standard),
      ]
    }
    // Where one summer ends as the next begins, which is how an all-year one is written, the beginning counts.
    return all.sorted { ($0.time, $0.offset.isDST ? 1 : 0) < ($1.time, $1.offset.isDST ? 1 : 0) }
  }
}

extension ZoneRule {
  /// `nil` where the text is not such a rule.
  init?(posix text: String) {
    var reader = PosixReader(rest: Array(text.utf8)[...])
    guard let standardName = reader.name(), let west = reader.clock(hoursMax: 24) else { return nil }
    standard = Zone.Offset(seconds: -west, abbreviation: standardName, isDST: false)
    if reader.isAtEnd {
      summer = nil
      return
    }
    guard let summerName = reader.name() else { return nil }
    var summerOffset = standard.seconds + 3_600
    if !reader.isAt(",") {
      guard let west = reader.clock(hoursMax: 24) else { return nil }
      summerOffset = -west
    }
    guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(), reader.isAtEnd
    else { return nil }
    summer = Summer(
      offset: Zone.Offset(seconds: summerOffset, abbreviation: summerName, isDST: true), start: start, end: end)
  }
}

private struct PosixReader {
  var rest: ArraySlice<UInt8>

  var isAtEnd: Bool { rest.isEmpty }

  func isAt(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard isAt(character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// `CET`, or `<+03>` where it is more than letters; three characters or more.
  mutating func name() -> String? {
    let isQuoted = take("<")
    let name = rest.prefix { byte in
      isQuoted
        ? byte.isASCIILetterOrDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
        : byte.isASCIILetterOrDigit && byte > UInt8(ascii: "9")
    }
    rest = rest.dropFirst(name.count)
    guard (3...32).contains(name.count), !isQuoted || take(">") else { return nil }
    return String(decoding: name, as: UTF8.self)
  }

  mutating func number(max: Int) -> Int? {
    var value: Int?
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), value ?? 0 <= max {
      value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
      rest = rest.dropFirst()
    }
    guard let value, value <= max else { return nil }
    return value
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func clock(hoursMax: Int) -> Int? {
    let sign = take("-") ? -1 : 1
    if sign == 1 { _ = take("+") }
    guard let hours = number(max: hoursMax) else { return nil }
    var (minutes, seconds) = (0, 0)
    if take(":") {
      guard let value = number(max: 59) else { return nil }
      minutes = value
      if take(":") {
        guard let value = number(max: 59) else { return nil }
        seconds = value
      }
    }
    return sign * (hours * 3_600 + minutes * 60 + seconds)
  }

  /// `M3.2.0/2`, `J60`, `59/-1`; without a time it is 02:00.
  mutating func change() -> ZoneRule.Change? {
    let day: ZoneRule.Day
    if take("M") {
      guard let month = number(max: 12), month > 0, take("."), let week = number(max: 5), week > 0, take("."),
        let weekday = number(max: 6)
      else { return nil }
      day = .weekday(month: month, week: week, weekday: weekday)
    } else if take("J") {
      guard let number = number(max: 365), number > 0 else { return nil }
      day = .julian(number)
    } else {
      guard let number = number(max: 365) else { return nil }
      day = .ordinal(number)
    }
    if !take("/") { return ZoneRule.Change(day: day, second: 7_200) }
    return clock(hoursMax: 167).map { ZoneRule.Change(day: day, second: $0) }
  }
}
