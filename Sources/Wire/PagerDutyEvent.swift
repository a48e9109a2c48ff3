import Alerts
import Base
import Events

/// A body of PagerDuty's Events API v2 (developer.pagerduty.com/docs/events-api-v2): `/v2/enqueue` and
/// `/v2/change/enqueue`.
public struct PagerDutyEvent: Sendable {
  /// Why an event is invalid, a line for each reason in PagerDuty's manner.
  public struct Problem: Error, Hashable, Sendable {
    public var message: String
    public var errors: [String]

    public init(_ errors: [String], message: String = "Event object is invalid") {
      self.message = message
      self.errors = errors
    }
  }

  public enum Action: String, Sendable, CaseIterable { case trigger, acknowledge, resolve }

  public static let bodyBytesMax = 512 << 10
  private static let limits = JSONLimits(bytesMax: bodyBytesMax, depthMax: 32, valuesMax: 50_000)

  public var routingKey: String
  public let json: JSON

  /// Reads a body so far as to know whose it is.
  public init(_ body: [UInt8]) throws(Problem) {
    do throws(JSONParseError) {
      json = try JSON(parsing: body, limits: Self.limits)
    } catch {
      throw Problem(["JSON cannot be read: \(error)"], message: "Event object format is unrecognized")
    }
    guard json.object != nil else {
      throw Problem(["the body is no object"], message: "Event object format is unrecognized")
    }
    guard let key = json["routing_key"]?.string, !key.isEmpty else {
      throw Problem(["'routing_key' is missing or blank"])
    }
    routingKey = key
  }

  /// What it reports.
  ///
  /// - Parameter fresh: the key of a trigger that names none.
  public func report(from source: AlertSource, fresh: String, now: Instant) throws(Problem) -> Incoming {
    var errors: [String] = []
    let action = json["event_action"]?.string.flatMap(Action.init)
    if action == nil {
      errors.append(
        json["event_action"]?.string.map { $0.isEmpty } ?? true
          ? "'event_action' is missing or blank"
          : "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')")
    }
    var key = json["dedup_key"]?.string ?? ""
    if key.isEmpty {
      if action == .trigger { key = fresh } else if action != nil { errors.append("'dedup_key' is missing or blank") }
    }
    if key.unicodeScalars.count > 255 {
      errors.append("Length of 'dedup_key' is incorrect (should be less than or equal to 255 characters)")
    }
    let payload = json["payload"] ?? .object(JSONObject())
    if action == .trigger { errors += Self.problems(of: payload) }
    guard errors.isEmpty, let action else { throw Problem(errors) }
    let severity = payload["severity"]?.string.flatMap(AlertSeverity.init)
    let time = payload["timestamp"]?.string.flatMap { Instant(rfc3339: $0) }
    let link =
      (json["links"]?.array?.compactMap { $0["href"]?.string } ?? []).first(where: Incoming.isLink)
      ?? json["client_url"]?.string.flatMap { Incoming.isLink($0) ? $0 : nil }
    let status: Incoming.Status =
      switch action {
      case .trigger: .firing
      case .acknowledge: .acknowledged
      case .resolve: .resolved
      }
    return Incoming(
      integration: source.id, status: status, key: key, summary: payload["summary"]?.string ?? action.rawValue,
      detail: detail(payload), severity: severity, urgency: source.urgency, fallbackService: source.service,
      labels: labels(payload), link: link, startsAt: time.map { min($0, now) }, timeout: source.resolveTimeout)
  }

  private static func problems(of payload: JSON) -> [String] {
    var errors: [String] = []
    let summary = payload["summary"]?.string ?? ""
    if summary.isEmpty { errors.append("'payload.summary' is missing or blank") }
    if summary.unicodeScalars.count > 1_024 {
      errors.append("Length of 'payload.summary' is incorrect (should be less than or equal to 1024 characters)")
    }
    if payload["source"]?.string?.isEmpty ?? true { errors.append("'payload.source' is missing or blank") }
    switch payload["severity"]?.string {
    case nil, ""?: errors.append("'payload.severity' is missing or blank")
    case let word? where AlertSeverity(rawValue: word) == nil:
      errors.append(
        "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
    default: break
    }
    return errors
  }

  /// A change that may explain an alert.
  public func change(now: Instant) throws(Problem) -> ChangeRecorded {
    let payload = json["payload"] ?? .object(JSONObject())
    let summary = payload["summary"]?.string ?? ""
    guard !summary.isEmpty else { throw Problem(["'payload.summary' is missing or blank"]) }
    guard summary.unicodeScalars.count <= 1_024 else {
      throw Problem(["Length of 'payload.summary' is incorrect (should be less than or equal to 1024 characters)"])
    }
    return ChangeRecorded(
      summary: summary, source: payload["source"]?.string?.cut(256),
      at: payload["timestamp"]?.string.flatMap { Instant(rfc3339: $0) }.map { min($0, now) } ?? now,
      link: (json["links"]?.array?.compactMap { $0["href"]?.string } ?? []).first(where: Incoming.isLink),
      labels: labels(payload))
  }

  /// Where it comes from, and the details that are words or numbers: routes match on them.
  private func labels(_ payload: JSON) -> [Signal.Label] {
    var labels: [Signal.Label] = []
    for name in ["source", "component", "group", "class"] {
      if let value = payload[name]?.string, !value.isEmpty {
        labels.append(.init(name: name, value: value.cut(Incoming.labelBytesMax)))
      }
    }
    for member in (payload["custom_details"]?.object?.members ?? []).prefix(Incoming.labelsMax - labels.count) {
      let name = "details_" + Self.name(member.key)
      switch member.value {
      case .string(let text) where !text.isEmpty && text.utf8.count <= 1_024:
        labels.append(.init(name: name, value: text))
      case .int, .double, .bool: labels.append(.init(name: name, value: member.value.text))
      default: break
      }
    }
    return labels
  }

  /// A name that matchers can ask for.
  private static func name(_ key: String) -> String {
    String(
      decoding: key.utf8.prefix(100).map { byte in
        let isLetter = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
        return isLetter || byte &- 0x30 < 10 ? byte : UInt8(ascii: "_")
      }, as: UTF8.self)
  }

  private func detail(_ payload: JSON) -> String? {
    var lines: [String] = []
    for member in (payload["custom_details"]?.object?.members ?? []).prefix(50) {
      lines.append("\(member.key): \(member.value.string ?? member.value.text)")
    }
    if let text = payload["custom_details"]?.string { lines.append(text) }
    for image in (json["images"]?.array ?? []).prefix(5) {
      if let url = image["src"]?.string, Incoming.isLink(url) { lines.append("Image: \(url)") }
    }
    for link in (json["links"]?.array ?? []).prefix(10) {
      guard let url = link["href"]?.string, Incoming.isLink(url) else { continue }
      lines.append("\(link["text"]?.string ?? "Link"): \(url)")
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n").cut(Incoming.detailBytesMax)
  }
}
