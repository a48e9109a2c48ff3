import Base
import Engine
import Events
import Fatigue
import Journal

/// What the page of load is made from.
struct LoadView: Sendable {
  var report: LoadReport
  var limits: [Limits.Passed]
  /// The person's teams.
  var teams: [String: [String]]
  var team: String?
  var weeks: Int
  /// Alerts that called somebody, are over, and that nobody has judged; newest first.
  var unjudged: [(alert: ULID, title: String, at: Instant)]
}

/// The tabs that lead to the pages about people.
func fatigueTabs(_ here: String) -> HTML {
  nav(.aria("label", "Load and noise")) {
    ul(.class("tabs")) {
      for (path, word) in [("/load", "Load"), ("/noise", "Noise"), ("/handovers", "Hand-overs")] {
        li { a(.href(path), path == here ? .aria("current", "true") : nil) { word } }
      }
    }
  }
}

func loadPage(_ view: LoadView, _ context: PageContext) -> PageBody {
  let people = view.report.people
  return PageBody(
    title: "Load", heading: .text(loadAnswer(view)), place: .load,
    content: .group([
      fatigueTabs("/load"),
      loadFilters(view),
      view.limits.isEmpty ? .nothing : limitsCard(view.limits, context),
      card("Pages a week") {
        if people.isEmpty {
          empty("Nobody was on call, and nobody was paged.", hint: "kind: Schedule")
        } else {
          ul(.class("legend")) {
            li(.class("high")) { "high urgency" }
            li(.class("low")) { "low urgency" }
            li(.class("moon")) { "☾ a night was interrupted" }
          }
          let paged = people.filter { $0.calls > 0 }.sorted { ($1.calls, $0.person) < ($0.calls, $1.person) }
          let most = people.flatMap(\.weeks).map { $0.high + $0.low }.max() ?? 1
          div(.class("multiples")) {
            for (index, person) in paged.enumerated() {
              WeekBars(id: "weeks-\(index)", title: person.person, weeks: person.weeks, most: most, zone: context.zone)
                .html
            }
          }
          let quiet = people.filter { $0.calls == 0 }.map(\.person)
          quiet.isEmpty
            ? HTML.nothing : p(.class("muted small")) { "Not paged: \(quiet.prefix(50).joined(separator: ", "))." }
        }
      },
      people.isEmpty ? .nothing : card("People") { peopleTable(people, view, context) },
      card("Time to acknowledge") { acknowledgeCard(people) },
      view.unjudged.isEmpty ? .nothing : card("Was it worth it?") { unjudgedList(view.unjudged, context) },
      card("Shifts") { shiftTable(view.report.shifts, context) },
    ]), isLive: false)
}

/// "ana had 19 of 41 pages in 4 weeks, and 4 interrupted nights."
private func loadAnswer(_ view: LoadView) -> String {
  let people = view.report.people
  let total = people.reduce(0) { $0 + $1.calls }
  let span = "in \(Format.plural(view.weeks, "week"))"
  guard total > 0, let most = people.max(by: { ($0.calls, $1.person) < ($1.calls, $0.person) }) else {
    return "Nobody was paged \(span)"
  }
  let nights = people.reduce(0) { $0 + $1.interruptedNights }
  return
    "\(most.person) had \(most.calls) of \(Format.plural(total, "page")) \(span); "
    + (nights == 0 ? "no night was interrupted" : "\(Format.plural(nights, "night was", "nights were")) interrupted")
}

private func loadFilters(_ view: LoadView) -> HTML {
  let teams = Set(view.teams.values.flatMap { $0 }).sorted()
  func path(_ weeks: Int, _ team: String?) -> String {
    "/load?weeks=\(weeks)" + (team.map { "&team=\(SafeURL.encode($0))" } ?? "")
  }
  return .group([
    nav(.aria("label", "Range")) {
      ul(.class("tabs")) {
        for weeks in [1, 4, 12, 52] {
          li {
            a(.href(path(weeks, view.team)), weeks == view.weeks ? .aria("current", "true") : nil) {
              Format.plural(weeks, "week")
            }
          }
        }
      }
    },
    teams.count < 2
      ? .nothing
      : nav(.aria("label", "Team")) {
        ul(.class("tabs")) {
          li { a(.href(path(view.weeks, nil)), view.team == nil ? .aria("current", "true") : nil) { "All teams" } }
          for team in teams {
            li { a(.href(path(view.weeks, team)), view.team == team ? .aria("current", "true") : nil) { team } }
          }
        }
      },
  ])
}

