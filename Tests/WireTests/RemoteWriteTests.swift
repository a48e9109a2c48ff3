import Base
import Ledger
import Testing

@testable import Wire

@Suite struct RemoteWriteTests {
  static func request(_ random: inout SeededGenerator, series: Int = 20) -> [(
    labels: LabelSet, samples: [CounterSample]
  )] {
    (0..<series).map { index in
      let labels = LabelSet(metric: "requests_total", ["instance": "host-\(index % 5):80", "code": "\(200 + index)"])
      let samples = (0..<Int.random(in: 0...4, using: &random)).map {
        CounterSample(time: Instant(milliseconds: 1_790_000_000_000 + Int64($0) * 15_000), value: Double(index * $0))
      }
      return (labels, samples)
    }
  }

  @Test func roundTrip() throws {
    var random = SeededGenerator(seed: 1)
    let sent = Self.request(&random)
    let read = try WriteRequest(compressed: WriteRequest.encode(sent))
    #expect(read.series.map { read.labels(of: $0) } == sent.map(\.labels))
    #expect(read.series.map { Array(read.samples[$0.samples]) } == sent.map(\.samples))
  }

  /// By hand, from snappy's format description: literals, and copies with one and two byte offsets that overlap.
  @Test func snappyVectors() throws {
    #expect(try Snappy.decode([0], limit: 10) == [])
    #expect(try Snappy.decode([3, 2 << 2, 1, 2, 3], limit: 10) == [1, 2, 3])
    #expect(try Snappy.decode([6, 0 << 2, 7, (5 - 4) << 2 | 1, 1], limit: 10) == [7, 7, 7, 7, 7, 7])
    #expect(try Snappy.decode([5, 1 << 2, 1, 2, (3 - 1) << 2 | 2, 2, 0], limit: 10) == [1, 2, 1, 2, 1])
    var random = SeededGenerator(seed: 3)
    for size in [0, 1, 59, 60, 61, 255, 256, 5_000, 100_000] {
      let bytes = (0..<size).map { _ in UInt8.random(in: 0...3, using: &random) }
      #expect(try Snappy.decode(Snappy.encode(bytes), limit: 200_000) == bytes)
    }
  }

  @Test func hostileLengthsAreRefusedBeforeAllocation() {
    #expect(throws: Snappy.Problem.tooLarge(0xFFFF_FFFF)) {
      _ = try Snappy.decode([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], limit: 1 << 20)
    }
    #expect(throws: Snappy.Problem.wrongLength) { _ = try Snappy.decode([0x80, 0x80, 0x40, 0], limit: 1 << 30) }
    #expect(throws: Snappy.Problem.truncated) { _ = try Snappy.decode([4, 3 << 2, 1], limit: 10) }
    #expect(throws: Snappy.Problem.badOffset) { _ = try Snappy.decode([9, 0, 1, 0x05, 9], limit: 10) }
    #expect(throws: Snappy.Problem.truncated) { _ = try Snappy.decode([], limit: 10) }
    #expect(throws: WriteRequest.Problem.malformed) { _ = try WriteRequest([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]) }
    var limits = WriteRequest.Limits()
    limits.samples = 3
    var random = SeededGenerator(seed: 1)
    #expect(throws: WriteRequest.Problem.tooManySamples(3)) {
      _ = try WriteRequest(compressed: WriteRequest.encode(Self.request(&random)), limits: limits)
    }
  }

  /// Seeded mutations of real bodies: any answer but a crash or a hang.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func mutatedBodies(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let packed = WriteRequest.encode(Self.request(&random))
    let plain = try! Snappy.decode(packed, limit: 1 << 20)
    let text = Array(
      """
      # TYPE a histogram
      # HELP a help
      a_bucket{le="1.0",foo="bar # \\\\"} 0 # {a="b"} 0.5
      a_bucket{le="+Inf",foo="bar # "} 3 12.5 # {a="d"} 4
      a_created{foo="bar # "} 1
      # EOF

      """.utf8)
    for _ in 0..<300 {
      _ = try? WriteRequest(compressed: mutated(packed, &random))
      if let request = try? WriteRequest(mutated(plain, &random)) {
        for series in request.series { _ = request.labels(of: series) }
      }
      for format in [ExpositionFormat.openMetrics, .openMetricsLenient, .prometheus] {
        if let exposition = try? Exposition(mutated(text, &random), format: format) {
          for sample in exposition.samples { _ = exposition.labels(of: sample) }
        }
      }
    }
  }

  private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0...4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
      case 3:
        bytes.insert(contentsOf: [0xFF, 0x80, 0x5C, 0x22].prefix(Int.random(in: 1...4, using: &random)), at: place)
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 12)], at: 0)
      }
    }
    return bytes
  }
}
