import Base
import Foundation
import OnCall

/// The system's zones; tests of Core may read files.
let systemZones = ZoneFiles { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
}

func at(_ text: String) -> Instant { Instant(rfc3339: text)! }
func clock(_ text: String) -> CivilDateTime { CivilDateTime(isoText: text)! }

func window(_ from: String, _ to: String, _ days: Set<Weekday> = []) -> ScheduleRestriction {
  ScheduleRestriction(days: days, from: CivilTime(isoText: from)!, to: CivilTime(isoText: to)!)
}

let workdays: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]

func layer(
  _ unit: ScheduleLayer.Cadence.Unit, every: Int = 1, from start: String, until: String? = nil,
  only restrictions: [ScheduleRestriction] = []
) -> ScheduleLayer {
  layer("primary", ["ana", "bo", "cy"], unit, every: every, from: start, until: until, only: restrictions)
}

func layer(
  _ name: String, _ users: [String], _ unit: ScheduleLayer.Cadence.Unit,
  every: Int = 1, from start: String, until: String? = nil, only restrictions: [ScheduleRestriction] = []
) -> ScheduleLayer {
  ScheduleLayer(
    name: name, users: users, cadence: .init(unit, every: every), start: clock(start), until: until.map(clock),
    restrictions: restrictions)
}

func schedule(_ zone: String, _ layers: ScheduleLayer...) throws -> ScheduleDefinition {
  ScheduleDefinition(name: "playback", zone: try systemZones.zone(named: zone), layers: layers)
}
