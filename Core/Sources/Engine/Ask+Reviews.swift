import Base
import Events
import Incidents
import Journal
import Reviews

extension Ask where Reply == Void {
  /// - Parameter base: the event of the text that the writer saw, 0 for the draft's.
  public static func editReview(
    _ id: ULID, _ section: ReviewSection, text: String, base: Int64, by actor: Actor
  ) -> Ask {
    Ask("review edit", by: actor) { state, _, emitter in
      try state.reviews.edit(id, section, text: text, base: base, by: actor, into: &emitter)
    }
  }

  public static func scheduleReview(_ id: ULID, at: Instant, by actor: Actor) -> Ask {
    Ask("review schedule", by: actor) { state, _, emitter in try state.reviews.schedule(id, at: at, into: &emitter) }
  }

  /// - Parameters:
  ///   - reading: the review with its texts as they are now.
  ///   - override: why it is published though it names people as causes.
  public static func publishReview(_ reading: ReviewReading, override: String?, by actor: Actor) -> Ask {
    Ask("review publish", by: actor) { state, environment, emitter in
      let named = reading.named(LexiconPeople(environment.reviewing.names))
      try state.reviews.publish(
        reading.review.id, checked: reading.review.changedSequence, named: named, override: override, by: actor,
        into: &emitter)
    }
  }

  public static func reopenReview(_ id: ULID, by actor: Actor) -> Ask {
    Ask("review reopen", by: actor) { state, _, emitter in try state.reviews.reopen(id, into: &emitter) }
  }

  public static func linkCause(_ cause: String, to review: ULID, by actor: Actor) -> Ask {
    Ask("review cause", by: actor) { state, _, emitter in
      try state.reviews.link(review, cause: cause, into: &emitter)
    }
  }

  public static func unlinkCause(_ cause: String, from review: ULID, by actor: Actor) -> Ask {
    Ask("review cause", by: actor) { state, _, emitter in
      try state.reviews.unlink(review, cause: cause, into: &emitter)
    }
  }

  public static func editAction(_ id: ULID, _ fields: ActionFields, by actor: Actor) -> Ask {
    Ask("action edit", by: actor) { state, environment, emitter in
      if state.actions[id]?.owner != fields.owner { try environment.checkOwner(fields.owner) }
      try state.actions.edit(id, fields, into: &emitter)
    }
  }

  public static func closeAction(_ id: ULID, via: String, by actor: Actor) -> Ask {
    Ask("action close", by: actor) { state, _, emitter in try state.actions.close(id, via: via, into: &emitter) }
  }

  public static func reopenAction(_ id: ULID, via: String, by actor: Actor) -> Ask {
    Ask("action reopen", by: actor) { state, _, emitter in try state.actions.reopen(id, via: via, into: &emitter) }
  }

  /// - Parameter tracker: its name; that of the review's service by default.
  public static func exportAction(_ id: ULID, to tracker: String?, by actor: Actor) -> Ask {
    Ask("action export", by: actor) { state, environment, emitter in
      let review = state.actions[id].flatMap { state.reviews[$0.review] }
      if review.map({ state.isPrivate($0) }) == true {
        throw Refusal(.forbidden, "the incident is private, so its action items are not written elsewhere")
      }
      let trackers = environment.reviewing.trackers
      let target = tracker ?? environment.reviewing.tracker(of: review?.draft.service)?.name
      guard let target, trackers.contains(where: { $0.name == target }) else {
        throw Refusal(.notFound, tracker.map { "no tracker \($0)" } ?? "no Tracker is defined for this service")
      }
      try state.actions.export(id, to: target, into: &emitter)
    }
  }

  /// What became of an attempt to make an issue.
  public static func actionExported(_ id: ULID, to target: String, url: String, number: Int64) -> Ask {
    Ask("action exported", by: .system("trackers")) { state, _, emitter in
      try state.actions.exported(id, to: target, url: url, number: number, into: &emitter)
    }
  }

  public static func actionExportFailed(_ id: ULID, to target: String, reason: String, isPermanent: Bool) -> Ask {
    Ask("action export failed", by: .system("trackers")) { state, _, emitter in
      try state.actions.exportFailed(id, to: target, reason: reason, isPermanent: isPermanent, into: &emitter)
    }
  }
}

extension Ask where Reply == ULID {
  public static func createAction(_ fields: ActionFields, of review: ULID, by actor: Actor) -> Ask {
    Ask("action create", by: actor) { state, environment, emitter in
      guard let review = state.reviews[review] else { throw Refusal(.notFound, "no review \(review)") }
      try environment.checkOwner(fields.owner)
      return try state.actions.create(fields, of: review, into: &emitter)
    }
  }
}

extension Environment {
  /// An owner is somebody who can be told: a person of the catalog, or with a contact.
  func checkOwner(_ name: String) throws(Refusal) {
    guard contacts[name] != nil || reviewing.names.contains(where: { $0.name == name }) else {
      throw Refusal(.invalid, "no person '\(name.prefix(60))' in the catalog; an action item has an owner who is there")
    }
  }
}
