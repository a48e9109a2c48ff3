import Base
import Testing

@Suite struct SortedChunksTests {
  @Test func agreesWithASetThroughRandomChanges() {
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var (chunks, plain) = (SortedChunks<Int64>(), Set<Int64>())
      for _ in 0..<6_000 {
        let value = Int64.random(in: 0..<3_000, using: &random)
        if Int.random(in: 0..<3, using: &random) == 0 {
          chunks.remove(value)
          plain.remove(value)
        } else {
          chunks.insert(value)
          plain.insert(value)
        }
        #expect(chunks.contains(value) == plain.contains(value))
      }
      let sorted = plain.sorted()
      #expect(Array(chunks) == sorted)
      #expect(Array(chunks.descending()) == sorted.reversed())
      #expect(chunks.count == sorted.count && chunks.first == sorted.first && chunks.last == sorted.last)
      for start in [-1, 0, 17, 1_500, 2_999, 5_000] as [Int64] {
        #expect(chunks.prefix(40, after: start) == Array(sorted.filter { $0 > start }.prefix(40)))
        #expect(Array(chunks.descending(before: start)) == sorted.filter { $0 < start }.reversed())
      }
    }
  }

  @Test func growsAtItsEndAndEmptiesFromItsStart() {
    var chunks = SortedChunks<Int64>()
    for value in 0..<5_000 as Range<Int64> { chunks.insert(value) }
    for value in 0..<5_000 as Range<Int64> {
      #expect(chunks.first == value)
      chunks.remove(value)
    }
    #expect(chunks.isEmpty && chunks.first == nil && chunks.prefix(3).isEmpty)
  }
}
