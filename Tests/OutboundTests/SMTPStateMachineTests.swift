import Testing

@testable import Outbound

private func job(
  _ security: SMTPServer.Security = .none, host: String = "127.0.0.1", login: SMTPLogin? = nil,
  from: String = "m@a.example", to: [String] = ["ana@b.example"], size: Int = 100
) -> SMTPStateMachine.Job {
  SMTPStateMachine.Job(
    server: SMTPServer(host: host, port: 25, security: security, clientName: "us"), login: login,
    envelope: SMTPEnvelope(from: from, to: to), size: size)
}

extension SMTPStateMachine {
  fileprivate mutating func reply(_ code: Int, _ lines: String...) -> Action {
    handle(.reply(SMTPReply(code: code, lines: lines.isEmpty ? [""] : lines)))
  }
}

private let ana = SMTPLogin(user: "ana", password: Secret("pa55"))

@Suite struct SMTPStateMachineTests {
  @Test func plainConversation() {
    var machine = SMTPStateMachine(job(to: ["a@b.c", "d@e.f"]))
    #expect(machine.reply(220, "hi") == .send("EHLO us"))
    #expect(machine.reply(250, "hi", "SIZE 1000") == .send("MAIL FROM:<m@a.example> SIZE=100"))
    #expect(machine.reply(250, "ok") == .send("RCPT TO:<a@b.c>"))
    #expect(machine.reply(250, "ok") == .send("RCPT TO:<d@e.f>"))
    #expect(machine.reply(251, "forwarded") == .send("DATA"))
    #expect(machine.reply(354, "go") == .sendMessage)
    #expect(machine.isInDoubt)
    #expect(machine.reply(250, "queued as 7") == .quit(.accepted(reply: "250 queued as 7")))
    #expect(machine.reply(221, "bye") == .drop)
    #expect(machine.handle(.lost("closed")) == .drop)
  }

  @Test func startTLSForgetsWhatWasOfferedInTheClear() {
    var machine = SMTPStateMachine(job(.startTLS, host: "mail.example", login: ana))
    _ = machine.reply(220)
    #expect(machine.reply(250, "hi", "STARTTLS", "AUTH PLAIN") == .send("STARTTLS"))
    #expect(machine.reply(220, "go") == .startTLS)
    #expect(machine.handle(.secured) == .send("EHLO us"))
    guard case .quit(.failed(let failure)) = machine.reply(250, "hi") else { return missed("logged in") }
    #expect(failure.permanent)
    #expect(failure.text == "mail.example:25: it offers neither AUTH PLAIN nor AUTH LOGIN, and a login is set")
  }

  @Test func startTLSIsNotSkippedWhereItIsNotOffered() {
    var machine = SMTPStateMachine(job(.startTLS))
    _ = machine.reply(220)
    guard case .quit(.failed(let failure)) = machine.reply(250, "hi", "SIZE 10") else { return missed("went on") }
    #expect(failure.permanent)
    #expect(failure.text.contains("STARTTLS"))
  }

  @Test func logsInByPlainAndByLogin() {
    var plain = SMTPStateMachine(job(.tls, host: "mail.example", login: ana))
    _ = plain.reply(220)
    #expect(plain.reply(250, "hi", "AUTH LOGIN PLAIN") == .sendSecret("AUTH PLAIN AGFuYQBwYTU1"))
    #expect(plain.reply(235) == .send("MAIL FROM:<m@a.example>"))

    var login = SMTPStateMachine(job(.tls, host: "mail.example", login: ana))
    _ = login.reply(220)
    #expect(login.reply(250, "hi", "AUTH=LOGIN") == .send("AUTH LOGIN"))
    #expect(login.reply(334, "VXNlcm5hbWU6") == .sendSecret("YW5h"))
    #expect(login.reply(334, "UGFzc3dvcmQ6") == .sendSecret("cGE1NQ=="))
    #expect(login.reply(235) == .send("MAIL FROM:<m@a.example>"))
  }

  @Test func passwordStaysHereInTheClear() {
    var machine = SMTPStateMachine(job(.none, host: "mail.example", login: ana))
    _ = machine.reply(220)
    guard case .quit(.failed(let failure)) = machine.reply(250, "hi", "AUTH PLAIN") else {
      return missed("sent it")
    }
    #expect(failure.permanent && failure.text.contains("in the clear"))
  }

