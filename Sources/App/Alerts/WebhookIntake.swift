import Alerts
import Base
import Crypto
import Definitions
import Engine
import Events
import Journal
import Runtime
import Web
import Wire

/// Webhooks: Alertmanager's and Grafana's, and any other's that an Integration maps. The sender shows its key as a
/// bearer token or as a password, in the path, or by a signature.
struct WebhookIntake: Sendable {
  let desk: AlertDesk
  let clock: SystemClock

  static let bodyBytesMax = 1 << 20

  var all: [Intake] {
    [intake("/intake/webhook/{name}"), intake("/intake/webhook/{name}/{secret}")]
  }

  private struct Refused: Error {
    var status: Int
    var message: String
  }

  private func intake(_ path: String) -> Intake {
    Intake(
      path: path, access: .own, summary: "Webhooks of Alertmanager, Grafana and mapped senders",
      bodyBytesMax: Self.bodyBytesMax, refuse: { _, refused in refuse(refused.status, refused.message) }
    ) { request in
      do {
        return try await take(request)
      } catch let refused as Refused {
        return refuse(refused.status, refused.message)
      } catch let refusal as Refusal {
        return refuse(refusal.kind == .unavailable ? 503 : 400, refusal.message)
      } catch {
        return refuse(500, "\(error)")
      }
    }
  }

  private func refuse(_ status: Int, _ message: String) -> Intake.Reply {
    desk.metrics.add(Intakes.refused, [("intake", "webhook")])
    var headers = [(name: "content-type", value: "application/json")]
    if status == 503 || status == 429 { headers.append(("retry-after", "5")) }
    if status == 401 { headers.append(("www-authenticate", "Bearer realm=\"mainstay\"")) }
    return .init(status: status, headers: headers, body: (["message": .string(message)] as JSON).bytes)
  }

  private func take(_ request: Intake.Request) async throws -> Intake.Reply {
    let entry = try sender(request)
    let now = clock.now()
    let reading: WebhookPayload.Reading
    let raws: [ArraySlice<UInt8>]
    do {
      let body = try JSON(parsing: request.body, limits: WebhookPayload.limits)
      reading = try Self.read(body, entry, now: now)
      raws = Self.raws(body, reading, entry, request.body)
    } catch let problem as JSONParseError {
      desk.book.note(entry.name, refused: "\(problem)")
      throw Refused(status: 400, message: "the body is not JSON: \(problem)")
    } catch let problem as WebhookPayload.Problem {
      desk.book.note(entry.name, refused: problem.description)
      throw Refused(status: 400, message: problem.description)
    }
    let reports = reading.reports
    desk.metrics.add(AlertDesk.received, [("intake", entry.type.rawValue)], by: Double(reports.count))
    let items = zip(reports, raws).map { AlertDesk.Item($0, raw: $1) }
    let taken = try await desk.take(items, by: Actor("integration/\(entry.name)"))
    desk.book.note(entry.name, received: reports.count)
    for case .refused(let refusal) in taken {
      desk.book.note(entry.name, refused: refusal.message)
      throw refusal
    }
    var counts: [(String, Int)] = [("fired", 0), ("repeated", 0), ("acknowledged", 0), ("resolved", 0), ("ignored", 0)]
    for outcome in taken {
      switch outcome {
      case .fired: counts[0].1 += 1
      case .repeated: counts[1].1 += 1
      case .acknowledged: counts[2].1 += 1
      case .resolved: counts[3].1 += 1
      case .nothing, .refused: counts[4].1 += 1
      }
    }
    var answer = counts.map { JSONObject.Member(key: $0.0, value: .int(Int64($0.1))) }
    if let problem = reading.problems.first {
      desk.metrics.add(Intakes.refused, [("intake", "webhook")])
      desk.book.note(entry.name, refused: problem.description)
      let others = reading.problems.count - 1
      answer.insert(.init(key: "refused", value: .int(Int64(reading.problems.count))), at: 0)
      answer.insert(
        .init(key: "message", value: .string("\(problem)\(others == 0 ? "" : ", and \(others) more are wrong")")), at: 0
      )
    }
    return .init(
      status: reading.problems.isEmpty ? 200 : 400, headers: [("content-type", "application/json")],
      body: JSON.object(JSONObject(answer)).bytes)
  }

