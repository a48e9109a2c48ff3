/// Running sums at equally spaced edges, time-major: `sums[edge][lane]`, so that evaluating one window of every SLI
/// reads two contiguous rows. An SLI has two lanes side by side, its good or bad events and its total.
///
/// Edge `e` stands for the time `e × step`; its sum holds every increment with a time ≤ that. With n slots there are
/// n + 1 edges, `head − n … head`. All rings of a ledger hold the same running total, only at different edges, so the
/// two ends of a window may come from two rings.
struct Ring: Sendable {
  /// Nanoseconds between two edges.
  let step: Int64
  let slots: Int
  private(set) var columns: Int
  /// The newest edge; `nil` before the first increment.
  private(set) var head: Int64?
  private var sums: [Double]

  init(step: Int64, slots: Int, columns: Int, head: Int64? = nil) {
    self.step = step
    self.slots = slots
    self.columns = columns
    self.head = head
    sums = [Double](repeating: 0, count: (slots + 1) * columns * 2)
  }

  /// The first edge at or after a time in nanoseconds.
  func edge(after time: Int64) -> Int64 { Self.edge(after: time, step: step) }

  static func edge(after time: Int64, step: Int64) -> Int64 {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: step)
    return remainder > 0 ? quotient + 1 : quotient
  }

  var oldest: Int64? { head.map { $0 - Int64(slots) } }

  /// The bytes of its sums.
  var bytes: Int { sums.count * MemoryLayout<Double>.stride }

  /// Where an edge lies among the rows.
  func row(_ edge: Int64) -> Int {
    let rows = Int64(slots + 1)
    let rest = edge % rows
    return Int(rest < 0 ? rest + rows : rest)
  }

  private func start(_ edge: Int64) -> Int { row(edge) * columns * 2 }

  /// Moves the head to the edge after `time`; new edges start from the newest sums.
  mutating func advance(to time: Int64) {
    let target = edge(after: time)
    guard let old = head else {
      head = target
      return
    }
    guard target > old else { return }
    let width = columns * 2
    let from = start(old)
    let rows = min(target - old, Int64(slots + 1))
    for edge in (target - rows + 1)...target {
      let to = start(edge)
      guard to != from else { continue }
      sums.withUnsafeMutableBufferPointer { sums in
        for lane in 0..<width { sums[to + lane] = sums[from + lane] }
      }
    }
    head = target
  }

  /// Adds to one SLI at `time` and at every later edge. `time` must not be after the head.
  mutating func add(part: Double, total: Double, column: Int, at time: Int64) {
    guard let head else { return }
    var edge = max(edge(after: time), head - Int64(slots))
    guard edge <= head else { return }
    let (width, end) = (columns * 2, sums.count)
    var place = start(edge) + column * 2
    while edge <= head {
      sums[place] += part
      sums[place + 1] += total
      place += width
      if place >= end { place -= end }
      edge += 1
    }
  }

  /// Adds many increments, in order of time, in one pass over the edges.
  mutating func add(_ increments: [Increment], column: Int) {
    guard let head, let oldest, let first = increments.first else { return }
    var edge = max(edge(after: first.time), oldest)
    var (part, total, next) = (0.0, 0.0, 0)
    while edge <= head {
      while next < increments.count, self.edge(after: increments[next].time) <= edge {
        part += increments[next].part
        total += increments[next].total
        next += 1
      }
      let place = start(edge) + column * 2
      sums[place] += part
      sums[place + 1] += total
      edge += 1
    }
  }

  /// Whether this ring still has the edge after `time` (times after the head count as the head).
  func covers(_ time: Int64) -> Bool {
    guard let oldest else { return false }
    return edge(after: time) >= oldest
  }

  /// The running totals at the edge after `time`; the nearest edge where the ring has no such one.
  func totals(column: Int, at time: Int64) -> (part: Double, total: Double) {
    guard let head, let oldest else { return (0, 0) }
    return totals(column: column, row: row(min(max(edge(after: time), oldest), head)))
  }

  /// The running totals in a row.
  func totals(column: Int, row: Int) -> (part: Double, total: Double) {
    let place = (row * columns + column) * 2
    return (sums[place], sums[place + 1])
  }

  /// The sums of one SLI's side at all edges, oldest first. `side` is 0 for good or bad events, 1 for the total.
  func forEachSum(column: Int, side: Int, _ body: (Double) -> Void) {
    guard let oldest else { return }
    let width = columns * 2
    var place = start(oldest) + column * 2 + side
    sums.withUnsafeBufferPointer { sums in
      for _ in 0...slots {
        body(sums[place])
        place += width
        if place >= sums.count { place -= sums.count }
      }
    }
  }

  mutating func setSum(_ value: Double, edge: Int64, column: Int, side: Int) {
    sums[start(edge) + column * 2 + side] = value
  }

  /// Makes a column new: nothing was counted in it.
  mutating func clear(column: Int) {
    for row in 0...slots {
      sums[(row * columns + column) * 2] = 0
      sums[(row * columns + column) * 2 + 1] = 0
    }
  }

  /// The same history with room for more SLIs.
  func widened(to wider: Int) -> Ring {
    var ring = Ring(step: step, slots: slots, columns: wider, head: head)
    for row in 0...slots {
      let (from, to) = (row * columns * 2, row * wider * 2)
      ring.sums.replaceSubrange(to..<to + columns * 2, with: sums[from..<from + columns * 2])
    }
    return ring
  }

  /// Takes over the history of one column of another ring with the same step and head.
  mutating func copy(column: Int, from other: Ring, column source: Int) {
    guard let head, let oldest, let first = other.oldest else { return }
    for edge in oldest...head {
      let sums = other.totals(column: source, row: other.row(max(edge, first)))
      setSum(sums.part, edge: edge, column: column, side: 0)
      setSum(sums.total, edge: edge, column: column, side: 1)
    }
  }
}

/// Events of one SLI at one time.
struct Increment: Hashable, Sendable {
  var time: Int64
  var part: Double
  var total: Double
}
