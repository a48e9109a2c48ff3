import Base
import Events

/// Twelve weeks of a schedule in the reader's zone, a row of seven days each, with the exact times beneath. A gap is
/// drawn and said in words; each turn can be asked to be covered.
struct ScheduleCalendar {
  struct Week {
    var start: Instant
    var end: Instant
    var shifts: [ShiftView]
  }

  let schedule: String
  let context: PageContext
  let weeks: [Week]
  /// Everyone in order of first appearance; the place gives the colour.
  let people: [String]
  /// The first day after the last week shown, where there are weeks left.
  let later: String?
  private let listsAll: Bool

  /// The weeks shown end early where they would hold more turns than this: a page stays light.
  private static let (weeksMax, turnsMax, listedMax) = (12, 260, 90)

  /// The stretch that a calendar from this day on covers: whole weeks from Monday.
  static func range(from day: Instant, _ zone: ReaderZone) -> (from: Instant, to: Instant) {
    let monday = zone.monday(of: day)
    return (zone.day(monday), zone.day(monday + 7 * weeksMax))
  }

  /// - Parameter shifts: those that reach into the range, gaps included, in order.
  init(_ schedule: String, _ shifts: [ShiftView], from day: Instant, _ context: PageContext) {
    self.schedule = schedule
    self.context = context
    let monday = context.zone.monday(of: day)
    var weeks: [Week] = []
    var turns = 0
    for number in 0..<Self.weeksMax {
      let (start, end) = (context.zone.day(monday + 7 * number), context.zone.day(monday + 7 * (number + 1)))
      let within = shifts.filter { $0.end > start && $0.start < end }
      turns += within.count
      if turns > Self.turnsMax && !weeks.isEmpty { break }
      weeks.append(Week(start: start, end: end, shifts: within))
    }
    self.weeks = weeks
    listsAll = turns <= Self.listedMax
    later =
      weeks.count < Self.weeksMax ? context.zone.stamp(context.zone.day(monday + 7 * weeks.count)).dayPart : nil
    var people: [String] = []
    for shift in shifts { if let user = shift.user, !people.contains(user) { people.append(user) } }
    self.people = people
  }

  var html: HTML {
    div(.class("weeks people")) {
      ul(.class("legend people")) {
        for (index, person) in people.prefix(24).enumerated() { li(.class("p\(index % 6 + 1)")) { person } }
      }
      ol(.class("plain")) { for (index, week) in weeks.enumerated() { row(week, index) } }
      if let later {
        p { a(.href("/schedules/\(SafeURL.encode(schedule))?week=\(later)#calendar")) { "The weeks from \(later) on" } }
      }
    }
  }

  private func row(_ week: Week, _ index: Int) -> HTML {
    let time = TimeAxis(from: week.start, to: week.end, zone: context.zone)
    let last = week.end - .seconds(1)
    let name = "\(day(week.start)) to \(day(last))"
    return li(.class("week")) {
      h3 { name }
      figure(.class("plot oncall")) {
        svg(.attr("width", "100%"), .attr("height", 52), .role("img"), .aria("label", summary(week, name))) {
          for day in 0..<7 { mark(time, day) }
          for shift in week.shifts { bar(shift, time) }
          if time.contains(context.now) {
            g(.class("times")) {
              line(
                .class("now"), .attr("x1", percent(time.position(context.now))),
                .attr("x2", percent(time.position(context.now))), .attr("y1", 0), .attr("y2", 52))
            }
          }
        }
      }
      if listsAll || index < 2 { list(week, isFirst: index == 0) }
    }
  }

  private func mark(_ time: TimeAxis, _ number: Int) -> HTML {
    let start = context.zone.day(context.zone.monday(of: time.from) + number)
    let place = time.position(start)
    return g(.class("times")) {
      line(
        .class("grid"), .attr("x1", percent(place)), .attr("x2", percent(place)), .attr("y1", 0), .attr("y2", 52))
      text(.attr("x", percent(place)), .attr("dx", "3"), .attr("y", 12)) {
        let parts = context.zone.parts(start)
        "\(parts.weekdayName.prefix(2)) \(parts.day)"
      }
    }
  }

