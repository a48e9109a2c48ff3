import ArgumentParser
import Base
import Outbound

/// `mainstay slo exclusions`.
struct SLOExclusionsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exclusions", abstract: "What is left out of an SLO's budget, newest first.",
    discussion: """
      EXAMPLE
        mainstay slo exclusions playback-availability
        mainstay slo exclusions playback-availability --format json

      Planned maintenance has the place of its definition under BY and no id; what people left out has an id, with
      which `mainstay slo restore` counts it again.
      """)

  @Argument(help: "The SLO's name.") var name: String
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  static func path(_ name: String) -> String { Connection.path("/api/v1/slos", name, "/exclusions") }

  static let table = Table(("FROM", .left), ("TO", .left), ("BY", .left), ("ID", .left), ("WHY", .left))

  static func row(_ item: JSON) -> [Table.Cell] {
    [
      .init(item.time("from").map(Words.stamp)), .init(item.time("to").map(Words.stamp)),
      .init(item.text("author") ?? item.text("place")), .init(item.text("id")), .init(item.text("reason")),
    ]
  }

  func run() async throws {
    try await server.list(
      Self.path(name), output, Self.table, empty: "nothing is left out of the budget of \(name)", row: Self.row)
  }
}

/// `mainstay slo exclude`.
struct SLOExcludeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exclude", abstract: "Leave a time of the past out of an SLO's budget.",
    discussion: """
      EXAMPLE
        mainstay slo exclude playback-availability --from -2h --to -1h --reason "load test agreed with the team"
        mainstay slo exclude playback-availability --from 2026-11-20T14:00:00Z --to 2026-11-20T14:45:00Z \\
          --reason "outage of the payment provider"

      Neither the failures of that time nor its length count, for burn rates and the budget alike. The journal keeps
      who said so and why. A time lies in the past 90 days and is at most 31 days long. Takes an editor.
      """)

  @Argument(help: "The SLO's name.") var name: String
  // Unconditional, so that `-2h` is a value and no flag.
  @Option(name: .long, parsing: .unconditional, help: .init("From when. " + Moment.help)) var from: Moment
  @Option(name: .long, parsing: .unconditional, help: "Until when; now at the latest.") var to: Moment
  @Option(name: .long, help: "Why it was nobody's fault.") var reason: String
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let now = Clock.now()
    let body: JSON = [
      "from": .string(from.instant(now: now).rfc3339), "to": .string(to.instant(now: now).rfc3339),
      "reason": .string(reason),
    ]
    let made = try await server.connect { try await $0.api.post(SLOExclusionsVerb.path(name), body) }
    if output.printed(made) { return }
    print(
      "left out of \(name): \(made.time("from").map(Words.stamp) ?? "?") to "
        + "\(made.time("to").map(Words.stamp) ?? "?"); exclusion \(made.text("id") ?? "?")")
  }
}

/// `mainstay slo restore`.
struct SLORestoreVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Count again what was left out of an SLO's budget.",
    discussion: """
      EXAMPLE
        mainstay slo restore playback-availability 01KAJ4ZJ8Q3V5T6M7N8P9RABCD

      The id is that of `mainstay slo exclusions`. Takes an editor.
      """)

  @Argument(help: "The SLO's name.") var name: String
  @Argument(help: "The exclusion's id.") var id: String
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  func run() async throws {
    _ = try await server.connect { try await $0.api.delete(Connection.path(SLOExclusionsVerb.path(name), id)) }
    if output.printed(["slo": .string(name), "restored": .string(id)]) { return }
    print("counted again for \(name): \(id)")
  }
}
