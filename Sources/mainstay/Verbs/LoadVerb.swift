import ArgumentParser
import Base
import Outbound

/// `mainstay oncall load`.
struct LoadVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "What being on call asked of each person.",
    discussion: """
      EXAMPLE
        mainstay oncall load --from=-28d --team streaming

      Times to acknowledge are medians with their number, and a 90th percentile from ten on.
      """)

  @Option(name: .long, help: .init("From when; four weeks ago by default. " + Moment.help)) var from: Moment?
  @Option(name: .long, help: "Until when; now by default.") var to: Moment?
  @Option(name: .long, help: "Only the people of this team.") var team: String?
  @Flag(name: .long, help: "Shifts instead of people.") var shifts = false
  @OptionGroup var output: FormatOptions
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let now = Clock.now()
    let load = try await server.connect {
      try await $0.api.get(
        "/api/v1/load",
        query: [
          ("from", from.map { $0.instant(now: now).rfc3339 }), ("to", to.map { $0.instant(now: now).rfc3339 }),
          ("team", team),
        ])
    }
    if output.printed(load) { return }
    shifts ? showShifts(load) : showPeople(load)
  }

  private func showPeople(_ load: JSON) {
    var table = Table(
      ("PERSON", .left), ("PAGES", .right), ("LOW", .right), ("INCIDENTS", .right), ("AT NIGHT", .right),
      ("NIGHTS", .right), ("MEDIAN", .right), ("P90", .right), ("OF", .right), ("ON CALL", .right))
    for person in load["people"]?.array ?? [] {
      let took = person["timeToAcknowledge"] ?? .null
      table.add(
        .init(person.text("person")), .init(person.count("high")), .init(person.count("low")),
        .init(person.count("incidents")), .init(person.count("nightPages")), .init(person.count("interruptedNights")),
        .init(took.seconds("medianSeconds")), .init(took.seconds("p90Seconds")), .init(took.count("count")),
        .init(person.number("onCallShare").map { "\(Int(($0 * 100).rounded()))%" }))
    }
    table.show(empty: "nobody was on call or paged")
  }

  private func showShifts(_ load: JSON) {
    var table = Table(
      ("PERSON", .left), ("SCHEDULE", .left), ("FROM", .left), ("TO", .left), ("INCIDENTS", .right), ("PAGES", .right),
      ("AT NIGHT", .right), ("LOW", .right))
    for shift in load["shifts"]?.array ?? [] {
      table.add(
        .init(shift.text("person")), .init(shift.text("schedule")), .init(shift.time("start").map(Words.stamp)),
        .init(shift.time("end").map(Words.stamp)), .init(shift.count("incidents")), .init(shift.count("high")),
        .init(shift.count("nightPages")), .init(shift.count("low")))
    }
    table.show(empty: "no shifts")
  }
}

extension JSON {
  /// A whole number as a table shows it.
  func count(_ key: String) -> String? { self[key]?.int.map(String.init) }

  /// Seconds as a length of time: `4m10s`.
  func seconds(_ key: String) -> String? { number(key).map { Interval.seconds(Int64($0.rounded())).text } }
}