  private func bar(_ shift: ShiftView, _ time: TimeAxis) -> HTML {
    let (from, to) = (time.position(shift.start), time.position(shift.end))
    let color = shift.user.flatMap { people.firstIndex(of: $0) }.map { "p\($0 % 6 + 1)" } ?? "nobody"
    return svg(
      .class("bar \(color)\(shift.isOverride ? " override" : "")"), .attr("x", percent(from)), .attr("y", 18),
      .attr("width", percent(to - from)), .attr("height", 32)
    ) {
      element("title", [], .text("\(shift.user ?? "Nobody")\(shift.isOverride ? " (override)" : ""), \(times(shift))"))
      rect(.attr("width", "100%"), .attr("height", "100%"))
      if to - from > 0.1 { text(.attr("x", "6"), .attr("y", "21")) { shift.user ?? "nobody" } }
    }
  }

  /// The turns that begin in the week; the first week begins with what holds already.
  private func list(_ week: Week, isFirst: Bool) -> HTML {
    let begins = week.shifts.filter { ($0.start >= week.start || isFirst) && $0.end > context.now }
    return ul(.class("plain turns")) {
      for shift in begins {
        li(.class(shift.user == nil ? "burning" : "")) {
          if let user = shift.user { personLink(user) } else { strong { "nobody" } }
          " \(times(shift))"
          if shift.isOverride { " "; span(.class("tag")) { "override" } }
          if context.may(.responder) {
            " "
            a(
              .class("cover"), .href(coverAddress(shift)),
              .aria("label", "\(shift.user == nil ? "Fill" : "Cover") \(times(shift))")
            ) { shift.user == nil ? "fill" : "cover" }
          }
        }
      }
    }
  }

  private func coverAddress(_ shift: ShiftView) -> String {
    let start = context.zone.stamp(max(shift.start, context.now))
    let end = context.zone.stamp(min(shift.end, context.now + .days(365)))
    return "/schedules/\(SafeURL.encode(schedule))?start=\(start)&end=\(end)#cover"
  }

  private func times(_ shift: ShiftView) -> String {
    context.zone.brief(shift.start, near: context.now) + " to " + context.zone.brief(shift.end, near: shift.start)
  }

  private func day(_ time: Instant) -> String {
    let parts = context.zone.parts(time)
    return "\(parts.day) \(parts.monthName)"
  }

  private func summary(_ week: Week, _ name: String) -> String {
    let gaps = week.shifts.filter { $0.user == nil }.count
    let who = Format.list(
      week.shifts.reduce(into: [String]()) { names, shift in
        if let user = shift.user, !names.contains(user) { names.append(user) }
      })
    return "\(name): \(who.isEmpty ? "nobody" : who)" + (gaps > 0 ? "; \(Format.plural(gaps, "gap"))" : "")
  }

  private func percent(_ share: Double) -> String { Format.short(share * 100) + "%" }
}

extension ReaderZone {
  /// Days since 1970-01-01 of the day that the zone's clock shows.
  func dayNumber(of time: Instant) -> Int {
    let local = time.seconds + Int64(offset(time).seconds)
    return Int(local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
  }

  /// The Monday of the week, as days since 1970-01-01.
  func monday(of time: Instant) -> Int { dayNumber(of: time) - parts(time).weekday }

  /// The midnight with which a day begins, or a moment near it where the clock skips it.
  func day(_ number: Int) -> Instant { instant(wall: Instant(seconds: Int64(number) * 86_400)) }

  /// What a time on the zone's clock means, given as if the clock were UTC's. A time that does not exist is moved on
  /// by the gap.
  func instant(wall: Instant) -> Instant {
    let first = wall - .seconds(Int64(offset(wall).seconds))
    return wall - .seconds(Int64(offset(first).seconds))
  }
}

extension String {
  /// `2026-11-21` of `2026-11-21T03:26`.
  fileprivate var dayPart: String { String(prefix(10)) }
}
