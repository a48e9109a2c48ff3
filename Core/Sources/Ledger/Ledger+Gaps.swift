import Base

/// A stretch of an SLI's time that nobody counted live: the ledger was down, or its source was out of reach, for longer
/// than live samples are caught up for.
public struct DataGap: Hashable, Sendable {
  /// The newest sample before it.
  public var from: Instant
  /// Filled in up to here.
  public var reached: Instant
  /// The first live sample after it; `nil` before that has come.
  public var until: Instant?
}

/// A gap as the ledger keeps it, in nanoseconds.
struct Gap: Sendable, Equatable {
  var from: Int64
  var reached: Int64
  /// `Int64.max` while the gap is open.
  var until = Int64.max
  /// The events of the slice that the last stretch ended in, until a later stretch brings the rest.
  var carry: Backfill.Carry?
}

extension Ledger {
  /// Ends what is live of an SLI at its newest sample: what comes next begins anew, each series with a baseline, and
  /// the time between is for `fill` to count. Does nothing where nothing live came yet, or none since the last time.
  ///
  /// - Returns: whether there is a new gap. Of more than `LedgerLimits.gaps` the oldest are given up.
  @discardableResult
  public mutating func openGap(_ slot: SLISlot) -> Bool {
    guard isKnown(slot) else { return false }
    let sli = slot.index
    let newest = max(states[sli].part, states[sli].total)
    guard states[sli].live != .max, newest != .min, !states[sli].awaits else { return false }
    var gap = Gap(from: newest, reached: newest)
    if states[sli].isSliced { gap.carry = cutSlices(of: sli, at: newest) }
    states[sli].awaits = true
    states[sli].resumed = newest + 1
    slis[sli]!.gaps.append(gap)
    if slis[sli]!.gaps.count > limits.gaps { slis[sli]!.gaps.removeFirst() }
    return true
  }

  /// The gaps of an SLI that are not filled yet, in order of time.
  public func gaps(of slot: SLISlot) -> [DataGap] {
    guard isKnown(slot) else { return [] }
    return slis[slot.index]!.gaps.map { gap in
      DataGap(
        from: Instant(nanoseconds: gap.from), reached: Instant(nanoseconds: gap.reached),
        until: gap.until == .max ? nil : Instant(nanoseconds: gap.until))
    }
  }

  /// Where the newest live samples of an SLI begin: after its last gap, or with its first sample.
  public func resumed(_ slot: SLISlot) -> Instant? {
    guard isKnown(slot), states[slot.index].resumed != .min else { return liveSince(slot) }
    return states[slot.index].awaits ? nil : Instant(nanoseconds: states[slot.index].resumed)
  }

  /// Counts what another store remembers of an SLI's oldest gap. Stretches follow each other: what lies before the end
  /// of the last one is left out, so that doing a stretch twice counts once.
  ///
  /// - Parameters:
  ///   - increments: as for `backfill`.
  ///   - upTo: where this stretch ends.
  /// - Returns: whether any of the stretch was new.
  @discardableResult
  public mutating func fill(
    _ slot: SLISlot, _ increments: [(time: Instant, part: Double, total: Double)], upTo: Instant
  ) -> Bool {
    guard isKnown(slot), let gap = slis[slot.index]!.gaps.first else { return false }
    let sli = slot.index
    let upper = min(Self.bounded(upTo), gap.until)
    guard upper > gap.reached else { return false }
    let taken = Self.taken(increments, after: gap.reached, upTo: upper)
    banks.advance(to: upper)
    var carry = gap.carry
    if states[sli].isSliced {
      landSlices(taken, on: sli, upTo: upper, live: gap.until, carry: &carry)
    } else {
      land(taken, on: sli)
    }
    slis[sli]!.gaps[0].carry = carry
    slis[sli]!.gaps[0].reached = upper
    if upper == gap.until { slis[sli]!.gaps.removeFirst() }
    if states[sli].isSliced { closeSlices(of: sli) }
    return true
  }

  /// A sample came while a gap is open or from before where live samples begin: the gap ends with the earliest one that
  /// was not filled in.
  mutating func resume(_ sli: Int, at time: Int64) {
    guard let last = slis[sli]!.gaps.indices.last else {
      states[sli].awaits = false
      return
    }
    let gap = slis[sli]!.gaps[last]
    let isEarlier = gap.until == states[sli].resumed && time < gap.until
    guard time > gap.from, states[sli].awaits || (isEarlier && time >= gap.reached) else { return }
    let end = max(time, gap.reached)
    states[sli].awaits = false
    states[sli].resumed = end
    slis[sli]!.gaps[last].until = end
    guard end == gap.reached else { return }
    slis[sli]!.gaps.remove(at: last)
    if let carry = gap.carry, let book = slis[sli]!.book {
      add(part: carry.part, total: carry.total, to: sli, at: book.end(carry.slice))
    }
  }

  /// Judges the slices that are over at a time and begins the book anew. What the slice of that time has waits for the
  /// rest of it.
  private mutating func cutSlices(of sli: Int, at time: Int64) -> Backfill.Carry? {
    guard let book = slis[sli]!.book else { return nil }
    let slice = book.slice(of: time)
    var changes: [Increment] = []
    slis[sli]!.book!.close(upTo: book.end(slice - 1), states[sli].counts) { changes.append($0) }
    land(changes, on: sli)
    slis[sli]!.book = SliceBook(rule: book.rule, limits: limits)
    let events = book.events(slice)
    guard !book.isJudged(slice), events != (0, 0) else { return nil }
    return Backfill.Carry(slice: slice, part: events.part, total: events.total)
  }
}
