/// Turns the JSON form of OTLP (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding") into the protobuf form, so
/// that one decoder serves both. Unknown members are left out, as the specification asks.
enum OTLPJSON {
  typealias Problem = JSONScanner.Problem

  /// A request of this schema as protobuf. The result is at most about twice as long as the JSON.
  static func protobuf(_ json: [UInt8], _ schema: OTLPSchema) throws(Problem) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(json.count / 2)
    let problem: Problem? = json.withUnsafeBufferPointer { base in
      var scanner = JSONScanner(base, 0..<base.count)
      do throws(Problem) {
        try message(&scanner, schema, &output)
        try scanner.finish()
        return nil
      } catch {
        return error
      }
    }
    if let problem { throw problem }
    return output
  }

  private static func message(
    _ scanner: inout JSONScanner, _ schema: OTLPSchema, _ output: inout [UInt8]
  ) throws(Problem) {
    try scanner.object(refusal: { $0 }) { (scanner, key) throws(Problem) in
      guard let field = schema.fields.first(where: { scanner.equals(key, $0.name) }) else {
        try scanner.skip()
        return
      }
      if try scanner.null() { return }
      try value(&scanner, field, &output)
    }
  }

  private static func value(
    _ scanner: inout JSONScanner, _ field: OTLPSchema.Field, _ output: inout [UInt8]
  ) throws(Problem) {
    func key(_ type: UInt64) { append(field.number << 3 | type, &output) }
    switch field.kind {
    case .string:
      let bytes = try scanner.bytes(scanner.string())
      key(2)
      append(UInt64(bytes.count), &output)
      output += bytes
    case .hex, .base64:
      let text = try scanner.bytes(scanner.string())
      let decoded = if case .hex = field.kind { hex(text) } else { Base64.decode(text) }
      guard let decoded else { throw .malformed(at: scanner.position) }
      key(2)
      append(UInt64(decoded.count), &output)
      output += decoded
    case .bool:
      let value = try scanner.bool()
      key(0)
      output.append(value ? 1 : 0)
    case .varint, .zigzag, .fixed32, .fixed64, .double:
      let bits = try number(&scanner, field.kind)
      switch field.kind {
      case .fixed32: key(5)
      case .fixed64, .double: key(1)
      default: key(0)
      }
      append(bits, as: field.kind, &output)
    case .packedVarint, .packedFixed64, .packedDouble:
      try length(field.number, &output) { (output) throws(Problem) in
        try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in
          append(try number(&scanner, field.kind), as: field.kind, &output)
        }
      }
    case .message(let schema):
      let schema = schema()
      if scanner.next() == UInt8(ascii: "[") {
        try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in
          try length(field.number, &output) { (output) throws(Problem) in try message(&scanner, schema, &output) }
        }
      } else {
        try length(field.number, &output) { (output) throws(Problem) in try message(&scanner, schema, &output) }
      }
    }
  }

  private static func number(_ scanner: inout JSONScanner, _ kind: OTLPSchema.Kind) throws(Problem) -> UInt64 {
    switch kind {
    case .double, .packedDouble: return try scanner.double().bitPattern
    case .zigzag:
      let value = Int64(bitPattern: try scanner.integer())
      return UInt64(bitPattern: value << 1 ^ value >> 63)
    default: return try scanner.integer()
    }
  }

  private static func append(_ bits: UInt64, as kind: OTLPSchema.Kind, _ output: inout [UInt8]) {
    switch kind {
    case .fixed64, .double, .packedFixed64, .packedDouble:
      for shift in stride(from: UInt64(0), to: 64, by: 8) { output.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    case .fixed32:
      for shift in stride(from: UInt64(0), to: 32, by: 8) { output.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    default: append(bits, &output)
    }
  }

  private static func append(_ varint: UInt64, _ output: inout [UInt8]) {
    var rest = varint
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }

  /// A field of a length that is only known afterwards. Five bytes hold any length; protobuf allows padded ones.
  private static func length(
    _ number: UInt64, _ output: inout [UInt8], _ body: (inout [UInt8]) throws(Problem) -> Void
  ) throws(Problem) {
    append(number << 3 | 2, &output)
    let place = output.count
    output += [0x80, 0x80, 0x80, 0x80, 0]
    try body(&output)
    let count = output.count - place - 5
    for index in 0..<4 { output[place + index] = UInt8(truncatingIfNeeded: count >> (7 * index)) | 0x80 }
    output[place + 4] = UInt8(truncatingIfNeeded: count >> 28)
  }

  private static func hex(_ text: [UInt8]) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: text.count, by: 2) {
      guard let high = Hexadecimal.value(text[index]), let low = Hexadecimal.value(text[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
