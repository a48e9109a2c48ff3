extension Interval {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
  ]

  /// Reads `30d`, `1h30m`, `500ms` (units `w d h m s ms us ns`, each at most once, from long to short), a plain `0`,
  /// or ISO 8601 `P1DT2H`, `PT0.5S`, `P2W`; the last number may have a fraction, a sign may stand in front. A day is
  /// 24 hours. Years and months are refused, for they have no one length.
  ///
  /// `nil` for anything else, and where the length does not fit.
  public init?(text: some StringProtocol) {
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative { rest.removeFirst() }
    if rest == "0" {
      self = .zero
      return
    }
    let length = rest.first == "P" ? Self.iso8601(rest.dropFirst()) : Self.short(rest)
    guard let length, isNegative || length != .min else { return nil }
    nanoseconds = isNegative ? length : -length
  }

  /// The length below zero, because the longest one only fits there.
  private static func short(_ text: Substring) -> Int64? {
    var rest = text
    var unit = 0
    var sum: Int64 = 0
    repeat {
      guard let amount = Amount(&rest) else { return nil }
      let name = rest.prefix { $0.isLowercase && $0.isASCII }
      guard let found = units[unit...].firstIndex(where: { $0.name == name }) else { return nil }
      rest = rest.dropFirst(name.count)
      guard !amount.hasFraction || rest.isEmpty, sum.subtract(amount, times: units[found].nanoseconds) else {
        return nil
      }
      unit = found + 1
    } while !rest.isEmpty
    return sum
  }

  private static func iso8601(_ text: Substring) -> Int64? {
    var rest = text
    var sum: Int64 = 0
    var remaining: [(Character, Int64)] = [("W", units[0].nanoseconds), ("D", units[1].nanoseconds)]
    var isTime = false
    repeat {
      if !isTime, rest.first == "T" {
        rest.removeFirst()
        isTime = true
        remaining = [("H", units[2].nanoseconds), ("M", units[3].nanoseconds), ("S", units[4].nanoseconds)]
      }
      guard let amount = Amount(&rest), let designator = rest.popFirst(),
        let found = remaining.firstIndex(where: { $0.0 == designator })
      else { return nil }
      guard !amount.hasFraction || rest.isEmpty, sum.subtract(amount, times: remaining[found].1) else { return nil }
      remaining.removeSubrange(...found)
    } while !rest.isEmpty
    return sum
  }

  /// The length in the units `d h m s ms us ns`, as few as it needs: `1h30m`, `30d`, `0s`, `-5m`.
  public var text: String {
    if nanoseconds == 0 { return "0s" }
    var rest = nanoseconds.magnitude
    var text = nanoseconds < 0 ? "-" : ""
    for unit in Self.units.dropFirst() {
      let (count, remainder) = rest.quotientAndRemainder(dividingBy: UInt64(unit.nanoseconds))
      if count > 0 { text += "\(count)\(unit.name)" }
      rest = remainder
    }
    return text
  }
}

extension Interval: CustomStringConvertible {
  /// The short text.
  public var description: String { text }
}

/// An interval is coded as its short text.
extension Interval: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Interval(text: text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\(decoder.codingPath.pathText): '\(text)' is not a length of time such as 1h30m")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// A decimal number of the text: its whole part, and its fraction in billionths.
private struct Amount {
  var whole: Int64
  var billionths: Int64 = 0
  var hasFraction = false

  init?(_ text: inout Substring) {
    func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
    let digits = text.prefix(while: isDigit)
    guard let whole = Int64(digits) else { return nil }
    self.whole = whole
    text = text.dropFirst(digits.count)
    guard text.first == "." || text.first == "," else { return }
    let fraction = text.dropFirst().prefix(while: isDigit)
    guard (1...9).contains(fraction.count), let value = Int64(fraction + "000000000".dropFirst(fraction.count)) else {
      return nil
    }
    hasFraction = true
    billionths = value
    text = text.dropFirst(fraction.count + 1)
  }
}

extension Int64 {
  /// Takes off an amount of a unit, the fraction rounded down to the nanosecond; false where that does not fit.
  fileprivate mutating func subtract(_ amount: Amount, times unit: Int64) -> Bool {
    let second: Int64 = 1_000_000_000
    let part = unit >= second ? amount.billionths * (unit / second) : amount.billionths / (second / unit)
    let (whole, tooLong) = amount.whole.multipliedReportingOverflow(by: unit)
    let (sum, tooMuch) = subtractingReportingOverflow(whole)
    let (total, overflow) = sum.subtractingReportingOverflow(part)
    if tooLong || tooMuch || overflow { return false }
    self = total
    return true
  }
}
