import Alerts
import Base
import Events
import Fatigue
import Journal

extension Ask where Reply == Void {
  /// Says afterwards whether an alert was worth somebody's time; the last answer counts.
  public static func judgeAlert(_ id: ULID, actionable: Bool, by actor: Actor) -> Ask {
    Ask("alert judge", by: actor) { state, _, emitter in
      guard state.alertBook.knows(id) else { throw Refusal(.notFound, "no alert \(id)") }
      emitter.emit(AlertJudged(actionable: actionable), on: Subject("alert", id))
    }
  }

  /// Adds what a person has to say to a hand-over.
  public static func noteHandover(_ id: ULID, text: String, by actor: Actor) -> Ask {
    Ask("handover note", by: actor) { state, _, emitter in
      try state.handovers.note(id, text: text, by: actor, into: &emitter)
    }
  }
}
