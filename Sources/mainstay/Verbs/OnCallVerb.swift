import ArgumentParser
import Base
import OnCall
import Outbound

/// `mainstay oncall`.
struct OnCallVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oncall", abstract: "Who is on call, when, and who covers.",
    discussion: """
      EXAMPLE
        mainstay oncall who --definitions definitions
        mainstay oncall gaps --definitions definitions --to +84d
        mainstay oncall override create primary --user ben --from 2026-12-24T09:00:00Z --to 2026-12-25T09:00:00Z

      With --definitions no server is needed; overrides live on the server, so without it the server is asked.
      """,
    subcommands: [
      Who.self, Shifts.self, ICal.self, Gaps.self, Quality.self, OverrideVerb.self, LoadVerb.self, HandoverVerb.self,
    ])

  struct Who: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Who is on call in every schedule.",
      discussion: """
        EXAMPLE
          mainstay oncall who --definitions definitions --at 2026-12-24T20:00:00Z
        """)

    @Option(name: .long, help: .init(Moment.help)) var at: Moment?
    @Option(name: .long, help: "Only this schedule.") var schedule: String?
    @Option(name: .long, help: .init("Read this directory instead of asking a server.", valueName: "dir"))
    var definitions: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      let at = self.at?.instant(now: now) ?? now
      var items: [JSON]
      if let definitions {
        items = try ScheduleSource(definitions: definitions).plan.schedules.map { Self.entry($0, at: at) }
      } else {
        items = try await server.connect {
          try await $0.api.get("/api/v1/oncall", query: [("at", at.rfc3339)])["items"]?.array ?? []
        }
      }
      if let schedule {
        items = items.filter { $0.text("schedule") == schedule }
        if items.isEmpty { throw Failure("no schedule \(schedule)", code: 1) }
      }
      if output.printed(["at": .string(at.rfc3339), "items": .array(items)]) { return }
      var table = Table(("SCHEDULE", .left), ("ON CALL", .left), ("UNTIL", .left))
      for item in items {
        let user = item.text("user")
        table.add(
          .init(item.text("schedule")), user == nil ? .init("nobody", .bad) : .init(user),
          .init(Words.time(item.time("until"), now: now, wide: true)))
      }
      table.show(empty: "no schedules; write a Schedule into the definitions")
    }

    private static func entry(_ schedule: ScheduleDefinition, at: Instant) -> JSON {
      let shift = schedule.onCall(at: at).first
      let until = shift?.end ?? schedule.nextChange(after: at)
      return .sparse([
        ("schedule", .string(schedule.name)), ("user", shift.map { .string($0.user) }),
        ("until", until.map { .string($0.rfc3339) }), ("layer", shift?.layer.map(JSON.string)),
        ("override", .bool(false)),
      ])
    }
  }
}
