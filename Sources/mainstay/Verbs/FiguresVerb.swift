import ArgumentParser
import Base
import Outbound

/// `mainstay figures`.
struct FiguresVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figures", abstract: "How long incidents took to detect, acknowledge, mitigate and resolve.",
    discussion: """
      EXAMPLE
        mainstay figures --by tier --from=-180d
        mainstay figures --team streaming --incidents --format csv > incidents.csv

      Medians with their number, and a 90th percentile from ten on; never a mean. A trend takes twenty incidents on
      both sides and a Mann-Whitney U test that chance does not pass.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, csv }
  enum By: String, ExpressibleByArgument, CaseIterable { case tier, team, journey, service, severity }

  @Option(name: .long, help: "Told apart by tier, team, journey, service or severity as well.") var by: By?
  @Option(name: .long, help: .init("From when; 90 days ago by default. " + Moment.help)) var from: Moment?
  @Option(name: .long, help: "Until when; now by default.") var to: Moment?
  @Option(name: .long, help: "Only of services of this tier.") var tier: Int?
  @Option(name: .long, help: "Only of services that this team owns.") var team: String?
  @Option(name: .long, help: "Only of services of this journey.") var journey: String?
  @Option(name: .long, help: "Only of this service.") var service: String?
  @Option(name: .long, help: "Only of this severity, such as SEV-1.") var severity: String?
  @Flag(name: .long, help: "Each incident with its times instead.") var incidents = false
  @Option(name: .long, help: "How to print: table, json or csv.") var format: Format = .table
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let now = Clock.now()
    var query: [(String, String?)] = [
      ("by", incidents ? nil : by?.rawValue), ("tier", tier.map(String.init)), ("team", team), ("journey", journey),
      ("service", service), ("severity", severity),
    ]
    if from != nil || to != nil {
      let end = to?.instant(now: now) ?? now
      let start = from?.instant(now: now) ?? end - .days(90)
      query += [("from", start.rfc3339), ("to", end.rfc3339)]
    }
    let path = incidents ? "/api/v1/figures/incidents" : "/api/v1/figures"
    if format == .csv {
      let asked = query + [("format", "csv")]
      print(try await server.connect { try await $0.api.getText(path, query: asked) }, terminator: "")
    } else if incidents {
      let asked = query
      try show(items: try await server.connect { try await $0.items(path, query: asked, limit: 20_000) })
    } else {
      let asked = query
      let figures = try await server.connect { try await $0.api.get(path, query: asked) }
      if format == .json { print(figures.prettyText) } else { show(figures) }
    }
  }

  private func show(_ figures: JSON) {
    let count = figures.count("incidents") ?? "0"
    print("\(count) incidents, \(figures.count("open") ?? "0") of them open")
    var table = Table(
      (by?.rawValue.uppercased() ?? "OF", .left), ("MEASURE", .left), ("N", .right), ("MEDIAN", .right),
      ("P90", .right), ("LONGEST", .right), ("INCIDENT", .right), ("OPEN", .right), ("TREND", .left))
    add(figures["measures"]?.array ?? [], of: "all", to: &table)
    for group in figures["groups"]?.array ?? [] {
      add(group["measures"]?.array ?? [], of: group.text("name") ?? "none", to: &table)
    }
    table.show(empty: "no incident began in this time")
  }

  private func add(_ measures: [JSON], of name: String, to table: inout Table) {
    for measure in measures {
      let slowest = measure["slowest"] ?? .null
      table.add(
        .init(name), .init(measure.text("measure")), .init(measure.count("n")), .init(measure.seconds("medianSeconds")),
        .init(measure.seconds("p90Seconds")), .init(slowest.seconds("seconds")),
        .init(slowest.count("number").map { "#\($0)" }), .init(measure.count("pending")),
        .init(measure["trend"].map(Self.words) ?? ""))
    }
  }

  private static func words(_ trend: JSON) -> String {
    let p = trend.number("p").map { $0 < 0.001 ? "p < 0.001" : "p = \(($0 * 1_000).rounded() / 1_000)" } ?? ""
    let was = trend.seconds("medianBeforeSeconds").map { ", median was \($0)" } ?? ""
    return switch trend.text("verdict") {
    case "shorter": "shorter (\(p)\(was))"
    case "longer": "longer (\(p)\(was))"
    case "noDifference": "no difference (\(p))"
    case "tooManyPending": "too many open to say"
    default: "too few to say"
    }
  }

  private func show(items: [JSON]) throws {
    if format == .json { return print(JSON.list(items).prettyText) }
    var table = Table(
      ("INCIDENT", .left), ("SEVERITY", .left), ("SERVICE", .left), ("DETECTED", .left), ("DETECT", .right),
      ("ACKNOWLEDGE", .right), ("MITIGATE", .right), ("RESOLVE", .right), ("TITLE", .left))
    for item in items {
      table.add(
        .init("#\(item.count("number") ?? "?")"), .init(item.text("severity")),
        .init((item["services"]?.array ?? []).compactMap(\.string).joined(separator: " ")),
        .init(item.time("detectedAt").map(Words.stamp)), .init(item.seconds("detectSeconds")),
        .init(item.seconds("acknowledgeSeconds")), .init(item.seconds("mitigateSeconds")),
        .init(item.seconds("resolveSeconds")), .init(item.text("title")))
    }
    table.show(empty: "no incident began in this time")
  }
}
