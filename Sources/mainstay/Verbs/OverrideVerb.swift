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
        mainstay oncall override create primary --nobody --from 2026-12-24T22:00:00Z --to 2026-12-25T06:00:00Z
        mainstay oncall override change primary 01KAJ4ZJ8Q3V5T6M7N8P9RABCD --to +10h
        mainstay oncall override cancel primary 01KAJ4ZJ8Q3V5T6M7N8P9RABCD
      """,
    subcommands: [List.self, Create.self, Change.self, Cancel.self])

  /// Who covers, of whom one is given or neither.
  struct Cover: ParsableArguments {
    @Option(name: .long, help: "Who covers.") var user: String?
    @Flag(name: .long, help: "Leave the time uncovered on purpose: pages go to the next level at once.")
    var nobody = false

    func validate() throws {
      if nobody, user != nil { throw ValidationError("give --user or --nobody, not both") }
    }

    var isGiven: Bool { nobody || user != nil }

    var members: JSONObject {
      if nobody { return JSONObject([.init(key: "nobody", value: true)]) }
      return JSONObject(user.map { [.init(key: "user", value: .string($0))] } ?? [])
    }
  }

  static func sentence(_ made: JSON, _ schedule: String) -> String {
    let from = made.time("start").map(Words.stamp) ?? "?"
    let to = made.time("end").map(Words.stamp) ?? "?"
    let who = made.text("user").map { "\($0) covers \(schedule)" } ?? "nobody covers \(schedule)"
    return "\(who) from \(from) to \(to); override \(made.text("id") ?? "?")"
  }

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
          .init(item.text("id")), .init(item.text("user") ?? "(nobody)"), .init(item.time("start").map(Words.stamp)),
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
    @OptionGroup var cover: Cover
    @Option(name: .long, help: .init("From when; now by default. " + Moment.help)) var from: Moment?
    @Option(name: .long, help: "Until when, exclusive.") var to: Moment
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      var body = cover.members
      body["start"] = .string((from?.instant(now: now) ?? now).rfc3339)
      body["end"] = .string(to.instant(now: now).rfc3339)
      let made = try await server.connect { [body] in try await $0.api.post(path(schedule), .object(body)) }
      if output.printed(made) { return }
      print(sentence(made, schedule))
    }

    func validate() throws {
      if !cover.isGiven { throw ValidationError("give --user, or --nobody to leave the time uncovered") }
    }
  }

  struct Change: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an override another person or other times; what is left out stays.",
      discussion: """
        EXAMPLE
          mainstay oncall override change primary 01KAJ4ZJ8Q3V5T6M7N8P9RABCD --user cem --to +10h
        """)

    @Argument(help: "The schedule.") var schedule: String
    @Argument(help: "The override's id.") var id: String
    @OptionGroup var cover: Cover
    @Option(name: .long, help: .init("From when. " + Moment.help)) var from: Moment?
    @Option(name: .long, help: "Until when, exclusive.") var to: Moment?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      var body = cover.members
      if let from { body["start"] = .string(from.instant(now: now).rfc3339) }
      if let to { body["end"] = .string(to.instant(now: now).rfc3339) }
      let made = try await server.connect { [body] in
        try await $0.api.patch(Connection.path(path(schedule), id), .object(body))
      }
      if output.printed(made) { return }
      print(sentence(made, schedule))
    }

    func validate() throws {
      if !cover.isGiven, from == nil, to == nil { throw ValidationError("give --user, --nobody, --from or --to") }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel an override; the schedule's own turn resumes. One that has begun ends now.",
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
