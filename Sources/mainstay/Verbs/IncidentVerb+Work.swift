import ArgumentParser
import Base
import Outbound

/// What is done while an incident goes on.
extension IncidentVerb {
  struct Declare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Declare an incident.",
      discussion: """
        EXAMPLE
          mainstay incident declare "Uploads stall in Lisbon" --severity SEV-2 --service upload --commander ana
        """,
      aliases: ["open"])

    @Argument(help: "What is happening, in a line.") var title: String
    @Option(name: .long, help: "SEV-1, SEV-2, SEV-3 or SEV-4; if unsure take the higher.") var severity: String
    @Option(name: .long, help: "The service it is about.") var service: String?
    @Option(name: .long, help: "The id of an alert that belongs to it; may be repeated.") var alert: [String] = []
    @Option(name: .long, help: "Who commands.") var commander: String?
    @Flag(name: .customLong("private"), help: "Seen by members alone.") var isPrivate = false
    @Option(name: .long, help: "Who may see a private one, a person or team/NAME; may be repeated.")
    var member: [String] = []
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body = JSON.sparse([
        ("title", .string(title)), ("severity", .string(severity)), ("service", service.map(JSON.string)),
        ("alerts", alert.isEmpty ? nil : .array(alert.map(JSON.string))), ("commander", commander.map(JSON.string)),
        ("private", isPrivate ? true : nil), ("members", member.isEmpty ? nil : .array(member.map(JSON.string))),
        ("via", "cli"),
      ])
      let incident = try await server.connect { try await $0.api.post(path, body) }
      if output.printed(incident) { return }
      print("declared \(IncidentVerb.name(incident))")
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say how things stand, to those who work here or to the public.",
      discussion: """
        EXAMPLE
          mainstay incident update 12 "The cache is cold, it fills" --phase identified --next 30m
          mainstay incident update 12 "We look into it" --audience external --title "Films do not start"
          mainstay incident update 12 "Videos start again" --audience external --phase resolved
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "What is known and what is being done.") var text: String
    @Option(name: .long, help: "internal or external.") var audience = "internal"
    @Option(name: .long, help: "investigating, identified, monitoring or resolved.") var phase: String?
    @Option(name: .long, help: "What the public is to call it; with --audience external.") var title: String?
    @Option(name: .long, help: "When the next one comes: 30m, a time, or none; else as the severity asks.")
    var next: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body = JSON.sparse([
        ("text", .string(text)), ("audience", .string(audience)), ("phase", phase.map(JSON.string)),
        ("title", title.map(JSON.string)), ("next", next.map(JSON.string)),
      ])
      let changed = try await IncidentVerb.act(incident, "updates", body, on: server)
      if output.printed(changed) { return }
      let due = IncidentVerb.nextUpdates(changed, Clock.now()).map { "; next update \($0)" } ?? ""
      print("updated \(IncidentVerb.name(changed))\(due)")
    }
  }

  struct Severity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change its severity.",
      discussion: """
        EXAMPLE
          mainstay incident severity 12 SEV-1 --reason "it spreads to upload"
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "SEV-1, SEV-2, SEV-3 or SEV-4.") var severity: String
    @Option(name: .long, help: "Why.") var reason: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "severity", JSON.sparse([("severity", .string(severity)), ("reason", reason.map(JSON.string))]),
        on: server)
      if output.printed(changed) { return }
      print("changed \(IncidentVerb.name(changed))")
    }
  }

  struct Role: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give somebody a role.",
      discussion: """
        EXAMPLE
          mainstay incident role 12 communications ben
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "commander, communications, scribe, expert, or another.") var role: String
    @Argument(help: "Who takes it.") var person: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "roles", ["role": .string(role), "person": .string(person)], on: server)
      if output.printed(changed) { return }
      print("\(person) is \(role) of \(IncidentVerb.name(changed))")
    }
  }

  struct Handover: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pass a role on.",
      discussion: """
        EXAMPLE
          mainstay incident handover 12 commander cem
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "The role.") var role: String
    @Argument(help: "Who takes it over.") var to: String
    @Option(name: .long, help: "Who has it, where several people do.") var from: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "handover",
        JSON.sparse([("role", .string(role)), ("to", .string(to)), ("from", from.map(JSON.string))]), on: server)
      if output.printed(changed) { return }
      print("\(to) is \(role) of \(IncidentVerb.name(changed))")
    }
  }

  struct Mitigate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say that users feel it no more.",
      discussion: """
        EXAMPLE
          mainstay incident mitigate 12 --reason "traffic moved to eu-north"
        """)

    @OptionGroup var change: ReasonedChange

    func run() async throws { try await change.perform("mitigate", said: "mitigated") }
  }

  struct Reopen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open it again: it was not over.",
      discussion: """
        EXAMPLE
          mainstay incident reopen 12 --reason "errors are back"
        """)

    @OptionGroup var change: ReasonedChange

    func run() async throws { try await change.perform("reopen", said: "reopened") }
  }
}

/// What ends, eases or reopens an incident takes: which one, and why.
struct ReasonedChange: ParsableArguments {
  @Argument(help: "Its number or id.") var incident: String
  @Option(name: .long, help: "Why.") var reason: String?
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  /// - Parameter said: what is printed before the incident's name.
  func perform(_ action: String, said: String) async throws {
    let changed = try await IncidentVerb.act(
      incident, action, JSON.sparse([("reason", reason.map(JSON.string))]), on: server)
    if output.printed(changed) { return }
    print("\(said) \(IncidentVerb.name(changed))")
  }
}
