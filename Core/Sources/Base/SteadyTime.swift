/// The time that decisions are made by. It runs on the monotonic clock and never steps: when the system's clock is
/// set, it follows slowly, at most a tenth faster or slower than real time, so that a jump of an hour makes no timer
/// fire an hour early or late.
public struct SteadyTime: Sendable {
  /// The reading of the last call.
  public private(set) var now: Instant
  /// How far the system's clock was ahead at the last call.
  public private(set) var drift = Interval.zero
  private var lastMonotonic: Int64

  /// What counts as the clock having been set, rather than disciplined.
  public static let jump = Interval.seconds(2)

  /// - Parameters:
  ///   - start: what to count from: the system's clock, or the last event's time if that is later.
  ///   - monotonic: the monotonic clock in nanoseconds.
  public init(start: Instant, monotonic: Int64) {
    now = start
    lastMonotonic = monotonic
  }

  /// Reads both clocks.
  ///
  /// - Returns: the time, and the size of a jump of the system's clock since the last call if there was one.
  public mutating func read(monotonic: Int64, wall: Instant) -> (now: Instant, jumped: Interval?) {
    let passed = max(0, monotonic - lastMonotonic)
    lastMonotonic = max(lastMonotonic, monotonic)
    let straight = now + Interval(nanoseconds: passed)
    let ahead = wall - straight
    let most = passed / 10
    now = straight + Interval(nanoseconds: min(max(ahead.nanoseconds, -most), most))
    let moved = ahead - drift
    drift = wall - now
    let isJump = moved > Self.jump || moved < Interval.zero - Self.jump
    return (now, isJump ? moved : nil)
  }
}
