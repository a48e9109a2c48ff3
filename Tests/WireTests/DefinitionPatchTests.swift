import Alerts
import Base
import Definitions
import Events
import Fatigue
import Foundation
import Testing
import Wire

/// Patches are only worth offering where `git apply` takes them and the definitions hold afterwards.
@Suite struct DefinitionPatchTests {
  private static let reel = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("examples/reel")

  private func snapshot(_ path: String) throws -> Snapshot {
    try #require(DefinitionsLoader().check(path).snapshot)
  }

  /// Applies a patch to a copy of the example as a person would, and reads the result.
  private func apply(_ patch: DefinitionPatch) throws -> (Snapshot, [String]) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patch-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.copyItem(at: Self.reel, to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("change.patch")
    try Data(patch.text.utf8).write(to: file)
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    git.arguments = ["git", "apply", "--whitespace=error-all", "change.patch"]
    git.currentDirectoryURL = folder
    try git.run()
    git.waitUntilExit()
    #expect(git.terminationStatus == 0, "\(patch.text)")
    try FileManager.default.removeItem(at: file)
    let result = DefinitionsLoader().check(folder.path)
    #expect(!result.diagnostics.hasErrors)
    return (try #require(result.snapshot), result.diagnostics.map(\.description))
  }

  @Test func anSLOWaitsOrOnlyAsksForATicket() throws {
    let before = try snapshot(Self.reel.path)
    let rule = AlertRule(kind: .slo, name: "playback-latency", service: "playback", urgency: .page)
    for (change, key, value) in [
      (RuleChange.hold(.minutes(10)), "mainstay.dev/page-after", "10m"), (.ticket, "mainstay.dev/alerts", "ticket"),
      (.remove, "mainstay.dev/alerts", "none"),
    ] {
      let patch = try DefinitionPatch.make(change, of: rule, policy: nil, reason: "x", in: before)
      let (after, _) = try apply(patch)
      let slo = try #require(after.find(SLOSpec.self, named: "playback-latency"))
      #expect(slo.metadata.annotation(key) == value)
      // Nothing else has changed.
      #expect(after.documents.count == before.documents.count)
      let others = { (snapshot: Snapshot) in
        snapshot.documents.filter { $0.ref.name != "playback-latency" }.map { "\($0.ref) \($0.node.json.text)" }
      }
      #expect(others(after) == others(before))
    }
  }

  @Test func aTiersWaitIsReplacedOrAdded() throws {
    let before = try snapshot(Self.reel.path)
    let components = before.all(ComponentSpec.self)
    var seen: Set<Int> = []
    for component in components {
      guard let level = component.metadata.annotation(ServiceAnnotations.tier).flatMap({ Int($0) }),
        seen.insert(level).inserted
      else { continue }
      let rule = AlertRule(kind: .named, name: "X", service: component.ref.shortName)
      let patch = try DefinitionPatch.make(.group(.minutes(7)), of: rule, policy: nil, reason: "x", in: before)
      let (after, _) = try apply(patch)
      let tier = try #require(after.all(TierSpec.self).first { $0.spec.level == level })
      #expect(tier.spec.groupWait == .minutes(7))
    }
    #expect(seen.count > 2)
  }

  @Test func alertsOfASenderGetARouteOfTheirOwn() throws {
    let before = try snapshot(Self.reel.path)
    let rule = AlertRule(kind: .named, name: "Disk: \"full\"", service: "playback")
    let patch = try DefinitionPatch.make(
      .ticket, of: rule, policy: "streaming-oncall", reason: "two\nlines", in: before)
    let (after, _) = try apply(patch)
    let route = try #require(after.routes.first)
    #expect(route.name == "quieter-disk-full-playback" && route.spec.match.labels.map(\.value) == ["Disk: \"full\""])
    #expect(patch.new.contains("    urgency: ticket\n") && patch.new.hasPrefix("# two lines\n"))
  }

  @Test func whereNoPatchCanBeMadeItSaysWhatToDo() throws {
    let snapshot = try snapshot(Self.reel.path)
    func reason(_ change: RuleChange, _ rule: AlertRule) -> String? {
      do {
        _ = try DefinitionPatch.make(change, of: rule, policy: nil, reason: "x", in: snapshot)
        return nil
      } catch { return error.reason }
    }
    let named = AlertRule(kind: .named, name: "X", service: "playback")
    #expect(reason(.hold(.minutes(5)), named)?.contains("for: 5m") == true)
    let titled = AlertRule(kind: .titled, name: "x", service: nil)
    #expect(reason(.ticket, titled)?.contains("by hand") == true)
    let gone = AlertRule(kind: .slo, name: "gone", service: "playback", urgency: .page)
    #expect(reason(.ticket, gone)?.contains("no SLO gone") == true)
  }

  @Test func flowStyleAndQuotedValuesAreEditedOrRefused() throws {
    func tier(_ text: String) throws -> (Snapshot, String) {
      let head = "apiVersion: mainstay.dev/v1\nkind: Tier\nmetadata: {name: t}\n"
      let component =
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: c\n  annotations:\n"
        + "    mainstay.dev/tier: \"2\"\nspec:\n  type: service\n  lifecycle: production\n  owner: user:u\n---\n"
        + "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: u\nspec:\n  memberOf: []\n"
      let file = head + text + component
      let read = DefinitionsReader().read([("a.yaml", Array(file.utf8))])
      return (try #require(read.snapshot), file)
    }
    let rule = AlertRule(kind: .named, name: "X", service: "c")
    let (quoted, _) = try tier("spec:\n  level: 2\n  groupWait: '1m' # short\n")
    let patch = try DefinitionPatch.make(.group(.minutes(5)), of: rule, policy: nil, reason: "x", in: quoted)
    #expect(patch.new.contains("  groupWait: 5m # short\n"))
    let (flow, _) = try tier("spec: {level: 2}\n")
    let inBraces = try DefinitionPatch.make(.group(.minutes(5)), of: rule, policy: nil, reason: "x", in: flow)
    #expect(inBraces.new.contains("spec: {groupWait: 5m, level: 2}\n"))
    let (lines, _) = try tier("spec: {\n  level: 2}\n")
    let broken = try DefinitionPatch.make(.group(.minutes(5)), of: rule, policy: nil, reason: "x", in: lines)
    // Offered to nobody: what a change makes is read before it is shown.
    #expect(DefinitionsReader().read([("a.yaml", Array(broken.new.utf8))]).diagnostics.hasErrors)
  }

  /// An SLO in braces, by a program for Windows.
  @Test func annotationsAreMadeInBracesAndLineEndsStay() throws {
    let text = """
      apiVersion: openslo/v1
      kind: SLO
      metadata: { name: s }
      spec:
        service: shop
        indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true, good: {metricSource: {spec: {query: "a"}}},
          total: {metricSource: {spec: {query: "b"}}}}}}
        timeWindow: [{duration: 28d, isRolling: true}]
        budgetingMethod: Occurrences
        objectives: [{target: 0.99}]
      ---
      apiVersion: openslo/v1
      kind: Service
      metadata: {name: shop}
      """.replacing("\n", with: "\r\n")
    let snapshot = try #require(DefinitionsReader().read([("a.yaml", Array(text.utf8))]).snapshot)
    let rule = AlertRule(kind: .slo, name: "s", service: "shop", urgency: .page)
    let patch = try DefinitionPatch.make(.ticket, of: rule, policy: nil, reason: "x", in: snapshot)
    #expect(
      patch.new == text.replacing("{ name", with: "{ annotations: {mainstay.dev/alerts: ticket}, name"))
    let after = try #require(DefinitionsReader().read([("a.yaml", Array(patch.new.utf8))]).snapshot)
    #expect(after.find(SLOSpec.self, named: "s")?.metadata.annotation("mainstay.dev/alerts") == "ticket")
  }

  /// PagerDuty's events, mapped webhooks and heartbeats have no label `alertname`: their titles tell them apart.
  @Test func alertsWithoutANameGetARouteByTheirTitle() throws {
    let before = try snapshot(Self.reel.path)
    let summaries = [
      "Card terminal 17 | eu-west (rack 4) is down: 3.5 s", "Card terminal 2 | eu-west (rack 11) is down: 0.25 s",
    ]
    let rules = summaries.map { summary in
      AlertRule(
        Signal(
          key: "k", service: "billing", severity: .error, urgency: .page, summary: summary, labels: [],
          integration: "pagerduty/payment-provider"))
    }
    #expect(rules[0] == rules[1])
    let patch = try DefinitionPatch.make(
      .remove, of: rules[0], policy: "platform-oncall", reason: "none was actionable", in: before)
    let (after, _) = try apply(patch)
    let route = AlertRoute(try #require(after.routes.first))
    #expect(route.match.integrations == ["payment-provider"] && route.set.urgency == .record)
    func matches(_ summary: String, _ integration: Substring = "payment-provider") -> Bool {
      route.matches(
        .init(
          service: "billing", owner: nil, tier: nil, severity: .error, labels: [], integration: integration,
          summary: summary))
    }
    #expect(summaries.allSatisfy { matches($0) })
    #expect(!matches("Card terminal 17 is up") && !matches(summaries[0], "other"))
    // A title is cut at 100 characters; what follows it may be anything.
    let long = AlertRule(
      Signal(
        key: "k", service: nil, severity: .error, urgency: .page, summary: String(repeating: "a+b ", count: 40),
        labels: [], integration: "webhook/gone"))
    let cut = try DefinitionPatch.make(.ticket, of: long, policy: nil, reason: "x", in: before)
    let (cutAfter, _) = try apply(cut)
    let cutRoute = AlertRoute(try #require(cutAfter.routes.first))
    #expect(cutRoute.match.integrations.isEmpty)
    #expect(cutRoute.match.matchers[0].matches(String(repeating: "a+b ", count: 40)))
  }
}
