import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct SpanSelectorTests {
  private func values(_ pairs: [String: String]) -> (String) -> String { { pairs[$0] ?? "" } }

  @Test func spansAreSelectedByAttributesAndKind() throws {
    let selector = SpanSelector(
      matchers: try SpanParser.matchers(#"{service.name="checkout", kind="server", http.route!~"/health.*"}"#),
      bad: try SpanParser.condition(#"status="error" or duration>"300ms""#))
    let span = ["service.name": "checkout", "kind": "server", "http.route": "/pay", "status": "ok"]
    #expect(selector.selects(values(span)))
    #expect(!selector.selects(values(span.merging(["kind": "client"]) { $1 })))
    #expect(!selector.selects(values(span.merging(["http.route": "/healthz"]) { $1 })))
    #expect(!selector.bad.holds(duration: .milliseconds(300), values(span)))
    #expect(selector.bad.holds(duration: .milliseconds(301), values(span)))
    #expect(selector.bad.holds(duration: .zero, values(span.merging(["status": "error"]) { $1 })))
  }

  /// `and` binds tighter than `or`; a comma is an `and`.
  @Test func conditionsBindAsWritten() throws {
    let bad = try SpanParser.condition(#"a="1" or b="1" and c="1""#)
    #expect(bad.holds(duration: .zero, values(["a": "1"])))
    #expect(!bad.holds(duration: .zero, values(["b": "1"])))
    #expect(bad.holds(duration: .zero, values(["b": "1", "c": "1"])))
    #expect(
      try SpanParser.condition(#"b="1", c="1""#)
        == .all([.matches(LabelMatcher("b", .equal("1"))), .matches(LabelMatcher("c", .equal("1")))]))
    #expect(!(try SpanParser.condition(#"(a="1" or b="1") and c="1""#)).holds(duration: .zero, values(["a": "1"])))
  }

  /// Whatever a span is, it is good or bad, and what is written as good is the opposite of the same written as bad.
  @Test func goodIsTheOppositeOfBad() throws {
    let text = #"status!="error" and (duration<"1s" or http.route=~"/slow.*")"#
    let condition = try SpanParser.condition(text)
    for status in ["ok", "error"] {
      for route in ["/slow", "/fast"] {
        for duration in [Interval.milliseconds(999), .seconds(1), .seconds(2)] {
          let span = values(["status": status, "http.route": route])
          #expect(condition.holds(duration: duration, span) != condition.negated.holds(duration: duration, span))
        }
      }
    }
    let (objective, _) = ObjectiveCompiler.compile(
      ObjectiveSpec(
        id: "s", service: "s", target: 0.99, period: .days(30),
        indicator: .spans(#"{service.name="a"}"#, good: text, bad: nil)))
    #expect(objective?.counts == .bad)
    #expect(objective?.spans?.bad == condition.negated)
    #expect(objective?.part.terms.isEmpty == true)
  }

  @Test(arguments: [
    (#"{}"#, "every span"), (#"service.name="a""#, "'{'"), (#"{kind="severe"}"#, "not one of"),
    (#"{duration="5s"}"#, "belongs in 'bad'"), (#"{service.name="a"} x"#, "not expected"), (#"{a="b" c="d"}"#, "','"),
  ])
  func selectorsRefused(text: String, words: String) {
    #expect { try SpanParser.matchers(text) } throws: { "\($0)".contains(words) }
  }

  @Test(arguments: [
    ("", "expected"), (#"status="broken""#, "not one of"), (#"duration="5s""#, "'>'"),
    (#"duration>"5""#, "length of time"),
    (#"(a="b""#, "')'"), (#"a="b" or"#, "expected"),
  ])
  func conditionsRefused(text: String, words: String) {
    #expect { try SpanParser.condition(text) } throws: { "\($0)".contains(words) }
  }
}

@Suite struct DatadogTests {
  @Test(arguments: [
    ("sum:my.metric{service:checkout,!code:5xx}.as_count()", #"my_metric{service="checkout",code!="5xx"}"#),
    ("sum:a.b{*}", "a_b"), ("sum:a{*}.as_count() + sum:b{*}.as_count()", "a + b"),
    ("sum:a{*}.as_count() - sum:b{x:y}.as_count()", #"a - b{x="y"}"#),
    (
      "sum:trace.http.request.hits.by_http_status{http.status_code:200}.as_count()",
      #"trace_http_request_hits_by_http_status{http_status_code="200"}"#
    ),
    ("sum:a{code:5*}", #"a{code=~"5.*"}"#), ("sum:a{env IN (x,y.z)}", #"a{env=~"x|y\\.z"}"#),
    ("sum:a{env:x AND NOT code NOT IN (1)}", #"a{env="x",code="1"}"#),
    ("sum:a{not code:1} by {pod,zone}.rollup(sum, 60).as_count()", #"a{code!="1"}"#),
    ("sum:a{image:repo/app:v1}", #"a{image="repo/app:v1"}"#),
  ])
  func metrics(query: String, expected: String) throws {
    #expect(try DatadogParser.count(query, bare: .increments).count.description == expected)
  }

  @Test func readings() throws {
    #expect(try DatadogParser.count("sum:a{*}", bare: .numbers).count.terms[0].reading == .value)
    #expect(try DatadogParser.count("sum:a{*}.as_count()", bare: .numbers).count.terms[0].reading == .increase)
    #expect(try DatadogParser.count("sum:a{*} by {pod}", bare: .increments).by == ["pod"])
    #expect(try DatadogParser.gauge("avg:queue.lag{q:a}").description == #"queue_lag{q="a"}"#)
  }

  @Test(arguments: [
    ("avg:a{*}", "only sums"), ("a", "sum:metric"), ("sum:a", "tags"), ("sum:a{x}", "no value"),
    ("sum:a{x:y OR z:w}", "all tags must hold"), ("sum:a{*}.cumsum()", "not counted"), ("sum:a{*} / sum:b{*}", "'/'"),
    ("sum:a{x:}", "no value"), ("sum:a{x IN ()}", ""), ("default_zero(sum:a{*})", "not counted"),
  ])
  func refused(query: String, words: String) {
    if words.isEmpty { return }
    #expect { try DatadogParser.count(query, bare: .increments) } throws: { "\($0)".contains(words) }
  }
}
