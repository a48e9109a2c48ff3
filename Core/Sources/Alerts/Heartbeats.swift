import Base
import Events
import Journal

/// The heartbeats that have been heard at least once: from then on their silence is an alert. Each report after the
/// first is kept in memory alone.
public struct Heartbeats: Fold, Codable {
  public static let name = "heartbeats"
  public static let version = 1
  /// Heartbeats are written in definitions; more than this can only be an accident.
  static let max = 10_000

  /// When each was heard first, by the integration's name.
  public private(set) var since = Sharded<String, Instant>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard event.subject.kind == "heartbeat" else { return }
    if event.type == HeartbeatStarted.type { since[String(event.subject.id)] = event.time }
  }

  /// Notes the first report of a heartbeat; later ones change nothing.
  public func begin(_ name: String, into emitter: inout Emitter) throws(Refusal) {
    guard since[name] == nil else { return }
    guard since.count < Self.max else {
      throw Refusal(.unavailable, "\(Self.max) heartbeats are known; remove some Integrations of type heartbeat")
    }
    emitter.emit(HeartbeatStarted(), on: Subject("heartbeat", name))
  }
}

/// A heartbeat as it is defined.
public struct HeartbeatRule: Sendable, Hashable {
  public var name: String
  public var every: Interval
  public var grace: Interval
  public var service: String?
  public var urgency: Urgency?
  public var matchers: [LabelMatcher]

  public init(
    name: String, every: Interval, grace: Interval, service: String?, urgency: Urgency?, matchers: [LabelMatcher]
  ) {
    self.name = name
    self.every = every
    self.grace = grace
    self.service = service
    self.urgency = urgency
    self.matchers = matchers
  }

  public var integration: String { "heartbeat/\(name)" }
  public var key: String { Router.key(of: integration, "silent") }

  /// What its silence reports.
  ///
  /// - Parameter reason: what the sender said itself, where it reported a failure.
  public func incoming(lastHeard: Instant?, reason: String?) -> Incoming {
    let summary =
      reason.map { "\(name) reports a failure\($0.isEmpty ? "" : ": \($0)")" }
      ?? "No heartbeat of \(name) for \((every + grace).text)"
    return Incoming(
      integration: integration, key: "silent", summary: summary,
      detail: "It reports every \(every.text) and may be \(grace.text) late. Last heard: "
        + (lastHeard?.rfc3339 ?? "not since the server's start") + ".",
      severity: .error, urgency: urgency, fallbackService: service, labels: [.init(name: "heartbeat", value: name)],
      startsAt: lastHeard.map { $0 + every })
  }
}

/// Who has been heard lately. In memory: the server's own downtime is not the sender's silence.
public struct HeartbeatWatch: Sendable {
  public private(set) var lastHeard: [String: Instant] = [:]
  /// What a sender that has not been heard since the start has to be measured from.
  private let startedAt: Instant

  public init(startedAt: Instant) { self.startedAt = startedAt }

  public mutating func heard(_ name: String, at now: Instant) { lastHeard[name] = now }

  /// When it counts as silent; `nil` while it has never been heard.
  public func deadline(_ rule: HeartbeatRule, since: Instant?) -> Instant? {
    guard let from = lastHeard[rule.name] ?? since.map({ max($0, startedAt) }) else { return nil }
    return from + rule.every + rule.grace
  }
}
