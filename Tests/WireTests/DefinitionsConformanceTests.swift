import Testing

/// `make conformance` runs these and shows the lines they print.
@Suite struct DefinitionsConformanceTests {
  @Test func backstage() throws {
    guard let root = DefinitionsConformance.suites else {
      print("Backstage: not run (no suite at $MAINSTAY_SUITES or ../shared/data)")
      return
    }
    let outcome = try DefinitionsConformance(root: root).backstage()
    print(outcome.summary)
    #expect(outcome.failures.isEmpty)
    #expect(outcome.total > 0)
  }

  @Test func openSLO() {
    guard let root = DefinitionsConformance.suites else {
      print("OpenSLO v1: not run (no suite at $MAINSTAY_SUITES or ../shared/data)")
      return
    }
    let outcome = DefinitionsConformance(root: root).openSLO()
    print(outcome.summary)
    #expect(outcome.failures.isEmpty)
    #expect(outcome.total > 0)
  }
}
