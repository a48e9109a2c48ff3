extension JSONParser {
  /// Reads a string; `index` stands on its opening quote.
  mutating func parseString() throws(JSONParseError) -> String {
    index += 1
    let start = index
    // Plain ASCII without escapes, which nearly every string is, becomes a String in one go.
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
      }
      if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\\") { break }
      index += 1
    }
    return try parseLongString(from: start)
  }

  private mutating func parseLongString(from start: Int) throws(JSONParseError) -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try parseEscape(into: &text)
      case 0..<0x20:
        throw unexpected("write control characters in strings as \\n, \\t or \\u00XX")
      case 0x20..<0x80:
        text.append(byte)
        index += 1
      default:
        guard let length = bytes.lengthOfUTF8Scalar(at: index) else {
          throw failure("bytes that are not UTF-8", "encode the text as UTF-8")
        }
        text.append(contentsOf: bytes[index..<(index + length)])
        index += length
      }
    }
    throw ended("close the string with '\"'")
  }

  private mutating func parseEscape(into text: inout [UInt8]) throws(JSONParseError) {
    guard index + 1 < bytes.count else { throw ended("close the string with '\"'") }
    let replacement: UInt8
    switch bytes[index + 1] {
    case UInt8(ascii: "\""): replacement = 0x22
    case UInt8(ascii: "\\"): replacement = 0x5C
    case UInt8(ascii: "/"): replacement = 0x2F
    case UInt8(ascii: "b"): replacement = 0x08
    case UInt8(ascii: "f"): replacement = 0x0C
    case UInt8(ascii: "n"): replacement = 0x0A
    case UInt8(ascii: "r"): replacement = 0x0D
    case UInt8(ascii: "t"): replacement = 0x09
    case UInt8(ascii: "u"):
      let scalar = try parseUnicodeEscape()
      text.append(contentsOf: UTF8.encode(scalar)!)
      return
    default:
      throw failure("unknown escape", "write a backslash itself as \\\\")
    }
    text.append(replacement)
    index += 2
  }

  /// `\uXXXX`, or two of them that make a surrogate pair.
  private mutating func parseUnicodeEscape() throws(JSONParseError) -> Unicode.Scalar {
    let first = try parseHex4()
    if let scalar = Unicode.Scalar(first) { return scalar }
    let next = index
    if first < 0xDC00, next + 1 < bytes.count, bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u") {
      let second = try parseHex4()
      if (0xDC00..<0xE000).contains(second),
        let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
      {
        return scalar
      }
    }
    index = next - 6
    throw failure("half of a surrogate pair", "write both halves, or the character itself")
  }

  private mutating func parseHex4() throws(JSONParseError) -> UInt32 {
    guard index + 6 <= bytes.count else { throw ended("write four hexadecimal digits after \\u") }
    var value: UInt32 = 0
    for byte in bytes[(index + 2)..<(index + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw failure("an incomplete \\u escape", "write four hexadecimal digits after \\u")
      }
      value = value << 4 | UInt32(digit)
    }
    index += 6
    return value
  }

  /// Reads a number; `index` stands on its sign or first digit.
  mutating func parseNumber() throws(JSONParseError) -> JSON {
    let start = index
    let isNegative = take(UInt8(ascii: "-"))
    let integerStart = index
    var mantissa: UInt64 = 0
    var isExact = true
    try readDigits(&mantissa, &isExact)
    if index - integerStart > 1, bytes[integerStart] == UInt8(ascii: "0") {
      index = integerStart
      throw failure("a number with a leading zero", "remove the zero")
    }
    var exponent = 0
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      let fraction = index
      try readDigits(&mantissa, &isExact)
      exponent = fraction - index
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      let isSmall = take(UInt8(ascii: "-"))
      if !isSmall { _ = take(UInt8(ascii: "+")) }
      var power: UInt64 = 0
      var isShort = true
      try readDigits(&power, &isShort)
      if isShort, power < 10_000 { exponent += isSmall ? -Int(power) : Int(power) } else { isExact = false }
    }
    if isWhole, isExact {
      if !isNegative, mantissa <= UInt64(Int64.max) { return .int(Int64(mantissa)) }
      if isNegative, mantissa <= UInt64(Int64.max) + 1 { return .int(Int64(truncatingIfNeeded: 0 &- mantissa)) }
    }
    // Both operands are exact doubles here, so the result is rounded once, correctly (Clinger 1990).
    if isExact, mantissa <= 1 << 53, abs(exponent) <= 22 {
      let power = Self.powersOfTen[abs(exponent)]
      let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return .double(isNegative ? -magnitude : magnitude)
    }
    guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)), value.isFinite else {
      index = start
      throw failure("a number too large for 64-bit floating point", "write it as a string")
    }
    return .double(value)
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// Reads one digit or more on to `value`; clears `isExact` when they no longer fit.
  private mutating func readDigits(_ value: inout UInt64, _ isExact: inout Bool) throws(JSONParseError) {
    let start = index
    while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
      if value > (UInt64.max - 9) / 10 { isExact = false } else { value = value * 10 + UInt64(digit) }
      index += 1
    }
    if index == start {
      throw index < bytes.count ? unexpected("write a digit here") : ended("write a digit here")
    }
  }
}

extension [UInt8] {
  /// The length of the well-formed multi-byte scalar that starts there (Unicode 16, table 3-7); `nil` if there is none.
  func lengthOfUTF8Scalar(at index: Int) -> Int? {
    func isContinuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      index + offset < count && range.contains(self[index + offset])
    }
    switch self[index] {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: return isContinuation(1) ? 2 : nil
    case 0xE0: return isContinuation(1, 0xA0...0xBF) && isContinuation(2) ? 3 : nil
    case 0xED: return isContinuation(1, 0x80...0x9F) && isContinuation(2) ? 3 : nil
    case 0xE1...0xEF: return isContinuation(1) && isContinuation(2) ? 3 : nil
    case 0xF0: return isContinuation(1, 0x90...0xBF) && isContinuation(2) && isContinuation(3) ? 4 : nil
    case 0xF4: return isContinuation(1, 0x80...0x8F) && isContinuation(2) && isContinuation(3) ? 4 : nil
    case 0xF1...0xF3: return isContinuation(1) && isContinuation(2) && isContinuation(3) ? 4 : nil
    default: return nil
    }
  }
}
