import Base
import Definitions
import Foundation
import Ledger
import Testing
import Trees

@testable import Objectives

@Suite struct MaintenanceTests {
  private static let zones = ZoneFiles { name in
    FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
  }

  private func windows(_ specs: String...) throws -> MaintenanceWindows {
    var assembly = Assembly()
    for (index, spec) in specs.enumerated() {
      let text = """
        {"apiVersion":"mainstay.dev/v1","kind":"Maintenance","metadata":{"name":"m\(index)"},"spec":\(spec)}
        """
      assembly.add(
        ParsedFile(source: SourceFile(path: "\(index).yaml", text: text), documents: [try tree(text)]))
    }
    let result = assembly.result(references: false)
    let snapshot = try #require(result.snapshot, "\(result.diagnostics)")
    return MaintenanceWindows(snapshot) { try? Self.zones.zone(named: $0) }
  }

  private func text(_ ranges: [Range<Instant>]) -> [String] {
    ranges.map { "\($0.lowerBound.rfc3339)/\($0.upperBound.rfc3339)" }
  }

  private let november = Instant(rfc3339: "2026-11-01T00:00:00Z")!..<Instant(rfc3339: "2026-12-01T00:00:00Z")!

  @Test func onceForItsServicesAlone() throws {
    let windows = try windows(
      """
      {"services":["payments"],"start":"2026-11-06T04:00:00Z","end":"2026-11-06T05:00:00Z","reason":"r",
      "excludeFromBudget":true}
      """)
    #expect(
      text(windows.ranges(slo: "pay", service: "payments", within: november))
        == ["2026-11-06T04:00:00Z/2026-11-06T05:00:00Z"])
    #expect(windows.ranges(slo: "pay", service: "checkout", within: november).isEmpty)
    // Pages say why, and where it is written.
    let listed = windows.exclusions(slo: "pay", service: "payments", within: november)
    #expect(listed.map(\.reason) == ["r"] && listed.map(\.place) == ["a.yaml:1"])
  }

  /// Without `excludeFromBudget` a maintenance changes no budget.
  @Test func onlyWhereTheBudgetIsToLeaveItOut() throws {
    let windows = try windows(
      #"{"services":["a"],"start":"2026-11-06T04:00:00Z","end":"2026-11-06T05:00:00Z","reason":"r"}"#)
    #expect(windows.ranges(slo: "s", service: "a", within: november).isEmpty)
  }

  /// The second Sunday of each month, 03:00 in Lisbon: at +01:00 in October, at 00:00 in November.
  @Test func recurringInItsZone() throws {
    let windows = try windows(
      """
      {"slos":["pay"],"start":"2026-10-11T02:00:00Z","end":"2026-10-11T04:00:00Z","timeZone":"Europe/Lisbon",
      "rrule":"FREQ=MONTHLY;BYDAY=2SU","reason":"r","excludeFromBudget":true}
      """)
    let range = Instant(rfc3339: "2026-10-01T00:00:00Z")!..<Instant(rfc3339: "2026-12-13T04:00:00Z")!
    #expect(
      text(windows.ranges(slo: "pay.2@7d", service: "any", within: range)) == [
        "2026-10-11T02:00:00Z/2026-10-11T04:00:00Z", "2026-11-08T03:00:00Z/2026-11-08T05:00:00Z",
        "2026-12-13T03:00:00Z/2026-12-13T04:00:00Z",
      ])
    #expect(windows.ranges(slo: "payroll", service: "any", within: range).isEmpty)
    // A name of Sloth's with a dot in it is not an objective of the SLO before the dot.
    #expect(windows.ranges(slo: "pay.eu-requests", service: "any", within: range).isEmpty)
  }

  @Test func windowsThatTouchAreOneAndKeepTheirReasons() throws {
    let windows = try windows(
      """
      {"services":["a"],"start":"2026-11-06T04:00:00Z","end":"2026-11-06T05:00:00Z","reason":"one",
      "excludeFromBudget":true}
      """,
      """
      {"services":["a"],"start":"2026-11-06T05:00:00Z","end":"2026-11-06T07:00:00Z","reason":"two",
      "excludeFromBudget":true}
      """)
    #expect(
      text(windows.ranges(slo: "s", service: "a", within: november)) == ["2026-11-06T04:00:00Z/2026-11-06T07:00:00Z"])
    #expect(windows.exclusions(slo: "s", service: "a", within: november).map(\.reason) == ["one", "two"])
  }

  /// One that began before the stretch and one that ends after it are cut at its ends.
  @Test func cutAtTheEndsOfTheStretch() throws {
    let windows = try windows(
      """
      {"services":["a"],"start":"2026-10-30T00:00:00Z","end":"2026-10-31T12:00:00Z","reason":"r",
      "rrule":"FREQ=DAILY;INTERVAL=15","excludeFromBudget":true}
      """)
    let range = Instant(rfc3339: "2026-10-31T00:00:00Z")!..<Instant(rfc3339: "2026-11-14T06:00:00Z")!
    #expect(
      text(windows.ranges(slo: "s", service: "a", within: range)) == [
        "2026-10-31T00:00:00Z/2026-10-31T12:00:00Z", "2026-11-14T00:00:00Z/2026-11-14T06:00:00Z",
      ])
  }
}

/// Which objectives an error budget policy holds for.
@Suite struct PolicySelectionTests {
  private func selected(_ policy: String) throws -> [String] {
    func objective(_ id: String, _ service: String, composite: [CompositeMember] = []) -> Objective {
      Objective(
        id: id, service: service, displayName: id, target: 0.9, period: .days(30), counts: .bad,
        part: CountExpression([]), total: CountExpression([]), rules: [], composite: composite)
    }
    let objectives = [
      objective("web", "shop"), objective("web.2", "shop"), objective("web@7d", "shop"), objective("whole.1", "pay"),
      objective("whole.2", "pay"),
      objective("whole", "pay", composite: [CompositeMember(id: "whole.1"), CompositeMember(id: "whole.2")]),
    ]
    let texts = [
      """
      {"apiVersion":"mainstay.dev/v1","kind":"ErrorBudgetPolicy","metadata":{"name":"p"},"spec":\(policy)}
      """,
      """
      {"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"shop",
      "annotations":{"mainstay.dev/tier":"1"}},"spec":{"type":"service","lifecycle":"production","owner":"a"}}
      """,
    ]
    var assembly = Assembly()
    for text in texts {
      assembly.add(ParsedFile(source: SourceFile(path: "a.yaml", text: text), documents: [try tree(text)]))
    }
    let result = assembly.result(references: false)
    let snapshot = try #require(result.snapshot, "\(result.diagnostics)")
    let entity = try #require(snapshot.all(ErrorBudgetPolicySpec.self).first)
    return entity.objectives(among: objectives, in: snapshot)
  }

  @Test(arguments: [
    (#""slos":["web"]"#, ["web", "web.2"]), (#""services":["pay"]"#, ["whole"]), (#""tiers":[1]"#, ["web", "web.2"]),
    (#""tiers":[0]"#, []), (#""slos":["whole"],"tiers":[1]"#, ["web", "web.2", "whole"]),
  ])
  func bySLOServiceAndTier(selector: String, expected: [String]) throws {
    #expect(try selected("{\(selector),\"steps\":[{\"consumed\":\"50%\",\"action\":\"notify\"}]}") == expected)
  }
}
