extension Instant {
  /// Reads an RFC 3339 date and time: `2026-11-21T03:26:25.123+01:00`. Strict: the offset is required, the fraction
  /// has one to nine digits. A leap second counts as the second after it. Times outside the range of `Instant`, such
  /// as the `0001-01-01T00:00:00Z` that stands for "unset" in Go, become `distantPast` or `distantFuture`.
  ///
  /// `nil` for anything else.
  public init?(rfc3339 text: some StringProtocol) { self.init(utf8: text.utf8) }

  /// The same for UTF-8 that stands somewhere in memory.
  public init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) { self.init(utf8: bytes) }

  private init?(utf8: some Collection<UInt8>) {
    var reader = DigitReader(utf8)
    guard let year = reader.number(digits: 4), reader.take("-"),
      let month = reader.number(digits: 2), reader.take("-"),
      let day = reader.number(digits: 2), reader.take("T") || reader.take("t"),
      let date = CivilDate(year: year, month: month, day: day),
      let hour = reader.number(digits: 2), hour < 24, reader.take(":"),
      let minute = reader.number(digits: 2), minute < 60, reader.take(":"),
      let second = reader.number(digits: 2), second <= 60
    else { return nil }
    var fraction = 0
    if reader.take(".") {
      guard let nanoseconds = reader.fraction() else { return nil }
      fraction = nanoseconds
    }
    guard let offset = reader.offset(), reader.isAtEnd else { return nil }
    let seconds = date.dayNumber * 86_400 + hour * 3_600 + minute * 60 + second - offset
    // A leap second is only inserted at the end of a day in UTC.
    if second == 60, seconds % 86_400 != 0 { return nil }
    let (scaled, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow {
      self = seconds < 0 ? .distantPast : .distantFuture
    } else {
      nanoseconds = scaled.clampedAdding(Int64(fraction))
    }
  }

  /// The time in UTC with as many digits of a second's fraction as it has: `2026-11-21T03:26:25.123Z`.
  public var rfc3339: String {
    let seconds = self.seconds
    let date = CivilDate(dayNumber: Int(seconds.flooredQuotient(by: 86_400)))
    let secondOfDay = Int(seconds - Int64(date.dayNumber) * 86_400)
    var fraction = Int(nanoseconds &- seconds &* 1_000_000_000)
    return String(unsafeUninitializedCapacity: 30) { buffer in
      var count = 0
      func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
      }
      func put(_ number: Int, digits: Int) {
        var rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
          buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
          rest /= 10
        }
        count += digits
      }
      put(date.year, digits: 4)
      put(UInt8(ascii: "-"))
      put(date.month, digits: 2)
      put(UInt8(ascii: "-"))
      put(date.day, digits: 2)
      put(UInt8(ascii: "T"))
      put(secondOfDay / 3_600, digits: 2)
      put(UInt8(ascii: ":"))
      put(secondOfDay / 60 % 60, digits: 2)
      put(UInt8(ascii: ":"))
      put(secondOfDay % 60, digits: 2)
      if fraction > 0 {
        var digits = 9
        while fraction % 10 == 0 {
          fraction /= 10
          digits -= 1
        }
        put(UInt8(ascii: "."))
        put(fraction, digits: digits)
      }
      put(UInt8(ascii: "Z"))
      return count
    }
  }
}

extension Instant: CustomStringConvertible {
  /// The RFC 3339 text.
  public var description: String { rfc3339 }
}

/// An instant is coded as its RFC 3339 text.
extension Instant: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Instant(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\(decoder.codingPath.pathText): '\(text)' is not a time such as 2026-11-21T03:26:25Z")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339)
  }
}

/// Reads fixed-width numbers off ASCII text.
struct DigitReader<Bytes: Collection<UInt8>> {
  private var rest: Bytes.SubSequence

  init(_ bytes: Bytes) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func digit() -> Int? {
    guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
    rest = rest.dropFirst()
    return Int(byte - UInt8(ascii: "0"))
  }

  /// A number of exactly that many digits.
  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The one to nine digits after a decimal point, as billionths.
  mutating func fraction() -> Int? {
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      guard count < 9 else { return nil }
      value = value * 10 + digit
      count += 1
    }
    for _ in count..<9 { value *= 10 }
    return value
  }

  /// `Z` or `+hh:mm`, in seconds east of UTC.
  mutating func offset() -> Int? {
    if take("Z") || take("z") { return 0 }
    let sign = take("+") ? 1 : -1
    guard sign == 1 || take("-") else { return nil }
    guard let hours = number(digits: 2), hours < 24, take(":"), let minutes = number(digits: 2), minutes < 60 else {
      return nil
    }
    return sign * (hours * 3_600 + minutes * 60)
  }
}
