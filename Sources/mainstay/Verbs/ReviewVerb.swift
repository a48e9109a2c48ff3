import ArgumentParser
import Base
import Outbound

/// `mainstay review`.
struct ReviewVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review", abstract: "The drafted reviews of incidents.",
    discussion: """
      EXAMPLE
        mainstay review list
        mainstay review show 12 > reviews/incident-12.md
      """,
    subcommands: [List.self, Show.self])

  static let path = "/api/v1/reviews"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reviews, newest first.",
      discussion: """
        EXAMPLE
          mainstay review list
        """)

    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect { try await $0.items(path, limit: limit.count) }
      if output.printed(.list(items)) { return }
      let now = Clock.now()
      var table = Table(
        ("INCIDENT", .right), ("ID", .left), ("SEVERITY", .left), ("SERVICE", .left), ("DUE", .left), ("TITLE", .left))
      for item in items {
        table.add(
          .init(item["number"]?.int.map { String($0) }), .init(item.text("id")), .init(item.text("severity")),
          .init(item.text("service")), .init(Words.time(item.time("due"), now: now)), .init(item.text("title")))
      }
      table.show(empty: "no reviews; one is drafted when an incident is resolved")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A review as Markdown.",
      discussion: """
        EXAMPLE
          mainstay review show 12 > reviews/incident-12.md
        """)

    @Argument(help: "The number of its incident, or its id.") var review: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let found = try await server.connect { connection in
        var id = review
        if let number = Int64(review) {
          let items = try await connection.items(path, limit: 10_000)
          guard let match = items.first(where: { $0["number"]?.int == number })?.text("id") else {
            throw Failure("no review of incident \(number)", code: 1)
          }
          id = match
        }
        return try await connection.api.get(Connection.path(path, id))
      }
      if output.printed(found) { return }
      print(found.text("markdown") ?? "")
    }
  }
}
