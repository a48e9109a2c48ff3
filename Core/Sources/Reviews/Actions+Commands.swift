import Base
import Events
import Journal

/// What an action item says.
public struct ActionFields: Sendable {
  public var title: String
  public var kind: ActionKind
  /// A person of the catalog.
  public var owner: String
  public var due: Instant

  public init(title: String, kind: ActionKind, owner: String, due: Instant) {
    self.title = title
    self.kind = kind
    self.owner = owner
    self.due = due
  }
}

extension Actions {
  public func create(_ fields: ActionFields, of review: Review, into emitter: inout Emitter) throws(Refusal) -> ULID {
    try check(fields)
    guard fields.due > emitter.now else { throw Refusal(.invalid, "an action item is due in the future") }
    guard of(review: review.id).count < Self.perReviewMax else {
      throw Refusal(.unavailable, "the review has \(Self.perReviewMax) action items; fewer get done")
    }
    guard open.count < Self.openMax else {
      throw Refusal(.unavailable, "\(Self.openMax) action items are open; close some first")
    }
    let id = emitter.newID()
    emitter.emit(
      ActionCreated(
        review: review.id, number: count + 1, title: fields.title, kind: fields.kind, owner: fields.owner,
        due: fields.due), on: Subject("action", id))
    return id
  }

  public func edit(_ id: ULID, _ fields: ActionFields, into emitter: inout Emitter) throws(Refusal) {
    let action = try known(id)
    try check(fields)
    emitter.emit(
      ActionEdited(title: fields.title, kind: fields.kind, owner: fields.owner, due: fields.due), on: action.subject)
  }

  /// Closing what is closed changes nothing: trackers tell more than once.
  public func close(_ id: ULID, via: String, into emitter: inout Emitter) throws(Refusal) {
    let action = try known(id)
    if action.isOpen { emitter.emit(ActionClosed(via: via), on: action.subject) }
  }

  public func reopen(_ id: ULID, via: String, into emitter: inout Emitter) throws(Refusal) {
    let action = try known(id)
    if !action.isOpen { emitter.emit(ActionReopened(via: via), on: action.subject) }
  }

  /// Asks for an issue; the same target again tries once more what was given up.
  public func export(_ id: ULID, to target: String, into emitter: inout Emitter) throws(Refusal) {
    let action = try known(id)
    if let issue = action.issue {
      throw Refusal(.conflict, "action \(action.number) is issue \(issue.number) of \(issue.target) already")
    }
    guard action.isOpen else { throw Refusal(.conflict, "action \(action.number) is closed") }
    if let export = action.export, export.next != nil {
      throw Refusal(.conflict, "action \(action.number) is on its way to \(export.target)")
    }
    emitter.emit(ActionExportRequested(target: target), on: action.subject)
  }

  /// The tracker has it. Only the first word counts.
  public func exported(
    _ id: ULID, to target: String, url: String, number: Int64, into emitter: inout Emitter
  ) throws(Refusal) {
    let action = try known(id)
    guard action.issue == nil else { return }
    emitter.emit(
      ActionExported(target: target, url: String(url.prefix(2_048)), number: number), on: action.subject)
  }

  static let attemptsMax = 8

  /// Tries again after 1, 2, 4 … minutes, unless trying again cannot help.
  public func exportFailed(
    _ id: ULID, to target: String, reason: String, isPermanent: Bool, into emitter: inout Emitter
  ) throws(Refusal) {
    let action = try known(id)
    guard let export = action.export, export.target == target, export.next != nil else { return }
    let attempt = export.attempts + 1
    let pause = Interval.minutes(Int64(1) << Int64(min(attempt - 1, 6)))
    let retry = isPermanent || attempt >= Self.attemptsMax ? nil : emitter.now + pause
    emitter.emit(
      ActionExportFailed(target: target, reason: String(reason.prefix(500)), attempt: attempt, retryAt: retry),
      on: action.subject)
  }

  private func known(_ id: ULID) throws(Refusal) -> ReviewAction {
    guard let action = self[id] else { throw Refusal(.notFound, "no action \(id)") }
    return action
  }

  private func check(_ fields: ActionFields) throws(Refusal) {
    guard (1...Self.titleBytesMax).contains(fields.title.utf8.count) else {
      throw Refusal(.invalid, "an action item's title is 1 to \(Self.titleBytesMax) bytes long")
    }
    guard !fields.owner.isEmpty else { throw Refusal(.invalid, "an action item needs an owner: a person") }
  }
}
