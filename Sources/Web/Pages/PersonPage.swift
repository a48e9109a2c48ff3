import Base
import Engine
import Events
import OnCall

/// One person: when they are on call, how much of it there was and will be, and their calendar.
func personPage(_ person: PersonEntry, _ site: Site, feed: String, _ context: PageContext) -> PageBody {
  let overrides = site.state.overrides
  let shifts = site.catalog.plan.shifts(of: person.name, from: context.now - .days(28), to: context.now + .days(84)) {
    overrides.of($0).map(\.covering)
  }
  let ahead = shifts.filter { $0.shift.end > context.now }
  return PageBody(
    title: person.displayName ?? person.name, heading: .text(personAnswer(person, ahead, context)),
    lead: p(.class("lead")) {
      person.teams.isEmpty ? "In no team." : "In \(Format.list(person.teams)). Times are \(context.zone.name)."
    },
    crumbs: [("On call", "/oncall")], place: .onCall,
    content: .group([
      person.hasContact
        ? .nothing
        : card("No page can reach \(person.name)", urgent: true) {
          p { "Write a Contact with a channel into the definitions:" }
          p { code { "kind: Contact" } }
        },
      div(.data("live", "person-\(person.name)")) {
        shiftsCard(person, ahead, context)
        hoursCard(shifts, context)
      },
      subscribeCard(
        feed, of: "\(person.name)'s shifts", revoke: "/people/\(SafeURL.encode(person.name))/feed/revoke", context),
    ]))
}

/// "Ana Ruiz is on call until Monday, 09:00".
private func personAnswer(_ person: PersonEntry, _ ahead: [ScheduledShift], _ context: PageContext) -> String {
  let name = person.displayName ?? person.name
  let current = ahead.filter { $0.shift.start <= context.now }
  if let last = current.map(\.shift.end).max() {
    return "\(name) is on call until \(context.zone.brief(last, near: context.now))"
  }
  guard let next = ahead.first else { return "\(name) has no shifts in the next twelve weeks" }
  return "\(name) is next on call \(context.zone.brief(next.shift.start, near: context.now))"
}

private func shiftsCard(_ person: PersonEntry, _ ahead: [ScheduledShift], _ context: PageContext) -> HTML {
  card("Shifts ahead") {
    if ahead.isEmpty {
      empty("\(person.name) is in no layer whose turn comes up in twelve weeks, and covers for nobody.")
    } else {
      table(.class("cards")) {
        heads(("Schedule", false), ("From", false), ("To", false), ("Length", true), ("Because of", false))
        tbody {
          for entry in ahead.prefix(20) {
            tr {
              th(.attr("scope", "row")) {
                a(.href(schedulePath(entry.schedule))) { entry.schedule }
                if entry.shift.start <= context.now { " "; span(.class("tag")) { "now" } }
              }
              cell("From") { clock(entry.shift.start, context) }
              cell("To") { clock(entry.shift.end, context) }
              cell("Length", right: true) { Format.length(entry.shift.end - entry.shift.start) }
              cell("Because of") {
                switch entry.shift.source {
                case .layer(let name): name
                case .override: "override"
                }
              }
            }
          }
        }
      }
      if ahead.count > 20 {
        p(.class("muted small")) { "And \(ahead.count - 20) more in twelve weeks; the calendar link has them all." }
      }
    }
  }
}

/// Hours in the last and the next four weeks, by schedule and in all; two shifts at once count once in the sum.
private func hoursCard(_ shifts: [ScheduledShift], _ context: PageContext) -> HTML {
  let names = Set(shifts.map(\.schedule)).sorted()
  func hours(_ schedule: String?, from: Instant, to: Instant) -> String {
    let own = shifts.filter { schedule == nil || $0.schedule == schedule }
    return Format.fixed(OnCallPlan.time(of: own, from: from, to: to).seconds / 3_600, 0)
  }
  let (last, next) = (context.now - .days(28), context.now + .days(28))
  return card("Hours on call") {
    table(.class("cards")) {
      heads(("Schedule", false), ("Last 4 weeks", true), ("Next 4 weeks", true))
      tbody {
        for name in names + [""] {
          let schedule = name.isEmpty ? nil : name
          tr {
            th(.attr("scope", "row")) { if let schedule { schedule } else { "In all" } }
            cell("Last 4 weeks", right: true) { hours(schedule, from: last, to: context.now) }
            cell("Next 4 weeks", right: true) { hours(schedule, from: context.now, to: next) }
          }
        }
      }
    }
    p(.class("muted small")) {
      "Of 672 hours in four weeks; a quarter, 168, is the most to bear. By the definitions in force."
    }
  }
}
