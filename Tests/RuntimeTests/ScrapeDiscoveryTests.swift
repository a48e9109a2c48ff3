import Base
import Foundation
import Ledger
import Testing

@testable import Runtime

struct ScrapeDiscoveryTests {
  private func directory() throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sd-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func readsJSONAndYAMLAndFollowsTheirChanges() throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write(
      #"[{"targets": ["a:1", "b:2"], "labels": {"zone": "x", "__metrics_path__": "/m"}}]"#, directory + "/1.json")
    try write(
      "- targets: [c:3]\n  labels: {__scheme__: https, __scrape_interval__: 5s, job: other}\n", directory + "/2.yaml")
    try write("not looked at", directory + "/3.txt")
    var discovery = ScrapeDiscovery([ScrapeJob(name: "shop", files: [directory + "/*.json", directory + "/*.yaml"])])
    let (targets, problems) = discovery.look()
    #expect(problems.isEmpty)
    #expect(targets.map(\.url) == ["http://a:1/m", "http://b:2/m", "https://c:3/metrics"])
    #expect(targets.map(\.job) == ["shop", "shop", "other"] && targets.map(\.instance) == ["a:1", "b:2", "c:3"])
    #expect(targets[0].labels == [.init(name: "zone", value: "x")] && targets[2].interval == .seconds(5))

    try write(#"[{"targets": ["a:1"]}]"#, directory + "/1.json")
    #expect(discovery.look().targets.map(\.url) == ["http://a:1/metrics", "https://c:3/metrics"])
    try write("[{", directory + "/1.json")
    let broken = discovery.look()
    #expect(broken.targets.count == 2, "a bad file keeps the targets it had")
    #expect(broken.problems.count == 1 && broken.problems[0].contains("1.json:"))
    #expect(discovery.look().problems.isEmpty, "said once")
    try FileManager.default.removeItem(atPath: directory + "/2.yaml")
    #expect(discovery.look().targets.map(\.url) == ["http://a:1/metrics"])
  }

  @Test(arguments: [
    ("- targets: a:1", "without `targets`"), ("a: 1", "not a list"), ("- {targets: [a:1], lables: {}}", "unknown key"),
    ("- {targets: ['http://a:1/x']}", "is no HOST:PORT"),
    ("- {targets: [a:1], labels: {__scheme__: ftp}}", "neither http"),
    ("- {targets: [a:1], labels: {__scrape_interval__: 1ms}}", "no interval"),
  ])
  func sayWhatIsWrong(_ text: String, _ expected: String) throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write(text, directory + "/1.yaml")
    var discovery = ScrapeDiscovery([ScrapeJob(name: "shop", files: [directory + "/1.yaml"])])
    let (targets, problems) = discovery.look()
    #expect(targets.isEmpty && problems.count == 1 && problems.first?.contains(expected) == true, "\(problems)")
  }

  @Test func parametersAndLabelsOfTheJobAreJoined() {
    var job = ScrapeJob(name: "probe", addresses: ["p:9"])
    job.metricsPath = "/probe"
    job.parameters = [.init(name: "module", value: "http 2xx")]
    job.labels = [.init(name: "zone", value: "a")]
    var problems: [String] = []
    let groups = [
      TargetGroup(
        targets: ["p:9"], labels: [.init(name: "__param_target", value: "x&y"), .init(name: "zone", value: "b")])
    ]
    let targets = job.targets(of: groups, &problems)
    #expect(targets.map(\.url) == ["http://p:9/probe?module=http%202xx&target=x%26y"])
    #expect(targets.first?.labels == [.init(name: "zone", value: "b")] && problems.isEmpty)
  }

  @Test func aTargetThatComesBackIsANewOne() {
    let target = ScrapeTarget(job: "a", url: "http://a/metrics")
    var book = ScrapeBook()
    let first = book.use([target]).begun[0].1
    #expect(book.use([target]).begun.isEmpty && book.follows(target, first))
    #expect(book.use([]).ended == [target] && !book.follows(target, first))
    let second = book.use([target]).begun[0].1
    #expect(!book.follows(target, first) && book.follows(target, second))
    book.note(target, at: .epoch, took: .seconds(1), samples: 0, error: "refused")
    book.note(target, at: .epoch + .seconds(9), took: .seconds(1), samples: 0, error: "refused")
    #expect(book.statuses.first?.failingSince == .epoch)
    book.note(target, at: .epoch + .seconds(20), took: .seconds(1), samples: 7, error: nil)
    #expect(book.statuses.first?.failingSince == nil && book.statuses.first?.samples == 7)
  }

  @Test func labelsJoinAsInPrometheus() {
    let exposed = LabelSet(metric: "x", ["instance": "inner", "job": "own", "zone": "z", "exported_job": "older"])
    var settings = ScrapeSettings()
    func joined() -> LabelSet {
      exposed.joined(
        by: ScrapeTarget(
          job: "shop", url: "http://a:1/metrics", settings: settings, labels: [.init(name: "zone", value: "q")]))
    }
    #expect(
      joined()
        == LabelSet(
          metric: "x",
          [
            "job": "shop", "instance": "a:1", "zone": "q", "exported_instance": "inner", "exported_exported_job": "own",
            "exported_zone": "z", "exported_job": "older",
          ]))
    settings.honorLabels = true
    #expect(joined() == exposed)
  }
}
