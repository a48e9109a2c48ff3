import Base
import Events
import Journal

/// A review that waits for its owner.
public struct Review: Codable, Sendable {
  public let id: ULID
  public let draft: ReviewDrafted
  public let draftedAt: Instant
}

/// The reviews that were drafted, oldest first.
public struct Reviews: Fold, Codable {
  public static let name = "reviews"
  public static let version = 1
  static let kept = 500

  public private(set) var reviews = Sharded<ULID, Review>()
  private var recent = Recent()

  public init() {}

  /// Takes one out, for a reader who may not see it.
  public mutating func hide(_ id: ULID) { reviews[id] = nil }

  public mutating func apply(_ event: Event) throws {
    guard let draft = try event.payload(ReviewDrafted.self), let id = ULID(event.subject.id) else { return }
    reviews[id] = Review(id: id, draft: draft, draftedAt: event.time)
    if let old = recent.keep(id, limit: Self.kept) { reviews[old] = nil }
  }
}
