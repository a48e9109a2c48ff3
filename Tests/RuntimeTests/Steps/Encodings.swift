import Base

/// Encodings written plainly, to hold the masker's own against.
enum Encodings {
  static func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var bits = text.utf8.map { byte in
      String(repeating: "0", count: byte.leadingZeroBitCount) + (byte == 0 ? "" : String(byte, radix: 2))
    }
    .joined()
    while bits.count % 6 != 0 { bits += "0" }
    var out = ""
    var rest = bits[...]
    while !rest.isEmpty {
      out.append(alphabet[Int(rest.prefix(6), radix: 2) ?? 0])
      rest = rest.dropFirst(6)
    }
    return out + String(repeating: "=", count: (4 - out.count % 4) % 4)
  }

  static func percent(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8.contains(byte)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + hex(byte).uppercased()
    }.joined()
  }

  static func hex(_ text: String) -> String { text.utf8.map(hex).joined() }

  private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}

/// Secrets that overlap, begin alike and lie in each other.
enum SecretMaskerCases {
  static func patterns(using random: inout SeededGenerator) -> [[UInt8]] {
    var patterns: Set<[UInt8]> = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      patterns.insert(
        (0..<Int.random(in: 1...7, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) })
    }
    return patterns.sorted { $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1) }
  }
}
