import Base

/// The rings of many SLIs, in banks of at most 252 so that adding SLIs copies no more than one bank. An SLI with a
/// period over 30 days is in a bank whose hours reach 90 days back.
struct Banks: Sendable {
  /// Where an SLI's lanes are.
  struct Place: Hashable, Sendable {
    var bank: Int32
    var column: Int32
  }

  /// Three rings of each bank: 10 seconds, 5 minutes, 1 hour.
  private(set) var rings: [Ring] = []
  private var depths: [Int] = []
  /// Columns that are not taken, by depth.
  private var free: [[Place]] = [[], []]
  /// The time of the newest edge of the finest rings; `Int64.min` before the first sample.
  private(set) var newestEdge = Int64.min

  /// Seconds between two edges, and how many of them are kept. Each ring is a little deeper than the windows it is for,
  /// so that they still fit at a late watermark: 2 minutes behind, when the head may be 5 minutes ahead of the clock.
  static let steps: [Int64] = [10 * Ledger.second, 300 * Ledger.second, 3_600 * Ledger.second]
  static let fineSlots = 2_160 + 48
  static let middleSlots = 864 + 4
  static let hourSlots = [30 * 24 + 4, 90 * 24 + 4]
  /// Four SLIs share a cache line. A row of 63 lines spreads the edges of one SLI over all sets of a cache, where 64
  /// would put them into one.
  static let columnsMax = 252
  private static let chunk = 4

  static func depth(for period: Interval) -> Int { period > .days(30) ? 1 : 0 }

  static func slots(_ ring: Int, depth: Int) -> Int {
    ring == 0 ? fineSlots : ring == 1 ? middleSlots : hourSlots[depth]
  }

  func depth(of place: Place) -> Int { depths[Int(place.bank)] }

  func ring(_ place: Place, _ ring: Int) -> Int { Int(place.bank) * 3 + ring }

  var bytes: Int { rings.reduce(0) { $0 + $1.bytes } }

  // MARK: Columns

  /// Makes room for so many new SLIs at once.
  mutating func reserve(_ depths: [Int]) {
    for depth in 0..<2 {
      var missing = depths.count { $0 == depth } - free[depth].count
      while missing > 0 { missing -= grow(depth, by: missing) }
    }
  }

  mutating func take(_ depth: Int) -> Place {
    if free[depth].isEmpty { grow(depth, by: 1) }
    return free[depth].removeLast()
  }

  mutating func free(_ place: Place) {
    for ring in 0..<3 { rings[self.ring(place, ring)].clear(column: Int(place.column)) }
    free[depth(of: place)].append(place)
  }

  /// Gives a new place the history of an old one, which is free then.
  mutating func move(_ old: Place, to new: Place) {
    for ring in 0..<3 {
      let source = rings[self.ring(old, ring)]
      rings[self.ring(new, ring)].copy(column: Int(new.column), from: source, column: Int(old.column))
    }
    free(old)
  }

  /// Widens the last bank of a depth, or adds one. Answers how many columns came.
  @discardableResult
  private mutating func grow(_ depth: Int, by count: Int) -> Int {
    let wanted = (count + Self.chunk - 1) / Self.chunk * Self.chunk
    let last = depths.lastIndex(of: depth)
    let (bank, old): (Int, Int)
    if let last, rings[last * 3].columns < Self.columnsMax {
      (bank, old) = (last, rings[last * 3].columns)
    } else {
      (bank, old) = (depths.count, 0)
      depths.append(depth)
    }
    let width = min(Self.columnsMax, old + wanted)
    for ring in 0..<3 {
      if old == 0 {
        let step = Self.steps[ring]
        let head = newestEdge == .min ? nil : Ring.edge(after: newestEdge, step: step)
        rings.append(Ring(step: step, slots: Self.slots(ring, depth: depth), columns: width, head: head))
      } else {
        rings[bank * 3 + ring] = rings[bank * 3 + ring].widened(to: width)
      }
    }
    // Taken from the end: the lowest column first.
    free[depth].insert(
      contentsOf: (old..<width).reversed().map { Place(bank: Int32(bank), column: Int32($0)) }, at: 0)
    return width - old
  }

  // MARK: Sums

  /// Moves the heads of all rings to the edges after `time`.
  mutating func advance(to time: Int64) {
    guard time > newestEdge else { return }
    for index in rings.indices { rings[index].advance(to: time) }
    newestEdge = Ring.edge(after: time, step: Self.steps[0]) * Self.steps[0]
  }

  mutating func add(part: Double, total: Double, to place: Place, at time: Int64) {
    let first = Int(place.bank) * 3
    for ring in first..<first + 3 { rings[ring].add(part: part, total: total, column: Int(place.column), at: time) }
  }

  mutating func add(_ increments: [Increment], to place: Place) {
    let first = Int(place.bank) * 3
    for ring in first..<first + 3 { rings[ring].add(increments, column: Int(place.column)) }
  }

  /// The finest of a bank's rings that reaches back to a time: its place among the three.
  func finest(_ place: Place, reaching time: Int64) -> Int {
    let first = Int(place.bank) * 3
    if rings[first].covers(time) { return 0 }
    return rings[first + 1].covers(time) ? 1 : 2
  }

  /// The running totals of an SLI at the edge after a time.
  func totals(_ place: Place, at time: Int64) -> (part: Double, total: Double) {
    rings[ring(place, finest(place, reaching: time))].totals(column: Int(place.column), at: time)
  }

  /// For restoring: the sum at an edge of one ring.
  mutating func setSum(_ value: Double, of place: Place, ring: Int, edge: Int64, side: Int) {
    rings[self.ring(place, ring)].setSum(value, edge: edge, column: Int(place.column), side: side)
  }
}
