import ArgumentParser
import Base
import Outbound

/// `mainstay alert noise`.
struct NoiseVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise", abstract: "Alert rules, what came of their alerts, and what could be done.",
    discussion: """
      EXAMPLE
        mainstay alert noise --days 30
        mainstay alert noise --patch hold:10m --rule 'slo|playback||page|playback-latency' | git apply
      """)

  @Option(name: .long, help: "Over so many days.") var days: Int = 30
  @Option(name: .long, help: "Only of this service.") var service: String?
  @Option(name: .long, help: "A rule's key, for --patch.") var rule: String?
  @Option(name: .long, help: "Print this change of the rule as a patch: hold:10m, ticket, group:1m or remove.")
  var patch: String?
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  func validate() throws {
    if (rule == nil) != (patch == nil) { throw ValidationError("--rule and --patch go together") }
  }

  func run() async throws {
    if let rule, let patch {
      let text = try await server.connect {
        try await $0.api.getText("/api/v1/noise/patch", query: [("key", rule), ("change", patch)])
      }
      print(text, terminator: "")
      return
    }
    let items = try await server.connect {
      try await $0.items("/api/v1/noise", query: [("days", String(days)), ("service", service)], limit: 1_000)
    }
    if output.printed(.list(items)) { return }
    var table = Table(
      ("RULE", .left), ("SERVICE", .left), ("FIRED", .right), ("PAGED", .right), ("NO ACTION", .right),
      ("ITSELF", .right), ("AGAIN", .right), ("ACTIONABLE", .right), ("SUGGESTION", .left), ("KEY", .left))
    for item in items {
      let judged = item["judged"]?.int ?? 0
      table.add(
        .init(item.text("rule")), .init(item.text("service")), .init(item.count("fired")), .init(item.count("paged")),
        .init(item.count("acknowledgedWithoutAction")), .init(item.count("resolvedItself")),
        .init(item.count("refired")), .init(judged == 0 ? nil : "\(item.count("actionable") ?? "0") of \(judged)"),
        .init(item["suggestions"]?[0].map(Self.words)), .init(item.text("key")))
    }
    table.show(empty: "no alert has fired")
  }

  private static func words(_ suggestion: JSON) -> String {
    "\(suggestion.text("change") ?? ""): \(suggestion.count("pagedAfter") ?? "?") pages instead of "
      + "\(suggestion.count("pagedBefore") ?? "?")"
  }
}

/// `mainstay alert judge`.
struct JudgeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge", abstract: "Say whether there was something to do about an alert.",
    discussion: """
      EXAMPLE
        mainstay alert judge 01KAJ4ZJ8Q3V5T6M7N8P9RABCD --actionable no
      """)

  @Argument(help: "Its id.") var id: String
  @Option(name: .long, help: "yes or no.") var actionable: Answer
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let body: JSON = ["actionable": .bool(actionable == .yes)]
    // Most are judged when they are over: the end of an id is looked for among the open ones alone.
    _ = try await server.connect {
      try await $0.api.post(Connection.path(AlertVerb.path, try await AlertVerb.id(id, $0), "/judge"), body)
    }
    print("noted")
  }
}

/// An answer to whether there was something to do.
enum Answer: String, ExpressibleByArgument, CaseIterable {
  case yes, no
}
