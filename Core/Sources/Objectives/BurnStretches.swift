import Base
import Ledger

/// A stretch of time in which an SLO's budget was burnt.
public struct BurnStretch: Hashable, Sendable {
  public var from: Instant
  public var to: Instant
  /// Bad events.
  public var bad: Double
  /// Of all bad events of the time that was asked for, 0…1.
  public var share: Double
  /// The burn rate over it.
  public var burn: Double
}

extension ObjectivePlots {
  /// When the budget was burnt: the stretches in which it burned faster than it may, those with the most bad events
  /// first. What their shares leave of 1 was burnt outside of them, a little at a time.
  ///
  /// Time is cut into steps of the ledger's resolution at `from`; steps that burn at more than 1 with at most one
  /// quiet step between them are one stretch.
  public static func stretches(
    _ objective: Objective, in ledger: Ledger, from: Instant, to: Instant, excluding excluded: [Range<Instant>] = [],
    limit: Int = 10
  ) -> [BurnStretch] {
    guard let slot = ledger.slot(of: objective.sli), let since = ledger.since(slot) else { return [] }
    let start = max(from, since)
    let step = max(ledger.resolution(at: start), .minutes(1), (to - start) / 1_500)
    guard start < to else { return [] }
    var all = 0.0
    var stretches: [(from: Instant, to: Instant, bad: Double, total: Double)] = []
    var time = start.floored(to: step)
    while time < to {
      let end = min(time + step, to)
      let out = excluded.filter { $0.lowerBound < end && $0.upperBound > time }
      let count = ledger.window(slot, end - time, at: end, excluding: out)
      all += count.bad
      if count.total > 0, count.bad / count.total > objective.budget {
        if let last = stretches.last, time - last.to <= step {
          stretches[stretches.count - 1] = (last.from, end, last.bad + count.bad, last.total + count.total)
        } else {
          stretches.append((time, end, count.bad, count.total))
        }
      }
      time = end
    }
    guard all > 0 else { return [] }
    return stretches.map {
      BurnStretch(
        from: $0.from, to: $0.to, bad: $0.bad, share: $0.bad / all, burn: $0.bad / $0.total / objective.budget)
    }
    .sorted { ($1.bad, $0.from) < ($0.bad, $1.from) }.prefix(limit).map { $0 }
  }
}
