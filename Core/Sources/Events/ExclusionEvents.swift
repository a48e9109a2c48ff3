import Base
import Journal

/// A stretch of time was taken out of error budgets after the fact; the event's actor is its author. Subject:
/// `slo/NAME`, or `service/NAME` for all SLOs of a service.
public struct ExclusionAdded: EventPayload {
  public static let type: EventType = "slo.exclusion_added"
  /// Names the exclusion.
  public var exclusion: ULID
  /// Not part of it; the first event that is left out comes after.
  public var from: Instant
  /// The last instant that is left out.
  public var to: Instant
  public var reason: String
  public init(exclusion: ULID, from: Instant, to: Instant, reason: String) {
    self.exclusion = exclusion
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// An exclusion was taken back: what happened in it counts again. Subject: as in `slo.exclusion_added`.
public struct ExclusionRemoved: EventPayload {
  public static let type: EventType = "slo.exclusion_removed"
  public var exclusion: ULID
  public init(exclusion: ULID) { self.exclusion = exclusion }
}
