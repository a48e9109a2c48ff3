import Base
import Definitions
import Ledger
import Testing
import Trees

@testable import Objectives

/// Where an SLI's samples come from: what is sent to us, a data source that is asked, spans, Datadog.
@Suite struct QuerySourceTests {
  private func compile(_ metric: String, dataSource: String? = nil, objective: String = #"{"target":0.99}"#) throws -> (
    objective: Objective?, problems: [String]
  ) {
    let slo = """
      {"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"web"},"spec":{"service":"shop",
      "indicator":{"metadata":{"name":"i"},"spec":\(metric)},"timeWindow":[{"duration":"30d","isRolling":true}],
      "budgetingMethod":"Occurrences","objectives":[\(objective)]}}
      """
    var assembly = Assembly()
    assembly.add(ParsedFile(source: SourceFile(path: "a.yaml", text: slo), documents: [try tree(slo)]))
    if let dataSource {
      let text = """
        {"apiVersion":"openslo/v1","kind":"DataSource","metadata":{"name":"prom"},"spec":\(dataSource)}
        """
      assembly.add(ParsedFile(source: SourceFile(path: "b.yaml", text: text), documents: [try tree(text)]))
    }
    let result = assembly.result(references: false)
    let (objectives, problems) = ObjectiveCompiler.compile(try #require(result.snapshot, "\(result.diagnostics)"))
    return (objectives.first, problems.map(\.message))
  }

  private func ratio(_ bad: String, _ total: String = "sum(rate(t[5m]))", ref: String = #""metricSourceRef":"prom","#)
    -> String
  {
    let sides = [("bad", bad), ("total", total)].map {
      #""\#($0)":{"metricSource":{\#(ref)"spec":{"query":"\#($1)"}}}"#
    }
    return #"{"ratioMetric":{"counter":true,\#(sides.joined(separator: ","))}}"#
  }

  private static let prometheus = """
    {"type":"Prometheus","connectionDetails":[{"url":"https://prom.example.org"},{"secretRef":"env:TOKEN"},
    {"step":"30s"}]}
    """

  @Test func countersOfADataSourceAreFetchedAndCounted() throws {
    let (objective, problems) = try compile(ratio("sum(rate(e[5m]))"), dataSource: Self.prometheus)
    #expect(problems == [])
    #expect(
      objective?.query
        == QuerySLI(
          source: "prom", url: "https://prom.example.org", authorization: "env:TOKEN", step: .seconds(30),
          form: .samples))
    #expect(objective?.part.description == "e")
    // What is sent to us counts nothing for it; what is fetched does.
    let found = try #require(objective)
    let labels = LabelSet(metric: "e", [:])
    #expect(SeriesMatcher([found]).targets(of: labels).isEmpty)
    #expect(SeriesMatcher([found], source: "prom").targets(of: labels).count == 1)
    #expect(SeriesMatcher([found], source: "other").targets(of: labels).isEmpty)
  }

  @Test func whatCannotBeCountedIsEvaluatedThere() throws {
    let query = "histogram_quantile(0.9, a)"
    let (objective, problems) = try compile(ratio(query), dataSource: Self.prometheus)
    #expect(problems == [])
    #expect(objective?.query?.form == .instant(part: query, total: "sum(rate(t[5m]))", raw: nil))
    #expect(objective?.counts == .bad && objective?.part.terms.isEmpty == true)
    let threshold = #"{"thresholdMetric":{"metricSource":{"metricSourceRef":"prom","spec":{"query":"\#(query)"}}}}"#
    let (gauge, _) = try compile(
      threshold, dataSource: Self.prometheus, objective: #"{"target":0.9,"op":"lt","value":0.5}"#)
    #expect(
      gauge?.query?.form
        == .instant(part: nil, total: nil, raw: .init(query: query, reading: .threshold(.less, 0.5))))
    let raw = """
      {"ratioMetric":{"rawType":"failure",
      "raw":{"metricSource":{"metricSourceRef":"prom","spec":{"query":"\(query)"}}}}}
      """
    let (share, _) = try compile(raw, dataSource: Self.prometheus)
    #expect(share?.query?.form == .instant(part: nil, total: nil, raw: .init(query: query, reading: .share)))
    #expect(share?.counts == .bad)
  }

  @Test func withoutADataSourceTheRemedyNamesOne() throws {
    let (objective, problems) = try compile(ratio("topk(1, a)", ref: ""))
    #expect(objective == nil)
    #expect(problems.count == 1)
    #expect(
      problems.first?.contains("column 1") == true
        && problems.first?.contains("name a dataSource of type Prometheus") == true)
  }

