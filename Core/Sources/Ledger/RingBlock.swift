/// The running sums of 32 edges in a row of a ring.
///
/// Nearly all sums are of whole events, and few of them fall between two edges of one block. So a block keeps each
/// lane's sum before it, and at each edge only what was added since, as a number of 32 bits. A block whose sums are not
/// whole, or grow further than that, keeps them as they are: either way each sum comes back to the last bit.
///
/// Blocks are what a copy of the ledger shares with it: the next sample after a copy copies the newest block of each
/// ring and nothing else.
struct RingBlock: Sendable {
  static let edges = 32
  /// Whole numbers below this, and sums of them with 32 bits more, are exact.
  private static let largest = 0x1p52

  private let width: Int
  /// By lane. Empty in a wide block.
  private var base: [Double]
  /// By edge, then by lane. Empty in a wide block.
  private var offsets: [Int32]
  /// By edge, then by lane, of a wide block.
  private var sums: [Double] = []

  /// A block in which nothing was added to these sums yet.
  init(from sums: [Double]) {
    width = sums.count
    base = sums
    offsets = [Int32](repeating: 0, count: Self.edges * sums.count)
    if !sums.allSatisfy(Self.isWhole) { widen() }
  }

  var isWide: Bool { !sums.isEmpty }

  var bytes: Int {
    (base.count + sums.count) * MemoryLayout<Double>.stride + offsets.count * MemoryLayout<Int32>.stride
  }

  private static func isWhole(_ sum: Double) -> Bool { sum.magnitude < largest && sum == sum.rounded(.towardZero) }

  /// The sums of two lanes side by side.
  func pair(_ edge: Int, _ lane: Int) -> (Double, Double) {
    let place = edge * width + lane
    // Neither the count of one array nor of the other is looked at: each would be a cache line more for every read.
    assert(lane + 1 < width && edge < Self.edges)
    if isWide { return sums.withUnsafeBufferPointer { ($0.baseAddress![place], $0.baseAddress![place + 1]) } }
    let (first, second) = offsets.withUnsafeBufferPointer { ($0.baseAddress![place], $0.baseAddress![place + 1]) }
    return base.withUnsafeBufferPointer { base in
      (base.baseAddress![lane] + Double(first), base.baseAddress![lane + 1] + Double(second))
    }
  }

  func sum(_ edge: Int, _ lane: Int) -> Double {
    isWide ? sums[edge * width + lane] : base[lane] + Double(offsets[edge * width + lane])
  }

  /// The sums of all lanes at an edge.
  func row(_ edge: Int) -> [Double] { (0..<width).map { sum(edge, $0) } }

  /// Adds to two lanes side by side at some edges.
  mutating func add(_ part: Double, _ total: Double, _ lane: Int, edges: ClosedRange<Int>) {
    if !isWide, let part = Int32(exactly: part), let total = Int32(exactly: total),
      fits(part, lane, edges), fits(total, lane + 1, edges)
    {
      for edge in edges {
        offsets[edge * width + lane] &+= part
        offsets[edge * width + lane + 1] &+= total
      }
      return
    }
    widen()
    for edge in edges {
      sums[edge * width + lane] += part
      sums[edge * width + lane + 1] += total
    }
  }

  private func fits(_ amount: Int32, _ lane: Int, _ edges: ClosedRange<Int>) -> Bool {
    !edges.contains { offsets[$0 * width + lane].addingReportingOverflow(amount).overflow }
  }

  /// Gives an edge the sums of the one before it.
  mutating func carry(to edge: Int) {
    let (from, to) = ((edge - 1) * width, edge * width)
    if isWide {
      for lane in 0..<width { sums[to + lane] = sums[from + lane] }
    } else {
      for lane in 0..<width { offsets[to + lane] = offsets[from + lane] }
    }
  }

  /// Sets one sum.
  mutating func set(_ value: Double, _ edge: Int, _ lane: Int) {
    if !isWide {
      if Self.isWhole(value), let offset = Int32(exactly: value - base[lane]) {
        offsets[edge * width + lane] = offset
        return
      }
      widen()
    }
    sums[edge * width + lane] = value
  }

  /// Makes a sum that of a lane at all edges.
  mutating func fill(_ value: Double, _ lane: Int) {
    if !isWide, Self.isWhole(value) {
      base[lane] = value
      for edge in 0..<Self.edges { offsets[edge * width + lane] = 0 }
      return
    }
    widen()
    for edge in 0..<Self.edges { sums[edge * width + lane] = value }
  }

  /// The same sums with lanes at 0 behind them.
  func widened(to wider: Int) -> RingBlock {
    var block = RingBlock(from: [Double](repeating: 0, count: wider))
    if isWide { block.widen() }
    for edge in 0..<Self.edges {
      for lane in 0..<width {
        if isWide {
          block.sums[edge * wider + lane] = sums[edge * width + lane]
        } else {
          block.offsets[edge * wider + lane] = offsets[edge * width + lane]
        }
      }
    }
    if !isWide { block.base.replaceSubrange(0..<width, with: base) }
    return block
  }

  private mutating func widen() {
    guard !isWide else { return }
    sums = (0..<Self.edges * width).map { base[$0 % width] + Double(offsets[$0]) }
    (base, offsets) = ([], [])
  }
}
