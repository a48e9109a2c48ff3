import Base
import Events

/// What the figures keep of an incident: its times, and what it is counted under.
public struct IncidentRecord: Codable, Sendable, Hashable {
  public let id: ULID
  public let number: Int
  /// At most 200 bytes of it.
  public let title: String
  /// The service it was opened for first, then those that its alerts and links named, each once.
  public internal(set) var services: [String]
  /// The one it had last.
  public internal(set) var severity: IncidentSeverity
  public let openedAt: Instant
  /// When it began, where a sender said so; otherwise it is not known how long nobody noticed.
  public internal(set) var beganAt: Instant?
  /// Its first alert, or the opening where a person came first.
  public internal(set) var detectedAt: Instant
  public internal(set) var acknowledgedAt: Instant?
  public internal(set) var mitigatedAt: Instant?
  public internal(set) var resolvedAt: Instant?
  /// The incident that took this one over and counts for both.
  public internal(set) var mergedInto: ULID?

  public init(
    id: ULID, number: Int, title: String, services: [String], severity: IncidentSeverity, openedAt: Instant,
    beganAt: Instant? = nil, detectedAt: Instant, acknowledgedAt: Instant? = nil, mitigatedAt: Instant? = nil,
    resolvedAt: Instant? = nil, mergedInto: ULID? = nil
  ) {
    self.id = id
    self.number = number
    self.title = title
    self.services = services
    self.severity = severity
    self.openedAt = openedAt
    self.beganAt = beganAt
    self.detectedAt = detectedAt
    self.acknowledgedAt = acknowledgedAt
    self.mitigatedAt = mitigatedAt
    self.resolvedAt = resolvedAt
    self.mergedInto = mergedInto
  }

  public var isOpen: Bool { resolvedAt == nil }

  /// What it is counted from. A beginning that lies after the first alert is a clock that was wrong, and not used.
  public var start: Instant {
    guard let beganAt, beganAt <= detectedAt else { return detectedAt }
    return beganAt
  }
}

/// A part of the response whose length is measured.
public enum Measure: String, Codable, Sendable, CaseIterable {
  /// From the beginning to the first alert.
  case detect
  /// From the first alert until a person took it.
  case acknowledge
  /// From the beginning until users were not affected any more.
  case mitigate
  /// From the beginning to the end.
  case resolve

  /// What an incident says about a measure.
  public enum Reading: Sendable, Hashable {
    case took(Interval)
    /// The incident is open and this has not happened yet.
    case pending
    /// Nothing says when it happened, or whether it did.
    case unknown
    /// It is written down as having happened before what it is counted from.
    case outOfOrder
  }

  public func reading(of record: IncidentRecord) -> Reading {
    switch self {
    case .detect: record.beganAt.map { Self.length($0, record.detectedAt) } ?? .unknown
    case .acknowledge:
      record.acknowledgedAt.map { Self.length(record.detectedAt, $0) } ?? (record.isOpen ? .pending : .unknown)
    case .mitigate: (record.mitigatedAt ?? record.resolvedAt).map { Self.length(record.start, $0) } ?? .pending
    case .resolve: record.resolvedAt.map { Self.length(record.start, $0) } ?? .pending
    }
  }

  private static func length(_ from: Instant, _ to: Instant) -> Reading {
    to < from ? .outOfOrder : .took(to - from)
  }
}
