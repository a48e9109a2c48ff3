import ArgumentParser
import Base
import Outbound

/// `mainstay oncall override`.
struct OverrideVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "override", abstract: "Have somebody cover part of a schedule.",
    discussion: """
      EXAMPLE
        mainstay oncall override create primary --user ben --from +1h --to +9h
        mainstay oncall override cancel primary 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
      """,
    subcommands: [List.self, Create.self, Cancel.self])

  static func path(_ schedule: String) -> String { Connection.path("/api/v1/schedules", schedule, "/overrides") }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The overrides of a schedule, newest first.",
      discussion: """
        EXAMPLE
          mainstay oncall override list primary
        """)

    @Argument(help: "The schedule.") var schedule: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect { try await $0.items(path(schedule), limit: 1_000) }
      if output.printed(.list(items)) { return }
      var table = Table(("ID", .left), ("USER", .left), ("FROM", .left), ("TO", .left), ("BY", .left))
      for item in items {
        table.add(
          .init(item.text("id")), .init(item.text("user")), .init(item.time("start").map(Words.stamp)),
          .init(item.time("end").map(Words.stamp)), .init(item.text("by")))
      }
      table.show(empty: "no overrides of \(schedule)")
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Somebody covers from one time to another; the newest override wins.",
      discussion: """
        EXAMPLE
          mainstay oncall override create primary --user ben --from 2026-12-24T09:00:00Z --to 2026-12-25T09:00:00Z
        """)

    @Argument(help: "The schedule.") var schedule: String
    @Option(name: .long, help: "Who covers.") var user: String
    @Option(name: .long, help: .init("From when; now by default. " + Moment.help)) var from: Moment?
    @Option(name: .long, help: "Until when, exclusive.") var to: Moment
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      let body: JSON = [
        "user": .string(user), "start": .string((from?.instant(now: now) ?? now).rfc3339),
        "end": .string(to.instant(now: now).rfc3339),
      ]
      let made = try await server.connect { try await $0.api.post(path(schedule), body) }
      if output.printed(made) { return }
      print(
        "\(user) covers \(schedule) from \(made.time("start").map(Words.stamp) ?? "?") to "
          + "\(made.time("end").map(Words.stamp) ?? "?"); override \(made.text("id") ?? "?")")
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel an override; the schedule's own turn resumes.",
      discussion: """
        EXAMPLE
          mainstay oncall override cancel primary 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
        """)

    @Argument(help: "The schedule.") var schedule: String
    @Argument(help: "The override's id.") var id: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      _ = try await server.connect { try await $0.api.delete(Connection.path(path(schedule), id)) }
      print("cancelled \(id)")
    }
  }
}
