import Base
import Foundation
import Ledger
import Testing

@testable import Wire

@Suite struct OTLPConformanceTests {
  /// The outside suite, where it is there: the examples of opentelemetry-proto,
  /// `$MAINSTAY_SUITES/telemetry/otlp/*.json`. Each must be read whole: as many points, spans or records as it has, and
  /// nothing but exponential histograms left out.
  @Test func conformance() throws {
    let root = ProcessInfo.processInfo.environment["MAINSTAY_SUITES"] ?? "../shared/data"
    let folder = root + "/telemetry/otlp"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder).filter({ $0.hasSuffix(".json") })
    else {
      print("OTLP: not run (no suite at \(root))")
      return
    }
    var failed: [String] = []
    for name in names.sorted() {
      do {
        if let problem = try problem(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))) {
          failed.append("\(name): \(problem)")
        }
      } catch {
        failed.append("\(name): \(error)")
      }
    }
    print("OTLP: passed \(names.count - failed.count) of \(names.count)")
    for line in failed { print("  \(line)") }
    #expect(failed.isEmpty && !names.isEmpty)
  }

  private func problem(_ json: [UInt8]) throws -> String? {
    let tree = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
    func count(_ value: Any, _ key: String) -> Int {
      switch value {
      case let object as [String: Any]:
        ((object[key] as? [Any])?.count ?? 0) + object.values.reduce(0) { $0 + count($1, key) }
      case let list as [Any]: list.reduce(0) { $0 + count($1, key) }
      default: 0
      }
    }
    if tree["resourceMetrics"] != nil {
      let metrics = try OTLPMetrics(json: json)
      let expected = count(tree, "dataPoints")
      guard metrics.points == expected else { return "\(metrics.points) points of \(expected)" }
      guard metrics.rejected.keys.allSatisfy({ $0 == .exponentialHistogram }) else { return "\(metrics.rejected)" }
      let isNamed = metrics.telemetry.allSatisfy { metrics.labels(of: $0.key)["job"] == "my.service" }
      return isNamed ? nil : "a series without its resource"
    }
    if tree["resourceSpans"] != nil {
      let spans = try OTLPSpans(json: json)
      let expected = count(tree, "spans")
      return spans.spans.count == expected ? nil : "\(spans.spans.count) spans of \(expected)"
    }
    guard tree["resourceLogs"] != nil else { return "no signal that is known" }
    let bytes = try OTLPJSON.protobuf(json, .logs)
    let expected = count(tree, "logRecords")
    let found = try records(bytes)
    return found == expected ? nil : "\(found) records of \(expected)"
  }

  private func records(_ bytes: [UInt8]) throws -> Int {
    var count = 0
    try bytes.withUnsafeBufferPointer { base in
      func each(_ range: Range<Int>, _ field: UInt64, _ take: (Range<Int>) throws -> Void) throws {
        var reader = ProtobufReader(base, range)
        while let (number, type) = try reader.field() {
          if number == field, type == .bytes { try take(reader.bytes()) } else { try reader.skip(type) }
        }
      }
      try each(0..<base.count, 1) { try each($0, 2) { try each($0, 2) { _ in count += 1 } } }
    }
    return count
  }
}
