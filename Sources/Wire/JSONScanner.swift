/// Reads JSON (RFC 8259) from bytes step by step and builds no tree, so that a body of many megabytes costs no more
/// than itself.
struct JSONScanner {
  enum Problem: Error, Hashable, Sendable { case malformed(at: Int), tooDeep(at: Int) }

  let base: UnsafeBufferPointer<UInt8>
  private(set) var position: Int
  private let end: Int
  private var depth = 0

  static let depthMax = 64

  init(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.base = base
    position = range.lowerBound
    end = min(range.upperBound, base.count)
  }

  private var malformed: Problem { .malformed(at: position) }

  /// The first byte of what comes next, `nil` at the end.
  mutating func next() -> UInt8? {
    while position < end {
      let byte = base[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) throws(Problem) {
    guard next() == byte else { throw malformed }
    position += 1
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    guard next() == byte else { return false }
    position += 1
    return true
  }

  private mutating func word(_ text: StaticString) throws(Problem) {
    let length = text.utf8CodeUnitCount
    guard end - position >= length else { throw malformed }
    for index in 0..<length where base[position + index] != text.utf8Start[index] { throw malformed }
    position += length
  }

  /// Nothing but white space may follow.
  mutating func finish() throws(Problem) {
    guard next() == nil else { throw malformed }
  }

  /// Whether a `null` was there; it is taken.
  mutating func null() throws(Problem) -> Bool {
    guard next() == UInt8(ascii: "n") else { return false }
    try word("null")
    return true
  }

  /// The members of an object. `member` must take the value.
  mutating func object<Failure: Error>(
    refusal: (Problem) -> Failure, _ member: (inout JSONScanner, _ key: Text) throws(Failure) -> Void
  ) throws(Failure) {
    func check<Value>(_ body: () throws(Problem) -> Value) throws(Failure) -> Value {
      do throws(Problem) { return try body() } catch { throw refusal(error) }
    }
    try check { () throws(Problem) in try enter(UInt8(ascii: "{")) }
    if takes(UInt8(ascii: "}")) {
      depth -= 1
      return
    }
    repeat {
      let key = try check { () throws(Problem) in
        let key = try string()
        try take(UInt8(ascii: ":"))
        return key
      }
      try member(&self, key)
    } while takes(UInt8(ascii: ","))
    try check { () throws(Problem) in try take(UInt8(ascii: "}")) }
    depth -= 1
  }

  /// The elements of an array. `element` must take the value.
  mutating func array<Failure: Error>(
    refusal: (Problem) -> Failure, _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    func check(_ body: () throws(Problem) -> Void) throws(Failure) {
      do throws(Problem) { try body() } catch { throw refusal(error) }
    }
    try check { () throws(Problem) in try enter(UInt8(ascii: "[")) }
    if takes(UInt8(ascii: "]")) {
      depth -= 1
      return
    }
    repeat { try element(&self) } while takes(UInt8(ascii: ","))
    try check { () throws(Problem) in try take(UInt8(ascii: "]")) }
    depth -= 1
  }

  private mutating func enter(_ byte: UInt8) throws(Problem) {
    try take(byte)
    depth += 1
    if depth > Self.depthMax { throw .tooDeep(at: position) }
  }

  // MARK: Scalars

  /// A string where it stands, without its quotes.
  struct Text {
    var range: Range<Int>
    var isEscaped: Bool
  }

  mutating func string() throws(Problem) -> Text {
    try take(UInt8(ascii: "\""))
    let start = position
    var isEscaped = false
    while position < end {
      switch base[position] {
      case UInt8(ascii: "\""):
        position += 1
        return Text(range: start..<(position - 1), isEscaped: isEscaped)
      case UInt8(ascii: "\\"):
        isEscaped = true
        position += 2
      case 0..<0x20: throw malformed
      default: position += 1
      }
    }
    throw malformed
  }

  func equals(_ text: Text, _ other: StaticString) -> Bool {
    guard text.range.count == other.utf8CodeUnitCount, !text.isEscaped else { return false }
    for index in 0..<text.range.count where base[text.range.lowerBound + index] != other.utf8Start[index] {
      return false
    }
    return true
  }

  /// The UTF-8 of a string, escapes undone. Halves of surrogate pairs become U+FFFD.
  func bytes(_ text: Text) throws(Problem) -> [UInt8] {
    guard text.isEscaped else { return Array(base[text.range]) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.range.count)
    var place = text.range.lowerBound
    while place < text.range.upperBound {
      let byte = base[place]
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        place += 1
        continue
      }
      guard place + 1 < text.range.upperBound else { throw .malformed(at: place) }
      place += 2
      switch base[place - 1] {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "u"): bytes.append(contentsOf: try unicode(&place, text.range.upperBound))
      case let other where other == UInt8(ascii: "\"") || other == UInt8(ascii: "\\") || other == UInt8(ascii: "/"):
        bytes.append(other)
      default: throw .malformed(at: place)
      }
    }
    return bytes
  }

