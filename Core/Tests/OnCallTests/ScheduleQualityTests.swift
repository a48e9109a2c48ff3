import Base
import OnCall
import Testing

/// Scores worked by hand over twelve weeks from a Monday.
@Suite struct ScheduleQualityTests {
  private let from = at("2026-06-01T00:00:00Z")
  private let people = (1...16).map { "p\($0 < 10 ? "0" : "")\($0)" }

  private func judge(
    _ layers: [ScheduleLayer], weeks: Int64 = 12, zones: [String: Zone] = [:], overrides: [ScheduleOverride] = []
  ) -> ScheduleQuality {
    let plan = OnCallPlan(schedules: [ScheduleDefinition(name: "s", zone: .utc, layers: layers)], zones: zones)
    return plan.quality(of: "s", from: from, to: from + .days(7 * weeks), overrides: overrides)!
  }

  private func costs(_ quality: ScheduleQuality) -> [ScheduleQuality.Aspect: Int] {
    Dictionary(uniqueKeysWithValues: quality.findings.map { ($0.aspect, $0.points) })
  }

  @Test func eightPeopleAWeekEachAreFine() {
    let quality = judge([layer("weekly", Array(people.prefix(8)), .weekly, from: "2026-06-01T09:00".startingEarly)])
    // 12 weeks are a turn and a half: the first has 9 hours less, and four people have two turns: 2/12 of the time.
    #expect(quality.score == 100 && quality.findings.isEmpty, "\(quality.findings)")
    #expect(quality.gaps.isEmpty && quality.gapShare == 0)
    #expect(quality.loads.count == 8)
  }

  @Test func threePeopleAWeekEach() {
    // A third of the time each: (33.3 - 25) × 0.4 = 3.3, so 4. 9.3 nights in four weeks: 2.3 / 2, so 2. Five people
    // short of eight: 10.
    let quality = judge([layer("weekly", ["ana", "bo", "cy"], .weekly, from: "2026-06-01T09:00".startingEarly)])
    #expect(costs(quality) == [.share: 4, .nights: 2, .few: 10], "\(quality.findings)")
    #expect(quality.score == 84)
    #expect(quality.findings[0].text == "3 people share it; a rota at one site needs 8.")
  }

