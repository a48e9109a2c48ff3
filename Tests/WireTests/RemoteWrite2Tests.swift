import Base
import Ledger
import Testing

@testable import Wire

@Suite struct RemoteWrite2Tests {
  static func read(_ writer: SecondWriter, _ sink: inout CollectingSink) throws -> WriteTally {
    var body = WriteRequest(writer.bytes, version: .v2)
    try body.read(into: &sink)
    return body.tally
  }

  @Test func symbolsCreatedTimesAndTypes() throws {
    var writer = SecondWriter()
    writer.add([("__name__", "requests_total"), ("code", "200")]) {
      $0.bytes(2, SecondWriter.sample(7, 10_000))
      $0.bytes(2, SecondWriter.sample(9, 20_000, started: 5_000))
      $0.bytes(5, [8, 1])
      $0.integer(6, 4_000)
    }
    writer.add([("__name__", "temperature")]) {
      $0.bytes(2, SecondWriter.sample(-3, 10_000))
      $0.bytes(5, [8, 2])
      $0.integer(6, 0)
    }
    var sink = CollectingSink()
    let tally = try Self.read(writer, &sink)
    #expect(tally.samples == 3)
    #expect(sink.labels == [LabelSet(metric: "requests_total", ["code": "200"]), LabelSet(metric: "temperature")])
    #expect(
      sink.samples == [
        [
          CounterSample(time: Instant(seconds: 10), value: 7, created: Instant(seconds: 4)),
          CounterSample(time: Instant(seconds: 20), value: 9, created: Instant(seconds: 5)),
        ], [CounterSample(time: Instant(seconds: 10), value: -3, kind: .gauge)],
      ])
  }

  /// A sender that goes over to 2.0 goes on with the same series.
  @Test func bothVersionsNameASeriesByTheSameBytes() throws {
    var sink = CollectingSink()
    let labels = LabelSet(metric: "requests_total", ["code": "200", "path": String(repeating: "/long", count: 60)])
    var first = try WriteRequest(
      compressed: WriteRequest.encode([(labels, [CounterSample(time: Instant(seconds: 1), value: 1)])]))
    try first.read(into: &sink)
    var writer = SecondWriter()
    writer.add(labels.labels.map { ($0.name, $0.value) }) { $0.bytes(2, SecondWriter.sample(2, 2_000)) }
    _ = try Self.read(writer, &sink)
    #expect(sink.learnt == 1 && sink.samples[0].map(\.value) == [1, 2])
  }

  @Test func seriesBeforeTheTableAndReferencesOneByOneAreRead() throws {
    var series = ProtobufWriter()
    for reference in [1, 2] { series.integer(1, Int64(reference)) }
    series.bytes(2, SecondWriter.sample(1, 1_000))
    var request = ProtobufWriter()
    request.bytes(5, series.bytes)
    for symbol in ["", "__name__", "x"] { request.bytes(4, Array(symbol.utf8)) }
    var sink = CollectingSink()
    var body = WriteRequest(request.bytes, version: .v2)
    try body.read(into: &sink)
    #expect(sink.labels == [LabelSet(metric: "x")])
  }

  @Test func badReferencesAndTablesAreRefused() throws {
    var writer = SecondWriter()
    writer.add([("__name__", "sound")]) { $0.bytes(2, SecondWriter.sample(1, 1)) }
    for references in [[1, 90], [1], [1, 2, 1]] as [[UInt8]] {
      var series = ProtobufWriter()
      series.bytes(1, references)
      series.bytes(2, SecondWriter.sample(1, 1))
      var one = writer
      one.series.append(series.bytes)
      var sink = CollectingSink()
      let tally = try Self.read(one, &sink)
      #expect(tally.invalidSamples == 1 && tally.problems.count == 1)
      #expect(sink.samples == [[.init(time: .init(milliseconds: 1), value: 1)]])
    }
    writer.symbols[0] = "x"
    var sink = CollectingSink()
    #expect(throws: WriteRequest.Problem.malformed(.v2)) { _ = try Self.read(writer, &sink) }
  }

  /// One long symbol, named over and over: refused before its bytes are written out.
  @Test func labelsThatExplodeAreRefused() throws {
    var writer = SecondWriter()
    let long = String(repeating: "x", count: 60_000)
    writer.add([("__name__", "x")] + (0..<60).map { ("l\($0)", long) }) { $0.bytes(2, SecondWriter.sample(1, 1)) }
    var sink = CollectingSink()
    #expect(throws: WriteRequest.Problem.tooManyLabelBytes(65_536)) { _ = try Self.read(writer, &sink) }
    writer = SecondWriter()
    writer.add((0..<129).map { ("l\($0)", "x") }) { $0.bytes(2, SecondWriter.sample(1, 1)) }
    #expect(throws: WriteRequest.Problem.tooManyLabels(128)) { _ = try Self.read(writer, &sink) }
  }

  @Test func contentTypesAreTold() {
    typealias Version = WriteRequest.Version
    let first = ["", "application/x-protobuf", "application/x-protobuf;proto=prometheus.WriteRequest"]
    for type in first { #expect(Version(contentType: type, contentEncoding: "snappy") == .v1) }
    let second = "io.prometheus.write.v2.Request"
    for type in ["application/x-protobuf;proto=\(second)", "Application/X-Protobuf ; proto=\"\(second)\""] {
      #expect(Version(contentType: type, contentEncoding: "Snappy") == .v2)
    }
    for type in ["application/json", "image/png", "application/x-protobuf;proto=io.prometheus.write.v3.Request"] {
      #expect(Version(contentType: type, contentEncoding: "snappy") == nil)
    }
    for encoding in ["gzip", "zstd", "identity"] {
      #expect(Version(contentType: "application/x-protobuf", contentEncoding: encoding) == nil)
    }
  }

  @Test func repliesNeverCallAPartWhole() {
    var tally = WriteTally()
    (tally.samples, tally.histograms, tally.exemplars, tally.ignored) = (10, 2, 3, 4)
    var counts = IngestCounts()
    counts[.counted] = 3
    counts[.stale] = 1
    counts[.notFinite] = 1
    counts[.duplicate] = 1
    let whole = WriteReply(tally, counts)
    #expect((whole.status, whole.samples, whole.histograms, whole.exemplars, whole.message) == (204, 10, 2, 3, ""))
    for outcome in [IngestOutcome.tooOld, .fromTheFuture, .conflicting, .tooManySeries, .sliceClosed] {
      var part = counts
      part[outcome] = 2
      let reply = WriteReply(tally, part)
      #expect(reply.status == 400 && reply.samples == 8 && reply.message.contains("2 "))
    }
    tally.unsupportedHistograms = 1
    let reply = WriteReply(tally, counts)
    #expect(reply.status == 400 && reply.histograms == 1 && reply.samples == 10)
  }
}
