import Base
import Ledger
import Testing

@testable import Objectives

struct SourcedMatcherTests {
  private func objective(_ id: String, _ query: QuerySLI?) throws -> Objective {
    Objective(
      id: id, service: "s", displayName: id, target: 0.9, period: .days(7), counts: .bad,
      part: try ExpressionParser.count("x_total{code=\"500\"}", bare: .increments).count,
      total: try ExpressionParser.count("x_total", bare: .increments).count, rules: [], query: query)
  }

  @Test func eachSourceCountsTowardsItsOwn() throws {
    let matcher = SourcedMatcher([
      try objective("streamed", nil),
      try objective("asked", QuerySLI(source: "thanos", url: "http://t")),
      try objective("other", QuerySLI(source: "mimir", url: "http://m")),
      try objective(
        "stepped", QuerySLI(source: "thanos", url: "http://t", form: .instant(part: "a", total: "b", raw: nil))),
    ])
    let series = LabelSet(metric: "x_total", ["code": "500"])
    #expect(matcher.targets(of: series).map(\.id) == ["streamed", "streamed"])
    #expect(matcher.targets(of: series.asked(of: "thanos")).map(\.id) == ["asked", "asked"])
    #expect(matcher.targets(of: series.asked(of: "nobody")).isEmpty)
    let part = LabelSet([]).asked(of: "thanos", sli: "stepped", query: "part")
    #expect(matcher.targets(of: part) == [SLITarget(id: "stepped", side: .bad, reading: .value)])
    #expect(matcher.targets(of: LabelSet([]).asked(of: "mimir", sli: "stepped", query: "part")).isEmpty)
    let raw = matcher.targets(of: LabelSet([]).asked(of: "thanos", sli: "stepped", query: "raw"))
    #expect(raw.isEmpty, "it has no raw query")
  }

  @Test func aRawQueryIsAShareOrAThresholdOnTheSideThatIsCounted() throws {
    func readings(_ reading: QuerySLI.RawReading) throws -> [SLITarget] {
      let query = QuerySLI(
        source: "p", url: "http://p", form: .instant(part: nil, total: nil, raw: .init(query: "q", reading: reading)))
      return SourcedMatcher([try objective("o", query)]).targets(
        of: LabelSet([]).asked(of: "p", sli: "o", query: "raw"))
    }
    #expect(
      try readings(.share) == [
        SLITarget(id: "o", side: .bad, reading: .share), SLITarget(id: "o", side: .total, reading: .samples),
      ])
    #expect(try readings(.threshold(.lessOrEqual, 3)).first?.reading == .samplesWhere(.greater, 3))
  }

  @Test(arguments: [
    (#"x_total{code=~"5..",path!="/a\"b\\c"}"#, #"x_total{code=~"5..",path!="/a\"b\\c"}"#),
    (#"x_bucket{le="1"}"#, #"x_bucket{le=~"1|1\\.0"}"#),
    (#"x_bucket{le!="0.5"}"#, #"x_bucket{le!~"0\\.5"}"#),
    (#"{"a.b",c="d"}"#, #"{__name__="a.b",c="d"}"#),
    (#"x_bucket{le="+Inf"}"#, #"x_bucket{le="+Inf"}"#),
  ])
  func selectorsAreWrittenAsTheServerReadsThem(_ query: String, _ expected: String) throws {
    func written(_ query: String) throws -> String? {
      try ExpressionParser.count(query, bare: .increments).count.terms.first?.selector.promQL
    }
    #expect(try written(query) == expected)
    #expect(try written(expected) == expected, "what is written is read the same")
  }
}
