import Base

/// The client's side of one SMTP conversation that hands over one message (RFC 5321), without any I/O.
///
/// It takes what happened on the connection and says what to do next. Commands are not pipelined: one page is one
/// short message, and every refusal then belongs to the command before it.
struct SMTPStateMachine: Sendable {
  enum Event: Sendable {
    case reply(SMTPReply)
    /// STARTTLS has put TLS on the connection.
    case secured
    /// The connection is gone, or has to go: too slow, cut, malformed. The text is for a person.
    case lost(String)
  }

  enum Action: Sendable, Hashable {
    case wait
    /// Send this line; its end is added.
    case send(String)
    /// As `send`, for lines that hold a secret: never to be logged.
    case sendSecret(String)
    /// Send the message with its end.
    case sendMessage
    /// Put TLS on the connection, then say `secured`. Bytes that came in before are to be refused.
    case startTLS
    /// The outcome is known; say QUIT and wait for the goodbye.
    case quit(SMTPOutcome)
    /// The outcome is known and the connection is of no more use.
    case close(SMTPOutcome)
    /// The outcome has been told already.
    case drop
  }

  struct Job: Sendable {
    var server: SMTPServer
    var login: SMTPLogin?
    var envelope: SMTPEnvelope
    /// The size of the message in bytes.
    var size: Int
  }

  private enum State {
    case greeting
    case ehlo
    case helo
    case startTLS
    case handshake
    case authPlain
    case authLoginUser
    case authLoginPassword
    case authLoginEnd
    case mail
    case recipient(Int)
    case data
    case message
    case quitting
    case done
  }

  private let job: Job
  private var state = State.greeting
  private var isSecure: Bool
  private var capabilities = SMTPCapabilities()

  init(_ job: Job) {
    self.job = job
    isSecure = job.server.security == .tls
  }

  /// Whether the server may have the message although it has not said so. Then a second attempt may duplicate it.
  var isInDoubt: Bool { if case .message = state { true } else { false } }

  mutating func handle(_ event: Event) -> Action {
    switch (state, event) {
    case (.done, _): return .drop
    case (.quitting, _):
      state = .done
      return .drop
    case (_, .lost(let text)):
      let doubt = isInDoubt ? " (it may have been taken all the same)" : ""
      return cut(text + doubt)
    case (.handshake, .secured):
      isSecure = true
      // What was offered in the clear does not count (RFC 3207, section 4.2).
      capabilities = SMTPCapabilities()
      return hello()
    case (_, .secured), (.handshake, .reply): return cut("out of order")
    case (_, .reply(let reply)): return handle(reply)
    }
  }

  private mutating func handle(_ reply: SMTPReply) -> Action {
    switch (state, reply.code) {
    case (.greeting, 220): return hello()
    case (.ehlo, 250):
      capabilities = SMTPCapabilities(ehlo: reply)
      return afterHello()
    case (.ehlo, 500...504) where job.server.security == .none && job.login == nil:
      state = .helo
      return .send("HELO \(job.server.clientName)")
    case (.helo, 250): return afterHello()
    case (.startTLS, 220):
      state = .handshake
      return .startTLS
    case (.authPlain, 235), (.authLoginEnd, 235): return mail()
    case (.authLoginUser, 334):
      state = .authLoginPassword
      return .sendSecret(Base64.encode(job.login?.user ?? ""))
    case (.authLoginPassword, 334):
      state = .authLoginEnd
      return .sendSecret(Base64.encode(job.login?.password.reveal() ?? ""))
    case (.mail, 250): return recipient(0)
    case (.recipient(let index), 250...252):
      guard index + 1 < job.envelope.to.count else {
        state = .data
        return .send("DATA")
      }
      return recipient(index + 1)
    case (.data, 354):
      state = .message
      return .sendMessage
    case (.message, 250...259):
      state = .quitting
      return .quit(.accepted(reply: reply.text))
    default: return refuse(reply)
    }
  }

  private mutating func hello() -> Action {
    state = .ehlo
    return .send("EHLO \(job.server.clientName)")
  }

