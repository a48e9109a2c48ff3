import Base
import Testing
import Trees

@testable import Definitions

/// Sloth's own files, and the form of its operator.
@Suite struct SlothTests {
  private static let events =
    #"{"events":{"error_query":"sum(rate(e[{{.window}}]))","total_query":"sum(rate(t[{{.window}}]))"}}"#

  private static let file = """
    {"version":"prometheus/v1","service":"shop","labels":{"team":"a","tier":2,"on":true},
    "slos":[{"name":"availability","objective":99.9,"description":"It answers.","labels":{"team":"b"},
    "sli":\(events),"alerting":{"name":"ShopDown","page_alert":{"labels":{"severity":"x"}},
    "ticket_alert":{"disable":true}}}]}
    """

  @Test func anSLOOfSlothIsAnSLO() throws {
    let result = try load(Self.file)
    #expect(result.diagnostics == [])
    let slo = try #require(result.snapshot?.find(SLOSpec.self, named: "shop-availability"))
    #expect(slo.spec.service.name == "shop")
    #expect(slo.spec.timeWindow == .rolling(DurationShorthand(30, .day)))
    #expect(slo.spec.objectives.map(\.target) == [0.999])
    #expect(slo.spec.disabledAlerts == ["ticket"])
    #expect(slo.metadata.labels.map(\.key) == ["on", "team", "tier"])
    #expect(slo.metadata.labels.map(\.values) == [["true"], ["b"], ["2"]])
    guard case .inline(let inline) = slo.spec.indicator, case .ratio(let ratio) = inline.spec.metric,
      case .bad(let bad, let total) = ratio.parts
    else {
      Issue.record("no events")
      return
    }
    #expect(ratio.counter && bad.query == "sum(rate(e[{{.window}}]))" && total.query == "sum(rate(t[{{.window}}]))")
  }

