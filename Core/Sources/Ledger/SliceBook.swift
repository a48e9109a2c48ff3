import Base

/// The events of the newest slices of one SLI, so that a slice is judged when its time is over and late data corrects
/// the verdict.
///
/// Slice `e` holds the events in ((e − 1) × length, e × length] since the epoch; its verdict is counted at its end.
struct SliceBook: Sendable, Equatable {
  let rule: SliceRule
  let length: Int64
  /// How many slices are remembered.
  let keep: Int
  /// The newest slice with events; `nil` before the first.
  private(set) var newest: Int64?
  /// Slices up to this one are judged: their verdict is counted.
  private(set) var closed = Int64.min
  /// Part and total of slice `e` at `2 × (e mod keep)`.
  private var sums: [Double] = []

  init(rule: SliceRule, limits: LedgerLimits) {
    self.rule = rule
    length = max(rule.length.nanoseconds, 10 * Ledger.second)
    let horizon = Int(limits.horizon.nanoseconds / length) + 2
    keep = min(max(2, limits.openSlices), horizon)
  }

  /// For restoring. `nil` for what `add` and `close` cannot lead to.
  init?(rule: SliceRule, limits: LedgerLimits, newest: Int64?, closed: Int64, sums: [(part: Double, total: Double)]) {
    self.init(rule: rule, limits: limits)
    self.newest = newest
    self.closed = closed
    guard let newest else {
      if sums.isEmpty { return } else { return nil }
    }
    guard newest.magnitude < UInt64(Int64.max / length) else { return nil }
    self.sums = [Double](repeating: 0, count: keep * 2)
    // Where fewer are remembered than were written the older ones are judged already or lost.
    for (place, pair) in zip(newest - Int64(sums.count) + 1...newest, sums) where place > newest - Int64(keep) {
      self.sums[index(place)] = pair.part
      self.sums[index(place) + 1] = pair.total
    }
  }

  var bytes: Int { 32 + sums.capacity * MemoryLayout<Double>.stride }

  /// The slice of a time.
  func slice(of time: Int64) -> Int64 { Ring.edge(after: time, step: length) }

  /// When a slice ends.
  func end(_ slice: Int64) -> Int64 { slice * length }

  /// Whether a slice can still take events.
  func takes(_ slice: Int64) -> Bool { newest.map { slice > $0 - Int64(keep) } ?? true }

  /// The slices that are remembered.
  var remembered: ClosedRange<Int64>? { newest.map { $0 - Int64(keep) + 1...$0 } }

  func events(_ slice: Int64) -> (part: Double, total: Double) {
    guard let newest, slice <= newest, takes(slice) else { return (0, 0) }
    return (sums[index(slice)], sums[index(slice) + 1])
  }

  /// Whether the verdict of a slice is counted.
  func isJudged(_ slice: Int64) -> Bool { slice <= closed }

  private func index(_ slice: Int64) -> Int {
    let rest = slice % Int64(keep)
    return 2 * Int(rest < 0 ? rest + Int64(keep) : rest)
  }

  /// Adds events to a slice that is still taken, and answers what that changes of verdicts already counted: of the
  /// slice itself, and of those that are forgotten for it without having been judged.
  mutating func add(part: Double, total: Double, to slice: Int64, _ counts: SLISide, _ emit: (Increment) -> Void) {
    if sums.isEmpty { sums = [Double](repeating: 0, count: keep * 2) }
    if slice > newest ?? .min { advance(to: slice, counts, emit) }
    let before = slice <= closed ? verdict(slice, counts) : (part: 0, total: 0)
    sums[index(slice)] += part
    sums[index(slice) + 1] += total
    guard slice <= closed else { return }
    let after = verdict(slice, counts)
    let change = Increment(time: end(slice), part: after.part - before.part, total: after.total - before.total)
    if change.part != 0 || change.total != 0 { emit(change) }
  }

  /// Judges the slices that end at `time` or before.
  mutating func close(upTo time: Int64, _ counts: SLISide, _ emit: (Increment) -> Void) {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: length)
    let last = remainder < 0 ? quotient - 1 : quotient
    guard last > closed else { return }
    if let remembered {
      let first = max(remembered.lowerBound, closed == .min ? .min : closed + 1)
      if first <= min(last, remembered.upperBound) {
        for slice in first...min(last, remembered.upperBound) { judge(slice, counts, emit) }
      }
    }
    closed = last
  }

  private mutating func advance(to slice: Int64, _ counts: SLISide, _ emit: (Increment) -> Void) {
    defer { newest = slice }
    guard let remembered else { return }
    let gone = min(slice - Int64(keep), remembered.upperBound)
    guard gone >= remembered.lowerBound else { return }
    for old in remembered.lowerBound...gone {
      if old > closed { judge(old, counts, emit) }
      sums[index(old)] = 0
      sums[index(old) + 1] = 0
    }
  }

  private func judge(_ slice: Int64, _ counts: SLISide, _ emit: (Increment) -> Void) {
    let verdict = verdict(slice, counts)
    if verdict.total != 0 { emit(Increment(time: end(slice), part: verdict.part, total: verdict.total)) }
  }

  private func verdict(_ slice: Int64, _ counts: SLISide) -> (part: Double, total: Double) {
    let events = events(slice)
    return Self.verdict(part: events.part, total: events.total, rule, counts)
  }

  /// What a slice counts: 1 in the total when it had events; of the good or bad side 1 or 0, or its share.
  static func verdict(part: Double, total: Double, _ rule: SliceRule, _ counts: SLISide) -> (
    part: Double, total: Double
  ) {
    guard total > 0 else { return (0, 0) }
    let share = min(max(part, 0), total) / total
    guard let target = rule.target else { return (share, 1) }
    let isGood = (counts == .good ? share : 1 - share) >= target
    return (isGood == (counts == .good) ? 1 : 0, 1)
  }
}
