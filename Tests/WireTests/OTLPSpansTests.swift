import Base
import Ledger
import Testing

@testable import Wire

@Suite struct OTLPSpansTests {
  private func span(
    _ name: String, kind: Int = 2, status: Int = 0, start: Int64, end: Int64, attributes: String = "",
    message: String = ""
  ) -> String {
    """
    {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"\(name)","kind":\(kind),\
    "startTimeUnixNano":"\(start)","endTimeUnixNano":"\(end)","attributes":[\(attributes)],\
    "status":{"code":\(status),"message":"\(message)"}}
    """
  }

  private func request(_ service: String, _ spans: [String]) -> [UInt8] {
    Array(
      """
      {"resourceSpans":[{"scopeSpans":[{"scope":{"name":"s"},"spans":[\(spans.joined(separator: ","))]}],\
      "resource":{"attributes":[{"key":"env","value":{"stringValue":"prod"}},\
      {"key":"service.name","value":{"stringValue":"\(service)"}}]}}]}
      """.utf8)
  }

  private let second: Int64 = 1_000_000_000
  private let start: Int64 = 1_790_000_000_000_000_000

  private let rule = SpanRule(
    id: "slo", selection: [SpanTest(.service, .equal("checkout")), SpanTest(.kind, .equal("server"))],
    bad: .any([
      .test(SpanTest(.status, .equal("error"))), .test(SpanTest(.duration, .compare(.greater, 0.3))),
    ]))

