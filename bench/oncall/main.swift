import Base
import Foundation
import OnCall

// Prints one line of JSON: how long a year of schedule and who-is-on-call take, in every round.
//
// usage: oncall-bench [ROUNDS]

let rounds = CommandLine.arguments.count > 1 ? max(1, Int(CommandLine.arguments[1]) ?? 21) : 21

let zones = ZoneFiles { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
}

func clock(_ text: String) -> CivilDateTime {
  guard let value = CivilDateTime(isoText: text) else { fatalError("not a time: \(text)") }
  return value
}

/// 40 schedules of 5 people each, of the shapes that teams have: a week each; days over nights; follow the sun.
func fleet() throws -> [ScheduleDefinition] {
  let names = ["Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]
  return try (0..<40).map { number in
    let people = (0..<5).map { "person-\(number * 5 + $0)" }
    let zone = try zones.zone(named: names[number % names.count])
    let work = ScheduleRestriction(
      days: [.monday, .tuesday, .wednesday, .thursday, .friday], from: clock("2026-01-01T09:00").time,
      to: clock("2026-01-01T18:00").time)
    func layer(
      _ name: String, _ unit: ScheduleLayer.Cadence.Unit, _ only: [ScheduleRestriction] = [], _ zone: Zone? = nil
    )
      -> ScheduleLayer
    {
      ScheduleLayer(
        name: name, users: people, cadence: .init(unit), start: clock("2026-01-05T09:00"), restrictions: only,
        zone: zone)
    }
    let layers: [ScheduleLayer]
    switch number % 3 {
    case 0: layers = [layer("weekly", .weekly)]
    case 1: layers = [layer("nights", .weekly), layer("days", .daily, [work])]
    default:
      let day = [ScheduleRestriction(from: clock("2026-01-01T08:00").time, to: clock("2026-01-01T16:30").time)]
      layers = try [
        layer("apac", .weekly, day, zones.zone(named: "Asia/Tokyo")),
        layer("emea", .weekly, day, zones.zone(named: "Europe/Berlin")),
        layer("amer", .weekly, day, zones.zone(named: "America/Los_Angeles")),
      ]
    }
    return ScheduleDefinition(name: "schedule-\(number)", zone: zone, layers: layers)
  }
}

func seconds(_ work: () -> Void) -> Double {
  let clock = ContinuousClock()
  let took = clock.measure(work)
  return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

let schedules = try fleet()
let plan = OnCallPlan(schedules: schedules)
guard let from = Instant(rfc3339: "2026-01-05T00:00:00Z") else { fatalError("not a time") }
let to = from + .days(365)
let overrides = (0..<20).map { number in
  ScheduleOverride(
    id: "\(number)", user: "person-\(number)", start: from + .days(Int64(number * 17)),
    end: from + .days(Int64(number * 17)) + .hours(9))
}

var shifts = 0
var years: [Double] = []
var (cold, warm, busy): ([Double], [Double], [Double]) = ([], [], [])
var people = 0
// What the peer expands too: 40 weekly rotations without overrides.
let weeklies = schedules.enumerated().map { number, schedule in
  ScheduleDefinition(
    name: schedule.name, zone: schedule.zone,
    layers: [
      ScheduleLayer(
        name: "weekly", users: (0..<5).map { "person-\(number * 5 + $0)" }, cadence: .init(.weekly),
        start: clock("2026-01-05T09:00"))
    ])
}
var weekly: [Double] = []
var weeklyShifts = 0
for round in 0..<rounds {
  shifts = 0
  years.append(
    seconds {
      for schedule in schedules { shifts += schedule.shifts(from: from, to: to, overrides: overrides).count }
    })
  weeklyShifts = 0
  weekly.append(
    seconds {
      for schedule in weeklies { weeklyShifts += schedule.shifts(from: from, to: to).count }
    })
  // Cold: each schedule built anew from its zone's file, asked once, at another time in each round.
  let fresh = try fleet()
  let at = from + .hours(Int64(round * 397 % 8_000))
  for schedule in fresh { cold.append(seconds { people += schedule.onCall(at: at).count }) }
  // Warm: the same schedule asked again and again, at times all over the year.
  for schedule in schedules {
    let spent = seconds {
      for step in 0..<200 { people += schedule.onCall(at: from + .hours(Int64(step * 41))).count }
    }
    warm.append(spent / 200)
    let withOverrides = seconds {
      for step in 0..<200 { people += schedule.onCall(at: from + .hours(Int64(step * 41)), overrides: overrides).count }
    }
    busy.append(withOverrides / 200)
  }
}

func text(_ values: [Double]) -> String { "[" + values.map { "\($0)" }.joined(separator: ",") + "]" }

print(
  "{\"people\":\(schedules.count * 5),\"schedules\":\(schedules.count),\"shifts\":\(shifts),\"answers\":\(people),"
    + "\"year_s\":\(text(years)),\"cold_s\":\(text(cold)),\"warm_s\":\(text(warm)),\"overrides_s\":\(text(busy)),"
    + "\"weekly_shifts\":\(weeklyShifts),\"weekly_s\":\(text(weekly))}")
