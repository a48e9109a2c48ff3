/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds ignored as in POSIX time.
///
/// The range is about the years 1678 to 2262; arithmetic clamps at its ends.
public struct Instant: Hashable, Sendable {
  /// Nanoseconds since the Unix epoch.
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Milliseconds since the Unix epoch, as Prometheus writes them.
  public init(milliseconds: Int64) {
    let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    nanoseconds = overflow ? (milliseconds < 0 ? .min : .max) : value
  }

  /// Whole seconds since the Unix epoch.
  public init(seconds: Int64) {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    nanoseconds = overflow ? (seconds < 0 ? .min : .max) : value
  }

  public static let epoch = Instant(nanoseconds: 0)
  public static let distantPast = Instant(nanoseconds: .min)
  public static let distantFuture = Instant(nanoseconds: .max)

  /// Milliseconds since the epoch, rounded towards the past.
  public var milliseconds: Int64 { nanoseconds.flooredQuotient(by: 1_000_000) }

  /// Whole seconds since the epoch, rounded towards the past.
  public var seconds: Int64 { nanoseconds.flooredQuotient(by: 1_000_000_000) }

  public static func + (lhs: Instant, rhs: Interval) -> Instant {
    Instant(nanoseconds: lhs.nanoseconds.clampedAdding(rhs.nanoseconds))
  }

  public static func - (lhs: Instant, rhs: Interval) -> Instant {
    Instant(nanoseconds: lhs.nanoseconds.clampedSubtracting(rhs.nanoseconds))
  }

  public static func - (lhs: Instant, rhs: Instant) -> Interval {
    Interval(nanoseconds: lhs.nanoseconds.clampedSubtracting(rhs.nanoseconds))
  }

  public static func += (lhs: inout Instant, rhs: Interval) { lhs = lhs + rhs }

  /// The latest multiple of `step` since the epoch that is not after this instant. `step` must be positive.
  public func floored(to step: Interval) -> Instant {
    Instant(nanoseconds: nanoseconds.flooredQuotient(by: step.nanoseconds) * step.nanoseconds)
  }
}

extension Instant: Comparable {
  public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}

extension Int64 {
  func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
  }

  func clampedAdding(_ other: Int64) -> Int64 {
    let (value, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : value
  }

  func clampedSubtracting(_ other: Int64) -> Int64 {
    let (value, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : value
  }
}
