import Alerts
import Base
import Definitions
import Engine
import Events
import Journal
import Runtime
import Web
import Wire

/// PagerDuty's Events API v2: alerts at `/v2/enqueue`, changes at `/v2/change/enqueue`. The routing key is the key of
/// an Integration of type `pagerduty`.
struct PagerDutyIntake: Sendable {
  let desk: AlertDesk
  let clock: SystemClock

  var all: [Intake] {
    [
      intake("/v2/enqueue", "PagerDuty Events API v2", enqueue),
      intake("/v2/change/enqueue", "PagerDuty change events", change),
    ]
  }

  private func intake(
    _ path: String, _ summary: String, _ handle: @escaping @Sendable (Intake.Request) async throws -> Intake.Reply
  ) -> Intake {
    Intake(
      path: "/intake/pagerduty\(path)", access: .own, summary: summary, bodyBytesMax: PagerDutyEvent.bodyBytesMax,
      refuse: { _, refused in
        desk.metrics.add(Intakes.refused, [("intake", "pagerduty")])
        let status = refused.status
        return Self.reply(
          status, status == 413 || status == 400 ? "invalid event" : "throttle exceeded", refused.message,
          errors: [refused.message])
      }
    ) { request in
      do {
        return try await handle(request)
      } catch let problem as PagerDutyEvent.Problem {
        desk.metrics.add(Intakes.refused, [("intake", "pagerduty")])
        return Self.reply(400, "invalid event", problem.message, errors: problem.errors)
      } catch let refusal as Refusal {
        // 429 and 5xx mean to a client that it has to try again.
        let status = refusal.kind == .unavailable ? 503 : 400
        return Self.reply(
          status, status == 503 ? "unavailable" : "invalid event", refusal.message, errors: [refusal.message])
      } catch {
        return Self.reply(500, "error", "\(error)", errors: [])
      }
    }
  }

  private static func reply(_ status: Int, _ word: String, _ message: String, errors: [String]) -> Intake.Reply {
    var json: JSON = ["status": .string(word), "message": .string(message)]
    if case .object(var object) = json {
      object["errors"] = .array(errors.map { .string($0) })
      json = .object(object)
    }
    var headers = [(name: "content-type", value: "application/json")]
    if status == 429 || status == 503 { headers.append(("retry-after", "5")) }
    return .init(status: status, headers: headers, body: json.bytes)
  }

  private func read(_ request: Intake.Request) throws -> (PagerDutyEvent, IntegrationBook.Entry) {
    let event = try PagerDutyEvent(request.body)
    guard let entry = desk.book.entry(ofKey: event.routingKey), entry.type == .pagerduty else {
      throw PagerDutyEvent.Problem(["Invalid routing key"])
    }
    return (event, entry)
  }

  /// The body without its key, which nobody is to see.
  private static func raw(_ event: PagerDutyEvent) -> [UInt8] {
    guard case .object(var object) = event.json else { return [] }
    object["routing_key"] = "(hidden)"
    return JSON.object(object).bytes
  }

  private func enqueue(_ request: Intake.Request) async throws -> Intake.Reply {
    let (event, entry) = try read(request)
    let report: Incoming
    do {
      report = try event.report(from: entry.source, fresh: desk.newID().description.lowercased(), now: clock.now())
    } catch {
      desk.book.note(entry.name, refused: error.errors.joined(separator: "; "))
      throw error
    }
    desk.metrics.add(AlertDesk.received, [("intake", "pagerduty")])
    let raw = Self.raw(event)
    let taken = try await desk.take([.init(report, raw: raw[...])], by: Actor("integration/\(entry.name)"))
    if case .refused(let refusal)? = taken.first { throw refusal }
    desk.book.note(entry.name, received: 1)
    return .init(
      status: 202, headers: [("content-type", "application/json")],
      body: (["status": "success", "message": "Event processed", "dedup_key": .string(report.key)] as JSON).bytes)
  }

  private func change(_ request: Intake.Request) async throws -> Intake.Reply {
    let (event, entry) = try read(request)
    let change = try event.change(now: clock.now())
    let id = desk.newID()
    let services = desk.environment().services
    let names = ["service", "component", "details_service"].compactMap { name in
      change.labels.first { $0.name == name }?.value
    }
    let service = (names + [entry.source.service].compactMap(\.self)).first { services[$0] != nil }
    let now = clock.now()
    try await desk.writer.submit(
      Ask<Void>.recordChange(
        change, on: service.map { Subject("service", $0) } ?? Subject("change", id),
        raw: BulkItem(
          key: "raw/\(id)", kind: "raw-event", bytes: Self.raw(event), created: now, expires: now + desk.rawLife),
        by: Actor("integration/\(entry.name)")))
    desk.book.note(entry.name, received: 1)
    return .init(
      status: 202, headers: [("content-type", "application/json")],
      body: (["status": "success", "message": "Change event processed"] as JSON).bytes)
  }
}
