import Access
import Alerts
import Base
import Events
import Freeze
import Journal
import OnCall
import Outbox
import Procedures

/// A command with the type of its reply. The writer takes nothing else.
public struct Ask<Reply: Sendable>: Sendable {
  public let command: Command<State>

  public init(
    _ name: String, by actor: Actor, priority: Command<State>.Priority = .normal,
    _ decide:
      @escaping @Sendable (_ state: State, _ environment: Environment, _ emitter: inout Emitter) throws -> Reply
  ) {
    command = Command(name, by: actor, priority: priority) { try decide($0, $1, &$2) }
  }
}

// MARK: - Alerts

extension Ask where Reply == FireReply {
  public static func fire(_ signal: Signal, by actor: Actor) -> Ask {
    Ask("alert fire", by: actor) { state, _, emitter in
      let (id, isNew, _) = try state.alerts.fire(signal, into: &emitter)
      return FireReply(alert: id, isNew: isNew)
    }
  }
}

/// The alert of a signal: a new one, or the open one that the signal repeats.
public struct FireReply: Sendable {
  public let alert: ULID
  public let isNew: Bool
}

extension Ask where Reply == Alert {
  public static func acknowledgeAlert(_ id: ULID, via: String, by actor: Actor) -> Ask {
    Ask("alert acknowledge", by: actor, priority: .urgent) { state, _, emitter in
      try state.alerts.acknowledge(id, via: via, into: &emitter)
    }
  }
}

extension Ask where Reply == Void {
  /// - Parameter actionable: whether there was something for a person to do, where somebody says.
  public static func resolveAlert(_ id: ULID, reason: String, actionable: Bool? = nil, by actor: Actor) -> Ask {
    Ask("alert resolve", by: actor, priority: .urgent) { state, _, emitter in
      try state.alerts.resolve(id, reason: reason, actionable: actionable, into: &emitter)
    }
  }

  /// Its sender says that the condition of a key is over; `Alerts.end` says what follows.
  public static func resolveAlert(key: String, reason: String, by actor: Actor) -> Ask {
    Ask("alert resolve", by: actor, priority: .urgent) { state, _, emitter in
      state.alerts.end(key: key, reason: reason, into: &emitter)
    }
  }
}

// MARK: - Overrides and tokens

extension Ask where Reply == ULID {
  /// - Parameter user: `nil` leaves the time uncovered on purpose.
  public static func createOverride(
    schedule: String, user: String?, start: Instant, end: Instant, by actor: Actor
  ) -> Ask {
    Ask("override create", by: actor) { state, environment, emitter in
      try environment.checkCover(schedule, user)
      return try state.overrides.create(schedule: schedule, user: user, start: start, end: end, into: &emitter)
    }
  }

  public static func createToken(
    name: String, role: Role, hash: String, user: String?, expires: Instant?, by actor: Actor
  ) -> Ask {
    Ask("token create", by: actor) { state, _, emitter in
      try state.access.createToken(
        name: name, role: role, hash: hash, user: user, expires: expires, into: &emitter)
    }
  }
}

extension Ask where Reply == Void {
  /// - Parameters:
  ///   - user: the new person, or nobody; outer `nil` leaves it.
  ///   - start: `nil` leaves it.
  ///   - end: `nil` leaves it.
  public static func changeOverride(
    _ id: ULID, of schedule: String, user: String?? = nil, start: Instant? = nil, end: Instant? = nil, by actor: Actor
  ) -> Ask {
    Ask("override change", by: actor) { state, environment, emitter in
      try environment.checkCover(schedule, user ?? nil)
      try state.overrides.change(id, of: schedule, user: user, start: start, end: end, into: &emitter)
    }
  }

  public static func cancelOverride(_ id: ULID, of schedule: String, by actor: Actor) -> Ask {
    Ask("override cancel", by: actor) { state, _, emitter in
      try state.overrides.cancel(id, of: schedule, into: &emitter)
    }
  }
}

extension Environment {
  fileprivate func checkCover(_ schedule: String, _ user: String?) throws(Refusal) {
    guard schedules.contains(schedule) else { throw Refusal(.notFound, "no schedule \(schedule)") }
    if let user, contacts[user] == nil {
      throw Refusal(.invalid, "\(user) has no contact, so no page would reach them; write a Contact first")
    }
  }
}

