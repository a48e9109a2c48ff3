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

  /// From what was counted: `part` is of good or of bad events. A linear expression may come out below 0, or a part
  /// above its total; the sums keep it and a window does not show it.
  init(part: Double, total: Double, counts: SLISide, covered: Double) {
    let total = max(0, total)
    let clamped = min(max(part, 0), total)
    self.init(good: counts == .good ? clamped : total - clamped, total: total, covered: covered)
  }

  static let none = WindowCount(good: 0, total: 0, covered: 0)

  public var bad: Double { total - good }

  /// The share of bad events, with the time before the first data counted as good traffic at the observed rate.
  /// 0 without traffic; never NaN.
  public var badShare: Double { total > 0 ? min(1, bad / total * covered) : 0 }
}

extension Ledger {
  /// The events in (at − length, at], over the nearest bucket edges (see `edges`).
  public func window(_ slot: SLISlot, _ length: Interval, at: Instant) -> WindowCount {
    guard isKnown(slot) else { return .none }
    let state = states[slot.index]
    let (from, to) = (Self.bounded(at - length), Self.bounded(at))
    // Where one ring ends and a coarser one begins, a short window may lie between two of its edges.
    guard edge(state.place, after: from) < edge(state.place, after: to) else { return .none }
    let (start, end) = (banks.totals(state.place, at: from), banks.totals(state.place, at: to))
    return WindowCount(
      part: end.part - start.part, total: end.total - start.total, counts: state.counts,
      covered: covered(
        state.since, from: edge(state.place, after: from), to: edge(state.place, after: to), length))
  }

  func covered(_ since: Int64, from: Int64, to: Int64, _ length: Interval) -> Double {
    guard since < to, to > from, length > .zero else { return 0 }
    return since <= from ? 1 : Double(to - since) / Double(to - from)
  }

  func edge(_ place: Banks.Place, after time: Int64) -> Int64 {
    let step = Banks.steps[banks.finest(place, reaching: time)]
    return Ring.edge(after: time, step: step) * step
  }

  /// The place of any SLI: all rings that a window needs not be deeper than a month for are alike.
  private var anyPlace: Banks.Place { Banks.Place(bank: 0, column: 0) }

  /// The bucket edges between which `window` counts: each end is moved to the next edge of the finest ring that still
  /// reaches it, so the newest bucket is counted whole and the oldest one may be cut.
  public func edges(_ length: Interval, at: Instant) -> (from: Instant, to: Instant) {
    (edge(after: at - length), edge(after: at))
  }

  private func edge(after time: Instant) -> Instant {
    let step = resolution(at: time).nanoseconds
    return Instant(nanoseconds: Ring.edge(after: time.nanoseconds, step: step) * step)
  }

  /// How far apart the edges are at a time: windows much shorter than this cannot be read there.
  public func resolution(at time: Instant) -> Interval {
    guard !banks.rings.isEmpty else { return Interval(nanoseconds: Banks.steps[2]) }
    return Interval(nanoseconds: Banks.steps[banks.finest(anyPlace, reaching: time.nanoseconds)])
  }

  /// The time of an SLI's first sample, or from where on its past was filled in.
  public func since(_ slot: SLISlot) -> Instant? {
    guard isKnown(slot), states[slot.index].since != .max else { return nil }
    return Instant(nanoseconds: states[slot.index].since)
  }

  /// The time of an SLI's newest sample on either side, or up to where its past was filled in.
  public func lastSample(_ slot: SLISlot) -> Instant? {
    guard isKnown(slot), states[slot.index].newest != .min else { return nil }
    return Instant(nanoseconds: states[slot.index].newest)
  }

  /// The time to evaluate an SLI at: its watermark, up to which both sides have arrived. A side that stays away holds
  /// it back for `limits.lag` at most. `nil` before the first sample of the total.
  public func evaluationTime(_ slot: SLISlot, now: Instant) -> Instant? {
    guard isKnown(slot), let watermark = watermark(slot.index) else { return nil }
    return min(now, max(Instant(nanoseconds: watermark), now - limits.lag))
  }

  /// Up to where the data of an SLI is complete, whatever time it is.
  func watermark(_ sli: Int) -> Int64? {
    let state = states[sli]
    // What was filled in is complete on both sides.
    let total = max(state.total, state.backfilled)
    guard total != .min, state.since != .max else { return nil }
    // No bad events yet may well mean no series yet; no good ones is only believed after the wait.
    let part = state.part != .min ? state.part : state.counts == .bad ? total : state.since
    return max(min(part, total), total - limits.lag.nanoseconds, state.backfilled)
  }
}
