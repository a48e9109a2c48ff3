import ArgumentParser
import Base
import Outbound

/// `mainstay freeze`.
struct FreezeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze", abstract: "See when services are not to be changed, and end a freeze early.",
    discussion: """
      EXAMPLE
        mainstay freeze list --service playback
        mainstay freeze lift festival-premieres
      """,
    subcommands: [List.self, Lift.self])

  static let path = "/api/v1/freezes"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Freezes by name.",
      discussion: """
        EXAMPLE
          mainstay freeze list --state holding
        """)

    @Option(name: .long, help: "Only those of this service.") var service: String?
    @Option(name: .long, help: "coming, holding, lifted or over; all by default.") var state: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("service", service), ("state", state)], limit: 1_000)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("NAME", .left), ("STATE", .left), ("FROM", .left), ("TO", .left), ("SERVICES", .left), ("REASON", .left))
      for item in items {
        let services = item["services"]?.array?.compactMap(\.string).joined(separator: ", ")
        table.add(
          .init(item.text("name")), .init(item.text("state")), .init(item.time("start").map { Words.stamp($0) }),
          .init(item.time("end").map { Words.stamp($0) }), .init(services), .init(item.text("reason")))
      }
      table.show(empty: "no freezes")
    }
  }

  struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a freeze before its time; it takes an editor.",
      discussion: """
        EXAMPLE
          mainstay freeze lift festival-premieres
        """)

    @Argument(help: "The freeze.") var freeze: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let name = freeze
      let lifted = try await server.connect { try await $0.api.post(Connection.path(path, name, "/lift"), [:]) }
      if output.printed(lifted) { return }
      print("lifted \(name); its services may be changed again")
    }
  }
}
