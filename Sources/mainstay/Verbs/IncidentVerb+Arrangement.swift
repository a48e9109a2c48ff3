import ArgumentParser
import Base
import Outbound

/// How incidents belong together, and who sees them.
extension IncidentVerb {
  struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Link what has to do with it; an alert becomes part of it.",
      discussion: """
        EXAMPLE
          mainstay incident link 12 service/catalog --reason "it is slow too"
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "alert/ID, change/ID, deployment/ID, incident/ID or service/NAME.") var subject: String
    @Option(name: .long, help: "Why.") var reason: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "links", JSON.sparse([("subject", .string(subject)), ("reason", reason.map(JSON.string))]), on: server
      )
      if output.printed(changed) { return }
      print("linked \(subject) to \(IncidentVerb.name(changed))")
    }
  }

  struct Unlink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a link away.",
      discussion: """
        EXAMPLE
          mainstay incident unlink 12 service/catalog
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "alert/ID, change/ID, deployment/ID, incident/ID or service/NAME.") var subject: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "unlink", ["subject": .string(subject)], on: server)
      if output.printed(changed) { return }
      print("unlinked \(subject) from \(IncidentVerb.name(changed))")
    }
  }

  struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make it part of another: its alerts, links and roles move there.",
      discussion: """
        EXAMPLE
          mainstay incident merge 13 12
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "The number or id of the one that goes on.") var into: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "merge", ["into": .string(into)], on: server)
      if output.printed(changed) { return }
      print("merged \(IncidentVerb.name(changed))")
    }
  }

  struct Unmerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Undo a merge.",
      discussion: """
        EXAMPLE
          mainstay incident unmerge 13
        """)

    @Argument(help: "Its number or id.") var incident: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "unmerge", [:], on: server)
      if output.printed(changed) { return }
      print("split off \(IncidentVerb.name(changed))")
    }
  }

  struct Split: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take some of its alerts into a new incident.",
      discussion: """
        EXAMPLE
          mainstay incident split 12 "Search is slow" --alert 01J9ZQ0000000000000000ALRT
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Argument(help: "What the new one is about, in a line.") var title: String
    @Option(name: .long, help: "The id of an alert that is about something else; may be repeated.")
    var alert: [String]
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "split", ["title": .string(title), "alerts": .array(alert.map(JSON.string))], on: server)
      if output.printed(changed) { return }
      print("split off \(IncidentVerb.name(changed))")
    }
  }

  struct Private: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show it to its members alone.",
      discussion: """
        EXAMPLE
          mainstay incident private 12 --member ana --member team/security
        """)

    @Argument(help: "Its number or id.") var incident: String
    @Option(name: .long, help: "Who may see it, a person or team/NAME; may be repeated.")
    var member: [String] = []
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(
        incident, "private", ["members": .array(member.map(JSON.string))], on: server)
      if output.printed(changed) { return }
      print("made private \(IncidentVerb.name(changed))")
    }
  }

  struct Public: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show it to everybody again.",
      discussion: """
        EXAMPLE
          mainstay incident public 12
        """)

    @Argument(help: "Its number or id.") var incident: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await IncidentVerb.act(incident, "public", [:], on: server)
      if output.printed(changed) { return }
      print("made public \(IncidentVerb.name(changed))")
    }
  }
}

extension IncidentVerb {
  static func words(_ list: JSON?) -> String? {
    let words = (list?.array ?? []).compactMap(\.string)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  static func roles(_ incident: JSON) -> String? {
    let roles = (incident["roles"]?.array ?? []).map { "\($0.text("role") ?? "") \($0.text("person") ?? "")" }
    return roles.isEmpty ? nil : roles.joined(separator: ", ")
  }

  /// `internal in 12 min, external in 40 min`.
  static func nextUpdates(_ incident: JSON, _ now: Instant) -> String? {
    let due = ["internal", "external"].compactMap { audience in
      incident["nextUpdateDue"]?.time(audience).flatMap { Words.time($0, now: now) }.map { "\(audience) \($0)" }
    }
    return due.isEmpty ? nil : due.joined(separator: ", ")
  }

  static func showImpact(_ impact: JSON) {
    let costs = impact["costs"]?.array ?? []
    if !costs.isEmpty {
      var table = Table(
        ("SLO", .left), ("SERVICE", .left), ("BUDGET SPENT", .right), ("BAD MINUTES", .right), ("BURN NOW", .right))
      for cost in costs {
        table.add(
          .init(cost.text("slo")), .init(cost.text("service")),
          .init(cost["budgetSpent"]?.double.map { "\(rounded($0 * 100)) %" }),
          .init(cost["badMinutes"]?.double.map { rounded($0) }), .init(cost["burnNow"]?.double.map { rounded($0) }))
      }
      print()
      table.show(empty: "")
    }
    let journeys = (impact["journeys"]?.array ?? []).compactMap { $0.text("title") }
    let dependants = words(impact["dependants"])
    if !journeys.isEmpty || dependants != nil {
      print()
      Details.show([
        ("journeys", journeys.isEmpty ? nil : journeys.joined(separator: ", ")), ("needed by", dependants),
      ])
    }
    print()
  }

  private static func rounded(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(abs(hundredths % 100) < 10 ? "0" : "")\(abs(hundredths % 100))"
  }
}
