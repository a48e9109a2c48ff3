/// A server's reply (RFC 5321, section 4.2): a code and one text a line.
struct SMTPReply: Hashable, Sendable {
  var code: Int
  var lines: [String]

  /// `250 2.0.0 queued as 4711` on one line.
  var text: String { "\(code) \(lines.joined(separator: " "))".singleLine(limit: 300) }
}

/// Puts bytes together to replies, within bounds.
struct SMTPReplyParser: Sendable {
  struct Malformed: Error, Hashable {
    var text: String
  }

  /// The standard allows 512 bytes a line; real servers write more.
  static let lineLimit = 4_096
  static let linesLimit = 100

  private var splitter = LineSplitter(limit: lineLimit)
  private var code: Int?
  private var lines: [String] = []

  /// Whether bytes wait that belong to no complete reply yet.
  private(set) var hasRest = false

  mutating func append(_ bytes: some Collection<UInt8>) {
    if !bytes.isEmpty { hasRest = true }
    splitter.append(bytes)
  }

  /// The next complete reply, or `nil` when more bytes are needed.
  mutating func next() throws(Malformed) -> SMTPReply? {
    while true {
      let line: String?
      do {
        line = try splitter.next()
      } catch {
        throw Malformed(text: "a reply line is longer than \(Self.lineLimit) bytes")
      }
      guard let line else { return nil }
      if let reply = try take(line) {
        hasRest = !splitter.isEmpty
        return reply
      }
    }
  }

  private mutating func take(_ line: String) throws(Malformed) -> SMTPReply? {
    let bytes = Array(line.utf8.prefix(4))
    guard bytes.count >= 3, (50...53).contains(bytes[0]), bytes[1...2].allSatisfy({ (48...57).contains($0) }) else {
      throw Malformed(text: "not an SMTP reply: \(line.singleLine(limit: 80))")
    }
    let code = bytes[..<3].reduce(0) { $0 * 10 + Int($1) - 48 }
    if let first = self.code, first != code { throw Malformed(text: "a reply mixes the codes \(first) and \(code)") }
    guard lines.count < Self.linesLimit else {
      throw Malformed(text: "a reply has more than \(Self.linesLimit) lines")
    }
    guard bytes.count == 3 || bytes[3] == 32 || bytes[3] == 45 else {
      throw Malformed(text: "not an SMTP reply: \(line.singleLine(limit: 80))")
    }
    lines.append(String(decoding: line.utf8.dropFirst(4), as: UTF8.self))
    if bytes.count == 4, bytes[3] == 45 {
      self.code = code
      return nil
    }
    defer {
      self.code = nil
      lines = []
    }
    return SMTPReply(code: code, lines: lines)
  }
}

/// What a server says it can do in its answer to EHLO.
struct SMTPCapabilities: Hashable, Sendable {
  var startTLS = false
  /// Upper case.
  var authMechanisms: Set<String> = []
  var eightBitMIME = false
  var utf8 = false
  /// The largest message in bytes; `nil` where it names none.
  var size: Int?

  init() {}

  init(ehlo reply: SMTPReply) {
    for line in reply.lines.dropFirst() {
      let words = line.uppercased().split(whereSeparator: { $0 == " " || $0 == "=" })
      switch words.first {
      case "STARTTLS": startTLS = true
      case "AUTH": authMechanisms.formUnion(words.dropFirst().map(String.init))
      case "8BITMIME": eightBitMIME = true
      case "SMTPUTF8": utf8 = true
      case "SIZE": size = words.dropFirst().first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
      default: break
      }
    }
  }
}
