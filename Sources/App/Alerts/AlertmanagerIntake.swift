import Alerts
import Base
import Definitions
import Engine
import Events
import Journal
import Runtime
import Web
import Wire

/// Alertmanager's API v2 (github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml), as Prometheus and amtool
/// call it.
struct AlertmanagerIntake: Sendable {
  let desk: AlertDesk
  let clock: SystemClock
  let startedAt: Instant
  let zones: SystemZones
  /// For what only answers with definitions or alerts.
  let version: String

  static let bodyBytesMax = 8 << 20
  static let resolveTimeout = Interval.minutes(5)
  static let prefix = "/intake/alertmanager"

  var all: [Intake] {
    [
      intake("POST", "/api/v2/alerts", .sender, "Alerts as Prometheus sends them", bytes: Self.bodyBytesMax, post),
      intake("GET", "/api/v2/alerts", .viewer, "Open alerts", alerts),
      intake("GET", "/api/v2/alerts/groups", .viewer, "Open alerts by service", groups),
      intake("GET", "/api/v2/silences", .viewer, "Silences", silences),
      intake("POST", "/api/v2/silences", .responder, "Save a silence", bytes: 64 << 10, saveSilence),
      intake("GET", "/api/v2/silence/{silenceID}", .viewer, "One silence", silence),
      intake("DELETE", "/api/v2/silence/{silenceID}", .responder, "End a silence", expireSilence),
      intake("GET", "/api/v2/status", .reader, "Version and uptime, which amtool asks for first", status),
      intake("GET", "/api/v2/receivers", .reader, "Escalation policies as receivers", receivers),
      intake("GET", "/-/healthy", .own, "Whether it runs") { _ in Self.text("OK") },
      intake("GET", "/-/ready", .own, "Whether it takes alerts") { _ in Self.text("OK") },
      intake("POST", "/api/v1/alerts", .own, "Refused: Alertmanager removed API v1", bytes: 1 << 20, removed),
      intake("GET", "/api/v1/alerts", .own, "Refused: Alertmanager removed API v1", removed),
    ]
  }

  private func intake(
    _ method: String, _ path: String, _ access: Intake.Access, _ summary: String, bytes: Int = 0,
    _ handle: @escaping @Sendable (Intake.Request) async -> Intake.Reply
  ) -> Intake {
    Intake(
      method: method, path: Self.prefix + path, access: access, summary: summary, bodyBytesMax: bytes,
      refuse: { _, refused in
        desk.metrics.add(Intakes.refused, [("intake", "alertmanager")])
        return Self.refusal(refused.status, refused.status, refused.message)
      }, handle: handle)
  }

  // MARK: Answers

  /// Of what its framework refuses: a code and a message.
  static func refusal(_ status: Int, _ code: Int, _ message: String) -> Intake.Reply {
    json(["code": .int(Int64(code)), "message": .string(message)], status: status)
  }

  /// Of what Alertmanager itself refuses: one text.
  static func problem(_ status: Int, _ message: String) -> Intake.Reply { json(.string(message), status: status) }

  static func json(_ json: JSON, status: Int = 200) -> Intake.Reply {
    .init(status: status, headers: [("content-type", "application/json")], body: json.bytes + [0x0A])
  }

  static func text(_ text: String) -> Intake.Reply {
    .init(status: 200, headers: [("content-type", "text/plain; charset=utf-8")], body: Array(text.utf8))
  }

  static func refused(_ refusal: Refusal) -> Intake.Reply {
    switch refusal.kind {
    case .notFound: problem(404, refusal.message)
    case .invalid, .forbidden: problem(400, refusal.message)
    case .conflict: problem(500, refusal.message)
    case .unavailable: problem(503, refusal.message)
    }
  }

  private func removed(_: Intake.Request) async -> Intake.Reply {
    Self.json(
      [
        "status": "deprecated",
        "error": "Alertmanager's API v1 is gone since its version 0.27 and is not served here; use /api/v2/alerts",
      ], status: 410)
  }

