import Base
import Foundation
import NIOSSL
import Testing

@testable import Outbound

/// A mail server that follows the protocol far enough, and keeps what it is told.
private struct MailScript: Sendable {
  var capabilities: [String] = []
  var startTLS: NIOSSLContext?
  /// Answers that replace the usual ones, by the command's first word; `.` is the end of the message.
  var answers: [String: String] = [:]
  /// Sent right behind the go-ahead for STARTTLS.
  var injection = ""
  let commands = Seen<String>()
  let messages = Seen<String>()

  func serve(_ connection: Connection) async throws {
    try await connection.write(answers["greeting"] ?? "220 mail.example ESMTP\r\n")
    while let line = try await connection.line() {
      commands.add(line)
      let verb = String(line.split(separator: " ").first ?? "").uppercased()
      if let answer = answers[verb] {
        if answer.isEmpty { return }
        try await connection.write(answer)
        continue
      }
      switch verb {
      case "EHLO":
        let lines = ["mail.example"] + capabilities
        for (index, text) in lines.enumerated() {
          try await connection.write("250\(index == lines.count - 1 ? " " : "-")\(text)\r\n")
        }
      case "STARTTLS":
        guard let startTLS else {
          try await connection.write("220 go\r\n" + injection)
          break
        }
        try await connection.startTLS(startTLS, goAhead: "220 go\r\n" + injection)
      case "AUTH": try await connection.write("235 in\r\n")
      case "DATA":
        try await connection.write("354 go\r\n")
        var lines: [String] = []
        while let text = try await connection.line(), text != "." {
          lines.append(text.hasPrefix(".") ? String(text.dropFirst()) : text)
        }
        messages.add(lines.joined(separator: "\n"))
        guard let answer = answers["."] else {
          try await connection.write("250 queued\r\n")
          continue
        }
        if answer.isEmpty { return }
        try await connection.write(answer)
      case "QUIT":
        try await connection.write("221 bye\r\n")
        return
      default: try await connection.write("250 ok\r\n")
      }
    }
  }
}

private func send(
  _ script: MailScript, security: SMTPServer.Security = .none, host: String = "127.0.0.1", tls: NIOSSLContext? = nil,
  login: SMTPLogin? = nil, trust: Bool = true, replyTimeout: Interval = .seconds(20)
) async throws -> SMTPOutcome {
  try await withServer(tls: tls, { try await script.serve($0) }) { port in
    var configuration = SMTPClient.Configuration()
    configuration.trustRootsFile = trust ? Certificate.made?.certificate : nil
    configuration.replyTimeout = replyTimeout
    return await SMTPClient(configuration: configuration).send(
      Array("Subject: hi\r\n\r\n.dot\r\nend\r\n".utf8),
      envelope: SMTPEnvelope(from: "m@reel.example", to: ["ana@reel.example"]),
      server: SMTPServer(host: host, port: port, security: security), login: login)
  }
}

private let ana = SMTPLogin(user: "ana", password: Secret("pa55"))

