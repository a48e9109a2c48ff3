import Base
import Foundation
import Ledger
import Logging
import Runtime
import Store
import Testing
import Web
import Wire

@testable import App

/// What the specification of remote write 2.0 (prometheus.io/docs/specs/prw/remote_write_spec_2_0) asks of a receiver,
/// as a table of requests and the replies to them.
@Suite struct RemoteWriteConformanceTests {
  struct Case: Sendable {
    var rule: String
    var body: [UInt8]
    var headers: [String: String] = second
    var status: Int
    /// Samples, histograms and exemplars written; `nil` where nothing was negotiated and no such header may stand.
    var written: [Int]? = [0, 0, 0]
    /// What the reply's text has to say.
    var says = ""
  }

  static let second = [
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request", "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "2.0.0",
  ]
  static let first = [
    "content-type": "application/x-protobuf", "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
  ]
  static let now = SystemClock().now().milliseconds

  // MARK: Requests

  struct Series {
    var labels: [(String, String)]
    var samples: [(value: Double, time: Int64)] = []
    var histograms = 0
    var exemplars = 0
    var type: UInt8?
    var created: Int64?
  }

  static func named(_ name: String, _ rest: (String, String)..., value: Double = 1, at time: Int64 = now) -> Series {
    Series(labels: [("__name__", name)] + rest, samples: [(value, time)])
  }

  static func request(_ series: [Series], symbols first: String = "") -> [UInt8] {
    var symbols = [first]
    func reference(_ text: String) -> UInt8 {
      if let place = symbols.dropFirst().firstIndex(of: text) { return UInt8(place) }
      symbols.append(text)
      return UInt8(symbols.count - 1)
    }
    var list = ProtobufWriter()
    for one in series {
      var message = ProtobufWriter()
      message.bytes(1, one.labels.flatMap { [reference($0.0), reference($0.1)] })
      for sample in one.samples {
        var inner = ProtobufWriter()
        inner.double(1, sample.value)
        inner.integer(2, sample.time)
        message.bytes(2, inner.bytes)
      }
      for _ in 0..<one.histograms { message.bytes(3, [8, 5, 25, 0, 0, 0, 0, 0, 0, 0, 0]) }
      for _ in 0..<one.exemplars { message.bytes(4, [17, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]) }
      if let type = one.type { message.bytes(5, [8, type]) }
      if let created = one.created { message.integer(6, created) }
      list.bytes(5, message.bytes)
    }
    var table = ProtobufWriter()
    for symbol in symbols { table.bytes(4, Array(symbol.utf8)) }
    return Snappy.encode(table.bytes + list.bytes)
  }

  static let sound = request([named("shop_requests_total", ("code", "200"))])

  static func with(_ name: String, _ value: String?) -> [String: String] {
    var headers = second
    headers[name] = value
    return headers
  }

  // MARK: The table

  static let negotiation: [Case] = [
    Case(rule: "a sound request is answered 204 with what was written", body: sound, status: 204, written: [1, 0, 0]),
    Case(
      rule: "1.0 is told by a content type without proto",
      body: WriteRequest.encode([
        (LabelSet(metric: "shop_requests_total"), [.init(time: .init(milliseconds: now), value: 1)])
      ]),
      headers: first, status: 204, written: [1, 0, 0]),
    Case(
      rule: "1.0 is told by its proto parameter", body: WriteRequest.encode([]),
      headers: with("content-type", "application/x-protobuf;proto=prometheus.WriteRequest"), status: 204),
    Case(
      rule: "another media type is answered 415", body: sound, headers: with("content-type", "application/json"),
      status: 415, written: nil),
    Case(
      rule: "an image is answered 415", body: sound, headers: with("content-type", "image/png"), status: 415,
      written: nil),
    Case(
      rule: "an unknown message is answered 415", body: sound,
      headers: with("content-type", "application/x-protobuf;proto=io.prometheus.write.v9.Request"), status: 415,
      written: nil),
    Case(
      rule: "gzip is answered 415", body: sound, headers: with("content-encoding", "gzip"), status: 415, written: nil),
    Case(
      rule: "deflate is answered 415", body: sound, headers: with("content-encoding", "deflate"), status: 415,
      written: nil),
    Case(
      rule: "the content type decides, not the version header", body: sound,
      headers: with("x-prometheus-remote-write-version", "0.1.0"), status: 204, written: [1, 0, 0]),
    Case(
      rule: "a 2.0 body under the name of 1.0 is an empty request", body: sound, headers: first, status: 204),
    Case(
      rule: "the framed format of snappy is refused",
      body: [0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59], status: 400),
    Case(rule: "a body that is no snappy is refused", body: [UInt8](repeating: 0x30, count: 40), status: 400),
    Case(
      rule: "a body that is no protobuf is refused", body: Snappy.encode([0x2A, 0x10, 0x01]), status: 400,
      says: "io.prometheus.write.v2.Request"),
    Case(rule: "an empty request is written", body: request([]), status: 204),
  ]

