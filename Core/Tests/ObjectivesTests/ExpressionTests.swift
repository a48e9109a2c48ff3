import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct ExpressionTests {
  private func terms(_ count: CountExpression) -> String { count.description }

  @Test(arguments: [
    "requests_total", "  requests_total{} ", "sum(rate(requests_total[5m]))", "sum(increase(requests_total{}[1h]))",
    "rate(requests_total[$__range])", "increase(requests_total[5m])", "(requests_total)", "sum(requests_total)",
    "{__name__=\"requests_total\"}", "{\"requests_total\"}", "requests_total # all of them",
    "sum(rate(requests_total[{{.window}}]))", "sum(rate(requests_total[{{ .window }}]))",
    "sum(rate(requests_total[5m])) or vector(0)", "SUM(rate(requests_total[5m])) OR on() vector(0)",
    "(sum(rate(requests_total[5m])) or on () vector(0))", "sum without (instance) (rate(requests_total[5m]))",
    "2 * requests_total / 2", "sum(requests_total) > 0", "sum(sum by (a) (rate(requests_total[5m])))",
    "1 * (requests_total)", "--requests_total", "+requests_total", "sum(rate(requests_total[1h30m]))",
  ])
  func plainCounter(query: String) throws {
    let (count, _) = try ExpressionParser.count(query)
    #expect(
      count.terms == [CountTerm(CounterSelector(metric: "requests_total", matchers: []))], "\(query): \(count)")
  }

  @Test func matchersOfEveryKind() throws {
    let (count, _) = try ExpressionParser.count(
      #"sum(rate(http_requests_total{job="web", code=~"2..|3..", method!="HEAD",path!~"/health.*",le="0.3",}[5m]))"#)
    let selector = try #require(count.terms.first?.selector)
    func matches(_ labels: KeyValuePairs<String, String>) -> Bool {
      selector.matches(LabelSet(metric: "http_requests_total", labels))
    }
    #expect(matches(["job": "web", "code": "204", "method": "GET", "path": "/", "le": "0.30"]))
    #expect(matches(["job": "web", "code": "204", "le": "0.3"]))
    #expect(!matches(["job": "web", "code": "2045", "le": "0.3"]))
    #expect(!matches(["job": "web", "code": "204", "method": "HEAD", "le": "0.3"]))
    #expect(!matches(["job": "web", "code": "204", "path": "/healthz", "le": "0.3"]))
    #expect(!selector.matches(LabelSet(metric: "other", ["job": "web", "code": "204", "le": "0.3"])))
  }

  @Test(arguments: [
    ("a + b", "a + b"), ("a - b", "a - b"), ("sum(rate(a[5m])) + sum(rate(b[5m])) - c", "a + b - c"),
    ("2 * a + b / 4", "2.0 * a + 0.25 * b"), ("(a + b) * 3", "3.0 * a + 3.0 * b"), ("a - (b - c)", "a - b + c"),
    ("-a + b", "-a + b"), ("a + a", "2.0 * a"), ("a + b - b", "a"), ("sum(a + b)", "a + b"),
    ("60 * rate(a[5m])", "60.0 * a"), ("a * (1 - 0.5)", "0.5 * a"), ("a + on (job) b", "a + b"),
  ])
  func linearCombinations(query: String, expected: String) throws {
    #expect(terms(try ExpressionParser.count(query).count) == expected)
  }

  private func ratio(
    _ query: String, _ bare: ExpressionParser.Bare = .shares, states: SLISide = .good
  ) throws -> String {
    guard case .ratio(let part, let total, let side, _) = try ExpressionParser.parse(query, bare: bare, states: states)
    else { return "a count" }
    func text(_ count: CountExpression) -> String {
      count.terms.map { "\($0.weight) \($0.selector) \($0.reading)" }.joined(separator: ", ")
    }
    return "\(side): \(text(part)) / \(text(total))"
  }

  @Test(arguments: [
    ("rate(a[5m]) / rate(b[5m])", "good: 1.0 a increase / 1.0 b increase"),
    ("1 - rate(a[5m]) / rate(b[5m])", "bad: 1.0 a increase / 1.0 b increase"),
    ("1 - (1 - rate(a[5m]) / rate(b[5m]))", "good: 1.0 a increase / 1.0 b increase"),
    // What is left of the total is the other side.
    ("(rate(b[5m]) - rate(a[5m])) / rate(b[5m])", "bad: 1.0 a increase / 1.0 b increase"),
    ("1 - (rate(b[5m]) - rate(a[5m])) / rate(b[5m])", "good: 1.0 a increase / 1.0 b increase"),
    // Where nothing can be turned round the difference stays.
    ("(rate(a[5m]) - rate(c[5m])) / rate(b[5m])", "good: 1.0 a increase, -1.0 c increase / 1.0 b increase"),
    ("sum(a_total) / sum(b_total)", "good: 1.0 a_total increase / 1.0 b_total increase"),
    ("a / b", "good: 1.0 a value / 1.0 b value"),
    ("job:success:ratio", "good: 1.0 job:success:ratio share / 1.0 job:success:ratio samples"),
    ("1 - job:errors:ratio", "bad: 1.0 job:errors:ratio share / 1.0 job:errors:ratio samples"),
    ("avg(up)", "good: 1.0 up share / 1.0 up samples"),
    ("avg_over_time(up[5m])", "good: 1.0 up value / 1.0 up samples"),
    ("avg(avg_over_time(up[5m]))", "good: 1.0 up value / 1.0 up samples"),
    ("sum(rate(a[5m])) / (sum(rate(b[5m])) > 0)", "good: 1.0 a increase / 1.0 b increase"),
    (
      "1 - (sum(sum_over_time(g[{{.window}}])) / sum(count_over_time(g[{{.window}}])))",
      "bad: 1.0 g value / 1.0 g samples"
    ),
    (
      "sum_over_time((count(g < 0.75))[{{.window}}:]) / sum_over_time(count(g)[{{.window}}:])",
      "good: 1.0 g samplesWhere(Ledger.Comparison.less, 0.75) / 1.0 g samples"
    ),
    (
      "count_over_time((g >= 2)[5m:1m]) / count_over_time(g[5m])",
      "good: 1.0 g samplesWhere(Ledger.Comparison.greaterOrEqual, 2.0) / 1.0 g samples"
    ),
    (
      "avg_over_time((probe == bool 1)[5m:])",
      "good: 1.0 probe samplesWhere(Ledger.Comparison.greaterOrEqual, 1.0), "
        + "-1.0 probe samplesWhere(Ledger.Comparison.greater, 1.0) / 1.0 probe samples"
    ),
    (
      "count(up == 0) / count(up)",
      "good: 1.0 up samplesWhere(Ledger.Comparison.greaterOrEqual, 0.0), "
        + "-1.0 up samplesWhere(Ledger.Comparison.greater, 0.0) / 1.0 up samples"
    ),
  ])
  func ratios(query: String, expected: String) throws {
    #expect(try ratio(query) == expected)
  }

  @Test func aRatioOfFailuresCountsTheBad() throws {
    #expect(try ratio("rate(a[5m]) / rate(b[5m])", states: .bad) == "bad: 1.0 a increase / 1.0 b increase")
    #expect(try ratio("1 - rate(a[5m]) / rate(b[5m])", states: .bad) == "good: 1.0 a increase / 1.0 b increase")
  }

  @Test func groupsAreKeptForAttribution() throws {
    #expect(try ExpressionParser.count("sum by (code, job) (rate(a[5m]))").by == ["code", "job"])
    #expect(try ExpressionParser.count("sum(rate(a[5m])) by (le)").by == ["le"])
    #expect(try ExpressionParser.count("sum without (job) (rate(a[5m]))").by == [])
    #expect(try ExpressionParser.count("sum by (a) (x) + sum by (b, a) (y)").by == ["a", "b"])
    guard
      case .ratio(_, _, _, let by) = try ExpressionParser.parse(
        "sum by (a) (rate(x[1m])) / on (a) sum by (a) (y_total)")
    else { return #expect(Bool(false)) }
    #expect(by == ["a"])
  }

  @Test func samplesThatAreNumbersOfEvents() throws {
    let (count, _) = try ExpressionParser.count("sum(errors_per_minute)", bare: .numbers)
    #expect(count.terms.map(\.reading) == [.value])
    // A function says what it says, whatever a bare selector would mean.
    #expect(
      try ExpressionParser.count("sum(rate(errors_total[1m]))", bare: .numbers).count.terms[0].reading == .increase)
    #expect(
      try ExpressionParser.count("sum(lag > bool 10)", bare: .numbers).count.terms.map(\.reading)
        == [.samplesWhere(.greater, 10)])
  }

  @Test(arguments: [
    ("", 1, "empty"), ("min(rate(a[5m]))", 1, "only sums"), ("histogram_quantile(0.9, a)", 1, "bucket of that 'le'"),
    ("label_replace(a, \"b\", \"c\", \"d\", \"e\")", 1, "dataSource"), ("rate(a)", 7, "range"),
    ("a{b=\"c\"", 8, "'}'"), ("a offset 5m", 3, "offset"), ("a or b", 3, "vector(0)"), ("a and b", 3, "'and'"),
    ("a[5m]", 1, "range needs"), ("a{b=~\"(\"}", 6, "')'"), ("a{b}", 4, "expected"), ("{b=\"\"}", 1, "every series"),
    ("rate(a[5m:1m])", 1, "subquery"), ("a{b=\"c}", 5, "without its end"), ("a ^ 2", 3, "'^'"),
    ("rate(sum(a)[5m:])", 1, "subquery"), ("(a", 3, "without its ')'"), ("a)", 2, "without its '('"),
    ("1", 1, "a number alone"), ("a + 1", 3, "a selector plus a number"), ("a * b", 3, "times"), ("a / 0", 3, "by 0"),
    ("1e999 * a", 1, "not a number"), ("a / on (job) group_left b", 14, "group_left"), ("-a", 1, "never above 0"),
    ("a - a", 1, "never above 0"), ("vector(1)", 1, "vector(0)"), ("sum(a) < 5", 8, "compared"), ("a @ 5", 3, "'@'"),
    ("a < b", 3, "with a number"), ("sum_over_time(rate(a[5m])[1h:])", 26, "range after a count"),
    ("quantile_over_time(0.9, a[5m])", 1, "dataSource"), ("a[5m", 2, "without its ']'"),
    ("rate(a[banana])", 7, "range"),
    ("sum(a == 5)", 1, "count(…)"), ("\"a\"", 1, "is expected here"), ("sum by (a b) (c)", 11, "','"),
  ])
  func refusedWithPlaceAndRemedy(query: String, column: Int, words: String) {
    do {
      let expression = try ExpressionParser.parse(query)
      Issue.record("\(query) was accepted as \(expression)")
    } catch {
      #expect(error.column == column, "\(query): \(error)")
      #expect(error.message.contains(words), "\(query): \(error)")
    }
  }

  @Test func ratiosAndCountsAreToldApart() {
    #expect(throws: SelectorError.self) { try ExpressionParser.count("rate(a[5m]) / rate(b[5m])") }
    #expect(throws: SelectorError.self) {
      try ExpressionParser.parse("100 * sum(rate(a[5m])) / sum(rate(b[5m]))", bare: .shares)
    }
    #expect(throws: SelectorError.self) { try ExpressionParser.gauge("sum(rate(a[5m]))") }
    #expect(throws: SelectorError.self) { try ExpressionParser.gauge("sum(a)") }
    #expect(throws: Never.self) { try ExpressionParser.gauge("(a{b=\"c\"})") }
  }

  @Test func nestingLengthAndTermsAreBounded() {
    let deep = String(repeating: "(", count: 5_000) + "a" + String(repeating: ")", count: 5_000)
    let signs = String(repeating: "-", count: 10_000) + "a"
    let long = "a{b=\"" + String(repeating: "x", count: 20_000) + "\"}"
    let wide = (0..<65).map { "a\($0)" }.joined(separator: " + ")
    for (query, words) in [(deep, "inside each other"), (signs, "signs"), (long, "longer"), (wide, "more than 64")] {
      #expect { try ExpressionParser.parse(query) } throws: { "\($0)".contains(words) }
    }
  }
}

