import Base
import Definitions

/// What an SLO says in annotations because OpenSLO has no words for it.
struct SLOAnnotations {
  let metadata: Metadata
  let document: Document?
  /// What could not be read, at its place.
  private(set) var problems: [(Position?, String)] = []

  init(metadata: Metadata, document: Document?) {
    self.metadata = metadata
    self.document = document
  }

  private static let windowsMax = 8

  private mutating func note(_ key: String, _ message: String) {
    let place = document?.node[path: "metadata", "annotations", key]?.position
    let problem = "annotation \(key) is ignored: \(message)"
    if !problems.contains(where: { $0.1 == problem }) { problems.append((place, problem)) }
  }

  /// `mainstay.dev/windows: 7d, 90d`: further rolling windows for the same events.
  mutating func windows() -> [DurationShorthand] {
    let key = "mainstay.dev/windows"
    guard let text = metadata.annotation(key) else { return [] }
    let parts = text.split(separator: ",").map { $0.filter { $0 != " " } }
    let windows = parts.compactMap { DurationShorthand($0) }.filter { $0.count > 0 }
    guard windows.count == parts.count, (1...Self.windowsMax).contains(windows.count) else {
      note(key, "write up to \(Self.windowsMax) durations, such as 7d, 90d")
      return []
    }
    var seen: Set<String> = []
    return windows.filter { seen.insert($0.text).inserted }
  }

  /// `mainstay.dev/no-data-after: 30m`; `0` for never.
  mutating func noDataAfter() -> Interval? {
    let key = "mainstay.dev/no-data-after"
    guard let text = metadata.annotation(key) else { return nil }
    guard let length = Interval(text: text), length == .zero || (.minutes(1)...Interval.days(7)).contains(length) else {
      note(key, "write a length of time from 1m to 7d, or 0 for never")
      return nil
    }
    return length
  }

  /// `mainstay.dev/page-after: 10m`: how long a burn has to last before it pages.
  mutating func pageAfter() -> Interval? {
    let key = "mainstay.dev/page-after"
    guard let text = metadata.annotation(key) else { return nil }
    guard let length = Interval(text: text), (.seconds(1)...Interval.days(1)).contains(length) else {
      note(key, "write a length of time up to 1d")
      return nil
    }
    return length
  }

  /// `mainstay.dev/alerts: ticket`: nothing of this SLO pages; `none`: it does not alert at all.
  mutating func alerts() -> ObjectiveSpec.Alerting {
    let key = "mainstay.dev/alerts"
    guard let text = metadata.annotation(key) else { return .page }
    guard let alerting = ObjectiveSpec.Alerting(rawValue: text) else {
      note(key, "write page, ticket or none")
      return .page
    }
    return alerting
  }

  /// `mainstay.dev/minimum-events`, `mainstay.dev/minimum-failures`; `nil` where neither is written.
  mutating func traffic() -> TrafficGuard? {
    let events = number("mainstay.dev/minimum-events")
    let failures = number("mainstay.dev/minimum-failures")
    if events == nil, failures == nil { return nil }
    return TrafficGuard(minimumEvents: events ?? 0, minimumFailures: failures ?? 0)
  }

  private mutating func number(_ key: String) -> Double? {
    guard let text = metadata.annotation(key) else { return nil }
    guard let value = Double(text), value.isFinite, value >= 0 else {
      note(key, "write a number of events, 0 or more")
      return nil
    }
    return value
  }
}
