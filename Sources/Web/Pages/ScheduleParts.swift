import Base
import Events
import Journal
import OnCall

/// A person's name as a link to their page.
func personLink(_ name: String) -> HTML { a(.href("/people/\(SafeURL.encode(name))")) { name } }

func schedulePath(_ name: String) -> String { "/schedules/\(SafeURL.encode(name))" }

/// `Saturday 02:00–04:00`, `today 16:00–24:00`, and the date where it is not within a week.
func gapWords(_ gap: ShiftView, _ context: PageContext) -> String {
  let zone = context.zone
  if gap.start <= context.now { return "until \(zone.brief(gap.end, near: context.now))" }
  let parts = zone.parts(gap.start)
  let day = zone.dayNumber(of: gap.start)
  let ahead = day - zone.dayNumber(of: context.now)
  let from =
    ahead == 0
    ? "today \(parts.clock)"
    : ahead < 7 ? "\(parts.weekdayFull) \(parts.clock)" : zone.brief(gap.start, near: context.now)
  if zone.day(day + 1) == gap.end { return "\(from)–24:00" }
  let isSameDay = zone.dayNumber(of: gap.end) == day
  return isSameDay ? "\(from)–\(zone.parts(gap.end).clock)" : "\(from) to \(zone.brief(gap.end, near: gap.start))"
}

/// What somebody typed into the form for an override, to show it again.
struct OverrideDraft {
  /// How a form names nobody: no person's name has a slash.
  static let nobody = "/nobody"

  /// The override that is changed; `nil` for a new one.
  var id: String?
  var user: String?
  var start: String?
  var end: String?
}

func overrideList(_ overrides: [Override], _ context: PageContext) -> HTML {
  card("Overrides") {
    if overrides.isEmpty { p(.class("muted")) { "Nobody covers for anybody." } }
    ul(.class("plain")) {
      for entry in overrides {
        li(.class("row apart")) {
          span {
            entry.user.map { .group([personLink($0), " covers "]) } ?? "Left uncovered, "
            clock(entry.start, context); " to "; clock(entry.end, context)
            span(.class("muted small")) { ", by \(actorName(entry.by.text))" }
          }
          if context.may(.responder) {
            span(.class("actions")) {
              a(.class("btn"), .href("\(schedulePath(entry.schedule))?change=\(entry.id)#cover")) { "Change" }
              actionForm(
                "/oncall/\(SafeURL.encode(entry.schedule))/overrides/\(entry.id)/cancel", context, label: "Cancel",
                confirm: "Cancel this override? The schedule applies again at once.")
            }
          }
        }
      }
    }
  }
}

/// The form that has somebody cover; open where a time was chosen in the calendar, or something was wrong.
func overrideForm(
  _ schedule: ScheduleEntry, _ site: Site, _ context: PageContext, draft: OverrideDraft, problem: String?
) -> HTML {
  guard context.may(.responder) else { return .nothing }
  let id = schedule.name
  let isOpen = draft.start != nil || draft.id != nil || problem != nil
  let path = "/oncall/\(SafeURL.encode(id))/overrides" + (draft.id.map { "/\(SafeURL.encode($0))" } ?? "")
  func moment(_ name: String, _ words: String, _ value: String) -> HTML {
    div {
      label(.for("\(name)-\(id)")) {
        words; " "
        span(.class("muted")) { context.zone.name }
      }
      input(
        .id("\(name)-\(id)"), .name(name), .type("datetime-local"), .value(value), .flag("required"))
    }
  }
  return element(
    "details", [.class("card"), .id("cover"), isOpen ? .flag("open") : nil],
    .group([
      summary { draft.id == nil ? "Have somebody cover, or leave a time uncovered" : "Change the override" },
      problem.map { text in p(.class("problem"), .role("alert")) { text } } ?? .nothing,
      form(.method("post"), .action(path)) {
        csrfField(context)
        input(.type("hidden"), .name("zone"), .value(context.zone.name))
        div(.class("fields")) {
          div {
            label(.for("user-\(id)")) { "Who" }
            select(.id("user-\(id)"), .name("user")) {
              for person in site.catalog.people where person.hasContact {
                let isChosen = person.name == (draft.user ?? context.reader?.name)
                option(.value(person.name), isChosen ? .flag("selected") : nil) { person.displayName ?? person.name }
              }
              option(
                .value(OverrideDraft.nobody), draft.user == OverrideDraft.nobody ? .flag("selected") : nil
              ) { "Nobody: leave it uncovered" }
            }
          }
          moment("start", "From", draft.start ?? context.zone.stamp(context.now))
          moment("end", "To", draft.end ?? context.zone.stamp(context.now + .hours(4)))
          div(.class("actions")) { button(.type("submit"), .class("primary")) { draft.id == nil ? "Cover" : "Change" } }
        }
      },
      p(.class("muted small")) {
        "The newest override wins; an earlier one resumes when it ends. What nobody covers is a gap: alerts go to the "
          + "next level at once."
      },
    ]))
}

