import ArgumentParser
import Base
import Definitions
import Engine
import Foundation
import OnCall
import Outbound
import Wire

/// Which schedule, from when to when, from where.
struct ShiftRange: ParsableArguments {
  @Option(name: .long, help: .init("From when; now by default. " + Moment.help)) var from: Moment?
  @Option(name: .long, help: "Until when; four weeks later by default, twelve for quality.") var to: Moment?
  @Option(name: .long, help: "Only this schedule.") var schedule: String?
  @Option(name: .long, help: .init("Read this directory instead of asking a server.", valueName: "dir"))
  var definitions: String?

  func bounds(standard: Interval = .days(28)) throws -> (from: Instant, to: Instant) {
    let now = Clock.now()
    let start = from?.instant(now: now) ?? now
    let end = to?.instant(now: now) ?? start + standard
    guard start < end else { throw Failure("--to is not after --from") }
    guard end - start <= .days(3_660) else { throw Failure("the range is longer than ten years") }
    return (start, end)
  }

  /// The schedule that is named, or all that the server has.
  func names(_ connection: Connection) async throws -> [String] {
    if let schedule { return [schedule] }
    return (try await connection.api.get("/api/v1/oncall")["items"]?.array ?? []).compactMap { $0.text("schedule") }
  }
}

/// The schedules of a directory of definitions, and the system's zones.
struct ScheduleSource {
  let plan: OnCallPlan
  private let people: [String]

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
    let schedules = try snapshot.all(ScheduleSpec.self).map { schedule in
      let name = schedule.ref.shortName
      do {
        return try ScheduleDefinition(name: name, spec: schedule.spec, zones: zones)
      } catch {
        throw Failure("schedule \(name): \(error)")
      }
    }
    var homes: [String: Zone] = [:]
    for contact in snapshot.all(ContactSpec.self) {
      homes[contact.spec.user.shortName] = contact.spec.timeZone.flatMap { try? zones.zone(named: $0) }
    }
    let environment = Engine.Environment(
      compiling: snapshot, objectives: [], zone: { try? zones.zone(named: $0) }, onCall: { _, _, _ in [] })
    plan = OnCallPlan(schedules: schedules, policies: Array(environment.policies.values), zones: homes)
    people = snapshot.all(UserSpec.self).map(\.ref.shortName).sorted()
  }

  /// One schedule, or all where none is named.
  func named(_ name: String?) throws -> [ScheduleDefinition] {
    guard let name else { return plan.schedules }
    if let found = plan.schedule(named: name) { return [found] }
    let hint = suggestion(for: name, among: plan.schedules.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    throw Failure("no schedule \(name)\(hint)", code: 1)
  }

  func check(person: String) throws {
    if people.contains(person) { return }
    let hint = suggestion(for: person, among: people).map { "; did you mean \($0)?" } ?? ""
    throw Failure("no person \(person) in the definitions\(hint)", code: 1)
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
