import Base
import Engine
import Events
import Journal
import OnCall

extension Desk {
  /// Schedules, shifts, gaps, quality and overrides.
  var onCallRoutes: [Route] { whoRoutes + overrideRoutes + feedRoutes }

  private static let rangeWords: [(String, String)] = [
    ("from", "RFC 3339; now by default."), ("to", "RFC 3339; two weeks later by default."),
  ]

  private var whoRoutes: [Route] {
    [
      read(
        "/api/v1/oncall",
        .get("whoIsOnCall", "Who is on call in every schedule", "On call", query: [("at", "RFC 3339; now by default.")])
      ) { request in
        let at = try request.query("at").map { try time($0, request) } ?? request.now
        let site = site
        return Resource.object([
          ("at", Resource.time(at)),
          ("items", .array(site.catalog.schedules.map { Resource.onCall($0.name, site.onCall($0.name, at: at)) })),
        ])
      },
      read(
        "/api/v1/oncall/gaps",
        .get(
          "listGaps", "Where nobody is on call, and where one person stands in for two", "On call",
          query: Self.rangeWords + [("schedule", "Only of this schedule.")])
      ) { request in
        let (from, to) = try range(request)
        let site = site
        let names = try schedules(request.query("schedule"), site)
        let overrides = site.state.overrides
        var gaps: [JSON] = []
        for name in names {
          let found = site.shifts(name, from, to)?.final.filter { $0.user == nil } ?? []
          gaps += found.map { Resource.gap(name, max($0.start, from), min($0.end, to)) }
        }
        let overlaps = site.catalog.plan.overlaps(from: from, to: to) { overrides.of($0).map(\.covering) }
        return Resource.object([
          ("from", Resource.time(from)), ("to", Resource.time(to)), ("items", .array(gaps)),
          ("overlaps", .array(overlaps.map(Resource.overlap))),
        ])
      },
      read(
        "/api/v1/schedules/{name}/shifts",
        .get("listShifts", "The shifts of a schedule, gaps included", "On call", query: Self.rangeWords)
      ) { request in
        let (from, to) = try range(request)
        let name = request.parameters["name"] ?? ""
        guard let shifts = site.shifts(name, from, to) else { throw Problem.notFound("schedule \(name)") }
        return list(shifts.final.map(Resource.shift), nil)
      },
      read(
        "/api/v1/schedules/{name}/quality",
        .get(
          "judgeSchedule", "How well a schedule covers and spares its people, from 0 to 100", "On call",
          query: [Self.rangeWords[0], ("to", "RFC 3339; twelve weeks later by default.")])
      ) { request in
        let (from, to) = try range(request, length: .days(84))
        let (site, name) = (site, request.parameters["name"] ?? "")
        let overrides = site.state.overrides.of(name).map(\.covering)
        guard let quality = site.catalog.plan.quality(of: name, from: from, to: to, overrides: overrides) else {
          throw Problem.notFound("schedule \(name)")
        }
        return Resource.quality(quality, of: name, from: from, to: to)
      },
      read(
        "/api/v1/people/{name}/shifts",
        .get("listShiftsOfPerson", "A person's shifts in all schedules", "On call", query: Self.rangeWords)
      ) { request in
        let (from, to) = try range(request)
        let (site, name) = (site, request.parameters["name"] ?? "")
        guard site.catalog.people.contains(where: { $0.name == name }) else { throw Problem.notFound("person \(name)") }
        let overrides = site.state.overrides
        let shifts = site.catalog.plan.shifts(of: name, from: from, to: to) { overrides.of($0).map(\.covering) }
        return list(shifts.map(Resource.scheduledShift), nil)
      },
    ]
  }

  /// A stretch of a query: not empty and not longer than a year.
  private func range(_ request: WebRequest, length: Interval = .days(14)) throws -> (from: Instant, to: Instant) {
    let from = try request.query("from").map { try time($0, request) } ?? request.now
    let to = try request.query("to").map { try time($0, request) } ?? from + length
    guard from < to, to - from <= .days(366) else {
      throw Problem.invalid("The range from \(from.rfc3339) to \(to.rfc3339) is empty or longer than a year.")
    }
    return (from, to)
  }

  private func schedules(_ name: String?, _ site: Site) throws -> [String] {
    let names = site.catalog.schedules.map(\.name)
    guard let name else { return names }
    guard names.contains(name) else { throw Problem.notFound("schedule \(name)") }
    return [name]
  }

  private var overrideRoutes: [Route] {
    [
      read("/api/v1/schedules/{name}/overrides", .list("listOverrides", "Overrides of a schedule", "On call")) {
        request in
        let all = platform.committed().state.overrides.of(request.parameters["name"] ?? "").reversed().map(\.view)
        let (page, next) = try slice(all, request) { $0.id }
        return list(page.map(Resource.override), next)
      },
      act(
        "/api/v1/schedules/{name}/overrides",
        .post(
          "createOverride", "Have somebody cover part of a schedule, or with nobody leave it uncovered", "On call",
          body: [
            ("user", "string", false), ("nobody", "boolean", false), ("start", "date-time", true),
            ("end", "date-time", true),
          ], status: 201)
      ) { request, body in
        let name = request.parameters["name"] ?? ""
        guard let cover = try cover(body) else {
          throw Problem.invalid("Who covers is missing.", "Give user, or nobody: true to leave the time uncovered.")
        }
        let id = try await platform.ask(
          .createOverride(
            schedule: name, user: cover, start: try instant(body["start"]), end: try instant(body["end"]),
            by: request.actor))
        return try override(id, of: name)
      },
      act(
        "/api/v1/schedules/{name}/overrides/{id}",
        .post(
          "changeOverride", "Give an override another person or other times; what is left out stays", "On call",
          body: [
            ("user", "string", false), ("nobody", "boolean", false), ("start", "date-time", false),
            ("end", "date-time", false),
          ]), method: "PATCH"
      ) { request, body in
        let (name, id) = (request.parameters["name"] ?? "", try request.id())
        try await platform.ask(
          .changeOverride(
            id, of: name, user: try cover(body), start: try body["start"].map { try instant($0) },
            end: try body["end"].map { try instant($0) }, by: request.actor))
        return try override(id, of: name)
      },
      act(
        "/api/v1/schedules/{name}/overrides/{id}",
        .post("cancelOverride", "Cancel an override", "On call", status: 204), method: "DELETE"
      ) { request, _ in
        try await platform.ask(
          .cancelOverride(try request.id(), of: request.parameters["name"] ?? "", by: request.actor))
        return .null
      },
    ]
  }

