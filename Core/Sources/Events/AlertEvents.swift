import Base
import Journal

/// How bad it is for users; PagerDuty's four words.
public enum AlertSeverity: String, Codable, Sendable, CaseIterable, Comparable {
  case critical, error, warning, info

  /// Critical is the least: sorting puts the worst first.
  public static func < (lhs: AlertSeverity, rhs: AlertSeverity) -> Bool { lhs.rank < rhs.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// Whether somebody is to be woken.
public enum Urgency: String, Codable, Sendable {
  /// Page now.
  case page
  /// Look at it in working hours.
  case ticket
}

/// What a sender, or an SLO's burn, reports.
public struct Signal: Codable, Sendable, Hashable {
  /// Names the condition: a second signal with the key of an open alert is the same alert.
  public var key: String
  public var service: String?
  public var severity: AlertSeverity
  public var urgency: Urgency
  /// One line that a person reads first.
  public var summary: String
  public var detail: String?
  /// Sorted by name.
  public var labels: [Label]
  /// The SLO it comes from.
  public var slo: String?
  /// The burn rate that set it off.
  public var burnRate: Double?
  public var link: String?

  public struct Label: Codable, Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    key: String, service: String?, severity: AlertSeverity, urgency: Urgency, summary: String, detail: String? = nil,
    labels: [Label] = [], slo: String? = nil, burnRate: Double? = nil, link: String? = nil
  ) {
    self.key = key
    self.service = service
    self.severity = severity
    self.urgency = urgency
    self.summary = summary
    self.detail = detail
    self.labels = labels.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    self.slo = slo
    self.burnRate = burnRate
    self.link = link
  }
}

/// A condition has begun. Subject: `alert/ID`.
public struct AlertFired: EventPayload {
  public static let type: EventType = "alert.fired"
  public var signal: Signal
  public init(signal: Signal) { self.signal = signal }
}

/// An alert that pages nobody of its own, and why. Subject: `alert/ID`.
public struct AlertSuppressed: EventPayload {
  public static let type: EventType = "alert.suppressed"

  public enum Code: String, Codable, Sendable {
    /// Its urgency is `ticket`.
    case recordedOnly
    /// Another open alert of the service has paged already.
    case joined
    /// A maintenance window or a silence covers it.
    case silenced
    /// No escalation policy leads to anybody.
    case noPolicy
  }

  public var code: Code
  public var reason: String
  /// The alert it joined.
  public var into: ULID?

  public init(code: Code, reason: String, into: ULID? = nil) {
    self.code = code
    self.reason = reason
    self.into = into
  }
}

/// People are being paged for it. Subject: `alert/ID`.
public struct AlertEscalated: EventPayload {
  public static let type: EventType = "alert.escalated"
  public var procedure: ULID
  public var policy: String
  public init(procedure: ULID, policy: String) {
    self.procedure = procedure
    self.policy = policy
  }
}

/// A notification target of the SLO's alert policies could not be told. Subject: `alert/ID`.
public struct AlertTargetMissed: EventPayload {
  public static let type: EventType = "alert.target_missed"
  /// `schedule:default/media`
  public var target: String
  public var reason: String
  public init(target: String, reason: String) {
    self.target = target
    self.reason = reason
  }
}

/// Somebody has taken it. Subject: `alert/ID`.
public struct AlertAcknowledged: EventPayload {
  public static let type: EventType = "alert.acknowledged"
  /// `page`, `cli`, `link`, `api`, or the alert it was acknowledged along with.
  public var via: String
  public init(via: String) { self.via = via }
}

/// The condition has ended. Subject: `alert/ID`.
public struct AlertResolved: EventPayload {
  public static let type: EventType = "alert.resolved"
  public var reason: String
  public init(reason: String) { self.reason = reason }
}
