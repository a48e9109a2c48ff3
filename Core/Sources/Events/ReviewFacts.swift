import Base
import Journal

/// What is known of an incident when it is over: what a draft is written from, and what coaching looks at.
public struct ReviewFacts: Codable, Sendable, Hashable {
  /// Of the service; 0 is the most important.
  public var tier: Int?
  /// The team that owns the service.
  public var owner: String?
  public var severityReason = ""
  public var resolution = ""
  /// When it began for users, as far as the ledger shows it; else when it was first seen.
  public var beganAt: Instant
  /// When the first alert fired.
  public var detectedAt: Instant?
  /// When the first page went out.
  public var pagedAt: Instant?
  public var acknowledgedAt: Instant?
  /// When users felt it no more.
  public var mitigatedAt: Instant?
  public var resolvedAt: Instant
  public var detection: Detection?
  public var impacts: [BudgetImpact] = []
  public var pagesSent = 0
  public var failedPages: [Line] = []
  /// In the order they came.
  public var responders: [String] = []
  /// Changes of the service, or of what it depends on, that came before, newest first.
  public var changes: [Line] = []
  /// Alerts of services that it depends on, that fired before.
  public var dependencies: [Line] = []
  /// Why alerts paged nobody for a time.
  public var delays: [Line] = []
  /// Whether the service, or one of the alerts, has a runbook.
  public var hasRunbook = false
  public var runbooks: [RunbookUse] = []
  public var messages: [Message] = []

  public init(beganAt: Instant, resolvedAt: Instant) {
    self.beganAt = beganAt
    self.resolvedAt = resolvedAt
  }

  /// The alert that found it.
  public struct Detection: Codable, Sendable, Hashable {
    public var alert: ULID
    public var summary: String
    /// Set where it watches what users feel.
    public var slo: String?
    public var burnRate: Double?
    /// What it came in by, where another system sent it.
    public var integration: String?

    public init(alert: ULID, summary: String, slo: String?, burnRate: Double?, integration: String?) {
      self.alert = alert
      self.summary = summary
      self.slo = slo
      self.burnRate = burnRate
      self.integration = integration
    }
  }

  /// Something that happened at a time, about a subject.
  public struct Line: Codable, Sendable, Hashable {
    public var at: Instant
    public var subject: Subject
    public var text: String
    public init(at: Instant, subject: Subject, text: String) {
      self.at = at
      self.subject = subject
      self.text = text
    }
  }

  public struct RunbookUse: Codable, Sendable, Hashable {
    public var name: String
    public var run: ULID
    public var outcome: String
    public var isGood: Bool
    public init(name: String, run: ULID, outcome: String, isGood: Bool) {
      self.name = name
      self.run = run
      self.outcome = outcome
      self.isGood = isGood
    }
  }

  /// An update that was sent while it went on.
  public struct Message: Codable, Sendable, Hashable {
    public var at: Instant
    public var isExternal: Bool
    public var by: Actor
    public var text: ErasableText?
    /// An external text is published already, and stands here as it was.
    public var published: String?
    public init(at: Instant, isExternal: Bool, by: Actor, text: ErasableText?, published: String?) {
      self.at = at
      self.isExternal = isExternal
      self.by = by
      self.text = text
      self.published = published
    }
  }
}

/// What an incident cost one SLO.
public struct BudgetImpact: Codable, Sendable, Hashable {
  public var slo: String
  /// Of the budget of the whole period; 1 is all of it.
  public var share: Double
  /// The time with nothing but failures that costs as much.
  public var badMinutes: Double
  public var bad: Double
  public var total: Double
  /// Since when it lost events without a break before the alert fired.
  public var since: Instant?

  public init(slo: String, share: Double, badMinutes: Double, bad: Double, total: Double, since: Instant?) {
    self.slo = slo
    self.share = share
    self.badMinutes = badMinutes
    self.bad = bad
    self.total = total
    self.since = since
  }
}