  static let messages: [Case] = [
    Case(
      rule: "the table must begin with the empty string",
      body: request([named("shop_requests_total")], symbols: "x"), status: 400),
    Case(
      rule: "labels may come in any order",
      body: request([Series(labels: [("code", "200"), ("__name__", "shop_requests_total")], samples: [(1, now)])]),
      status: 204, written: [1, 0, 0]),
    Case(
      rule: "names and values may be any UTF-8",
      body: request([named("shop.requests total", ("job.name", "ünï\n🚀"))]), status: 204, written: [1, 0, 0]),
    Case(
      rule: "a series without a name is refused, the rest written",
      body: request([Series(labels: [("job", "x")], samples: [(1, now)]), named("up"), named("up", ("a", "b"))]),
      status: 400, written: [2, 0, 0], says: "written 2 of 3 samples"),
    Case(
      rule: "a series without labels is refused", body: request([Series(labels: [], samples: [(1, now)])]),
      status: 400, says: "no name"),
    Case(
      rule: "a repeated label name is refused",
      body: request([named("up", ("a", "b"), ("a", "c"))]), status: 400, says: "comes twice"),
    Case(
      rule: "an empty label name is refused", body: request([named("up", ("", "b")), named("up")]), status: 400,
      written: [1, 0, 0], says: "no name"),
    Case(
      rule: "metadata without a sound series is refused",
      body: request([Series(labels: [("job", "x")], type: 1)]), status: 400, says: "no name"),
    Case(
      rule: "metadata alone is written", body: request([Series(labels: [("__name__", "up")], type: 1)]), status: 204),
    Case(
      rule: "every metric type is written",
      body: request(
        (0...7 as ClosedRange<UInt8>).map { Series(labels: [("__name__", "m\($0)")], samples: [(1, now)], type: $0) }),
      status: 204, written: [8, 0, 0]),
    Case(
      rule: "a created time of 0 is none, another is taken",
      body: request(
        ([0, now - 1_000] as [Int64]).map {
          Series(labels: [("__name__", "created_\($0)")], samples: [(1, now)], created: $0)
        }),
      status: 204, written: [2, 0, 0]),
    Case(
      rule: "one series may come in several messages",
      body: request([named("up"), named("up", at: now + 1_000), Series(labels: [("__name__", "up")], exemplars: 1)]),
      status: 204, written: [2, 0, 1]),
  ]

  static let values: [Case] =
    [
      ("a stale marker", CounterSample.staleMarker), ("NaN", .nan), ("infinity", .infinity), ("−infinity", -.infinity),
      ("a negative value", -123.456),
    ].map { name, value in
      Case(
        rule: "\(name) is written, wanted or not",
        body: request([
          named("shop_requests_total", ("code", name), value: value), named("unwanted", value: value),
        ]), status: 204, written: [2, 0, 0])
    }

  static let parts: [Case] = [
    Case(
      rule: "series that nobody asks for count as written",
      body: request((0..<5).map { named("unwanted_\($0)") }), status: 204, written: [5, 0, 0]),
    Case(
      rule: "exemplars count as written",
      body: request([
        Series(labels: [("__name__", "shop_requests_total")], samples: [(1, now)], exemplars: 2),
        Series(labels: [("__name__", "unwanted")], exemplars: 1),
      ]), status: 204, written: [1, 0, 3]),
    Case(
      rule: "exemplars of a series without a name are refused",
      body: request([Series(labels: [("job", "x")], exemplars: 1), named("up")]), status: 400, written: [1, 0, 0]),
    Case(
      rule: "native histograms that nobody asks for count as written",
      body: request([Series(labels: [("__name__", "unwanted")], histograms: 3)]), status: 204, written: [0, 3, 0]),
    Case(
      rule: "native histograms that an SLI asks for are refused by name, the rest written",
      body: request([
        Series(labels: [("__name__", "shop_requests_total"), ("native", "1")], histograms: 2), named("up"),
      ]), status: 400, written: [1, 0, 0], says: "2 native histograms"),
    Case(
      rule: "a sample too far in the future is refused, the rest written",
      body: request([
        named("shop_requests_total", ("code", "future"), at: now + 3_600_000),
        named("shop_requests_total", ("code", "now")),
      ]), status: 400, written: [1, 0, 0], says: "ahead of this server's clock"),
    Case(
      rule: "a sample behind the horizon is refused, the rest written",
      body: request([
        named("shop_requests_total", ("code", "present")),
        named("shop_requests_total", ("code", "past"), at: now - 7 * 3_600_000),
      ]), status: 400, written: [1, 0, 0], says: "too far behind"),
    Case(
      rule: "a second value for the same time is refused, the rest written",
      body: request([
        named("shop_requests_total", ("code", "twice"), value: 1),
        named("shop_requests_total", ("code", "twice"), value: 2),
      ]), status: 400, written: [1, 0, 0], says: "already taken"),
    Case(
      rule: "the same sample again is written: a retry changes nothing",
      body: request([
        named("shop_requests_total", ("code", "again"), value: 3),
        named("shop_requests_total", ("code", "again"), value: 3),
      ]), status: 204, written: [2, 0, 0]),
    Case(
      rule: "a sample out of order by a minute is written",
      body: request([
        named("shop_requests_total", ("code", "order"), value: 3),
        named("shop_requests_total", ("code", "order"), value: 2, at: now - 60_000),
      ]), status: 204, written: [2, 0, 0]),
  ]