/// The score with what costs points, in words.
func qualityCard(_ quality: ScheduleQuality, _ context: PageContext) -> HTML {
  card("Quality: \(quality.score) of 100") {
    if quality.findings.isEmpty {
      p { "No gaps, nobody overloaded, enough people, and hand-overs by day in the next twelve weeks." }
    }
    ul(.class("plain")) {
      for finding in quality.findings {
        li(.class("row apart")) {
          span { finding.text }
          span(.class("muted")) { "−\(finding.points)" }
        }
      }
    }
    table(.class("cards")) {
      heads(("Who", false), ("Of the next 12 weeks", true), ("Hours", true), ("Nights", true))
      tbody {
        for load in quality.loads.prefix(30) {
          tr {
            th(.attr("scope", "row")) { personLink(load.person) }
            cell("Of the next 12 weeks", right: true) { Format.percent(load.share) }
            cell("Hours", right: true) { Format.fixed(load.time.seconds / 3_600, 0) }
            cell("Nights", right: true) { "\(load.nights)" }
          }
        }
      }
    }
  }
}

/// The layers in words, the one that counts most first.
func layersCard(_ schedule: ScheduleDefinition) -> HTML {
  card("Layers") {
    ul(.class("plain")) {
      for layer in schedule.layers.reversed() {
        li {
          strong { layer.name }; ": \(layerWords(layer, in: schedule))"
        }
      }
    }
    if schedule.layers.count > 1 {
      p(.class("muted small")) { "A layer covers those below it wherever it has someone." }
    }
  }
}

func layerWords(_ layer: ScheduleLayer, in schedule: ScheduleDefinition) -> String {
  let count = layer.cadence.every
  let unit =
    switch layer.cadence.unit {
    case .hourly: "hour"
    case .daily: "day"
    case .weekly: "week"
    case .monthly: "month"
    }
  let anchor = layer.handover ?? layer.start
  var when = "at \(anchor.time)"
  if layer.cadence.unit == .weekly { when = "on \(anchor.date.weekday.rawValue.capitalizedFirst)s " + when }
  if layer.cadence.unit == .hourly { when = "counted from \(anchor.time)" }
  let people = layer.users.isEmpty ? "nobody" : Format.list(layer.users, showing: 12)
  var text = "\(people), \(count == 1 ? "a \(unit)" : "\(count) \(unit)s") each, handing over \(when)"
  text += " \((layer.zone ?? schedule.zone).name)"
  let windows = layer.restrictions.map { restriction in
    let days = restriction.days.sorted().map { $0.rawValue.capitalizedFirst.prefix(3) }.joined(separator: " ")
    return "\(days.isEmpty ? "daily" : days) \(restriction.from)–\(restriction.to)"
  }
  if !windows.isEmpty { text += "; only \(Format.list(windows, showing: 6))" }
  if let until = layer.until { text += "; until \(until.date) \(until.time)" }
  return text
}

/// The link for calendar programs, which cannot log in, and the way to end it.
func subscribeCard(_ feed: String, of what: String, revoke: String, _ context: PageContext) -> HTML {
  card("In your calendar") {
    p {
      "Calendar programs read \(what) from this link without a login: "
      a(.class("long"), .href(feed)) { code { context.origin + feed } }
    }
    p(.class("muted small")) { "Whoever has the link sees these shifts. Revoke it when it has gone astray." }
    if context.may(.responder) {
      actionForm(
        revoke, context, label: "Revoke the link",
        confirm: "Every calendar that uses the link stops updating; a new link appears here.")
    }
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
