import Base
import Events
import Journal

extension Reviews {
  /// Writes a section anew.
  ///
  /// - Parameter base: what the writer saw: the event of the text that is replaced, 0 for the draft's.
  /// - Throws: a conflict where somebody else has written it meanwhile; nothing is lost, the caller has both texts.
  public func edit(
    _ id: ULID, _ section: ReviewSection, text: String, base: Int64, by actor: Actor, into emitter: inout Emitter
  ) throws(Refusal) {
    let review = try draft(id)
    guard text.utf8.count <= Self.textBytesMax else {
      throw Refusal(
        .invalid, "a section is at most \(Self.textBytesMax) bytes long; this one has \(text.utf8.count)")
    }
    guard review.base(of: section) == base else {
      let last = review.lastEdit(of: section)
      throw Refusal(
        .conflict,
        "\(last?.by.text ?? "somebody") wrote this section at \(last?.at.rfc3339 ?? "another time"), after you opened "
          + "it; put the two texts together and save again")
    }
    guard review.edits.count < Self.editsMax else {
      throw Refusal(.unavailable, "this review has been edited \(Self.editsMax) times; write on in a new one")
    }
    emitter.emit(
      ReviewEdited(section: section, text: emitter.keep(text, of: actor.text), replaces: base), on: review.subject)
  }

  public func schedule(_ id: ULID, at: Instant, into emitter: inout Emitter) throws(Refusal) {
    let review = try known(id)
    guard at > review.draftedAt else { throw Refusal(.invalid, "a review is held after its incident, not before") }
    emitter.emit(ReviewScheduled(at: at), on: review.subject)
  }

  /// Publishes what was checked.
  ///
  /// - Parameters:
  ///   - checked: the event that last changed the review when its texts were read.
  ///   - named: the persons whom those texts name as causes.
  ///   - override: why it is published nonetheless.
  public func publish(
    _ id: ULID, checked: Int64, named: [String], override: String?, by actor: Actor, into emitter: inout Emitter
  ) throws(Refusal) {
    let review = try draft(id)
    guard review.changedSequence == checked else {
      throw Refusal(.conflict, "the review was changed meanwhile; read it again before it is published")
    }
    let reason = override ?? ""
    guard named.isEmpty || !reason.isEmpty else {
      throw Refusal(
        .conflict,
        "the review names \(named.joined(separator: ", ")) as a cause; write what let it happen instead, or give a "
          + "reason to publish it as it is")
    }
    guard reason.utf8.count <= 1_024 else { throw Refusal(.invalid, "a reason is at most 1,024 bytes long") }
    emitter.emit(
      ReviewPublished(override: named.isEmpty ? nil : emitter.keep(reason, of: actor.text), named: named.count),
      on: review.subject)
  }

  public func reopen(_ id: ULID, into emitter: inout Emitter) throws(Refusal) {
    let review = try known(id)
    guard review.status == .published else { throw Refusal(.conflict, "the review is not published") }
    emitter.emit(ReviewReopened(), on: review.subject)
  }

  public func link(_ id: ULID, cause text: String, into emitter: inout Emitter) throws(Refusal) {
    let review = try known(id)
    let cause = try CauseTag.parse(text)
    guard !review.causes.contains(cause) else { throw Refusal(.conflict, "the review has the cause \(cause) already") }
    guard review.causes.count < Self.causesMax else {
      throw Refusal(.unavailable, "the review has \(Self.causesMax) causes; take one away first")
    }
    emitter.emit(ReviewCauseLinked(cause: cause), on: review.subject)
  }

  public func unlink(_ id: ULID, cause: String, into emitter: inout Emitter) throws(Refusal) {
    let review = try known(id)
    guard review.causes.contains(cause) else { throw Refusal(.notFound, "the review has no cause \(cause)") }
    emitter.emit(ReviewCauseUnlinked(cause: cause), on: review.subject)
  }

  private func known(_ id: ULID) throws(Refusal) -> Review {
    guard let review = reviews[id] else { throw Refusal(.notFound, "no review \(id)") }
    return review
  }

  private func draft(_ id: ULID) throws(Refusal) -> Review {
    let review = try known(id)
    guard review.status == .drafted else {
      throw Refusal(.conflict, "the review is published; reopen it first")
    }
    return review
  }
}

/// The tags of causes: a word of a small list, or one of your own, and after a slash what it was in particular.
public enum CauseTag {
  /// What most causes are a kind of.
  public static let kinds = [
    "capacity", "change", "configuration", "data", "dependency", "design", "expiry", "hardware", "load", "monitoring",
    "network", "process", "security", "time",
  ]

  /// The tag as it is kept: in lower case, words joined by `-`.
  public static func parse(_ text: String) throws(Refusal) -> String {
    let parts = text.lowercased().split(separator: "/", maxSplits: 1).map { part in
      part.split { !($0.isLetter || $0.isNumber) }.joined(separator: "-")
    }
    guard (1...2).contains(parts.count), parts.allSatisfy({ (1...40).contains($0.utf8.count) }) else {
      throw Refusal(
        .invalid,
        "a cause is a word such as \(kinds[0]), or a word and a detail: expiry/certificate; at most 40 bytes each"
      )
    }
    return parts.joined(separator: "/")
  }
}