  @Test func alertsCarryWhatIsWritten() throws {
    let text = Self.file.replacing(
      #""name":"ShopDown","#,
      with: #""name":"ShopDown","labels":{"severity":"all","n":1},"annotations":{"summary":"Shop","b":true},"#
    ).replacing(
      #""ticket_alert":{"disable":true}"#, with: #""ticket_alert":{"annotations":{"summary":"Later"}}"#)
    let spec = try #require(try load(text).snapshot?.find(SLOSpec.self, named: "shop-availability")).spec
    #expect(spec.pageText.labels == [.init(key: "n", value: "1"), .init(key: "severity", value: "x")])
    #expect(spec.pageText.annotations == [.init(key: "b", value: "true"), .init(key: "summary", value: "Shop")])
    #expect(spec.ticketText.labels == [.init(key: "n", value: "1"), .init(key: "severity", value: "all")])
    #expect(spec.ticketText.annotations == [.init(key: "b", value: "true"), .init(key: "summary", value: "Later")])
    let long = text.replacing("Later", with: String(repeating: "x", count: 2_049))
    #expect(try load(long).errors.map(\.message).contains { $0.contains("2049 bytes under") })
    let list = text.replacing(#"{"summary":"Later"}"#, with: "[]")
    #expect(try load(list).errors.map(\.message).contains { $0.contains("ticket_alert.annotations is a list") })
  }

  private static let windows = """
    {"apiVersion":"sloth.slok.dev/v1","kind":"AlertWindows","spec":{"sloPeriod":"30d",
    "page":{"quick":{"errorBudgetPercent":1,"shortWindow":"2m","longWindow":"30m"},
    "slow":{"errorBudgetPercent":2,"shortWindow":"15m","longWindow":"3h"}},
    "ticket":{"quick":{"errorBudgetPercent":5,"shortWindow":"1h","longWindow":"12h"},
    "slow":{"errorBudgetPercent":5,"shortWindow":"3h","longWindow":"36h"}}}}
    """

  @Test func windowsForAPeriod() throws {
    let result = try load(Self.windows)
    #expect(result.diagnostics == [])
    let snapshot = try #require(result.snapshot)
    let spec = try #require(AlertWindowsSpec.find(in: snapshot, period: .days(30)))
    #expect(spec.pairs.map(\.severity) == ["page", "page", "ticket", "ticket"])
    #expect(spec.pairs.map(\.long) == [.minutes(30), .hours(3), .hours(12), .hours(36)])
    #expect(spec.pairs.map(\.short) == [.minutes(2), .minutes(15), .hours(1), .hours(3)])
    #expect(spec.pairs.map(\.budgetShare) == [0.01, 0.02, 0.05, 0.05])
    #expect(spec.pairs[0].factor(over: spec.period) == 14.4)
    #expect(AlertWindowsSpec.find(in: snapshot, period: .days(28)) == nil)
    let twice = try load(Self.windows, Self.windows.replacing("30d", with: "720h")).errors.map(\.message)
    #expect(twice.contains { $0.contains("AlertWindows `30d` is defined twice") }, "\(twice)")
  }

  @Test(arguments: [
    (#""30d""#, #""30""#, "spec.sloPeriod \"30\" is not a length of time"),
    (#""30d""#, #""1d""#, "longer than sloPeriod"),
    (#""sloPeriod":"30d","#, "", "spec.sloPeriod is missing"), (#""2m""#, #""30m""#, "not longer than shortWindow"),
    (#""2m""#, #""1s""#, "shorter than 1m"), (#"{"errorBudgetPercent":1,"#, "{", "errorBudgetPercent is missing"),
    ("\"errorBudgetPercent\":1,", "\"errorBudgetPercent\":0,", "not a percentage"),
    ("quick", "fast", "page.quick is missing"),
    (#","spec""#, #","specs""#, "spec is missing"),
  ])
  func oneChangeBreaksWindows(old: String, new: String, message: String) throws {
    let changed = Self.windows.replacing(old, with: new)
    #expect(changed != Self.windows)
    let errors = try load(changed).errors.map(\.message)
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }

  @Test func windowsThatFireWithinTheObjectiveAreNamed() throws {
    let result = try load(Self.windows.replacing("30d", with: "7d"))
    #expect(result.errors == [])
    #expect(
      result.warnings.map(\.message).first
        == "alert windows for 7d: ticket 12h/1h fires while an SLO keeps its objective; raise its errorBudgetPercent")
  }

  @Test func theFormOfTheOperator() throws {
    let text = """
      {"apiVersion":"sloth.slok.dev/v1","kind":"PrometheusServiceLevel","metadata":{"name":"s","namespace":"n"},
      "spec":{"service":"shop","slos":[{"name":"raw","objective":95,"sli":{"raw":{"errorRatioQuery":"1 - a"}},
      "alerting":{"pageAlert":{"disable":true},"ticketAlert":{"disable":true}}}]}}
      """
    let slo = try #require(try load(text).snapshot?.find(SLOSpec.self, named: "shop-raw"))
    #expect(slo.spec.disabledAlerts == ["page", "ticket"])
    guard case .inline(let inline) = slo.spec.indicator, case .ratio(let ratio) = inline.spec.metric,
      case .raw(.failure, let source) = ratio.parts
    else {
      Issue.record("no raw ratio of failures")
      return
    }
    #expect(source.query == "1 - a")
  }

  @Test func theContentIsPartOfTheHash() throws {
    let changed = Self.file.replacing("99.9", with: "99.8")
    let relabelled = Self.file.replacing(#""tier":2"#, with: #""tier":3"#)
    let hashes = try [Self.file, changed, relabelled].map { try #require(try load($0).snapshot).hash }
    #expect(Set(hashes).count == 3)
  }

  @Test(arguments: [
    ("prometheus/v1", "prometheus/v9", "is not a version"), (#""service":"shop""#, #""service":"""#, "service"),
    ("99.9", "101", "is not a percentage"), ("99.9", "0", "is not a percentage"),
    (#""objective":99.9,"#, "", "objective is missing"), (#""name":"ShopDown","#, "", "Sloth wants one"),
    (#""error_query":"sum(rate(e[{{.window}}]))","#, "", "error_query is missing"),
    (#""name":"availability""#, #""name":"a b""#, "is not a name"),
    (#"{"events":"#, #"{"raw":{"error_ratio_query":"x"},"events":"#, "write exactly one"),
    (#""labels":{"team":"b"}"#, #""labels":{"team":["b"]}"#, "not text"),
  ])
  func oneChangeBreaksIt(old: String, new: String, message: String) throws {
    let changed = Self.file.replacing(old, with: new)
    #expect(changed != Self.file)
    let errors = try load(changed).errors.map(\.message)
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }

  @Test func theSameSLOTwiceIsAnError() throws {
    let errors = try load(Self.file, Self.file.replacing("It answers.", with: "Again.")).errors.map(\.message)
    #expect(errors.contains { $0.contains("SLO `shop-availability` is defined twice") }, "\(errors)")
    let openSLO = """
      {"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"shop-availability"},"spec":{"service":"shop",
      "indicatorRef":"i","timeWindow":[{"duration":"28d","isRolling":true}],"budgetingMethod":"Occurrences",
      "objectives":[{"target":0.99}]}}
      """
    let mixed = try load(Self.file, openSLO, references: false).errors.map(\.message)
    #expect(mixed.contains { $0.contains("is defined twice") }, "\(mixed)")
  }

  @Test func pluginsAreNamed() throws {
    let text = Self.file.replacing(Self.events, with: #"{"plugin":{"id":"my/plugin","options":{"a":"b"}}}"#)
      .replacing(#""labels":{"team":"b"},"#, with: #""plugins":{"chain":[]},"#)
    let result = try load(text)
    #expect(
      result.warnings.map(\.message) == ["slos.0.plugins are not run: they are programs of Sloth that write its rules"])
    guard case .inline(let inline) = result.snapshot?.all(SLOSpec.self).first?.spec.indicator,
      case .plugin("my/plugin") = inline.spec.metric
    else {
      Issue.record("no plugin")
      return
    }
  }

  @Test func aServiceOfSlothNeedsNoCatalog() throws {
    #expect(try load(Self.file, references: true).errors == [])
  }
}

/// What differs between the versions of OpenSLO.
@Suite struct OpenSLOVersionTests {
  private static let v2 = """
    {"apiVersion":"openslo.com/v2alpha","kind":"SLO","metadata":{"name":"web","labels":{"env":"prod"}},"spec":{
    "serviceRef":"web","sli":{"metadata":{"name":"i"},"spec":{"ratioMetric":{"counter":true,
    "good":{"dataSourceRef":"p","spec":{"query":"g"}},
    "total":{"dataSourceSpec":{"type":"Prometheus","connectionDetails":{"url":"http://p"}},"spec":{"query":"t"}}}}},
    "timeWindow":[{"duration":"4w","isRolling":true}],"budgetingMethod":"Occurrences","objectives":[{"target":0.99}]}}
    """

  @Test func version2IsReadAsTheSameSpec() throws {
    for text in [Self.v2, Self.v2.replacing("serviceRef", with: "service")] {
      let result = try load(text, references: false)
      #expect(result.diagnostics == [])
      let slo = try #require(result.snapshot?.find(SLOSpec.self, named: "web"))
      #expect(slo.spec.service.name == "web" && !slo.spec.isComposite)
      guard case .inline(let inline) = slo.spec.indicator, case .ratio(let ratio) = inline.spec.metric,
        case .good(let good, let total) = ratio.parts
      else {
        Issue.record("no ratio")
        return
      }
      #expect(good.dataSource?.name == "p" && good.query == "g")
      #expect(total.inlineDataSource?.connection?.url == "http://p")
    }
  }

  @Test(arguments: [
    (#""4w""#, #""1M""#, "only m h d w"), (#""name":"web""#, #""name":"web","displayName":"Web""#, "displayName"),
    (#""env":"prod""#, #""env":["prod"]"#, "not text"), (#""env":"prod""#, #""env":"a b""#, "label value"),
    (#""serviceRef":"web""#, #""serviceRef":"web","service":"web""#, "exactly one"),
    (#""sli":"#, #""sliRef":"x","sli":"#, "sli and sliRef"), (#""sli":"#, #""indicator":"#, "neither sli nor sliRef"),
    (#""dataSourceRef":"p""#, #""dataSourceRef":"p","dataSourceSpec":{}"#, "exactly one"),
    (#""kind":"SLO""#, #""kind":"SLOO""#, "did you mean `SLO`?"),
  ])
  func oneChangeBreaksVersion2(old: String, new: String, message: String) throws {
    let changed = Self.v2.replacing(old, with: new)
    #expect(changed != Self.v2)
    let errors = try load(changed, references: false).errors.map(\.message)
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }

  private static let alpha = """
    {"apiVersion":"openslo/v1alpha","kind":"SLO","metadata":{"name":"web"},"spec":{"service":"web",
    "budgetingMethod":"Occurrences","timeWindows":[{"count":1,"unit":"Month","calendar":{"startTime":
    "2022-01-01 12:00:00","timeZone":"America/New_York"}}],"objectives":[{"target":0.9,"ratioMetrics":{
    "incremental":true,"good":{"source":"prometheus","queryType":"promql","query":"g"},
    "total":{"source":"prometheus","queryType":"promql","query":"t"}}}]}}
    """

  @Test func version1AlphaIsReadAsTheSameSpec() throws {
    let slo = try #require(try load(Self.alpha, references: false).snapshot?.find(SLOSpec.self, named: "web"))
    let start = try #require(CivilDateTime(isoText: "2022-01-01T12:00"))
    #expect(slo.spec.timeWindow == .calendar(DurationShorthand(1, .month), start: start, timeZone: "America/New_York"))
    #expect(!slo.spec.isComposite)
    guard case .inline(let inline) = slo.spec.objectives[0].indicator, case .ratio(let ratio) = inline.spec.metric,
      case .good(let good, let total) = ratio.parts
    else {
      Issue.record("no ratio")
      return
    }
    #expect(ratio.counter && good.query == "g" && total.query == "t" && good.type == "prometheus")
  }

  @Test(arguments: [
    (#""Month""#, #""Moon""#, "is not one of"), (#""query":"g""#, #""querry":"g""#, "query is missing"),
    (#","kind":"SLO""#, #","kind":"DataSource""#, "is not one of openslo/v1alpha"),
  ])
  func oneChangeBreaksVersion1Alpha(old: String, new: String, message: String) throws {
    let changed = Self.alpha.replacing(old, with: new)
    #expect(changed != Self.alpha)
    let errors = try load(changed, references: false).errors.map(\.message)
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }
}

@Suite struct ErrorBudgetPolicyTests {
  @Test func stepsInOrder() throws {
    let text = own(
      "ErrorBudgetPolicy", "p",
      """
      {"slos":["web"],"steps":[{"consumed":"100%","action":"freeze"},{"consumed":0.5,"action":"notify","note":"n"},
      {"consumed":"75%","action":"review"}]}
      """)
    let spec = try #require(try load(text, references: false).snapshot?.all(ErrorBudgetPolicySpec.self).first?.spec)
    #expect(spec.steps.map(\.consumed) == [0.5, 0.75, 1])
    #expect(spec.steps.map(\.action) == [.notify, .review, .freeze])
    #expect(spec.steps.map(\.note) == ["n", nil, nil])
  }

  @Test(arguments: [
    (#"{"steps":[{"consumed":"50%","action":"notify"}]}"#, "would hold for nothing"),
    (#"{"tiers":[1],"steps":[]}"#, "is empty"), (#"{"tiers":[10],"steps":[]}"#, "a tier's level"),
    (#"{"tiers":[1],"steps":[{"consumed":"half","action":"notify"}]}"#, "is not a part of the budget"),
    (#"{"tiers":[1],"steps":[{"consumed":"0%","action":"notify"}]}"#, "is not a part of the budget"),
    (#"{"tiers":[1],"steps":[{"action":"notify"}]}"#, "consumed is missing"),
    (#"{"tiers":[1],"steps":[{"consumed":"50%","action":"sleep"}]}"#, "is not one of notify, page, review, freeze"),
    (#"{"tiers":[4],"steps":[{"consumed":"50%","action":"page"}]}"#, "no Tier with that level"),
  ])
  func refused(spec: String, message: String) throws {
    let errors = try load(own("ErrorBudgetPolicy", "p", spec)).errors.map(\.message)
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }
}
