import Base

/// The events of one SLI in one window.
public struct WindowCount: Hashable, Sendable {
  /// Events that were seen. `good` is between 0 and `total`.
  public var good: Double
  public var total: Double
  /// The share of the window, 0…1, that lies after the SLI's first data.
  public var covered: Double

  public init(good: Double, total: Double, covered: Double) {
    self.good = good
    self.total = total
    self.covered = covered
  }

  public var bad: Double { total - good }

  /// The share of bad events, with the time before the first data counted as good traffic at the observed rate.
  /// 0 without traffic; never NaN.
  public var badShare: Double { total > 0 ? min(1, bad / total * covered) : 0 }
}

extension Ledger {
  /// The events in (at − length, at], over the nearest bucket edges (see `edges`).
  public func window(_ slot: SLISlot, _ length: Interval, at: Instant) -> WindowCount {
    guard slis.indices.contains(slot.index), let record = slis[slot.index] else {
      return WindowCount(good: 0, total: 0, covered: 0)
    }
    let from = at - length
    let part = running(slot.index, at: at) - running(slot.index, at: from)
    let total = max(0, running(slot.index + capacity, at: at) - running(slot.index + capacity, at: from))
    let clamped = min(max(part, 0), total)
    return WindowCount(
      good: record.definition.counts == .good ? clamped : total - clamped, total: total,
      covered: covered(record, length, at: at))
  }

  private func covered(_ record: SLIRecord, _ length: Interval, at: Instant) -> Double {
    guard let since = record.since, length > .zero else { return 0 }
    let (from, to) = edges(length, at: at)
    guard since < to, to > from else { return 0 }
    return min(1, (to - max(from, since)) / (to - from))
  }

  private func running(_ lane: Int, at time: Instant) -> Double {
    rings[finest(reaching: time)].total(lane: lane, at: time.nanoseconds)
  }

  /// The finest ring that reaches back to a time.
  private func finest(reaching time: Instant) -> Int {
    if rings[0].covers(time.nanoseconds) { return 0 }
    return rings[1].covers(time.nanoseconds) ? 1 : 2
  }

  /// The bucket edges between which `window` counts: each end is moved to the next edge of the finest ring that still
  /// reaches it, so the newest bucket is counted whole and the oldest one may be cut.
  public func edges(_ length: Interval, at: Instant) -> (from: Instant, to: Instant) {
    (edge(after: at - length), edge(after: at))
  }

  private func edge(after time: Instant) -> Instant {
    let ring = finest(reaching: time)
    return Instant(nanoseconds: rings[ring].edge(after: time.nanoseconds) * rings[ring].step)
  }

  /// How far apart the edges are at a time: windows much shorter than this cannot be read there.
  public func resolution(at time: Instant) -> Interval { Interval(nanoseconds: rings[finest(reaching: time)].step) }

  /// The time of an SLI's first sample.
  public func since(_ slot: SLISlot) -> Instant? {
    slis.indices.contains(slot.index) ? slis[slot.index]?.since : nil
  }

  /// The time of an SLI's newest sample on either side.
  public func lastSample(_ slot: SLISlot) -> Instant? {
    guard slis.indices.contains(slot.index), let record = slis[slot.index] else { return nil }
    return [record.partWatermark, record.totalWatermark].compactMap { $0 }.max()
  }

  /// The time to evaluate an SLI at: its watermark, up to which both sides have arrived. A side that stays away holds
  /// it back for `limits.lag` at most. `nil` before the first sample of the total.
  public func evaluationTime(_ slot: SLISlot, now: Instant) -> Instant? {
    guard slis.indices.contains(slot.index), let record = slis[slot.index], let total = record.totalWatermark,
      let since = record.since
    else { return nil }
    // No bad events yet may well mean no series yet; no good ones is only believed after the wait.
    let part = record.partWatermark ?? (record.definition.counts == .bad ? total : since)
    let watermark = max(min(part, total), total - limits.lag)
    return min(now, max(watermark, now - limits.lag))
  }
}
