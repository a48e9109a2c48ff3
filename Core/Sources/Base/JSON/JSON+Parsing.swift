extension JSON {
  /// Reads one JSON text (RFC 8259), strictly: valid UTF-8, no byte order mark, no trailing comma, nothing after
  /// the value. An object that names a member twice is refused (RFC 7493), because readers disagree on which counts.
  ///
  /// Whole numbers that fit 64 bits become `int`, all others `double`; one beyond the range of a double is refused.
  ///
  /// - Throws: `JSONParseError` with line, column and remedy.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONParseError) {
    var parser = JSONParser(bytes, limits: limits)
    self = try parser.parse()
  }

  public init(parsing text: some StringProtocol, limits: JSONLimits = .standard) throws(JSONParseError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// A recursive descent over the bytes. Recursion is bounded by `limits.depthMax`.
struct JSONParser {
  let bytes: [UInt8]
  let limits: JSONLimits
  var index = 0
  private var values = 0
  /// The offset of each value in the order of reading, and of each member's key before its value, when asked for.
  private(set) var offsets: [Int]?

  init(_ bytes: [UInt8], limits: JSONLimits, keepingOffsets: Bool = false) {
    self.bytes = bytes
    self.limits = limits
    offsets = keepingOffsets ? [] : nil
  }

  mutating func parse() throws(JSONParseError) -> JSON {
    guard bytes.count <= limits.bytesMax else {
      throw JSONParseError(
        position: TextPosition(line: 1, column: 1),
        problem: "the text has \(bytes.count) bytes and the limit is \(limits.bytesMax)",
        remedy: "send less at once")
    }
    skipSpace()
    let value = try parseValue(depth: 0)
    skipSpace()
    if index < bytes.count { throw unexpected("one text holds one value; remove what follows it") }
    return value
  }

  private mutating func parseValue(depth: Int) throws(JSONParseError) -> JSON {
    guard index < bytes.count else { throw ended("write a value here") }
    values += 1
    if values > limits.valuesMax {
      throw failure("more than \(limits.valuesMax) values", "split the text into smaller ones")
    }
    offsets?.append(index)
    switch bytes[index] {
    case UInt8(ascii: "\""):
      return .string(try parseString())
    case UInt8(ascii: "{"):
      return try parseObject(depth: depth + 1)
    case UInt8(ascii: "["):
      return try parseArray(depth: depth + 1)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try parseNumber()
    case UInt8(ascii: "t"):
      return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"):
      return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"):
      return try parseWord("null", .null)
    default:
      throw unexpected("write a value here: an object, array, string, number, true, false or null")
    }
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONParseError) -> JSON {
    let count = word.utf8CodeUnitCount
    let matches =
      index + count <= bytes.count
      && (0..<count).allSatisfy { bytes[index + $0] == word.utf8Start[$0] }
    guard matches else { throw failure("unknown word", "write true, false or null, or put text in double quotes") }
    index += count
    return value
  }

  private mutating func parseArray(depth: Int) throws(JSONParseError) -> JSON {
    try enter(depth)
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      elements.append(try parseValue(depth: depth))
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      try expectComma(closing: "]")
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONParseError) -> JSON {
    try enter(depth)
    var object = JSONObject()
    // Small objects are searched in place; from 16 members on a set keeps the check for repeated keys linear.
    var seen: Set<String> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      let keyStart = index
      let key = try parseKey()
      let isRepeated: Bool
      if object.count < 16 {
        isRepeated = object.members.contains { $0.key == key }
      } else {
        if seen.isEmpty { seen = Set(object.keys) }
        isRepeated = !seen.insert(key).inserted
      }
      if isRepeated {
        index = keyStart
        throw failure("a second member named \(quoted(key))", "keep one of the two")
      }
      object.members.append(.init(key: key, value: try parseValue(depth: depth)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(object) }
      try expectComma(closing: "}")
    }
  }

  /// The key, the colon and the space around it.
  private mutating func parseKey() throws(JSONParseError) -> String {
    guard index < bytes.count else { throw ended("write a member name in double quotes") }
    guard bytes[index] == UInt8(ascii: "\"") else { throw unexpected("write a member name in double quotes") }
    offsets?.append(index)
    let key = try parseString()
    skipSpace()
    guard take(UInt8(ascii: ":")) else {
      throw index < bytes.count ? unexpected("put ':' after the member name") : ended("put ':' after the member name")
    }
    skipSpace()
    return key
  }

  private mutating func enter(_ depth: Int) throws(JSONParseError) {
    if depth > limits.depthMax {
      throw failure("more than \(limits.depthMax) levels of nesting", "flatten the value")
    }
    index += 1
  }

  private mutating func expectComma(closing: Character) throws(JSONParseError) {
    guard index < bytes.count else { throw ended("close with '\(closing)'") }
    guard take(UInt8(ascii: ",")) else { throw unexpected("put ',' or '\(closing)' here") }
    skipSpace()
    if index < bytes.count, bytes[index] == closing.asciiValue {
      throw unexpected("remove the comma before it")
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }
}

extension JSONParser {
  /// The position of a byte offset. Linear; for many offsets of one text see `PositionedJSON`.
  func position(of offset: Int) -> TextPosition {
    var position = TextPosition(line: 1, column: 1)
    for byte in bytes.prefix(offset) { position.advance(over: byte) }
    return position
  }

  func failure(_ problem: String, _ remedy: String) -> JSONParseError {
    JSONParseError(position: position(of: index), problem: problem, remedy: remedy)
  }

  func ended(_ remedy: String) -> JSONParseError { failure("the text ends too early", remedy) }

  func unexpected(_ remedy: String) -> JSONParseError {
    let byte = bytes[index]
    let name =
      byte > 0x20 && byte < 0x7F
      ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    return failure("unexpected \(name)", remedy)
  }

  private func quoted(_ text: String) -> String { JSON.string(String(text.prefix(80))).text }
}

extension TextPosition {
  /// Moves on over one byte of UTF-8. Only LF ends a line; continuation bytes add no column.
  mutating func advance(over byte: UInt8) {
    if byte == 0x0A {
      line += 1
      column = 1
    } else if byte & 0xC0 != 0x80 {
      column += 1
    }
  }
}
