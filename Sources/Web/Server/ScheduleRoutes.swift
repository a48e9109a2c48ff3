import Base
import Engine
import Events
import Journal
import OnCall

extension Desk {
  /// Pages of schedules and people, their calendars, and what their forms do.
  var scheduleRoutes: [Route] {
    [
      view("/oncall") { _, site, context in onCallPage(site, context) },
      // Before the page of a schedule: its path ends in the same segment.
      Route("GET", "/schedules/{name}.ics", .role(.viewer), .page) { request in
        try calendar(of: FeedLink(owner: .schedule, name: request.parameters["name"] ?? ""), request)
      },
      Route("GET", "/people/{name}.ics", .role(.viewer), .page) { request in
        try calendar(of: FeedLink(owner: .user, name: request.parameters["name"] ?? ""), request)
      },
      Route("GET", "/feeds/{token}.ics", .open, .api) { request in try feed(request) },
      view("/schedules/{name}") { request, site, context in
        let draft = draft(request, site, context)
        let week = try request.query("week").map { try wallTime("\($0.prefix(10))T00:00", in: context.zone) }
        return try schedulePage(request, site, week: week, draft: draft, context)
      },
      view("/people/{name}") { request, site, context in
        let name = request.parameters["name"] ?? ""
        guard let person = site.catalog.people.first(where: { $0.name == name }) else {
          throw Problem.notFound("person \(name)")
        }
        return personPage(person, site, feed: feedPath(FeedLink(owner: .user, name: name)), context)
      },
      Route("POST", "/oncall/{schedule}/overrides", .role(.responder), .form, bodyBytesMax: Self.formBytesMax) {
        request in try await cover(request)
      },
      Route("POST", "/oncall/{schedule}/overrides/{id}", .role(.responder), .form, bodyBytesMax: Self.formBytesMax) {
        request in try await cover(request)
      },
      form("/oncall/{schedule}/overrides/{id}/cancel") { request in
        let schedule = request.parameters["schedule"] ?? ""
        try await platform.ask(.cancelOverride(try request.id(), of: schedule, by: request.actor))
        return schedulePath(schedule)
      },
      form("/schedules/{name}/feed/revoke") { request in
        let name = request.parameters["name"] ?? ""
        try await revoke(FeedLink(owner: .schedule, name: name), request)
        return schedulePath(name)
      },
      form("/people/{name}/feed/revoke") { request in
        let name = request.parameters["name"] ?? ""
        try await revoke(FeedLink(owner: .user, name: name), request)
        return "/people/\(SafeURL.encode(name))"
      },
    ]
  }

  func revoke(_ link: FeedLink, _ request: WebRequest) async throws {
    let catalog = platform.catalog()
    let isThere =
      switch link.owner {
      case .schedule: catalog.schedules.contains { $0.name == link.name }
      case .user: catalog.people.contains { $0.name == link.name }
      }
    guard isThere else { throw Problem.notFound("\(link.owner == .user ? "person" : "schedule") \(link.name)") }
    try await platform.ask(.revokeCalendarFeed(of: link.subject, by: request.actor))
  }

  private func schedulePage(
    _ request: WebRequest, _ site: Site, name: String? = nil, week: Instant? = nil, draft: OverrideDraft,
    problem: String? = nil, _ context: PageContext
  ) throws -> PageBody {
    let name = name ?? request.parameters["name"] ?? ""
    guard let schedule = site.catalog.schedules.first(where: { $0.name == name }) else {
      throw Problem.notFound("schedule \(name)")
    }
    return Web.schedulePage(
      schedule, site, feed: feedPath(FeedLink(owner: .schedule, name: name)), week: week, draft: draft,
      problem: problem, context)
  }

  /// What the form for an override begins with: a time that was chosen in the calendar, or the override to change.
  private func draft(_ request: WebRequest, _ site: Site, _ context: PageContext) -> OverrideDraft {
    let all = site.state.overrides.of(request.parameters["name"] ?? "")
    guard let id = request.query("change"), let entry = all.first(where: { $0.id.description == id }) else {
      return OverrideDraft(start: request.query("start"), end: request.query("end"))
    }
    return OverrideDraft(
      id: id, user: entry.user ?? OverrideDraft.nobody, start: context.zone.stamp(entry.start),
      end: context.zone.stamp(entry.end))
  }

  /// Makes or changes the override of a form, or shows the form again with what was wrong and what was typed.
  private func cover(_ request: WebRequest) async throws -> WebResponse {
    let schedule = request.parameters["schedule"] ?? ""
    let problem: Problem
    do {
      let zone = try formZone(request)
      let user = request.field("user") == OverrideDraft.nobody ? nil : request.field("user")
      let start = try wallTime(request.field("start"), in: zone)
      let end = try wallTime(request.field("end"), in: zone)
      if request.parameters["id"] == nil {
        _ = try await platform.ask(
          .createOverride(schedule: schedule, user: user, start: start, end: end, by: request.actor))
      } else {
        let id = try request.id()
        let old = platform.committed().state.overrides.of(schedule).first { $0.id == id }
        // The form shows whole minutes: a time that it shows as it is stays as it is.
        func kept(_ time: Instant, _ before: Instant?) -> Instant? {
          before.map { zone.stamp($0) == zone.stamp(time) } == true ? nil : time
        }
        try await platform.ask(
          .changeOverride(
            id, of: schedule, user: .some(user), start: kept(start, old?.start), end: kept(end, old?.end),
            by: request.actor))
      }
      return .redirect(schedulePath(schedule))
    } catch let refusal as Refusal {
      problem = Problem(refusal)
    } catch let thrown as Problem {
      problem = thrown
    }
    guard problem.status == 422 || problem.status == 409 else { throw problem }
    var context = context(request)
    context.path = schedulePath(schedule)
    let draft = OverrideDraft(
      id: request.parameters["id"], user: request.field("user"), start: request.field("start"),
      end: request.field("end"))
    let body = try schedulePage(request, site, name: schedule, draft: draft, problem: problem.detail, context)
    return .html(document(body, context).rendered(), status: problem.status)
  }

  /// The zone that a form's times are on the clock of.
  private func formZone(_ request: WebRequest) throws -> ReaderZone {
    let name = request.field("zone")
    if name.isEmpty || name == "UTC" { return .utc }
    guard let zone = platform.zone(name) else {
      throw Problem.invalid("'\(name.prefix(60))' is no time zone of this system.", "Use an IANA name: Europe/Lisbon.")
    }
    return zone
  }

  /// `2026-11-21T03:00` on the wall clock of the form's zone.
  func wallTime(_ text: String, _ request: WebRequest) throws -> Instant {
    try wallTime(text, in: try formZone(request))
  }

  /// `2026-11-21T03:00` on the wall clock of a zone. A time that does not exist is moved on by the gap.
  func wallTime(_ text: String, in zone: ReaderZone) throws -> Instant {
    guard let wall = Instant(rfc3339: text.utf8.count == 16 ? text + ":00Z" : text + "Z") else {
      throw Problem.invalid("'\(text.prefix(40))' is no date and time; write it as 2026-11-21T03:00.")
    }
    return zone.instant(wall: wall)
  }
}
