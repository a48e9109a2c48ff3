import ArgumentParser
import Base
import Outbound

/// `mainstay silence`.
struct SilenceVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence", abstract: "Hold alerts back for a while.",
    discussion: """
      EXAMPLE
        mainstay silence preview 'service="search"'
        mainstay silence add 'service="search"' --for 2h --comment "new index"
        mainstay silence expire 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
      """,
    subcommands: [Add.self, List.self, Expire.self, Preview.self])

  static let path = "/api/v1/silences"

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Silence the alerts that match.",
      discussion: """
        EXAMPLE
          mainstay silence add 'service="batch", severity=~"warning|info"' --for 30m --comment backup \\
            --repeat FREQ=DAILY --zone Europe/Lisbon
        """)

    @Argument(help: "Matchers as Alertmanager writes them; all must hold.") var matchers: String
    @Option(name: .customLong("for"), help: "How long, such as 30m, 2h or 1d.") var length: String = "1h"
    @Option(name: .long, help: "When it begins, RFC 3339; now by default.") var start: String?
    @Option(name: .long, help: "Why, for whoever finds it.") var comment: String
    @Option(name: .customLong("repeat"), help: "RFC 5545, such as FREQ=WEEKLY;BYDAY=SU.") var recurrence: String?
    @Option(name: .long, help: "The IANA zone that it repeats in.") var zone: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body = JSON.sparse([
        ("matchers", .string(matchers)), ("duration", .string(length)), ("start", start.map(JSON.string)),
        ("comment", .string(comment)), ("recurrence", recurrence.map(JSON.string)), ("timeZone", zone.map(JSON.string)),
      ])
      let silence = try await server.connect { try await $0.api.post(path, body) }
      if output.printed(silence) { return }
      print(silence.text("id") ?? "?")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Silences, newest first.",
      discussion: """
        EXAMPLE
          mainstay silence list --state active
        """)

    @Option(name: .long, help: "current, pending, active, expired or all.") var state: String = "current"
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("state", state)], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("STATE", .left), ("ID", .left), ("ENDS", .left), ("BY", .left), ("MATCHERS", .left), ("COMMENT", .left))
      for item in items {
        table.add(
          .init(item.text("state")), .init(item.text("id")), .init(item.time("end").map { Words.stamp($0) }),
          .init(item.text("author")), .init(item.text("matchers")), .init(item.text("comment")))
      }
      table.show(empty: "no silences")
    }
  }

  struct Expire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a silence now; what still fires pages.",
      discussion: """
        EXAMPLE
          mainstay silence expire 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
        """)

    @Argument(help: "Its id.") var id: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let silence = try await server.connect { try await $0.api.post(Connection.path(path, id, "/expire"), [:]) }
      if output.printed(silence) { return }
      print("ended: \(Terminal.printable(silence.text("matchers") ?? id))")
    }
  }

  struct Preview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What matchers cover now, and would have held back in the last 30 days.",
      discussion: """
        EXAMPLE
          mainstay silence preview 'alertname="DiskFull"'
        """)

    @Argument(help: "Matchers as Alertmanager writes them.") var matchers: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let text = matchers
      let preview = try await server.connect {
        try await $0.api.get("\(path)/preview", query: [("matchers", text)])
      }
      if output.printed(preview) { return }
      print(preview.text("words") ?? "")
    }
  }
}
