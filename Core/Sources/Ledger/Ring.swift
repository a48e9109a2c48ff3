/// Running sums at equally spaced edges, time-major, so that evaluating one window of every SLI reads two contiguous
/// rows. An SLI has two lanes side by side, its good or bad events and its total.
///
/// Edge `e` stands for the time `e × step`; its sum holds every increment with a time ≤ that. With n slots there are
/// n + 1 edges, `head − n … head`. All rings of a ledger hold the same running total, only at different edges, so the
/// two ends of a window may come from two rings.
///
/// Edges lie in blocks of 32, and a block is begun anew as a whole: there is room for one block more than the edges
/// take, so that none holds both the newest and the oldest.
struct Ring: Sendable {
  /// Nanoseconds between two edges.
  let step: Int64
  let slots: Int
  private(set) var columns: Int
  /// The newest edge; `nil` before the first increment.
  private(set) var head: Int64?
  private var blocks: [RingBlock]
  private let rows: Int64

  init(step: Int64, slots: Int, columns: Int, head: Int64? = nil) {
    self.step = step
    self.slots = slots
    self.columns = columns
    self.head = head
    rows = Self.rows(slots)
    // One block for all: each gets its own when something is written to it.
    let empty = RingBlock(from: [Double](repeating: 0, count: columns * 2))
    blocks = [RingBlock](repeating: empty, count: Int(rows) / RingBlock.edges)
  }

  /// Room for so many slots, in whole blocks.
  static func rows(_ slots: Int) -> Int64 {
    Int64((slots + RingBlock.edges - 1) / RingBlock.edges + 1) * Int64(RingBlock.edges)
  }

  /// The first edge at or after a time in nanoseconds.
  func edge(after time: Int64) -> Int64 { Self.edge(after: time, step: step) }

  static func edge(after time: Int64, step: Int64) -> Int64 {
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: step)
    return remainder > 0 ? quotient + 1 : quotient
  }

  var oldest: Int64? { head.map { $0 - Int64(slots) } }

  /// The bytes of its sums when every block has its own.
  var bytes: Int { blocks.reduce(0) { $0 + $1.bytes } }

  /// Where an edge lies among the rows.
  func row(_ edge: Int64) -> Int { Self.row(edge, among: rows) }

  static func row(_ edge: Int64, among rows: Int64) -> Int {
    let rest = edge % rows
    return Int(rest < 0 ? rest + rows : rest)
  }

  private func place(_ edge: Int64) -> (block: Int, edge: Int) {
    let row = row(edge)
    return (row / RingBlock.edges, row % RingBlock.edges)
  }

  /// Moves the head to the edge after `time`; new edges start from the newest sums.
  mutating func advance(to time: Int64) {
    let target = edge(after: time)
    guard let old = head else {
      head = target
      return
    }
    guard target > old else { return }
    let newest = place(old)
    // More than all edges are new: those between are never seen.
    let first = max(old + 1, target - Int64(slots))
    var sums: [Double]?
    for edge in first...target {
      let (block, row) = place(edge)
      if row == 0 || (edge == first && first > old + 1) {
        if sums == nil { sums = blocks[newest.block].row(newest.edge) }
        blocks[block] = RingBlock(from: sums!)
      } else {
        blocks[block].carry(to: row)
      }
    }
    head = target
  }

  /// Adds to one SLI at `time` and at every later edge. `time` must not be after the head.
  mutating func add(part: Double, total: Double, column: Int, at time: Int64) {
    guard let head else { return }
    var edge = max(edge(after: time), head - Int64(slots))
    while edge <= head {
      let (block, row) = place(edge)
      let last = min(RingBlock.edges - 1, row + Int(head - edge))
      blocks[block].add(part, total, column * 2, edges: row...last)
      edge += Int64(last - row + 1)
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
      let (block, row) = place(edge)
      blocks[block].add(part, total, column * 2, edges: row...row)
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
    blocks[row / RingBlock.edges].pair(row % RingBlock.edges, column * 2)
  }

  /// The sums of one SLI's side at all edges, oldest first. `side` is 0 for good or bad events, 1 for the total.
  func forEachSum(column: Int, side: Int, _ body: (Double) -> Void) {
    guard let oldest, let head else { return }
    for edge in oldest...head {
      let (block, row) = place(edge)
      body(blocks[block].sum(row, column * 2 + side))
    }
  }

  /// Sets a sum. Those of one lane are set from the oldest edge to the newest.
  mutating func setSum(_ value: Double, edge: Int64, column: Int, side: Int) {
    let (block, row) = place(edge)
    if row == 0 || edge == oldest {
      blocks[block].fill(value, column * 2 + side)
    } else {
      blocks[block].set(value, row, column * 2 + side)
    }
  }

  /// Makes a column new: nothing was counted in it.
  mutating func clear(column: Int) {
    for block in blocks.indices {
      blocks[block].fill(0, column * 2)
      blocks[block].fill(0, column * 2 + 1)
    }
  }

  /// The same history with room for more SLIs.
  func widened(to wider: Int) -> Ring {
    var ring = Ring(step: step, slots: slots, columns: wider, head: head)
    for block in blocks.indices { ring.blocks[block] = blocks[block].widened(to: wider * 2) }
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