@Suite(.timeLimit(.minutes(5))) struct SMTPClientTests {
  @Test func handsOver() async throws {
    let script = MailScript()
    #expect(try await send(script) == .accepted(reply: "250 queued"))
    #expect(script.messages.all == ["Subject: hi\n\n.dot\nend"])
    #expect(
      script.commands.all.prefix(3) == ["EHLO localhost", "MAIL FROM:<m@reel.example>", "RCPT TO:<ana@reel.example>"])
  }

  @Test(.enabled(if: Certificate.made != nil)) func startTLSAndLogin() async throws {
    let script = MailScript(capabilities: ["STARTTLS", "AUTH PLAIN"], startTLS: try Certificate.serverContext())
    #expect(
      try await send(script, security: .startTLS, host: "localhost", login: ana) == .accepted(reply: "250 queued"))
    #expect(
      script.commands.all.prefix(4) == ["EHLO localhost", "STARTTLS", "EHLO localhost", "AUTH PLAIN AGFuYQBwYTU1"])
  }

  @Test(.enabled(if: Certificate.made != nil)) func implicitTLS() async throws {
    let context = try Certificate.serverContext()
    #expect(
      try await send(MailScript(), security: .tls, host: "localhost", tls: context) == .accepted(reply: "250 queued"))
    #expect(
      try await send(MailScript(), security: .tls, host: "127.0.0.1", tls: context) == .accepted(reply: "250 queued"))
  }

  @Test(.enabled(if: Certificate.made != nil), arguments: [SMTPServer.Security.tls, .startTLS])
  func certificatesAreChecked(security: SMTPServer.Security) async throws {
    let context = try Certificate.serverContext()
    let script = MailScript(capabilities: ["STARTTLS"], startTLS: security == .tls ? nil : context)
    let outcome = try await send(
      script, security: security, host: "localhost", tls: security == .tls ? context : nil, trust: false)
    guard case .failed(let failure) = outcome else { return missed("\(outcome)") }
    #expect(failure.text.contains("certificate is not trusted"), "\(failure)")
    #expect(!failure.permanent)
    #expect(!script.commands.all.contains { $0.hasPrefix("MAIL") })
  }

  @Test(.enabled(if: Certificate.made != nil)) func wordsBeforeTLSAreRefused() async throws {
    let script = MailScript(
      capabilities: ["STARTTLS"], startTLS: try Certificate.serverContext(), injection: "250 mail.example\r\n")
    let outcome = try await send(script, security: .startTLS, host: "localhost")
    guard case .failed(let failure) = outcome else { return missed("\(outcome)") }
    #expect(failure.text.hasSuffix("the server sent more than its answer before TLS"))
  }

  @Test(arguments: [
    ("RCPT", "550 5.1.1 unknown\r\n", true, "RCPT TO:<ana@reel.example>: 550 5.1.1 unknown"),
    ("RCPT", "451 4.7.1 greylisted\r\n", false, "451 4.7.1 greylisted"),
    ("greeting", "554-no\r\n554 service\r\n", true, "greeting: 554 no service"),
    ("greeting", "421 busy\r\n", false, "greeting: 421 busy"),
    ("greeting", "SSH-2.0-x\r\n", false, "not an SMTP reply"),
    (".", "552 too much\r\n", true, "end of the message: 552 too much"),
    (".", "", false, "it may have been taken all the same"), ("MAIL", "", false, "MAIL FROM:<m@reel.example>"),
  ])
  func refusals(verb: String, answer: String, permanent: Bool, text: String) async throws {
    let outcome = try await send(MailScript(answers: [verb: answer]))
    guard case .failed(let failure) = outcome else { return missed("\(outcome)") }
    #expect(failure.permanent == permanent)
    #expect(failure.text.contains(text), "\(failure.text)")
  }

  @Test func silenceEndsByItself() async throws {
    try await withServer({ try await $0.drain() }) { port in
      var configuration = SMTPClient.Configuration()
      configuration.replyTimeout = .milliseconds(300)
      let outcome = await SMTPClient(configuration: configuration).send(
        [65], envelope: SMTPEnvelope(from: "a@b.c", to: ["d@e.f"]),
        server: SMTPServer(host: "127.0.0.1", port: port, security: .none), login: nil)
      #expect(
        outcome
          == .failed(SMTPFailure(text: "127.0.0.1:\(port): greeting: no answer within 300 ms", permanent: false)))
    }
  }

  @Test func noServerAndBadAddresses() async {
    let client = SMTPClient()
    let down = SMTPServer(host: "127.0.0.1", port: 1, security: .none)
    #expect(
      await client.send([], envelope: SMTPEnvelope(from: "a@b.c", to: ["d@e.f"]), server: down, login: nil)
        == .failed(SMTPFailure(text: "127.0.0.1:1: connection refused", permanent: false)))
    for bad in ["x@y.z>\r\nRCPT TO:<q@r.s", "x", "x@y z", ""] {
      let outcome = await client.send([], envelope: SMTPEnvelope(from: "a@b.c", to: [bad]), server: down, login: nil)
      guard case .failed(let failure) = outcome else { return missed("\(bad)") }
      #expect(failure.permanent && failure.text.hasSuffix("is not a mail address"))
    }
  }

  @Test func cancellationEndsIt() async throws {
    try await withServer({ try await $0.drain() }) { port in
      let outcome = await withTaskGroup(of: SMTPOutcome.self) { group in
        group.addTask {
          await SMTPClient().send(
            [65], envelope: SMTPEnvelope(from: "a@b.c", to: ["d@e.f"]),
            server: SMTPServer(host: "127.0.0.1", port: port, security: .none), login: nil)
        }
        try? await Task.sleep(for: .milliseconds(200))
        group.cancelAll()
        return await group.next()
      }
      guard case .failed(let failure) = outcome else { return missed("sent") }
      #expect(!failure.permanent)
    }
  }
}
