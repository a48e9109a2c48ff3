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
  /// Set while it pages nobody of its own.
  public internal(set) var suppression: AlertSuppressed?

  public var subject: Subject { Subject("alert", id) }
  public var isOpen: Bool { status != .resolved }

  /// Makes a taken alert nobody's again.
  mutating func giveBack() {
    guard status == .acknowledged else { return }
    status = .firing
    acknowledgedAt = nil
    acknowledgedBy = nil
  }
}