// MARK: - Freezes

extension Ask where Reply == Void {
  /// Ends a freeze before its time.
  public static func liftFreeze(_ name: String, by actor: Actor) -> Ask {
    Ask("freeze lift", by: actor) { state, environment, emitter in
      guard let window = environment.freezes[name] else { throw Refusal(.notFound, "no freeze \(name)") }
      try state.freezes.lift(window, into: &emitter)
    }
  }
}

// MARK: - Pages

extension State {
  /// Whether a page is still worth sending: its alert is open, nobody has taken it and nothing holds it back; or it is
  /// no call for an answer.
  public func wants(_ page: Page) -> Bool {
    guard page.request.kind == .fired, let id = ULID(page.subject.id) else { return true }
    return alerts.alerts[id]?.isPaging ?? false
  }
}

extension Ask where Reply == Page {
  public static func claimPage(_ id: ULID) -> Ask {
    Ask("page claim", by: .system("outbox"), priority: .urgent) { state, _, emitter in
      try state.outbox.claim(id, into: &emitter)
    }
  }
}

extension Ask where Reply == [Page] {
  /// Claims those of the pages that may still go out, all in one commit.
  public static func claimPages(_ ids: [ULID]) -> Ask {
    Ask("page claim", by: .system("outbox"), priority: .urgent) { state, _, emitter in
      ids.compactMap { id in try? state.outbox.claim(id, into: &emitter) }
    }
  }
}

extension Ask where Reply == Void {
  public static func pageSent(_ id: ULID, attempt: Int, receipt: String) -> Ask {
    Ask("page sent", by: .system("outbox"), priority: .urgent) { state, _, emitter in
      try state.outbox.sent(id, attempt: attempt, receipt: receipt, into: &emitter)
    }
  }

  public static func pageFailed(
    _ id: ULID, attempt: Int, reason: String, permanent: Bool, after: Interval?
  ) -> Ask {
    Ask("page failed", by: .system("outbox"), priority: .urgent) { state, _, emitter in
      let wanted = state.outbox.pages[id].map(state.wants) ?? false
      try state.outbox.failed(
        id, attempt: attempt, reason: reason, permanent: permanent, after: after, wanted: wanted, into: &emitter)
    }
  }

  /// Does what is due. Once for each thing that is.
  public static var tick: Ask {
    Ask("tick", by: .system("timer"), priority: .urgent) { state, environment, emitter in
      try state.tick(in: environment, into: &emitter)
    }
  }
}

// MARK: - Procedures

extension Ask where Reply == Void {
  public static func approveStep(_ run: ULID, by actor: Actor) -> Ask {
    Ask("procedure approve", by: actor) { state, _, emitter in
      try state.procedures.approve(run, by: actor, into: &emitter)
    }
  }

  public static func cancelProcedure(_ run: ULID, reason: String, by actor: Actor) -> Ask {
    Ask("procedure cancel", by: actor) { state, _, emitter in
      try state.procedures.cancel(run, reason: reason, into: &emitter)
    }
  }

  // MARK: Access

  public static func saveUser(_ name: String, role: Role, passwordHash: String?, by actor: Actor) -> Ask {
    Ask("user save", by: actor) { state, _, emitter in
      try state.access.saveUser(name, role: role, passwordHash: passwordHash, into: &emitter)
    }
  }

  public static func removeUser(_ name: String, by actor: Actor) -> Ask {
    Ask("user remove", by: actor) { state, _, emitter in try state.access.removeUser(name, into: &emitter) }
  }

  public static func revokeSession(_ id: String, expires: Instant, by actor: Actor) -> Ask {
    Ask("session revoke", by: actor) { _, _, emitter in
      emitter.emit(SessionRevoked(expires: expires), on: Subject("session", id))
    }
  }

  /// Journals something that the server saw of itself.
  public static func record(_ payload: any EventPayload, on subject: Subject, by actor: Actor) -> Ask {
    Ask("record", by: actor) { _, _, emitter in emitter.emit(payload, on: subject) }
  }
}

extension Ask where Reply == Access.Token {
  public static func revokeToken(_ idOrName: String, by actor: Actor) -> Ask {
    Ask("token revoke", by: actor) { state, _, emitter in try state.access.revokeToken(idOrName, into: &emitter) }
  }
}
