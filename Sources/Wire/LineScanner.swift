import Base
import Ledger

/// Reads one sample line of an exposition.
struct LineScanner {
  struct LabelRange {
    var name: Range<Int>
    var value: Range<Int>
    var isEscaped: Bool
  }

  struct Series {
    var name: Range<Int>
    var labels: [LabelRange] = []
    /// Whether the labels' braces were written.
    var range: Range<Int>
  }

  struct Problem: Error { var message: String }

  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int
  private let end: Int
  private let strict: Bool
  var labelLimit = 128

  init(bytes: [UInt8], range: Range<Int>, strict: Bool) { self.init(bytes: bytes[...], range: range, strict: strict) }

  /// `range` counts in the slice's own indices.
  init(bytes: ArraySlice<UInt8>, range: Range<Int>, strict: Bool) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    self.strict = strict
  }

  var next: UInt8? { position < end ? bytes[position] : nil }
  var isAtEnd: Bool { position >= end }

  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 { position += 1 }
  }

  /// The separator between fields: one space in OpenMetrics, any white space in Prometheus text.
  mutating func separator() -> Bool {
    if strict { return take(0x20) }
    let start = position
    skipSpace()
    return position > start
  }

  static func isNameStart(_ byte: UInt8, colons: Bool) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || (colons && byte == 0x3A)
  }

  mutating func identifier(colons: Bool) -> Range<Int>? {
    let start = position
    guard let first = next, Self.isNameStart(first, colons: colons) else { return nil }
    while let byte = next, Self.isNameStart(byte, colons: colons) || (0x30...0x39).contains(byte) { position += 1 }
    return start..<position
  }

  /// A metric's name and its labels.
  mutating func series() throws(Problem) -> Series {
    let start = position
    guard let name = identifier(colons: true) else { throw Problem(message: "a metric's name is expected") }
    var series = Series(name: name, range: name)
    if !strict {
      let place = position
      skipSpace()
      if next != 0x7B { position = place }
    }
    if next == 0x7B { series.labels = try labels() }
    series.range = start..<position
    return series
  }

  mutating func labels() throws(Problem) -> [LabelRange] {
    guard take(0x7B) else { throw Problem(message: "'{' is expected") }
    var labels: [LabelRange] = []
    if !strict { skipSpace() }
    if take(0x7D) { return labels }
    while true {
      labels.append(try label())
      guard labels.count <= labelLimit else { throw Problem(message: "more than \(labelLimit) labels") }
      if !strict { skipSpace() }
      if take(0x2C) {
        if !strict {
          skipSpace()
          if take(0x7D) { return labels }
        }
        continue
      }
      guard take(0x7D) else { throw Problem(message: "',' or '}' is expected after a label") }
      return labels
    }
  }

  private mutating func label() throws(Problem) -> LabelRange {
    guard let name = identifier(colons: false) else { throw Problem(message: "a label's name is expected") }
    if !strict { skipSpace() }
    guard take(0x3D) else { throw Problem(message: "'=' is expected after a label's name") }
    if !strict { skipSpace() }
    guard take(0x22) else { throw Problem(message: "a label's value must be in double quotes") }
    let start = position
    var isEscaped = false
    while let byte = next {
      if byte == 0x22 {
        let range = start..<position
        position += 1
        return LabelRange(name: name, value: range, isEscaped: isEscaped)
      }
      if byte == 0x5C {
        isEscaped = true
        position += 1
      }
      position += 1
    }
    throw Problem(message: "a label's value has no end")
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func label(_ label: LabelRange) -> Label {
    guard label.isEscaped else { return Label(text(label.name), text(label.value)) }
    return Label(text(label.name), String(decoding: Self.unescaped(bytes[label.value]), as: UTF8.self))
  }

  static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      guard byte == 0x5C, index < bytes.endIndex else {
        result.append(byte)
        continue
      }
      switch bytes[index] {
      case 0x6E: result.append(0x0A)
      case 0x22: result.append(0x22)
      case 0x5C: result.append(0x5C)
      // Both formats leave a backslash before anything else as it is.
      default: result += [0x5C, bytes[index]]
      }
      index += 1
    }
    return result
  }

  /// The bytes up to the next white space.
  mutating func word() -> Range<Int>? {
    let start = position
    while let byte = next, byte != 0x20, byte != 0x09 { position += 1 }
    return position > start ? start..<position : nil
  }

  /// A value: a decimal number, an infinity or NaN. Prometheus text also allows Go's hexadecimal floats.
  mutating func value() throws(Problem) -> Double {
    guard let range = word() else { throw Problem(message: "a value is expected") }
    if let number = Numbers.decimal(bytes[range]) { return number }
    let word = text(range)
    switch word.lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: break
    }
    if !strict, word.lowercased().contains("0x"), let number = Double(word) { return number }
    throw Problem(message: "'\(word.prefix(40))' is not a value")
  }

  /// The seconds (OpenMetrics) or milliseconds (Prometheus) of a time.
  mutating func time() throws(Problem) -> Instant {
    guard let range = word(), let number = Numbers.decimal(bytes[range]) else {
      throw Problem(message: "a time is expected")
    }
    return strict ? Numbers.instant(seconds: number) : Numbers.instant(seconds: number / 1_000)
  }
}

enum Numbers {
  /// A decimal number: sign, digits with at most one point, an exponent. Nothing else, so no `inf`, no hexadecimal.
  static func decimal(_ bytes: ArraySlice<UInt8>) -> Double? {
    var index = bytes.startIndex
    let end = bytes.endIndex
    var negative = false
    if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D {
      negative = bytes[index] == 0x2D
      index += 1
    }
    var digits = 0
    var whole: UInt64 = 0
    while index < end, (0x30...0x39).contains(bytes[index]) {
      if digits < 18 { whole = whole * 10 + UInt64(bytes[index] - 0x30) }
      digits += 1
      index += 1
    }
    if index == end, digits > 0, digits <= 15 { return negative ? -Double(whole) : Double(whole) }
    if index < end, bytes[index] == 0x2E {
      index += 1
      while index < end, (0x30...0x39).contains(bytes[index]) {
        digits += 1
        index += 1
      }
    }
    guard digits > 0 else { return nil }
    if index < end, bytes[index] == 0x65 || bytes[index] == 0x45 {
      index += 1
      if index < end, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
      let start = index
      while index < end, (0x30...0x39).contains(bytes[index]) { index += 1 }
      guard index > start else { return nil }
    }
    guard index == end else { return nil }
    return Double(String(decoding: bytes, as: UTF8.self))
  }

  /// A time in seconds since the epoch, clamped to what an `Instant` can hold.
  static func instant(seconds: Double) -> Instant {
    guard seconds.isFinite else { return seconds > 0 ? .distantFuture : .distantPast }
    // To the millisecond, as Prometheus keeps it: a double holds no more of a time of day in nanoseconds.
    let milliseconds = (seconds * 1_000).rounded()
    if milliseconds >= 9.2e12 { return .distantFuture }
    if milliseconds <= -9.2e12 { return .distantPast }
    return Instant(milliseconds: Int64(milliseconds))
  }
}
