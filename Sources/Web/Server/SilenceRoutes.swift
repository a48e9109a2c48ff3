import Alerts
import Base
import Engine
import Events
import Journal

extension Desk {
  /// Where a silence stands, with the zones that the system knows.
  func state(of silence: Silence, at now: Instant) -> Silence.State {
    silence.state(at: now, zone: platform.civilZone)
  }

  private func silences(_ filter: String, at now: Instant) -> [Silence] {
    platform.committed().state.silences.all.reversed().filter { silence in
      switch filter {
      case "all": true
      case "current": state(of: silence, at: now) != .expired
      default: state(of: silence, at: now).rawValue == filter
      }
    }
  }

  var silencePages: [Route] {
    [
      view("/silences") { request, site, context in
        let filter = request.query("state") ?? "current"
        let (page, next) = try slice(silences(filter, at: request.now), request) { $0.id.description }
        return silencesPage(page, filter: filter, next: next, site, context) { state(of: $0, at: context.now) }
      },
      view("/silences/new") { request, site, context in
        guard let text = request.query("matchers"), !text.isEmpty else {
          return newSilencePage(nil, problem: nil, request, site, context)
        }
        do {
          let draft = try SilenceDraft(
            matchers: text, duration: request.query("duration") ?? "2h", start: request.now,
            comment: request.query("comment") ?? "", recurrence: request.query("recurrence"),
            timeZone: "UTC")
          return newSilencePage(draft, problem: nil, request, site, context)
        } catch let problem as Problem {
          return newSilencePage(nil, problem: "\(problem.detail) \(problem.remedy)", request, site, context)
        }
      },
      form("/silences") { request in
        let draft = try SilenceDraft(
          matchers: request.field("matchers"), duration: request.field("duration"), start: request.now,
          comment: try Self.reason(request.field("comment")), recurrence: request.field("recurrence"),
          timeZone: "UTC")
        let id = try await platform.ask(
          .saveSilence(nil, draft.payload(author: actorName(request.actor.text)), by: request.actor))
        return "/silences#\(id)"
      },
      form("/silences/{id}/expire") { request in
        try await platform.ask(.expireSilence(try request.id(), by: request.actor))
        return "/silences"
      },
    ]
  }

  /// Whoever finds a silence wants to know why it is there.
  private static func reason(_ text: String) throws -> String {
    guard !text.isEmpty else {
      throw Problem.invalid("The silence has no comment.", "Say why, for whoever finds it.")
    }
    return text
  }

  // MARK: API

  var silenceRoutes: [Route] {
    let members = [
      ("matchers", "string", true), ("duration", "string", false), ("start", "date-time", false),
      ("end", "date-time", false), ("comment", "string", true), ("author", "string", false),
      ("recurrence", "string", false), ("timeZone", "string", false), ("id", "string", false),
    ]
    return [
      read(
        "/api/v1/silences",
        .list(
          "listSilences", "Silences, newest first", "Silences",
          query: [("state", "current, pending, active, expired or all.")])
      ) { request in
        let (page, next) = try slice(silences(request.query("state") ?? "all", at: request.now), request) {
          $0.id.description
        }
        return list(page.map { resource($0, at: request.now) }, next)
      },
      read(
        "/api/v1/silences/preview",
        .get(
          "previewSilence", "What matchers cover now and would have held back in the last 30 days", "Silences",
          query: [("matchers", "As Alertmanager writes them; all must hold.")])
      ) { request in
        let draft = try SilenceDraft(
          matchers: request.query("matchers") ?? "", duration: "1h", start: request.now, comment: "", recurrence: nil,
          timeZone: nil)
        let alerts = platform.committed().state.alerts
        return Self.resource(alerts.preview(draft.matchers, at: request.now), in: alerts, at: request.now)
      },
      read("/api/v1/silences/{id}", .get("getSilence", "One silence", "Silences")) { request in
        guard let silence = platform.committed().state.silences[try request.id()] else {
          throw Problem.notFound("such silence")
        }
        return resource(silence, at: request.now)
      },
      act(
        "/api/v1/silences",
        .post("saveSilence", "Silence alerts, or change a silence by its id", "Silences", body: members, status: 201)
      ) { request, body in
        let draft = try draft(body, at: request.now)
        var id: ULID?
        if let text = body["id"]?.string {
          guard let known = ULID(text) else { throw Problem.invalid("'\(text.prefix(40))' is no silence's id.") }
          id = known
        }
        let author = body["author"]?.string ?? actorName(request.actor.text)
        let saved = try await platform.ask(.saveSilence(id, draft.payload(author: author), by: request.actor))
        guard let silence = platform.committed().state.silences[saved] else { throw Problem.notFound("such silence") }
        return resource(silence, at: request.now)
      },
      act("/api/v1/silences/{id}/expire", .post("expireSilence", "End a silence now", "Silences")) { request, _ in
        let id = try request.id()
        try await platform.ask(.expireSilence(id, by: request.actor))
        guard let silence = platform.committed().state.silences[id] else { throw Problem.notFound("such silence") }
        return resource(silence, at: request.now)
      },
    ]
  }

  private func draft(_ body: JSON, at now: Instant) throws -> SilenceDraft {
    func time(_ name: String) throws -> Instant? {
      guard let text = body[name]?.string else { return nil }
      guard let instant = Instant(rfc3339: text) else {
        throw Problem.invalid("'\(text.prefix(40))' is no time.", "Write \(name) like 2026-11-21T03:00:00Z.")
      }
      return instant
    }
    let zone = body["timeZone"]?.string
    if let zone, zone != "UTC", platform.zone(zone) == nil {
      throw Problem.invalid("'\(zone.prefix(60))' is no time zone here.", "Use an IANA name such as Europe/Lisbon.")
    }
    return try SilenceDraft(
      matchers: body["matchers"]?.string ?? "", duration: body["duration"]?.string ?? "1h",
      start: try time("start") ?? now, end: try time("end"),
      comment: try Self.reason(body["comment"]?.string ?? ""), recurrence: body["recurrence"]?.string, timeZone: zone)
  }

  private func resource(_ silence: Silence, at now: Instant) -> JSON {
    Resource.object([
      ("id", .string(silence.id.description)), ("state", .string(state(of: silence, at: now).rawValue)),
      ("matchers", .string(silence.matchers.map(\.description).joined(separator: ", "))),
      ("start", Resource.time(silence.start)), ("end", Resource.time(silence.end)),
      ("recurrence", Resource.text(silence.recurrence)), ("timeZone", Resource.text(silence.timeZone)),
      ("comment", .string(silence.comment)), ("author", .string(silence.author)), ("by", .string(silence.by.text)),
      ("createdAt", Resource.time(silence.createdAt)), ("updatedAt", Resource.time(silence.updatedAt)),
      ("holdsBack", .int(Int64(platform.committed().state.alerts.heldCount(under: silence.subject.text)))),
    ])
  }

  private static func resource(_ preview: SilencePreview, in alerts: Alerts, at now: Instant) -> JSON {
    Resource.object([
      ("open", .int(Int64(preview.open))), ("paging", .int(Int64(preview.paging))),
      ("fired", .int(Int64(preview.fired))), ("paged", .int(Int64(preview.paged))),
      ("since", Resource.time(preview.since)), ("words", .string(preview.words(at: now))),
      ("examples", .array(preview.examples.map { Resource.alert($0, in: alerts) })),
    ])
  }
}
