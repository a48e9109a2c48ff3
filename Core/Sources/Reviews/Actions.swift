import Base
import Events
import Journal

/// An action item of a review.
public struct ReviewAction: Codable, Sendable {
  /// The issue that stands for it elsewhere.
  public struct Issue: Codable, Sendable, Hashable {
    public var target: String
    public var url: String
    public var number: Int64
  }

  /// An issue that is to be made.
  public struct Export: Codable, Sendable, Hashable {
    public var target: String
    public var attempts: Int
    public var reason: String?
    /// When it is tried next; `nil` once it was given up.
    public var next: Instant?
  }

  public let id: ULID
  public let review: ULID
  public let number: Int
  public let createdAt: Instant
  public internal(set) var title: String
  public internal(set) var kind: ActionKind
  public internal(set) var owner: String
  public internal(set) var due: Instant
  public internal(set) var closedAt: Instant?
  public internal(set) var closedBy: Actor?
  public internal(set) var closedVia: String?
  public internal(set) var issue: Issue?
  public internal(set) var export: Export?

  public var subject: Subject { Subject("action", id) }
  public var isOpen: Bool { closedAt == nil }
  public func isOverdue(at now: Instant) -> Bool { isOpen && due < now }
}

/// Action items, and who is to be reminded of what is overdue.
public struct Actions: Fold, Codable {
  public static let name = "actions"
  public static let version = 1
  static let closedKept = 2_000
  static let openMax = 5_000
  static let perReviewMax = 50
  static let titleBytesMax = 512
  /// Named in one note; more are counted.
  public static let namedMax = 20
  static let reminderEvery = Interval.days(7)

  /// The next note to an owner.
  public struct Reminder: Codable, Sendable, Hashable {
    public let owner: String
    public let at: Instant
  }

  public private(set) var actions = Sharded<ULID, ReviewAction>()
  private var openIDs: [ULID] = []
  private var ofOwner = Sharded<String, [ULID]>()
  private var ofReview = Sharded<ULID, [ULID]>()
  private var closed = Recent()
  private var lastReminder = Sharded<String, Instant>()
  /// By time, then by owner.
  public private(set) var reminders: [Reminder] = []
  public private(set) var count = 0

  public init() {}

  /// Takes the items of a review out for somebody who may not see it; for reading, never for deciding.
  public mutating func hide(review: ULID) {
    for id in ofReview[review] ?? [] { actions[id] = nil }
  }

  public mutating func apply(_ event: Event) throws {
    if event.type == ActionsReminded.type {
      let owner = String(event.subject.id)
      lastReminder[owner] = event.time
      planReminder(of: owner)
      return
    }
    guard event.subject.kind == "action", let id = ULID(event.subject.id) else { return }
    if let created = try event.payload(ActionCreated.self) {
      actions[id] = ReviewAction(
        id: id, review: created.review, number: created.number, createdAt: event.time, title: created.title,
        kind: created.kind, owner: created.owner, due: created.due)
      count = max(count, created.number)
      ofReview[created.review, default: []].append(id)
      open(id, created.owner)
      return
    }
    guard var action = actions[id] else { return }
    let owner = action.owner
    if let edited = try event.payload(ActionEdited.self) {
      (action.title, action.kind, action.owner, action.due) = (edited.title, edited.kind, edited.owner, edited.due)
    } else if let closing = try event.payload(ActionClosed.self) {
      (action.closedAt, action.closedBy, action.closedVia) = (event.time, event.actor, closing.via)
    } else if event.type == ActionReopened.type {
      (action.closedAt, action.closedBy, action.closedVia) = (nil, nil, nil)
    } else {
      try applyExport(event, &action)
    }
    let wasOpen = openIDs.contains(id)
    actions[id] = action
    if wasOpen, !action.isOpen || action.owner != owner { shut(id, owner) }
    if action.isOpen { open(id, action.owner) }
    if wasOpen, !action.isOpen, let old = closed.keep(id, limit: Self.closedKept) { forget(old) }
  }

  private func applyExport(_ event: Event, _ action: inout ReviewAction) throws {
    if let wanted = try event.payload(ActionExportRequested.self) {
      action.export = .init(target: wanted.target, attempts: 0, next: event.time)
    } else if let exported = try event.payload(ActionExported.self) {
      action.issue = .init(target: exported.target, url: exported.url, number: exported.number)
      action.export = nil
    } else if let failed = try event.payload(ActionExportFailed.self) {
      action.export = .init(
        target: failed.target, attempts: failed.attempt, reason: failed.reason, next: failed.retryAt)
    }
  }

  private mutating func open(_ id: ULID, _ owner: String) {
    if !openIDs.contains(id) { openIDs.append(id) }
    if ofOwner[owner]?.contains(id) != true { ofOwner[owner, default: []].append(id) }
    planReminder(of: owner)
  }

  private mutating func shut(_ id: ULID, _ owner: String) {
    openIDs.removeAll { $0 == id }
    ofOwner[owner]?.removeAll { $0 == id }
    if ofOwner[owner]?.isEmpty == true {
      ofOwner[owner] = nil
      lastReminder[owner] = nil
    }
    planReminder(of: owner)
  }

  /// A closed one that was opened again since is left alone.
  private mutating func forget(_ id: ULID) {
    guard let action = actions[id], !action.isOpen else { return }
    ofReview[action.review]?.removeAll { $0 == id }
    if ofReview[action.review]?.isEmpty == true { ofReview[action.review] = nil }
    actions[id] = nil
  }

  private mutating func planReminder(of owner: String) {
    reminders.removeAll { $0.owner == owner }
    guard let first = (ofOwner[owner] ?? []).compactMap({ actions[$0]?.due }).min() else { return }
    let at = max(first, (lastReminder[owner] ?? .distantPast) + Self.reminderEvery)
    let index = reminders.firstIndex { ($0.at, $0.owner) > (at, owner) } ?? reminders.endIndex
    reminders.insert(Reminder(owner: owner, at: at), at: index)
  }

  // MARK: Reading

  public subscript(id: ULID) -> ReviewAction? { actions[id] }

  /// The open ones, the one that is due first at the front.
  public var open: [ReviewAction] {
    openIDs.compactMap { actions[$0] }.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
  }

  /// All that are kept, newest first.
  public var all: [ReviewAction] { actions.sortedElements.map(\.value).reversed() }

  /// Those of a review, oldest first.
  public func of(review: ULID) -> [ReviewAction] { (ofReview[review] ?? []).compactMap { actions[$0] } }

  /// What is overdue with an owner, the longest first.
  public func overdue(of owner: String, at now: Instant) -> [ReviewAction] {
    (ofOwner[owner] ?? []).compactMap { actions[$0] }.filter { $0.isOverdue(at: now) }
      .sorted { ($0.due, $0.id) < ($1.due, $1.id) }
  }

  /// Issues that are to be made by now, oldest first.
  public func exports(at now: Instant) -> [ReviewAction] {
    open.filter { ($0.export?.next).map { $0 <= now } ?? false }.sorted { $0.id < $1.id }
  }

  /// The action that an issue stands for.
  public func action(ofIssue number: Int64, in target: String) -> ReviewAction? {
    actions.sortedElements.map(\.value).last { $0.issue?.target == target && $0.issue?.number == number }
  }
}
