import Base
import Engine
import Events
import OnCall

func onCallPage(_ site: Site, problem: String? = nil, _ context: PageContext) -> PageBody {
  let schedules = site.catalog.schedules.map {
    ($0, site.shifts($0.name, context.now - .hours(12), context.now + .days(14)))
  }
  return PageBody(
    title: "On call", heading: .text(onCallAnswer(schedules.map { ($0.0, $0.1) }, context)), place: .onCall,
    content: .group(
      [problem.map { text in p(.class("problem"), .role("alert")) { text } } ?? .nothing]
        + schedules.map { scheduleCard($0.0, $0.1, site, context) }
        + [schedules.isEmpty ? card(nil) { empty("No schedules are defined:", hint: "kind: Schedule") } : .nothing]))
}

/// "2 people are on call; nobody covers Saturday 02:00–04:00".
private func onCallAnswer(_ schedules: [(ScheduleEntry, ScheduleShifts?)], _ context: PageContext) -> String {
  let people = schedules.compactMap { pair in
    pair.1?.final.first { $0.start <= context.now && context.now < $0.end }?.user
  }
  let distinct = Array(Set(people)).sorted()
  let who =
    distinct.isEmpty
    ? "Nobody is on call" : "\(Format.list(distinct)) \(distinct.count == 1 ? "is" : "are") on call"
  let gap = schedules.flatMap { pair in
    (pair.1?.final ?? []).filter { $0.user == nil && $0.end > context.now }.map { (pair.0, $0) }
  }
  .min { $0.1.start < $1.1.start }
  guard let gap else { return schedules.isEmpty ? who : "\(who); no gaps in two weeks" }
  let from = context.zone.brief(max(gap.1.start, context.now), near: context.now)
  let to = context.zone.brief(gap.1.end, near: gap.1.start)
  return "\(who); nobody covers \(gap.0.title ?? gap.0.name) from \(from) to \(to)"
}

private func scheduleCard(
  _ schedule: ScheduleEntry, _ shifts: ScheduleShifts?, _ site: Site, _ context: PageContext
) -> HTML {
  let coming = (shifts?.final ?? []).filter { $0.end > context.now }
  let overrides = site.state.overrides.of(schedule.name).filter { $0.end > context.now }
  return section(.class("card"), .id(schedule.name)) {
    div(.class("row apart")) {
      h2 { schedule.title ?? schedule.name }
      span(.class("muted small")) {
        "hands over in \(schedule.zone) · "
        a(.href("/schedules/\(SafeURL.encode(schedule.name)).ics")) { "iCal" }
      }
    }
    div(.data("live", "schedule-\(schedule.name)")) {
      if let shifts { chart(schedule, shifts, context).html }
      table(.class("cards")) {
        heads(("Who", false), ("From", false), ("To", false), ("Length", true), ("Because of", false))
        tbody {
          for shift in coming.prefix(8) {
            tr {
              th(.attr("scope", "row")) {
                if let user = shift.user { user } else { strong(.class("burning")) { "nobody" } }
                if shift.start <= context.now { " "; span(.class("tag")) { "now" } }
              }
              cell("From") { clock(shift.start, context) }
              cell("To") { clock(shift.end, context) }
              cell("Length", right: true) { Format.length(shift.end - shift.start) }
              cell("Because of") { shift.isOverride ? "override" : shift.layer ?? "" }
            }
          }
        }
      }
      if !overrides.isEmpty { overrideList(overrides, context) }
    }
    if context.may(.responder) { overrideForm(schedule, site, context) }
  }
}

private func chart(_ schedule: ScheduleEntry, _ shifts: ScheduleShifts, _ context: PageContext) -> OnCallChart {
  func bars(_ list: [ShiftView]) -> [OnCallChart.Bar] {
    list.map { .init(from: $0.start, to: $0.end, person: $0.user, isOverride: $0.isOverride) }
  }
  let layers =
    shifts.layers.count > 1
    ? shifts.layers.map { OnCallChart.Lane(name: $0.name, bars: bars($0.shifts).filter { $0.person != nil }) } : []
  return OnCallChart(
    id: "lanes-\(schedule.name)", title: "Two weeks",
    time: TimeAxis(from: context.now - .hours(12), to: context.now + .days(14), zone: context.zone), now: context.now,
    lanes: [.init(name: "Who is paged", bars: bars(shifts.final))] + layers)
}

private func overrideList(_ overrides: [Override], _ context: PageContext) -> HTML {
  .group([
    h3 { "Overrides" },
    ul(.class("plain")) {
      for entry in overrides {
        li(.class("row apart")) {
          span {
            strong { entry.user }; " covers "; clock(entry.start, context); " to "; clock(entry.end, context)
          }
          if context.may(.responder) {
            actionForm(
              "/oncall/\(SafeURL.encode(entry.schedule))/overrides/\(entry.id)/cancel", context, label: "Cancel",
              confirm: "Cancel this override? The schedule applies again at once.")
          }
        }
      }
    },
  ])
}

private func overrideForm(_ schedule: ScheduleEntry, _ site: Site, _ context: PageContext) -> HTML {
  let id = schedule.name
  return details {
    summary { "Have somebody cover" }
    form(.method("post"), .action("/oncall/\(SafeURL.encode(schedule.name))/overrides")) {
      csrfField(context)
      input(.type("hidden"), .name("zone"), .value(context.zone.name))
      div(.class("fields")) {
        div {
          label(.for("user-\(id)")) { "Who" }
          select(.id("user-\(id)"), .name("user")) {
            for person in site.catalog.people where person.hasContact {
              option(.value(person.name), person.name == context.reader?.name ? .flag("selected") : nil) {
                person.displayName ?? person.name
              }
            }
          }
        }
        div {
          label(.for("start-\(id)")) {
            "From "; span(.class("muted")) { context.zone.name }
          }
          input(
            .id("start-\(id)"), .name("start"), .type("datetime-local"), .value(context.zone.stamp(context.now)),
            .flag("required"))
        }
        div {
          label(.for("end-\(id)")) {
            "To "; span(.class("muted")) { context.zone.name }
          }
          input(
            .id("end-\(id)"), .name("end"), .type("datetime-local"),
            .value(context.zone.stamp(context.now + .hours(4))),
            .flag("required"))
        }
        div(.class("actions")) { button(.type("submit"), .class("primary")) { "Cover" } }
      }
    }
  }
}
