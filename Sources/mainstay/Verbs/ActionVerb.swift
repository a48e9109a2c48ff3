import ArgumentParser
import Base
import Outbound

/// `mainstay action`.
struct ActionVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "action", abstract: "Action items of reviews.",
    discussion: """
      EXAMPLE
        mainstay action list --owner ana
        mainstay action create 12 "Warm the cache at start" --kind prevent --owner ana --due 2026-12-24
        mainstay action close 7
      """,
    subcommands: [List.self, Create.self, Close.self])

  static let path = "/api/v1/actions"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open action items, first due first.",
      discussion: """
        EXAMPLE
          mainstay action list --owner ana
        """)

    @Option(name: .long, help: "Only of this person.") var owner: String?
    @Flag(name: .long, help: "The closed ones, newest first.") var closed = false
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("owner", owner), ("state", closed ? "closed" : nil)], limit: 10_000)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("#", .right), ("KIND", .left), ("OWNER", .left), ("DUE", .left), ("STATE", .left), ("TITLE", .left))
      for item in items {
        let isOverdue = item["overdue"]?.bool == true
        table.add(
          .init(item["number"]?.int.map { String($0) }), .init(item.text("kind")), .init(item.text("owner")),
          .init(item.text("due").map { String($0.prefix(10)) }),
          isOverdue ? .init("overdue", .bad) : .init(item.text("state")), .init(item.text("title")))
      }
      table.show(empty: "no action items; add one with mainstay action create")
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Adds an action item to a review.",
      discussion: """
        EXAMPLE
          mainstay action create 12 "Warm the cache at start" --kind prevent --owner ana --due 2026-12-24
        """)

    @Argument(help: "The number of the review's incident, or its id.") var review: String
    @Argument(help: "What is done.") var title: String
    @Option(name: .long, help: "prevent, detect, mitigate or process.") var kind: String
    @Option(name: .long, help: "A person of the catalog.") var owner: String
    @Option(name: .long, help: "By when: a day.") var due: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let made = try await server.connect { connection in
        let id = try await ReviewVerb.find(review, connection)
        return try await connection.api.post(
          Connection.path(ReviewVerb.path, id, "/actions"),
          [
            "title": .string(title), "kind": .string(kind), "owner": .string(owner), "due": .string(due),
          ])
      }
      if output.printed(made) { return }
      print("action item \(made["number"]?.int ?? 0) is with \(owner), due \(due)")
    }
  }

  struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Closes an action item.",
      discussion: """
        EXAMPLE
          mainstay action close 7
        """)

    @Argument(help: "Its number or its id.") var action: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let closed = try await server.connect { connection in
        var id = action
        if let number = Int64(action) {
          let items = try await connection.items(path, limit: 10_000)
          guard let match = items.first(where: { $0["number"]?.int == number })?.text("id") else {
            throw Failure("no open action item \(number)", code: 1)
          }
          id = match
        }
        return try await connection.api.post(Connection.path(path, id, "/close"))
      }
      print("action item \(closed["number"]?.int ?? 0) is closed")
    }
  }
}
