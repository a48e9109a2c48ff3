import Base
import Foundation
import Ledger
import Testing

@testable import Wire

@Suite struct OTLPMetricsTests {
  static func corpus(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")
    return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Values by the series' text.
  private func values(_ metrics: OTLPMetrics) -> [String: [CounterSample]] {
    Dictionary(metrics.telemetry.map { (metrics.labels(of: $0.key).description, Array($0.samples)) }) { $0 + $1 }
  }

  /// What the Python SDK sent: seven requests, of which 0, 3 and 6 failed, and latencies 0.05, 0.2, 0.25 and 2.5.
  @Test(arguments: [("cumulative", SampleKind.cumulative), ("delta", .delta)])
  func whatTheSDKSends(_ name: String, _ kind: SampleKind) throws {
    let metrics = try OTLPMetrics(Self.corpus("otlp-metrics-\(name).pb"))
    #expect(metrics.rejectedCount == 0 && metrics.points == 5)
    let read = metrics.telemetry.map { (metrics.labels(of: $0.key), $0.samples.first!) }
    func find(_ metric: String, _ label: String = "", _ value: String = "") -> CounterSample? {
      read.first { $0.0.metric == metric && (label.isEmpty || $0.0[label] == value) }?.1
    }
    let failed = try #require(find("http_server_requests_total", "http_response_status_code", "500"))
    #expect(failed.value == 3 && failed.kind == kind)
    #expect(find("http_server_requests_total", "http_response_status_code", "200")?.value == 4)
    #expect((failed.created != nil) == (kind == .cumulative))
    let bucket = "http_server_request_duration_seconds_bucket"
    #expect(["0.1", "0.3", "1", "+Inf"].map { find(bucket, "le", $0)?.value } == [1, 3, 3, 4])
    #expect(find("http_server_request_duration_seconds_count")?.value == 4)
    #expect(find("http_server_request_duration_seconds_sum")?.value == 3)
    let queue = try #require(find("queue_length"))
    #expect(queue.value == 3 && queue.kind == .gauge)
    let (labels, gauge) = try #require(read.first { $0.0.metric == "cpu_utilization_ratio" })
    #expect(gauge.value == 0.5 && gauge.kind == .gauge)
    #expect(labels["core"] == "1" && labels["hot"] == "true" && labels["list"] == #"["a","b"]"#)
    #expect(labels["job"] == "checkout" && labels["instance"] == "a-1" && labels["service_name"] == "checkout")
    #expect(labels["deployment_environment_name"] == "test" && labels["otel_scope_name"] == "shop")
    #expect(labels["otel_scope_version"] == "1.2.3")
  }

  @Test func keysStayTheSameAndTellSeriesApart() throws {
    let bytes = try Self.corpus("otlp-metrics-cumulative.pb")
    let (first, second) = (try OTLPMetrics(bytes).telemetry, try OTLPMetrics(bytes).telemetry)
    #expect(first.map(\.key) == second.map(\.key))
    #expect(Set(first.map(\.key)).count == first.count)
  }

  /// The same request as protobuf and as the JSON that Google's own library makes of it.
  @Test func jsonIsReadAsTheSame() throws {
    let packed = try OTLPMetrics(Self.corpus("otlp-metrics-cumulative.pb"))
    let json = try OTLPMetrics(json: Self.corpus("otlp-metrics.json"))
    #expect(values(packed) == values(json) && !packed.telemetry.isEmpty)
    let spans = try (OTLPSpans(Self.corpus("otlp-traces.pb")), OTLPSpans(json: Self.corpus("otlp-traces.json")))
    let rule = SpanRule(id: "a", selection: [], bad: .all([]))
    let outcomes = (SpanMatcher([rule]).count(spans.0), SpanMatcher([rule]).count(spans.1))
    #expect(outcomes.0.counts == outcomes.1.counts && outcomes.0.exemplars == outcomes.1.exemplars)
    #expect(outcomes.0.exemplars["a"]?.count == 8)
  }

  private func request(_ metric: String, resource: String = "{}") -> [UInt8] {
    Array(
      """
      {"resourceMetrics":[{"scopeMetrics":[{"unknown":[1,{"a":null}],"metrics":[\(metric)]}],"resource":\(resource)}]}
      """.utf8)
  }

  private func number(_ point: String, _ rest: String = #""aggregationTemporality":2,"isMonotonic":true"#) -> [UInt8] {
    request(#"{"name":"a.b","sum":{"dataPoints":[\#(point)],\#(rest)}}"#)
  }

  private func histogram(_ point: String) -> String {
    #"{"name":"h","unit":"ms","histogram":{"aggregationTemporality":1,"dataPoints":[\#(point)]}}"#
  }

  private let time = #""timeUnixNano":"1790000000000000001""#

  @Test func integersAreNumbersOrStrings() throws {
    for value in ["7", "\"7\"", "7.0", "7e0"] {
      let metrics = try OTLPMetrics(json: number(#"{"asInt":\#(value),\#(time)}"#))
      #expect(values(metrics)["a_b_total"]?.first?.value == 7)
      #expect(metrics.telemetry.first?.samples.first?.time == Instant(nanoseconds: 1_790_000_000_000_000_001))
    }
    for value in ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "1.5", "-3e2"] {
      let metrics = try OTLPMetrics(json: number(#"{"asDouble":\#(value),\#(time)}"#))
      let expected: [String: Double] = [
        "\"Infinity\"": .infinity, "\"-Infinity\"": -.infinity, "1.5": 1.5, "-3e2": -300,
      ]
      let found = try #require(values(metrics)["a_b_total"]?.first?.value)
      #expect(expected[value].map { $0 == found } ?? found.isNaN)
    }
  }

  /// Start equal to time says that nobody knows when the counter began.
  @Test func startBecomesCreatedWhereItSaysSomething() throws {
    func created(_ start: String) throws -> Instant? {
      try OTLPMetrics(json: number(#"{"asInt":7,"startTimeUnixNano":\#(start),\#(time)}"#)).telemetry[0].samples.first?
        .created
    }
    #expect(try created("\"1780000000000000000\"") == Instant(nanoseconds: 1_780_000_000_000_000_000))
    #expect(try created("\"1790000000000000001\"") == nil)
    #expect(try created("0") == nil)
  }

  @Test func aPointWithoutARecordedValueEndsItsSeries() throws {
    let metrics = try OTLPMetrics(json: number(#"{"flags":1,\#(time)}"#))
    #expect(metrics.telemetry[0].samples.first?.value.bitPattern == CounterSample.staleMarker.bitPattern)
  }

  @Test func whatCannotBeCountedIsRejectedAndTheRestKept() throws {
    let points: [(String, OTLPMetrics.Rejection)] = [
      (
        #"{"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":1,\#(time)}]}}"#,
        .exponentialHistogram
      ),
      (#"{"name":"s","sum":{"dataPoints":[{"asInt":1,\#(time)}]}}"#, .noTemporality),
      (#"{"name":"g","gauge":{"dataPoints":[{"asInt":1}]}}"#, .noTime),
      (#"{"name":"g","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"9999999999999999999"}]}}"#, .noTime),
      (#"{"name":"g","gauge":{"dataPoints":[{\#(time)}]}}"#, .noValue),
      (#"{"name":"..","gauge":{"dataPoints":[{"asInt":1,\#(time)}]}}"#, .noName),
      (
        histogram(#"{"bucketCounts":[1],"explicitBounds":[1],\#(time)}"#),
        .badBuckets
      ),
      (
        histogram(#"{"bucketCounts":[1,1,1],"explicitBounds":[2,1],\#(time)}"#),
        .badBuckets
      ),
    ]
    for (metric, reason) in points {
      let metrics = try OTLPMetrics(
        json: request(metric + #",{"name":"good","gauge":{"dataPoints":[{"asInt":1,\#(time)}]}}"#))
      #expect(metrics.rejected == [reason: 1], "\(metric)")
      #expect(metrics.points == 2 && values(metrics)["good"]?.first?.value == 1)
    }
    let attributes = (0..<129).map { #"{"key":"k\#($0)","value":{"intValue":"1"}}"# }.joined(separator: ",")
    let many = try OTLPMetrics(json: number(#"{"asInt":1,\#(time),"attributes":[\#(attributes)]}"#))
    #expect(many.rejected == [.tooManyAttributes: 1] && many.telemetry.isEmpty)
  }

  @Test func aHistogramWithoutBucketsIsOneOfInfinity() throws {
    let found = values(try OTLPMetrics(json: request(histogram(#"{"count":"5","sum":9,\#(time)}"#))))
    #expect(
      found.mapValues { $0[0].value } == [
        #"h_milliseconds_bucket{le="+Inf"}"#: 5, "h_milliseconds_count": 5, "h_milliseconds_sum": 9,
      ])
  }

  @Test func summariesHaveQuantilesCountAndSum() throws {
    let point = #"{"count":4,"sum":2.5,\#(time),"quantileValues":[{"quantile":0.5,"value":0.25}]}"#
    let metric = #"{"name":"s","summary":{"dataPoints":[\#(point)]}}"#
    let found = values(try OTLPMetrics(json: request(metric)))
    #expect(found.mapValues { $0[0].value } == [#"s{quantile="0.5"}"#: 0.25, "s_count": 4, "s_sum": 2.5])
    #expect(found["s_count"]?[0].kind == .cumulative && found[#"s{quantile="0.5"}"#]?[0].kind == .gauge)
  }

  @Test func theMostSpecificAttributeWinsAndOthersShareALabel() throws {
    let resource = """
      {"attributes":[{"key":"service.name","value":{"stringValue":"a"}},{"key":"service.namespace","value":\
      {"stringValue":"n"}},{"key":"code","value":{"stringValue":"resource"}}]}
      """
    let point = """
      {"asInt":1,\(time),"attributes":[{"key":"code","value":{"stringValue":"point"}},{"key":"x_y","value":\
      {"stringValue":"2"}},{"key":"x.y","value":{"stringValue":"1"}},{"key":"__name__","value":{"stringValue":"evil"}}]}
      """
    let json = request(#"{"name":"a","gauge":{"dataPoints":[\#(point)]}}"#, resource: resource)
    let metrics = try OTLPMetrics(json: json)
    #expect(
      metrics.labels(of: metrics.telemetry[0].key).description
        == #"a{code="point",job="n/a",service_name="a",service_namespace="n",x_y="1;2"}"#)
  }

  /// Prometheus' own examples of its translation.
  @Test func namesFollowPrometheus() {
    typealias Names = OTLPNames
    #expect(
      Names.metric("http.server.request.duration", unit: "s", kind: .histogram)
        == "http_server_request_duration_seconds")
    #expect(Names.metric("requests.count", unit: "1", kind: .counter) == "requests_count_total")
    #expect(Names.metric("memory.usage", unit: "By", kind: .gauge) == "memory_usage_bytes")
    #expect(Names.metric("system.network.dropped", unit: "{packets}", kind: .counter) == "system_network_dropped_total")
    #expect(Names.metric("system.network.dropped", unit: "packets", kind: .gauge) == "system_network_dropped_packets")
    #expect(Names.metric("system.memory.utilization", unit: "1", kind: .gauge) == "system_memory_utilization_ratio")
    #expect(Names.metric("astro.light.speed", unit: "m/s", kind: .gauge) == "astro_light_speed_meters_per_second")
    #expect(Names.metric("(lambda).function.executions(#)", unit: "", kind: .gauge) == "lambda_function_executions")
    #expect(Names.metric("total.bytes.read", unit: "By", kind: .counter) == "bytes_read_total")
    #expect(Names.metric("2xx", unit: "", kind: .upDownCounter) == "_2xx")
    #expect(Names.metric("___", unit: "s", kind: .gauge) == "")
    #expect(Names.label("http.response.status_code") == "http_response_status_code")
    #expect(Names.label("2xx") == "key_2xx" && Names.label("_a") == "key_a" && Names.label("..") == "")
  }

  @Test(arguments: [
    "", "[]", "{", #"{"resourceMetrics":{}"#, #"{"resourceMetrics":[1]}"#, #"{"resourceMetrics":[{"resource":3}]}"#,
    "{} x", #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":3}]}]}]}"#,
  ])
  func whatIsNoRequestIsRefused(_ text: String) {
    #expect(throws: OTLPMetrics.Problem.self) { _ = try OTLPMetrics(json: Array(text.utf8)) }
  }

  @Test func boundsHold() throws {
    let bytes = try Self.corpus("otlp-metrics-cumulative.pb")
    var limits = OTLPMetrics.Limits()
    limits.samples = 8
    #expect(throws: OTLPMetrics.Problem.tooMany("more than 8 samples")) { _ = try OTLPMetrics(bytes, limits: limits) }
    limits = .init()
    limits.keyBytes = 100
    #expect(throws: OTLPMetrics.Problem.tooMany("more than 100 bytes of attributes")) {
      _ = try OTLPMetrics(bytes, limits: limits)
    }
    let deep = String(repeating: #"{"arrayValue":{"values":["#, count: 40)
    let nested = "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":\(deep)"
    #expect(throws: OTLPMetrics.Problem.self) { _ = try OTLPMetrics(json: Array(nested.utf8)) }
  }

  @Test func repliesAreInTheRequestsEncoding() {
    typealias Reply = OTLPReply
    #expect(Reply.success(.protobuf, rejected: 0, countName: "rejectedSpans", message: "").isEmpty)
    #expect(Reply.success(.json, rejected: 0, countName: "rejectedSpans", message: "") == Array("{}".utf8))
    #expect(
      Reply.success(.protobuf, rejected: 3, countName: "x", message: "ab") == [0x0A, 6, 8, 3, 0x12, 2, 0x61, 0x62])
    #expect(
      String(decoding: Reply.success(.json, rejected: 3, countName: "rejectedSpans", message: "a\"b"), as: UTF8.self)
        == #"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"a\"b"}}"#)
    #expect(Reply.status(.protobuf, .invalidArgument, "ab") == [8, 3, 0x12, 2, 0x61, 0x62])
    #expect(String(decoding: Reply.status(.json, .unavailable, "x"), as: UTF8.self) == #"{"code":14,"message":"x"}"#)
    #expect(Reply.Encoding(contentType: "application/json; charset=utf-8") == .json)
    #expect(Reply.Encoding(contentType: "text/plain") == nil)
  }
}
