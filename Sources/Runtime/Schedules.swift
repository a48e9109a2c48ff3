import Base
import Definitions
import OnCall

/// The schedules of a snapshot with their zones read.
public struct Schedules: Sendable {
  public let byName: [String: ScheduleDefinition]
  /// Schedules whose zone is not in the system's tzdata: nobody is on call in them.
  public let problems: [String]

  public init(_ snapshot: Snapshot, zones: SystemZones) {
    var byName: [String: ScheduleDefinition] = [:]
    var problems: [String] = []
    for schedule in snapshot.all(ScheduleSpec.self) {
      let name = schedule.ref.shortName
      do {
        byName[name] = try ScheduleDefinition(name: name, spec: schedule.spec, zones: zones.files)
      } catch {
        problems.append("schedule \(name): \(error)")
      }
    }
    self.byName = byName
    self.problems = problems
  }

  /// Who is on call, each once, in the order of their layers.
  public func onCall(_ schedule: String, at now: Instant, overrides: [Override]) -> [String] {
    var seen: Set<String> = []
    return (byName[schedule]?.onCall(at: now, overrides: overrides.map(\.covering)) ?? []).map(\.user)
      .filter { seen.insert($0).inserted }
  }
}
