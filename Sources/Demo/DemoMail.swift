import Base

/// Reads mail as far as the inbox shows it: the subject, the plain text, and the links our mails have in it.
enum DemoMail {
  static func message(_ bytes: [UInt8], at now: Instant) -> DemoInbox.Message {
    let (headers, body) = split(bytes)
    let subject = words(headers["subject"] ?? "(no subject)")
    var message = DemoInbox.Message(
      received: now, via: "mail", key: headers["x-mainstay-key"] ?? headers["message-id"],
      kind: DemoInbox.Message.kind(ofTitle: subject), title: DemoInbox.Message.cut(subject, 300), body: "")
    var lines: [Substring] = []
    for line in plainText(headers, body).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("Acknowledge: ") {
        message.acknowledgeLink = DemoInbox.Message.link(String(line.dropFirst(13)))
      } else if line.hasPrefix("Open: ") {
        message.link = DemoInbox.Message.link(String(line.dropFirst(6)))
      } else if !(line.isEmpty && lines.last?.isEmpty != false) {
        lines.append(line)
      }
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    message.body = DemoInbox.Message.cut(lines.joined(separator: "\n"), 4_000)
    return message
  }

  /// Headers by lower-case name, unfolded, the first of each; and the lines below them.
  private static func split(_ bytes: [UInt8]) -> (headers: [String: String], body: [[UInt8]]) {
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line in
      Array(line.last == 13 ? line.dropLast() : line)
    }
    return split(lines)
  }

  private static func split(_ lines: [[UInt8]]) -> (headers: [String: String], body: [[UInt8]]) {
    let end = lines.firstIndex(of: []) ?? lines.count
    var headers: [String: String] = [:]
    var last = ""
    for line in lines[..<end] {
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix(" ") || text.hasPrefix("\t") {
        headers[last]? += " " + text.drop { $0 == " " || $0 == "\t" }
        continue
      }
      last = text.prefix { $0 != ":" }.lowercased()
      if headers[last] == nil { headers[last] = String(text.dropFirst(last.count + 1).drop { $0 == " " }) }
    }
    return (headers, Array(lines[min(end + 1, lines.count)...]))
  }

  /// The first part of a multipart message, or the whole body.
  private static func plainText(_ headers: [String: String], _ body: [[UInt8]]) -> String {
    let type = headers["content-type"] ?? ""
    if type.lowercased().hasPrefix("multipart/"), let start = type.firstRange(of: "boundary=") {
      let boundary = type[start.upperBound...].drop { $0 == "\"" }.prefix { $0 != "\"" && $0 != ";" }
      let mark = Array("--\(boundary)".utf8)
      let parts = body.split(maxSplits: 2, omittingEmptySubsequences: false) { $0.starts(with: mark) }
      guard parts.count > 1 else { return "" }
      let part = split(Array(parts[1]))
      return decoded(part.body, part.headers)
    }
    return decoded(body, headers)
  }

  private static func decoded(_ lines: [[UInt8]], _ headers: [String: String]) -> String {
    guard headers["content-transfer-encoding"]?.lowercased() == "quoted-printable" else {
      return String(decoding: Array(lines.joined(separator: [10])), as: UTF8.self)
    }
    var bytes: [UInt8] = []
    for line in lines {
      var index = 0
      while index < line.count {
        if line[index] == 61, index + 2 < line.count,
          let value = UInt8(String(decoding: line[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
        {
          bytes.append(value)
          index += 3
        } else {
          bytes.append(line[index])
          index += 1
        }
      }
      // An equals sign at a line's end joins it to the next one.
      if line.last == 61 { bytes.removeLast() } else { bytes.append(10) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A header's text with its encoded words (RFC 2047) in base 64 read; space between two of them goes.
  private static func words(_ text: String) -> String {
    var bytes: [UInt8] = []
    var afterEncoded = false
    for word in text.split(separator: " ") {
      let fields = word.split(separator: "?", omittingEmptySubsequences: false)
      let encoded = fields.count == 5 && fields[0] == "=" && fields[4] == "=" && fields[2].uppercased() == "B"
      if !bytes.isEmpty, !(encoded && afterEncoded) { bytes.append(32) }
      bytes += encoded ? base64(fields[3]) : Array(word.utf8)
      afterEncoded = encoded
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func base64(_ text: Substring) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var (bits, count): (UInt32, Int) = (0, 0)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      guard let value = alphabet.firstIndex(of: byte) else { continue }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
