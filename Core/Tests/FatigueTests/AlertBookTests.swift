import Base
import Events
import Fatigue
import Journal
import Testing

@Suite struct AlertBookTests {
  private func noise(_ past: Past, _ rule: String = "HighErrors") throws -> RuleNoise {
    let report = NoiseReport(past.book, from: Past.start, to: Past.start + .days(30), nights: Past.night)
    return try #require(report.rules.first { $0.rule.name == rule })
  }

  @Test func ruleIsTheSLOTheNameOrTheTitleWithoutItsNumbers() {
    func rule(_ summary: String, _ labels: [Signal.Label] = [], slo: String? = nil) -> AlertRule {
      AlertRule(
        Signal(
          key: "k", service: "s|x", severity: .error, urgency: .page, summary: summary, labels: labels, slo: slo))
    }
    #expect(rule("a", slo: "logins").title == "logins (page)")
    #expect(rule("a", [.init(name: "alertname", value: "DiskFull")]).title == "DiskFull")
    #expect(rule("disk 81% full on db-12") == rule("disk 93% full on db-7"))
    #expect(rule("disk 81% full").name == "disk #% full")
    #expect(rule("a|b").key == "titled|s/x|||a/b")
  }

  @Test func countsWhatBecameOfEachAlert() throws {
    var past = Past()
    let noon = Past.at("2026-11-03T12:00:00Z")
    let itself = past.alert(key: "a", at: noon)
    past.resolve(itself, at: noon + .minutes(4))
    let idle = past.alert(key: "b", at: noon + .hours(1))
    past.acknowledge(idle, at: noon + .minutes(62))
    past.resolve(idle, at: noon + .minutes(70))
    let worked = past.alert(key: "c", at: noon + .hours(2))
    past.acknowledge(worked, at: noon + .minutes(121))
    past.resolve(worked, at: noon + .minutes(150), by: .user("ana"), actionable: true)
    // The same condition comes back within a day, and once more long after.
    let again = past.alert(key: "a", at: noon + .hours(23))
    past.resolve(again, at: noon + .hours(24))
    past.alert(key: "a", at: noon + .hours(49))
    let found = try noise(past)
    #expect(found.fired == 5)
    #expect(found.paged == 5)
    #expect(found.resolvedItself == 2)
    #expect(found.acknowledgedWithoutAction == 1)
    #expect(found.refired == 1)
    #expect(found.judgedActionable == 1 && found.judged == 1)
    #expect(found.duration.count == 4)
  }

  @Test func aNoteOrAnAnswerMakesAnAcknowledgementMoreThanIdle() throws {
    var past = Past()
    let noon = Past.at("2026-11-03T12:00:00Z")
    let alerts = (0..<3).map { past.alert(key: "\($0)", at: noon + .hours(Int64($0))) }
    for alert in alerts {
      past.acknowledge(alert, at: noon + .hours(5))
      past.resolve(alert, at: noon + .hours(6))
    }
    #expect(try noise(past).acknowledgedWithoutAction == 3)
    past.judge(alerts[0], true, at: noon + .hours(7))
    #expect(try noise(past).acknowledgedWithoutAction == 2)
    let incident = past.ids.next(at: noon)
    past.add(
      IncidentOpened(
        number: 1, title: "x", service: nil, severity: .sev3, severityReason: "", alerts: [alerts[1]],
        automatic: false), on: Subject("incident", incident), at: noon + .hours(7))
    past.add(IncidentNoted(text: ErasableText(incident)), on: Subject("incident", incident), at: noon + .hours(8))
    #expect(try noise(past).acknowledgedWithoutAction == 1)
    // The last answer counts.
    past.judge(alerts[0], false, at: noon + .hours(9))
    #expect(try noise(past).judgedNotActionable == 1)
    #expect(try noise(past).judgedActionable == 0)
  }

  @Test func nightCallsCountForTheRuleThatMadeThem() throws {
    var past = Past()
    past.alert(at: Past.at("2026-11-03T23:00:00Z"), calling: ["ana", "ben"])
    past.alert("Other", at: Past.at("2026-11-04T03:00:00Z"))
    past.alert(key: "b", at: Past.at("2026-11-04T12:00:00Z"))
    #expect(try noise(past).calls == 3)
    #expect(try noise(past).nightCalls == 2)
    #expect(try noise(past, "Other").nightShare == 1)
  }

  @Test func aSnapshotHoldsEverything() throws {
    var past = Past()
    var random = SeededGenerator(seed: 5)
    for index in 0..<700 {
      let at = Past.start + .minutes(Int64(index) * 40)
      let alert = past.alert("Rule\(index % 7)", key: "\(index % 31)", at: at, calling: index % 3 == 0 ? ["ana"] : [])
      if Bool.random(using: &random) { past.acknowledge(alert, at: at + .minutes(3)) }
      if Bool.random(using: &random) { past.resolve(alert, at: at + .minutes(9), actionable: index % 2 == 0) }
    }
    var restored = try AlertBook(snapshot: JSON(parsing: past.book.snapshot().bytes, limits: .own))
    func view(_ book: AlertBook) -> [String] {
      let noise = NoiseReport(book, from: Past.start, to: Past.start + .days(40), nights: Past.night).rules
      let load = LoadReport(book, from: Past.start, to: Past.start + .days(40), duties: [], nights: Past.night).people
      return noise.map { "\($0)" } + load.map { "\($0)" }
    }
    #expect(view(restored) == view(past.book))
    // And both go on alike.
    let late = Past.start + .days(25)
    var more = past
    let id = more.alert("Rule3", key: "9", at: late)
    more.resolve(id, at: late + .minutes(5))
    for event in more.events[past.events.count...] { try restored.apply(event) }
    #expect(view(restored) == view(more.book))
  }

  @Test func aStormOfOneRuleForgetsNothingOfTheOthers() throws {
    var past = Past()
    past.alert("Quiet", at: Past.start, calling: [])
    for index in 0..<21_000 {
      past.alert("Storm", key: "\(index)", at: Past.start + .milliseconds(Int64(index)), calling: [])
    }
    #expect(try noise(past, "Quiet").fired == 1)
    #expect(try noise(past, "Storm").fired == 20_000)
    #expect(try noise(past, "Storm").isCut)
    #expect(try !noise(past, "Quiet").isCut)
  }

  @Test func whatIsOlderThanFourHundredDaysIsForgotten() throws {
    var past = Past()
    past.alert(key: "old", at: Past.start - .days(401))
    past.alert(key: "new", at: Past.start)
    #expect(past.book.rules["named|playback|||HighErrors"]?.alerts.count == 1)
    #expect(past.book.calls(of: "ana", from: .distantPast, to: .distantFuture).count == 1)
  }

  @Test func chunksForgetFromTheirStart() {
    var chunks = Chunks<Int>()
    for value in 0..<1_000 {
      chunks.append(value)
      if value % 3 == 0 { #expect(chunks.removeFirst() == value / 3) }
    }
    #expect(Array(chunks) == Array(334..<1_000))
    #expect(chunks.partition { $0 >= 500 } == 500 - 334)
    while !chunks.isEmpty { chunks.removeFirst() }
    chunks.append(7)
    #expect(Array(chunks) == [7])
  }
}
