import Base
import Foundation
import Testing

@Suite struct TimeTextTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-21T03:26:25.123Z", 1_795_231_585_123_000_000),
      ("2026-11-21T04:26:25.123+01:00", 1_795_231_585_123_000_000), ("1970-01-01t00:00:00.000000001z", 1),
      ("1969-12-31T23:59:59.5-00:00", -500_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
      ("2017-01-01T08:59:60+09:00", 1_483_228_800_000_000_000), ("0001-01-01T00:00:00.000Z", .min),
      ("9999-12-31T23:59:59Z", .max), ("1677-09-21T00:12:43.145224192Z", .min),
      ("2262-04-11T23:47:16.854775807Z", .max), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
    ] as [(String, Int64)])
  func readsRFC3339(_ text: String, _ nanoseconds: Int64) {
    #expect(Instant(rfc3339: text)?.nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "", "2026-11-21", "2026-11-21T03:26:25", "2026-11-21 03:26:25Z", "2026-11-21T03:26Z", "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T12:00:60Z", "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00ZZ", "+2026-01-01T00:00:00Z", "２026-01-01T00:00:00Z",
  ])
  func refusesOtherTimes(_ text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test func writesWhatItReads() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<5_000 {
      let coarse = ([1, 1_000, 1_000_000, 1_000_000_000] as [Int64]).randomElement(using: &random)!
      let instant = Instant(nanoseconds: Int64(bitPattern: random.next()) / coarse * coarse)
      #expect(Instant(rfc3339: instant.rfc3339) == instant)
    }
    #expect(Instant(nanoseconds: 1_500_000_000).rfc3339 == "1970-01-01T00:00:01.5Z")
    #expect(Instant.distantPast.rfc3339 == "1677-09-21T00:12:43.145224192Z")
  }

  @Test(
    arguments: [
      ("30d", "30d", 2_592_000_000_000_000), ("1h30m", "1h30m", 5_400_000_000_000), ("90m", "1h30m", 5_400_000_000_000),
      ("500ms", "500ms", 500_000_000), ("2w", "14d", 1_209_600_000_000_000), ("0", "0s", 0), ("0s", "0s", 0),
      ("1.5h", "1h30m", 5_400_000_000_000), ("-5m", "-5m", -300_000_000_000), ("P1DT2H", "1d2h", 93_600_000_000_000),
      ("PT0.5S", "500ms", 500_000_000), ("PT0,5S", "500ms", 500_000_000), ("P2W", "14d", 1_209_600_000_000_000),
      ("PT36H", "1d12h", 129_600_000_000_000), ("1us3ns", "1us3ns", 1_003), ("0.000000001s", "1ns", 1),
      ("-P1D", "-1d", -86_400_000_000_000),
    ] as [(String, String, Int64)])
  func readsIntervals(_ text: String, _ canonical: String, _ nanoseconds: Int64) {
    #expect(Interval(text: text)?.nanoseconds == nanoseconds)
    #expect(Interval(nanoseconds: nanoseconds).text == canonical)
  }

  @Test(arguments: [
    "", "5", "-", "m", "1x", "1m1h", "1h1h", "1.5h3m", "1.h", ".5h", "1h ", " 1h", "--1h", "+1h", "P", "PT", "P1DT",
    "P1Y",
    "P1M", "PT1H1D", "P1H", "PT1D", "P1.5DT1H", "300000d", "99999999999999999999s", "1٣s", "1H", "p1d", "1.0000000001s",
  ])
  func refusesOtherIntervals(_ text: String) {
    #expect(Interval(text: text) == nil)
  }

  @Test func intervalsRoundTrip() {
    var random = SeededGenerator(seed: 6)
    for value in [Int64.min, .max, -1, 1] + (0..<5_000).map({ Int64(bitPattern: random.next()) >> ($0 % 60) }) {
      #expect(Interval(text: Interval(nanoseconds: value).text)?.nanoseconds == value)
    }
  }
}
