import Base
import Engine
import Events
import Fatigue
import Journal

extension Desk {
  var fatigueRoutes: [Route] {
    [
      read(
        "/api/v1/load",
        .get(
          "getLoad", "What being on call asked of each person and shift", "Load",
          query: [
            ("from", "RFC 3339, or a length before now; four weeks by default."), ("to", "RFC 3339; now by default."),
            ("team", "Only its people."),
          ])
      ) { request in
        let to = try request.query("to").map { try time($0, request) } ?? request.now
        let from = try request.query("from").map { try time($0, request) } ?? to - .days(28)
        guard from < to, to - from <= AlertBook.kept else {
          throw Problem.invalid("from is not before to, or more than 400 days before it.")
        }
        let (report, teams) = load(from: from, to: to, team: request.query("team"))
        return Resource.object([
          ("from", Resource.time(from)), ("to", Resource.time(to)),
          ("people", .array(report.people.map { Resource.load($0, teams[$0.person] ?? [], over: to - from) })),
          ("shifts", .array(report.shifts.prefix(1_000).map(Resource.shiftLoad))),
        ])
      },
      read(
        "/api/v1/noise",
        .list(
          "listNoise", "Alert rules and what came of their alerts, loudest first", "Load",
          query: [("days", "Over so many days, 30 by default."), ("service", "Only of this service.")])
      ) { request in
        let text = request.query("days") ?? "30"
        guard let days = Int(text), (1...400).contains(days) else {
          throw Problem.invalid("days '\(text.prefix(20))' is not between 1 and 400.")
        }
        let (report, book) = noise(days: days, service: request.query("service"), at: request.now)
        let (page, next) = try slice(report.rules, request) { $0.key }
        var adviser = Adviser(book, since: report.from, now: request.now)
        return list(page.map { Resource.noise($0, adviser.advice(for: $0)) }, next)
      },
      Route(
        "GET", "/api/v1/noise/patch", .role(.viewer), .api,
        operation: Operation(
          id: "getNoisePatch", summary: "A change of a rule as a patch to the definitions", tag: "Load",
          query: [("key", "The rule's key."), ("change", "hold:10m, ticket, group:1m or remove.")],
          produces: "text/x-diff")
      ) { request in .text(try patch(request).text, type: "text/x-diff; charset=utf-8") },
      act(
        "/api/v1/alerts/{id}/judge",
        .post(
          "judgeAlert", "Say whether an alert was worth somebody's time", "Alerts",
          body: [("actionable", "boolean", true)], status: 204)
      ) { request, body in
        guard case .bool(let actionable)? = body["actionable"] else {
          throw Problem.invalid("actionable is neither true nor false.")
        }
        try await platform.ask(.judgeAlert(try request.id(), actionable: actionable, by: request.actor))
        return .null
      },
      read(
        "/api/v1/handovers",
        .list(
          "listHandovers", "Hand-over notes, newest first", "On call", query: [("schedule", "Only of this schedule.")])
      ) { request in
        let schedule = request.query("schedule")
        let all = platform.committed().state.handovers.all.filter { schedule == nil || $0.draft.schedule == schedule }
        let (page, next) = try slice(all, request) { $0.id.description }
        return list(page.map { Resource.handover($0) }, next)
      },
      read("/api/v1/handovers/{id}", .get("getHandover", "One hand-over note as Markdown", "On call")) { request in
        let handover = try handover(request)
        return Resource.handover(handover, notes: try await notes(of: handover))
      },
      act(
        "/api/v1/handovers/{id}/notes",
        .post("noteHandover", "Add to a hand-over note", "On call", body: [("text", "string", true)])
      ) { request, body in
        try await platform.ask(
          .noteHandover(try request.id(), text: body["text"]?.string ?? "", by: request.actor))
        let handover = try handover(request)
        return Resource.handover(handover, notes: try await notes(of: handover))
      },
    ]
  }
}

