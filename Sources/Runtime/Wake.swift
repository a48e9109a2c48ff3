import Base
import Synchronization

/// Wakes one waiting loop: at once, or at a time. Waking twice before the loop comes round is waking once.
final class Wake: Sendable {
  let signals: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let scheduled = Mutex<Instant?>(nil)

  init() { (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

  func now() { continuation.yield() }

  func finish() { continuation.finish() }

  /// Wakes at `time`, unless it is to wake before then already.
  func at(_ time: Instant, clock: SystemClock, in group: inout DiscardingTaskGroup) {
    let isNews = scheduled.withLock { scheduled in
      if let earlier = scheduled, earlier <= time { return false }
      scheduled = time
      return true
    }
    guard isNews else { return }
    group.addTask { [self] in
      let wait = max(Interval.zero, time - clock.now())
      try? await Task.sleep(for: .nanoseconds(wait.nanoseconds))
      scheduled.withLock { if $0 == time { $0 = nil } }
      now()
    }
  }
}
