import ArgumentParser
import Base
import Definitions
import Foundation
import OnCall
import Outbound
import Wire

/// `mainstay oncall`.
struct OnCallVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oncall", abstract: "Who is on call, when, and who covers.",
    discussion: """
      EXAMPLE
        mainstay oncall who --definitions definitions
        mainstay oncall override create primary --user ben --from 2026-12-24T09:00:00Z --to 2026-12-25T09:00:00Z

      With --definitions no server is needed; overrides live on the server, so without it the server is asked.
      """,
    subcommands: [Who.self, Shifts.self, ICal.self, OverrideVerb.self, LoadVerb.self, HandoverVerb.self])

  struct Who: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Who is on call in every schedule.",
      discussion: """
        EXAMPLE
          mainstay oncall who --definitions definitions --at 2026-12-24T20:00:00Z
        """)

    @Option(name: .long, help: .init(Moment.help)) var at: Moment?
    @Option(name: .long, help: "Only this schedule.") var schedule: String?
    @Option(name: .long, help: .init("Read this directory instead of asking a server.", valueName: "dir"))
    var definitions: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      let at = self.at?.instant(now: now) ?? now
      var items: [JSON]
      if let definitions {
        items = try ScheduleSource(definitions: definitions).schedules.map { try Self.entry($0.compiled(), at: at) }
      } else {
        items = try await server.connect {
          try await $0.api.get("/api/v1/oncall", query: [("at", at.rfc3339)])["items"]?.array ?? []
        }
      }
      if let schedule {
        items = items.filter { $0.text("schedule") == schedule }
        if items.isEmpty { throw Failure("no schedule \(schedule)", code: 1) }
      }
      if output.printed(["at": .string(at.rfc3339), "items": .array(items)]) { return }
      var table = Table(("SCHEDULE", .left), ("ON CALL", .left), ("UNTIL", .left))
      for item in items {
        let user = item.text("user")
        table.add(
          .init(item.text("schedule")), user == nil ? .init("nobody", .bad) : .init(user),
          .init(Words.time(item.time("until"), now: now, wide: true)))
      }
      table.show(empty: "no schedules; write a Schedule into the definitions")
    }

    private static func entry(_ schedule: ScheduleDefinition, at: Instant) -> JSON {
      let shift = schedule.onCall(at: at).first
      let until = shift?.end ?? schedule.nextChange(after: at)
      return .sparse([
        ("schedule", .string(schedule.name)), ("user", shift.map { .string($0.user) }),
        ("until", until.map { .string($0.rfc3339) }), ("layer", shift?.layer.map(JSON.string)),
        ("override", .bool(false)),
      ])
    }
  }

  struct Shifts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shifts and gaps over a range.",
      discussion: """
        EXAMPLE
          mainstay oncall shifts --definitions definitions --from 2026-12-01 --to 2027-01-01 --format json
        """)

    @OptionGroup var range: ShiftRange
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (from, to) = try range.bounds()
      let items: [JSON]
      if let definitions = range.definitions {
        items = try ScheduleSource(definitions: definitions).named(range.schedule).flatMap { schedule in
          try Self.shifts(schedule.compiled(), from: from, to: to)
        }
      } else {
        items = try await server.connect { connection in
          var names = [range.schedule].compactMap(\.self)
          if names.isEmpty {
            names = (try await connection.api.get("/api/v1/oncall")["items"]?.array ?? []).compactMap {
              $0.text("schedule")
            }
          }
          var items: [JSON] = []
          for name in names {
            let shifts = try await connection.api.get(
              Connection.path("/api/v1/schedules", name, "/shifts"),
              query: [("from", from.rfc3339), ("to", to.rfc3339)])["items"]?.array
            items += (shifts ?? []).map { JSON.sparse([("schedule", .string(name))]).merging($0) }
          }
          return items
        }
      }
      if output.printed(["from": .string(from.rfc3339), "to": .string(to.rfc3339), "items": .array(items)]) { return }
      var table = Table(("SCHEDULE", .left), ("FROM", .left), ("TO", .left), ("ON CALL", .left), ("LAYER", .left))
      for item in items {
        let user = item.text("user")
        table.add(
          .init(item.text("schedule")), .init(item.time("start").map(Words.stamp)),
          .init(item.time("end").map(Words.stamp)), user == nil ? .init("nobody", .bad) : .init(user),
          .init(item.text("layer")))
      }
      table.show(empty: "no schedules; write a Schedule into the definitions")
    }

    /// The shifts and, with no user, the gaps between them, by start.
    private static func shifts(_ schedule: ScheduleDefinition, from: Instant, to: Instant) -> [JSON] {
      let shifts = schedule.shifts(from: from, to: to).map { ($0.start, $0.end, $0.user as String?, $0.layer) }
      let gaps = schedule.gaps(from: from, to: to).map { ($0.start, $0.end, String?.none, String?.none) }
      return (shifts + gaps).sorted { $0.0 < $1.0 }.map { start, end, user, layer in
        .sparse([
          ("schedule", .string(schedule.name)), ("start", .string(start.rfc3339)), ("end", .string(end.rfc3339)),
          ("user", user.map(JSON.string)), ("layer", layer.map(JSON.string)), ("override", .bool(false)),
        ])
      }
    }
  }

  struct ICal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ical", abstract: "A schedule as iCalendar (RFC 5545).",
      discussion: """
        EXAMPLE
          mainstay oncall ical --schedule primary --definitions definitions > primary.ics
        """)

    @OptionGroup var range: ShiftRange
    @OptionGroup var server: ServerOptions

    func run() async throws {
      guard let name = range.schedule else { throw Failure("which schedule? give --schedule NAME") }
      if let definitions = range.definitions {
        let (from, to) = try range.bounds()
        let schedule = try ScheduleSource(definitions: definitions).named(name)[0].compiled()
        let text = ScheduleICal.text(
          schedule: name, shifts: schedule.shifts(from: from, to: to), now: Clock.now())
        print(text, terminator: "")
      } else {
        let text = try await server.connect {
          try await $0.api.getText(Connection.path("/api/v1/schedules", name + ".ics"))
        }
        print(text, terminator: "")
      }
    }
  }
}