extension Resource {
  private static func count(_ value: Int) -> JSON { .int(Int64(value)) }
  private static func seconds(_ interval: Interval?) -> JSON? { number(interval?.seconds) }

  static func load(_ load: PersonLoad, _ teams: [String], over length: Interval) -> JSON {
    let weeks = load.weeks.map { week in
      object([
        ("start", time(week.start)), ("high", count(week.high)), ("low", count(week.low)),
        ("interruptedNights", count(week.nights)),
      ])
    }
    let took = load.timeToAcknowledge
    return object([
      ("person", .string(load.person)), ("teams", .array(teams.map(JSON.string))), ("high", count(load.high)),
      ("low", count(load.low)), ("incidents", count(load.causes)), ("nightPages", count(load.nightCalls)),
      ("interruptedNights", count(load.interruptedNights)),
      (
        "timeToAcknowledge",
        object([
          ("count", count(took.count)), ("medianSeconds", seconds(took.median)), ("p90Seconds", seconds(took.p90)),
        ])
      ), ("onCallShare", number(load.onCall / length)), ("weeks", .array(weeks)),
    ])
  }

  static func shiftLoad(_ shift: ShiftLoad) -> JSON {
    object([
      ("schedule", .string(shift.duty.schedule)), ("person", .string(shift.duty.person)),
      ("start", time(shift.duty.start)), ("end", time(shift.duty.end)), ("incidents", count(shift.causes.count)),
      ("high", count(shift.high)), ("low", count(shift.low)), ("nightPages", count(shift.nightCalls)),
    ])
  }

  static func noise(_ noise: RuleNoise, _ advice: [Advice]) -> JSON {
    object([
      ("key", .string(noise.key)), ("rule", .string(noise.rule.title)), ("kind", .string(noise.rule.kind.rawValue)),
      ("service", text(noise.rule.service)), ("integration", text(noise.rule.integration)),
      ("summary", .string(noise.summary)), ("fired", count(noise.fired)), ("paged", count(noise.paged)),
      ("calls", count(noise.calls)), ("nightCalls", count(noise.nightCalls)),
      ("acknowledgedWithoutAction", count(noise.acknowledgedWithoutAction)),
      ("resolvedItself", count(noise.resolvedItself)), ("refired", count(noise.refired)),
      ("judged", count(noise.judged)), ("actionable", count(noise.judgedActionable)),
      ("medianSeconds", seconds(noise.duration.median)), ("isLowerBound", noise.isCut ? .bool(true) : nil),
      (
        "suggestions",
        .array(
          advice.map { item in
            object([
              ("change", .string(item.change.code)), ("reason", .string(item.reason)),
              ("pagedBefore", count(item.replay.pagedBefore)), ("pagedAfter", count(item.replay.pagedAfter)),
              ("callsBefore", count(item.replay.callsBefore)), ("callsAfter", count(item.replay.callsAfter)),
              ("missedActionable", .array(item.replay.missed.prefix(100).map { .string($0.description) })),
            ])
          })
      ),
    ])
  }

  /// - Parameter notes: texts by sequence; `nil` leaves notes and Markdown out.
  static func handover(_ handover: Handover, notes: [Int64: String]? = nil) -> JSON {
    let draft = handover.draft
    return object([
      ("id", .string(handover.id.description)), ("schedule", .string(draft.schedule)), ("from", text(draft.from)),
      ("to", .string(draft.to)), ("start", time(draft.start)), ("change", time(draft.change)),
      ("end", time(draft.end)), ("markdown", notes == nil ? nil : .string(draft.markdown)),
      (
        "notes",
        notes.map { texts in
          .array(
            handover.notes.map { note in
              object([
                ("at", time(note.at)), ("by", .string(note.by.text)),
                ("text", .string(texts[note.sequence] ?? Erasable.erasedText)),
              ])
            })
        }
      ),
    ])
  }
}
