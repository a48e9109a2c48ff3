import Base
import Events
import Journal

/// A report that changed an alert, and where it is kept as it came.
public struct KeptReport: Codable, Sendable, Hashable {
  public enum Change: String, Codable, Sendable {
    case fired, returned, acknowledged, quieted, resolved
  }

  public var change: Change
  public var at: Instant
  /// The key of the bulk, and the place in its list: `raw/01J…/3`.
  public var raw: String

  public init(change: Change, at: Instant, raw: String) {
    self.change = change
    self.at = at
    self.raw = raw
  }

  /// Names it in addresses: `01J…-3`.
  public var name: String { raw.split(separator: "/").dropFirst().joined(separator: "-") }
}

extension Alert {
  /// Of those that came after the first one so many are named here; the journal has all.
  public static let reportsKept = 20

  /// The reports that changed it, oldest first: the one that fired it, and the latest after it.
  public var reports: [KeptReport] {
    let first = signal.raw.map { [KeptReport(change: .fired, at: firedAt, raw: $0)] }
    return (first ?? []) + (later ?? [])
  }

  /// Notes a report; what changed the alert without one has none.
  mutating func keep(_ change: KeptReport.Change, _ raw: String?, _ event: Event) {
    guard let raw else { return }
    later = (later ?? []).suffix(Self.reportsKept - 1) + [KeptReport(change: change, at: event.time, raw: raw)]
  }
}
