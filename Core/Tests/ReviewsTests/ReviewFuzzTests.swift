import Base
import Events
import Glibc
import Reviews
import Testing

/// Seeded texts of what the lexicon and the index look for, in any order: they end, say places that there are, and take
/// no longer a letter in a long text than in a short one.
@Suite struct ReviewFuzzTests {
  private static let pieces = [
    "ana", "Ana Sousa", "ben", "Will", "should", "have", "n't", "'s", "\u{2019}s", " ", " ", " ", "\n", "\n\n", "\r\n",
    ".",
    "|", "- ", "`", "```\n", "~~~", "the operator", "on call", "failed to", "human", "error", "-", "_", "caused by",
    "mistake of", "é", "İ", "\u{301}", "😀", "\0", "\u{FEFF}", "12", "had", "she", "not", "been", "blame", "whoever",
    "#",
  ]

  private static func text(_ random: inout SeededGenerator, pieces count: Int) -> String {
    (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  @Test func findingsStandWhereTheySay() {
    var random = SeededGenerator(seed: 20_261_121)
    for round in 0..<1_500 {
      let text = Self.text(&random, pieces: Int.random(in: 0...60, using: &random))
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let found = Lexicon.check(text, people: LexiconTests.people, inCauses: round.isMultiple(of: 2))
      for finding in found {
        #expect(finding.line >= 1 && finding.line <= text.utf8.count { $0 == 10 } + 1, "round \(round)")
        #expect(finding.column >= 1 && !finding.excerpt.isEmpty && lines.count >= 1, "round \(round)")
      }
      #expect(found == Lexicon.check(text, people: LexiconTests.people, inCauses: round.isMultiple(of: 2)))
    }
  }

  @Test func anythingCanBeIndexedAndSearched() throws {
    var random = SeededGenerator(seed: 5)
    var index = ReviewIndex()
    for round in 1...300 {
      let number = Int.random(in: 1...40, using: &random)
      index.put(
        try ReviewIndexTests.review(
          number, Self.text(&random, pieces: 8), factors: Self.text(&random, pieces: 80)))
      let query = Self.text(&random, pieces: Int.random(in: 0...6, using: &random))
      let hits = index.search(query)
      #expect(hits.allSatisfy { $0.score.isFinite && $0.excerpt.count <= 170 }, "round \(round)")
      _ = index.similar(to: ULID(high: 1, low: UInt64(number)))
    }
    #expect(index.count <= 40)
  }

  /// Sixteen times the text may take sixteen times as long, with leave for four times that; the square would be two
  /// hundred and fifty-six times.
  @Test(arguments: [
    "It was human error of the operator on call, ", "Ana ", "should not ", "`code ", "x\n", "- a | b\n",
  ])
  func timeGrowsWithTheText(_ piece: String) {
    // Time of the processor: what else the machine does counts for nothing.
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    func time(_ bytes: Int) -> Double {
      let text = String(repeating: piece, count: bytes / piece.utf8.count)
      return (0..<2).map { _ in
        let start = now()
        _ = Lexicon.check(text, people: LexiconTests.people, inCauses: true)
        return now() - start
      }.min() ?? 0
    }
    let (short, long) = (time(2 << 10), time(32 << 10))
    #expect(long < short * 64 + 0.05, "\(short) and \(long)")
  }
}
