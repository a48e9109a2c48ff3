import Base
import Testing

@testable import Outbound

private func mail(subject: String = "Hi", text: String = "Hello\n") -> MailMessage {
  MailMessage(
    from: Mailbox(name: "Mainstay", address: "m@reel.example"), to: [Mailbox(address: "ana@reel.example")],
    subject: subject, date: Instant(rfc3339: "2026-11-21T03:26:25.5Z")!, messageID: "<1@reel.example>", text: text)
}

private func text(_ mail: MailMessage) throws -> String { String(decoding: try mail.bytes(), as: UTF8.self) }

@Suite struct MailMessageTests {
  @Test func plain() throws {
    #expect(
      try text(mail())
        == """
        From: Mainstay <m@reel.example>\r
        To: ana@reel.example\r
        Date: Sat, 21 Nov 2026 03:26:25 +0000\r
        Message-ID: <1@reel.example>\r
        Subject: Hi\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        Hello\r

        """)
  }

  @Test func alternative() throws {
    var message = mail()
    message.html = "<p>Hé"
    let text = try text(message)
    #expect(text.contains("multipart/alternative; boundary=\"=_mainstay_"))
    #expect(text.contains("<p>H=C3=A9\r\n"))
    #expect(text.hasSuffix("--\r\n"))
    #expect(text.components(separatedBy: "Content-Type: text/").count == 3)
  }

  @Test func lettersInHeadersAndLongLines() throws {
    let message = mail(subject: "Wiedergabe gestört: " + String(repeating: "é🎬", count: 40))
    for line in try text(message).split(separator: "\r\n") { #expect(line.utf8.count <= 78, "\(line)") }
    #expect(try text(message).utf8.allSatisfy { $0 < 128 })
    let ascii = mail(subject: String(repeating: "playback burns ", count: 20))
    for line in try text(ascii).split(separator: "\r\n") { #expect(line.utf8.count <= 78, "\(line)") }
    #expect(try text(mail(subject: "=?x")).contains("=?UTF-8?B?PT94?="))
  }

  @Test(arguments: ["a\r\nBcc: x@y.z", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}b", "a\u{85}b"])
  func headersCannotBeInjected(value: String) {
    #expect(throws: OutboundError.self) { try mail(subject: value).bytes() }
    var named = mail()
    named.to = [Mailbox(name: value, address: "a@b.c")]
    #expect(throws: OutboundError.self) { try named.bytes() }
    var header = mail()
    header.headers = [.init("X-Key", value)]
    #expect(throws: OutboundError.self) { try header.bytes() }
    header.headers = [.init("X: \(value)", "x")]
    #expect(throws: OutboundError.self) { try header.bytes() }
    var address = mail()
    address.to = [Mailbox(address: "x@y.z>\(value)")]
    #expect(throws: OutboundError.self) { try address.bytes() }
  }

  @Test func phrases() {
    #expect(HeaderText.mailbox(Mailbox(name: "Ana B", address: "a@b.c")) == "Ana B <a@b.c>")
    #expect(HeaderText.mailbox(Mailbox(name: "A \"B\", C.", address: "a@b.c")) == "\"A \\\"B\\\", C.\" <a@b.c>")
    #expect(HeaderText.mailbox(Mailbox(name: "Zoë", address: "a@b.c")) == "=?UTF-8?B?Wm/Dqw==?= <a@b.c>")
  }

  @Test func mailboxes() {
    #expect(Mailbox("ana@b.c") == Mailbox(address: "ana@b.c"))
    #expect(Mailbox(" \"Ana, B\" <ana@b.c> ") == Mailbox(name: "Ana, B", address: "ana@b.c"))
    for bad in [
      "", "ana", "@b.c", "ana@", "a b@c.d", "a@b@c", "<a@b.c", "a@b.c\r\nRCPT TO:<x@y>", "Ana <a@b.c", "a@b>",
    ] {
      #expect(Mailbox(bad) == nil, "\(bad)")
    }
  }

  @Test func quotedPrintable() {
    func encoded(_ text: String) -> String { String(decoding: QuotedPrintable.encode(text), as: UTF8.self) }
    #expect(encoded("a=b\r\nc \n\td\t\n") == "a=3Db\r\nc=20\r\n\td=09\r\n")
    #expect(encoded(String(repeating: "x", count: 100)).split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
    #expect(encoded(String(repeating: "é", count: 50)).split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
    #expect(encoded("") == "\r\n")
  }

  @Test func dots() {
    func stuffed(_ text: String) -> String { String(decoding: DotStuffing.encode(Array(text.utf8)), as: UTF8.self) }
    #expect(stuffed("a\n.\r\n..b\rc") == "a\r\n..\r\n...b\r\nc\r\n.\r\n")
    #expect(stuffed("") == ".\r\n")
    #expect(stuffed("x\r\n.") == "x\r\n..\r\n.\r\n")
    // What ends a message early at servers that take a bare LF or CR for a line end.
    for smuggled in ["x\n.\n", "x\r.\r", "x\n.\r\nMAIL FROM:<a@b>\r\n", "x\r\n.\rY"] {
      let result = stuffed(smuggled)
      #expect(result.components(separatedBy: "\r\n.\r\n").count == 2, "\(smuggled)")
      #expect(!result.replacing("\r\n", with: "").contains(where: { $0 == "\n" || $0 == "\r" }))
    }
  }

  @Test func base64() {
    for (text, code) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
      #expect(Base64.encode(text) == code)
    }
  }

  @Test func dates() {
    #expect(MailDate.text(.epoch) == "Thu, 1 Jan 1970 00:00:00 +0000")
    #expect(MailDate.text(Instant(seconds: -1)) == "Wed, 31 Dec 1969 23:59:59 +0000")
  }
}

extension String {
  fileprivate func components(separatedBy separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
