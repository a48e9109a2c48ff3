import Base

/// The inbox as HTML. It works without the script, which only fetches the list anew every two seconds.
struct DemoInboxPage {
  let now: Instant
  /// Newest first.
  let messages: [DemoInbox.Message]

  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Demo inbox</title>
    <link rel="stylesheet" href="/inbox.css">
    <noscript><meta http-equiv="refresh" content="5"></noscript>
    <script src="/inbox.js" defer></script>
    </head>
    <body>
    <header>
    <h1>Demo inbox</h1>
    <p>What the people on call of the example company receive.</p>
    </header>
    <main id="list" aria-live="polite">
    \(list)</main>
    <footer>
    <p id="lost" role="status" hidden>No connection to the demo: what you see may be old.</p>
    <form method="post" action="/clear"><button type="submit">Empty the inbox</button></form>
    <p><a href="/inbox.json">The same as JSON</a></p>
    </footer>
    </body>
    </html>

    """
  }

  /// The part that changes.
  var list: String {
    guard !messages.isEmpty else {
      return """
        <p class="empty">Nothing yet. Break a service and somebody will be paged within two minutes:</p>
        <pre><code>mainstay demo break playback</code></pre>

        """
    }
    return messages.map(article).joined()
  }

  private func article(_ message: DemoInbox.Message) -> String {
    var html = "<article class=\"\(Self.style(of: message))\">\n<p class=\"meta\"><strong>"
    html += Self.escape(Self.words(for: message)) + "</strong> "
    html += "<span>\(Self.escape(message.via))</span> "
    html += "<time datetime=\"\(message.received.rfc3339)\" title=\"\(message.received.rfc3339)\">"
    html += Self.ago(now - message.received) + "</time>"
    if message.copies > 1 { html += " <span>received \(message.copies) times</span>" }
    html += "</p>\n<h2>\(Self.escape(message.title))</h2>\n"
    if !message.body.isEmpty { html += "<p class=\"body\">\(Self.escape(message.body))</p>\n" }
    var links = ""
    if let link = message.acknowledgeLink, message.kind == "fired" {
      links += "<a class=\"button\" href=\"\(Self.escape(link))\">Acknowledge</a> "
    }
    if let link = message.link { links += "<a href=\"\(Self.escape(link))\">Open</a>" }
    if !links.isEmpty { html += "<p class=\"links\">\(links)</p>\n" }
    return html + "</article>\n"
  }

  private static func words(for message: DemoInbox.Message) -> String {
    let state = message.kind == "fired" ? "▲ firing" : message.kind == "resolved" ? "✓ resolved" : message.kind
    return [state, message.severity, message.service].compactMap { $0 }.joined(separator: " · ")
  }

  private static func style(of message: DemoInbox.Message) -> String {
    ["fired", "resolved", "acknowledged"].contains(message.kind) ? message.kind : "other"
  }

  static func ago(_ interval: Interval) -> String {
    let seconds = max(0, Int(interval.seconds))
    switch seconds {
    case ..<5: return "just now"
    case ..<120: return "\(seconds) s ago"
    case ..<7_200: return "\(seconds / 60) min ago"
    default: return "\(seconds / 3_600) h ago"
    }
  }

  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