  private mutating func afterHello() -> Action {
    if job.server.security == .startTLS, !isSecure {
      guard capabilities.startTLS else { return fail("it does not offer STARTTLS, which is asked for here") }
      state = .startTLS
      return .send("STARTTLS")
    }
    return job.login == nil ? mail() : authenticate()
  }

  private mutating func authenticate() -> Action {
    guard let login = job.login else { return mail() }
    guard isSecure || job.server.isLoopback else {
      return fail("it would get the password in the clear; use tls or starttls")
    }
    if capabilities.authMechanisms.contains("PLAIN") {
      state = .authPlain
      return .sendSecret("AUTH PLAIN " + Base64.encode("\0\(login.user)\0\(login.password.reveal())"))
    }
    if capabilities.authMechanisms.contains("LOGIN") {
      state = .authLoginUser
      return .send("AUTH LOGIN")
    }
    return fail("it offers neither AUTH PLAIN nor AUTH LOGIN, and a login is set")
  }

  private mutating func mail() -> Action {
    if let limit = capabilities.size, job.size > limit {
      return fail("the message has \(job.size) bytes, and it takes \(limit)")
    }
    var command = "MAIL FROM:<\(job.envelope.from)>"
    if capabilities.size != nil { command += " SIZE=\(job.size)" }
    let addresses = [job.envelope.from] + job.envelope.to
    if !addresses.allSatisfy({ $0.utf8.allSatisfy { $0 < 128 } }) {
      guard capabilities.utf8 else { return fail("it does not take addresses with letters outside ASCII") }
      command += capabilities.eightBitMIME ? " BODY=8BITMIME SMTPUTF8" : " SMTPUTF8"
    }
    state = .mail
    return .send(command)
  }

  private mutating func recipient(_ index: Int) -> Action {
    state = .recipient(index)
    return .send("RCPT TO:<\(job.envelope.to[index])>")
  }

  private mutating func refuse(_ reply: SMTPReply) -> Action {
    let text = "\(name): \(step): \(reply.text)"
    // 421 announces that the server closes the connection, whatever was asked.
    let closes = reply.code == 421
    if case .greeting = state, reply.code / 100 == 5 { return finish(text, permanent: true, polite: true) }
    switch reply.code / 100 {
    case 4: return finish(text, permanent: false, polite: !closes)
    case 5: return finish(text, permanent: true, polite: true)
    default: return finish(text + " (not expected here)", permanent: false, polite: false)
    }
  }

  private mutating func fail(_ text: String) -> Action { finish("\(name): \(text)", permanent: true, polite: true) }

  private mutating func cut(_ text: String) -> Action {
    finish("\(name): \(step): \(text)", permanent: false, polite: false)
  }

  private mutating func finish(_ text: String, permanent: Bool, polite: Bool) -> Action {
    let outcome = SMTPOutcome.failed(SMTPFailure(text: text, permanent: permanent))
    state = polite ? .quitting : .done
    return polite ? .quit(outcome) : .close(outcome)
  }

  private var name: String { "\(job.server.host):\(job.server.port)" }

  /// The step as an error names it.
  private var step: String {
    switch state {
    case .greeting: "greeting"
    case .ehlo: "EHLO"
    case .helo: "HELO"
    case .startTLS: "STARTTLS"
    case .handshake: "TLS handshake"
    case .authPlain, .authLoginUser, .authLoginPassword, .authLoginEnd: "login"
    case .mail: "MAIL FROM:<\(job.envelope.from)>"
    case .recipient(let index): "RCPT TO:<\(job.envelope.to[index])>"
    case .data: "DATA"
    case .message: "end of the message"
    case .quitting, .done: "QUIT"
    }
  }
}

/// Base 64 of RFC 4648, with padding.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ text: String) -> String { encode(Array(text.utf8)) }

  static func encode(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
      for place in 0..<4 {
        let padded = place > group.count
        result.append(padded ? UInt8(ascii: "=") : alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
