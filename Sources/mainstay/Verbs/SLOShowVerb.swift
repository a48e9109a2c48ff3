import ArgumentParser
import Base
import Outbound

/// `mainstay slo show`: what the page of an SLO shows, as tables.
struct SLOShowVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One objective with its burn rates and all else that is known of it.",
    discussion: """
      EXAMPLE
        mainstay slo show playback-availability
        mainstay slo show playback-availability --from 7d --format json
      """)

  @Argument(help: "Its name.") var name: String
  @Option(name: .long, help: "What burned it, from then on: a time or a length before now; a day by default.")
  var from: String?
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let query = [("from", from)]
    let slo = try await server.connect { try await $0.api.get(Connection.path("/api/v1/slos", name), query: query) }
    if output.printed(slo) { return }
    let now = Clock.now()
    Details.show(Self.facts(slo, now))
    Self.part(nil, Self.pairs(slo, now), empty: "no burn-rate windows")
    let parts: [(String, Table?)] = [
      ("WHAT BURNED IT", Self.stretches(slo)), ("BY LABEL", Self.labels(slo)),
      ("LEFT OUT", Self.exclusions(slo)),
      ("POLICY", Self.steps(slo, now)), ("HISTORY", Self.periods(slo)),
      ("REQUESTS THAT FAILED", Self.exemplars(slo, now)),
    ]
    for case (let title, let table?) in parts { Self.part(title, table, empty: "none") }
  }

  private static func part(_ title: String?, _ table: Table, empty: String) {
    print(title.map { "\n\($0)" } ?? "")
    table.show(empty: empty)
  }

  private static func facts(_ slo: JSON, _ now: Instant) -> [(String, String?)] {
    let team = slo.text("team").map { team in slo.number("tier").map { "\(team), tier \(Int($0))" } ?? team }
    return [
      ("SLO", slo.text("title") ?? slo.text("name")), ("service", slo.text("service")), ("team", team),
      ("state", Words.state(slo.text("health"))),
      (
        "objective",
        Words.percent(slo.number("objective"), digits: 3).map { text in
          "\(text) over \(slo.text("window") ?? "?")\(slo["isRolling"]?.bool == true ? ", rolling" : "")"
        }
      ),
      ("SLI", Words.percent(slo.number("sli"), digits: 4)),
      ("budget left", Words.percent(slo.number("budgetLeft"), digits: 2)),
      ("burn now", slo.number("burnNow").map { Words.decimal($0, 2) + "×" }),
      ("covered", Words.percent(slo.number("covered"), digits: 1)), ("counted", slo.text("indicator")),
      ("data up to", Words.time(slo.time("watermark"), now: now, wide: true)), ("runs out", runsOut(slo, now)),
      ("backfill", backfill(slo, now)),
    ]
  }

  /// With the interval in which it falls.
  private static func runsOut(_ slo: JSON, _ now: Instant) -> String? {
    guard let projection = slo["projection"] else { return nil }
    let recent = projection.time("atRecentBurn").flatMap { Words.time($0, now: now, wide: true) }
      .map { "\($0) at the last hour's burn" }
    guard let expected = projection.time("exhaustedAt") else { return recent }
    let earliest = (projection.time("earliest") ?? expected).floored(to: .seconds(1)).rfc3339
    let latest = projection.time("latest").map { " and \(Words.stamp($0))" } ?? " and never"
    return "\(Words.time(expected, now: now, wide: true) ?? ""), between \(earliest)\(latest)"
  }

  private static func backfill(_ slo: JSON, _ now: Instant) -> String? {
    guard let backfill = slo["backfill"], let reached = backfill.time("reached"), let end = backfill.time("to") else {
      return nil
    }
    if reached >= end { return "done, from \(backfill.text("source") ?? "?")" }
    return "read up to \(Words.stamp(reached)) of \(Words.stamp(end)) from \(backfill.text("source") ?? "?")"
  }

  private static func pairs(_ slo: JSON, _ now: Instant) -> Table {
    var table = Table(("WINDOWS", .left), ("FACTOR", .right), ("LONG", .right), ("SHORT", .right), ("STATE", .left))
    for item in slo["pairs"]?.array ?? [] {
      let pair = item["pair"]
      let firing = item["isFiring"]?.bool == true
      let clears = item.time("clearsAt").map { ", clears in \(Words.length($0 - now)) if nothing further fails" }
      let quiet = item.text("heldBack").map { Table.Cell("held back: \($0)", .warning) } ?? "quiet"
      table.add(
        .init("\(pair?.text("long") ?? "?") and \(pair?.text("short") ?? "?")"),
        .init(pair?.number("factor").map { Words.decimal($0, 1) + "×" }),
        .init(item.number("long").map { Words.decimal($0, 2) + "×" }),
        .init(item.number("short").map { Words.decimal($0, 2) + "×" }),
        firing ? .init("firing\(clears ?? "")", .bad) : quiet)
    }
    return table
  }

  private static func stretches(_ slo: JSON) -> Table? {
    guard let items = slo["attribution"]?["stretches"]?.array, !items.isEmpty else { return nil }
    var table = Table(("FROM", .left), ("TO", .left), ("FAILED", .right), ("SHARE", .right))
    for item in items {
      table.add(
        .init(item.time("from").map(Words.stamp)), .init(item.time("to").map(Words.stamp)),
        .init(item.number("failed").map { Words.decimal($0, 0) }), .init(Words.percent(item.number("share"), digits: 1))
      )
    }
    return table
  }

  private static func labels(_ slo: JSON) -> Table? {
    guard let labels = slo["attribution"]?["labels"]?.array, !labels.isEmpty else { return nil }
    var table = Table(("LABEL", .left), ("VALUE", .left), ("FAILED", .right), ("SHARE", .right))
    for label in labels {
      for item in label["values"]?.array ?? [] {
        table.add(
          .init(label.text("name")), .init(item.text("value")),
          .init(item.number("failed").map { Words.decimal($0, 0) }),
          .init(Words.percent(item.number("share"), digits: 1)))
      }
    }
    return table
  }

  private static func exclusions(_ slo: JSON) -> Table? {
    guard let items = slo["exclusions"]?.array, !items.isEmpty else { return nil }
    var table = SLOExclusionsVerb.table
    for item in items { table.add(SLOExclusionsVerb.row(item)) }
    return table
  }

  private static func steps(_ slo: JSON, _ now: Instant) -> Table? {
    guard let items = slo["steps"]?.array, !items.isEmpty else { return nil }
    var table = Table(("BUDGET USED", .right), ("ACTION", .left), ("REACHED", .left), ("NOTE", .left))
    for item in items {
      table.add(
        .init(Words.percent(item.number("consumed"), digits: 0)), .init(item.text("action")),
        .init(Words.time(item.time("reachedAt"), now: now)), .init(item.text("note")))
    }
    return table
  }

  private static func periods(_ slo: JSON) -> Table? {
    guard let items = slo["periods"]?.array, !items.isEmpty else { return nil }
    var table = Table(("PERIOD", .left), ("SLI", .right), ("GOOD", .right), ("TOTAL", .right), ("BUDGET LEFT", .right))
    for item in items {
      table.add(
        .init((item.text("name") ?? "") + (item["isOpen"]?.bool == true ? " so far" : "")),
        .init(Words.percent(item.number("sli"), digits: 3)), .init(item.number("good").map { Words.decimal($0, 0) }),
        .init(item.number("total").map { Words.decimal($0, 0) }),
        .init(Words.percent(item.number("budgetLeft"), digits: 1)))
    }
    return table
  }

  private static func exemplars(_ slo: JSON, _ now: Instant) -> Table? {
    guard let items = slo["exemplars"]?.array, !items.isEmpty else { return nil }
    var table = Table(("WHEN", .left), ("TOOK", .right), ("TRACE", .left), ("SPAN", .left))
    for item in items {
      table.add(
        .init(Words.time(item.time("at"), now: now)), .init(item.text("duration")), .init(item.text("traceID")),
        .init(item.text("name")))
    }
    return table
  }
}
