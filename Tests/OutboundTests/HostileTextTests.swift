import Base
import Testing

@testable import Outbound

private let hostile = "x <b>&\" <!channel> <@U1> <http://e|y>\r\nBcc: e@x\u{0}\u{7}\u{202E}gpj \u{1F525}"

/// What senders write is shown, and is never a command of the channel it is shown on.
@Suite struct HostileTextTests {
  private var message: ChannelMessage {
    ChannelMessage(
      key: "01JD0", thread: "alert/7", kind: .fired, title: hostile, body: hostile + "\nsecond line",
      link: "http://127.0.0.1:8080/alerts/7", acknowledgeLink: "http://127.0.0.1:8080/a/t",
      resolveLink: "http://127.0.0.1:8080/a/t?do=resolve", answer: "01JD0Z8Q4N6T3V5W7X9YABCDEF", replyCode: "0042",
      severity: "critical", service: hostile, fields: [.init(hostile, hostile)],
      time: Instant(rfc3339: "2026-11-21T03:26:25Z")!)
  }

  /// Every text in the message that Slack reads as its markup.
  private func markup(_ json: JSON) -> [String] {
    switch json {
    case .array(let items): items.flatMap(markup)
    case .object(let object) where object["type"]?.string == "mrkdwn": [object["text"]?.string ?? ""]
    case .object(let object): object.members.map(\.value).flatMap(markup)
    default: []
    }
  }

  @Test(arguments: [false, true]) func slack(isInteractive: Bool) throws {
    let json = SlackForm.json(message, isInteractive: isInteractive)
    let links = try #require(json["text"]?.string)
    let texts = markup(json)
    #expect(texts.count >= 2)
    for text in texts { #expect(!text.contains("<") && !text.contains(">")) }
    #expect(!links.contains("<!") && !links.contains("<@") && !links.contains("<http://e"))
    let buttons = try #require(json["blocks"]?.array?.last?["elements"]?.array)
    #expect(buttons.contains { ($0["value"] != nil) == isInteractive })
  }

  @Test func ntfy() throws {
    let json = NtfyForm.json(message, topic: "oncall")
    let title = try #require(json["title"]?.string)
    #expect(!title.contains { $0.isNewline || $0 == "\u{0}" || $0 == "\u{202E}" })
    #expect(json["actions"]?.array?.count == 3)
    var long = message
    long.body = String(repeating: "\u{1F525}", count: 5_000)
    long.title = String(repeating: "é", count: 5_000)
    let cut = NtfyForm.json(long, topic: "oncall")
    #expect((cut["message"]?.string?.utf8.count ?? 0) <= 3_500 && (cut["title"]?.string?.utf8.count ?? 0) <= 250)
  }

  @Test func ntfyAnswers() {
    func outcome(_ status: Int, _ body: String) -> ChannelOutcome {
      NtfyForm.outcome(of: .init(status: status, body: Array(body.utf8)), from: "http://n")
    }
    #expect(outcome(200, "{\"id\":\"x\"}") == .accepted(receipt: "200 {\"id\":\"x\"}"))
    #expect(
      outcome(403, "{\"code\":40301,\"http\":403,\"error\":\"forbidden\"}")
        == .rejected(reason: "http://n answered 403: forbidden"))
    guard case .retry = outcome(429, "{\"code\":42901,\"http\":429,\"error\":\"limit\"}") else {
      Issue.record("429 passes by itself")
      return
    }
    guard case .retry = outcome(507, "{\"code\":50701,\"error\":\"full\"}") else {
      Issue.record("507 passes by itself")
      return
    }
  }

  @Test func text() {
    let body = SMSForm.body(message)
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4, "no line of ours comes from a summary")
    #expect(lines[2] == "Reply ACK 0042 to acknowledge, RES 0042 to resolve.")
    #expect(!body.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202E })
    var long = message
    long.title = String(repeating: "\u{1F525}", count: 5_000)
    long.body = String(repeating: "e\u{301}", count: 5_000)
    #expect(SMSForm.body(long).utf16.count <= 1_600)
  }

  @Test func textAnswers() {
    func outcome(_ status: Int, _ body: String, _ headers: [HTTPOut.Header] = []) -> ChannelOutcome {
      SMSForm.outcome(of: .init(status: status, headers: headers, body: Array(body.utf8)), from: "http://t")
    }
    #expect(outcome(201, #"{"sid":"SM1","status":"queued"}"#) == .accepted(receipt: "queued SM1"))
    #expect(
      outcome(400, #"{"code":21211,"message":"no such number","status":400}"#)
        == .rejected(reason: "http://t answered 400, code 21211: no such number"))
    #expect(
      outcome(429, #"{"code":20429,"message":"slow down","status":429}"#, [.init("Retry-After", "3")])
        == .retry(reason: "http://t answered 429, code 20429: slow down", after: .seconds(3)))
    #expect(
      outcome(401, #"{"code":20003,"message":"Authenticate","status":401}"#)
        == .rejected(reason: "http://t answered 401, code 20003: Authenticate"))
  }

  @Test func formsAndBase64() {
    #expect(SMSForm.encode([("To", "+351"), ("Body", "a b&c=é")]) == "To=%2B351&Body=a%20b%26c%3D%C3%A9")
    for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      #expect(SMSForm.base64(Array(text.utf8)) == encoded, "RFC 4648, section 10")
    }
  }

  @Test func mailHeadersHoldNoLineBreak() {
    let subject = MailForm.subject(message)
    #expect(!subject.contains { $0.isNewline })
    #expect(!MailForm.html(message).contains("<b>"))
  }

  // MARK: Signatures

  /// The example of Slack's documentation on verifying requests.
  @Test func slackSignatureOfTheDocumentation() throws {
    let body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
      + "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
      + "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
      + "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    let secret = Secret("8f742231b10e8888abcd99yyyzzz85a5")
    let at = Instant(seconds: 1_531_420_618)
    func holds(_ signature: String, _ timestamp: String = "1531420618", now: Instant) -> Bool {
      ReplySignature.isSlack(
        signature, timestamp: timestamp, body: Array(body.utf8), secret: secret, now: now)
    }
    #expect(holds(signature, now: at))
    #expect(holds(signature, now: at + .minutes(5)))
    #expect(!holds(signature, now: at + .minutes(5) + .seconds(1)))
    #expect(!holds(signature, now: at - .minutes(6)))
    #expect(!holds(signature, "1531420619", now: at))
    #expect(!holds(String(signature.dropLast()), now: at))
    #expect(!holds("", "x", now: at))
  }

  /// The example of Twilio's documentation on validating requests.
  @Test func twilioSignatureOfTheDocumentation() {
    let form = [
      ("CallSid", "CA1234567890ABCDE"), ("Caller", "+12349013030"), ("Digits", "1234"), ("From", "+12349013030"),
      ("To", "+18005551212"),
    ].map { (name: $0.0, value: $0.1) }
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    let good = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    #expect(ReplySignature.isTwilio(good, url: url, form: form, token: Secret("12345")))
    #expect(ReplySignature.isTwilio(good, url: url, form: form.reversed(), token: Secret("12345")))
    #expect(!ReplySignature.isTwilio(good, url: url, form: form, token: Secret("12346")))
    #expect(!ReplySignature.isTwilio(good, url: url + "&", form: form, token: Secret("12345")))
    #expect(!ReplySignature.isTwilio(good, url: url, form: Array(form.dropLast()), token: Secret("12345")))
  }
}
