import ArgumentParser
import Base
import Outbound

/// `mainstay alert`.
struct AlertVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert", abstract: "See alerts, take them, end them.",
    discussion: """
      EXAMPLE
        mainstay alert list
        mainstay alert acknowledge 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
      """,
    subcommands: [
      List.self, Show.self, Fire.self, Acknowledge.self, Escalate.self, Resolve.self, JudgeVerb.self, NoiseVerb.self,
    ])

  static let path = "/api/v1/alerts"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Alerts, newest first.",
      discussion: """
        EXAMPLE
          mainstay alert list --state open --service playback
        """)

    @Option(name: .long, help: "open, firing, acknowledged, suppressed or resolved; all by default.")
    var state: String?
    @Option(name: .long, help: "Only of this service.") var service: String?
    @Option(name: .long, help: "Only of services that this team owns.") var team: String?
    @Option(name: .long, help: "Only of services of this tier.") var tier: Int?
    @Option(name: .long, help: "page, ticket or record.") var urgency: String?
    @Option(name: .long, help: "Only what came in by this integration.") var integration: String?
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(
          path,
          query: [
            ("state", state), ("service", service), ("team", team), ("tier", tier.map(String.init)),
            ("urgency", urgency), ("integration", integration),
          ], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("STATE", .left), ("ID", .left), ("SEVERITY", .left), ("SERVICE", .left), ("FIRED", .left), ("SUMMARY", .left))
      for item in items {
        table.add(
          .state(AlertVerb.state(item)), .init(item.text("id")), .init(item.text("severity")),
          .init(item.text("service")), .init(Words.time(item.time("firedAt"), now: Clock.now())),
          .init(item.text("summary")))
      }
      table.show(empty: "no alerts")
    }
  }

  static func state(_ alert: JSON) -> String? { alert.text("state") ?? alert.text("status") }

  struct Fire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fire an alert by hand; an open one with the same key is not fired again.",
      discussion: """
        EXAMPLE
          mainstay alert fire "Checkout refuses cards" --service checkout --severity critical
        """)

    @Argument(help: "What is wrong, in a line.") var summary: String
    @Option(name: .long, help: "The service it is about.") var service: String?
    @Option(name: .long, help: "critical, error, warning or info.") var severity: String?
    @Option(name: .long, help: "page or ticket.") var urgency: String?
    @Option(name: .long, help: "What makes two signals one alert.") var key: String?
    @Option(name: .long, help: "More than a line.") var detail: String?
    @Option(name: .long, help: "Where to read on.") var link: String?
    @Option(name: .long, help: "NAME=VALUE, for silences and inhibitions; may be repeated.") var label: [String] = []
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
      for label in label where !label.dropFirst().contains("=") {
        throw ValidationError("--label \(label): write NAME=VALUE")
      }
    }

    func run() async throws {
      let labels = label.map { text in
        let end = text.firstIndex(of: "=") ?? text.endIndex
        return JSONObject.Member(key: String(text[..<end]), value: .string(String(text[end...].dropFirst())))
      }
      let body = JSON.sparse([
        ("labels", labels.isEmpty ? nil : .object(JSONObject(labels))), ("summary", .string(summary)),
        ("service", service.map(JSON.string)), ("severity", severity.map(JSON.string)),
        ("urgency", urgency.map(JSON.string)), ("key", key.map(JSON.string)), ("detail", detail.map(JSON.string)),
        ("link", link.map(JSON.string)),
      ])
      let alert = try await server.connect { try await $0.api.post(path, body) }
      if output.printed(alert) { return }
      print("fired alert \(alert.text("id") ?? "?")")
    }
  }

  struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take an alert: nobody further is paged.",
      discussion: """
        EXAMPLE
          mainstay alert acknowledge 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
        """,
      aliases: ["ack"])

    @Argument(help: "Its id, or the end of it.") var id: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let alert = try await server.connect {
        try await $0.api.post(Connection.path(path, try await AlertVerb.id(id, $0), "/acknowledge"))
      }
      if output.printed(alert) { return }
      print("\(alert.text("acknowledgedBy") ?? "you") acknowledged: \(Terminal.printable(alert.text("summary") ?? id))")
    }
  }

  struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End an alert.",
      discussion: """
        EXAMPLE
          mainstay alert resolve 01KAJ4ZJ8Q3V5T6M7N8P9RABCD --reason "fixed by the rollback"
        """)

    @Argument(help: "Its id, or the end of it.") var id: String
    @Option(name: .long, help: "Why it is over.") var reason: String?
    @Option(name: .long, help: "Whether there was something to do: yes or no.") var actionable: Answer?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body = JSON.sparse([
        ("reason", reason.map(JSON.string)), ("actionable", actionable.map { .bool($0 == .yes) }),
      ])
      let alert = try await server.connect {
        try await $0.api.post(Connection.path(path, try await AlertVerb.id(id, $0), "/resolve"), body)
      }
      if output.printed(alert) { return }
      print("resolved: \(Terminal.printable(alert.text("summary") ?? id))")
    }
  }
}

/// `--limit` of a list.
struct ListLimit: ExpressibleByArgument {
  let count: Int

  static let standard = ListLimit(count: 50)

  init(count: Int) { self.count = count }

  init?(argument: String) {
    guard let count = Int(argument), (1...100_000).contains(count) else { return nil }
    self.count = count
  }

  var defaultValueDescription: String { String(count) }
}