  @Test func aStreamedDataSourceIsNotAsked() throws {
    for details in [#"[{"url":"http://a"},{"mode":"stream"}]"#, "{}"] {
      let (objective, problems) = try compile(
        ratio("e"), dataSource: #"{"type":"Prometheus","connectionDetails":\#(details)}"#)
      #expect(problems == [])
      #expect(objective != nil && objective?.query == nil)
    }
  }

  @Test(arguments: [
    (#"{"url":"prom"}"#, "is not an address"), (#"{"url":"ftp://prom"}"#, "is not an address"),
    (#"{"secretRef":"hunter2"}"#, "not a reference to a secret"), (#"{"step":"1s"}"#, "from 10s to 1h"),
    (#"{"mode":"push"}"#, "not one of stream, query"), (#"{"tenant":""}"#, "tenant is not a name"),
    (#"{"tenant":"a\nb"}"#, "tenant is not a name"), (#"{"headers":["a"]}"#, "write each as NAME: VALUE"),
    (#"{"headers":{"a b":"c"}}"#, "is not the name of a header"),
    (#"{"headers":{"authorization":"hunter2"}}"#, "is what secretRef beside the url sets"),
    (#"{"headers":{"Host":"x"}}"#, "is set by the request itself"),
    (#"{"headers":{"X-Api-Key":"hunter2"}}"#, "looks like a secret"),
    (#"{"headers":{"X-Api-Key":{"secretRef":"hunter2"}}}"#, "not a reference to a secret"),
    (#"{"headers":{"X-Team":"a\u0001"}}"#, "is not printable ASCII"),
    (#"{"headers":{"X-Team":null}}"#, "is not printable"),
    (#"{"tenant":"a","headers":{"x-scope-orgid":"b"}}"#, "is given twice"),
  ])
  func connectionDetailsAreChecked(details: String, words: String) throws {
    let text = """
      {"apiVersion":"openslo/v1","kind":"DataSource","metadata":{"name":"p"},"spec":{"type":"Prometheus",
      "connectionDetails":\(details)}}
      """
    var assembly = Assembly()
    assembly.add(ParsedFile(source: SourceFile(path: "a.yaml", text: text), documents: [try tree(text)]))
    let errors = assembly.result(references: false).errors.map(\.message)
    #expect(errors.contains { $0.contains(words) && !$0.contains("hunter2") }, "\(errors)")
  }

  @Test func headersAndTheTenantAreSent() throws {
    let details = """
      {"url":"https://mimir.example.org","tenant":7,"headers":{"X-Team":"shop","X-Api-Key":{"secretRef":"env:KEY"}}}
      """
    let (objective, problems) = try compile(
      ratio("e"), dataSource: #"{"type":"Prometheus","connectionDetails":\#(details)}"#)
    #expect(problems == [])
    #expect(
      objective?.query?.headers == [
        .init("X-Scope-OrgID", .text("7")), .init("X-Team", .text("shop")),
        .init("X-Api-Key", .secret(.environment("KEY"))),
      ])
  }

  @Test func sourcesThatDiffer() throws {
    let metric = """
      {"ratioMetric":{"counter":true,"bad":{"metricSource":{"metricSourceRef":"prom","spec":{"query":"a"}}},
      "total":{"metricSource":{"type":"Prometheus","spec":{"query":"b"}}}}}
      """
    let (objective, problems) = try compile(metric, dataSource: Self.prometheus)
    #expect(objective == nil && problems.first?.contains("different sources") == true)
  }

  private func spans(_ bad: String, _ total: String = #""spans":"{service.name='shop'}""#) -> String {
    """
    {"ratioMetric":{"bad":{"metricSource":{"type":"OpenTelemetry","spec":{\(bad)}}},
    "total":{"metricSource":{"type":"OpenTelemetry","spec":{\(total)}}}}}
    """
  }

  @Test func spansOfOpenTelemetry() throws {
    let (objective, problems) = try compile(
      spans(#""spans":"{service.name='shop'}","bad":"status='error' or duration>'1s'""#))
    #expect(problems == [])
    #expect(objective?.spans?.matchers == [LabelMatcher("service.name", .equal("shop"))])
    #expect(
      objective?.spans?.bad
        == .any([.matches(LabelMatcher("status", .equal("error"))), .duration(.greater, .seconds(1))]))
    #expect(objective?.counts == .bad)
    for (bad, words) in [
      (#""spans":"{service.name='other'}","bad":"status='error'""#, "different spans"),
      (#""spans":"{service.name='shop'}""#, "what makes a span bad"),
    ] {
      let (none, problems) = try compile(spans(bad))
      #expect(none == nil && problems.first?.contains(words) == true, "\(problems)")
    }
    // Metrics of OpenTelemetry are series like others.
    #expect(try compile(spans(#""query":"e""#, #""query":"t""#)).objective?.part.description == "e")
  }

  @Test func datadogAndUnknownTypes() throws {
    func metric(_ type: String, _ bad: String, _ total: String) -> String {
      let sides = [("bad", bad), ("total", total)].map {
        #""\#($0)":{"metricSource":{"type":"\#(type)","spec":{"query":"\#($1)"}}}"#
      }
      return #"{"ratioMetric":{"counter":true,\#(sides.joined(separator: ","))}}"#
    }
    let (objective, _) = try compile(metric("Datadog", "sum:a.b{code:5*}.as_count()", "sum:a.b{*}.as_count()"))
    #expect(objective?.part.description == #"a_b{code=~"5.*"}"#)
    let (none, problems) = try compile(metric("AppDynamics", "a", "b"))
    #expect(none == nil && problems.first?.contains("use Prometheus, OpenTelemetry or Datadog") == true)
  }

  @Test func samplesThatAreNumbersWarnWhereTheNameSaysCounter() throws {
    let (objective, problems) = try compile(
      ratio("errors_total", "all_total", ref: "").replacing(#""counter":true"#, with: #""counter":false"#))
    #expect(objective?.part.terms.map(\.reading) == [.value])
    #expect(problems.first?.contains("write counter: true") == true)
  }
}
