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
      """,
    subcommands: [List.self, Show.self, SLOReplayVerb.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "All objectives with what is left of their budgets.",
      discussion: """
        EXAMPLE
          mainstay slo list --format json
        """)

    @Option(name: .long, help: "Only of this service.") var service: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      var items = try await server.connect { try await $0.items("/api/v1/slos", limit: 10_000) }
      if let service { items = items.filter { $0.text("service") == service } }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("STATE", .left), ("SLO", .left), ("SERVICE", .left), ("OBJECTIVE", .right), ("SLI", .right),
        ("BUDGET LEFT", .right), ("BURN", .right))
      for item in items {
        let worst = (item["pairs"]?.array ?? []).compactMap { $0.number("long") }.max()
        table.add(
          .state(Words.state(item.text("health"))), .init(item.text("name")), .init(item.text("service")),
          .init(Words.percent(item.number("objective"), digits: 3)),
          .init(Words.percent(item.number("sli"), digits: 3)),
          .init(Words.percent(item.number("budgetLeft"), digits: 1)), .init(worst.map { Words.decimal($0, 1) + "×" }))
      }
      table.show(empty: "no SLOs; write an OpenSLO document into the definitions")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One objective with its burn rates.",
      discussion: """
        EXAMPLE
          mainstay slo show playback-availability
        """)

    @Argument(help: "Its name.") var name: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let slo = try await server.connect { try await $0.api.get(Connection.path("/api/v1/slos", name)) }
      if output.printed(slo) { return }
      let now = Clock.now()
      Details.show([
        ("SLO", slo.text("title") ?? slo.text("name")), ("service", slo.text("service")),
        ("state", Words.state(slo.text("health"))),
        (
          "objective",
          Words.percent(slo.number("objective"), digits: 3).map { text in
            "\(text) over \(slo.text("window") ?? "?")\(slo["isRolling"]?.bool == true ? ", rolling" : "")"
          }
        ),
        ("SLI", Words.percent(slo.number("sli"), digits: 4)),
        ("budget left", Words.percent(slo.number("budgetLeft"), digits: 2)),
        ("covered", Words.percent(slo.number("covered"), digits: 1)), ("counted", slo.text("indicator")),
        ("data up to", Words.time(slo.time("watermark"), now: now, wide: true)),
        (
          "runs out",
          (slo["projection"]?.time("exhaustedAt")).flatMap { Words.time($0, now: now, wide: true) }
        ),
      ])
      var table = Table(("WINDOWS", .left), ("FACTOR", .right), ("LONG", .right), ("SHORT", .right), ("STATE", .left))
      for item in slo["pairs"]?.array ?? [] {
        let pair = item["pair"]
        let firing = item["isFiring"]?.bool == true
        let clears = item.time("clearsAt").map { ", clears in \(Words.length($0 - now)) if nothing further fails" }
        table.add(
          .init("\(pair?.text("long") ?? "?") and \(pair?.text("short") ?? "?")"),
          .init(pair?.number("factor").map { Words.decimal($0, 1) + "×" }),
          .init(item.number("long").map { Words.decimal($0, 2) + "×" }),
          .init(item.number("short").map { Words.decimal($0, 2) + "×" }),
          firing ? .init("firing\(clears ?? "")", .bad) : "quiet")
      }
      print()
      table.show(empty: "no burn-rate windows")
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
