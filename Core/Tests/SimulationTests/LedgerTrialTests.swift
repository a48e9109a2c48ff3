import Base
import Simulation
import Testing

@Suite struct LedgerTrialTests {
  @Test(arguments: 0..<4 as Range<UInt64>) func figuresEqualARecount(block: UInt64) {
    for seed in block * 5..<block * 5 + 5 {
      var trial = LedgerTrial(seed: seed)
      let report = trial.run()
      #expect(report.violations == [], "seed \(seed)")
      #expect(report.figures > 100, "seed \(seed)")
    }
  }

  @Test func oneSeedIsOneRun() {
    var (one, other) = (LedgerTrial(seed: 3), LedgerTrial(seed: 3))
    #expect(one.run().trace.value == other.run().trace.value)
  }
}
