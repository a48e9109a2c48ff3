import Access
import Base
import Engine
import Events
import Journal
import Logging
import Synchronization

@testable import Web

/// The pipeline over a state in memory: what the writer does, without its thread and disk.
final class Harness: Sendable {
  private struct Inside {
    var loop: DecideLoop<State>
    var events: [Event]
    var now: Instant
    var random = SeededGenerator(seed: 11)
  }

  private let inside: Mutex<Inside>
  nonisolated(unsafe) private(set) var pipeline: Pipeline!
  let secret = [UInt8](repeating: 7, count: 32)

  init(
    configuration: WebConfiguration = WebConfiguration(), intakes: [Intake] = [], intake: String? = nil
  ) throws {
    let night = try Samples.night()
    var loop = DecideLoop(state: State(), sequence: 0, seed: 7)
    loop = DecideLoop(state: night.state, sequence: night.events.last?.sequence ?? 0, seed: 8)
    inside = Mutex(Inside(loop: loop, events: night.events, now: Samples.now))
    pipeline = Pipeline(
      platform: platform(intakes), configuration: configuration, logger: Logger(label: "test"), intake: intake)
  }

  var state: State { inside.withLock { $0.loop.committed } }

  func advance(_ interval: Interval) { inside.withLock { $0.now += interval } }

  @discardableResult
  func submit(_ command: Command<State>) throws -> any Sendable {
    try inside.withLock { inside in
      let outcome = try inside.loop.decide([command], at: inside.now, in: Samples.environment)
      inside.events += outcome.events
      inside.loop.commit()
      return try outcome.replies[0].get()
    }
  }

  private func platform(_ intakes: [Intake]) -> Platform {
    Platform(
      now: { self.inside.withLock { $0.now } },
      random: { count in
        self.inside.withLock { inside in (0..<count).map { _ in UInt8.random(in: 0...255, using: &inside.random) } }
      },
      secret: secret,
      zone: { $0 == "Europe/Berlin" ? ReaderZone(name: $0) { _ in (3_600, "CET") } : nil }, version: "0.1.0",
      committed: {
        self.inside.withLock { Committed(state: $0.loop.committed, sequence: $0.events.last?.sequence ?? 0) }
      },
      submit: { try self.submit($0) },
      events: { query in
        let all = self.inside.withLock { $0.events }.filter { event in
          event.sequence > query.after && event.sequence < query.before ?? .max
            && (query.types.isEmpty || query.types.contains(event.type.text))
            && (query.subject == nil || query.subject == event.subject.text)
        }
        return Array((query.newestFirst ? all.reversed() : all).prefix(query.limit))
      },
      follow: { query in
        AsyncThrowingStream { continuation in
          for event in self.inside.withLock({ $0.events }) where event.sequence > query.after {
            continuation.yield(event)
          }
          continuation.finish()
        }
      },
      catalog: { Samples.catalog }, objectives: { Samples.objectives },
      history: { _, from, to in Samples.history(to - from) },
      shifts: { schedule, from, to, _ in Samples.shifts(schedule, from, to) },
      status: {
        ServerStatus(
          isReady: true, checks: [.init(name: "journal", isGood: true, detail: "commits")],
          notices: [Notice(isError: true, text: "The disk is full; intake refuses", href: "/definitions")],
          startedAt: Samples.now - .hours(5))
      },
      metrics: { Array("# EOF\n".utf8) }, intakes: intakes)
  }

  // MARK: Requests

  func send(
    _ method: String, _ target: String, headers: [String: String] = [:], body: String = "", peer: String = "127.0.0.1"
  ) async -> WebResponse {
    let parts = target.split(separator: "?", maxSplits: 1)
    var request = WebRequest(method: method, path: String(parts[0]))
    request.query = parts.count > 1 ? Form.parse(parts[1]) : []
    request.headers = ["host": "localhost:8080", "accept": "text/html"].merging(headers) { $1 }
    request.peer = peer
    return await pipeline.respond(to: request) { limit in
      guard body.utf8.count <= limit else { throw Problem(413, "Too large", "", "") }
      return Array(body.utf8)
    }
  }

  func get(_ target: String, headers: [String: String] = [:]) async -> WebResponse {
    await send("GET", target, headers: headers)
  }

  /// Sends a form as a browser does: with the token and the cookie of the page it stands on.
  func form(_ path: String, _ fields: String = "", session: String? = nil) async -> WebResponse {
    let cookie = session.map { "; \(Authenticator.sessionCookie)=\($0)" } ?? ""
    let page = await get("/login", headers: session.map { ["cookie": "\(Authenticator.sessionCookie)=\($0)"] } ?? [:])
    let nonce =
      page.headers.last { $0.name == "set-cookie" }?.value.split(separator: ";")[0].split(separator: "=")[1] ?? ""
    let token = page.text.split(separator: "name=\"csrf\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
    return await send(
      "POST", path,
      headers: ["cookie": "\(Pipeline.nonceCookie)=\(nonce)\(cookie)", "origin": "http://localhost:8080"],
      body: "csrf=\(token)&\(fields)")
  }

  func token(_ name: String, _ role: Role) throws -> String {
    let secret = BearerToken.make(random: Array(name.utf8))
    try submit(
      Ask<ULID>.createToken(
        name: name, role: role, hash: BearerToken.hash(secret), user: nil, expires: nil, by: .user("root")
      ).command)
    return secret
  }
}

extension WebResponse {
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
}
