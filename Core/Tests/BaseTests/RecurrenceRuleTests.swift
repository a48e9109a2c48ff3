import Testing

@testable import Base

/// Cases of RFC 5545, 3.8.5.3, and others worked by hand on a calendar.
@Suite struct RecurrenceRuleTests {
  private func starts(
    _ rule: String, from start: String, zone: String = "America/New_York", between: (String, String)
  ) throws -> [String] {
    let zone = try systemZones.zone(named: zone)
    let range = Instant(rfc3339: between.0)!..<Instant(rfc3339: between.1)!
    return try RecurrenceRule(text: rule).occurrences(from: CivilDateTime(isoText: start)!, in: zone, within: range)
      .map { zone.civil(at: $0).description }
  }

  @Test(arguments: [
    ("FREQ=DAILY;COUNT=3", "1997-09-02T09:00", ["1997-09-02T09:00", "1997-09-03T09:00", "1997-09-04T09:00"]),
    (
      "FREQ=DAILY;INTERVAL=10;COUNT=3", "1997-09-02T09:00",
      ["1997-09-02T09:00", "1997-09-12T09:00", "1997-09-22T09:00"]
    ),
    (
      "RRULE:FREQ=DAILY;UNTIL=19970904T130000Z", "1997-09-02T09:00",
      ["1997-09-02T09:00", "1997-09-03T09:00", "1997-09-04T09:00"]
    ),
    ("FREQ=DAILY;UNTIL=19970903", "1997-09-02T09:00", ["1997-09-02T09:00", "1997-09-03T09:00"]),
    (
      "FREQ=WEEKLY;COUNT=3;WKST=SU;BYDAY=TU,TH", "1997-09-02T09:00",
      ["1997-09-02T09:00", "1997-09-04T09:00", "1997-09-09T09:00"]
    ),
    // The two rules that differ only in the week's first day.
    (
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00",
      ["1997-08-05T09:00", "1997-08-10T09:00", "1997-08-19T09:00", "1997-08-24T09:00"]
    ),
    (
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00",
      ["1997-08-05T09:00", "1997-08-17T09:00", "1997-08-19T09:00", "1997-08-31T09:00"]
    ),
    (
      "FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05T09:00",
      ["1997-09-05T09:00", "1997-10-03T09:00", "1997-11-07T09:00"]
    ),
    (
      "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22T09:00",
      ["1997-09-22T09:00", "1997-10-20T09:00", "1997-11-17T09:00"]
    ),
    (
      "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "1997-09-07T09:00",
      ["1997-09-07T09:00", "1997-09-28T09:00", "1997-11-02T09:00", "1997-11-30T09:00"]
    ),
    (
      "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-3", "1997-09-28T09:00",
      ["1997-09-28T09:00", "1997-10-29T09:00", "1997-11-28T09:00"]
    ),
    ("FREQ=MONTHLY;COUNT=2;BYDAY=FR;BYMONTHDAY=13", "1997-09-02T09:00", ["1998-02-13T09:00", "1998-03-13T09:00"]),
    // Months without the day have none.
    ("FREQ=MONTHLY;COUNT=3", "1998-01-31T09:00", ["1998-01-31T09:00", "1998-03-31T09:00", "1998-05-31T09:00"]),
  ])
  func occurrences(rule: String, start: String, expected: [String]) throws {
    #expect(try starts(rule, from: start, between: ("1997-01-01T00:00:00Z", "2000-01-01T00:00:00Z")) == expected)
  }

  @Test func theTimeOfDayStaysAcrossChangesOfTheClock() throws {
    // New York went from 02:00 to 03:00 on 8 March 2026.
    let found = try starts(
      "FREQ=WEEKLY;BYDAY=SU", from: "2026-03-01T02:30", between: ("2026-03-01T00:00:00Z", "2026-03-16T00:00:00Z"))
    #expect(found == ["2026-03-01T02:30", "2026-03-08T03:00", "2026-03-15T02:30"])
  }

  @Test func aRangeFarFromTheStartGivesTheSame() throws {
    for rule in ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1SU"] {
      let all = try starts(
        rule, from: "2020-01-03T04:00", zone: "UTC", between: ("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
      let late = try starts(
        rule, from: "2020-01-03T04:00", zone: "UTC", between: ("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"))
      #expect(!late.isEmpty && late == all.filter { $0 >= "2026-11-01" }, "\(rule)")
    }
  }

  @Test(arguments: [
    ("", "FREQ is missing"), ("FREQ=YEARLY", "not one of DAILY"), ("FREQ=DAILY;BYHOUR=3", "BYHOUR is not understood"),
    ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "keep one"), ("FREQ=WEEKLY;BYDAY=1MO", "only with FREQ=MONTHLY"),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "does not go with"), ("FREQ=DAILY;INTERVAL=0", "not a number"),
    ("FREQ=MONTHLY;BYDAY=6MO", "not a day"), ("FREQ=MONTHLY;BYMONTHDAY=32", "not a day"),
    ("FREQ=DAILY;UNTIL=2026-01-01", "not a time"), ("FREQ=DAILY;UNTIL=20260231", "not a time"), ("DAILY", "NAME=VALUE"),
    ("FREQ=DAILY;FREQ=DAILY", "twice"), ("FREQ=DAILY;COUNT=99999999", "not a number"),
  ])
  func refused(text: String, words: String) {
    #expect { try RecurrenceRule(text: text) } throws: { "\($0)".contains(words) }
  }

  @Test func aRuleThatNeverComesTrueEnds() throws {
    let found = try starts(
      "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", from: "2026-02-01T00:00",
      between: ("2026-01-01T00:00:00Z", "2200-01-01T00:00:00Z"))
    #expect(found == [])
  }
}