/// Seeded mutations: any answer but a crash or a hang.
@Suite struct ExpressionFuzzTests {
  private static let promQL = [
    #"sum(rate(http_requests_total{job="web", code=~"2..|3[0-9]+", method!~"(?i)get|[[:alpha:]]{2,3}"}[5m]))"#,
    #"{"name.with.dots", a!="\\u00e9\\n", b=~`\\d+`} # comment"#,
    "1 - (sum(sum_over_time(a[{{.window}}])) / sum by (x) (count_over_time((b >= bool 1e3)[5m:1m]))) or on() vector(0)",
    "-2 * (a + b{c=\"d\"}) / 4 - on (e) avg(avg_over_time(f[1h]))",
  ]
  private static let others = [
    #"{service.name="checkout", kind="server"}"#, #"status="error" or (duration>="300ms" and http.route!~"/x.*")"#,
    "sum:requests.hits{service:checkout,!code:5*,env IN (a,b)} by {pod}.as_count() - sum:x{*}.rollup(sum, 60)",
  ]

  private func mutated(_ seed: String, _ random: inout SeededGenerator) -> String {
    let spice = Array("(){}[]*+?|\\\"'`^$-,=~!.#5é:<>/ \u{1F600}")
    var text = Array(seed)
    for _ in 0..<Int.random(in: 1...6, using: &random) where !text.isEmpty {
      let place = Int.random(in: 0..<text.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1: text.remove(at: place)
      case 2:
        let end = min(text.count, place + Int.random(in: 1...30, using: &random))
        text.insert(contentsOf: Array(text[place..<end]), at: place)
      default: text.insert(spice.randomElement(using: &random)!, at: place)
      }
    }
    return String(text)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>) func mutatedQueries(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<400 {
      let text = mutated(Self.promQL[round % Self.promQL.count], &random)
      for bare in [ExpressionParser.Bare.increments, .numbers, .shares] {
        do {
          switch try ExpressionParser.parse(text, bare: bare) {
          case .count(let count, _): check(count, text)
          case .ratio(let part, let total, _, _):
            check(part, text)
            check(total, text)
          }
        } catch {
          #expect(error.column >= 1 && error.column <= text.count + 1, "\(text): \(error)")
        }
      }
    }
  }

  private func check(_ count: CountExpression, _ text: String) {
    #expect(count.terms.allSatisfy { $0.weight.isFinite && $0.weight != 0 }, "\(text)")
    for term in count.terms {
      _ = term.selector.matches(
        LabelSet(metric: "http_requests_total", ["job": "web", "code": "200", "method": "gét"]))
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>) func mutatedSpansAndDatadog(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<600 {
      let text = mutated(Self.others[round % Self.others.count], &random)
      for parse in [
        { _ = try SpanParser.matchers($0) }, { _ = try SpanParser.condition($0) },
        { _ = try DatadogParser.count($0, bare: .increments) }, { _ = try DatadogParser.gauge($0) },
      ] as [(String) throws -> Void] {
        do {
          try parse(text)
        } catch {
          #expect((error as? SelectorError).map { $0.column >= 1 } == true, "\(text): \(error)")
        }
      }
    }
  }
}
