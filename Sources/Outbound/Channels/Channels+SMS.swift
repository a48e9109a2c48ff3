import Base

extension Channels {
  func send(_ message: ChannelMessage, to target: SMSTarget) async throws(OutboundError) -> ChannelOutcome {
    let server = try secrets.value(of: target.server)
    let token = try secrets.resolve(target.token).reveal()
    let base = server.hasSuffix("/") ? String(server.dropLast()) : server
    let form = [("To", target.to), ("From", target.from), ("Body", SMSForm.body(message))]
    let response = try await http.send(
      HTTPOut.Request(
        .post, "\(base)/2010-04-01/Accounts/\(target.account)/Messages.json",
        headers: [
          .init("Content-Type", "application/x-www-form-urlencoded"),
          .init("Authorization", "Basic " + SMSForm.base64(Array("\(target.account):\(token)".utf8))),
          .init("Idempotency-Key", message.key),
        ], body: Array(SMSForm.encode(form).utf8), timeout: timeout, maxResponseBytes: 64 << 10))
    return SMSForm.outcome(of: response, from: OriginURL(server)?.origin ?? "")
  }
}

/// A message as text for a telephone, and what Twilio's `Messages` resource answers.
public enum SMSForm {
  /// Twilio refuses a body of more.
  static let bodyMax = 1_600
  /// What is written of the title and of the body: a text is read on a locked screen.
  private static let (titleMax, textMax) = (160, 300)

  static func body(_ message: ChannelMessage) -> String {
    let word = message.kind == .fired ? message.severity.uppercased() : message.kind.rawValue.uppercased()
    var lines = ["\(word): \(plain(message.title, titleMax))"]
    if !message.body.isEmpty { lines.append(plain(message.body, textMax)) }
    if let code = message.replyCode, message.kind == .fired {
      lines.append("Reply ACK \(code) to acknowledge, RES \(code) to resolve.")
    }
    if let link = message.acknowledgeLink ?? message.link, link.utf8.count <= 800 { lines.append(link) }
    return cut(lines.joined(separator: "\n"), bodyMax)
  }

  /// One line without what a telephone could take for a command: control and format characters go, so that a summary
  /// can neither break the line that says how to answer, nor turn its direction.
  public static func plain(_ text: String, _ limit: Int) -> String {
    let kept = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: " "
      case .format, .surrogate, .privateUse, .unassigned: "\u{FFFD}"
      default: scalar
      }
    }.filter { $0 != "\u{FFFD}" }
    let words = String(String.UnicodeScalarView(kept)).split(separator: " ", omittingEmptySubsequences: true)
    return cut(words.joined(separator: " "), limit)
  }

  private static func cut(_ text: String, _ limit: Int) -> String {
    text.utf16.count <= limit ? text : String(text.prefix(max(0, limit - 1 - (text.utf16.count - text.count)))) + "…"
  }

  /// `application/x-www-form-urlencoded`.
  static func encode(_ fields: [(String, String)]) -> String {
    fields.map { "\($0.0)=\(encode($0.1))" }.joined(separator: "&")
  }

  private static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// RFC 4648, with padding.
  public static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
      for place in 0..<4 {
        text.append(
          place <= part.count ? letters[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Codes that pass by themselves: too many requests, a full queue, a service that is down.
  private static let passing: Set<Int64> = [20_429, 21_611, 20_500, 20_503, 14_107, 30_001, 30_008]

  /// 201 with the message's `sid`; otherwise `{"code":21211,"message":…,"status":400}`.
  static func outcome(of response: HTTPOut.Response, from origin: String) -> ChannelOutcome {
    let json = try? JSON(parsing: response.body)
    if response.isSuccess {
      guard let sid = json?["sid"]?.string else { return .of(response, from: origin) }
      let status = json?["status"]?.string ?? "accepted"
      return .accepted(receipt: "\(status) \(sid)".singleLine(limit: 160))
    }
    guard let code = json?["code"]?.int else { return .of(response, from: origin) }
    let said = (json?["message"]?.string ?? "no reason given").singleLine(limit: 160)
    let reason = "\(origin) answered \(response.status), code \(code): \(said)"
    return response.status == 429 || response.status >= 500 || passing.contains(code)
      ? .retry(reason: reason, after: RetryAfter.interval(response.header("retry-after"))) : .rejected(reason: reason)
  }
}
