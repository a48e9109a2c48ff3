import Base
import Engine
import Events
import OnCall

/// Who is on call in every schedule, and where nobody is.
func onCallPage(_ site: Site, _ context: PageContext) -> PageBody {
  let schedules = site.catalog.schedules.map { entry in
    OnCallRow(entry: entry, shifts: site.shifts(entry.name, context.now - .hours(12), context.now + .days(14)), context)
  }
  return PageBody(
    title: "On call", heading: .text(onCallAnswer(schedules, context)), place: .onCall,
    content: .group([
      schedules.isEmpty ? card(nil) { empty("No schedules are defined:", hint: "kind: Schedule") } : .nothing,
      div(.data("live", "oncall-now")) {
        if !schedules.isEmpty { nowCard(schedules, context) }
        if !schedules.isEmpty { lanes(schedules, context) }
        overlapsCard(site.overlaps(context), context)
      },
      site.catalog.people.isEmpty ? .nothing : peopleCard(site),
    ]))
}

private struct OnCallRow {
  var entry: ScheduleEntry
  var shifts: ScheduleShifts?
  var now: ShiftView?
  /// The next other person.
  var next: ShiftView?
  var gaps: [ShiftView]

  init(entry: ScheduleEntry, shifts: ScheduleShifts?, _ context: PageContext) {
    self.entry = entry
    self.shifts = shifts
    let final = shifts?.final ?? []
    let now = final.first { $0.start <= context.now && context.now < $0.end }
    self.now = now
    next = final.first { $0.start > context.now && $0.user != nil && $0.user != now?.user }
    gaps = final.filter { $0.user == nil && $0.end > context.now }
  }
}

/// "2 people are on call; nobody covers Saturday 02:00–04:00".
private func onCallAnswer(_ schedules: [OnCallRow], _ context: PageContext) -> String {
  let people = Set(schedules.compactMap { $0.now?.user }).sorted()
  let who: String
  switch people.count {
  case 0: who = "Nobody is on call"
  case 1: who = "\(people[0]) is on call"
  case 2: who = "\(people[0]) and \(people[1]) are on call"
  default: who = "\(people.count) people are on call"
  }
  let gap = schedules.flatMap { row in row.gaps.map { (row.entry, $0) } }.min { $0.1.start < $1.1.start }
  guard let gap else { return schedules.isEmpty ? who : "\(who); no gaps in two weeks" }
  return "\(who); nobody covers \(gap.0.title ?? gap.0.name) \(gapWords(gap.1, context))"
}

private func nowCard(_ schedules: [OnCallRow], _ context: PageContext) -> HTML {
  card("Now and next") {
    table(.class("cards")) {
      heads(("Schedule", false), ("On call", false), ("Until", false), ("Next", false), ("Gaps in two weeks", false))
      tbody {
        for row in schedules {
          tr(.id(row.entry.name)) {
            th(.attr("scope", "row")) {
              a(.href(schedulePath(row.entry.name))) { row.entry.title ?? row.entry.name }
            }
            cell("On call") {
              if let user = row.now?.user { personLink(user) } else { strong(.class("burning")) { "nobody" } }
              if row.now?.isOverride == true { " "; span(.class("tag")) { "override" } }
            }
            cell("Until") { if let end = row.now?.end { clock(end, context) } }
            cell("Next") {
              if let next = row.next, let user = next.user {
                span {
                  personLink(user)
                  " "
                  clock(next.start, context)
                }
              }
            }
            cell("Gaps in two weeks") {
              if let gap = row.gaps.first {
                span {
                  strong(.class("burning")) { gapWords(gap, context) }
                  if row.gaps.count > 1 { " and \(row.gaps.count - 1) more" }
                }
              } else {
                "none"
              }
            }
          }
        }
      }
    }
  }
}

/// Two weeks, a lane a schedule.
private func lanes(_ schedules: [OnCallRow], _ context: PageContext) -> HTML {
  let shown = schedules.prefix(12)
  return section(.class("card")) {
    OnCallChart(
      id: "lanes", title: "Two weeks",
      time: TimeAxis(from: context.now - .hours(12), to: context.now + .days(14), zone: context.zone),
      now: context.now,
      lanes: shown.map { row in
        // More bars than this are a blur; the schedule's own page has them week by week.
        let bars = (row.shifts?.final ?? []).prefix(60)
        return OnCallChart.Lane(
          name: row.entry.title ?? row.entry.name,
          bars: bars.map { .init(from: $0.start, to: $0.end, person: $0.user, isOverride: $0.isOverride) })
      }
    ).html
    if schedules.count > shown.count {
      p(.class("muted small")) { "The first \(shown.count) of \(schedules.count) schedules." }
    }
  }
}

private func peopleCard(_ site: Site) -> HTML {
  card("People") {
    p {
      for (index, person) in site.catalog.people.prefix(200).enumerated() {
        if index > 0 { ", " }
        personLink(person.name)
      }
    }
  }
}
