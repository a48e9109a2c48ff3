import Base
import Definitions
import Foundation
import Testing

@testable import Objectives

private let zones = ZoneFiles { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
}

@Suite struct CalendarWindowTests {
  private func period(
    _ duration: String, from start: String, zone: String = "UTC", at: String
  ) throws -> String {
    let window = CalendarWindow(
      duration: try #require(DurationShorthand(duration)), start: try #require(CivilDateTime(isoText: start)),
      zone: zone)
    let found = window.period(containing: try #require(Instant(rfc3339: at))) { try? zones.zone(named: $0) }
    return "\(found.lowerBound.rfc3339) \(found.upperBound.rfc3339)"
  }

  @Test(arguments: [
    ("1M", "2026-01-01T00:00", "2026-02-10T12:00:00Z", "2026-02-01T00:00:00Z 2026-03-01T00:00:00Z"),
    ("1M", "2028-01-01T00:00", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z 2028-03-01T00:00:00Z"),
    // A period's first instant belongs to it, its end to the next.
    ("1M", "2026-01-01T00:00", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z 2026-04-01T00:00:00Z"),
    ("1M", "2026-01-01T00:00", "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z 2026-03-01T00:00:00Z"),
    // From the 31st: the last day of shorter months, and the 31st again afterwards.
    ("1M", "2026-01-31T06:00", "2026-03-01T00:00:00Z", "2026-02-28T06:00:00Z 2026-03-31T06:00:00Z"),
    ("1M", "2028-01-31T06:00", "2028-03-01T00:00:00Z", "2028-02-29T06:00:00Z 2028-03-31T06:00:00Z"),
    ("1Q", "2026-01-01T00:00", "2026-05-15T00:00:00Z", "2026-04-01T00:00:00Z 2026-07-01T00:00:00Z"),
    ("1Y", "2024-02-29T00:00", "2026-01-01T00:00:00Z", "2025-02-28T00:00:00Z 2026-02-28T00:00:00Z"),
    ("1Y", "2024-02-29T00:00", "2028-03-01T00:00:00Z", "2028-02-29T00:00:00Z 2029-02-28T00:00:00Z"),
    ("2w", "2026-01-05T09:00", "2026-01-19T08:59:59Z", "2026-01-05T09:00:00Z 2026-01-19T09:00:00Z"),
    ("2w", "2026-01-05T09:00", "2026-01-19T09:00:00Z", "2026-01-19T09:00:00Z 2026-02-02T09:00:00Z"),
    ("1d", "2026-01-05T09:00", "2026-02-01T03:00:00Z", "2026-01-31T09:00:00Z 2026-02-01T09:00:00Z"),
    ("12h", "2026-01-05T09:00", "2026-01-06T08:00:00Z", "2026-01-05T21:00:00Z 2026-01-06T09:00:00Z"),
    // Before the first start the same steps go backwards.
    ("1M", "2026-06-01T00:00", "2026-03-10T00:00:00Z", "2026-03-01T00:00:00Z 2026-04-01T00:00:00Z"),
    ("12h", "2026-01-05T09:00", "2026-01-05T08:00:00Z", "2026-01-04T21:00:00Z 2026-01-05T09:00:00Z"),
  ])
  func periods(duration: String, start: String, at: String, expected: String) throws {
    #expect(try period(duration, from: start, at: at) == expected)
  }

  @Test func periodsKeepTheirTimeOfDayAcrossChangesOfTheClock() throws {
    // New York: -05:00 until 8 March 2026, then -04:00, so that this week has 167 hours.
    #expect(
      try period("1w", from: "2022-01-01T12:00", zone: "America/New_York", at: "2026-03-10T00:00:00Z")
        == "2026-03-07T17:00:00Z 2026-03-14T16:00:00Z")
    #expect(
      try period("1d", from: "2026-01-01T00:00", zone: "America/New_York", at: "2026-11-01T12:00:00Z")
        == "2026-11-01T04:00:00Z 2026-11-02T05:00:00Z")
    // Hours are lengths: they do not follow the clock.
    #expect(
      try period("24h", from: "2026-01-01T00:00", zone: "America/New_York", at: "2026-07-01T12:00:00Z")
        == "2026-07-01T05:00:00Z 2026-07-02T05:00:00Z")
  }

  /// Every instant lies in its period, and periods follow each other without gaps.
  @Test func periodsTileTheTime() throws {
    let resolve = { (name: String) in try? zones.zone(named: name) }
    for duration in [
      DurationShorthand(1, .month), .init(1, .day), .init(3, .week), .init(1, .quarter), .init(7, .hour),
    ] {
      let window = CalendarWindow(
        duration: duration, start: try #require(CivilDateTime(isoText: "2025-12-31T02:30")), zone: "Europe/Lisbon")
      var at = Instant(seconds: 1_770_000_000)
      for _ in 0..<40 {
        let found = window.period(containing: at, zone: resolve)
        #expect(found.contains(at))
        #expect(window.period(containing: found.lowerBound, zone: resolve) == found)
        #expect(window.period(containing: found.upperBound, zone: resolve).lowerBound == found.upperBound)
        at = at + .hours(53)
      }
    }
  }
}
