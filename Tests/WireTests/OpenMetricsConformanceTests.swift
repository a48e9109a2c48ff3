import Base
import Foundation
import Ledger
import Testing

@testable import Wire

@Suite struct OpenMetricsConformanceTests {
  /// The outside suite, where it is there: `$MAINSTAY_SUITES/telemetry/openmetrics/parsers.json`.
  @Test func conformance() throws {
    let root = ProcessInfo.processInfo.environment["MAINSTAY_SUITES"] ?? "../shared/data"
    let path = root + "/telemetry/openmetrics/parsers.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      print("OpenMetrics: not run (no suite at \(root))")
      return
    }
    let suite = try JSONDecoder().decode(Suite.self, from: data)
    var failed: [String] = []
    for test in suite.cases {
      var problem: ExpositionError?
      do {
        _ = try Exposition(Array(test.metrics.utf8), format: .openMetrics)
      } catch {
        problem = error
      }
      if (problem == nil) != test.shouldParse {
        failed.append("\(test.id): \(problem.map { "\($0)" } ?? "was accepted")")
      }
    }
    print("OpenMetrics: passed \(suite.cases.count - failed.count) of \(suite.cases.count)")
    for line in failed { print("  \(line)") }
    #expect(failed.isEmpty)
  }

  struct Suite: Decodable {
    struct Case: Decodable {
      var id: String
      var shouldParse: Bool
      var metrics: String
    }

    var cases: [Case]
  }

  @Test func createdTimesJoinTheirCounters() throws {
    let text = """
      # TYPE http_requests counter
      http_requests_total{code="200"} 12 1790000000.5 # {trace="ab"} 1
      http_requests_created{code="200"} 1789999000.25 1790000000.5
      # TYPE latency histogram
      latency_bucket{le="0.1",path="/"} 3
      latency_bucket{le="+Inf",path="/"} 4
      latency_count{path="/"} 4
      latency_sum{path="/"} 1.5
      latency_created{path="/"} 1789999000
      # EOF

      """
    let exposition = try Exposition(Array(text.utf8), format: .openMetrics)
    #expect(exposition.samples.count == 5)
    let first = exposition.samples[0]
    #expect(exposition.labels(of: first) == LabelSet(metric: "http_requests_total", ["code": "200"]))
    #expect(first.value == 12)
    #expect(first.time == Instant(milliseconds: 1_790_000_000_500))
    #expect(first.created == Instant(milliseconds: 1_789_999_000_250))
    #expect(exposition.samples.dropFirst().allSatisfy { $0.created == Instant(seconds: 1_789_999_000) })
    #expect(exposition.exemplars == 1)
  }

  @Test func prometheusTextIsForgiving() throws {
    let text =
      "# HELP a b\n# TYPE a counter\n\na_total{ x = \"1\\\"2\\\\\\n\" , } 0x1p3 1790000000123\n"
      + "\tb\t+Inf\nc{} nan\nd 1e3"
    let exposition = try Exposition(Array(text.utf8), format: .prometheus)
    #expect(exposition.samples.map(\.value).prefix(2) == [8, .infinity])
    #expect(exposition.samples[0].time == Instant(milliseconds: 1_790_000_000_123))
    #expect(exposition.labels(of: exposition.samples[0])["x"] == "1\"2\\\n")
    #expect(exposition.samples[3].value == 1_000)
    for bad in [
      "a{", "a{b} 1", "a{b=\"c} 1", "1a 2", "a", "a 1 2 3", "a{b=\"1\",b=\"2\"} 1", "a 1_0", "a{b=\"c\"d=\"e\"} 1",
    ] {
      #expect(throws: ExpositionError.self) { _ = try Exposition(Array(bad.utf8), format: .prometheus) }
    }
  }

  @Test func lenientOpenMetricsIgnoresFamilyRules() throws {
    let text = "# TYPE a counter\na_total 1\n# TYPE b histogram\nb_sum 1\na_total{x=\"1\"} 2\n# EOF\n"
    #expect(throws: ExpositionError.self) { _ = try Exposition(Array(text.utf8), format: .openMetrics) }
    #expect(try Exposition(Array(text.utf8), format: .openMetricsLenient).samples.count == 3)
  }
}
