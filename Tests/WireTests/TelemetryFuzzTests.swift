import Base
import Foundation
import Ledger
import Testing

@testable import Wire

/// Seeded mutations of bodies that real senders made: whatever comes in, a decoder answers or refuses, and what it
/// keeps stays within its bounds. `MAINSTAY_FUZZ_ROUNDS` makes it longer.
@Suite struct TelemetryFuzzTests {
  private static let rounds =
    (ProcessInfo.processInfo.environment["MAINSTAY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 3_000) / 3

  /// Bytes that mean something to one of the formats.
  private static let tokens: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "null", "1e999", "-", "0", "\"NaN\"", "|", "|c", "|@",
      "|#", "\n", "_e{", "\"attributes\":", "\"points\":", "99999999999999999999",
    ].map { Array($0.utf8) } + [
      [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x0A, 0x00],
      [0x00],
      [0xFF], [0x3A, 0x7F],
    ]

  private func mutated(_ bytes: [UInt8], with other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let length = Int.random(in: 0...24, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: place)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + length))
      case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
      case 4:
        let start = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other[start..<min(other.count, start + 60)], at: place)
      case 5: bytes.insert(contentsOf: Array(bytes[place..<min(bytes.count, place + length)]), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  private func fuzz(_ names: [String], seed: UInt64, _ take: ([UInt8]) -> Void) throws {
    var random = SeededGenerator(seed: seed)
    let bodies = try names.map { try OTLPMetricsTests.corpus($0) }
    for _ in 0..<Self.rounds {
      let body = bodies.randomElement(using: &random) ?? []
      take(mutated(body, with: bodies.randomElement(using: &random) ?? [], &random))
    }
  }

  private static let metrics = ["otlp-metrics-cumulative.pb", "otlp-metrics-delta.pb", "otlp-metrics.json"]
  private static let traces = ["otlp-traces.pb", "otlp-traces.json"]

  @Test func metricsOfOTLP() throws {
    var limits = OTLPMetrics.Limits()
    limits.samples = 200
    limits.keyBytes = 20_000
    try fuzz(Self.metrics, seed: 1) { body in
      for read in [try? OTLPMetrics(body, limits: limits), try? OTLPMetrics(json: body, limits: limits)] {
        guard let read else { continue }
        #expect(read.telemetry.count <= limits.samples + 1 && read.keys.count <= limits.keyBytes)
        #expect(read.rejectedCount <= read.points)
        for series in read.telemetry { _ = read.labels(of: series.key) }
      }
      _ = OTLPMetrics.labelsOfForeignKey(body)
    }
  }

  @Test func spansOfOTLP() throws {
    let rules = [
      SpanRule(
        id: "a", selection: [SpanTest(.attribute("user"), .text { !$0.isEmpty })],
        bad: .any([.test(SpanTest(.attribute("http.response.status_code"), .compare(.greater, 300)))])),
      SpanRule(
        id: "b", selection: [SpanTest(.service, .equal("checkout"))], bad: .test(SpanTest(.status, .equal("error")))),
    ]
    let matcher = SpanMatcher(rules)
    try fuzz(Self.traces, seed: 2) { body in
      for spans in [try? OTLPSpans(body), try? OTLPSpans(json: body)] {
        guard let spans else { continue }
        let outcome = matcher.count(spans)
        #expect(outcome.matched <= spans.spans.count && spans.spans.count + spans.rejected <= spans.received)
      }
    }
  }

  @Test func seriesOfDatadog() throws {
    var limits = DatadogSeries.Limits()
    limits.samples = 100
    try fuzz(["datadog-v1.json", "datadog-v2.json", "datadog-distributions.json"], seed: 3) { body in
      for form in [DatadogSeries.Form.v1, .v2, .distributions] {
        guard let read = try? DatadogSeries(body, form: form, limits: limits) else { continue }
        for series in read.telemetry { _ = DatadogSeries.labels(series.key) }
      }
      _ = DatadogSeries.labels(body[...])
    }
  }

  @Test func datagramsOfDogStatsD() throws {
    var limits = DogStatsDAggregator.Limits()
    limits.cells = 50
    limits.values = 500
    limits.keyBytes = 2_000
    var aggregator = DogStatsDAggregator(limits: limits)
    try fuzz(["dogstatsd.txt"], seed: 4) { body in
      aggregator.take(body, at: Instant(seconds: 1_790_000_000))
      _ = DogStatsD.labels(body[...])
      if Int(body.first ?? 0).isMultiple(of: 16) {
        let batch = aggregator.flush()
        #expect(batch.series.count <= limits.cells && batch.samples <= limits.cells + limits.values)
        for series in batch.series { _ = DogStatsD.labels(series.key) }
      }
    }
  }

  @Test func packedBodies() throws {
    try fuzz(["body.gz", "body.deflate", "body.zst"], seed: 5) { body in
      for compression in [Compression.gzip, .deflate, .zstd] {
        if let bytes = try? compression.decode(body, limit: 5_000) { #expect(bytes.count <= 5_000) }
      }
    }
  }
}

extension OTLPMetrics {
  /// Bytes that are no key of this request.
  static func labelsOfForeignKey(_ bytes: [UInt8]) -> LabelSet? { (try? OTLPMetrics([]))?.labels(of: bytes[...]) }
}
