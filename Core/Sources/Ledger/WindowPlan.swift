import Base

/// Where the ends of some windows lie in the rings at one time, found once and read for many SLIs: what is left for
/// each SLI is two reads a window.
///
/// All SLIs whose evaluation times lie in one bucket of 10 seconds share a plan when the windows are whole multiples of
/// 10 seconds long. A plan is for the ledger it was made from, until the next change; later it is still right, and
/// slower.
public struct WindowPlan: Sendable {
  struct End: Sendable {
    /// 0, 1, 2: the ring.
    var ring: Int
    /// The row there, for either depth of the hours.
    var rows: (Int, Int)
    /// The time of the edge, as `covered` sees it.
    var time: Int64
  }

  /// The time that is evaluated, and the windows that end then.
  public let at: Instant
  public let windows: [Interval]
  let end: End
  let starts: [End]
  let newestEdge: Int64

  /// Whether an SLI that is evaluated at `time` can be read with this plan.
  public func serves(_ time: Instant) -> Bool {
    time == at || (isAligned && Ring.edge(after: time.nanoseconds, step: Banks.steps[0]) == edge)
  }

  private let edge: Int64
  private let isAligned: Bool

  init(_ ledger: Ledger, windows: [Interval], at: Instant) {
    self.at = at
    self.windows = windows
    newestEdge = ledger.banks.newestEdge
    edge = Ring.edge(after: at.nanoseconds, step: Banks.steps[0])
    isAligned = windows.allSatisfy { $0.nanoseconds % Banks.steps[0] == 0 }
    let (end, newestEdge) = (Self.end(at.nanoseconds, newestEdge), newestEdge)
    self.end = end
    // A window between two edges of a coarse ring begins after it ends: nothing is counted in it.
    starts = windows.map {
      let start = Self.end((at - $0).nanoseconds, newestEdge)
      return start.time < end.time ? start : end
    }
  }

  private static func end(_ time: Int64, _ newestEdge: Int64) -> End {
    guard newestEdge != .min else { return End(ring: 2, rows: (0, 0), time: time) }
    let heads = Banks.steps.map { Ring.edge(after: newestEdge, step: $0) }
    let ring =
      (0..<2).first {
        Ring.edge(after: time, step: Banks.steps[$0]) >= heads[$0] - Int64(Banks.slots($0, depth: 0))
      } ?? 2
    let edge = Ring.edge(after: time, step: Banks.steps[ring])
    func row(_ depth: Int) -> Int {
      let slots = Int64(Banks.slots(ring, depth: depth))
      let clamped = min(max(edge, heads[ring] - slots), heads[ring])
      return Ring.row(clamped, among: Ring.rows(Int(slots)))
    }
    return End(ring: ring, rows: (row(0), row(1)), time: edge * Banks.steps[ring])
  }
}

extension Ledger {
  /// Where windows that end at `at` lie.
  public func plan(_ windows: [Interval], at: Instant) -> WindowPlan { WindowPlan(self, windows: windows, at: at) }

  /// Reads all windows of a plan for one SLI: the same figures as `window` for each.
  ///
  /// - Parameter counts: takes as many as the plan has windows; what is left of it stays as it is.
  public func read(_ slot: SLISlot, _ plan: WindowPlan, into counts: UnsafeMutableBufferPointer<WindowCount>) {
    guard isKnown(slot), plan.newestEdge == banks.newestEdge, plan.newestEdge != .min else {
      for (index, length) in plan.windows.enumerated() { counts[index] = window(slot, length, at: plan.at) }
      return
    }
    let state = states[slot.index]
    let column = Int(state.place.column)
    let first = Int(state.place.bank) * 3
    let isDeep = banks.depth(of: state.place) == 1
    let last = banks.rings[first + plan.end.ring].totals(
      column: column, row: isDeep ? plan.end.rows.1 : plan.end.rows.0)
    for index in 0..<plan.starts.count {
      let start = plan.starts[index]
      let sums = banks.rings[first + start.ring].totals(column: column, row: isDeep ? start.rows.1 : start.rows.0)
      counts[index] = WindowCount(
        part: last.part - sums.part, total: last.total - sums.total, counts: state.counts,
        covered: covered(state.since, from: start.time, to: plan.end.time, plan.windows[index]))
    }
  }

  /// The same as an array, in the order of the plan's windows.
  public func read(_ slot: SLISlot, _ plan: WindowPlan) -> [WindowCount] {
    [WindowCount](unsafeUninitializedCapacity: plan.windows.count) { counts, count in
      counts.initialize(repeating: .none)
      read(slot, plan, into: counts)
      count = plan.windows.count
    }
  }
}
