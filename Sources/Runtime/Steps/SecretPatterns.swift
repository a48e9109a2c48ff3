/// The forms in which a secret may be printed: as it is, line by line, and in the encodings that programs commonly
/// put values into.
enum SecretPatterns {
  /// Shorter ones would hide half of every output; a step that asks for one is refused.
  static let secretMin = 4
  /// Pieces of a secret, such as a line of a key, are hidden from this length on.
  private static let pieceMin = 8

  /// All byte sequences to hide, each once, the longest first.
  static func patterns(of secrets: [String]) -> [[UInt8]] {
    var seen: Set<[UInt8]> = []
    var patterns: [[UInt8]] = []
    for secret in secrets {
      var forms = forms(of: Array(secret.utf8))
      let lines = secret.split { $0 == "\n" || $0 == "\r\n" }
      if lines.count > 1 {
        for line in lines where line.utf8.count >= pieceMin { forms += [Array(line.utf8)] }
      }
      for form in forms where form.count >= secretMin && seen.insert(form).inserted { patterns.append(form) }
    }
    return patterns.sorted { $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1) }
  }

  private static func forms(of secret: [UInt8]) -> [[UInt8]] {
    var forms = [secret, json(secret), quoted(secret)]
    for lower in [false, true] {
      forms.append(percent(secret, lower: lower, plus: false))
      forms.append(percent(secret, lower: lower, plus: true))
      forms.append(hex(secret, lower: lower))
    }
    for alphabet in [standard, urlSafe] {
      for shift in 0..<3 { forms.append(base64(secret, shift: shift, alphabet)) }
      // `base64` breaks its lines after 76 characters.
      let whole = base64(secret, shift: 0, alphabet)
      if whole.count > 76 {
        var start = 0
        while start < whole.count {
          let piece = Array(whole[start..<min(start + 76, whole.count)])
          if piece.count >= pieceMin { forms.append(piece) }
          start += 76
        }
      }
    }
    return forms
  }

  // MARK: Encodings

  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The characters that depend on the secret alone when `shift` other bytes stand before it in its group of three.
  private static func base64(_ bytes: [UInt8], shift: Int, _ alphabet: [UInt8]) -> [UInt8] {
    let padded = [UInt8](repeating: 0, count: shift) + bytes
    let first = shift == 0 ? 0 : shift + 1
    let end = padded.count * 8 / 6
    guard first < end else { return [] }
    return (first..<end).map { index in
      let bit = index * 6
      let high = UInt16(padded[bit / 8]) << 8
      let low = bit / 8 + 1 < padded.count ? UInt16(padded[bit / 8 + 1]) : 0
      return alphabet[Int((high | low) >> UInt16(10 - bit % 8)) & 63]
    }
  }

  private static func percent(_ bytes: [UInt8], lower: Bool, plus: Bool) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: [byte]
      case 0x20 where plus: [0x2B]
      default: [0x25] + hex([byte], lower: lower)
      }
    }
  }

  private static func hex(_ bytes: [UInt8], lower: Bool) -> [UInt8] {
    let digits = Array((lower ? "0123456789abcdef" : "0123456789ABCDEF").utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  private static func json(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case 0x22, 0x5C: [0x5C, byte]
      case 0x0A: Array("\\n".utf8)
      case 0x0D: Array("\\r".utf8)
      case 0x09: Array("\\t".utf8)
      default: [byte]
      }
    }
  }

  /// As a shell's trace quotes it.
  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { $0 == 0x27 ? Array("'\\''".utf8) : [$0] }
  }
}
