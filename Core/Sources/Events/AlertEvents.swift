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
  /// Can wait for the owner's working hours.
  case ticket
  /// Written down and shown; nobody is told.
  case record
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
  /// The integration it came in by, as `alertmanager/prometheus-main`; `nil` for what Mainstay saw itself.
  public var integration: String?
  /// The `Route` that mapped it.
  public var route: String?
  /// When the sender says that the condition began.
  public var startsAt: Instant?
  /// After so long without a word of its sender it is resolved as silent; `nil`: only by word.
  public var timeout: Interval?
  /// A runbook's address or name, where the sender names one.
  public var runbook: String?
  /// Where the report is kept as it came: the key of the bulk, and the place in its list: `raw/01J…/3`.
  public var raw: String?

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
    labels: [Label] = [], slo: String? = nil, burnRate: Double? = nil, link: String? = nil,
    integration: String? = nil, route: String? = nil, startsAt: Instant? = nil, timeout: Interval? = nil,
    runbook: String? = nil, raw: String? = nil
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
    self.integration = integration
    self.route = route
    self.startsAt = startsAt
    self.timeout = timeout
    self.runbook = runbook
    self.raw = raw
  }

  /// The value of a label; empty where it has none.
  public func label(_ name: String) -> String { labels.first { $0.name == name }?.value ?? "" }
}

extension Signal {
  /// The integration of what runbooks left half-done. It pages alone: no silence, and no other alert, holds it back.
  public static let runbooks = "mainstay/runbooks"
}

/// A condition has begun. Subject: `alert/ID`.
public struct AlertFired: EventPayload {
  public static let type: EventType = "alert.fired"
  public var signal: Signal
  public init(signal: Signal) { self.signal = signal }
}

/// An alert that pages nobody of its own, and why. Subject: `alert/ID`.
public struct AlertSuppressed: EventPayload, Hashable {
  public static let type: EventType = "alert.suppressed"

  public enum Code: String, Codable, Sendable, CaseIterable {
    /// Its urgency, its route or its tier says that nobody is told.
    case recordedOnly
    /// Another open alert of the service has paged already.
    case joined
    /// An alert of a service that this one depends on is the likelier cause and pages for both.
    case grouped
    /// Waits `until` for others of its group before anyone is paged.
    case waiting
    /// Of low urgency: waits `until` the owner's working hours.
    case deferred
    /// An inhibition holds it back while another alert is open.
    case inhibited
    /// A silence covers it.
    case silenced
    /// Planned maintenance covers it.
    case maintenance
    /// It comes and goes too often to page each time.
    case flapping
    /// No escalation policy leads to anybody, and nobody has a contact for the catch-all to find.
    case noPolicy
  }

  public var code: Code
  public var reason: String
  /// The alert it joined.
  public var into: ULID?
  /// For `grouped`: the services from this alert's to the cause's, both included.
  public var chain: [String]?
  /// When it is looked at again, unless something happens before.
  public var until: Instant?
  /// What holds it back: `silence/ID`, `maintenance/NAME`, `inhibition/NAME`; for `joined` the group, `high/SERVICE` or
  /// `low/SERVICE`; for `grouped` `cause/SERVICE`.
  public var by: String?

  public init(
    code: Code, reason: String, into: ULID? = nil, chain: [String]? = nil, until: Instant? = nil, by: String? = nil
  ) {
    self.code = code
    self.reason = reason
    self.into = into
    self.chain = chain
    self.until = until
    self.by = by
  }
}

/// People are being paged for it. Subject: `alert/ID`.
public struct AlertEscalated: EventPayload {
  public static let type: EventType = "alert.escalated"
  public var procedure: ULID
  public var policy: String
  /// `ticket` where they are told in the way they chose for what can wait; without it, at once.
  public var urgency: Urgency?
  /// How long an acknowledgement holds, by the policy.
  public var acknowledgeTimeout: Interval?

  public init(procedure: ULID, policy: String, urgency: Urgency? = nil, acknowledgeTimeout: Interval? = nil) {
    self.procedure = procedure
    self.policy = policy
    self.urgency = urgency
    self.acknowledgeTimeout = acknowledgeTimeout
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
  /// Where the report that said so is kept as it came, as in `Signal.raw`.
  public var raw: String?
  public init(via: String, raw: String? = nil) {
    self.via = via
    self.raw = raw
  }
}

/// The condition has ended. Subject: `alert/ID`.
public struct AlertResolved: EventPayload {
  public static let type: EventType = "alert.resolved"
  public var reason: String
  /// Whether there was something for a person to do, where somebody said.
  public var actionable: Bool?
  /// Where the report that said so is kept as it came, as in `Signal.raw`.
  public var raw: String?
  public init(reason: String, actionable: Bool? = nil, raw: String? = nil) {
    self.reason = reason
    self.actionable = actionable
    self.raw = raw
  }
}

/// A person says afterwards whether an alert was worth their time. The last answer counts. Subject: `alert/ID`.
public struct AlertJudged: EventPayload {
  public static let type: EventType = "alert.judged"
  public var actionable: Bool
  public init(actionable: Bool) { self.actionable = actionable }
}