  /// Whom a body names, or nobody; outer `nil` where it says neither.
  private func cover(_ body: JSON) throws -> String?? {
    let (user, nobody) = (body["user"]?.string, body["nobody"]?.bool == true)
    guard user == nil || !nobody else {
      throw Problem.invalid("An override has a user or nobody, not both.", "Leave one of the two out.")
    }
    if nobody { return .some(nil) }
    return user.map { .some($0) }
  }

  private func override(_ id: ULID, of schedule: String) throws -> JSON {
    guard let entry = platform.committed().state.overrides.of(schedule).first(where: { $0.id == id }) else {
      throw Problem.notFound("override \(id) any more")
    }
    return Resource.override(entry.view)
  }

  private var feedRoutes: [Route] {
    func routes(_ owner: FeedLink.Owner, _ base: String, _ word: String) -> [Route] {
      @Sendable func link(_ request: WebRequest) -> FeedLink {
        FeedLink(owner: owner, name: request.parameters["name"] ?? "")
      }
      return [
        Route(
          "GET", "\(base)/{name}.ics", .role(.viewer), .api,
          operation: Operation(
            id: owner == .schedule ? "getCalendar" : "getCalendarOfPerson",
            summary: "The shifts of a \(word) as iCalendar",
            tag: "On call", produces: "text/calendar")
        ) { request in try calendar(of: link(request), request) },
        read(
          "\(base)/{name}/feed",
          .get("get\(word.capitalizedFirst)Feed", "The link by which calendar programs read without a login", "On call")
        ) { request in
          // Says that there is no such schedule or person before it gives a link.
          _ = try calendar(of: link(request), request)
          return ["path": .string(feedPath(link(request)))]
        },
        act(
          "\(base)/{name}/feed",
          .post(
            "revoke\(word.capitalizedFirst)Feed", "Revoke the link; the next one is another", "On call", status: 204),
          method: "DELETE"
        ) { request, _ in
          try await revoke(link(request), request)
          return .null
        },
      ]
    }
    return routes(.schedule, "/api/v1/schedules", "schedule") + routes(.user, "/api/v1/people", "person")
  }
}

extension Resource {
  static func onCall(_ schedule: String, _ shift: ShiftView?) -> JSON {
    object([
      ("schedule", .string(schedule)), ("user", text(shift?.user)), ("until", time(shift?.end)),
      ("layer", shift?.user == nil || shift?.isOverride == true ? nil : text(shift?.layer)),
      ("override", shift.map { .bool($0.isOverride) }),
    ])
  }

  static func gap(_ schedule: String, _ start: Instant, _ end: Instant) -> JSON {
    object([("schedule", .string(schedule)), ("start", time(start)), ("end", time(end))])
  }

  static func scheduledShift(_ entry: ScheduledShift) -> JSON {
    var (layer, isOverride): (String?, Bool) = (nil, false)
    switch entry.shift.source {
    case .layer(let name): layer = name
    case .override: isOverride = true
    }
    return object([
      ("schedule", .string(entry.schedule)), ("start", time(entry.shift.start)), ("end", time(entry.shift.end)),
      ("user", .string(entry.shift.user)), ("layer", text(layer)), ("override", .bool(isOverride)),
    ])
  }

  static func overlap(_ overlap: OnCallOverlap) -> JSON {
    var members: [(String, JSON?)] = [
      ("person", .string(overlap.person)), ("start", time(overlap.start)), ("end", time(overlap.end)),
      ("reason", .string(overlap.text)),
    ]
    switch overlap.kind {
    case .levels(let policy, let level):
      members += [("policy", .string(policy)), ("levels", [.int(Int64(level)), .int(Int64(level + 1))])]
    case .primaries(let first, let second): members.append(("schedules", [.string(first), .string(second)]))
    }
    return object(members)
  }

  static func quality(_ quality: ScheduleQuality, of schedule: String, from: Instant, to: Instant) -> JSON {
    let findings = quality.findings.map { finding in
      object([
        ("aspect", .string(finding.aspect.rawValue)), ("points", .int(Int64(finding.points))),
        ("text", .string(finding.text)),
      ])
    }
    let people = quality.loads.map { load in
      object([
        ("person", .string(load.person)), ("hours", number(load.time.seconds / 3_600)), ("share", number(load.share)),
        ("nights", .int(Int64(load.nights))),
      ])
    }
    return object([
      ("schedule", .string(schedule)), ("from", time(from)), ("to", time(to)), ("score", .int(Int64(quality.score))),
      ("findings", .array(findings)), ("people", .array(people)),
      ("gaps", .array(quality.gaps.map { gap(schedule, $0.start, $0.end) })), ("gapShare", number(quality.gapShare)),
    ])
  }
}
