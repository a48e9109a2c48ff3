import Base
import Events
import Journal

/// The review of an incident.
public struct Review: Codable, Sendable {
  public enum Status: String, Codable, Sendable { case drafted, published }

  /// One writing of one section; the text is kept where it can be erased.
  public struct Edit: Codable, Sendable, Hashable {
    public let sequence: Int64
    public let at: Instant
    public let by: Actor
    public let section: ReviewSection
    public let text: ErasableText
  }

  public let id: ULID
  public let draft: ReviewDrafted
  public let draftedAt: Instant
  public internal(set) var status = Status.drafted
  /// Oldest first.
  public internal(set) var edits: [Edit] = []
  /// Tags, in the order they were given.
  public internal(set) var causes: [String] = []
  public internal(set) var scheduledAt: Instant?
  public internal(set) var publishedAt: Instant?
  public internal(set) var publishedBy: Actor?
  /// Set where it was published though it names people as causes.
  public internal(set) var override: ErasableText?
  /// The event that last changed what it says.
  public internal(set) var changedSequence: Int64

  public var subject: Subject { Subject("review", id) }

  /// The last writing of a section; `nil` while it reads as it was drafted.
  public func lastEdit(of section: ReviewSection) -> Edit? { edits.last { $0.section == section } }

  /// What an editor of a section replaces.
  public func base(of section: ReviewSection) -> Int64 { lastEdit(of: section)?.sequence ?? 0 }

  /// A section as it was drafted.
  public func drafted(_ section: ReviewSection) -> String {
    draft.sections.first { $0.section == section }?.text ?? ""
  }
}

/// The last reviews, and what they have in common.
public struct Reviews: Fold, Codable {
  public static let name = "reviews"
  public static let version = 2
  static let kept = 500
  static let editsMax = 400
  static let textBytesMax = 32_768
  static let causesMax = 12

  public private(set) var reviews = Sharded<ULID, Review>()
  private var recent = Recent()
  /// The reviews of each cause, oldest first.
  private var byCause = Sharded<String, [ULID]>()
  /// Raised when texts of reviews may have been erased.
  public private(set) var erasures = 0

  public init() {}

  /// Takes one out with its causes, for a reader who may not see it.
  public mutating func hide(_ id: ULID) { forget(id) }

  public mutating func apply(_ event: Event) throws {
    if event.type == "person.erased" {
      erasures += 1
      return
    }
    guard event.subject.kind == "review", let id = ULID(event.subject.id) else { return }
    if let draft = try event.payload(ReviewDrafted.self) {
      // An incident that came back is drafted again: what people wrote stays.
      let before = reviews[id]
      reviews[id] = Review(id: id, draft: draft, draftedAt: event.time, changedSequence: event.sequence)
      if let before {
        reviews[id]?.edits = before.edits
        reviews[id]?.causes = before.causes
        reviews[id]?.scheduledAt = before.scheduledAt
      } else if let old = recent.keep(id, limit: Self.kept) {
        forget(old)
      }
      return
    }
    guard var review = reviews[id] else { return }
    if let edited = try event.payload(ReviewEdited.self) {
      review.edits.append(
        .init(sequence: event.sequence, at: event.time, by: event.actor, section: edited.section, text: edited.text))
      review.changedSequence = event.sequence
    } else if let scheduled = try event.payload(ReviewScheduled.self) {
      review.scheduledAt = scheduled.at
    } else if let published = try event.payload(ReviewPublished.self) {
      review.status = .published
      (review.publishedAt, review.publishedBy) = (event.time, event.actor)
      review.override = published.override
    } else if event.type == ReviewReopened.type {
      review.status = .drafted
      (review.publishedAt, review.publishedBy, review.override) = (nil, nil, nil)
    } else if let linked = try event.payload(ReviewCauseLinked.self) {
      review.causes.append(linked.cause)
      byCause[linked.cause, default: []].append(id)
      review.changedSequence = event.sequence
    } else if let unlinked = try event.payload(ReviewCauseUnlinked.self) {
      review.causes.removeAll { $0 == unlinked.cause }
      drop(unlinked.cause, of: id)
      review.changedSequence = event.sequence
    }
    reviews[id] = review
  }

  private mutating func forget(_ id: ULID) {
    for cause in reviews[id]?.causes ?? [] { drop(cause, of: id) }
    reviews[id] = nil
  }

  private mutating func drop(_ cause: String, of id: ULID) {
    byCause[cause]?.removeAll { $0 == id }
    if byCause[cause]?.isEmpty == true { byCause[cause] = nil }
  }

  /// Newest first.
  public var all: [Review] { reviews.sortedElements.map(\.value).reversed() }

  public subscript(id: ULID) -> Review? { reviews[id] }

  /// The causes that reviews name, with their reviews, the most frequent first.
  public var causes: [(cause: String, reviews: [ULID])] {
    byCause.sortedElements.map { (cause: $0.key, reviews: $0.value) }
      .sorted { ($1.reviews.count, $0.cause) < ($0.reviews.count, $1.cause) }
  }

  /// The other reviews with a cause, oldest first. A cause without a detail is common to many incidents that have
  /// nothing to do with each other, so it joins only those of one service.
  public func others(with cause: String, as review: Review) -> [Review] {
    (byCause[cause] ?? []).filter { $0 != review.id }.compactMap { reviews[$0] }
      .filter { cause.contains("/") || $0.draft.service == review.draft.service }
  }
}