/// Which schedule, from when to when, from where.
struct ShiftRange: ParsableArguments {
  @Option(name: .long, help: .init("From when; now by default. " + Moment.help)) var from: Moment?
  @Option(name: .long, help: "Until when; four weeks later by default.") var to: Moment?
  @Option(name: .long, help: "Only this schedule.") var schedule: String?
  @Option(name: .long, help: .init("Read this directory instead of asking a server.", valueName: "dir"))
  var definitions: String?

  func bounds() throws -> (from: Instant, to: Instant) {
    let now = Clock.now()
    let start = from?.instant(now: now) ?? now
    let end = to?.instant(now: now) ?? start + .days(28)
    guard start < end else { throw Failure("--to is not after --from") }
    guard end - start <= .days(3_660) else { throw Failure("the range is longer than ten years") }
    return (start, end)
  }
}

/// The schedules of a directory of definitions, and the system's zones.
struct ScheduleSource {
  struct Named {
    let name: String
    let spec: ScheduleSpec
    let zones: ZoneFiles

    func compiled() throws -> ScheduleDefinition {
      do {
        return try ScheduleDefinition(name: name, spec: spec, zones: zones)
      } catch {
        throw Failure("schedule \(name): \(error)")
      }
    }
  }

  let schedules: [Named]

  /// - Throws: `Failure` with every error of the definitions.
  init(definitions: String) throws {
    guard FileManager.default.fileExists(atPath: definitions) else {
      throw Failure("\(definitions): no such directory")
    }
    let result = DefinitionsLoader().load(directory: definitions)
    guard let snapshot = result.snapshot else {
      throw Failure(result.errors.map(\.description).joined(separator: "\n"))
    }
    let zones = ZoneFiles { name in
      FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
    }
    schedules = snapshot.all(ScheduleSpec.self).map { Named(name: $0.ref.shortName, spec: $0.spec, zones: zones) }
  }

  /// One schedule, or all where none is named.
  func named(_ name: String?) throws -> [Named] {
    guard let name else { return schedules }
    let found = schedules.filter { $0.name == name }
    guard found.isEmpty else { return found }
    let hint = suggestion(for: name, among: schedules.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    throw Failure("no schedule \(name)\(hint)", code: 1)
  }
}

extension Shift {
  /// The layer it comes from; `nil` for an override.
  var layer: String? { if case .layer(let name) = source { name } else { nil } }
}

extension JSON {
  /// This object with the members of another after its own.
  func merging(_ other: JSON) -> JSON {
    guard case .object(var mine) = self, case .object(let others) = other else { return self }
    for member in others.members { mine[member.key] = member.value }
    return .object(mine)
  }
}
