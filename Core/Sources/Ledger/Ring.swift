/// Running sums at equally spaced edges, time-major: `sums[edge][lane]`, so that evaluating one window of every SLI
/// reads two contiguous rows.
///
/// Edge `e` stands for the time `e × step`; its sum holds every increment with a time ≤ that. With n slots there are
/// n + 1 edges, `head − n … head`. All rings of a ledger hold the same running total, only at different edges, so the
/// two ends of a window may come from two rings.
struct Ring: Sendable {
  /// Nanoseconds between two edges.
  let step: Int64
  private(set) var slots: Int
  private(set) var lanes: Int
  /// The newest edge; `nil` before the first increment.
  private(set) var head: Int64?
  private(set) var sums: [Double]

  init(step: Int64, slots: Int, lanes: Int) {
    self.step = step
    self.slots = slots
    self.lanes = lanes
    sums = [Double](repeating: 0, count: (slots + 1) * lanes)
  }

  /// The first edge at or after a time in nanoseconds.
  func edge(after time: Int64) -> Int64 {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: step)
    return remainder > 0 ? quotient + 1 : quotient
  }

  var oldest: Int64? { head.map { $0 - Int64(slots) } }

  private func row(_ edge: Int64) -> Int {
    let rows = Int64(slots + 1)
    let rest = edge % rows
    return Int(rest < 0 ? rest + rows : rest) * lanes
  }

  /// Moves the head to the edge after `time`; new edges start from the newest sums.
  mutating func advance(to time: Int64) {
    let target = edge(after: time)
    guard let old = head else {
      head = target
      return
    }
    guard target > old else { return }
    let from = row(old)
    let rows = min(target - old, Int64(slots + 1))
    for edge in (target - rows + 1)...target {
      let to = row(edge)
      guard to != from else { continue }
      for lane in 0..<lanes { sums[to + lane] = sums[from + lane] }
    }
    head = target
  }

  /// Adds to one lane at `time` and at every later edge. `time` must not be after the head.
  mutating func add(_ amount: Double, lane: Int, at time: Int64) {
    guard let head else { return }
    var edge = max(edge(after: time), head - Int64(slots))
    while edge <= head {
      sums[row(edge) + lane] += amount
      edge += 1
    }
  }

  /// Whether this ring still has the edge after `time` (times after the head count as the head).
  func covers(_ time: Int64) -> Bool {
    guard let oldest else { return false }
    return edge(after: time) >= oldest
  }

  /// The running total at the edge after `time`; the nearest edge where the ring has no such one.
  func total(lane: Int, at time: Int64) -> Double {
    guard let head, let oldest else { return 0 }
    return sums[row(min(max(edge(after: time), oldest), head)) + lane]
  }

  /// The sum at an edge, which must be one of the ring's.
  func sum(edge: Int64, lane: Int) -> Double { sums[row(edge) + lane] }

  mutating func setSum(_ value: Double, edge: Int64, lane: Int) { sums[row(edge) + lane] = value }

  /// Sets the head of a ring without history, for restoring.
  mutating func restore(head: Int64?) { self.head = head }

  /// The same history in another width and depth. `lane` maps a new lane to the old one, or `nil` for an empty lane.
  func relaid(slots newSlots: Int, lanes newLanes: Int, from lane: (Int) -> Int?) -> Ring {
    var ring = Ring(step: step, slots: newSlots, lanes: newLanes)
    guard let head, let oldest else { return ring }
    ring.head = head
    let sources = (0..<newLanes).map(lane)
    for edge in (head - Int64(newSlots))...head {
      let source = row(max(edge, oldest))
      let target = ring.row(edge)
      for (index, old) in sources.enumerated() {
        if let old { ring.sums[target + index] = sums[source + old] }
      }
    }
    return ring
  }
}
