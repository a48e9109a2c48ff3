import Base
import Events
import Journal

/// What a silence covers of what is open, and would have held back lately.
public struct SilencePreview: Sendable {
  /// Open alerts that match.
  public var open = 0
  /// Those of them that page.
  public var paging = 0
  /// Alerts that fired within the time looked at.
  public var fired = 0
  /// Those of them that somebody was paged for.
  public var paged = 0
  /// Since when all alerts are known that far back.
  public var since: Instant
  /// The newest that match.
  public var examples: [Alert] = []

  public static let examplesMax = 10
  public static let reach = Interval.days(30)
}

extension Alerts {
  /// Holds matchers against what is open and what is kept of the last 30 days.
  public func preview(_ matchers: [LabelMatcher], at now: Instant) -> SilencePreview {
    let start = now - SilencePreview.reach
    var preview = SilencePreview(since: max(start, keptSince ?? start))
    for (_, alert) in alerts.sortedElements.reversed() {
      guard alert.isOpen || alert.firedAt >= preview.since,
        matchers.allSatisfy({ $0.matches(alert.signal.matchable($0.name)) })
      else { continue }
      if alert.isOpen {
        preview.open += 1
        if alert.isPaging { preview.paging += 1 }
      }
      if alert.firedAt >= preview.since {
        preview.fired += 1
        if alert.escalatedAt != nil { preview.paged += 1 }
      }
      if preview.examples.count < SilencePreview.examplesMax { preview.examples.append(alert) }
    }
    return preview
  }

  /// Where resolved alerts have been forgotten: when the oldest that is kept fired.
  private var keptSince: Instant? {
    resolved.kept.count < Self.keptResolved ? nil : resolved.kept.first.flatMap { alerts[$0]?.firedAt }
  }
}