  /// Four server spans: one failed, one slow, one just in time, one good; a client's is not counted.
  @Test func spansCountBySelectionAndCondition() throws {
    let ms: Int64 = 1_000_000
    let body = request(
      "checkout",
      [
        span("a", status: 2, start: start, end: start + 10 * ms, message: "card refused"),
        span("b", start: start, end: start + 301 * ms), span("c", start: start, end: start + 300 * ms),
        span("d", start: start, end: start + second), span("e", kind: 3, status: 2, start: start, end: start + ms),
      ].map { $0 })
    let matcher = SpanMatcher([rule])
    let spans = try OTLPSpans(json: body) { matcher.wants(service: $0) }
    let outcome = matcher.count(spans)
    // All of them end within the second (0 s, 1 s], so that they are one count for each side.
    let time = Instant(nanoseconds: start + second)
    #expect(
      outcome.counts == [
        .init(id: "slo", side: .total, time: time, spans: 4), .init(id: "slo", side: .bad, time: time, spans: 3),
      ])
    #expect(outcome.matched == 4 && spans.received == 5)
    let exemplar = try #require(outcome.exemplars["slo"]?.first { $0.name == "a" })
    #expect(exemplar.traceID == "5b8efff798038103d269b633813fc60c" && exemplar.spanID == "eee19b7ec3c1b174")
    #expect(exemplar.service == "checkout" && exemplar.message == "card refused")
    #expect(exemplar.time == Instant(nanoseconds: start + 10 * ms) && exemplar.duration == .milliseconds(10))
    #expect(outcome.exemplars["slo"]?.map(\.name).sorted() == ["a", "b", "d"])
  }

  /// A span that ends on the edge belongs to the second that ends there; one a nanosecond later to the next.
  @Test func theEndDecidesOnTheSecond() throws {
    let body = request(
      "checkout",
      [
        span("a", start: start, end: start + second), span("a", start: start, end: start + second + 1),
      ])
    let outcome = SpanMatcher([rule]).count(try OTLPSpans(json: body))
    #expect(outcome.counts.filter { $0.side == .total }.map { $0.time.nanoseconds - start } == [second, 2 * second])
  }

  @Test func spansOfOtherServicesAreNotLookedAt() throws {
    let matcher = SpanMatcher([rule])
    let spans = try OTLPSpans(json: request("other", [span("a", start: start, end: start + 1)])) {
      matcher.wants(service: $0)
    }
    #expect(spans.received == 1 && spans.spans.isEmpty)
    #expect(matcher.count(spans).counts.isEmpty)
  }

  @Test func aGoodSideCountsThoseThatAreNotBad() throws {
    var good = rule
    good.counts = .good
    let body = request(
      "checkout",
      [
        span("a", status: 2, start: start, end: start + 1), span("b", start: start, end: start + 1),
        span("c", start: start, end: start + 1),
      ])
    let outcome = SpanMatcher([good]).count(try OTLPSpans(json: body))
    #expect(outcome.counts.map(\.side) == [.total, .good] && outcome.counts.map(\.spans) == [3, 2])
  }

  @Test(
    arguments: [
      (SpanTest(.attribute("code"), .compare(.greaterOrEqual, 500)), 1),
      (SpanTest(.attribute("code"), .equal("200")), 1), (SpanTest(.attribute("code"), .notEqual("200")), 2),
      (SpanTest(.attribute("route"), .equal("")), 2), (SpanTest(.attribute("route"), .text { $0.hasPrefix("/c") }), 1),
      (SpanTest(.attribute("env"), .equal("prod")), 2), (SpanTest(.attribute("env"), .equal("test")), 1),
      (SpanTest(.name, .equal("b")), 1), (SpanTest(.name, .notEqual("b")), 2), (SpanTest(.kind, .equal("client")), 1),
      (SpanTest(.status, .notEqual("error")), 3), (SpanTest(.duration, .compare(.lessOrEqual, 0.000_000_002)), 2),
      (SpanTest(.attribute("ratio"), .compare(.less, 0.5)), 1),
      (SpanTest(.attribute("ratio"), .compare(.less, 0.25)), 0),
      (SpanTest(.attribute("code"), .compare(.less, 1)), 0),
    ] as [(SpanTest, Int)])
  func conditionsReadEveryField(_ test: SpanTest, _ matches: Int) throws {
    func attribute(_ key: String, _ value: String) -> String { #"{"key":"\#(key)","value":{\#(value)}}"# }
    let body = request(
      "checkout",
      [
        span("a", start: start, end: start + 1, attributes: attribute("code", #""intValue":"200""#)),
        span(
          "b", kind: 3, start: start, end: start + 2,
          attributes: [attribute("code", #""intValue":503"#), attribute("route", #""stringValue":"/cart""#)].joined(
            separator: ",")),
        span(
          "c", start: start, end: start + 3,
          attributes: [attribute("env", #""stringValue":"test""#), attribute("ratio", #""doubleValue":0.25"#)].joined(
            separator: ",")),
      ])
    let rule = SpanRule(id: "s", selection: [test], bad: .all([]))
    let total = SpanMatcher([rule]).count(try OTLPSpans(json: body)).counts.filter { $0.side == .total }
    #expect(total.reduce(0) { $0 + $1.spans } == matches)
  }

  @Test func onlyTheNewestExemplarsAreKeptAndTheirTextsCut() throws {
    let long = String(repeating: "x", count: 1_000)
    let body = request(
      "checkout",
      (0..<100).map {
        span("\($0)" + long, status: 2, start: start, end: start + Int64($0 * 37 % 100) * second)
      })
    let outcome = SpanMatcher([rule]).count(try OTLPSpans(json: body))
    var kept = try #require(outcome.exemplars["slo"])
    SpanMatcher.trim(&kept)
    #expect(kept.map { ($0.time.nanoseconds - start) / second } == Array(80..<100).map { Int64($0) })
    #expect(kept.allSatisfy { $0.name.utf8.count == SpanExemplar.textBytes })
  }

  @Test func whatTheSDKSends() throws {
    let spans = try OTLPSpans(OTLPMetricsTests.corpus("otlp-traces.pb"))
    #expect(spans.received == 8 && spans.rejected == 0)
    let outcome = SpanMatcher([rule]).count(spans)
    #expect(outcome.counts.filter { $0.side == .total }.reduce(0) { $0 + $1.spans } == 4)
    #expect(outcome.counts.filter { $0.side == .bad }.reduce(0) { $0 + $1.spans } == 1)
    #expect(outcome.exemplars["slo"]?.first?.message == "card refused")
  }

  @Test func spansWithoutAnEndAreRejected() throws {
    let spans = try OTLPSpans(json: request("checkout", [span("a", start: start, end: 0)]))
    #expect(spans.rejected == 1 && spans.spans.isEmpty)
    var limits = OTLPSpans.Limits()
    limits.spans = 1
    let two = request("checkout", [span("a", start: 1, end: 2), span("a", start: 1, end: 2)])
    #expect(throws: OTLPSpans.Problem.self) { _ = try OTLPSpans(json: two, limits: limits) }
  }
}
