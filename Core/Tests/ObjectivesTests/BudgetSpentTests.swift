import Base
import Objectives
import Testing

@Suite struct BudgetSpentTests {
  @Test func theCostIsToldInBudgetAndMinutes() throws {
    // 1,000 of 10,000 requests in half an hour failed; the month has 2,000,000 and may lose 2,000 of them.
    let spent = try #require(
      BudgetSpent(bad: 1_000, total: 10_000, length: .minutes(30), traffic: 2_000_000, target: 0.999))
    #expect(abs(spent.share - 0.5) < 1e-9 && abs(spent.badMinutes - 3) < 1e-9)
    #expect(spent.bad == 1_000 && spent.total == 10_000)
  }

  @Test func withoutEventsOrWithoutABudgetThereIsNone() {
    #expect(BudgetSpent(bad: 0, total: 0, length: .minutes(1), traffic: 0, target: 0.9) == nil)
    #expect(BudgetSpent(bad: 1, total: 1, length: .minutes(1), traffic: 1, target: 1) == nil)
    #expect(BudgetSpent(bad: 1, total: 1, length: .zero, traffic: 1, target: 0.9) == nil)
  }

  @Test func aWindowThatHasLessBehindItIsAsLargeAsWhatWasSeen() throws {
    let spent = try #require(BudgetSpent(bad: 10, total: 100, length: .minutes(10), traffic: 0, target: 0.9))
    #expect(abs(spent.share - 1) < 1e-9)
  }
}
