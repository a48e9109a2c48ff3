import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct ReplayTests {
  /// 40 minutes at one request a second, minutes 10 to 15 failing: 300 of the 2,390 that were counted after the first
  /// sample are bad.
  @Test func replayOfRecordedSamples() throws {
    let objective = try #require(ObjectiveCompiler.compile(.example(target: 0.999, period: .days(30))).objective)
    let start = Instant(seconds: 1_790_000_000)
    var samples: [SLOReplay.Sample] = []
    for second in stride(from: Int64(0), to: 2_400, by: 10) {
      let time = start + .seconds(second)
      let bad = Double(min(max(second - 600, 0), 300))
      samples.append(
        .init(labels: LabelSet(metric: "requests_total"), sample: .init(time: time, value: Double(second))))
      samples.append(.init(labels: LabelSet(metric: "errors_total"), sample: .init(time: time, value: bad)))
      samples.append(.init(labels: LabelSet(metric: "other"), sample: .init(time: time, value: 1)))
    }
    // A file lists one metric after the other.
    samples.sort { $0.labels.metric < $1.labels.metric }
    let report = SLOReplay.run(objective: objective, samples: samples)
    #expect(report.evaluation.status.total == 2_390)
    #expect(report.evaluation.status.good == 2_090)
    #expect(report.matched == 480)
    #expect(report.alerts.map(\.severity) == [.page, .ticket])
    let page = try #require(report.alerts.first)
    #expect(page.fired - start >= .seconds(650) && page.fired - start <= .seconds(700))
    #expect(page.resolved.map { $0 - start >= .seconds(1_200) && $0 - start <= .seconds(1_240) } == true)
    #expect(report.json["bad"]?.double == 300)
    #expect(report.json["alerts"]?[0]?["severity"]?.string == "page")
  }

  @Test func nothingRecorded() throws {
    let objective = try #require(ObjectiveCompiler.compile(.example(target: 0.999, period: .days(30))).objective)
    let report = SLOReplay.run(objective: objective, samples: [])
    #expect(report.json["state"]?.string == "noData")
    #expect(report.json["sli"] == .null)
  }
}
