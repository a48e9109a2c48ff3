import Base
import Testing

@testable import Web

@Suite struct MarkupTests {
  @Test func textAndAttributesAreEscaped() {
    let hostile = "\"><script>alert('x')</script>&\u{0}"
    let source = div(.title(hostile)) { hostile }.source
    let escaped = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\u{FFFD}"
    #expect(source == "<div title=\"\(escaped)\">\(escaped)</div>")
  }

  /// "gpj.exe" must not read "exe.jpg": what turns the direction of the text behind it is taken out.
  @Test func directionIsNotTurned() {
    let spoof = "a\u{202E}gpj.exe\u{2066}b\u{2069} caf\u{E9} \u{2013} \u{200F}\u{5D0}"
    let source = div { spoof }.source
    #expect(source == "<div>a\u{FFFD}gpj.exe\u{FFFD}b\u{FFFD} caf\u{E9} \u{2013} \u{200F}\u{5D0}</div>")
    #expect(div { "\u{2013}" }.source == "<div>\u{2013}</div>")
  }

  @Test(arguments: [
    ("javascript:alert(1)", "#"), (" javascript:alert(1)", "#"), ("java\tscript:alert(1)", "#"), ("JaVaScRiPt:x", "#"),
    ("data:text/html,x", "#"), ("vbscript:x", "#"), ("/alerts?a=b:c", "/alerts?a=b:c"), ("#x", "#x"),
    ("https://example.com", "https://example.com"), ("mailto:a@example.com", "mailto:a@example.com"),
  ])
  func addressesKeepOnlyHarmlessSchemes(address: String, shown: String) {
    #expect(SafeURL.check(address) == shown)
  }

  @Test func voidElementsHaveNoEndTag() {
    #expect(br().source == "<br>")
    #expect(input(.name("a"), .flag("required")).source == "<input name=\"a\" required>")
    #expect(p { if false { "no" } }.source == "<p></p>")
  }

  @Test func numbersAreWritten() {
    #expect(Format.fixed(-12.345, 1) == "−12.3")
    #expect(Format.fixed(.nan, 1) == "–")
    #expect(Format.short(3.10) == "3.1" && Format.short(-0.05) == "-0.05" && Format.short(2) == "2")
    #expect(
      Format.ratio(0.99994) == "99.99 %" && Format.ratio(0.999996) == "99.9996 %" && Format.ratio(1) == "100.00 %")
    #expect(Format.objective(0.999) == "99.9 %")
    #expect(Format.length(.minutes(90)) == "1 h 30 min" && Format.length(.zero) == "0 s")
    #expect(Format.list(["a", "b", "c", "d"]) == "a, b and 2 more")
  }

  @Test func theCalendarIsRight() {
    let parts = ClockParts(Instant(rfc3339: "2024-02-29T23:59:58Z")!, offsetBy: 3_600)
    #expect((parts.year, parts.month, parts.day, parts.hour) == (2024, 3, 1, 0))
    #expect(parts.weekdayName == "Fri")
    let old = ClockParts(Instant(rfc3339: "1969-12-31T23:59:59Z")!, offsetBy: 0)
    #expect((old.year, old.month, old.day, old.second) == (1969, 12, 31, 59) && old.weekdayName == "Wed")
  }

  @Test func markdownIsRenderedAndHarmless() {
    let source = Markdown.html(
      """
      # A **bold** <b>start</b>
      - one
      - [x] two
        - nested `code`

      1. first

      | a | b |
      |---|---|
      | 1 | *2* |

      > quoted [link](javascript:alert(1)) and [good](https://example.com/a_b)

      ```
      <script>
      ```
      """
    ).source
    #expect(source.contains("<h2>A <strong>bold</strong> &lt;b&gt;start&lt;/b&gt;</h2>"))
    #expect(source.contains("<ul><li>one</li><li>☑ two<ul><li>nested <code>code</code></li></ul></li></ul>"))
    #expect(source.contains("<ol><li>first</li></ol>"))
    #expect(source.contains("<td>1</td><td><em>2</em></td>"))
    #expect(source.contains("<a href=\"#\"") && source.contains("href=\"https://example.com/a_b\""))
    #expect(source.contains("&lt;script&gt;") && !source.contains("<script>"))
  }

  @Test func hostileMarkdownEnds() {
    for text in [
      String(repeating: "[", count: 20_000), String(repeating: "> ", count: 3_000),
      String(repeating: "*", count: 20_001),
    ] {
      #expect(!Markdown.html(text).source.isEmpty)
    }
  }

  @Test func gapsInTheDataAreGapsInTheLine() {
    let start = Samples.now
    let points = [0, 1, 2, 6, 7].map { TimeChart.Point(time: start + .minutes($0), value: 1) }
    #expect(TimeChart.runs(of: points, gap: .minutes(2)).map(\.count) == [3, 2])
    let holes = [1, 1, nil, nil, nil, 1, 1].enumerated().map {
      TimeChart.Point(time: start + .minutes(Int64($0)), value: $1)
    }
    #expect(TimeChart.runs(of: holes, gap: .seconds(90)).map(\.count) == [2, 2])
    // Another series was taken twice as often: its times are no holes of this one.
    let sparse = (0..<9).map { TimeChart.Point(time: start + .minutes($0), value: $0 % 2 == 0 ? 1 : nil) }
    #expect(TimeChart.runs(of: sparse, gap: .minutes(1)).map(\.count) == [5])
  }

  @Test func timeTicksFollowTheClockAcrossAChangeOfOffset() {
    // Berlin leaves summer time on 2026-10-25 at 01:00Z.
    let change = Instant(rfc3339: "2026-10-25T01:00:00Z")!
    let berlin = ReaderZone(name: "Europe/Berlin") { $0 < change ? (7_200, "CEST") : (3_600, "CET") }
    let axis = TimeAxis(
      from: Instant(rfc3339: "2026-10-24T12:00:00Z")!, to: Instant(rfc3339: "2026-10-26T12:00:00Z")!, zone: berlin)
    let ticks = axis.ticks(aim: 4)
    #expect(ticks.map(\.label) == ["Sun 25", "12:00", "Mon 26", "12:00"])
    #expect(ticks[0].time == Instant(rfc3339: "2026-10-24T22:00:00Z")!)
    #expect(ticks[2].time == Instant(rfc3339: "2026-10-25T23:00:00Z")!)
  }

  @Test func aBurnAxisShowsItsThresholds() {
    let axis = Axis.log(from: 0.1, to: 412, unit: "") { "\($0)" }
    #expect(axis.ticks.count == 5 && axis.high == 1_000)
    #expect(axis.position(0) == 0 && abs(axis.position(10) - 0.5) < 1e-9)
  }
}