  // MARK: Running it

  static func intake(_ ledger: LedgerEngine) -> Intake {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let metrics = SelfMetrics()
    return Intakes.remoteWrite(
      ledger: ledger, clock: SystemClock(), metrics: metrics,
      refusals: RefusalLog(logger: logger, metrics: metrics))
  }

  /// What is wrong with the reply to a case; `nil` when nothing is.
  static func failure(_ one: Case) async throws -> String? {
    let ledger = try LedgerEngine(directory: nil)
    let slis = [SLIDefinition(id: "shop", counts: .bad, period: .days(30))]
    try ledger.register(slis, at: Instant(milliseconds: now - 1_000)) {
      $0.metric.hasPrefix("shop") ? [SLITarget(id: "shop", side: .total)] : []
    }
    let reply = await intake(ledger).handle(.init(body: one.body, headers: one.headers, actor: "token/test"))
    let text = String(decoding: reply.body, as: UTF8.self)
    guard reply.status == one.status else { return "answered \(reply.status) \(text)" }
    let names = ["samples", "histograms", "exemplars"].map { "x-prometheus-remote-write-\($0)-written" }
    let written = names.map { name in reply.headers.first { $0.name == name }?.value }
    let expected = names.indices.map { place in one.written.map { "\($0[place])" } }
    if written != expected { return "said that \(written) was written" }
    if reply.status / 100 == 2, !text.isEmpty { return "has a body: \(text)" }
    if reply.status / 100 != 2, text.isEmpty { return "does not say what is wrong" }
    return one.says.isEmpty || text.contains(one.says) ? nil : "said: \(text)"
  }

  @Test func remoteWriteConformance() async throws {
    let cases = Self.negotiation + Self.messages + Self.values + Self.parts
    var failures: [String] = []
    for one in cases {
      if let failure = try await Self.failure(one) { failures.append("  \(one.rule): \(failure)") }
    }
    failures += try await Self.failuresOfTheServer()
    let count = cases.count + 2
    print("Remote write 2.0: passed \(count - failures.count) of \(count)")
    for failure in failures { print(failure) }
    #expect(failures.isEmpty)
  }

  /// The two rules that take more than one request: a failure of ours asks for a retry, and the retry counts once.
  static func failuresOfTheServer() async throws -> [String] {
    var failures: [String] = []
    // Nothing is open yet, as while a disk is full.
    let closed = try LedgerEngine(directory: nil)
    let reply = await intake(closed).handle(.init(body: sound, headers: second, actor: "token/test"))
    let written = reply.headers.filter { $0.name.hasSuffix("-written") }.map(\.value)
    if reply.status != 503 || written != ["0", "0", "0"] {
      failures.append("  a failure of the server is answered 5xx with nothing written: answered \(reply.status)")
    }
    let ledger = try LedgerEngine(directory: nil)
    let slis = [SLIDefinition(id: "shop", counts: .bad, period: .days(30))]
    try ledger.register(slis, at: Instant(milliseconds: now - 100_000)) { _ in [SLITarget(id: "shop", side: .total)] }
    let bodies = [(1.0, now - 20_000), (8.0, now - 10_000)].map {
      request([named("shop_requests_total", value: $0, at: $1)])
    }
    for body in bodies + bodies {
      let reply = await intake(ledger).handle(.init(body: body, headers: second, actor: "token/test"))
      if reply.status != 204 { failures.append("  a retry of a whole request counts once: answered \(reply.status)") }
    }
    let total = ledger.read { ledger in
      ledger.slot(of: "shop").map { ledger.window($0, .hours(1), at: Instant(milliseconds: now)).total }
    }
    if total != 7 { failures.append("  a retry of a whole request counts once: counted \(total ?? -1)") }
    return failures
  }
}
