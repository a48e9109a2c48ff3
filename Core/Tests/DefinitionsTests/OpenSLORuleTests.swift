import Base
import Testing
import Trees

@testable import Definitions

/// The rules of OpenSLO v1, each by the smallest change to a valid document that breaks it.
@Suite struct OpenSLORuleTests {
  private static let slo = """
    {"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"web"},"spec":{"service":"web",
    "indicator":{"metadata":{"name":"web"},"spec":{"ratioMetric":{"counter":true,
    "good":{"metricSource":{"type":"Prometheus","spec":{"query":"good"}}},
    "total":{"metricSource":{"type":"Prometheus","spec":{"query":"total"}}}}}},
    "timeWindow":[{"duration":"28d","isRolling":true}],"budgetingMethod":"Occurrences",
    "objectives":[{"target":0.99}]}}
    """

  private func errors(replacing old: String, with new: String, in text: String = slo) throws -> [String] {
    let changed = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: new)
    #expect(changed != text, "\(old) is not in the document")
    return try load(changed, references: false).errors.map(\.message)
  }

  @Test func theDocumentItselfIsValid() throws {
    let result = try load(Self.slo, references: false)
    #expect(result.diagnostics.isEmpty)
    let slo = try #require(result.snapshot?.all(SLOSpec.self).first)
    #expect(slo.spec.timeWindow == .rolling(DurationShorthand(28, .day)))
    #expect(slo.spec.objectives[0].target == 0.99)
  }

  @Test(arguments: [
    (#""name":"web""#, #""name":"web site""#, "metadata.name"),
    (#""name":"web""#, #""name":"Web""#, "metadata.name"),
    (#""name":"web""#, #""name":"web","namespace":"a""#, "metadata.namespace"),
    (#""name":"web""#, #""name":"web","labels":{"a/b":"c"}"#, "metadata.labels.a/b"),
    (#""name":"web""#, #""name":"web","labels":{"a":["b",7]}"#, "metadata.labels.a.1"),
    (#""name":"web""#, #""name":"web","annotations":{"a b":"c"}"#, "metadata.annotations"),
    (#""service":"web","#, "", "spec.service is missing"),
    (#""service":"web""#, #""service":"""#, "spec.service"),
    (#""Occurrences""#, #""Occurences""#, "did you mean `Occurrences`?"),
    (#""Occurrences""#, #""Timeslices""#, "spec.objectives.0.timeSliceTarget is missing"),
    (#""Occurrences""#, #""RatioTimeslices""#, "spec.objectives.0.timeSliceWindow is missing"),
    (#""28d""#, #""28x""#, "spec.timeWindow.0.duration"),
    (#""28d""#, #""0d""#, "spec.timeWindow.0.duration"),
    (#""isRolling":true"#, #""isRolling":false"#, "spec.timeWindow.0 has no calendar"),
    (#""isRolling":true"#, #""isRolling":"yes""#, "spec.timeWindow.0.isRolling"),
    (
      #""isRolling":true"#, #""isRolling":true,"calendar":{"startTime":"2026-01-01 00:00:00","timeZone":"UTC"}"#,
      "spec.timeWindow.0 has a calendar and isRolling"
    ),
    (
      #""isRolling":true"#, #""calendar":{"startTime":"2026-02-30 00:00:00","timeZone":"UTC"}"#,
      "spec.timeWindow.0.calendar.startTime"
    ),
    (
      #""isRolling":true"#, #""calendar":{"startTime":"2026-02-03 00:00:00","timeZone":"Mars Time"}"#,
      "spec.timeWindow.0.calendar.timeZone"
    ),
    (#""isRolling":true}"#, #""isRolling":true},{"duration":"7d","isRolling":true}"#, "has 2 windows"),
    (#"[{"target":0.99}]"#, "[]", "spec.objectives is empty"),
    (#"{"target":0.99}"#, "{}", "has none of target, targetPercent"),
    (#""target":0.99"#, #""target":0.99,"targetPercent":99"#, "write exactly one"),
    (#""target":0.99"#, #""target":1"#, "leaves no error budget"),
    (#""target":0.99"#, #""target":99.9"#, "targetPercent"),
    (#""target":0.99"#, #""target":-0.1"#, "spec.objectives.0.target"),
    (#""target":0.99"#, #""targetPercent":100"#, "use a target below 100"),
    (#""target":0.99"#, #""target":"0.99""#, "spec.objectives.0.target"),
    (#""target":0.99"#, #""target":0.99,"op":"less""#, "is not one of lte, gte, lt, gt"),
    (#""target":0.99"#, #""target":0.99,"indicatorRef":"web""#, "keep it in one place"),
    (#""target":0.99"#, #""target":0.99,"compositeWeight":0"#, "spec.objectives.0.compositeWeight"),
    (#""counter":true"#, #""counter":"true""#, "ratioMetric.counter"),
    (#""good":"#, #""fine":"#, "has none of raw, good, bad"),
    (#""total":"#, #""bad":"#, "has none of total, raw"),
    (#""good":{"#, #""bad":{"metricSource":{"spec":{"query":"b"}}},"good":{"#, "has good and bad"),
    (#""spec":{"query":"good"}"#, #""spec":{}"#, "good.metricSource.spec is empty"),
    (#","spec":{"query":"good"}"#, "", "good.metricSource.spec is missing"),
    (#""type":"Prometheus""#, #""metricSourceRef":"My Source""#, "metricSourceRef"),
    (#""indicator":"#, #""indicatorRef":"web","indicator":"#, "has indicator and indicatorRef"),
    (#""ratioMetric":"#, #""thresholdMetric":{"metricSource":{"spec":{"query":"a"}}},"ratioMetric":"#, "exactly one"),
    (#""budgetingMethod":"#, #""alertPolicies":[{"alertPolicyRef":""}],"budgetingMethod":"#, "alertPolicyRef"),
    (#""budgetingMethod":"#, #""alertPolicies":[{"metadata":{"name":"a"}}],"budgetingMethod":"#, "kind is missing"),
    (#""kind":"SLO""#, #""kind":"SLOO""#, "did you mean `SLO`?"),
  ])
  func oneChangeBreaksIt(old: String, new: String, message: String) throws {
    let found = try errors(replacing: old, with: new)
    #expect(found.contains { $0.contains(message) }, "\(found)")
  }

  private static let policy = """
    {"apiVersion":"openslo/v1","kind":"AlertPolicy","metadata":{"name":"p"},"spec":{"alertWhenBreaching":true,
    "conditions":[{"kind":"AlertCondition","metadata":{"name":"c"},"spec":{"severity":"page","condition":
    {"kind":"burnrate","op":"gte","threshold":14.4,"lookbackWindow":"1h","alertAfter":"5m"}}}],
    "notificationTargets":[{"targetRef":"t"}]}}
    """

  @Test(arguments: [
    (#""severity":"page","#, "", "severity is missing"),
    (#""burnrate""#, #""burn""#, "condition.kind"),
    (#""op":"gte","#, "", "op is missing"),
    (#""threshold":14.4,"#, "", "threshold is missing"),
    (#""lookbackWindow":"1h","#, "", "lookbackWindow is missing"),
    (#""5m""#, #""5""#, "alertAfter"),
    (#"[{"targetRef":"t"}]"#, "[]", "notificationTargets is empty"),
    (#","# + "\n" + #""notificationTargets":[{"targetRef":"t"}]"#, "", "notificationTargets is missing"),
    (#""conditions":["#, #""conditions":[{"conditionRef":"x"},"#, "has 2 conditions"),
    (#""kind":"AlertCondition""#, #""kind":"AlertPolicy""#, "the only kind that can stand here"),
  ])
  func oneChangeBreaksAPolicy(old: String, new: String, message: String) throws {
    #expect(try load(Self.policy, references: false).diagnostics.isEmpty)
    let found = try errors(replacing: old, with: new, in: Self.policy)
    #expect(found.contains { $0.contains(message) }, "\(found)")
  }

  private static func target(_ name: String, _ text: String) -> String {
    """
    {"apiVersion":"openslo/v1","kind":"AlertNotificationTarget","metadata":{"name":"\(name)"},
    "spec":{"target":"\(text)"}}
    """
  }

  /// A target leads to what its text names, else to what has its own name.
  @Test(arguments: [
    ("t", "chat", "channel:default/chat"), ("chat", "slack", "channel:default/chat"),
    ("t", "policy", "escalationpolicy:default/policy"), ("t", "schedule:chat", nil),
    ("ana", "mail", "user:default/ana"),
    ("t", "user:ana", "user:default/ana"), ("t", "https://hooks/chat", nil), ("t", "#chat", nil),
  ])
  func whereATargetLeads(name: String, text: String, destination: String?) throws {
    let result = try load(
      Self.target(name, text), own("Channel", "chat", #"{"type":"slack","url":"http://slack"}"#),
      own("EscalationPolicy", "policy", #"{"levels":[{"targets":[{"channel":"chat"}],"escalateAfter":"5m"}]}"#),
      entity("User", "ana", #"{"memberOf":[]}"#))
    let snapshot = try #require(result.snapshot, "\(result.diagnostics)")
    let target = try #require(snapshot.all(AlertNotificationTargetSpec.self).first)
    #expect(target.spec.destination(named: target.name, in: snapshot)?.description == destination)
    #expect(result.warnings.isEmpty == (destination != nil), "\(result.warnings)")
  }

  @Test func targetsThatLeadNowhereAreNamed() throws {
    let inline = #"{"kind":"AlertNotificationTarget","metadata":{"name":"in"},"spec":{"target":"nothing"}}"#
    let policy = Self.policy.replacing(#"{"targetRef":"t"}"#, with: #"{"targetRef":"t"},"# + inline)
    let result = try load(
      policy, Self.target("t", "caht"), own("Channel", "chat", #"{"type":"slack","url":"http://slack"}"#))
    #expect(
      result.warnings.map(\.message).sorted() == [
        "alert notification target in: there is no Channel, EscalationPolicy, Schedule or User `nothing`, nor one "
          + "named `in`, so no alert goes there; define one",
        "alert notification target t: there is no Channel, EscalationPolicy, Schedule or User `caht`, nor one "
          + "named `t`, so no alert goes there; did you mean `chat`?",
      ])
  }

  @Test func aMissingWindowIsAssumedWithAWarning() throws {
    let text = Self.slo.split(separator: #""timeWindow":[{"duration":"28d","isRolling":true}],"#).joined()
    let result = try load(text, references: false)
    #expect(result.warnings.map(\.message) == ["spec has no timeWindow; 28 days rolling are assumed"])
    #expect(result.snapshot?.all(SLOSpec.self).first?.spec.timeWindow == .standard)
  }

  @Test func aServiceNeedsNoSpec() throws {
    let text = #"{"apiVersion":"openslo/v1","kind":"Service","metadata":{"name":"a","labels":{"env":["a","b"]}}}"#
    let snapshot = try #require(try load(text, references: false).snapshot)
    #expect(snapshot.all(ServiceSpec.self).first?.metadata.labels.first?.values == ["a", "b"])
  }
}
