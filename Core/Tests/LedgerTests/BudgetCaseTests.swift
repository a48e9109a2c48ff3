import CaseFiles
import Testing

/// Budgets worked by hand, in Cases/*.txt.
@Suite struct BudgetCaseTests {
  static let cases = WrittenCase.all()

  @Test(arguments: cases) func workedByHand(one: WrittenCase) throws {
    var budget = BudgetCase()
    try budget.run(one.lines)
  }

  @Test func thereAreCasesAndEachExpectsSomething() {
    #expect(Self.cases.count >= 25)
    for one in Self.cases {
      let verbs = one.lines.compactMap { $0.text.split(separator: " ").first }
      #expect(verbs.contains { ["budget", "count", "outcome"].contains($0) }, "\(one.title)")
    }
  }

  @Test(
    arguments: [
      "budget 5m at 3m: total 21", "budget 5m at 3m: left 99%", "count 0m to 3m: bad 1", "outcome: tooOld 1",
      "evaluates at 3m: 2m", "budget 5m at 3m:", "budget 5m at 3m: what 1", "load total at tomorrow: 1", "guess",
    ])
  func aWrongExpectationFails(line: String) {
    let lines = ["sli bad over 30d target 90%", "load total at 0m: 0+10x3", "load part at 0m: 0+1x3", line]
    var budget = BudgetCase()
    #expect(throws: BudgetCase.Failure.self) {
      try budget.run(lines.enumerated().map { ($0.offset + 1, $0.element) })
    }
  }
}
