import Ledger

/// Reads attributes of OTLP: `KeyValue { string key = 1; AnyValue value = 2; }`.
enum OTLPValue {
  typealias Problem = ProtobufReader.Problem

  /// Where key and value of a `KeyValue` stand.
  static func pair(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(Problem) -> (key: Range<Int>, value: Range<Int>) {
    var reader = ProtobufReader(base, range)
    var (key, value) = (range.lowerBound..<range.lowerBound, range.lowerBound..<range.lowerBound)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .bytes): key = try reader.bytes()
      case (2, .bytes): value = try reader.bytes()
      default: try reader.skip(type)
      }
    }
    return (key, value)
  }

  /// The bytes of a value that is a string; `nil` for every other type.
  static func string(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws(Problem) -> Range<Int>? {
    var reader = ProtobufReader(base, range)
    var found: Range<Int>?
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes { found = try reader.bytes() } else { try reader.skip(type) }
    }
    return found
  }

  /// A value as the text that a label has: strings as they are, numbers and booleans as JSON writes them, lists and
  /// maps as JSON.
  static func text(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws(Problem) -> String {
    var reader = ProtobufReader(base, range)
    var text = ""
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        text = String(decoding: base[try reader.bytes()], as: UTF8.self)
      } else {
        text = try scalar(base, &reader, number, type, depth: 0) ?? text
      }
    }
    return text
  }

  /// A number's value, or `nil` where the value is no number.
  static func number(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws(Problem) -> Double? {
    var reader = ProtobufReader(base, range)
    var value: Double?
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (3, .varint): value = Double(Int64(bitPattern: try reader.varint()))
      case (4, .fixed64): value = Double(bitPattern: try reader.fixed64())
      default: try reader.skip(type)
      }
    }
    return value
  }

  private static func scalar(
    _ base: UnsafeBufferPointer<UInt8>, _ reader: inout ProtobufReader, _ number: UInt64,
    _ type: ProtobufReader.WireType, depth: Int
  ) throws(Problem) -> String? {
    switch (number, type) {
    case (2, .varint): return try reader.varint() == 0 ? "false" : "true"
    case (3, .varint): return "\(Int64(bitPattern: try reader.varint()))"
    case (4, .fixed64): return decimal(Double(bitPattern: try reader.fixed64()))
    case (5, .bytes): return "[" + (try items(base, try reader.bytes(), depth: depth).joined(separator: ",")) + "]"
    case (6, .bytes): return "{" + (try members(base, try reader.bytes(), depth: depth).joined(separator: ",")) + "}"
    case (7, .bytes): return Hexadecimal.text(base[try reader.bytes()])
    default:
      try reader.skip(type)
      return nil
    }
  }

  private static let depthMax = 16

  private static func nested(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, depth: Int
  ) throws(Problem) -> String {
    guard depth < depthMax else { throw .malformed }
    var reader = ProtobufReader(base, range)
    var text = "null"
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        text = quoted(String(decoding: base[try reader.bytes()], as: UTF8.self))
      } else if number == 7, type == .bytes {
        text = quoted(Hexadecimal.text(base[try reader.bytes()]))
      } else {
        text = try scalar(base, &reader, number, type, depth: depth + 1) ?? text
      }
    }
    return text
  }

  private static func items(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, depth: Int
  ) throws(Problem) -> [String] {
    var reader = ProtobufReader(base, range)
    var items: [String] = []
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        items.append(try nested(base, try reader.bytes(), depth: depth))
      } else {
        try reader.skip(type)
      }
    }
    return items
  }

  private static func members(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, depth: Int
  ) throws(Problem) -> [String] {
    var reader = ProtobufReader(base, range)
    var members: [String] = []
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        let (key, value) = try pair(base, try reader.bytes())
        let name = quoted(String(decoding: base[key], as: UTF8.self))
        members.append(name + ":" + (try nested(base, value, depth: depth)))
      } else {
        try reader.skip(type)
      }
    }
    return members
  }

  static func decimal(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default: out.unicodeScalars.append(scalar.value < 0x20 ? "\u{FFFD}" : scalar)
      }
    }
    return out + "\""
  }
}
