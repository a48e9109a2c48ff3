/// Header values with letters outside ASCII as encoded words (RFC 2047), and lines of at most 76 characters.
enum HeaderText {
  static func unstructured(_ name: String, _ value: String) -> String {
    let plain = value.utf8.allSatisfy { $0 >= 32 && $0 < 127 } && !value.contains("=?")
    let words = value.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    // A word that fills a line alone can only be cut by encoding it.
    guard plain, words.allSatisfy({ $0.utf8.count <= 900 }) else {
      return "\(name): " + encodedWords(value, firstLine: name.utf8.count + 2)
    }
    var lines = ["\(name):"]
    for word in words {
      // A line of white space alone would be a header's end to some readers.
      if !word.isEmpty, lines[lines.count - 1].utf8.count + 1 + word.utf8.count > 76,
        lines[lines.count - 1].contains(where: { $0 != " " }), lines.count > 1 || lines[0] != "\(name):"
      {
        lines.append("")
      }
      lines[lines.count - 1] += " " + word
    }
    return lines.joined(separator: "\r\n")
  }

  static func mailbox(_ mailbox: Mailbox) -> String {
    guard let name = mailbox.name, !name.isEmpty else { return mailbox.address }
    return "\(phrase(name)) <\(mailbox.address)>"
  }

  private static func phrase(_ name: String) -> String {
    guard name.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }), name.utf8.count <= 60, !name.contains("=?") else {
      return encodedWords(name, firstLine: 12)
    }
    let isAtoms = name.utf8.allSatisfy {
      ($0 | 32) >= 97 && ($0 | 32) <= 122 || (48...57).contains($0) || $0 == 32 || $0 == 45 || $0 == 39
    }
    if isAtoms { return name }
    return "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// `=?UTF-8?B?…?=` words of at most 75 characters, each with whole characters, on lines of their own.
  static func encodedWords(_ text: String, firstLine: Int) -> String {
    var words: [String] = []
    var chunk: [UInt8] = []
    // 75 less the 12 of the frame leaves 63 characters of base 64, which is 45 bytes. The header's name takes some
    // of the first line.
    var room = max(15, (min(63, 76 - 12 - firstLine) / 4) * 3)
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if chunk.count + bytes.count > room {
        words.append("=?UTF-8?B?\(Base64.encode(chunk))?=")
        chunk = []
        room = 45
      }
      chunk += bytes
    }
    words.append("=?UTF-8?B?\(Base64.encode(chunk))?=")
    return words.joined(separator: "\r\n ")
  }
}

/// Quoted-printable of RFC 2045, section 6.7, for UTF-8 text.
enum QuotedPrintable {
  private static let limit = 76

  static func encode(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    let normal = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    for line in normal.utf8.split(separator: 10, omittingEmptySubsequences: false) {
      encode(line: Array(line), into: &result)
      result += [13, 10]
    }
    // The text's own last line end has made an empty line of its own.
    if normal.utf8.last == 10 { result.removeLast(2) }
    return result
  }

  private static func encode(line: [UInt8], into result: inout [UInt8]) {
    let hex = Array("0123456789ABCDEF".utf8)
    var column = 0
    for (index, byte) in line.enumerated() {
      let isLast = index == line.count - 1
      let isBlank = byte == 32 || byte == 9
      let plain = (33...126).contains(byte) && byte != 61 || isBlank && !isLast
      let width = plain ? 1 : 3
      // One column is kept for the soft break's equals sign.
      if column + width > limit - 1 {
        result += [61, 13, 10]
        column = 0
      }
      if plain { result.append(byte) } else { result += [61, hex[Int(byte >> 4)], hex[Int(byte & 15)]] }
      column += width
    }
  }
}
