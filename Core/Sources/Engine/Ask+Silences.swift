import Alerts
import Base
import Events
import Journal

extension Ask where Reply == ULID {
  /// Saves a silence, or changes the one of that identifier; `Silences.save` says how. Answers the one that stands.
  public static func saveSilence(_ id: ULID?, _ payload: SilenceCreated, by actor: Actor) -> Ask {
    Ask("silence save", by: actor, priority: .urgent) { state, _, emitter in
      try state.silences.save(id, payload, into: &emitter)
    }
  }
}

extension Ask where Reply == Void {
  /// Ends a silence now.
  public static func expireSilence(_ id: ULID, by actor: Actor) -> Ask {
    Ask("silence expire", by: actor, priority: .urgent) { state, _, emitter in
      try state.silences.expire(id, into: &emitter)
    }
  }
}
