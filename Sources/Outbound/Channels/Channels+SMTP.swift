import Base
import Crypto

extension Channels {
  func send(_ message: ChannelMessage, to target: SMTPTarget) async throws(OutboundError) -> ChannelOutcome {
    var login: SMTPLogin?
    if let settings = target.server.login {
      login = SMTPLogin(user: settings.user, password: try secrets.resolve(settings.password))
    }
    let mail: [UInt8]
    do {
      mail = try MailForm.message(message, target: target).bytes()
    } catch {
      return .rejected(reason: error.text)
    }
    let outcome = await smtp.send(
      mail, envelope: SMTPEnvelope(from: target.from.address, to: target.to.map(\.address)), server: target.server,
      login: login)
    switch outcome {
    case .accepted(let reply): return .accepted(receipt: reply)
    case .failed(let failure):
      return failure.permanent ? .rejected(reason: failure.text) : .retry(reason: failure.text, after: nil)
    }
  }
}

/// How a message looks as mail.
enum MailForm {
  static func message(_ message: ChannelMessage, target: SMTPTarget) -> MailMessage {
    let domain = target.from.domain
    var mail = MailMessage(
      from: target.from, to: target.to, subject: subject(message), date: message.time,
      messageID: id(message.key, domain: domain), text: text(message))
    mail.html = html(message)
    if let thread = message.thread { mail.references = [id("thread " + thread, domain: domain)] }
    mail.headers = [
      .init("Auto-Submitted", "auto-generated"),
      .init("X-Auto-Response-Suppress", "All"),
      .init("X-Mainstay-Key", message.key),
    ]
    if message.kind == .fired, message.severity == "critical" { mail.headers.append(.init("Importance", "high")) }
    return mail
  }

  /// The same key gives the same id on every attempt, which lets mail stores drop the second copy.
  static func id(_ key: String, domain: String) -> String {
    "<\(WebhookForm.hex(Crypto.SHA256.hash(data: Array(key.utf8)).prefix(16)))@\(domain)>"
  }

  private static func word(_ message: ChannelMessage) -> String {
    message.kind == .fired ? message.severity : message.kind.rawValue
  }

  /// Titles come from alerts, and alerts from outside: a line break becomes a space instead of a refusal, so that an
  /// odd title cannot keep a page from going out.
  static func subject(_ message: ChannelMessage) -> String {
    "[\(word(message))] \(message.title)".singleLine(limit: 300)
  }

  static func text(_ message: ChannelMessage) -> String {
    var lines = [message.title.singleLine(limit: 1_000), ""]
    if let link = message.acknowledgeLink { lines += ["Acknowledge: \(link)", ""] }
    if let link = message.resolveLink { lines += ["Resolve: \(link)", ""] }
    if !message.body.isEmpty { lines += [message.body, ""] }
    if let service = message.service { lines.append("Service: \(service)") }
    lines.append("Severity: \(message.severity)")
    lines += message.fields.map { "\($0.name): \($0.value)" }
    lines.append("Time: \(message.time.rfc3339)")
    if let link = message.link { lines += ["", "Open: \(link)"] }
    return lines.joined(separator: "\n") + "\n"
  }

  static func html(_ message: ChannelMessage) -> String {
    let style = "font:16px/1.5 system-ui,sans-serif"
    var html = "<!doctype html><html><body style=\"\(style)\">"
    html += "<h1 style=\"font-size:20px\">\(escape(message.title.singleLine(limit: 1_000)))</h1>"
    if let link = message.acknowledgeLink, OriginURL(link) != nil {
      html += "<p><a href=\"\(escape(link))\" style=\"display:inline-block;padding:12px 24px;background:#0b5cad;"
      html += "color:#fff;border-radius:6px;text-decoration:none\">Acknowledge</a>"
      if let link = message.resolveLink, OriginURL(link) != nil {
        html += " &nbsp; <a href=\"\(escape(link))\">Resolve</a>"
      }
      html += "</p>"
    }
    if !message.body.isEmpty {
      html += "<p style=\"white-space:pre-line\">\(escape(message.body))</p>"
    }
    html += "<table style=\"border-collapse:collapse\">"
    for field in rows(message) {
      html += "<tr><th style=\"text-align:left;padding:2px 16px 2px 0\">\(escape(field.name))</th>"
      html += "<td>\(escape(field.value))</td></tr>"
    }
    html += "</table>"
    if let link = message.link, OriginURL(link) != nil {
      html += "<p><a href=\"\(escape(link))\">Open in Mainstay</a></p>"
    }
    return html + "</body></html>\n"
  }

  private static func rows(_ message: ChannelMessage) -> [ChannelMessage.Field] {
    (message.service.map { [ChannelMessage.Field("Service", $0)] } ?? [])
      + [.init("Severity", message.severity)] + message.fields + [.init("Time", message.time.rfc3339)]
  }

  private static func escape(_ text: String) -> String {
    SlackForm.escape(text).replacing("\"", with: "&quot;")
  }
}
