import Base
import Events

/// What a sender reports, in the terms that all intakes share: before a route has decided what becomes of it.
public struct Incoming: Sendable, Hashable {
  public enum Status: String, Sendable, Hashable { case firing, acknowledged, resolved }

  /// The integration it came by: `alertmanager/prometheus-main`; the intake alone where none is defined.
  public var integration: String
  public var status: Status
  /// The sender's own name of the condition.
  public var key: String
  public var summary: String
  public var detail: String?
  public var severity: AlertSeverity?
  public var urgency: Urgency?
  /// As the sender or its integration names it; it need not be in the catalog.
  public var service: String?
  /// The service of what names none, where its integration feeds one.
  public var fallbackService: String?
  public var labels: [Signal.Label]
  public var annotations: [Signal.Label]
  public var link: String?
  public var runbook: String?
  public var startsAt: Instant?
  /// How long it holds without another word; `nil`: until the sender says that it is over.
  public var timeout: Interval?

  public init(
    integration: String, status: Status = .firing, key: String, summary: String, detail: String? = nil,
    severity: AlertSeverity? = nil, urgency: Urgency? = nil, service: String? = nil,
    fallbackService: String? = nil, labels: [Signal.Label] = [], annotations: [Signal.Label] = [], link: String? = nil,
    runbook: String? = nil, startsAt: Instant? = nil, timeout: Interval? = nil
  ) {
    self.integration = integration
    self.status = status
    self.key = key
    self.summary = summary
    self.detail = detail
    self.severity = severity
    self.urgency = urgency
    self.service = service
    self.fallbackService = fallbackService
    self.labels = labels.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    self.annotations = annotations
    self.link = link
    self.runbook = runbook
    self.startsAt = startsAt
    self.timeout = timeout
  }

  /// The name of the integration, without the intake's.
  public var integrationName: Substring { integration.drop { $0 != "/" }.dropFirst() }

  public func label(_ name: String) -> String { labels.first { $0.name == name }?.value ?? "" }

  /// Bounds of what is kept of one report; the whole is in the raw event.
  public static let summaryBytesMax = 1_024
  public static let detailBytesMax = 16_384
  public static let labelsMax = 64
  public static let labelBytesMax = 4_096

  /// The severity a word stands for, in the words that senders use.
  public static func severity(_ word: String) -> AlertSeverity? {
    switch word.lowercased() {
    case "critical", "crit", "fatal", "emergency", "page", "p1", "sev1", "sev-1", "disaster", "high": .critical
    case "error", "err", "major", "p2", "sev2", "sev-2": .error
    case "warning", "warn", "minor", "average", "p3", "sev3", "sev-3", "medium": .warning
    case "info", "informational", "information", "notice", "none", "ok", "low", "p4", "p5": .info
    default: nil
    }
  }

  /// Links that people may follow: a page shows no other.
  public static func isLink(_ text: String) -> Bool {
    (text.hasPrefix("https://") || text.hasPrefix("http://")) && text.utf8.count <= 2_048
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }
}