  @Test func onePersonAlone() {
    // All of the time: 75 × 0.4 = 30, at most 20. 28 nights of 28: 21 / 2, at most 10. Seven short: 14, at most 10.
    // Twelve turns, of which all but the first follow the same person's: 5 × 11 / 12, so 5.
    let quality = judge([layer("weekly", ["ana"], .weekly, from: "2026-06-01T00:00")])
    #expect(costs(quality) == [.share: 20, .nights: 10, .alone: 10, .few: 10, .backToBack: 5])
    #expect(quality.score == 45)
    #expect(quality.loads.map(\.person) == ["ana"] && quality.loads[0].time == .days(84))
    #expect(quality.loads[0].share == 1 && quality.loads[0].nights == 84)
    #expect(quality.findings[0].text == "ana is on call 100 % of the time; a quarter is the most to bear.")
    #expect(quality.findings.contains { $0.text == "Layer weekly has ana alone: nobody takes over when one is ill." })
    #expect(
      quality.findings.contains { $0.text == "11 of 12 turns begin less than 12 h after the same person's last one." })
    #expect(quality.findings.contains { $0.text == "1 person has it; a rota at one site needs 8." })
    #expect(
      quality.findings.contains { $0.text == "ana is on call 28 nights in four weeks; more than 7 is too many." })
  }

  /// Half of the time nobody's: 50 points. All but half an hour of each day, 47 of 48: 97.9, so 98.
  @Test func whatIsMostlyUncoveredScoresLittle() {
    let layers = [
      layer(
        "weekly", Array(people.prefix(8)), .weekly, from: "2026-06-01T00:00",
        only: [
          window("09:00", "21:00")
        ])
    ]
    #expect(costs(judge(layers))[.gaps] == 50)
    let rare = [
      layer(
        "weekly", Array(people.prefix(8)), .weekly, from: "2026-06-01T00:00",
        only: [
          window("09:00", "09:30")
        ])
    ]
    #expect(costs(judge(rare))[.gaps] == 98)
  }

  @Test func gapsCostFourPointsAPercent() {
    // 2 hours of each day are nobody's: 1/12, 8.33 % × 4 = 33.3, so 34. They are 84 gaps of 168 hours.
    let days = [window("06:00", "04:00")]
    let quality = judge([layer("weekly", Array(people.prefix(8)), .weekly, from: "2026-06-01T00:00", only: days)])
    #expect(costs(quality)[.gaps] == 34)
    #expect(
      quality.findings[0].text == "Nobody is on call 8.3 % of the time: 84 gaps, 168 h in all.")
    // A single hour: 0.05 % × 4, at least 5.
    let hour = ScheduleOverride(id: "1", user: nil, start: from + .days(3), end: from + .days(3) + .hours(1))
    let weekly = layer("weekly", Array(people.prefix(8)), .weekly, from: "2026-06-01T09:00".startingEarly)
    let small = judge([weekly], overrides: [hour])
    #expect(costs(small) == [.gaps: 5])
    #expect(small.score == 95)
    #expect(small.findings[0].text == "Nobody is on call less than 0.1 % of the time: 1 gap, 1 h in all.")
  }

  @Test func nobodyAtAllIsZero() {
    let quality = judge([])
    #expect(quality.score == 0 && quality.findings.map(\.text) == ["Nobody is ever on call."])
    #expect(quality.gapShare == 1)
  }

  @Test func twoSitesNeedSixEach() throws {
    let tokyo = try systemZones.zone(named: "Asia/Tokyo")
    var east = layer("east", Array(people.prefix(6)), .weekly, from: "2026-05-25T00:00")
    east.zone = tokyo
    east.restrictions = [window("09:00", "21:00")]
    var west = layer("west", Array(people.suffix(6)), .weekly, from: "2026-05-25T00:00")
    west.restrictions = [window("12:00", "00:00")]
    // Tokyo's 09:00 to 21:00 is 00:00 to 12:00 UTC: no gap, no night. Every hand-over is at 12:00 UTC, or at 09:00 in
    // Tokyo.
    #expect(judge([east, west]).findings.isEmpty)
    west.users = Array(people.suffix(4))
    let short = judge([east, west])
    #expect(costs(short)[.few] == 4)
    #expect(short.findings.contains { $0.text == "Few people share it: 4 in UTC; a site of several needs 6." })
  }

  @Test func nightsAreWhereAPersonLives() throws {
    // Four people by day, 08:00 to 20:00 UTC. For one who lives in Auckland, 12 hours ahead in June, that is 20:00 to
    // 08:00: every day of theirs is a night.
    let auckland = try systemZones.zone(named: "Pacific/Auckland")
    let days = [window("08:00", "20:00")]
    let team = [layer("days", Array(people.prefix(4)), .weekly, from: "2026-06-01T00:00", only: days)]
    #expect(judge(team).loads.map(\.nights) == [0, 0, 0, 0])
    let moved = judge(team, zones: ["p02": auckland])
    #expect(moved.loads.first { $0.person == "p02" }?.nights == 21)
    // 21 nights in 12 weeks are 7 in 4: not more than 7.
    #expect(costs(moved)[.nights] == nil)
  }

  @Test func handOversAtNight() {
    // Daily at 03:00: 84 hand-overs but the one before the range, all at night.
    let quality = judge([layer("daily", Array(people.prefix(8)), .daily, from: "2026-05-31T03:00")])
    #expect(costs(quality)[.handovers] == 5)
    #expect(quality.findings.contains { $0.text == "84 of 84 hand-overs are between 22:00 and 07:00." })
    // One override from 23:00 to 08:00: one of two hand-overs more is at night; 5 × 1/86, rounded up.
    let cover = ScheduleOverride(
      id: "1", user: "p16", start: from + .hours(23), end: from + .hours(32))
    let day = judge([layer("daily", Array(people.prefix(8)), .daily, from: "2026-05-31T09:00")], overrides: [cover])
    #expect(costs(day)[.handovers] == 1)
  }

  @Test func turnsRightAfterOneAnother() {
    // ana has two of four turns in a row. 84 turns; of each 4 one follows the same person's: 21.
    let quality = judge([layer("daily", ["ana", "ana", "bo", "cy"], .daily, from: "2026-06-01T00:00")])
    #expect(quality.findings.contains { $0.text.hasPrefix("21 of 84 turns begin") }, "\(quality.findings)")
    #expect(costs(quality)[.backToBack] == 2)  // 5 / 4
    // A window of 12 hours leaves 12 hours of rest within one turn, and within a turn nothing is back to back.
    let nights = layer(
      "nights", Array(people.prefix(8)), .weekly, from: "2026-06-01T12:00", only: [window("20:00", "08:00")])
    #expect(costs(judge([nights]))[.backToBack] == nil)
    // An override of a whole day next to the person's own turn counts, one of two hours does not.
    let team = [layer("daily", Array(people.prefix(8)), .daily, from: "2026-06-01T00:00")]
    func cover(_ hours: Int64) -> [ScheduleOverride] {
      [.init(id: "1", user: "p01", start: from + .days(1), end: from + .days(1) + .hours(hours))]
    }
    #expect(costs(judge(team, overrides: cover(24)))[.backToBack] == 1)
    #expect(costs(judge(team, overrides: cover(2)))[.backToBack] == nil)
  }

  @Test func asksForASchedule() {
    #expect(OnCallPlan().quality(of: "s", from: from, to: from + .days(1), overrides: []) == nil)
    let plan = OnCallPlan(schedules: [ScheduleDefinition(name: "s", zone: .utc, layers: [])])
    #expect(plan.quality(of: "s", from: from, to: from, overrides: []) == nil)
  }
}

extension String {
  /// The same handoff a year earlier by weeks, so that the range begins covered.
  fileprivate var startingEarly: String { replacing("2026-06-01", with: "2025-06-02") }
}
