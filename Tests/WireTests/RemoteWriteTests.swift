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
    var read = try WriteRequest(compressed: WriteRequest.encode(sent))
    var sink = CollectingSink()
    try read.read(into: &sink)
    #expect(sink.labels == sent.map(\.labels))
    #expect(sink.samples == sent.map(\.samples))
    #expect(read.tally.samples == sent.map(\.samples.count).reduce(0, +))
    // The same again is known by its bytes.
    try read.read(into: &sink)
    #expect(sink.learnt == sent.count)
  }

  @Test func samplesOfUnwantedSeriesAreSteppedOverUnread() throws {
    var series = ProtobufWriter()
    series.bytes(1, Self.label("__name__", "noise"))
    // No sample at all, but nobody looks.
    series.bytes(2, [0xFF, 0xFF, 0xFF])
    series.bytes(3, [])
    var request = ProtobufWriter()
    request.bytes(1, series.bytes)
    var sink = CollectingSink(unwanted: ["noise"])
    var body = WriteRequest(request.bytes)
    try body.read(into: &sink)
    #expect(body.tally.samples == 1 && body.tally.ignored == 1 && body.tally.exemplars == 1)
    var strict = CollectingSink()
    #expect(throws: WriteRequest.Problem.malformed(.v1)) { try body.read(into: &strict) }
  }

  static func label(_ name: String, _ value: String) -> [UInt8] {
    var inner = ProtobufWriter()
    inner.bytes(1, Array(name.utf8))
    inner.bytes(2, Array(value.utf8))
    return inner.bytes
  }

  /// A sender may write a sample between two labels: the series is the same one.
  @Test func labelsThatAreNotTogetherAreGathered() throws {
    let name = Self.label("__name__", "requests_total")
    let code = Self.label("code", "200")
    var request = ProtobufWriter()
    for value in 1...2 {
      var series = ProtobufWriter()
      series.bytes(1, name)
      series.bytes(2, SecondWriter.sample(Double(value), Int64(value)))
      series.bytes(1, code)
      request.bytes(1, series.bytes)
    }
    var sink = CollectingSink()
    var body = WriteRequest(request.bytes)
    try body.read(into: &sink)
    #expect(sink.labels == [LabelSet(metric: "requests_total", ["code": "200"])])
    #expect(sink.samples.first?.map(\.value) == [1, 2])
  }

  /// Labels as fields, what is wrong with them.
  static let badLabels: [(labels: [[UInt8]], problem: String)] = [
    ([label("code", "200")], "a series has no name"), ([label("__name__", "")], "a series has no name"),
    ([label("__name__", "x"), label("", "y")], "a label has no name"),
    ([label("__name__", "x"), label("__name__", "y")], "'__name__' comes twice"),
    ([label("__name__", "x"), [0x0A, 1, 0xFF, 0x12, 1, 0x61]], "is not UTF-8"), ([], "a series has no name"),
  ]

  @Test(arguments: badLabels)
  func seriesWithoutValidLabelsAreNamedAndTheRestKept(labels: [[UInt8]], problem: String) throws {
    var request = ProtobufWriter()
    for labels in [labels, [Self.label("__name__", "sound")]] {
      var series = ProtobufWriter()
      for one in labels { series.bytes(1, one) }
      series.bytes(2, SecondWriter.sample(1, 1))
      request.bytes(1, series.bytes)
    }
    var sink = CollectingSink()
    var body = WriteRequest(request.bytes)
    for _ in 1...2 {
      try body.read(into: &sink)
      #expect(body.tally.invalidSamples == 1 && body.tally.samples == 2)
      #expect(body.tally.problems.count == 1 && body.tally.problems[0].contains(problem))
      let reply = WriteReply(body.tally, IngestCounts())
      #expect(reply.status == 400 && reply.samples == 1 && reply.message.contains(problem))
    }
    #expect(sink.labels == [LabelSet(metric: "sound")])
  }

  @Test func aLabelThatIsCutOffSpoilsTheBody() {
    var series = ProtobufWriter()
    series.bytes(1, [0x0A, 5, 0x61, 0x62])
    series.bytes(2, SecondWriter.sample(1, 1))
    var request = ProtobufWriter()
    request.bytes(1, series.bytes)
    var sink = CollectingSink()
    var body = WriteRequest(request.bytes)
    #expect(throws: WriteRequest.Problem.malformed(.v1)) { try body.read(into: &sink) }
    #expect(sink.labels.isEmpty)
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
    for version in [WriteRequest.Version.v1, .v2] {
      for bytes in [[0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x2A, 3, 0x0A, 9, 1]] as [[UInt8]] {
        var body = WriteRequest(bytes, version: version)
        if version == .v1, bytes[0] == 0x2A { continue }
        var sink = CollectingSink()
        #expect(throws: WriteRequest.Problem.malformed(version)) { try body.read(into: &sink) }
      }
    }
    var limits = WriteRequest.Limits()
    limits.samples = 3
    var random = SeededGenerator(seed: 1)
    #expect(throws: WriteRequest.Problem.tooManySamples(3)) {
      var body = try WriteRequest(compressed: WriteRequest.encode(Self.request(&random)), limits: limits)
      var sink = CollectingSink()
      try body.read(into: &sink)
    }
  }

  /// Seeded mutations of real bodies: any answer but a crash or a hang.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func mutatedBodies(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let packed = WriteRequest.encode(Self.request(&random))
    let plain = try! Snappy.decode(packed, limit: 1 << 20)
    let second = Self.second(&random).bytes
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
      for (bytes, version) in [(plain, WriteRequest.Version.v1), (second, .v2), (plain, .v2), (second, .v1)] {
        var sink = CollectingSink(unwanted: ["requests_total"])
        var request = WriteRequest(mutated(bytes, &random), version: version)
        try? request.read(into: &sink)
        #expect(request.tally.samples <= bytes.count + 64)
      }
      for format in [ExpositionFormat.openMetrics, .openMetricsLenient, .prometheus] {
        if let exposition = try? Exposition(mutated(text, &random), format: format) {
          for sample in exposition.samples { _ = exposition.labels(of: sample) }
        }
      }
    }
  }

  static func second(_ random: inout SeededGenerator) -> SecondWriter {
    var writer = SecondWriter()
    for index in 0..<12 {
      let labels = [("__name__", "requests_total"), ("code", "\(200 + index)"), ("instance", "host-\(index % 3):80")]
      writer.add(labels) { message in
        message.bytes(2, SecondWriter.sample(Double(index), 1_790_000_000_000, started: 1_780_000_000_000))
        message.bytes(3, [8, 3])
        message.bytes(4, [17, 0, 0, 0, 0, 0, 0, 0, 0])
        message.bytes(5, [8, UInt8(index % 8)])
        message.integer(6, Int64.random(in: 0...1_000_000, using: &random))
      }
    }
    return writer
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
