import Base

/// OpenSLO's duration shorthand: a count and one of `m h d w M Q Y`.
public struct DurationShorthand: Hashable, Sendable {
  public enum Unit: Character, Sendable, CaseIterable {
    case minute = "m"
    case hour = "h"
    case day = "d"
    case week = "w"
    case month = "M"
    case quarter = "Q"
    case year = "Y"
  }

  public var count: Int
  public var unit: Unit

  public init(_ count: Int, _ unit: Unit) {
    self.count = count
    self.unit = unit
  }

  public init?(_ text: String) {
    guard let last = text.last, let unit = Unit(rawValue: last), text.count > 1,
      text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text.dropLast()),
      count <= 1_000_000
    else { return nil }
    self.init(count, unit)
  }

  public var text: String { "\(count)\(unit.rawValue)" }

  /// The length without a calendar: months of 30 days, quarters of 90, years of 365.
  public var interval: Interval {
    let minutes: Int64 =
      switch unit {
      case .minute: 1
      case .hour: 60
      case .day: 1_440
      case .week: 7 * 1_440
      case .month: 30 * 1_440
      case .quarter: 90 * 1_440
      case .year: 365 * 1_440
      }
    return Interval.minutes(minutes) * Int64(count)
  }
}

extension Fields {
  /// A duration shorthand such as `1h` or `28d`, where it is written.
  func shorthand(ifPresent key: String, allowZero: Bool = false) -> DurationShorthand? {
    guard let node = node(key), let text = text(node, path(of: key)) else { return nil }
    guard let duration = DurationShorthand(text), allowZero || duration.count > 0 else {
      error(key, "\(quoted(text)) is not a duration; write a whole number and one of m h d w M Q Y, such as 28d")
      return nil
    }
    if context.openSLO == .v2alpha, [.month, .quarter, .year].contains(duration.unit) {
      error(key, "\(quoted(text)) is not a duration of v2alpha, which has only m h d w; write it in days")
      return nil
    }
    return duration
  }

  func shorthand(_ key: String) -> DurationShorthand? {
    guard has(key) else {
      missing(key, "a duration such as 1h")
      return nil
    }
    return shorthand(ifPresent: key)
  }
}
