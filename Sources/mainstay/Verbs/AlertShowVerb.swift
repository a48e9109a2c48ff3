import ArgumentParser
import Base
import Outbound

extension AlertVerb {
  /// `mainstay alert show`: what whoever was paged wants to know, without a browser.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One alert: what it says, who was paged, who is next.",
      discussion: """
        EXAMPLE
          mainstay alert show 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
          mainstay alert show ABCD
        """)

    @Argument(help: "Its id, or the end of it.") var id: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (alert, pages) = try await server.connect { connection in
        let id = try await AlertVerb.id(id, connection)
        return (
          try await connection.api.get(Connection.path(path, id)),
          try await connection.items("/api/v1/pages", query: [("subject", "alert/\(id)")], limit: 200)
        )
      }
      if output.printed(alert) { return }
      AlertVerb.show(alert)
      AlertVerb.show(pages: pages)
    }
  }

  static func show(_ alert: JSON) {
    let now = Clock.now()
    let labels = alert["labels"]?.object?.members.map { "\($0.key)=\"\($0.value.string ?? "")\"" } ?? []
    let level = alert["escalationLevel"]?.int.map { "level \($0)" }
    let next = alert.time("escalationNextAt").map { "the next is paged \(Words.time($0, now: now) ?? "")" }
    let paused = alert.text("escalationPaused").map { "it waits: \($0)" }
    let last = alert["escalationExhausted"]?.bool == true ? "every level was paged, and nobody further will be" : nil
    let escalation = [level, paused ?? next ?? last].compactMap(\.self).joined(separator: "; ")
    Details.show([
      ("alert", alert.text("summary")), ("id", alert.text("id")), ("state", state(alert)),
      ("because", alert.text("suppressedBecause")), ("severity", alert.text("severity")),
      ("urgency", alert.text("urgency")), ("service", alert.text("service")), ("SLO", alert.text("slo")),
      ("detail", alert.text("detail")), ("labels", labels.isEmpty ? nil : labels.joined(separator: ", ")),
      ("key", alert.text("key")), ("source", alert.text("source")),
      ("fired", Words.time(alert.time("firedAt"), now: now, wide: true)),
      ("escalation", escalation.isEmpty ? nil : escalation),
      ("acknowledged", Words.time(alert.time("acknowledgedAt"), now: now, wide: true)),
      ("by", alert.text("acknowledgedBy")), ("resolved", Words.time(alert.time("resolvedAt"), now: now, wide: true)),
      ("reason", alert.text("resolution")), ("link", alert.text("link")),
    ])
  }

  private static func show(pages: [JSON]) {
    guard !pages.isEmpty else { return }
    Terminal.say("")
    var table = Table(
      ("PAGED", .left), ("LEVEL", .right), ("CHANNEL", .left), ("STATE", .left), ("ASKED FOR", .left), ("NOTE", .left))
    for page in pages.reversed() {
      let kind = page.text("kind").flatMap { $0 == "fired" ? nil : $0 }
      let note = page.text("note") ?? page["attempts"]?.array?.last?.text("result")
      table.add(
        .init(page.text("person")), .init(page["level"]?.int.map(String.init)), .init(page.text("channel")),
        .init(page.text("state"), page.text("state") == "dead" ? .bad : nil),
        .init(Words.time(page.time("requestedAt"), now: Clock.now())),
        .init([kind, note].compactMap(\.self).joined(separator: ": ")))
    }
    table.show(empty: "")
  }

  /// The whole id behind the end of an open alert's; whole ids are taken as they are.
  static func id(_ text: String, _ connection: Connection) async throws -> String {
    if text.count == 26 { return text }
    guard text.count >= 4 else { throw Failure("'\(text)' is too short for an alert; give at least four characters") }
    let found = try await connection.items(path, query: [("state", "open")], limit: 2_000)
      .compactMap { $0.text("id") }.filter { $0.hasSuffix(text.uppercased()) }
    guard found.count < 2 else {
      throw Failure("\(found.count) open alerts end in \(text); give more of the id", code: 1)
    }
    guard let id = found.first else {
      throw Failure("no open alert ends in \(text); give the whole id of one that is over", code: 1)
    }
    return id
  }
}
