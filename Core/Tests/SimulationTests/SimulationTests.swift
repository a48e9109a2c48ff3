import Base
import Simulation
import Testing

@Suite struct SimulationTests {
  /// Seeds that once showed a defect.
  @Test func seedsThatShowedADefect() {
    // A window that lay between two edges of a coarse ring counted what was taken away after it.
    var trial = LedgerTrial(seed: 50_108)
    #expect(trial.run().violations == [])
    // A silence that stopped two alerts of a group at once; a step lost while its run was being cancelled.
    for seed in [70_155, 90_124] as [UInt64] {
      var simulation = Simulation(seed: seed)
      #expect(simulation.run().violations == [], "seed \(seed)")
    }
  }

  @Test func manyRunsAtOnceAllEndRightly() {
    var simulation = Simulation(seed: 5, crowd: 20)
    let report = simulation.run()
    #expect(report.violations == [])
    let counts = report.coverage.counts
    let ends = ["completed", "failed", "cancelled", "halted"].reduce(0) { $0 + (counts["run \($1)"] ?? 0) }
    // Those that halt page, and the page starts one more by itself.
    #expect(ends >= 20)
    #expect(report.crashes > 0)
    #expect(counts["run completed"] ?? 0 > 0)
  }

  @Test func whatNeverHappensIsTold() {
    var coverage = Coverage()
    #expect(coverage.missing(in: 99) == [])
    #expect(coverage.missing(in: 100).count == Coverage.wanted.count)
    var simulation = Simulation(seed: 1)
    coverage.add(simulation.run().coverage)
    #expect(coverage.missing(in: 100).count <= Coverage.wanted.count)
    #expect(coverage.counts["review drafted"] ?? 0 > 0)
  }
}
