import Base
import Definitions
import Foundation
import Ledger
import Objectives
import Testing
import Wire

@Suite struct ObjectiveMappingTests {
  private static let reel = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("examples/reel").path

  @Test func everySLOOfTheExampleIsCounted() throws {
    let snapshot = try #require(DefinitionsLoader().check(Self.reel).snapshot)
    let (objectives, diagnostics) = ObjectiveCompiler.compile(snapshot)
    #expect(diagnostics.map(\.description) == [])
    #expect(objectives.count >= snapshot.all(SLOSpec.self).count)
    let playback = try #require(objectives.first { $0.id == "playback-availability" })
    #expect(playback.rules.first?.name == "page 1h/5m")
    #expect(playback.rules.first?.factor == 13.44)
    let matcher = SeriesMatcher(objectives)
    let targets = matcher.targets(
      of: LabelSet(metric: "http_requests_total", ["service": "playback", "code": "503", "instance": "a:80"]))
    #expect(targets.contains(SLITarget(id: "playback-availability", side: .bad)))
    #expect(targets.contains(SLITarget(id: "playback-availability", side: .total)))
  }

  @Test func writtenConditionsAndUncountableSLOs() throws {
    let directory = URL(fileURLWithPath: NSTemporaryDirectory())
      .appendingPathComponent("mainstay-mapping-\(UInt32.random(in: 0...(.max)))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    func slo(_ name: String, _ window: String, _ query: String, _ rest: String) -> String {
      """
      apiVersion: openslo/v1
      kind: SLO
      metadata: {name: \(name)}
      spec:
        service: shop
        budgetingMethod: Occurrences
        timeWindow: [\(window)]
        indicator:
          metadata: {name: \(name)-sli}
          spec:
            ratioMetric:
              counter: true
              good: {metricSource: {type: Prometheus, spec: {query: '\(query)'}}}
              total: {metricSource: {type: Prometheus, spec: {query: 'requests_total'}}}
        objectives: [{displayName: a, target: 0.99}]
      \(rest)
      ---

      """
    }
    let policy = """
        alertPolicies:
          - kind: AlertPolicy
            metadata: {name: fast}
            spec:
              alertWhenBreaching: true
              conditions:
                - kind: AlertCondition
                  metadata: {name: fast-burn}
                  spec:
                    severity: page
                    condition: {kind: burnrate, op: gte, threshold: 10, lookbackWindow: 2h, alertAfter: 5m}
              notificationTargets: [{targetRef: someone}]
      """
    let text =
      slo("counted", "{duration: 4w, isRolling: true}", "good_total", policy)
      + slo("ratio-of", "{duration: 4w, isRolling: true}", "avg(good_total)", "")
      + "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n---\n"
      + "apiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: {name: someone}\nspec: {target: email}\n"
    try text.write(to: directory.appendingPathComponent("slo.yaml"), atomically: true, encoding: .utf8)
    let result = DefinitionsLoader().check(directory.path)
    let snapshot = try #require(result.snapshot, "\(result.diagnostics)")
    let (objectives, diagnostics) = ObjectiveCompiler.compile(snapshot)
    #expect(objectives.map(\.id) == ["counted"])
    #expect(objectives.first?.period == .days(28))
    #expect(objectives.first?.rules.map(\.name) == ["page 2h/10m"])
    #expect(objectives.first?.rules.first?.hold == .minutes(5))
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.description.contains("SLO ratio-of is not counted: column 1: 'avg'") == true)
  }

  /// Sloth's examples in small: events with a difference, raw ratios of gauges, samples judged one by one, a plugin.
  @Test func slothFilesAreCounted() throws {
    let text = """
      version: prometheus/v1
      service: shop
      slos:
        - name: latency
          objective: 99
          sli:
            events:
              error_query: |
                (
                  sum(rate(latency_count{verb!="WATCH"}[{{.window}}]))
                  -
                  sum(rate(latency_bucket{le="0.4",verb!="WATCH"}[{{.window}}]))
                )
              total_query: sum(rate(latency_count{verb!="WATCH"}[{{.window}}]))
          alerting: {name: Slow, ticket_alert: {disable: true}}
        - name: wifi
          objective: 95
          sli:
            events:
              error_query: sum_over_time((count(satisfaction < 0.75))[{{.window}}:]) OR on() vector(0)
              total_query: sum_over_time((count(satisfaction))[{{.window}}:])
          alerting: {name: Wifi}
        - name: average
          objective: 95
          sli:
            raw:
              error_ratio_query: |
                1 - (
                  sum(sum_over_time(satisfaction[{{.window}}])) / sum(count_over_time(satisfaction[{{.window}}]))
                )
          alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
        - name: plugged
          objective: 95
          sli: {plugin: {id: some_plugin}}
          alerting: {name: Plugged}
      """
    let result = DefinitionsReader().read([("sloth.yaml", Array(text.utf8))])
    let snapshot = try #require(result.snapshot, "\(result.diagnostics)")
    let (objectives, diagnostics) = ObjectiveCompiler.compile(snapshot)
    #expect(objectives.map(\.id) == ["shop-average", "shop-latency", "shop-wifi"])
    let (average, latency, wifi) = (objectives[0], objectives[1], objectives[2])
    // What is not slow is good: the bucket counts, and nothing has to be taken away from the total.
    #expect(latency.counts == .good && latency.part.description == #"latency_bucket{le="0.4",verb!="WATCH"}"#)
    #expect(latency.rules.map(\.severity) == [.page, .page])
    #expect(latency.traffic == .derived)
    #expect(wifi.counts == .bad && wifi.part.terms.map(\.reading) == [.samplesWhere(.less, 0.75)])
    #expect(wifi.traffic == TrafficGuard())
    #expect(average.counts == .good && average.part.terms.map(\.reading) == [.value])
    #expect(average.total.terms.map(\.reading) == [.samples] && average.rules.isEmpty)
    #expect(diagnostics.count == 1)
    #expect(diagnostics.first?.description.contains("comes from the Sloth plugin some_plugin") == true)
  }

  /// Every SLI of Sloth's own examples is counted, but for plugins and a function of another query language.
  @Test func slothExamplesAreCounted() throws {
    guard let root = DefinitionsConformance.suites else { return }
    var uncounted: Set<String> = []
    for path in DefinitionsConformance(root: root).files(below: "openslo/sloth/examples/input", endings: ["yml"]) {
      let snapshot = try #require(DefinitionsLoader().check(path).snapshot)
      for diagnostic in ObjectiveCompiler.compile(snapshot).diagnostics {
        let isExpected = ["Sloth plugin", "histogram_share", "vector(0)"].contains { diagnostic.message.contains($0) }
        #expect(isExpected, "\(diagnostic)")
        uncounted.insert(diagnostic.message)
      }
    }
    #expect(!uncounted.isEmpty)
  }
}
