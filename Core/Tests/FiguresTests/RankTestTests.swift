import Base
import Testing

@testable import Figures

/// The expected values are SciPy 1.17's: `mannwhitneyu(method="asymptotic", use_continuity=True)`, `norm.sf`.
@Suite struct RankTestTests {
  private func minutes(_ values: [Int64]) -> [Interval] { values.map { .minutes($0) } }

  private func near(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) <= abs(expected) * 1e-11 } ?? false
  }

  @Test func agreesWithSciPy() throws {
    let low = minutes(Array(1...20))
    let high = minutes(Array(7...26))
    let down = try #require(RankTest(low, high))
    #expect(down.u == 98 && down.z < 0 && near(down.p, 0.006007188805334611))
    let up = try #require(RankTest(high, low))
    #expect(up.u == 302 && up.z > 0 && near(up.p, 0.006007188805334611))
    let small = try #require(RankTest(minutes([1, 2, 3]), minutes([4, 5, 6])))
    #expect(small.u == 0 && near(small.p, 0.08085559837005224))
  }

  @Test func correctsForTies() throws {
    let one = minutes([1, 1, 2, 2, 2, 5, 5, 5, 8, 8, 8, 8, 10, 10, 10, 20, 20, 30, 30, 60, 60])
    let other = minutes([2, 2, 5, 5, 8, 8, 8, 10, 10, 10, 10, 20, 20, 30, 30, 30, 60, 60, 60, 90, 120, 120])
    let test = try #require(RankTest(one, other))
    #expect(test.u == 149 && near(test.p, 0.045978380142340486))
    let same = try #require(RankTest(one, one))
    #expect(same.p == 1 && same.z == 0)
  }

  @Test func saysNothingWhereThereIsNothingToRank() {
    #expect(RankTest([], minutes([1, 2])) == nil)
    #expect(RankTest(minutes([1]), []) == nil)
    #expect(RankTest(minutes([3, 3, 3]), minutes([3, 3])) == nil)
  }

  @Test func theTailIsRightOnBothSidesOfTheSwitch() {
    let known = [
      (0, 0.5), (0.5, 0.3085375387259869), (1, 0.15865525393145707), (1.96, 0.024997895148220435),
      (2.999, 0.0013543365337271057), (3, 0.0013498980316300933), (3.5, 0.00023262907903552502),
      (6, 9.865876450376946e-10), (10, 7.61985302416047e-24), (30, 4.906713927147908e-198),
    ]
    for (z, tail) in known { #expect(near(Normal.upperTail(z), tail), "z = \(z): \(Normal.upperTail(z))") }
    #expect(Normal.upperTail(40) == 0)
  }

  @Test func holmRaisesTheSmallestMost() {
    let adjusted = RankTest.holm([0.01, 0.04, 0.03, 0.005])
    for (value, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) { #expect(near(value, expected)) }
    #expect(RankTest.holm([0.4, 0.9]) == [0.8, 0.9])
    #expect(RankTest.holm([]).isEmpty)
  }
}
