import ArgumentParser
import Base
import OnCall
import Outbound

extension OnCallVerb {
  struct Shifts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shifts and gaps over a range, of schedules or of one person.",
      discussion: """
        EXAMPLE
          mainstay oncall shifts --definitions definitions --from 2026-12-01 --to 2027-01-01 --format json
          mainstay oncall shifts --person ana --definitions definitions
        """)

    @OptionGroup var range: ShiftRange
    @Option(name: .long, help: "Only this person's shifts, in all schedules.") var person: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (from, to) = try range.bounds()
      let items: [JSON]
      if let person { items = try await ofPerson(person, from, to) } else { items = try await ofSchedules(from, to) }
      if output.printed(["from": .string(from.rfc3339), "to": .string(to.rfc3339), "items": .array(items)]) { return }
      var table = Table(("SCHEDULE", .left), ("FROM", .left), ("TO", .left), ("ON CALL", .left), ("LAYER", .left))
      for item in items {
        let user = item.text("user")
        table.add(
          .init(item.text("schedule")), .init(item.time("start").map(Words.stamp)),
          .init(item.time("end").map(Words.stamp)), user == nil ? .init("nobody", .bad) : .init(user),
          .init(item["override"] == JSON.bool(true) ? "override" : item.text("layer")))
      }
      table.show(empty: person == nil ? "no schedules; write a Schedule into the definitions" : "no shifts")
    }

    private func ofPerson(_ person: String, _ from: Instant, _ to: Instant) async throws -> [JSON] {
      if let definitions = range.definitions {
        let source = try ScheduleSource(definitions: definitions)
        try source.check(person: person)
        return source.plan.shifts(of: person, from: from, to: to) { _ in [] }
          .filter { range.schedule == nil || $0.schedule == range.schedule }
          .map { Self.json($0.schedule, $0.shift.start, $0.shift.end, $0.shift.user, $0.shift.layer) }
      }
      let items = try await server.connect {
        try await $0.api.get(
          Connection.path("/api/v1/people", person, "/shifts"), query: [("from", from.rfc3339), ("to", to.rfc3339)])[
            "items"]?.array ?? []
      }
      return items.filter { range.schedule == nil || $0.text("schedule") == range.schedule }
    }

    private func ofSchedules(_ from: Instant, _ to: Instant) async throws -> [JSON] {
      if let definitions = range.definitions {
        return try ScheduleSource(definitions: definitions).named(range.schedule).flatMap { schedule in
          Self.shifts(schedule, from: from, to: to)
        }
      }
      return try await server.connect { connection in
        var items: [JSON] = []
        for name in try await range.names(connection) {
          let shifts = try await connection.api.get(
            Connection.path("/api/v1/schedules", name, "/shifts"),
            query: [("from", from.rfc3339), ("to", to.rfc3339)])["items"]?.array
          items += (shifts ?? []).map { JSON.sparse([("schedule", .string(name))]).merging($0) }
        }
        return items
      }
    }

    /// The shifts and, with no user, the gaps between them, by start.
    private static func shifts(_ schedule: ScheduleDefinition, from: Instant, to: Instant) -> [JSON] {
      let shifts = schedule.shifts(from: from, to: to).map { ($0.start, $0.end, $0.user as String?, $0.layer) }
      let gaps = schedule.gaps(from: from, to: to).map { ($0.start, $0.end, String?.none, String?.none) }
      return (shifts + gaps).sorted { $0.0 < $1.0 }.map { json(schedule.name, $0.0, $0.1, $0.2, $0.3) }
    }

    private static func json(_ schedule: String, _ start: Instant, _ end: Instant, _ user: String?, _ layer: String?)
      -> JSON
    {
      .sparse([
        ("schedule", .string(schedule)), ("start", .string(start.rfc3339)), ("end", .string(end.rfc3339)),
        ("user", user.map(JSON.string)), ("layer", layer.map(JSON.string)), ("override", .bool(false)),
      ])
    }
  }

  struct ICal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ical", abstract: "A schedule's or a person's shifts as iCalendar (RFC 5545).",
      discussion: """
        EXAMPLE
          mainstay oncall ical --schedule primary --definitions definitions > primary.ics
          mainstay oncall ical --person ana > ana.ics

        A server's calendar spans two weeks back and half a year ahead; --from and --to go with --definitions.
        """)

    @OptionGroup var range: ShiftRange
    @Option(name: .long, help: "This person's shifts in all schedules.") var person: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
      guard (range.schedule == nil) != (person == nil) else {
        throw Failure("whose calendar? give either --schedule NAME or --person NAME")
      }
      let name = range.schedule ?? person ?? ""
      if let definitions = range.definitions {
        let (from, to) = try range.bounds()
        let source = try ScheduleSource(definitions: definitions)
        let shifts: [ScheduledShift]
        if let person {
          try source.check(person: person)
          shifts = source.plan.shifts(of: person, from: from, to: to) { _ in [] }
        } else {
          shifts = try source.named(name)[0].shifts(from: from, to: to).map { .init(schedule: name, shift: $0) }
        }
        print(ScheduleICal.text(of: name, shifts: shifts, now: Clock.now()), terminator: "")
      } else {
        let base = person == nil ? "/api/v1/schedules" : "/api/v1/people"
        let text = try await server.connect { try await $0.api.getText(Connection.path(base, name + ".ics")) }
        print(text, terminator: "")
      }
    }
  }
}
