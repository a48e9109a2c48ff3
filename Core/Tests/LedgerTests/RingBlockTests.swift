import Base
import Testing

@testable import Ledger

/// Sums in blocks against sums kept plainly, to the last bit.
@Suite struct RingBlockTests {
  /// A ring as it is described: all increments, added up for each edge.
  private struct Plain {
    var sums: [Int64: (part: Double, total: Double)] = [:]
    var head: Int64?
    let slots: Int64

    mutating func advance(to edge: Int64) {
      if let head, edge > head {
        let newest = sums[head] ?? (0, 0)
        for new in max(head + 1, edge - slots)...edge { sums[new] = newest }
        sums = sums.filter { $0.key >= edge - slots }
      }
      head = max(head ?? edge, edge)
    }

    mutating func add(_ part: Double, _ total: Double, at edge: Int64) {
      for at in max(edge, head! - slots)...head! {
        let old = sums[at] ?? (0, 0)
        sums[at] = (old.part + part, old.total + total)
      }
    }
  }

  enum Amounts: CaseIterable { case small, large, negative, fractions, mixed }

  private func amount(_ kind: Amounts, _ random: inout SeededGenerator) -> Double {
    switch kind {
    case .small: Double(Int.random(in: 0...1_000, using: &random))
    case .large: Double(Int.random(in: 0...1_500_000_000, using: &random))
    case .negative: Double(Int.random(in: -5_000...5_000, using: &random))
    case .fractions: Double.random(in: 0...1, using: &random)
    case .mixed:
      Int.random(in: 0..<50, using: &random) == 0 ? 0.1 : Double(Int.random(in: 0...9, using: &random))
    }
  }

  @Test(arguments: Amounts.allCases)
  func sumsComeBackToTheLastBit(kind: Amounts) {
    for (slots, start) in [(70, 0), (64, -500), (65, 1_000_003), (95, 31)] as [(Int, Int64)] {
      var random = SeededGenerator(seed: UInt64(slots))
      var ring = Ring(step: 10, slots: slots, columns: 2)
      var plain = Plain(slots: Int64(slots))
      var edge = start
      for _ in 0..<600 {
        edge += [0, 0, 1, 1, 2, 33, 200][Int.random(in: 0..<7, using: &random)]
        let late = Int64.random(in: 0..<10, using: &random) == 0 ? Int64.random(in: 0...90, using: &random) : 0
        ring.advance(to: edge * 10)
        plain.advance(to: edge)
        let (part, total) = (amount(kind, &random), amount(kind, &random))
        ring.add(part: part, total: total, column: 1, at: (edge - late) * 10)
        plain.add(part, total, at: edge - late)
      }
      for at in ring.oldest!...ring.head! {
        let want = plain.sums[at] ?? (0, 0)
        #expect(ring.totals(column: 1, at: at * 10) == want)
        #expect(ring.totals(column: 0, at: at * 10) == (0, 0))
      }
      let wide = ring.widened(to: 6)
      var copy = Ring(step: 10, slots: slots, columns: 4, head: ring.head)
      copy.copy(column: 3, from: wide, column: 1)
      for side in 0..<2 {
        var (sums, copied): ([Double], [Double]) = ([], [])
        wide.forEachSum(column: 1, side: side) { sums.append($0) }
        copy.forEachSum(column: 3, side: side) { copied.append($0) }
        #expect(
          sums
            == (ring.oldest!...ring.head!).map { at in
              side == 0 ? plain.sums[at]?.part ?? 0 : plain.sums[at]?.total ?? 0
            })
        #expect(copied == sums)
      }
    }
  }

  @Test func onlySumsThatNeedItTakeTheirWholeSize() {
    var block = RingBlock(from: [1e9, 2e9, 5, 0x1p51])
    for _ in 0..<10 { block.add(200_000_000, 1, 0, edges: 3...31) }
    #expect(!block.isWide)
    #expect(block.pair(31, 0) == (3e9, 2_000_000_010))
    #expect(block.pair(2, 0) == (1e9, 2e9))
    // One event more than 32 bits hold.
    block.add(147_483_647, 0, 0, edges: 31...31)
    #expect(!block.isWide)
    block.add(1, 0, 0, edges: 30...31)
    #expect(block.isWide)
    #expect(block.pair(31, 0) == (3_147_483_648, 2_000_000_010))
    #expect(block.pair(30, 0) == (3_000_000_001, 2_000_000_010))
    #expect(block.pair(0, 2) == (5, 0x1p51))
    #expect(RingBlock(from: [0.5, 0]).isWide)
    #expect(RingBlock(from: [0x1p52, 0]).isWide)
  }

  /// A snapshot is written from a copy while samples go on: the copy must stay as it was.
  @Test func aCopyStaysAsItWas() {
    var (ledger, series, _) = IngestTests.ledger()
    func send(_ steps: Range<Int64>) {
      for step in steps {
        let time = IngestTests.start + .seconds(15 * step)
        ledger.ingest(series, CounterSample(time: time, value: Double(step * 3)), now: time)
      }
    }
    send(0..<2_000)
    let copy = ledger
    let before = copy.snapshot()
    send(2_000..<2_400)
    #expect(copy.snapshot() == before)
    #expect(ledger.snapshot() != before)
    #expect(Ledger(snapshot: before)?.snapshot() == before)
  }
}
