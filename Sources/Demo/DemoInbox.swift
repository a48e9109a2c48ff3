import Base
import Synchronization

/// What the demo's phone has received: by webhook, Slack-compatible webhook and mail, with a page to look at it.
final class DemoInbox: Sendable {
  struct Message: Sendable, Hashable {
    var number = 0
    var received: Instant
    /// `webhook`, `slack` or `mail`.
    var via: String
    var key: String?
    /// `fired`, `acknowledged`, `resolved`, `test`, or something else that the sender wrote.
    var kind: String
    var title: String
    var body: String
    var severity: String?
    var service: String?
    var link: String?
    var acknowledgeLink: String?
    /// How often it came: more than once when a sender could not know whether the first one had arrived.
    var copies = 1
  }

  struct State: Sendable {
    /// Oldest first.
    var messages: [Message] = []
    var nextNumber = 1
  }

  /// Older messages are forgotten.
  static let limit = 200
  static let maxBodyBytes = 256 << 10

  private let state = Mutex(State())

  /// Newest first.
  var messages: [Message] { state.withLock { $0.messages.reversed() } }

  func clear() { state.withLock { $0.messages = [] } }

  /// Keeps the message, or counts one more copy of the one with the same key.
  func receive(_ message: Message) {
    state.withLock { state in
      if let key = message.key,
        let index = state.messages.firstIndex(where: { $0.key == key && $0.via == message.via })
      {
        state.messages[index].copies += 1
        return
      }
      var message = message
      message.number = state.nextNumber
      state.nextNumber += 1
      state.messages.append(message)
      if state.messages.count > Self.limit { state.messages.removeFirst(state.messages.count - Self.limit) }
    }
  }
}

extension DemoInbox.Message {
  /// Reads our webhook's document; other JSON objects are kept with what they have.
  init(webhook json: JSON, key: String?, at now: Instant) {
    self.init(
      received: now, via: "webhook", key: key ?? json["key"]?.string,
      kind: Self.cut(json["kind"]?.string ?? "message", 40),
      title: Self.cut(json["title"]?.string ?? "(no title)", 300),
      body: Self.cut(json["body"]?.string ?? "", 4_000))
    severity = json["severity"]?.string.map { Self.cut($0, 40) }
    service = json["service"]?.string.map { Self.cut($0, 100) }
    link = Self.link(json["links"]?["page"]?.string)
    acknowledgeLink = Self.link(json["links"]?["acknowledge"]?.string)
  }

  /// Reads a Slack message: the header block or the text is its title, sections its body, link buttons its links.
  init(slack json: JSON, key: String?, at now: Instant) {
    var title = json["text"]?.string ?? "(no text)"
    var body: [String] = []
    var links: (page: String?, acknowledge: String?)
    for block in json["blocks"]?.array ?? [] {
      switch block["type"]?.string {
      case "header": title = block["text"]?["text"]?.string ?? title
      case "section":
        if let text = block["text"]?["text"]?.string { body.append(text) }
        body += (block["fields"]?.array ?? []).compactMap { $0["text"]?.string }
      case "actions":
        for element in block["elements"]?.array ?? [] {
          let link = Self.link(element["url"]?.string)
          switch element["action_id"]?.string {
          case "open_acknowledge": links.acknowledge = link
          case "open_resolve": break
          default: links.page = link
          }
        }
      default: break
      }
    }
    let plain = body.joined(separator: "\n").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&amp;", with: "&")
    self.init(
      received: now, via: "slack", key: key, kind: Self.kind(ofTitle: title), title: Self.cut(title, 300),
      body: Self.cut(plain, 4_000))
    link = links.page
    acknowledgeLink = links.acknowledge
  }

  /// Titles of our chat messages and mails begin with `[resolved]`, `[acknowledged]`, `[test]` or a severity.
  static func kind(ofTitle title: String) -> String {
    for kind in ["acknowledged", "resolved", "notice", "test"] where title.hasPrefix("[\(kind)]") { return kind }
    return title.hasPrefix("[") ? "fired" : "message"
  }

  /// Only what a browser opens as a page may become a link.
  static func link(_ text: String?) -> String? {
    guard let text, text.utf8.count <= 3_000 else { return nil }
    return text.hasPrefix("http://") || text.hasPrefix("https://") ? text : nil
  }

  static func cut(_ text: String, _ limit: Int) -> String {
    text.count > limit ? String(text.prefix(limit)) + "…" : text
  }

  var json: JSON {
    func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    return [
      "number": .int(Int64(number)), "received": .string(received.rfc3339), "via": .string(via), "key": optional(key),
      "kind": .string(kind), "title": .string(title), "body": .string(body), "severity": optional(severity),
      "service": optional(service), "copies": .int(Int64(copies)),
      "links": ["page": optional(link), "acknowledge": optional(acknowledgeLink)],
    ]
  }
}
