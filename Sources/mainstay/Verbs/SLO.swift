import ArgumentParser
import Base
import Outbound

/// `mainstay slo`.
struct SLO: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slo", abstract: "Objectives and their error budgets.",
    discussion: """
      EXAMPLE
        mainstay slo list
        mainstay slo show playback-availability
        mainstay slo exclude playback-availability --from -2h --to -1h --reason "load test"
      """,
    subcommands: [
      List.self, SLOShowVerb.self, SLOReplayVerb.self, SLOExclusionsVerb.self, SLOExcludeVerb.self,
      SLORestoreVerb.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "All objectives with what is left of their budgets.",
      discussion: """
        EXAMPLE
          mainstay slo list --team streaming --state burning
          mainstay slo list --sort budget --format json
        """)

    @Option(name: .long, help: "Only of this service.") var service: String?
    @Option(name: .long, help: "Only of services of this team.") var team: String?
    @Option(name: .long, help: "Only of services of this tier.") var tier: Int?
    @Option(name: .long, help: "healthy, atRisk, burning, exhausted or noData.") var state: String?
    @Option(name: .long, help: "Only where the name, title, service or team contains it.") var text: String?
    @Option(name: .long, help: "name, state, service, target, budget or burn; - before it turns it round.")
    var sort: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let query = [
        ("service", service), ("team", team), ("tier", tier.map(String.init)), ("state", state), ("text", text),
        ("sort", sort),
      ]
      let items = try await server.connect { try await $0.items("/api/v1/slos", query: query, limit: 10_000) }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("STATE", .left), ("SLO", .left), ("SERVICE", .left), ("TEAM", .left), ("OBJECTIVE", .right), ("SLI", .right),
        ("BUDGET LEFT", .right), ("BURN NOW", .right))
      for item in items {
        table.add(
          .state(Words.state(item.text("health"))), .init(item.text("name")), .init(item.text("service")),
          .init(item.text("team")), .init(Words.percent(item.number("objective"), digits: 3)),
          .init(Words.percent(item.number("sli"), digits: 3)),
          .init(Words.percent(item.number("budgetLeft"), digits: 1)),
          .init(item.number("burnNow").map { Words.decimal($0, 1) + "×" }))
      }
      let isFiltered = query.contains { $0.0 != "sort" && $0.1 != nil }
      table.show(
        empty: isFiltered
          ? "no SLO matches; leave out an option" : "no SLOs; write an OpenSLO document into the definitions")
    }
  }
}

/// Names and values under each other.
enum Details {
  static func show(_ fields: [(String, String?)]) {
    let shown = fields.compactMap { name, value in value.map { (name, $0) } }
    let width = shown.map(\.0.count).max() ?? 0
    for (name, value) in shown {
      print(name.padding(to: width) + "  " + Terminal.printable(value))
    }
  }
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
