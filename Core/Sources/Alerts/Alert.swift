import Base
import Events
import Journal

/// A condition that somebody may have to look at.
public struct Alert: Codable, Sendable {
  public enum Status: String, Codable, Sendable { case firing, acknowledged, resolved }

  public let id: ULID
  public let signal: Signal
  /// Who reported it: `system/slo`, `token/alertmanager`.
  public let source: Actor
  public let firedAt: Instant
  public internal(set) var status: Status = .firing
  public internal(set) var acknowledgedAt: Instant?
  public internal(set) var acknowledgedBy: Actor?
  public internal(set) var resolvedAt: Instant?
  public internal(set) var resolvedBy: Actor?
  public internal(set) var resolution: String?
  /// The run that pages people for it.
  public internal(set) var procedure: ULID?
  /// When people were last paged for it.
  public internal(set) var escalatedAt: Instant?
  /// Set while it pages nobody of its own.
  public internal(set) var suppression: AlertSuppressed?
  /// When its key fired lately, this time included, oldest first.
  public internal(set) var fires: [Instant]
  /// The latest reports that changed it and are kept as they came, oldest first, but for the one that fired it.
  var later: [KeptReport]?
  /// Set once it has come and gone too often.
  public internal(set) var flapping: Flapping?

  public struct Flapping: Codable, Sendable, Hashable {
    public internal(set) var count: Int
    public internal(set) var since: Instant
    /// Until when it has to stay quiet to be over; `nil` while it fires.
    public internal(set) var quietUntil: Instant?
    /// Since when it fires without a break.
    public internal(set) var firingSince: Instant
  }

  public var subject: Subject { Subject("alert", id) }
  public var isOpen: Bool { status != .resolved }

  /// Whether people are being paged for it, or were and nobody answered.
  public var isPaging: Bool { status == .firing && procedure != nil && suppression == nil }

  /// Whether lists show it under the alert that pages for both: it joined that one, or waits for its cause.
  public var isUnderAnother: Bool {
    status == .firing && (suppression?.code == .joined || suppression?.code == .grouped)
  }

  /// Whether it gathers others of its service: it pages, somebody has it, or it waits to page and they with it.
  public var isHead: Bool {
    guard isOpen, group != nil else { return false }
    guard let suppression else { return procedure != nil }
    if suppression.isWait { return true }
    return status == .acknowledged && procedure != nil && suppression.code != .joined
  }

  /// Of alerts that end together, in which order: what speaks for others after these.
  public var endRank: Int { !isHead ? 0 : suppression == nil ? 2 : 1 }

  /// Whether it can wait for working hours: by its own urgency, or because its tier says so.
  public internal(set) var isLow: Bool

  /// What it shares with those that it can join: its service, or without one its integration, and whether it can wait.
  public var group: String? { Self.group(of: signal, low: isLow) }

  /// The group that a signal is of. One without a service and an integration is alone.
  public static func group(of signal: Signal, low: Bool) -> String? {
    if signal.integration == Signal.runbooks { return nil }
    guard let name = signal.service ?? signal.integration.map({ "integration/\($0)" }) else { return nil }
    return "\(low ? "low" : "high")/\(name)"
  }

  /// Under which key it is held back with others that are looked at again together.
  var heldUnder: String? {
    guard isOpen, let suppression else { return nil }
    switch suppression.code {
    case .joined, .grouped, .silenced, .maintenance: return suppression.by
    case .inhibited: return suppression.into.map { "alert/\($0)" }
    case .noPolicy: return Alerts.withoutPolicy
    default: return nil
    }
  }

  /// When a timer has to look at it.
  var wakesAt: Instant? {
    guard status == .firing || flapping?.quietUntil != nil, isOpen else { return nil }
    return flapping?.quietUntil ?? suppression?.until
  }

  /// Makes a taken alert nobody's again.
  mutating func giveBack() {
    guard status == .acknowledged else { return }
    status = .firing
    acknowledgedAt = nil
    acknowledgedBy = nil
  }
}

extension Sequence where Element == Alert {
  /// Alerts that end together, in the order in which they do: what speaks for others after these.
  public func inOrderOfEnding() -> [Alert] { sorted { ($0.endRank, $0.id) < ($1.endRank, $1.id) } }
}
