import Base
import Definitions

/// A time in which some services are not to be changed, as its definition says.
public struct FreezeWindow: Sendable, Hashable {
  public let name: String
  public let services: [String]
  /// Inclusive.
  public let start: Instant
  /// Exclusive.
  public let end: Instant
  public let reason: String

  public init(name: String, services: [String], start: Instant, end: Instant, reason: String) {
    self.name = name
    self.services = services
    self.start = start
    self.end = end
    self.reason = reason
  }

  public init(_ freeze: Entity<FreezeSpec>) {
    self.init(
      name: freeze.ref.shortName, services: freeze.spec.services.map(\.shortName), start: freeze.spec.start,
      end: freeze.spec.end, reason: freeze.spec.reason)
  }
}

/// Where a freeze stands at a time.
public enum FreezeStatus: String, Sendable {
  case coming, holding, lifted, over
}
