import Base
import Journal

/// Somebody had taken the alert and it is not over within the policy's time: it is nobody's again. Subject: `alert/ID`.
public struct AlertAcknowledgementExpired: EventPayload {
  public static let type: EventType = "alert.acknowledgement_expired"
  /// Whose acknowledgement it was.
  public var by: Actor
  /// How long it held.
  public var after: Interval
  /// The alert whose acknowledgement expired, for one that had been taken along with it.
  public var with: ULID?
  public init(by: Actor, after: Interval, with: ULID? = nil) {
    self.by = by
    self.after = after
    self.with = with
  }
}

/// A person gives the alert to somebody else: it is nobody's until they answer. Subject: `alert/ID`.
public struct AlertReassigned: EventPayload {
  public static let type: EventType = "alert.reassigned"
  /// `user/ana`, `team/media` or `policy/media-oncall`.
  public var to: String
  public init(to: String) { self.to = to }
}

/// What held the alert back is over, and its escalation goes on from where it was. Subject: `alert/ID`.
public struct AlertEscalationResumed: EventPayload {
  public static let type: EventType = "alert.escalation_resumed"
  public var procedure: ULID
  /// The level that was paged last, counted from 1; it is paged again where nobody had been reached.
  public var level: Int?
  /// `ticket` for what is told once: people have been told, so nobody is again.
  public var urgency: Urgency?
  public init(procedure: ULID, level: Int?, urgency: Urgency? = nil) {
    self.procedure = procedure
    self.level = level
    self.urgency = urgency
  }
}

/// The shift of those who watch over an open alert has ended, and others have been told. Subject: `alert/ID`.
public struct AlertHandedOver: EventPayload {
  public static let type: EventType = "alert.handed_over"
  public var schedule: String
  public var from: [String]
  public var to: [String]
  public init(schedule: String, from: [String], to: [String]) {
    self.schedule = schedule
    self.from = from
    self.to = to
  }
}

/// A level of the escalation reached nobody, and the next was paged at once. Subject: `alert/ID`.
public struct EscalationLevelSkipped: EventPayload {
  public static let type: EventType = "escalation.level_skipped"
  public var policy: String
  /// Counted from 1.
  public var level: Int
  public var reason: String
  /// Whether there is no further level: nobody at all has been reached in this round.
  public var isLast: Bool
  public init(policy: String, level: Int, reason: String, isLast: Bool) {
    self.policy = policy
    self.level = level
    self.reason = reason
    self.isLast = isLast
  }
}

/// It was somebody's turn in a round robin. Subject: `policy/NAME`.
public struct EscalationTurnTaken: EventPayload {
  public static let type: EventType = "escalation.turn_taken"
  /// Counted from 1.
  public var level: Int
  /// The place of the round robin among the level's targets, counted from 1.
  public var target: Int
  public var user: String
  public var alert: Subject
  public init(level: Int, target: Int, user: String, alert: Subject) {
    self.level = level
    self.target = target
    self.user = user
    self.alert = alert
  }
}

/// Others are on call in a schedule than before, by rotation, override or a change of its definition. Subject:
/// `schedule/NAME`.
public struct OnCallChanged: EventPayload {
  public static let type: EventType = "oncall.changed"
  /// Who was; `nil` when nobody had looked yet.
  public var from: [String]?
  public var to: [String]
  public init(from: [String]?, to: [String]) {
    self.from = from
    self.to = to
  }
}
