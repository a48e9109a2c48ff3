import Base
import Events
import Journal

/// What held pages of alerts back, kept for the reviews of their incidents.
public struct Suppressions: Fold, Codable {
  public static let name = "suppressions"
  public static let version = 1
  static let alertsKept = 2_000
  static let perAlertMax = 10

  public struct Delay: Codable, Sendable, Hashable {
    public let at: Instant
    public let code: AlertSuppressed.Code
    public let reason: String
  }

  private var delays = Sharded<ULID, [Delay]>()
  private var recent = Recent()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard let held = try event.payload(AlertSuppressed.self), let id = ULID(event.subject.id), Self.delays(held.code)
    else { return }
    if delays[id] == nil, let old = recent.keep(id, limit: Self.alertsKept) { delays[old] = nil }
    if (delays[id]?.count ?? 0) < Self.perAlertMax {
      delays[id, default: []].append(Delay(at: event.time, code: held.code, reason: held.reason))
    }
  }

  /// What held an alert back, in order.
  public subscript(alert: ULID) -> [Delay] { delays[alert] ?? [] }

  /// An alert that joins another delays nothing: somebody is paged for both.
  private static func delays(_ code: AlertSuppressed.Code) -> Bool {
    switch code {
    case .recordedOnly, .joined, .grouped: false
    case .waiting, .deferred, .inhibited, .silenced, .maintenance, .flapping, .noPolicy: true
    }
  }
}
