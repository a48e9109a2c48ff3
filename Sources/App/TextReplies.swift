import Alerts
import Base
import Engine
import Events
import Fatigue
import Journal
import OnCall
import Outbound
import Outbox
import Runtime
import Web

/// Replies to text messages, as Twilio passes them on: `ACK 1234`.
struct TextReplies: Sendable {
  static let path = "/intake/twilio/sms"
  private static let listedMax = 5
  /// A person's answers are looked for among so many of their texts, the newest.
  private static let textsMax = 200

  var book: @Sendable () -> ReplyBook
  var state: @Sendable () -> State
  var acknowledge: @Sendable (ULID, Actor) async throws -> Void
  var resolve: @Sendable (ULID, _ actionable: Bool?, Actor) async throws -> Void
  var judge: @Sendable (ULID, _ actionable: Bool, Actor) async throws -> Void
  var secrets = SecretResolver.system

  var callback: Callback {
    Callback(path: Self.path, bodyBytesMax: 64 << 10) { request in await answer(request) }
  }

  private func answer(_ request: Callback.Request) async -> Intake.Reply {
    let form = Form.parse(request.body)
    func field(_ name: String) -> String { form.first { $0.name == name }?.value ?? "" }
    let accounts = book().textAccounts
    guard !accounts.isEmpty else { return .told(404, "no SMS channel is defined, so no reply is taken") }
    let tokens = accounts.filter { $0.account == field("AccountSid") }.compactMap { try? secrets.resolve($0.token) }
    let signature = request.headers["x-twilio-signature"] ?? ""
    guard
      tokens.contains(where: {
        ReplySignature.isTwilio(signature, url: request.url, form: form, token: $0)
      })
    else {
      return .told(
        403,
        "the signature is not that of the account for \(request.url); set externalURL to the address Twilio calls")
    }
    guard let person = book().person(number: field("From")) else {
      return Self.say("Mainstay does not know this number. Write it as the address of an SMS method in your Contact.")
    }
    return Self.say(await carryOut(field("Body"), person))
  }

  private func carryOut(_ text: String, _ person: String) async -> String {
    guard let reply = ShortReply(text) else {
      return "Reply ACK and the alert's four digits to acknowledge, RES and the digits to resolve, RES, the digits and "
        + "YES or NO to say as well whether there was something to do."
    }
    let mine = reply.action == .judge ? resolved(by: person, coded: reply.code) : alerts(of: person, for: reply.action)
    let chosen = reply.code.map { code in mine.filter { ShortReply.code(of: $0.id) == code } } ?? mine
    guard !chosen.isEmpty else {
      if reply.action == .judge { return "No alert that you resolved waits for this answer." }
      return reply.code.map { "No open alert of yours has the code \($0)." } ?? "No alert waits for you."
    }
    guard chosen.count == 1 || reply.all else {
      let lines = chosen.prefix(Self.listedMax).map { "\(ShortReply.code(of: $0.id)) \(Self.title($0))" }
      return "Which one? " + lines.joined(separator: "; ")
    }
    do {
      for alert in chosen {
        switch reply.action {
        case .acknowledge: try await acknowledge(alert.id, .user(person))
        case .resolve: try await resolve(alert.id, reply.actionable, .user(person))
        case .judge: try await judge(alert.id, reply.actionable == true, .user(person))
        }
      }
    } catch {
      return (error as? Refusal)?.message ?? "That did not work; open the alert in Mainstay."
    }
    return Self.done(reply, chosen)
  }

  /// What was done; whoever resolves is asked whether there was something to do.
  private static func done(_ reply: ShortReply, _ chosen: [Alert]) -> String {
    let what = chosen.count == 1 ? title(chosen[0]) : "\(chosen.count) alerts"
    let said = reply.actionable.map { $0 ? "there was something to do" : "there was nothing to do" }
    switch reply.action {
    case .acknowledge: return "Acknowledged: \(what)"
    case .judge: return "Noted, \(said ?? ""): \(what)"
    case .resolve:
      if let said { return "Resolved, \(said): \(what)" }
      guard chosen.count == 1 else { return "Resolved: \(what)" }
      let code = ShortReply.code(of: chosen[0].id)
      return "Resolved: \(what)\nWas there something to do? Reply YES \(code) or NO \(code)."
    }
  }

  private static func title(_ alert: Alert) -> String { SMSForm.plain(alert.signal.summary, 80) }

  /// The open alerts for which the person got a text, newest first; for an acknowledgement those that nobody has.
  private func alerts(of person: String, for action: ShortReply.Action) -> [Alert] {
    let state = state()
    return state.escalations.records.sortedKeys.reversed().compactMap { id in
      guard let alert = state.alerts.alerts[id], alert.isOpen,
        action == .resolve || alert.status == .firing,
        state.outbox.pages(of: alert.subject).contains(where: { Self.isText($0, to: person) })
      else { return nil }
      return alert
    }
  }

  private static func isText(_ page: Page, to person: String) -> Bool {
    page.request.person == person && page.request.channel.kind == .sms && page.request.kind == .fired
  }

  /// The alerts for which the person got a text and that they resolved, newest first; without a code those of which
  /// nobody has said whether there was something to do.
  private func resolved(by person: String, coded code: String?) -> [Alert] {
    let state = state()
    var seen: Set<ULID> = []
    return state.outbox.pages.sortedElements.lazy.map(\.value).filter { Self.isText($0, to: person) }.reversed()
      .prefix(Self.textsMax).compactMap { page in
        guard let id = ULID(page.subject.id), seen.insert(id).inserted, let alert = state.alerts.alerts[id],
          alert.resolvedBy == .user(person), code != nil || state.alertBook.actionable(id) == nil
        else { return nil }
        return alert
      }
  }

  /// TwiML: what Twilio sends back as a text.
  static func say(_ text: String) -> Intake.Reply {
    let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>\(escaped)</Message></Response>"
    return Intake.Reply(status: 200, headers: [("content-type", "text/xml; charset=utf-8")], body: Array(xml.utf8))
  }
}
