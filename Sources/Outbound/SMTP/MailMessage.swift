import Base
import Crypto

/// A mail as text and, beside it, HTML (RFC 5322, RFC 2045–2047). What it makes is plain ASCII with short lines
/// unless an address is not.
public struct MailMessage: Sendable, Hashable {
  public struct Header: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public var from: Mailbox
  public var to: [Mailbox]
  public var subject: String
  public var date: Instant
  /// With its angle brackets.
  public var messageID: String
  /// Ids of messages that this one goes on from.
  public var references: [String] = []
  public var text: String
  public var html: String?
  /// Further headers.
  public var headers: [Header] = []

  public init(from: Mailbox, to: [Mailbox], subject: String, date: Instant, messageID: String, text: String) {
    self.from = from
    self.to = to
    self.subject = subject
    self.date = date
    self.messageID = messageID
    self.text = text
  }

  /// The message with CR LF at every line's end. A line break or another control character in any header is refused:
  /// it would let a value write headers of its own.
  public func bytes() throws(OutboundError) -> [UInt8] {
    var lines = try headerLines()
    lines.append("MIME-Version: 1.0")
    guard let html else {
      lines += Self.partHeaders("plain")
      return Self.join(lines, QuotedPrintable.encode(text))
    }
    // `=_` cannot stand in quoted-printable text, so this boundary cannot occur in a part.
    let boundary =
      "=_mainstay_"
      + WebhookForm.hex(Crypto.SHA256.hash(data: Array(messageID.utf8)).prefix(8))
    lines.append("Content-Type: multipart/alternative; boundary=\"\(boundary)\"")
    var body: [UInt8] = []
    for (type, content) in [("plain", text), ("html", html)] {
      body += Self.join(["--\(boundary)"] + Self.partHeaders(type), QuotedPrintable.encode(content))
      body += Array("\r\n".utf8)
    }
    body += Array("--\(boundary)--\r\n".utf8)
    return Self.join(lines, body)
  }

  private func headerLines() throws(OutboundError) -> [String] {
    for mailbox in [from] + to where !Mailbox.isAddress(mailbox.address) {
      throw OutboundError(.invalid, "'\(mailbox.address)' is not a mail address")
    }
    let all: [Header] =
      [
        Header("Date", MailDate.text(date)), Header("Message-ID", messageID), Header("Subject", subject),
        Header("References", references.joined(separator: " ")),
      ].filter { !$0.value.isEmpty } + headers
    for header in all {
      guard !header.name.isEmpty, header.name.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 58 }) else {
        throw OutboundError(.invalid, "'\(header.name)' is not the name of a header")
      }
    }
    for (name, value) in all.map({ ($0.name, $0.value) }) + ([from] + to).map({ ("a mailbox", $0.name ?? "") }) {
      guard !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        throw OutboundError(.invalid, "\(name) holds a line break or another control character")
      }
    }
    var lines = [
      "From: \(HeaderText.mailbox(from))",
      "To: " + to.map(HeaderText.mailbox).joined(separator: ",\r\n "),
    ]
    for header in all { lines.append(HeaderText.unstructured(header.name, header.value)) }
    return lines
  }

  private static func partHeaders(_ type: String) -> [String] {
    ["Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: quoted-printable"]
  }

  private static func join(_ headers: [String], _ body: [UInt8]) -> [UInt8] {
    Array((headers.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }
}

/// The date form of RFC 5322, section 3.3, in UTC: `Sat, 21 Nov 2026 03:26:25 +0000`.
enum MailDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static func text(_ instant: Instant) -> String {
    let day = Int(instant.floored(to: .days(1)).seconds / 86_400)
    let second = Int(instant.seconds) - day * 86_400
    let date = CivilDate(dayNumber: day)
    let weekday = days[((day % 7) + 7) % 7]
    let time = [second / 3_600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(time.joined(separator: ":")) +0000"
  }
}
