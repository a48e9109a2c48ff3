import Base
import Ledger
import Testing

@testable import Wire

@Suite struct DatadogTests {
  private func read(_ json: String, _ form: DatadogSeries.Form) throws -> (DatadogSeries, [String: [CounterSample]]) {
    let series = try DatadogSeries(Array(json.utf8), form: form)
    let pairs = series.telemetry.map { (DatadogSeries.labels($0.key).description, Array($0.samples)) }
    return (series, Dictionary(pairs) { $0 + $1 })
  }

  private func sample(_ seconds: Int64, _ value: Double, _ kind: SampleKind) -> CounterSample {
    CounterSample(time: Instant(seconds: seconds), value: value, kind: kind)
  }

  @Test func seriesOfVersion1() throws {
    let body = try OTLPMetricsTests.corpus("datadog-v1.json")
    let (series, found) = try read(String(decoding: body, as: UTF8.self), .v1)
    let orders = try #require(found[#"shop_orders{_="ü\"x",canary="true",code="500",env="prod",host="web-1"}"#])
    #expect(orders[0] == sample(1_790_000_000, 5, .delta))
    #expect(orders[1].time == Instant(milliseconds: 1_790_000_010_500) && orders[1].value == 7)
    // 2.5 a second over 10 seconds.
    #expect(found["shop_rate"] == [sample(1_790_000_000, 25, .delta)])
    #expect(series.points == 4 && series.rejected == 1)
    #expect(series.errors == ["series 2: points without a time or a value"])
  }

  @Test func seriesOfVersion2() throws {
    let body = try OTLPMetricsTests.corpus("datadog-v2.json")
    let (series, found) = try read(String(decoding: body, as: UTF8.self), .v2)
    #expect(found == [#"shop_orders{env="prod",host="web-1"}"#: [sample(1_790_000_000, 5.5, .delta)]])
    #expect(series.errors.isEmpty)
    let (_, kinds) = try read(
      """
      {"series":[{"metric":"r","type":2,"interval":5,"points":[{"timestamp":1,"value":3}]},\
      {"metric":"g","type":3,"points":[{"timestamp":1,"value":3}]},{"metric":"u","points":[{"value":4,"timestamp":2}]}]}
      """, .v2)
    #expect(kinds["r"] == [sample(1, 15, .delta)] && kinds["g"] == [sample(1, 3, .gauge)])
    #expect(kinds["u"] == [sample(2, 4, .gauge)])
  }

  @Test func distributionsAreSingleMeasurementsAndTheirCount() throws {
    let body = try OTLPMetricsTests.corpus("datadog-distributions.json")
    let (_, found) = try read(String(decoding: body, as: UTF8.self), .distributions)
    #expect(found[#"shop_latency{env="prod"}"#]?.map(\.value) == [0.1, 0.25, 3, 7])
    #expect(
      found[#"shop_latency_count{env="prod"}"#] == [
        sample(1_790_000_000, 3, .events), sample(1_790_000_001, 1, .events),
      ])
  }

  @Test func whatIsWrongWithASeriesLeavesTheOthersIn() throws {
    let tags = (0..<129).map { "\"t\($0):1\"" }.joined(separator: ",")
    let (series, found) = try read(
      """
      {"series":[{"points":[[1,1]]},{"metric":"a","type":"rate","points":[[1,1]]},\
      {"metric":"b","tags":[\(tags)],"points":[[1,1]]},{"metric":"c","points":[[1,1,2],[null,1],[1e300,2]]},\
      {"metric":"good","points":[[1,1]]}]}
      """, .v1)
    #expect(
      series.errors == [
        "series 0: it has no metric", "series 1: a rate without an interval", "series 2: more than 128 tags",
        "series 3: points without a time or a value",
      ])
    #expect(series.rejected == 6 && found.keys.sorted() == ["good"])
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"series":{}}"#, #"{"series":[1]}"#, #"{"series":[]} x"#, #"{"series":[{"metric":3}]}"#,
    #"{"series":[{"metric":"a","points":[[1,"x"]]}]}"#,
  ])
  func whatIsNoPayloadIsRefused(_ text: String) {
    #expect(throws: DatadogSeries.Problem.self) { _ = try DatadogSeries(Array(text.utf8), form: .v1) }
  }

  @Test func boundsHold() {
    var limits = DatadogSeries.Limits()
    limits.samples = 3
    let points = "{\"series\":[{\"metric\":\"a\",\"points\":[[1,1],[2,1],[3,1],[4,1]]}]}"
    let values = "{\"series\":[{\"metric\":\"a\",\"points\":[[1,[1,2,3,4]]]}]}"
    #expect(throws: DatadogSeries.Problem.tooManySamples(3)) {
      _ = try DatadogSeries(Array(points.utf8), form: .v1, limits: limits)
    }
    #expect(throws: DatadogSeries.Problem.tooManySamples(3)) {
      _ = try DatadogSeries(Array(values.utf8), form: .distributions, limits: limits)
    }
    let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
    #expect(throws: DatadogSeries.Problem.self) { _ = try DatadogSeries(Array(deep.utf8), form: .v1) }
  }

  @Test func textsOfJSONAreDecoded() throws {
    let (_, found) = try read(
      #"{"series":[{"metric":"a.\u0062","tags":["k:\ud83d\ude00\n\ud800","k:a"],"points":[[1,1]]}]}"#, .v1)
    #expect(found.keys.first == "a_b{k=\"a;😀\\n\u{FFFD}\"}")
  }
}

