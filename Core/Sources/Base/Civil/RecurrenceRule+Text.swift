/// Why a recurrence rule could not be read.
public struct RecurrenceError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
}

extension RecurrenceRule {
  /// Reads `FREQ=MONTHLY;BYDAY=2SU;COUNT=6`, with or without `RRULE:` before it.
  ///
  /// - Throws: naming the part that is not understood, and what is.
  public init(text: String) throws(RecurrenceError) {
    var rest = text[...]
    if rest.hasPrefix("RRULE:") { rest = rest.dropFirst(6) }
    guard rest.utf8.count <= 500 else { throw RecurrenceError(description: "it is longer than 500 bytes") }
    var parts: [String: String] = [:]
    for part in rest.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw RecurrenceError(description: "'\(part)' is not NAME=VALUE") }
      guard parts.updateValue(pair[1], forKey: pair[0].uppercased()) == nil else {
        throw RecurrenceError(description: "\(pair[0]) is written twice")
      }
    }
    guard let word = parts.removeValue(forKey: "FREQ") else {
      throw RecurrenceError(description: "FREQ is missing; write FREQ=DAILY, WEEKLY or MONTHLY")
    }
    guard let frequency = Frequency(rawValue: word.uppercased()) else {
      throw RecurrenceError(description: "FREQ=\(word) is not one of DAILY, WEEKLY, MONTHLY")
    }
    self.init(frequency)
    for name in ["INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"] {
      if let value = parts.removeValue(forKey: name) { try read(name, value) }
    }
    if let unknown = parts.keys.sorted().first {
      throw RecurrenceError(
        description: "\(unknown) is not understood; FREQ, INTERVAL, BYDAY, BYMONTHDAY, COUNT, UNTIL and WKST are")
    }
    try check()
  }

  private mutating func read(_ name: String, _ value: String) throws(RecurrenceError) {
    func number(_ range: ClosedRange<Int>) throws(RecurrenceError) -> Int {
      guard let number = Int(value), range.contains(number) else {
        throw RecurrenceError(
          description: "\(name)=\(value) is not a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    switch name {
    case "INTERVAL": interval = try number(1...1_000)
    case "COUNT": count = try number(1...Self.occurrencesMax)
    case "UNTIL": until = try Self.until(value)
    case "BYDAY":
      for text in value.split(separator: ",", omittingEmptySubsequences: false) { days.append(try Self.day(text)) }
    case "BYMONTHDAY":
      for text in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let day = Int(text), day != 0, (-31...31).contains(day) else {
          throw RecurrenceError(description: "BYMONTHDAY=\(text) is not a day from 1 to 31, or from -1 to -31")
        }
        monthDays.append(day)
      }
    default: weekStart = try Self.day(value[...]).weekday
    }
  }

  private func check() throws(RecurrenceError) {
    if count != nil, until != nil { throw RecurrenceError(description: "COUNT and UNTIL are both written; keep one") }
    if frequency != .monthly, days.contains(where: { $0.ordinal != nil }) {
      throw RecurrenceError(description: "only with FREQ=MONTHLY can BYDAY name the n-th of a weekday")
    }
    if frequency == .weekly, !monthDays.isEmpty {
      throw RecurrenceError(description: "BYMONTHDAY does not go with FREQ=WEEKLY")
    }
  }

  private static let weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

  private static func day(_ text: Substring) throws(RecurrenceError) -> Day {
    let name = text.suffix(2).uppercased()
    let ordinal = text.dropLast(2)
    guard let index = weekdays.firstIndex(of: name),
      ordinal.isEmpty || Int(ordinal).map({ $0 != 0 && (-5...5).contains($0) }) == true
    else { throw RecurrenceError(description: "'\(text)' is not a day such as MO, 2SU or -1FR") }
    return Day(Weekday.allCases[index], ordinal: Int(ordinal))
  }

  /// `20261231T230000Z`, `20261231T230000` or `20261231`, which includes that day.
  private static func until(_ text: String) throws(RecurrenceError) -> Until {
    let isUTC = text.hasSuffix("Z")
    let digits = text.filter(\.isNumber)
    let shape = text.map { $0.isNumber ? "0" : String($0) }.joined()
    guard ["00000000", "00000000T000000", "00000000T000000Z"].contains(shape), let date = date(digits.prefix(8)) else {
      throw RecurrenceError(description: "UNTIL=\(text) is not a time such as 20261231T230000Z")
    }
    let clock = digits.dropFirst(8).isEmpty ? "235959" : digits.dropFirst(8)
    let numbers = [clock.prefix(2), clock.dropFirst(2).prefix(2), clock.suffix(2)].compactMap { Int($0) }
    guard numbers.count == 3, let time = CivilTime(hour: numbers[0], minute: numbers[1], second: numbers[2]) else {
      throw RecurrenceError(description: "UNTIL=\(text) is not a time such as 20261231T230000Z")
    }
    let civil = CivilDateTime(date: date, time: time)
    return isUTC ? .instant(Instant(seconds: Int64(civil.clockSeconds))) : .civil(civil)
  }

  private static func date(_ digits: Substring) -> CivilDate? {
    guard let year = Int(digits.prefix(4)), let month = Int(digits.dropFirst(4).prefix(2)),
      let day = Int(digits.suffix(2))
    else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }
}