  @Test(arguments: [(421, false), (450, false), (550, true), (554, true), (299, false), (334, false)])
  func refusals(code: Int, permanent: Bool) {
    var machine = SMTPStateMachine(job())
    _ = machine.reply(220)
    _ = machine.reply(250, "hi")
    _ = machine.reply(250)
    let failure: SMTPFailure
    switch machine.reply(code, "no") {
    case .quit(.failed(let found)), .close(.failed(let found)): failure = found
    case let other: return missed("\(other)")
    }
    #expect(failure.permanent == permanent)
    #expect(failure.text.hasPrefix("127.0.0.1:25: RCPT TO:<ana@b.example>: \(code) no"))
  }

  @Test func oneRefusedRecipientStopsAll() {
    var machine = SMTPStateMachine(job(to: ["a@b.c", "d@e.f"]))
    _ = machine.reply(220)
    _ = machine.reply(250, "hi")
    _ = machine.reply(250)
    _ = machine.reply(250)
    guard case .quit(.failed(let failure)) = machine.reply(550, "5.1.1 unknown") else { return missed("sent") }
    #expect(failure.text == "127.0.0.1:25: RCPT TO:<d@e.f>: 550 5.1.1 unknown")
  }

  @Test func doubtIsToldAfterTheMessage() {
    var machine = SMTPStateMachine(job())
    for code in [220, 250, 250, 250, 354] { _ = machine.reply(code) }
    guard case .close(.failed(let failure)) = machine.handle(.lost("no answer within 20 s")) else {
      return missed("no failure")
    }
    #expect(!failure.permanent)
    #expect(
      failure.text == "127.0.0.1:25: end of the message: no answer within 20 s (it may have been taken all the same)")
  }

  @Test func fallsBackToHeloAndMindsSizesAndLetters() {
    var old = SMTPStateMachine(job())
    _ = old.reply(220)
    #expect(old.reply(502, "what?") == .send("HELO us"))
    #expect(old.reply(250, "hi") == .send("MAIL FROM:<m@a.example>"))

    var large = SMTPStateMachine(job(size: 2_000))
    _ = large.reply(220)
    guard case .quit(.failed) = large.reply(250, "hi", "SIZE 1000") else { return missed("sent") }

    var letters = SMTPStateMachine(job(to: ["zoë@b.example"]))
    _ = letters.reply(220)
    #expect(
      letters.reply(250, "hi", "8BITMIME", "SMTPUTF8") == .send("MAIL FROM:<m@a.example> BODY=8BITMIME SMTPUTF8"))
    var refused = SMTPStateMachine(job(to: ["zoë@b.example"]))
    _ = refused.reply(220)
    guard case .quit(.failed(let failure)) = refused.reply(250, "hi", "8BITMIME") else { return missed("sent") }
    #expect(failure.permanent)
  }
}

@Suite struct SMTPReplyTests {
  private func replies(_ text: String, chunk: Int) throws -> [SMTPReply] {
    var parser = SMTPReplyParser()
    var found: [SMTPReply] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      parser.append(bytes[start..<min(start + chunk, bytes.count)])
      while let reply = try parser.next() { found.append(reply) }
    }
    return found
  }

  @Test(arguments: [1, 2, 7, 1_000]) func manyLines(chunk: Int) throws {
    let found = try replies("220 hi\r\n250-a\r\n250-b c\r\n250 d\r\n354\r\n250-\n250 \n", chunk: chunk)
    #expect(
      found == [
        SMTPReply(code: 220, lines: ["hi"]), SMTPReply(code: 250, lines: ["a", "b c", "d"]),
        SMTPReply(code: 354, lines: [""]), SMTPReply(code: 250, lines: ["", ""]),
      ])
  }

  @Test(arguments: ["hello\r\n", "25\r\n", "250-a\r\n251 b\r\n", "999 x\r\n", "250?x\r\n", "SSH-2.0-x\r\n"])
  func malformed(text: String) {
    #expect(throws: SMTPReplyParser.Malformed.self) { try replies(text, chunk: 100) }
  }

  @Test func bounds() {
    #expect(throws: SMTPReplyParser.Malformed.self) { try replies(String(repeating: "2", count: 5_000), chunk: 512) }
    #expect(throws: SMTPReplyParser.Malformed.self) {
      try replies(String(repeating: "250-x\r\n", count: 101), chunk: 64)
    }
  }

  @Test func restAfterAReplyIsSeen() throws {
    var parser = SMTPReplyParser()
    parser.append(Array("220 go\r\n250 injected\r\n".utf8))
    #expect(try parser.next()?.code == 220)
    #expect(parser.hasRest)
    #expect(try parser.next()?.code == 250)
    #expect(!parser.hasRest)
  }
}