private func peopleTable(_ people: [PersonLoad], _ view: LoadView, _ context: PageContext) -> HTML {
  let length = view.report.to - view.report.from
  return table(.class("cards")) {
    heads(
      ("Person", false), ("Pages", true), ("Low", true), ("Incidents", true), ("At night", true), ("Nights", true),
      ("Median", true), ("p90", true), ("On call", true))
    tbody {
      for person in people {
        let share = person.onCall / length
        tr {
          th(.attr("scope", "row")) {
            person.person
            div(.class("muted small")) { (view.teams[person.person] ?? []).joined(separator: ", ") }
          }
          cell("Pages of high urgency", right: true) { String(person.high) }
          cell("Pages of low urgency", right: true) { String(person.low) }
          cell("Incidents", right: true) { String(person.causes) }
          cell("Pages at night", right: true) { String(person.nightCalls) }
          cell("Nights interrupted", right: true) { String(person.interruptedNights) }
          cell("Median time to acknowledge", right: true) {
            person.timeToAcknowledge.median.map { Format.length($0) } ?? "–"
            span(.class("muted small")) { " of \(person.timeToAcknowledge.count)" }
          }
          cell("90th percentile", right: true) { person.timeToAcknowledge.p90.map { Format.length($0) } ?? "–" }
          cell("Share of time on call", right: true) {
            Format.percent(share, digits: 0)
            if share > LoadReport.shareMax {
              " "; span(.class("tag"), .title("More than a quarter of the time")) { "over 25 %" }
            }
          }
        }
      }
    }
  }
}

private func acknowledgeCard(_ people: [PersonLoad]) -> HTML {
  let all = Spread(people.flatMap(\.timeToAcknowledge.values))
  guard let median = all.median else { return empty("Nobody has acknowledged a page in this range.") }
  return .group([
    p {
      "Half of \(Format.plural(all.count, "answer")) came within \(Format.length(median))"
      all.p90.map { "; nine of ten within \(Format.length($0))." } ?? ". Too few for a 90th percentile."
    },
    spreadBars(all),
  ])
}

private func limitsCard(_ limits: [Limits.Passed], _ context: PageContext) -> HTML {
  card("Limits passed") {
    ul(.class("plain")) {
      for passed in limits.prefix(10) {
        li {
          p {
            clock(passed.at, context)
            ": \(passed.what.words) in "
            a(.href("/oncall#\(SafeURL.encode(passed.schedule))")) { passed.schedule }
            passed.what.told.isEmpty ? "; nobody was told." : "; \(Format.list(passed.what.told)) was told."
          }
          if passed.what.shiftEnd > context.now, let relief = passed.what.relief, context.may(.responder) {
            reliefForm(passed, relief, context)
          }
        }
      }
    }
  }
}

extension LimitExceeded {
  /// "ana had 3 incidents in a shift, and 2 are the limit".
  var words: String {
    switch limit {
    case .incidentsPerShift: "\(person) had \(counted) incidents in one shift (the limit is \(allowed))"
    case .pagesPerNight: "\(person) had \(counted) pages in one night (the limit is \(allowed))"
    }
  }
}

/// The override that is suggested, ready to be sent.
private func reliefForm(_ passed: Limits.Passed, _ relief: LimitExceeded.Relief, _ context: PageContext) -> HTML {
  let end = min(passed.what.shiftEnd, context.now + .days(7))
  return actionForm(
    "/oncall/\(SafeURL.encode(passed.schedule))/overrides", context,
    label: "Have \(relief.person) cover until \(context.zone.brief(end, near: context.now))",
    confirm: "\(relief.person) is free until then and had \(Format.plural(relief.pages, "page")) in four weeks.",
    fields: [
      ("zone", context.zone.name), ("user", relief.person), ("start", context.zone.stamp(context.now)),
      ("end", context.zone.stamp(end)),
    ])
}

private func unjudgedList(_ alerts: [(alert: ULID, title: String, at: Instant)], _ context: PageContext) -> HTML {
  .group([
    p(.class("muted")) { "These called somebody and are over. Was there something to do?" },
    ul(.class("plain")) {
      for item in alerts {
        li(.class("row apart")) {
          span {
            a(.href("/alerts/\(item.alert)")) { item.title }; " "; ago(item.at, context)
          }
          if context.may(.responder) { judgeForms(item.alert, context, back: "/load") }
        }
      }
    },
  ])
}

private func shiftTable(_ shifts: [ShiftLoad], _ context: PageContext) -> HTML {
  if shifts.isEmpty { return empty("No schedule has a shift in this range.", hint: "kind: Schedule") }
  return table(.class("cards")) {
    heads(
      ("Who", false), ("Schedule", false), ("From", false), ("To", false), ("Incidents", true), ("Pages", true),
      ("At night", true), ("Low", true))
    tbody {
      for shift in shifts.prefix(40) {
        tr {
          th(.attr("scope", "row")) { shift.duty.person }
          cell("Schedule") { shift.duty.schedule }
          cell("From") { clock(shift.duty.start, context) }
          cell("To") { clock(shift.duty.end, context) }
          cell("Incidents", right: true) { String(shift.causes.count) }
          cell("Pages", right: true) { String(shift.high) }
          cell("At night", right: true) { String(shift.nightCalls) }
          cell("Low", right: true) { String(shift.low) }
        }
      }
    }
  }
}
