import ArgumentParser
import Base
import Outbound

/// `mainstay incident`.
struct IncidentVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "incident", abstract: "Declare incidents, work on them, end them.",
    discussion: """
      EXAMPLE
        mainstay incident list --state open
        mainstay incident declare "No video starts" --severity SEV-2 --service playback
        mainstay incident update 12 "rolled back to 4.2.1" --phase monitoring

      An incident is named by its number or its id.
      """,
    subcommands: [
      List.self, Show.self, Declare.self, Acknowledge.self, Update.self, Note.self, Severity.self, Role.self,
      Handover.self, Link.self, Unlink.self, Merge.self, Unmerge.self, Split.self, Mitigate.self, Resolve.self,
      Reopen.self, Private.self, Public.self, IncidentTimelineVerb.self,
    ])

  static let path = "/api/v1/incidents"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Incidents, newest first.",
      discussion: """
        EXAMPLE
          mainstay incident list --state open
        """)

    @Option(name: .long, help: "open or resolved; all by default.") var state: String?
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("state", state)], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("NUMBER", .right), ("STATE", .left), ("SEVERITY", .left), ("SERVICE", .left), ("OPENED", .left),
        ("TITLE", .left))
      for item in items {
        table.add(
          .init(item["number"]?.int.map { String($0) }), .state(item.text("state")), .init(item.text("severity")),
          .init(item.text("service")), .init(Words.time(item.time("openedAt"), now: Clock.now())),
          .init(item.text("title")))
      }
      table.show(empty: "no incidents")
    }
  }

  /// The id behind a number; ids are taken as they are.
  static func id(_ text: String, _ connection: Connection) async throws -> String {
    guard let number = Int64(text) else { return text }
    let items = try await connection.items(path, limit: 10_000)
    guard let id = items.first(where: { $0["number"]?.int == number })?.text("id") else {
      throw Failure("no incident \(number)", code: 1)
    }
    return id
  }

  /// Posts to an incident and returns it.
  static func act(_ text: String, _ verb: String, _ body: JSON, on server: ServerOptions) async throws -> JSON {
    try await server.connect { connection in
      try await connection.api.post(Connection.path(path, id(text, connection), "/\(verb)"), body)
    }
  }

  static func name(_ incident: JSON) -> String {
    let number = incident["number"]?.int.map { "incident \($0)" } ?? "the incident"
    return "\(number): \(Terminal.printable(incident.text("title") ?? ""))"
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One incident with its timeline.",
      discussion: """
        EXAMPLE
          mainstay incident show 12
        """)

    @Argument(help: "Its number or id.") var incident: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let reference = incident
      let (incident, impact) = try await server.connect { connection in
        let id = try await id(reference, connection)
        return (
          try await connection.api.get(Connection.path(path, id)),
          try await connection.api.get(Connection.path(path, id, "/impact"))
        )
      }
      if output.printed(incident) { return }
      let now = Clock.now()
      Details.show([
        ("incident", incident["number"]?.int.map { "\($0)" }), ("title", incident.text("title")),
        ("id", incident.text("id")), ("state", incident.text("state")), ("severity", incident.text("severity")),
        ("because", incident.text("severityReason")), ("phase", incident.text("phase")),
        ("services", words(incident["services"])), ("roles", roles(incident)),
        ("private", incident["members"].map { "seen by \(words($0) ?? "who has a role")" }),
        ("merged into", incident.text("mergedInto")), ("next update", nextUpdates(incident, now)),
        ("began", Words.time(incident.time("beganAt"), now: now, wide: true)),
        ("opened", Words.time(incident.time("openedAt"), now: now, wide: true)), ("by", incident.text("openedBy")),
        ("mitigated", Words.time(incident.time("mitigatedAt"), now: now, wide: true)),
        ("resolved", Words.time(incident.time("resolvedAt"), now: now, wide: true)),
      ])
      IncidentVerb.showImpact(impact)
      var table = Table(("TIME", .left), ("ACTOR", .left), ("WHAT", .left))
      for entry in incident["timeline"]?.array ?? [] {
        table.add(.init(entry.time("at").map(Words.stamp)), .init(entry.text("actor")), .init(entry.text("text")))
      }
      print()
      table.show(empty: "nothing in its timeline yet")
    }
  }

  struct Note: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write into an incident's timeline.",
      discussion: """
        EXAMPLE
          mainstay incident note 12 "rolled back to 4.2.1"
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "What to write.") var text: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "notes", ["text": .string(text)], on: server)
      if output.printed(changed) { return }
      print("noted in \(IncidentVerb.name(changed))")
    }
  }

  struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take an incident.",
      discussion: """
        EXAMPLE
          mainstay incident acknowledge 12
        """,
      aliases: ["ack"])

    @Argument(help: "Its number or id.") var incident: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "acknowledge", [:], on: server)
      if output.printed(changed) { return }
      print("acknowledged \(IncidentVerb.name(changed))")
    }
  }

  struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End an incident; a review is drafted.",
      discussion: """
        EXAMPLE
          mainstay incident resolve 12 --reason "traffic is back, the rollback holds"
        """)

    @OptionGroup var change: ReasonedChange

    func run() async throws { try await change.perform("resolve", said: "resolved") }
  }
}
