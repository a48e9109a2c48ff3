/// Writes markup into one buffer.
struct MarkupWriter {
  private(set) var bytes: [UInt8] = []

  init(reserving capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func write(_ html: HTML) {
    switch html {
    case .text(let text): escape(text)
    case .markup(let markup): append(markup)
    case .group(let parts): for part in parts { write(part) }
    case .element(let element): write(element)
    }
  }

  private mutating func write(_ element: HTML.Element) {
    bytes.append(UInt8(ascii: "<"))
    append(element.name)
    for attribute in element.attributes {
      bytes.append(UInt8(ascii: " "))
      append(attribute.name)
      append(attribute.suffix)
      if let value = attribute.value {
        bytes.append(UInt8(ascii: "="))
        bytes.append(UInt8(ascii: "\""))
        escape(value)
        bytes.append(UInt8(ascii: "\""))
      }
    }
    bytes.append(UInt8(ascii: ">"))
    if element.isVoid { return }
    for child in element.children { write(child) }
    bytes.append(UInt8(ascii: "<"))
    bytes.append(UInt8(ascii: "/"))
    append(element.name)
    bytes.append(UInt8(ascii: ">"))
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Whether the bytes begin with an embedding, an override or an isolate of the direction: U+202A to U+202E, U+2066 to
  /// U+2069.
  private static func turnsDirection(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard bytes.count >= 3 else { return false }
    switch (bytes[bytes.startIndex + 1], bytes[bytes.startIndex + 2]) {
    case (0x80, 0xAA...0xAE), (0x81, 0xA6...0xA9): return true
    default: return false
    }
  }

  /// The same escaping for text and attribute values: what is safe in the stricter place is safe in the other.
  private mutating func escape(_ text: String) {
    var text = text
    text.withUTF8 { source in
      var start = 0
      for index in source.indices {
        let replacement: StaticString
        var width = 1
        switch source[index] {
        case UInt8(ascii: "&"): replacement = "&amp;"
        case UInt8(ascii: "<"): replacement = "&lt;"
        case UInt8(ascii: ">"): replacement = "&gt;"
        case UInt8(ascii: "\""): replacement = "&quot;"
        case UInt8(ascii: "'"): replacement = "&#39;"
        // Control characters are not allowed in HTML.
        case 0...8, 11, 12, 14...31, 127: replacement = "\u{FFFD}"
        // Nor may a sender's text turn round what stands after it.
        case 0xE2 where Self.turnsDirection(source[index...]): (replacement, width) = ("\u{FFFD}", 3)
        default: continue
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
        append(replacement)
        start = index + width
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
    }
  }
}
