import Base
import Journal

/// Something was changed that may explain an alert: a deployment, a flag, a migration. Subject: `service/NAME`, or
/// `change/ID` where it names no service of the catalog.
public struct ChangeRecorded: EventPayload {
  public static let type: EventType = "change.recorded"
  public var summary: String
  /// Who or what reports it, as the sender names it.
  public var source: String?
  /// When it happened, as the sender says.
  public var at: Instant
  public var link: String?
  public var labels: [Signal.Label]

  public init(summary: String, source: String?, at: Instant, link: String?, labels: [Signal.Label]) {
    self.summary = summary
    self.source = source
    self.at = at
    self.link = link
    self.labels = labels
  }
}
