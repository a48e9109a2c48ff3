import ArgumentParser
import Base
import Outbound

/// `mainstay oncall handover`.
struct HandoverVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handover", abstract: "Notes for who comes on call.",
    discussion: """
      EXAMPLE
        mainstay oncall handover show primary
        mainstay oncall handover note primary "the cache is still cold"
      """,
    subcommands: [List.self, Show.self, Note.self])

  static let path = "/api/v1/handovers"

  /// The id itself, or that of the last note of a schedule.
  static func find(_ name: String, _ connection: Connection) async throws -> String {
    if ULID(name) != nil { return name }
    guard let id = try await connection.items(path, query: [("schedule", name)], limit: 1).first?.text("id") else {
      throw Failure("no hand-over of \(name) is on record", code: 1)
    }
    return id
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hand-overs, newest first.",
      discussion: """
        EXAMPLE
          mainstay oncall handover list --schedule primary
        """)

    @Option(name: .long, help: "Only of this schedule.") var schedule: String?
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("schedule", schedule)], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      var table = Table(("WHEN", .left), ("SCHEDULE", .left), ("FROM", .left), ("TO", .left), ("ID", .left))
      for item in items {
        table.add(
          .init(item.time("change").map(Words.stamp)), .init(item.text("schedule")), .init(item.text("from")),
          .init(item.text("to")), .init(item.text("id")))
      }
      table.show(empty: "no hand-overs yet")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The last note of a schedule, or one by its id, as Markdown.",
      discussion: """
        EXAMPLE
          mainstay oncall handover show primary
        """)

    @Argument(help: "The schedule, or the note's id.") var name: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let handover = try await server.connect { try await $0.api.get(Connection.path(path, try await find(name, $0))) }
      if output.printed(handover) { return }
      for line in (handover.text("markdown") ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
        print(Terminal.printable(line))
      }
      for note in handover["notes"]?.array ?? [] {
        print("> \(Terminal.printable(note.text("text") ?? ""))  (\(Terminal.printable(note.text("by") ?? "")))")
      }
    }
  }

  struct Note: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add what you know to the last note of a schedule, or to one by its id.",
      discussion: """
        EXAMPLE
          mainstay oncall handover note primary "the cache is still cold"
        """)

    @Argument(help: "The schedule, or the note's id.") var name: String
    @Argument(help: "What to add.") var text: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body: JSON = ["text": .string(text)]
      let handover = try await server.connect {
        try await $0.api.post(Connection.path(path, try await find(name, $0), "/notes"), body)
      }
      if output.printed(handover) { return }
      print("added to the hand-over of \(Terminal.printable(handover.text("schedule") ?? name))")
    }
  }
}
