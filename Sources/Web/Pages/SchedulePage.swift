import Base
import Engine
import Events
import OnCall

/// One schedule: who is on call and who is next, twelve weeks ahead, what it is made of and how well it does.
func schedulePage(
  _ schedule: ScheduleEntry, _ site: Site, feed: String, week: Instant? = nil, draft: OverrideDraft = OverrideDraft(),
  problem: String? = nil, _ context: PageContext
) -> PageBody {
  let overrides = site.state.overrides.of(schedule.name)
  let (from, to) = ScheduleCalendar.range(from: context.now, context.zone)
  let ahead = site.shifts(schedule.name, from, to)?.final ?? []
  let first = week ?? context.now
  let (weekFrom, weekTo) = ScheduleCalendar.range(from: first, context.zone)
  let shown = week == nil ? ahead : site.shifts(schedule.name, weekFrom, weekTo)?.final ?? []
  let quality = site.catalog.plan.quality(
    of: schedule.name, from: context.now, to: context.now + .days(84), overrides: overrides.map(\.covering))
  let title = schedule.title ?? schedule.name
  return PageBody(
    title: title, heading: .text(scheduleAnswer(ahead, context)),
    lead: p(.class("lead")) { "\(title) hands over in \(schedule.zone). Times are \(context.zone.name)." },
    crumbs: [("On call", "/oncall")], place: .onCall,
    content: .group([
      div(.data("live", "schedule-\(schedule.name)")) {
        gapsCard(ahead, context)
        overlapsCard(site.overlaps(context, in: schedule.name), context)
        section(.class("card"), .id("calendar")) {
          h2 { week == nil ? "Twelve weeks" : "From \(context.zone.stamp(first).prefix(10))" }
          ScheduleCalendar(schedule.name, shown, from: first, context).html
        }
      },
      overrideForm(schedule, site, context, draft: draft, problem: problem),
      div(.data("live", "overrides-\(schedule.name)")) {
        overrideList(overrides.filter { $0.end > context.now }, context)
      },
      quality.map { qualityCard($0, context) } ?? .nothing,
      site.catalog.plan.schedule(named: schedule.name).map(layersCard) ?? .nothing,
      usesCard(schedule, site),
      subscribeCard(feed, of: "this schedule", revoke: "\(schedulePath(schedule.name))/feed/revoke", context),
    ]))
}

/// "ana is on call until Monday, 09:00, then ben; nobody covers Saturday 02:00–04:00".
private func scheduleAnswer(_ shifts: [ShiftView], _ context: PageContext) -> String {
  let now = context.now
  let current = shifts.first { $0.start <= now && now < $0.end }
  let next = shifts.first { $0.start > now && $0.user != nil && $0.user != current?.user }
  let gap = shifts.first { $0.user == nil && $0.end > now }
  var words: String
  if let user = current?.user {
    // A turn of the same person follows as often as not where there is only one.
    let last = shifts.reduce(current) { last, shift in
      shift.user == user && shift.start == last?.end ? shift : last
    }
    let end = last?.end ?? now
    words = "\(user) is on call"
    if let next, next.start == end {
      words += " until \(context.zone.brief(end, near: now)), then \(next.user ?? "")"
    } else if gap?.start == end {
      words += " until \(context.zone.brief(end, near: now))"
    }
  } else {
    words = "Nobody is on call"
    if let next { words += "; \(next.user ?? "") is next, \(context.zone.brief(next.start, near: now))" }
    return words
  }
  if let gap { words += "; nobody covers \(gapWords(gap, context))" }
  return words
}

/// The gaps of the next weeks, loud.
private func gapsCard(_ shifts: [ShiftView], _ context: PageContext) -> HTML {
  let gaps = shifts.filter { $0.user == nil && $0.end > context.now }
  if gaps.isEmpty { return .nothing }
  return card("Nobody is on call: \(Format.plural(gaps.count, "gap")) in twelve weeks", urgent: true) {
    ul(.class("plain")) {
      for gap in gaps.prefix(4) {
        li {
          clock(gap.start, context); " to "; clock(gap.end, context)
          span(.class("muted")) { ", \(Format.length(gap.end - gap.start))" }
        }
      }
    }
    if gaps.count > 4 { p(.class("muted small")) { "And \(gaps.count - 4) more; the calendar shows each." } }
    p { "An alert in a gap goes to the next level of its policy at once." }
  }
}

/// Where one person stands twice.
func overlapsCard(_ overlaps: [OnCallOverlap], _ context: PageContext) -> HTML {
  if overlaps.isEmpty { return .nothing }
  // Turns of a day repeat: the same weakness is one line.
  var alike: [(first: OnCallOverlap, count: Int)] = []
  for overlap in overlaps {
    if let known = alike.firstIndex(where: { $0.first.text == overlap.text }) {
      alike[known].count += 1
    } else {
      alike.append((overlap, 1))
    }
  }
  return card("One person in two places: \(Format.plural(overlaps.count, "stretch", "stretches")) in four weeks") {
    ul(.class("plain")) {
      for overlap in alike.prefix(6) {
        li {
          overlap.first.text
          span(.class("muted")) {
            overlap.count == 1 ? ", " : ", \(overlap.count) times, first "
            clock(overlap.first.start, context); " to "; clock(overlap.first.end, context)
          }
        }
      }
    }
    if alike.count > 6 { p(.class("muted small")) { "And \(alike.count - 6) more: mainstay oncall gaps." } }
  }
}

private func usesCard(_ schedule: ScheduleEntry, _ site: Site) -> HTML {
  let uses = site.catalog.plan.uses(of: schedule.name)
  return card("Paged by") {
    if uses.isEmpty {
      p(.class("burning")) { "No escalation policy names this schedule, so nobody is paged by it." }
    }
    ul(.class("plain")) {
      for use in uses {
        li {
          strong { use.policy }; ", level \(Format.list(use.levels.map(String.init)))"
        }
      }
    }
  }
}

extension Site {
  /// Where one person stands twice in the next four weeks; of one schedule where it is named.
  func overlaps(_ context: PageContext, in schedule: String? = nil) -> [OnCallOverlap] {
    let overrides = state.overrides
    let all = catalog.plan.overlaps(from: context.now, to: context.now + .days(28)) { overrides.of($0).map(\.covering) }
    guard let schedule else { return all }
    let policies = Set(catalog.plan.uses(of: schedule).map(\.policy))
    return all.filter { overlap in
      switch overlap.kind {
      case .levels(let policy, _): policies.contains(policy)
      case .primaries(let first, let second): first == schedule || second == schedule
      }
    }
  }
}
