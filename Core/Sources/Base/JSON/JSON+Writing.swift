extension JSON {
  /// The value as compact JSON text. Equal values give equal text: members stand in their order, doubles in their
  /// shortest form that reads back the same. A double that is not finite, which the parser never makes, is `null`.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// `text` as UTF-8.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(256)
    writeCompact(to: &out)
    return out
  }

  /// The same as `write` without an indentation, which nearly all text here is: no closure and no copy an element.
  func writeCompact(to out: inout [UInt8]) {
    switch self {
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      elements.withUnsafeBufferPointer { elements in
        for index in elements.indices {
          if index > 0 { out.append(UInt8(ascii: ",")) }
          elements[index].writeCompact(to: &out)
        }
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      object.members.withUnsafeBufferPointer { members in
        for index in members.indices {
          if index > 0 { out.append(UInt8(ascii: ",")) }
          Self.write(members[index].key, to: &out)
          out.append(UInt8(ascii: ":"))
          members[index].value.writeCompact(to: &out)
        }
      }
      out.append(UInt8(ascii: "}"))
    default: write(to: &out)
    }
  }

  /// The value over several lines, indented by two spaces a level.
  public var prettyText: String {
    var out: [UInt8] = []
    write(to: &out, indent: 0)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the compact text; with `indent`, the pretty one at that level.
  func write(to out: inout [UInt8], indent: Int? = nil) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): out.append(contentsOf: value.description.utf8)
    case .double(let value): out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): Self.write(value, to: &out)
    case .array(let elements):
      Self.write(elements, between: "[", "]", to: &out, indent: indent) { element, out, indent in
        element.write(to: &out, indent: indent)
      }
    case .object(let object):
      Self.write(object.members, between: "{", "}", to: &out, indent: indent) { member, out, indent in
        Self.write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        if indent != nil { out.append(UInt8(ascii: " ")) }
        member.value.write(to: &out, indent: indent)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between open: Unicode.Scalar, _ close: Unicode.Scalar, to out: inout [UInt8], indent: Int?,
    item: (Item, inout [UInt8], Int?) -> Void
  ) {
    func breakLine(_ level: Int) {
      out.append(UInt8(ascii: "\n"))
      out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }
    out.append(UInt8(ascii: open))
    for (index, value) in items.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      if let indent { breakLine(indent + 1) }
      item(value, &out, indent.map { $0 + 1 })
    }
    if let indent, !items.isEmpty { breakLine(indent) }
    out.append(UInt8(ascii: close))
  }

  /// Appends a string in its quotes.
  static func write(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    defer { out.append(UInt8(ascii: "\"")) }
    // Most texts need no escape: they are copied whole.
    let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
      guard needsNoEscape(UnsafeRawBufferPointer(bytes)) else { return false }
      out.append(contentsOf: bytes)
      return true
    }
    if isPlain == true { return }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        out.append(UInt8(ascii: "\\"))
        out.append(byte)
      case 0x20...: out.append(byte)
      case 0x0A: out.append(contentsOf: #"\n"#.utf8)
      case 0x0D: out.append(contentsOf: #"\r"#.utf8)
      case 0x09: out.append(contentsOf: #"\t"#.utf8)
      case 0x08: out.append(contentsOf: #"\b"#.utf8)
      case 0x0C: out.append(contentsOf: #"\f"#.utf8)
      default:
        out.append(contentsOf: #"\u00"#.utf8)
        out.append(hexDigits[Int(byte >> 4)])
        out.append(hexDigits[Int(byte & 15)])
      }
    }
  }
}

extension JSON {
  /// Whether no byte has to be escaped, eight bytes at a time: in a word less a byte's bound, the high bit tells which
  /// bytes were below that bound, and a byte that is looked for is zero after an exclusive or with it.
  private static func needsNoEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    var at = 0
    while at + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let found =
        ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
      if found & highs != 0 { return false }
      at += 8
    }
    return bytes[at...].allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
  }
}

extension JSON: CustomStringConvertible {
  /// The compact text.
  public var description: String { text }
}

/// The digits of lower-case hexadecimal.
let hexDigits = Array("0123456789abcdef".utf8)
