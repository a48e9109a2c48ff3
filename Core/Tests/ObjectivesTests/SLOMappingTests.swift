import Base
import Definitions
import Events
import Ledger
import Testing
import Trees

@testable import Objectives

/// SLO documents with several objectives, windows, parts and policies, as objectives.
@Suite struct SLOMappingTests {
  private static func source(_ query: String) -> String {
    #"{"metricSource":{"type":"Prometheus","spec":{"query":"\#(query)"}}}"#
  }

  private static func ratio(_ bad: String, _ total: String) -> String {
    let sides = #""bad":\#(source(bad)),"total":\#(source(total))"#
    return #"{"metadata":{"name":"i"},"spec":{"ratioMetric":{"counter":true,\#(sides)}}}"#
  }

  private static let rolling = #"[{"duration":"30d","isRolling":true}]"#

  private func compile(
    objectives: String, indicator: String? = ratio("bad", "total"), window: String = rolling,
    method: String = "Occurrences", annotations: String = "{}", policies: String = "[]", beside other: String? = nil
  ) throws -> (objectives: [Objective], problems: [String]) {
    let text = """
      {"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"web","annotations":\(annotations)},"spec":{
      "service":"shop",\(indicator.map { "\"indicator\":\($0)," } ?? "")"timeWindow":\(window),
      "budgetingMethod":"\(method)","objectives":\(objectives),"alertPolicies":\(policies)}}
      """
    var assembly = Assembly()
    let documents = try ([text] + [other].compactMap { $0 }).map { try tree($0) }
    assembly.add(ParsedFile(source: SourceFile(path: "a.yaml", text: text), documents: documents))
    let result = assembly.result(references: false)
    let (objectives, diagnostics) = ObjectiveCompiler.compile(
      try #require(result.snapshot, "\(result.diagnostics)"))
    return (objectives, diagnostics.map(\.message))
  }

  @Test func anSLOCanPageLaterOrLess() throws {
    func rules(_ annotations: String) throws -> ([BurnRule], [String]) {
      let (objectives, problems) = try compile(objectives: #"[{"target":0.999}]"#, annotations: annotations)
      return (objectives.first?.rules ?? [], problems)
    }
    let (standard, _) = try rules("{}")
    let (later, _) = try rules(#"{"mainstay.dev/page-after":"10m"}"#)
    #expect(later.map(\.severity) == standard.map(\.severity))
    #expect(later.filter { $0.severity == .page }.allSatisfy { $0.hold == .minutes(10) })
    #expect(
      later.filter { $0.severity == .ticket }.map(\.hold) == standard.filter { $0.severity == .ticket }.map(\.hold))
    let (tickets, _) = try rules(#"{"mainstay.dev/alerts":"ticket"}"#)
    #expect(tickets.count == standard.count && tickets.allSatisfy { $0.severity == .ticket })
    #expect(try rules(#"{"mainstay.dev/alerts":"none"}"#).0.isEmpty)
    let (kept, problems) = try rules(#"{"mainstay.dev/alerts":"never","mainstay.dev/page-after":"2d"}"#)
    #expect(kept == standard && problems.count == 2)
  }

  @Test func severalObjectivesAndWindowsShareTheirCounts() throws {
    let (objectives, problems) = try compile(
      objectives: #"[{"target":0.99},{"target":0.999}]"#, annotations: #"{"mainstay.dev/windows":"7d, 90d, 30d"}"#)
    #expect(problems == [])
    #expect(objectives.map(\.id) == ["web", "web.2", "web@7d", "web.2@7d", "web@90d", "web.2@90d"])
    #expect(Set(objectives.map(\.sli)) == ["web"])
    #expect(objectives.map(\.period) == [.days(30), .days(30), .days(7), .days(7), .days(90), .days(90)])
    // The ledger keeps the longest of them, once.
    #expect(objectives.sliDefinitions == [SLIDefinition(id: "web", counts: .bad, period: .days(90))])
    // A week's ticket factors are those of healthy traffic.
    #expect(objectives[2].rules.map(\.severity) == [.page, .page])
  }

  @Test func whatIsCountedOtherwiseHasItsOwnCounts() throws {
    let (objectives, problems) = try compile(
      objectives: """
        [{"target":0.9,"timeSliceTarget":0.9,"timeSliceWindow":"1m"},
        {"target":0.9,"timeSliceTarget":0.9,"timeSliceWindow":"5m"}]
        """, method: "Timeslices")
    #expect(problems == [])
    #expect(objectives.map(\.sli) == ["web", "web.2"])
    #expect(objectives[0].slices == SliceRule(length: .minutes(1), target: 0.9))
    #expect(objectives[0].traffic == TrafficGuard())
    let ratio = try compile(objectives: #"[{"target":0.9,"timeSliceWindow":"1m"}]"#, method: "RatioTimeslices")
    #expect(ratio.objectives.first?.slices == SliceRule(length: .minutes(1), target: nil))
  }

  @Test func aThresholdPerObjective() throws {
    let indicator = #"{"metadata":{"name":"i"},"spec":{"thresholdMetric":\#(Self.source("lag{q='a'}"))}}"#
    let (objectives, problems) = try compile(
      objectives: #"[{"target":0.9,"op":"lte","value":5},{"target":0.99,"op":"lt","value":60}]"#, indicator: indicator)
    #expect(problems == [])
    #expect(objectives.map(\.sli) == ["web", "web.2"])
    #expect(objectives[0].counts == .good)
    #expect(objectives[0].part.terms.map(\.reading) == [.samplesWhere(.lessOrEqual, 5)])
    #expect(objectives[1].part.terms.map(\.reading) == [.samplesWhere(.less, 60)])
    #expect(objectives[0].total.terms.map(\.reading) == [.samples])
    let none = try compile(objectives: #"[{"target":0.9}]"#, indicator: indicator)
    #expect(none.objectives.isEmpty && none.problems.contains { $0.contains("needs op and value") })
  }

  @Test func aRawRatioBySuccessOrFailure() throws {
    for (type, side) in [("success", SLISide.good), ("failure", .bad)] {
      let indicator = """
        {"metadata":{"name":"i"},"spec":{"ratioMetric":{"rawType":"\(type)","raw":\(Self.source("job:ratio"))}}}
        """
      let (objectives, problems) = try compile(objectives: #"[{"target":0.9}]"#, indicator: indicator)
      #expect(problems == [])
      #expect(objectives.first?.counts == side)
      #expect(objectives.first?.part.terms.map(\.reading) == [.share])
      #expect(objectives.first?.traffic == TrafficGuard())
    }
  }

  @Test func aCalendarWindow() throws {
    let window = """
      [{"duration":"1Q","calendar":{"startTime":"2026-01-01 12:00:00","timeZone":"America/New_York"}}]
      """
    let (objectives, problems) = try compile(objectives: #"[{"target":0.99}]"#, window: window)
    #expect(problems == [])
    let start = CivilDateTime(isoText: "2026-01-01T12:00")
    #expect(
      objectives.first?.window
        == .calendar(
          CalendarWindow(
            duration: DurationShorthand(1, .quarter), start: try #require(start), zone: "America/New_York")))
    #expect(objectives.first?.period == .days(90))
    let year = window.split(separator: "1Q").joined(separator: "1Y")
    let long = try compile(objectives: #"[{"target":0.99}]"#, window: year)
    // The rings keep 90 days; a year is counted from marks.
    #expect(long.objectives.first?.period == .days(365))
    #expect(long.objectives.first?.definition.period == .days(90))
    let years = try compile(
      objectives: #"[{"target":0.99}]"#, window: window.split(separator: "1Q").joined(separator: "2Y"))
    #expect(years.objectives.isEmpty && years.problems.contains { $0.contains("more than a year") })
  }

  /// Weights 3 and 1, budgets 1% and 5%: the whole may have (3 × 1% + 1 × 5%) ÷ 4 = 2% bad.
  @Test func aCompositeOfWeightedParts() throws {
    let (objectives, problems) = try compile(
      objectives: """
        [{"target":0.99,"compositeWeight":3,"indicator":\(Self.ratio("a", "b"))},
        {"target":0.95,"indicator":\(Self.ratio("c", "d"))}]
        """, indicator: nil, annotations: #"{"mainstay.dev/windows":"7d"}"#)
    #expect(problems == [])
    #expect(objectives.map(\.id) == ["web.1", "web.2", "web", "web.1@7d", "web.2@7d", "web@7d"])
    let whole = objectives[2]
    #expect(whole.composite == [CompositeMember(id: "web.1", weight: 3), CompositeMember(id: "web.2", weight: 1)])
    #expect((whole.budget - 0.02).magnitude < 1e-12)
    #expect(whole.rules.count == 4 && whole.part.terms.isEmpty)
    #expect(objectives[0].rules.isEmpty && objectives[0].composite.isEmpty)
    #expect(objectives[5].composite.map(\.id) == ["web.1@7d", "web.2@7d"])
    #expect(objectives.sliDefinitions.map(\.id) == ["web.1", "web.2"])
  }

  @Test func aCompositeNeedsAllItsParts() throws {
    let (objectives, problems) = try compile(
      objectives: """
        [{"target":0.99,"indicator":\(Self.ratio("a", "b"))},
        {"target":0.95,"indicator":\(Self.ratio("topk(1, c)", "d"))}]
        """, indicator: nil)
    #expect(objectives.map(\.id) == ["web.1"])
    #expect(problems.contains { $0.contains("a part of it is not") })
  }

  // MARK: Alerts

  private static func policy(_ flags: String, threshold: String = "10") -> String {
    """
    [{"kind":"AlertPolicy","metadata":{"name":"p"},"spec":{\(flags)"conditions":[{"kind":"AlertCondition",
    "metadata":{"name":"c"},"spec":{"severity":"page","condition":{"kind":"burnrate","op":"gte",
    "threshold":\(threshold),"lookbackWindow":"1h","alertAfter":"5m"}}}],
    "notificationTargets":[{"kind":"AlertNotificationTarget","metadata":{"name":"t"},"spec":{"target":"slack"}}]}}]
    """
  }

  @Test func policiesSayWhatAlertsAndWhere() throws {
    let (objectives, problems) = try compile(
      objectives: #"[{"target":0.99}]"#,
      policies: Self.policy(#""alertWhenBreaching":true,"alertWhenNoData":true,"#),
      beside: own("Channel", "slack", #"{"type":"slack","url":"http://slack"}"#))
    #expect(problems == [])
    let objective = try #require(objectives.first)
    #expect(objective.rules.map(\.name) == ["page 1h/5m"])
    #expect(objective.noDataAfter == .minutes(15))
    #expect(
      objective.notificationTargets == [
        NotificationTarget(
          destination: EntityRef(kind: "Channel", name: "slack"), occasions: [.page, .missingData])
      ])
    // What somebody wrote fires as written.
    #expect(objective.traffic == TrafficGuard())
  }

  @Test func aPolicyForAbsentDataKeepsTheDerivedRules() throws {
    let (objectives, _) = try compile(
      objectives: #"[{"target":0.99}]"#, annotations: #"{"mainstay.dev/no-data-after":"1h"}"#,
      policies: Self.policy(#""alertWhenNoData":true,"#))
    #expect(objectives.first?.rules.count == 4)
    #expect(objectives.first?.noDataAfter == .hours(1))
  }

  @Test func aPolicyThatNeverAlertsIsNamed() throws {
    let (objectives, problems) = try compile(objectives: #"[{"target":0.99}]"#, policies: Self.policy(""))
    #expect(objectives.first?.rules.count == 4)
    #expect(problems.contains { $0.contains("alert policy p never alerts") })
  }

  @Test func anUnreachableConditionIsRefused() throws {
    let (objectives, problems) = try compile(
      objectives: #"[{"target":0.9}]"#, policies: Self.policy(#""alertWhenBreaching":true,"#, threshold: "10.5"))
    #expect(objectives.isEmpty)
    #expect(problems.contains { $0.contains("can never fire") })
  }

  @Test func lowTraffic() throws {
    let derived = try compile(objectives: #"[{"target":0.99}]"#).objectives.first
    #expect(derived?.traffic.applied(to: .page) == TrafficGuard(minimumFailures: 3, pagesOnly: true))
    #expect(derived?.traffic.applied(to: .ticket) == TrafficGuard())
    let written = try compile(
      objectives: #"[{"target":0.99}]"#,
      annotations: #"{"mainstay.dev/minimum-events":"100","mainstay.dev/minimum-failures":"5"}"#)
    #expect(written.objectives.first?.traffic == TrafficGuard(minimumEvents: 100, minimumFailures: 5))
    #expect(written.objectives.first?.traffic.applied(to: .ticket).minimumFailures == 5)
  }

  @Test(arguments: [
    (#"{"mainstay.dev/windows":"7x"}"#, "mainstay.dev/windows is ignored"),
    (#"{"mainstay.dev/windows":"1d,2d,3d,4d,5d,6d,7d,8d,9d"}"#, "up to 8"),
    (#"{"mainstay.dev/windows":"100d"}"#, "more than 90d"),
    (#"{"mainstay.dev/no-data-after":"5s"}"#, "mainstay.dev/no-data-after is ignored"),
    (#"{"mainstay.dev/minimum-events":"-1"}"#, "mainstay.dev/minimum-events is ignored"),
  ])
  func annotationsThatAreNotUnderstood(annotations: String, words: String) throws {
    let (objectives, problems) = try compile(objectives: #"[{"target":0.99}]"#, annotations: annotations)
    #expect(objectives.map(\.id) == ["web"])
    #expect(problems.filter { $0.contains(words) }.count == 1, "\(problems)")
  }

  // MARK: What Sloth adds

  private static let sloth = """
    {"version":"prometheus/v1","service":"shop","labels":{"team":"a","slo":"mine"},
    "slos":[{"name":"web","objective":99.9,
    "sli":{"events":{"error_query":"sum(rate(bad[{{.window}}]))","total_query":"sum(rate(total[{{.window}}]))"}},
    "alerting":{"name":"Down","annotations":{"summary":"The shop is down.","owner":"ana","runbook":"https://wiki/down"},
    "page_alert":{"labels":{"team":"b","routing_key":"k"}}}}]}
    """

  private func objective(_ texts: String...) throws -> Objective {
    let result = try load(texts[0], texts.dropFirst().joined(), references: true)
    let compiled = ObjectiveCompiler.compile(try #require(result.snapshot, "\(result.diagnostics)"))
    return try #require(compiled.objectives.first, "\(compiled.diagnostics)")
  }

  @Test func alertsCarryLabelsAndWords() throws {
    let objective = try objective(Self.sloth, own("Tier", "t", #"{"level":9}"#))
    func labels(_ severity: BurnSeverity) -> [String] {
      objective.alertLabels(severity).map { "\($0.name)=\($0.value)" }
    }
    #expect(labels(.page) == ["slo=shop-web", "service=shop", "routing_key=k", "team=b"])
    #expect(labels(.ticket) == ["slo=shop-web", "service=shop", "team=a"])
    #expect(objective.alertNotes(.page) == ["The shop is down.", "owner: ana", "runbook: https://wiki/down"])
    #expect(objective.alertLink(.ticket) == "https://wiki/down")
  }

  /// An own catalogue of windows replaces the built-in pairs for its period alone.
  @Test(arguments: [("30d", true), ("28d", false)])
  func windowsOfACatalogue(period: String, isUsed: Bool) throws {
    let windows = """
      {"apiVersion":"sloth.slok.dev/v1","kind":"AlertWindows","spec":{"sloPeriod":"\(period)",
      "page":{"quick":{"errorBudgetPercent":1,"shortWindow":"2m","longWindow":"30m"},
      "slow":{"errorBudgetPercent":2,"shortWindow":"15m","longWindow":"3h"}},
      "ticket":{"quick":{"errorBudgetPercent":5,"shortWindow":"1h","longWindow":"12h"},
      "slow":{"errorBudgetPercent":5,"shortWindow":"3h","longWindow":"36h"}}}}
      """
    let rules = try objective(Self.sloth, windows).rules
    #expect(rules.map(\.factor) == (isUsed ? [14.4, 4.8, 3, 1] : [14.4, 6, 3, 1]))
    #expect(
      rules.map(\.name)
        == (isUsed
          ? ["page 30m/2m", "page 3h/15m", "ticket 12h/1h", "ticket 36h/3h"]
          : ["page 1h/5m", "page 6h/30m", "ticket 1d/2h", "ticket 3d/6h"]))
  }
}
