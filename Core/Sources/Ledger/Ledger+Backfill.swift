import Base

/// How far the past of an SLI was filled in from elsewhere.
struct Backfill: Sendable, Equatable {
  var from: Int64
  /// The events of the slice that the last stretch ended in, until a later stretch brings the rest.
  var carry: Carry?

  struct Carry: Sendable, Equatable {
    var slice: Int64
    var part: Double
    var total: Double
  }
}

extension Ledger {
  /// Counts what another store remembers of the time before an SLI's first sample.
  ///
  /// Stretches follow each other: each begins where the last one ended, and what lies before that end, or after the
  /// first live sample, is left out, so that doing a stretch twice counts once. Samples of that time that arrive live
  /// later are not counted again. `since` moves back to the beginning.
  ///
  /// - Parameters:
  ///   - increments: in order of time, each at the end of the time it was counted over. An hour or finer; for an SLI
  ///     with slices, a slice or finer.
  ///   - from: where the source begins to know; by default the first increment. Heard for the first stretch, or for
  ///     one that ends where the known past begins.
  ///   - upTo: where this stretch ends.
  /// - Returns: whether any of the stretch was new.
  @discardableResult
  public mutating func backfill(
    _ slot: SLISlot, _ increments: [(time: Instant, part: Double, total: Double)], from: Instant? = nil,
    upTo: Instant
  ) -> Bool {
    guard isKnown(slot) else { return false }
    let sli = slot.index
    let known = slis[sli]!.backfill
    let end = Self.bounded(upTo)
    let begin = Self.bounded(from ?? increments.first?.time ?? upTo)
    var lower = known == nil ? Int64.min : states[sli].backfilled
    var upper = min(end, states[sli].live)
    let first = min(begin, upper)
    let isEarlier = known.map { first < $0.from && end >= $0.from && end <= lower } ?? false
    if isEarlier { (lower, upper) = (.min, known!.from) }
    guard upper > lower else { return false }
    let taken = Self.taken(increments, after: lower, upTo: upper)
    banks.advance(to: upper)
    if states[sli].isSliced {
      var carry = known?.carry
      landSlices(taken, on: sli, upTo: upper, isEarlier: isEarlier, live: states[sli].live, carry: &carry)
      if slis[sli]!.backfill == nil { slis[sli]!.backfill = Backfill(from: .max) }
      slis[sli]!.backfill!.carry = carry
    } else {
      land(taken, on: sli)
    }
    remember(sli, from: isEarlier || known == nil ? first : known!.from, upTo: max(upper, lower))
    if states[sli].isSliced { closeSlices(of: sli) }
    return true
  }

  /// Those of a stretch that can be counted, in order.
  static func taken(
    _ increments: [(time: Instant, part: Double, total: Double)], after lower: Int64, upTo upper: Int64
  ) -> [Increment] {
    increments.filter {
      $0.time.nanoseconds > max(lower, -1 << 62) && $0.time.nanoseconds <= upper
        && max($0.part.magnitude, $0.total.magnitude) < largest
    }.map { Increment(time: $0.time.nanoseconds, part: $0.part, total: $0.total) }.sorted { $0.time < $1.time }
  }

  /// The stretch that was filled in. `upTo` is where the next one begins.
  public func backfilled(_ slot: SLISlot) -> (from: Instant, upTo: Instant)? {
    guard isKnown(slot), let backfill = slis[slot.index]!.backfill else { return nil }
    return (Instant(nanoseconds: backfill.from), Instant(nanoseconds: states[slot.index].backfilled))
  }

  /// The time of an SLI's first sample that was not filled in: where a backfill may end.
  public func liveSince(_ slot: SLISlot) -> Instant? {
    guard isKnown(slot), states[slot.index].live != .max else { return nil }
    return Instant(nanoseconds: states[slot.index].live)
  }

  private mutating func remember(_ sli: Int, from: Int64, upTo: Int64) {
    if slis[sli]!.backfill == nil { slis[sli]!.backfill = Backfill(from: from) }
    slis[sli]!.backfill!.from = from
    states[sli].backfilled = max(states[sli].backfilled, upTo)
    states[sli].since = min(states[sli].since, from)
  }

  /// The first live sample came: what was filled in of the slice before it joins the slices that can be corrected.
  mutating func joinBackfill(_ sli: Int) {
    guard let carry = slis[sli]!.backfill?.carry, let book = slis[sli]!.book else { return }
    slis[sli]!.backfill!.carry = nil
    add(part: carry.part, total: carry.total, to: sli, at: book.end(carry.slice))
  }

  /// Judges the slices of a stretch. Slices that are still remembered, and so those that live data is in, take its
  /// events like late ones. Of the older ones the last waits for the next stretch to complete it.
  ///
  /// - Parameters:
  ///   - live: where live samples begin; `Int64.max` where there are none.
  ///   - pending: the slice that waits.
  mutating func landSlices(
    _ increments: [Increment], on sli: Int, upTo: Int64, isEarlier: Bool = false, live: Int64,
    carry pending: inout Backfill.Carry?
  ) {
    let book = slis[sli]!.book!
    let live = live == .max ? Int64.max : book.slice(of: live)
    func isOpen(_ slice: Int64) -> Bool { slice >= live || (book.newest != nil && book.takes(slice)) }
    var sums: [Backfill.Carry] = []
    if let pending, !isEarlier { sums.append(pending) }
    for one in increments {
      let slice = book.slice(of: one.time)
      if let last = sums.last, last.slice == slice {
        sums[sums.count - 1].part += one.part
        sums[sums.count - 1].total += one.total
      } else {
        sums.append(Backfill.Carry(slice: slice, part: one.part, total: one.total))
      }
    }
    let open = sums.filter { isOpen($0.slice) }
    var closed = sums.filter { !isOpen($0.slice) }
    var carry = isEarlier ? pending : nil
    if let last = closed.last, book.end(last.slice) > upTo {
      closed.removeLast()
      // The slice in which an earlier stretch ends is judged already.
      if !isEarlier { carry = last }
    }
    let counts = states[sli].counts
    land(
      closed.compactMap { one in
        let verdict = SliceBook.verdict(part: one.part, total: one.total, book.rule, counts)
        guard verdict.total != 0 else { return nil }
        return Increment(time: book.end(one.slice), part: verdict.part, total: verdict.total)
      }, on: sli)
    for one in open { add(part: one.part, total: one.total, to: sli, at: book.end(one.slice)) }
    pending = carry
  }
}