@Suite struct DogStatsDTests {
  private let now = Instant(milliseconds: 1_790_000_000_250)
  private let second = Instant(seconds: 1_790_000_001)

  private func flushed(_ text: String, limits: DogStatsDAggregator.Limits = .init()) -> (
    [String: [CounterSample]], DogStatsDAggregator.Counts
  ) {
    var aggregator = DogStatsDAggregator(limits: limits)
    for datagram in text.split(separator: "|||") { aggregator.take(Array(datagram.utf8), at: now) }
    let counts = aggregator.counts
    let pairs = aggregator.flush().series.map { (DogStatsD.labels($0.key).description, Array($0.samples)) }
    return (Dictionary(pairs) { $0 + $1 }, counts)
  }

  private func events(_ values: Double..., at time: Instant? = nil) -> [CounterSample] {
    values.map { CounterSample(time: time ?? second, value: $0, kind: .events) }
  }

  /// The examples of the protocol's description, versions 1.0 to 1.6.
  @Test func everyVersionOfTheProtocol() throws {
    let (found, counts) = flushed(
      String(decoding: try OTLPMetricsTests.corpus("dogstatsd.txt"), as: UTF8.self))
    #expect(found["page_views"] == events(1))
    #expect(found[#"fuel_level{canary="true",env="prod"}"#] == [CounterSample(time: second, value: 0.5, kind: .gauge)])
    // A rate of 0.5 makes each measurement two.
    #expect(found[#"song_length{a="b:c"}"#] == events(240, 240, 180.5, 180.5, 300, 300))
    #expect(found[#"song_length_count{a="b:c"}"#] == events(6))
    #expect(found["q"] == events(5, at: Instant(seconds: 1_656_581_409)))
    #expect(counts.samples == 6 && counts.sets == 1 && counts.events == 1 && counts.serviceChecks == 1)
    #expect(counts.malformed == 0 && counts.dropped == 0)
  }

  @Test func countsOfASecondAreAddedUpAndScaled() {
    let (found, _) = flushed("a:1|c|@0.1|||a:2:3|c\na:-1|c|||a:1|c|#x:1|||a:4|c|T1790000000")
    #expect(found["a"]?.sorted { $0.time < $1.time } == events(4, at: Instant(seconds: 1_790_000_000)) + events(14))
    #expect(found[#"a{x="1"}"#] == events(1))
    #expect(flushed("a:1|g|||a:7:9|g").0["a"]?.map(\.value) == [9])
    #expect(flushed("a:5|c|||a:7|h").0["a"]?.map(\.value).sorted() == [5, 7])
  }

  /// On the edge of a second, and one nanosecond after it.
  @Test func theEndOfTheSecondIsInTheBucketOfTheEvent() {
    var aggregator = DogStatsDAggregator()
    aggregator.take(Array("a:1|c".utf8), at: Instant(seconds: 10))
    aggregator.take(Array("a:2|c".utf8), at: Instant(nanoseconds: 10_000_000_001))
    #expect(aggregator.flush().series.map { $0.samples.first!.time } == [Instant(seconds: 10), Instant(seconds: 11)])
    #expect(aggregator.isEmpty)
  }

  @Test(arguments: [
    "a", "a:", "a:|c", ":1|c", "a:1", "a:1|", "a:1|x", "a:x|c", "a:1:|c", "a:inf|c", "a:nan|g", "a:1|c|@0", "a:1|c|@2",
    "a:1|c|@x", "a:1|c|T-1", "a:1|c|T1e300", "a:1|ms2",
  ])
  func whatIsNoLineIsCountedAsMalformed(_ line: String) {
    let (found, counts) = flushed(line + "\ngood:1|c")
    #expect(counts.malformed == 1 && found == ["good": events(1)])
  }

  @Test func boundsDropAndCount() {
    var limits = DogStatsDAggregator.Limits()
    limits.cells = 2
    var (found, counts) = flushed("a:1|c|||b:1|c|||c:1|c|||a:1|c", limits: limits)
    #expect(found.keys.sorted() == ["a", "b"] && counts.dropped == 1 && found["a"]?.first?.value == 2)
    limits = .init()
    limits.values = 10
    (found, counts) = flushed("a:1:2|h|||a:3|h|@0.1|||b:1|h|@0.000001", limits: limits)
    #expect(found["a"]?.map(\.value) == [1, 2] && counts.dropped == 2)
    #expect(found["a_count"]?.map(\.value) == [12])
    limits = .init()
    limits.keyBytes = 8
    #expect(flushed("abc:1|c|||de:1|c", limits: limits).1.dropped == 1)
  }
}
