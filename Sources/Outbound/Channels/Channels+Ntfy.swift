import Base

extension Channels {
  func send(_ message: ChannelMessage, to target: NtfyTarget) async throws(OutboundError) -> ChannelOutcome {
    let url = try secrets.value(of: target.server)
    var headers = [HTTPOut.Header("Idempotency-Key", message.key)]
    if let token = target.token {
      headers.append(.init("Authorization", "Bearer \(try secrets.resolve(token).reveal())"))
    }
    let response = try await http.sendJSON(
      NtfyForm.json(message, topic: target.topic), to: url, headers: headers, timeout: timeout,
      maxResponseBytes: 64 << 10)
    return NtfyForm.outcome(of: response, from: OriginURL(url)?.origin ?? "")
  }
}

/// What ntfy's server takes as JSON at its root. JSON and not headers: a title may then be any text, and no line break
/// in it can become a header.
enum NtfyForm {
  static func json(_ message: ChannelMessage, topic: String) -> JSON {
    var object: JSONObject = [
      "topic": .string(topic), "title": .string(cut("\(word(message)) \(message.title.singleLine(limit: 400))", 250)),
      "message": .string(cut(body(of: message), 3_500)), "priority": .int(priority(of: message)),
      "tags": .array([.string(tag(of: message))]),
    ]
    if let link = message.link { object["click"] = .string(link) }
    let actions = actions(of: message)
    if !actions.isEmpty { object["actions"] = .array(actions) }
    return .object(object)
  }

  /// Bytes that a JSON text of the server's limit (4,096 for a message) holds whatever the letters are.
  private static func cut(_ text: String, _ bytes: Int) -> String {
    guard text.utf8.count > bytes else { return text }
    var kept = text.prefix(bytes)
    while kept.utf8.count > bytes - 3 { kept.removeLast() }
    return kept + "…"
  }

  private static func word(_ message: ChannelMessage) -> String {
    message.kind == .fired ? "[\(message.severity)]" : "[\(message.kind.rawValue)]"
  }

  private static func body(of message: ChannelMessage) -> String {
    let lines = [message.body] + message.fields.map { "\($0.name): \($0.value)" }
    let text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
    // An empty message is shown by ntfy as "triggered".
    return text.isEmpty ? message.title.singleLine(limit: 400) : text
  }

  /// 5 wakes, 4 rings, 3 shows.
  private static func priority(of message: ChannelMessage) -> Int64 {
    guard message.kind == .fired else { return 3 }
    return message.severity == "critical" ? 5 : 4
  }

  private static func tag(of message: ChannelMessage) -> String {
    switch message.kind {
    case .fired: message.severity == "critical" ? "rotating_light" : "warning"
    case .acknowledged, .resolved: "white_check_mark"
    case .test, .notice: "information_source"
    }
  }

  /// Acknowledging is one tap: the app posts to the signed link. Resolving opens the page, which asks whether there was
  /// something to do.
  private static func actions(of message: ChannelMessage) -> [JSON] {
    var actions: [JSON] = []
    if let link = message.acknowledgeLink {
      actions.append([
        "action": "http", "label": "Acknowledge", "url": .string(link), "method": "POST", "clear": true,
      ])
    }
    if let link = message.resolveLink {
      actions.append(["action": "view", "label": "Resolve", "url": .string(link)])
    }
    if let link = message.link { actions.append(["action": "view", "label": "Open", "url": .string(link)]) }
    return actions
  }

  /// ntfy says why in JSON: `{"code":42901,"http":429,"error":"limit reached: too many requests"}`.
  static func outcome(of response: HTTPOut.Response, from origin: String) -> ChannelOutcome {
    guard !response.isSuccess, let json = try? JSON(parsing: response.body), let error = json["error"]?.string else {
      return .of(response, from: origin)
    }
    let reason = "\(origin) answered \(response.status): \(error.singleLine(limit: 160))"
    // A full attachment store or a used-up quota of a day (507, 429) passes; an unknown topic or token does not.
    return response.status == 429 || response.status == 408 || response.status >= 500
      ? .retry(reason: reason, after: RetryAfter.interval(response.header("retry-after"))) : .rejected(reason: reason)
  }
}