  static func read(
    _ body: JSON, _ entry: IntegrationBook.Entry, now: Instant
  ) throws(WebhookPayload.Problem) -> WebhookPayload.Reading {
    if let mapping = entry.source.mapping { return try WebhookPayload.mapped(body, mapping, from: entry.source) }
    return try WebhookPayload.alertmanager(body, from: entry.source, now: now)
  }

  /// The part of the body that each report came from; the whole where it is no list.
  private static func raws(
    _ body: JSON, _ reading: WebhookPayload.Reading, _ entry: IntegrationBook.Entry, _ bytes: [UInt8]
  ) -> [ArraySlice<UInt8>] {
    let path = entry.source.mapping.map { $0.each ?? "" } ?? "alerts"
    guard let items = WebhookPayload.items(path, in: body), items.count > 1 else {
      return Array(repeating: bytes[...], count: reading.reports.count)
    }
    return reading.places.map { items[$0].bytes[...] }
  }

  // MARK: Who sends

  private func sender(_ request: Intake.Request) throws -> IntegrationBook.Entry {
    let name = request.parameters["name"] ?? ""
    guard let entry = entry(named: name, request) else {
      // Whether an integration of a name exists is nobody's business who has no key.
      guard request.role?.includes(.sender) ?? false else { throw Self.noKey }
      throw Refused(
        status: 404,
        message: "no Integration \(name.cut(80)) of type webhook, grafana or alertmanager; write one, or send with its "
          + "key")
    }
    guard let signature = entry.signature else {
      if isLetIn(entry, request) { return entry }
      throw Self.noKey
    }
    guard let key = desk.book.key(of: entry) else {
      throw Refused(status: 503, message: "the key of Integration \(entry.name) cannot be read here")
    }
    guard Self.isSigned(request, signature, key) else {
      desk.book.note(entry.name, refused: "a wrong or missing signature in \(signature.header)")
      throw Refused(status: 401, message: "the signature in \(signature.header) is missing or wrong")
    }
    return entry
  }

  private static let noKey = Refused(
    status: 401, message: "show the integration's key: as a bearer token, as a password, or at the end of the path")

  /// By its name, or by its type together with the key that the request has.
  private func entry(named name: String, _ request: Intake.Request) -> IntegrationBook.Entry? {
    if let entry = desk.book[name], [.webhook, .grafana, .alertmanager].contains(entry.type) { return entry }
    guard let type = IntegrationSpec.IntakeType(rawValue: name), type == .grafana || type == .alertmanager else {
      return nil
    }
    if let entry = desk.book.entry(actor: request.actor, type: type) { return entry }
    if let secret = request.parameters["secret"], let entry = desk.book.entry(ofKey: secret), entry.type == type {
      return entry
    }
    // Whoever may send at all may send without an integration of its own.
    guard request.role?.includes(.sender) ?? false else { return nil }
    return IntegrationBook.Entry(source: AlertSource(type.rawValue), type: type)
  }

  private func isLetIn(_ entry: IntegrationBook.Entry, _ request: Intake.Request) -> Bool {
    if request.actor.hasPrefix("integration/") { return request.actor == "integration/\(entry.name)" }
    // A key in the path is held against the integration's wherever there is one: a wrong one is a mistake that shows.
    if let secret = request.parameters["secret"] { return desk.book.entry(ofKey: secret)?.name == entry.name }
    return request.role?.includes(.sender) ?? false
  }

  static func isSigned(_ request: Intake.Request, _ signature: IntegrationSpec.Signature, _ key: String) -> Bool {
    guard let header = request.headers[signature.header], header.hasPrefix(signature.prefix) else { return false }
    let text = header.dropFirst(signature.prefix.count)
    let bytes: [UInt8]? =
      switch signature.encoding {
      case .hex: Hash128.bytes(hex: text)
      case .base64: Base64.decode(text.utf8)
      }
    guard let bytes else { return false }
    return HMAC<Crypto.SHA256>.isValidAuthenticationCode(
      bytes, authenticating: request.body, using: SymmetricKey(data: Array(key.utf8)))
  }
}