  // MARK: Taking alerts

  func source(_ request: Intake.Request) -> AlertSource {
    desk.book.entry(actor: request.actor, type: .alertmanager)?.source ?? AlertSource("alertmanager")
  }

  static func isJSON(_ request: Intake.Request) -> Bool {
    let type = request.headers["content-type"] ?? ""
    return type == "application/json" || type.hasPrefix("application/json;")
  }

  private func post(_ request: Intake.Request) async -> Intake.Reply {
    guard Self.isJSON(request) else {
      return Self.refusal(
        415, 415,
        "unsupported media type \"\(request.headers["content-type"]?.cut(80) ?? "application/octet-stream")\", only "
          + "[application/json] are allowed")
    }
    let source = source(request)
    let name = source.id == "alertmanager" ? "(alertmanager)" : String(source.id.dropFirst("alertmanager/".count))
    do {
      let post = try AlertmanagerPost(request.body)
      let problems = try await take(post, from: source, by: Actor(request.actor))
      desk.book.note(name, received: post.entries.count)
      guard problems.isEmpty else {
        desk.metrics.add(Intakes.refused, [("intake", "alertmanager")])
        desk.book.note(name, refused: problems[0])
        return Self.problem(400, problems.prefix(20).joined(separator: "; "))
      }
      return .init(status: 200)
    } catch let problem as AlertmanagerPost.Problem {
      desk.metrics.add(Intakes.refused, [("intake", "alertmanager")])
      desk.book.note(name, refused: problem.message)
      return Self.refusal(problem.status, problem.code, problem.message)
    } catch let refusal as Refusal {
      // Nothing is lost: Prometheus sends what fires again.
      return Self.problem(refusal.kind == .unavailable ? 503 : 400, refusal.message)
    } catch {
      return Self.problem(500, "\(error)")
    }
  }

  /// - Returns: what is wrong with those that were not taken.
  private func take(
    _ post: AlertmanagerPost, from source: AlertSource, by actor: Actor
  ) async throws -> [String] {
    let now = clock.now()
    let timeout = source.resolveTimeout ?? Self.resolveTimeout
    let seed = Hash128(of: source.id)
    let entries = post.entries
    desk.metrics.add(AlertDesk.received, [("intake", "alertmanager")], by: Double(entries.count))
    let rest = desk.extend(entries.count) { index in
      let entry = entries[index]
      let end = entry.endsAt ?? now + timeout
      guard entry.problem == nil, end > now else { return nil }
      return (entry.fingerprint.lease(of: seed), end)
    }
    var problems: [String] = []
    var items: [AlertDesk.Item] = []
    let environment = desk.environment()
    let heartbeats = environment.heartbeats.filter { !$0.matchers.isEmpty }
    let hasSharedKeys = environment.router.routes.contains { $0.set.key != nil }
    let state = desk.writer.state
    for entry in rest.lazy.map({ entries[$0] }) {
      if let problem = entry.problem {
        problems.append(problem)
        continue
      }
      let key = entry.fingerprint.lease(of: seed)
      let isOver = entry.endsAt.map { $0 <= now } ?? false
      // Prometheus repeats that something is over for a quarter of an hour.
      if isOver, !hasSharedKeys, !desk.holds(key),
        state.alerts.open(key: post.key(of: entry, from: source)) == nil
      {
        continue
      }
      let incoming = post.incoming(entry, from: source, timeout: timeout, now: now)
      let rule = heartbeats.first { rule in rule.matchers.allSatisfy { $0.matches(incoming.label($0.name)) } }
      if let rule {
        if !isOver { try await desk.beat(rule, by: actor) }
        continue
      }
      items.append(.init(incoming, lease: key, raw: post.bytes(of: entry)))
    }
    for case .refused(let refusal) in try await desk.take(items, by: actor) {
      if refusal.kind == .unavailable { throw refusal }
      problems.append(refusal.message)
    }
    return problems
  }
}