  func text(_ text: Text) throws(Problem) -> String { String(decoding: try bytes(text), as: UTF8.self) }

  private func unicode(_ place: inout Int, _ end: Int) throws(Problem) -> [UInt8] {
    func unit(_ at: Int) throws(Problem) -> UInt32 {
      guard at + 4 <= end else { throw .malformed(at: at) }
      var value: UInt32 = 0
      for index in at..<(at + 4) {
        guard let digit = Hexadecimal.value(base[index]) else { throw .malformed(at: index) }
        value = value << 4 | UInt32(digit)
      }
      return value
    }
    var value = try unit(place)
    place += 4
    if (0xD800..<0xDC00).contains(value), place + 6 <= end, base[place] == UInt8(ascii: "\\"),
      base[place + 1] == UInt8(ascii: "u")
    {
      let low = try unit(place + 2)
      if (0xDC00..<0xE000).contains(low) {
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        place += 6
      }
    }
    return Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
  }

  /// Where a number stands; its grammar is checked.
  mutating func number() throws(Problem) -> Range<Int> {
    _ = next()
    let start = position
    func isDigit() -> Bool { position < end && base[position] >= 0x30 && base[position] <= 0x39 }
    func digits() throws(Problem) {
      guard isDigit() else { throw .malformed(at: position) }
      while isDigit() { position += 1 }
    }
    if position < end, base[position] == UInt8(ascii: "-") { position += 1 }
    if position < end, base[position] == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if position < end, base[position] == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < end, base[position] == UInt8(ascii: "-") || base[position] == UInt8(ascii: "+") { position += 1 }
      try digits()
    }
    return start..<position
  }

  /// A number, or a string that holds one: protobuf's JSON writes 64-bit integers, NaN and infinities as strings.
  mutating func double() throws(Problem) -> Double {
    guard next() == UInt8(ascii: "\"") else {
      let range = try number()
      guard let value = Double(String(decoding: base[range], as: UTF8.self)) else { throw malformed }
      return value
    }
    switch try text(string()) {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    case let text:
      guard let value = Double(text) else { throw malformed }
      return value
    }
  }

  /// An integer, as a number or as a string, in 64 bits of either sign.
  mutating func integer() throws(Problem) -> UInt64 {
    let range = next() == UInt8(ascii: "\"") ? try string().range : try number()
    let text = String(decoding: base[range], as: UTF8.self)
    if let value = UInt64(text) { return value }
    if let value = Int64(text) { return UInt64(bitPattern: value) }
    // 1e3 and 1.0 are integers to protobuf's JSON.
    guard let value = Double(text), let whole = Int64(exactly: value) else { throw malformed }
    return UInt64(bitPattern: whole)
  }

  mutating func bool() throws(Problem) -> Bool {
    guard next() == UInt8(ascii: "t") else {
      try word("false")
      return false
    }
    try word("true")
    return true
  }

  /// Takes any value. Answers where it stands.
  @discardableResult
  mutating func skip() throws(Problem) -> Range<Int> {
    let first = next()
    let start = position
    switch first {
    case UInt8(ascii: "{"):
      try object(refusal: { $0 }) { (scanner, _) throws(Problem) in try scanner.skip() }
    case UInt8(ascii: "["): try array(refusal: { $0 }) { (scanner) throws(Problem) in try scanner.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
    case UInt8(ascii: "n"): try word("null")
    default: _ = try number()
    }
    return start..<position
  }
}

enum Hexadecimal {
  /// What a digit stands for.
  static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x57
    case 0x41...0x46: byte - 0x37
    default: nil
    }
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
