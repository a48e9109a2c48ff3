import Alerts
import Base
import Engine
import Fatigue
import Journal
import Outbound
import Runtime
import Web

/// Clicks on the buttons of messages in Slack: `block_actions` of interactive messages.
///
/// Slack wants an answer within 3 seconds and shows the message that is posted to the click's `response_url` in place
/// of the one clicked on.
struct SlackReplies: Sendable {
  static let path = "/intake/slack/interactive"
  /// For posting the new message; what was clicked is committed before.
  private static let timeout = Interval.milliseconds(1_500)

  var book: @Sendable () -> ReplyBook
  var state: @Sendable () -> State
  var acknowledge: @Sendable (ULID, Actor) async throws -> Void
  var resolve: @Sendable (ULID, _ actionable: Bool, Actor) async throws -> Void
  var judge: @Sendable (ULID, _ actionable: Bool, Actor) async throws -> Void
  var commands: SlackCommands
  var http: HTTPOut
  var secrets = SecretResolver.system

  var callback: Callback {
    Callback(path: Self.path, bodyBytesMax: 256 << 10) { request in await answer(request) }
  }

  private struct Click {
    var action: String
    var alert: ULID?
    var slackID: String
    var slackName: String
    var responseURL: String?
    var blocks: [JSON]
  }

  private func answer(_ request: Callback.Request) async -> Intake.Reply {
    if case .failure(let refused) = SlackSignature.app(of: request, book(), secrets) { return refused.reply }
    guard let payload = Form.parse(request.body).first(where: { $0.name == "payload" })?.value,
      let json = try? JSON(parsing: Array(payload.utf8)), case .object = json
    else { return .told(400, "the form has no member payload with a JSON object") }
    if json["type"]?.string == "view_submission", json["view"]?["callback_id"]?.string == SlackCommands.dialog {
      return await commands.submitted(json)
    }
    guard json["type"]?.string == "block_actions", let click = Self.click(json),
      let action = SlackForm.Action(rawValue: click.action)
    else { return Intake.Reply(status: 200) }
    let message = await act(action, click)
    await replace(click.responseURL, with: message)
    return Intake.Reply(status: 200, headers: [("content-type", "application/json")], body: message.bytes)
  }

  private static func click(_ json: JSON) -> Click? {
    guard let action = json["actions"]?.array?.first, let id = action["action_id"]?.string else { return nil }
    return Click(
      action: id, alert: action["value"]?.string.flatMap { ULID($0) }, slackID: json["user"]?["id"]?.string ?? "",
      slackName: json["user"]?["username"]?.string ?? json["user"]?["name"]?.string ?? "",
      responseURL: json["response_url"]?.string,
      blocks: (json["message"]?["blocks"]?.array ?? []).filter { block in
        let type = block["type"]?.string
        return type == "header" || type == "section"
      })
  }

  /// Does what was clicked, and says what the message is to be now.
  private func act(_ action: SlackForm.Action, _ click: Click) async -> JSON {
    guard let person = book().person(slackID: click.slackID, name: click.slackName) else {
      return Self.whisper(
        "Mainstay does not know whose account \(click.slackID) is. Write it as the address of a Slack method in your "
          + "Contact.")
    }
    guard let id = click.alert, let alert = state().alerts.alerts[id] else {
      return Self.whisper("There is no such alert any more.")
    }
    do {
      switch action {
      case .acknowledge:
        if alert.status == .firing { try await acknowledge(id, .user(person)) }
      case .resolve:
        if alert.isOpen {
          return Self.message(
            click.blocks, note: "\(person), was there something for you to do?",
            buttons: [
              SlackForm.click("Yes, resolved", .resolveActionable, id.description, style: "primary"),
              SlackForm.click("No, nothing to do", .resolveNoise, id.description),
            ])
        }
      case .resolveActionable, .resolveNoise:
        // It may have ended by itself while they thought: the answer counts all the same.
        if alert.isOpen {
          try await resolve(id, action == .resolveActionable, .user(person))
        } else if state().alertBook.actionable(id) == nil {
          try await judge(id, action == .resolveActionable, .user(person))
        }
      }
    } catch {
      // Somebody else was quicker: what holds now is shown. Anything else is said to the person alone.
      if let refusal = error as? Refusal, refusal.kind != .conflict { return Self.whisper(refusal.message) }
    }
    return Self.shown(state().alerts.alerts[id] ?? alert, click.blocks)
  }

  /// The message as the alert stands.
  private static func shown(_ alert: Alert, _ blocks: [JSON]) -> JSON {
    switch alert.status {
    case .resolved:
      return message(blocks, note: "Resolved: \(alert.resolution ?? "")", buttons: [])
    case .acknowledged:
      let who = alert.acknowledgedBy.map { $0.text.split(separator: "/").last.map(String.init) ?? $0.text } ?? ""
      return message(
        blocks, note: "Acknowledged by \(who)",
        buttons: [SlackForm.click("Resolve", .resolve, alert.id.description)])
    case .firing:
      return message(
        blocks, note: "Nobody has it.",
        buttons: [
          SlackForm.click("Acknowledge", .acknowledge, alert.id.description, style: "primary"),
          SlackForm.click("Resolve", .resolve, alert.id.description),
        ])
    }
  }

  private static func message(_ blocks: [JSON], note: String, buttons: [JSON]) -> JSON {
    let text = SlackForm.escape(SMSForm.plain(note, 500))
    var blocks = Array(blocks.prefix(20))
    blocks.append(["type": "context", "elements": [["type": "mrkdwn", "text": .string(text)]]])
    if !buttons.isEmpty { blocks.append(["type": "actions", "elements": .array(buttons)]) }
    return ["replace_original": true, "text": .string(text), "blocks": .array(blocks)]
  }

  /// Seen by the person alone.
  private static func whisper(_ text: String) -> JSON {
    ["response_type": "ephemeral", "replace_original": false, "text": .string(SlackForm.escape(text))]
  }

  /// The request was signed by Slack, which names the address. Still only Slack's own, and this machine's for tests
  /// and bridges, are called.
  private func replace(_ url: String?, with message: JSON) async {
    guard let url, Self.isReplyAddress(url) else { return }
    _ = try? await http.sendJSON(message, to: url, timeout: Self.timeout, maxResponseBytes: 64 << 10)
  }

  static func isReplyAddress(_ url: String) -> Bool {
    url.hasPrefix("https://hooks.slack.com/") || url.hasPrefix("http://127.0.0.1:")
  }
}

extension Intake.Reply {
  /// A refusal as JSON, with a line for whoever reads the sender's log.
  static func told(_ status: Int, _ error: String) -> Intake.Reply {
    let body: JSON = ["ok": false, "error": .string(error)]
    return Intake.Reply(status: status, headers: [("content-type", "application/json")], body: body.bytes)
  }
}
