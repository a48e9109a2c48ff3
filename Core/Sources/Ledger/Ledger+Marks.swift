import Base

/// The exact running totals of an SLI at one instant.
struct Mark: Sendable, Equatable {
  /// The instant that was asked for, and the one it stands for: the bucket edge it was read from when it was set after
  /// the fact, else the same.
  var time: Int64
  var edge: Int64
  var part: Double
  var total: Double
}

/// Running totals at a time.
struct RunningTotals {
  var time: Int64
  var part: Double
  var total: Double
  /// The time that was asked for is older than the history: what happened in between is not known.
  var isCut = false
}

// MARK: Marks

extension Ledger {
  /// Makes `times` the marks of an SLI: the instants at which its running totals are kept for ever, corrected by late
  /// samples. Calendar periods, exclusions and the history of months are counted between marks.
  ///
  /// A mark set before its time comes is exact. One set later is exact where nothing was counted since; else it stands
  /// for the next bucket edge.
  ///
  /// - Parameter times: the more important first: past `limits.marks` the rest is not kept.
  /// - Returns: how many were not kept.
  @discardableResult
  public mutating func setMarks(_ times: [Instant], of slot: SLISlot) -> Int {
    guard isKnown(slot) else { return 0 }
    var wanted: Set<Int64> = []
    var refused: Set<Int64> = []
    for time in times.map(Self.bounded) where !wanted.contains(time) {
      if wanted.count < limits.marks { wanted.insert(time) } else { refused.insert(time) }
    }
    var marks = slis[slot.index]!.marks.filter { wanted.remove($0.time) != nil }
    for time in wanted {
      let totals = totals(slot.index, exactOrAfter: time)
      marks.append(Mark(time: time, edge: totals.time, part: totals.part, total: totals.total))
    }
    marks.sort { ($0.edge, $0.time) < ($1.edge, $1.time) }
    slis[slot.index]!.marks = marks
    states[slot.index].hasMarks = !marks.isEmpty
    return refused.count
  }

  /// The instants with a mark, in order.
  public func marks(of slot: SLISlot) -> [Instant] {
    guard isKnown(slot) else { return [] }
    return slis[slot.index]!.marks.map { Instant(nanoseconds: $0.time) }.sorted()
  }

  /// The events in (from, to]: exact where a mark stands at an end, before the first data and from the newest on;
  /// elsewhere each end is moved to the next bucket edge. Without `excluding`d times, as `window` has it.
  public func count(
    _ slot: SLISlot, from: Instant, to: Instant, excluding excluded: [Range<Instant>] = []
  ) -> WindowCount {
    guard isKnown(slot), from < to else { return .none }
    let asked = Self.bounded(from)
    let (start, end) = (marked(slot.index, asked), marked(slot.index, Self.bounded(to)))
    return count(slot.index, from: start, asked: asked, to: end, excluding: excluded)
  }

  /// The events in (at − length, at] without those in `excluded`: neither its events nor its time count.
  ///
  /// - Parameter excluded: in order and apart from each other; each stands for (lower, upper]. Its ends are exact where
  ///   marks stand, else the next bucket edges, and never outside of the window.
  public func window(
    _ slot: SLISlot, _ length: Interval, at: Instant, excluding excluded: [Range<Instant>]
  ) -> WindowCount {
    guard !excluded.isEmpty else { return window(slot, length, at: at) }
    guard isKnown(slot), length > .zero else { return .none }
    let (start, end) = (
      edgeTotals(slot.index, Self.bounded(at - length)), edgeTotals(slot.index, Self.bounded(at))
    )
    return count(slot.index, from: start, asked: start.time, to: end, excluding: excluded)
  }

  private func count(
    _ sli: Int, from: RunningTotals, asked: Int64, to: RunningTotals, excluding excluded: [Range<Instant>]
  ) -> WindowCount {
    let state = states[sli]
    let begin = from.isCut ? min(asked, from.time) : from.time
    guard to.time > begin else { return .none }
    var part = to.part - from.part
    var total = to.total - from.total
    var whole = to.time - begin
    var seen = max(0, to.time - max(from.time, state.since))
    var cursor = from
    for range in excluded {
      let (first, last) = (Self.bounded(range.lowerBound), Self.bounded(range.upperBound))
      guard last > cursor.time else { continue }
      guard first < to.time else { break }
      // Ends may have been rounded past each other, or out of the window.
      var lower = marked(sli, first)
      if lower.time <= cursor.time { lower = cursor }
      if lower.time >= to.time { break }
      var upper = marked(sli, last)
      if upper.time >= to.time { upper = to }
      guard upper.time > lower.time else { continue }
      part -= upper.part - lower.part
      total -= upper.total - lower.total
      whole -= upper.time - lower.time
      seen -= max(0, upper.time - max(lower.time, state.since))
      cursor = upper
    }
    let covered = whole > 0 && state.since != .max ? min(1, Double(seen) / Double(whole)) : 0
    return WindowCount(part: part, total: total, counts: state.counts, covered: covered)
  }

  // MARK: Totals at a time

  /// At a mark, else exact or at the next bucket edge.
  private func marked(_ sli: Int, _ time: Int64) -> RunningTotals {
    if states[sli].hasMarks, let mark = slis[sli]!.marks.last(where: { $0.time == time }) {
      return RunningTotals(time: mark.edge, part: mark.part, total: mark.total)
    }
    return totals(sli, exactOrAfter: time)
  }

  /// Before the first data nothing was counted, and after the newest nothing since: both are exact.
  private func totals(_ sli: Int, exactOrAfter time: Int64) -> RunningTotals {
    let state = states[sli]
    guard state.since != .max, time >= state.since else { return RunningTotals(time: time, part: 0, total: 0) }
    guard time < state.newest else {
      let all = banks.totals(state.place, at: .max)
      return RunningTotals(time: time, part: all.part, total: all.total)
    }
    return edgeTotals(sli, time)
  }

  /// At the next edge of the finest ring that reaches back to a time, or the oldest there is.
  private func edgeTotals(_ sli: Int, _ time: Int64) -> RunningTotals {
    let place = states[sli].place
    let ring = banks.finest(place, reaching: time)
    let sums = banks.rings[banks.ring(place, ring)]
    let edge = sums.edge(after: time)
    let oldest = sums.oldest ?? edge
    let totals = sums.totals(column: Int(place.column), at: time)
    return RunningTotals(
      time: max(edge, oldest) * sums.step, part: totals.part, total: totals.total, isCut: edge < oldest)
  }
}
