import Base
import Synchronization

/// Token buckets by key. Bounded: when there are too many keys, those with full buckets are forgotten, which changes
/// nothing for them.
final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var at: Instant
  }

  private let rate: Double
  private let burst: Double
  private let keysMax = 20_000
  private let buckets = Mutex<[String: Bucket]>([:])

  init(perSecond rate: Double, burst: Double) {
    self.rate = rate
    self.burst = burst
  }

  /// Takes `cost` tokens; when there are too few, says after how many seconds there will be.
  func take(_ key: String, cost: Double = 1, at now: Instant) -> Double? {
    buckets.withLock { buckets in
      var bucket = buckets[key] ?? Bucket(tokens: burst, at: now)
      bucket.tokens = min(burst, bucket.tokens + max(0, (now - bucket.at).seconds) * rate)
      bucket.at = now
      defer { buckets[key] = bucket }
      if buckets.count >= keysMax {
        buckets = buckets.filter { min(burst, $0.value.tokens + (now - $0.value.at).seconds * rate) < burst }
      }
      guard bucket.tokens >= cost else { return (cost - bucket.tokens) / rate }
      bucket.tokens -= cost
      return nil
    }
  }
}
