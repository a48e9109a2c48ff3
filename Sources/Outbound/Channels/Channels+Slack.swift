import Base

extension Channels {
  func send(_ message: ChannelMessage, to target: SlackTarget) async throws(OutboundError) -> ChannelOutcome {
    let url = try secrets.value(of: target.url)
    let response = try await http.sendJSON(
      SlackForm.json(message, isInteractive: target.isInteractive), to: url,
      headers: [HTTPOut.Header("Idempotency-Key", message.key)], timeout: timeout,
      maxResponseBytes: 64 << 10)
    return SlackForm.outcome(of: response, from: OriginURL(url)?.origin ?? "")
  }
}

/// Slack's message JSON. Its limits are Slack's: what is longer is cut, since Slack refuses a whole message for one
/// long field.
public enum SlackForm {
  /// What clicks send back as `action_id`; the value is the alert's id.
  public enum Action: String, Sendable {
    case acknowledge
    /// Asks whether there was something to do.
    case resolve
    case resolveActionable = "resolve_actionable"
    case resolveNoise = "resolve_noise"
  }

  /// - Parameter isInteractive: whether clicks come back; otherwise buttons are links.
  static func json(_ message: ChannelMessage, isInteractive: Bool = false) -> JSON {
    let headline = "\(word(message)) \(message.title.singleLine(limit: 1_000))"
    var blocks: [JSON] = [
      ["type": "header", "text": ["type": "plain_text", "text": .string(cut(headline, 150)), "emoji": false]]
    ]
    if !message.body.isEmpty {
      blocks.append(["type": "section", "text": markdown(cut(escape(message.body), 2_900))])
    }
    let fields = facts(of: message)
    if !fields.isEmpty {
      blocks.append([
        "type": "section",
        "fields": .array(
          fields.prefix(10).map { markdown("*\(cut(escape($0.name), 100))*\n\(cut(escape($0.value), 1_800))") }),
      ])
    }
    var buttons: [JSON] = []
    if isInteractive, let alert = message.answer, message.kind == .fired {
      buttons.append(click("Acknowledge", .acknowledge, alert, style: "primary"))
      buttons.append(click("Resolve", .resolve, alert))
    } else if let link = message.acknowledgeLink, usable(link) {
      buttons.append(button("Acknowledge", link, id: "open_acknowledge", style: "primary"))
      if let link = message.resolveLink, usable(link) {
        buttons.append(button("Resolve", link, id: "open_resolve", style: nil))
      }
    }
    if let link = message.link, usable(link) { buttons.append(button("Open", link, id: "open", style: nil)) }
    if !buttons.isEmpty { blocks.append(["type": "actions", "elements": .array(buttons)]) }
    return [
      "text": .string(cut(text(of: message, headline: headline), 3_000)), "blocks": .array(blocks),
      "unfurl_links": false, "unfurl_media": false,
    ]
  }

  /// What notifications and receivers without blocks show.
  private static func text(of message: ChannelMessage, headline: String) -> String {
    var text = escape(headline)
    if let link = message.acknowledgeLink, usable(link) { text += " <\(link)|Acknowledge>" }
    if let link = message.link, usable(link) { text += " <\(link)|Open>" }
    return text
  }

  private static func word(_ message: ChannelMessage) -> String {
    switch message.kind {
    case .fired: "[\(message.severity)]"
    case .acknowledged: "[acknowledged]"
    case .resolved: "[resolved]"
    case .test: "[test]"
    case .notice: "[notice]"
    }
  }

  private static func facts(of message: ChannelMessage) -> [ChannelMessage.Field] {
    (message.service.map { [ChannelMessage.Field("Service", $0)] } ?? []) + message.fields
  }

  private static func markdown(_ text: String) -> JSON { ["type": "mrkdwn", "text": .string(text)] }

  private static func button(_ label: String, _ url: String, id: String, style: String?) -> JSON {
    var object: JSONObject = [
      "type": "button", "text": ["type": "plain_text", "text": .string(label)], "url": .string(url),
      "action_id": .string(id),
    ]
    if let style { object["style"] = .string(style) }
    return .object(object)
  }

  /// A button whose click comes to us.
  public static func click(_ label: String, _ action: Action, _ value: String, style: String? = nil) -> JSON {
    var object: JSONObject = [
      "type": "button", "text": ["type": "plain_text", "text": .string(label)], "value": .string(value),
      "action_id": .string(action.rawValue),
    ]
    if let style { object["style"] = .string(style) }
    return .object(object)
  }

  private static func usable(_ link: String) -> Bool {
    OriginURL(link) != nil && link.utf8.count <= 3_000 && !link.contains(where: { "<>|".contains($0) })
  }

  /// Slack's three characters: `<!channel>`, `<@U…>` and links are nothing but their brackets.
  public static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  static func cut(_ text: String, _ limit: Int) -> String {
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
  }

  /// Errors that Slack and its likes give in a 200 and that pass by themselves.
  private static let passing: Set<String> = [
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "rollup_error", "team_added_to_org",
  ]

  /// Incoming webhooks answer `ok` as text; Web API methods and many look-alikes answer `{"ok": …}`.
  static func outcome(of response: HTTPOut.Response, from origin: String) -> ChannelOutcome {
    guard response.isSuccess, let json = try? JSON(parsing: response.body), json["ok"]?.bool == false else {
      return .of(response, from: origin)
    }
    let error = (json["error"]?.string ?? "no reason given").singleLine(limit: 160)
    let reason = "\(origin) refused it: \(error)"
    return passing.contains(error)
      ? .retry(reason: reason, after: RetryAfter.interval(response.header("retry-after")))
      : .rejected(reason: reason)
  }
}
