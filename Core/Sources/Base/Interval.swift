/// A length of time in nanoseconds. `Duration` of the standard library is 128 bits wide and has no calendar-free
/// text form; this one is what buckets, windows and deadlines are computed with.
public struct Interval: Hashable, Sendable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static let zero = Interval(nanoseconds: 0)
  public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000) }
  public static func seconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000_000) }
  public static func minutes(_ count: Int64) -> Interval { .seconds(count * 60) }
  public static func hours(_ count: Int64) -> Interval { .seconds(count * 3_600) }
  public static func days(_ count: Int64) -> Interval { .seconds(count * 86_400) }

  /// The length in seconds, with its fraction.
  public var seconds: Double { Double(nanoseconds) / 1_000_000_000 }

  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  public static func + (lhs: Interval, rhs: Interval) -> Interval {
    Interval(nanoseconds: lhs.nanoseconds.clampedAdding(rhs.nanoseconds))
  }

  public static func - (lhs: Interval, rhs: Interval) -> Interval {
    Interval(nanoseconds: lhs.nanoseconds.clampedSubtracting(rhs.nanoseconds))
  }

  public static func * (lhs: Interval, rhs: Int64) -> Interval {
    let (value, overflow) = lhs.nanoseconds.multipliedReportingOverflow(by: rhs)
    return Interval(nanoseconds: overflow ? ((lhs.nanoseconds < 0) != (rhs < 0) ? .min : .max) : value)
  }

  public static func / (lhs: Interval, rhs: Int64) -> Interval { Interval(nanoseconds: lhs.nanoseconds / rhs) }

  /// How many times `rhs` goes into this length.
  public static func / (lhs: Interval, rhs: Interval) -> Double {
    Double(lhs.nanoseconds) / Double(rhs.nanoseconds)
  }
}

extension Interval: Comparable {
  public static func < (lhs: Interval, rhs: Interval) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}
