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
    check("OpenSLO v1") { $0.openSLO() }
  }

  @Test func openSLOVersions() {
    check("OpenSLO v1alpha") { $0.openSLO(version: "openslo/v1alpha", name: "OpenSLO v1alpha") }
    check("OpenSLO v2alpha") { $0.openSLO(version: "openslo.com/v2alpha", name: "OpenSLO v2alpha") }
  }

  @Test func sloth() {
    check("Sloth files") { $0.slothFiles() }
    check("Sloth golden rules") { $0.slothGolden() }
    check("Sloth windows") { $0.slothWindows() }
    check("Sloth alert texts") { $0.slothTexts() }
  }

  private func check(_ name: String, _ judge: (DefinitionsConformance) -> DefinitionsConformance.Outcome) {
    guard let root = DefinitionsConformance.suites else {
      print("\(name): not run (no suite at $MAINSTAY_SUITES or ../shared/data)")
      return
    }
    let outcome = judge(DefinitionsConformance(root: root))
    print(outcome.summary)
    #expect(outcome.failures.isEmpty)
    #expect(outcome.total > 0)
  }
}
