import Base
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The machine's clocks, read as one steady time.
public final class SystemClock: Sendable {
  private let steady: Mutex<SteadyTime>
  private let jumps = Mutex<[Interval]>([])

  /// - Parameter notBefore: the last event's time: the journal's times never go back.
  public init(notBefore: Instant = .distantPast) {
    steady = Mutex(SteadyTime(start: max(Self.wall(), notBefore), monotonic: Self.monotonic()))
  }

  public func now() -> Instant {
    let (now, jumped) = steady.withLock { $0.read(monotonic: Self.monotonic(), wall: Self.wall()) }
    if let jumped { jumps.withLock { $0.append(jumped) } }
    return now
  }

  /// How far the system's clock is ahead of this one.
  public var drift: Interval { steady.withLock(\.drift) }

  /// The jumps since the last call.
  public func takeJumps() -> [Interval] {
    jumps.withLock { jumps in
      defer { jumps = [] }
      return jumps
    }
  }

  static func wall() -> Instant { read(CLOCK_REALTIME) }

  static func monotonic() -> Int64 {
    #if os(Linux)
      // Counts the time that the machine was suspended, which CLOCK_MONOTONIC on Linux does not.
      read(CLOCK_BOOTTIME).nanoseconds
    #else
      read(CLOCK_MONOTONIC).nanoseconds
    #endif
  }

  private static func read(_ clock: clockid_t) -> Instant {
    var time = timespec()
    clock_gettime(clock, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
