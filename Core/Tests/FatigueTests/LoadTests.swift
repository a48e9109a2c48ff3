import Base
import Events
import Fatigue
import Journal
import Testing

@Suite struct LoadTests {
  private func load(_ past: Past, _ person: String = "ana", _ duties: [Duty] = []) throws -> PersonLoad {
    let report = LoadReport(
      past.book, from: Past.start, to: Past.start + .days(28), duties: duties, nights: Past.night)
    return try #require(report.people.first { $0.person == person })
  }

  @Test func channelsOfOneStepAreOneCallAndTheNextLevelIsAnother() throws {
    var past = Past()
    let alert = past.alert(at: Past.start + .hours(12), over: 3)
    #expect(try load(past).calls == 1)
    past.page(alert, "ana", at: Past.start + .hours(12) + .minutes(5))
    #expect(try load(past).calls == 2)
    #expect(try load(past).causes == 1)
  }

  @Test func aPageThatNeverLandedWokeNobody() throws {
    var past = Past()
    let alert = past.alert(at: Past.start, calling: [])
    let page = past.ids.next(at: Past.start)
    past.add(
      PageRequested(
        page: page, kind: .fired, person: "ana", channel: .init(kind: .sms, name: "ana/sms"), level: 1, title: "",
        body: "", notBefore: Past.start), on: Subject("alert", alert), at: Past.start)
    past.add(PageFailed(page: page, attempt: 1, reason: "", retryAt: nil), on: Subject("alert", alert), at: Past.start)
    let report = LoadReport(past.book, from: Past.start, to: Past.start + .days(1), duties: [], nights: Past.night)
    #expect(report.people.isEmpty)
  }

  @Test func nightsAreTheirOwnersAndLowUrgencyInterruptsNone() throws {
    var past = Past()
    past.alert(at: Past.at("2026-11-03T22:00:00Z"))
    past.alert(key: "b", at: Past.at("2026-11-04T06:59:58Z"))
    past.alert(key: "c", at: Past.at("2026-11-04T07:00:00Z"))
    let low = past.alert(key: "d", at: Past.at("2026-11-05T01:00:00Z"), urgency: .ticket, calling: [])
    past.page(low, "ana", at: Past.at("2026-11-05T01:00:00Z"), low: true)
    let found = try load(past)
    #expect(found.high == 3 && found.low == 1)
    #expect(found.nightCalls == 2)
    #expect(found.interruptedNights == 1)
    #expect(found.weeks.map(\.high) == [3, 0, 0, 0])
    // An early riser's night is another.
    let early = Night(zone: .utc, from: CivilTime(hour: 0, minute: 0)!, to: CivilTime(hour: 4, minute: 0)!)
    #expect(early.night(of: Past.at("2026-11-04T03:59:59Z")) == CivilDate(year: 2026, month: 11, day: 4))
    #expect(early.night(of: Past.at("2026-11-04T04:00:00Z")) == nil)
    #expect(Night(zone: .utc).night(of: Past.at("2026-11-04T03:00:00Z")) == CivilDate(year: 2026, month: 11, day: 3))
  }

  @Test func timeToAcknowledgeRunsFromThePersonsFirstCall() throws {
    var past = Past()
    let at = Past.start + .hours(10)
    let alert = past.alert(at: at, calling: ["ana"])
    past.page(alert, "ben", at: at + .minutes(5))
    past.page(alert, "ana", at: at + .minutes(15))
    past.acknowledge(alert, by: "ana", at: at + .minutes(16))
    #expect(try load(past).timeToAcknowledge.median == .minutes(16) - .seconds(1))
    #expect(try load(past, "ben").timeToAcknowledge.count == 0)
  }

  @Test func smallNumbersHaveNoNinetiethPercentile() {
    let nine = Spread((1...9).map { .minutes($0) })
    #expect(nine.median == .minutes(5) && nine.p90 == nil)
    let ten = Spread((1...10).reversed().map { .minutes($0) })
    #expect(ten.median == .minutes(5) && ten.p90 == .minutes(9))
    #expect(ten.histogram([.minutes(2), .minutes(9)]) == [1, 7, 2])
    #expect(Spread([]).median == nil)
  }

  @Test func stretchesThatOverlapAreOneShareOfTime() throws {
    let past = Past()
    func duty(_ schedule: String, _ from: Int64, _ to: Int64) -> Duty {
      Duty(schedule: schedule, person: "ana", start: Past.start + .days(from), end: Past.start + .days(to))
    }
    let found = try load(past, "ana", [duty("a", -2, 5), duty("b", 3, 7), duty("a", 27, 40)])
    #expect(found.onCall == .days(8))
  }

  @Test func aShiftCountsIncidentsAndAlertsThatBelongToNone() throws {
    var past = Past()
    let first = past.alert(key: "a", at: Past.start + .hours(1), calling: [])
    let second = past.alert(key: "b", at: Past.start + .hours(2), calling: [])
    let incident = past.ids.next(at: Past.start)
    past.add(
      IncidentOpened(
        number: 1, title: "", service: nil, severity: .sev2, severityReason: "", alerts: [first], automatic: true),
      on: Subject("incident", incident), at: Past.start + .hours(2))
    past.add(IncidentJoined(alert: second), on: Subject("incident", incident), at: Past.start + .hours(2))
    past.page(first, "ana", at: Past.start + .hours(3))
    past.page(second, "ana", at: Past.start + .hours(3))
    past.alert(key: "c", at: Past.start + .hours(4))
    let duty = Duty(schedule: "rota", person: "ana", start: Past.start, end: Past.start + .hours(12))
    let shift = LoadReport.load(of: duty, past.book, Past.night)
    #expect(shift.causes.count == 2 && shift.high == 3)
    let limits = ShiftLimits.standard
    let night = { Night(zone: .utc).night(of: $0) }
    #expect(limits.exceeded(by: duty, in: past.book, at: Past.start + .hours(5), night: night).isEmpty)
    past.alert(key: "d", at: Past.start + .hours(5))
    let passed = limits.exceeded(by: duty, in: past.book, at: Past.start + .hours(6), night: night)
    #expect(passed.map(\.counted) == [3] && passed.map(\.limit) == [.incidentsPerShift])
    // All four were between one and five at night.
    let strict = ShiftLimits(incidentsPerShift: 9, pagesPerNight: 3)
    #expect(strict.exceeded(by: duty, in: past.book, at: Past.start + .hours(6), night: night).map(\.counted) == [4])
    #expect(strict.exceeded(by: duty, in: past.book, at: Past.start + .hours(9), night: night).isEmpty)
  }
}
