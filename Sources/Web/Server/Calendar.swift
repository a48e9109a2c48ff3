import Base
import Engine
import Journal
import OnCall

extension Desk {
  /// Who is on call in the coming months as iCalendar (RFC 5545), in UTC.
  func calendar(of link: FeedLink, _ request: WebRequest) throws -> WebResponse {
    let site = site
    let (from, to) = (request.now - .days(14), request.now + .days(182))
    let overrides = site.state.overrides
    let shifts: [ScheduledShift]
    switch link.owner {
    case .schedule:
      guard let schedule = site.catalog.plan.schedule(named: link.name) else {
        throw Problem.notFound("schedule \(link.name)")
      }
      let own = schedule.shifts(from: from, to: to, overrides: overrides.of(link.name).map(\.covering))
      shifts = own.map { ScheduledShift(schedule: link.name, shift: $0) }
    case .user:
      guard site.catalog.people.contains(where: { $0.name == link.name }) else {
        throw Problem.notFound("person \(link.name)")
      }
      shifts = site.catalog.plan.shifts(of: link.name, from: from, to: to) { overrides.of($0).map(\.covering) }
    }
    let names = Dictionary(
      site.catalog.people.compactMap { person in person.displayName.map { (person.name, $0) } },
      uniquingKeysWith: { first, _ in first })
    let text = ScheduleICal.text(of: link.name, shifts: shifts, now: request.now) { names[$0] ?? $0 }
    return .text(text, type: "text/calendar; charset=utf-8").adding("cache-control", "private, max-age=300")
  }

  /// A feed by its signed link: anybody who has it reads it, until it is revoked.
  func feed(_ request: WebRequest) throws -> WebResponse {
    guard let (link, generation) = FeedLink.open(request.parameters["token"] ?? "", secret: platform.secret) else {
      throw Problem(
        404, "No such feed", "The link is not complete, or not one of this server.",
        "Copy it again from the page of the schedule or the person.")
    }
    guard generation == platform.committed().state.calendarFeeds.generation(of: link.subject) else {
      throw Problem(
        410, "This link was revoked", "A newer link of \(link.subject.text) took its place.",
        "Copy it from the page of the schedule or the person.")
    }
    return try calendar(of: link, request)
  }

  /// The path of the feed's link that is good now.
  func feedPath(_ link: FeedLink) -> String {
    link.path(
      generation: platform.committed().state.calendarFeeds.generation(of: link.subject), secret: platform.secret)
  }
}
