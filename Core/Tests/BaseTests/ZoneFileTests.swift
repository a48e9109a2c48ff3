import Foundation
import Testing

@testable import Base

@Suite struct ZoneRuleTests {
  private func rule(_ text: String) throws -> ZoneRule { try #require(ZoneRule(posix: text)) }
  private func offset(_ rule: ZoneRule, _ text: String) -> Int {
    rule.offset(at: Int(Instant(rfc3339: text)!.seconds)).seconds
  }

  @Test func readsNames() throws {
    #expect(try rule("<+03>-3").standard == Zone.Offset(seconds: 10_800, abbreviation: "+03", isDST: false))
    #expect(try rule("<-0330>3:30").standard.seconds == -12_600)
    #expect(try rule("UTC0").standard.seconds == 0)
    #expect(try rule("FOO-1:02:03").standard.seconds == 3_723)
    #expect(try rule("EST5EDT,M3.2.0,M11.1.0").summer?.offset.abbreviation == "EDT")
  }

  @Test func countsDays() throws {
    let julian = try rule("AAA0BBB,J60,J300")
    #expect(offset(julian, "2024-03-01T01:59:59Z") == 0)
    #expect(offset(julian, "2024-03-01T02:00:00Z") == 3_600)
    #expect(offset(julian, "2023-03-01T02:00:00Z") == 3_600)
    let ordinal = try rule("AAA0BBB,59/0,300/0")
    #expect(offset(ordinal, "2024-02-29T00:00:00Z") == 3_600)
    #expect(offset(ordinal, "2023-02-28T23:59:59Z") == 0)
    #expect(offset(ordinal, "2023-03-01T00:00:00Z") == 3_600)
    // The last Sunday of March, and the fourth where the month has five.
    let last = try rule("AAA0BBB,M3.5.0/1,M10.5.0/1")
    #expect(offset(last, "2026-03-29T00:59:59Z") == 0)
    #expect(offset(last, "2026-03-29T01:00:00Z") == 3_600)
    #expect(offset(last, "2026-10-25T00:00:00Z") == 0)
    let fourth = try rule("AAA0BBB,M3.4.0/1,M10.4.0/1")
    #expect(offset(fourth, "2026-03-22T01:00:00Z") == 3_600)
  }

  @Test func readsHoursBeyondTheDay() throws {
    // Greenland: the change is the evening before the last Sunday of March.
    let nuuk = try rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")
    #expect(offset(nuuk, "2026-03-29T00:59:59Z") == -7_200)
    #expect(offset(nuuk, "2026-03-29T01:00:00Z") == -3_600)
    // Gaza: Saturday at 50 hours after Thursday's midnight.
    let gaza = try rule("EET-2EEST,M3.4.4/50,M10.4.4/50")
    #expect(offset(gaza, "2026-03-27T23:59:59Z") == 7_200)
    #expect(offset(gaza, "2026-03-28T00:00:00Z") == 10_800)
    // All year, as RFC 9636 writes it.
    let always = try rule("FOO3EDT4,0/0,J365/23")
    for day in ["2025-12-31T23:00:00Z", "2026-01-01T02:59:59Z", "2026-01-01T03:00:00Z", "2026-07-01T00:00:00Z"] {
      #expect(offset(always, day) == -14_400)
    }
    // South of the equator summer goes over the year's end.
    let sydney = try rule("AEST-10AEDT,M10.1.0,M4.1.0/3")
    #expect(offset(sydney, "2026-01-01T00:00:00Z") == 39_600)
    #expect(offset(sydney, "2026-07-01T00:00:00Z") == 36_000)
    // Ireland's winter is the exception to its standard time.
    let dublin = try rule("IST-1GMT0,M10.5.0,M3.5.0/1")
    #expect(offset(dublin, "2026-01-01T00:00:00Z") == 0)
    #expect(offset(dublin, "2026-07-01T00:00:00Z") == 3_600)
  }

  @Test(arguments: [
    "", "A0", "AB0", "ABC", "<AB0", "<+03>", "ABC25", "ABC0DEF", "ABC0DEF,M3.2.0", "ABC0DEF,M13.1.0,M11.1.0",
    "ABC0DEF,M3.6.0,M11.1.0", "ABC0DEF,M3.2.7,M11.1.0", "ABC0DEF,J0,J10", "ABC0DEF,J366,J10", "ABC0DEF,366,10",
    "ABC0DEF,M3.2.0/168,M11.1.0", "ABC0DEF,M3.2.0,M11.1.0x", "ABC0DEF,M3.2.0,M11.1.0,", "ABC0:60",
    "ABC99999999999999999999999", ":America/Chicago", "<é03>-3",
  ])
  func refusesOtherRules(_ text: String) {
    #expect(ZoneRule(posix: text) == nil)
  }
}

@Suite struct ZoneFileTests {
  /// A file of the given version with two transitions: offsets 0, 3600, 0.
  private func file(version: Character, footer: String = "\nAAA0\n", edit: (inout [UInt8]) -> Void = { _ in })
    -> [UInt8]
  {
    func block(_ timeSize: Int) -> [UInt8] {
      func big(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - $0))) }
      }
      var bytes = Array("TZif".utf8) + [version == "1" ? 0 : version.asciiValue!] + [UInt8](repeating: 0, count: 15)
      bytes += [0, 0, 0, 2, 2, 8].flatMap { big($0, 4) }
      bytes += big(1_000, timeSize) + big(2_000, timeSize) + [1, 0]
      bytes += big(0, 4) + [0, 0] + big(3_600, 4) + [1, 4] + Array("AAA\0BBB\0".utf8)
      return bytes
    }
    var bytes = block(4) + (version == "1" ? [] : block(8) + Array(footer.utf8))
    edit(&bytes)
    return bytes
  }

  @Test(arguments: ["1", "2", "3", "4"] as [Character])
  func readsEveryVersion(_ version: Character) throws {
    let zone = try Zone(name: "X", tzif: file(version: version))
    #expect([999, 1_000, 1_999, 2_000, 1 << 40].map { zone.offset(at: $0).seconds } == [0, 3_600, 3_600, 0, 0])
    #expect(zone.offset(at: 1_500) == Zone.Offset(seconds: 3_600, abbreviation: "BBB", isDST: true))
  }

  @Test func takesTheRuleOnlyAfterTheTransitions() throws {
    let zone = try Zone(name: "X", tzif: file(version: "3", footer: "\nCCC-5\n"))
    #expect([500, 1_500, 2_000].map { zone.offset(at: $0).abbreviation } == ["AAA", "BBB", "CCC"])
    let open = try Zone(name: "X", tzif: file(version: "3", footer: "\n\n"))
    #expect(open.offset(at: 1 << 40).abbreviation == "AAA")
  }

  @Test func refusesWhatIsNoZoneFile() {
    func problem(_ bytes: [UInt8]) -> String? {
      do {
        _ = try Zone(name: "X", tzif: bytes)
        return nil
      } catch { return error.problem }
    }
    let prefix = "its file cannot be read: "
    #expect(problem([]) == prefix + "cut short")
    #expect(
      problem(Array("not a zone file, but long enough to be one by its length alone".utf8)) == prefix
        + "not a TZif file")
    #expect(problem(file(version: "3", footer: "\nnonsense\n")) == prefix + "its footer 'nonsense' is no rule")
    #expect(problem(file(version: "3", footer: "\nAAA0")) == prefix + "its footer is cut short")
    #expect(problem(file(version: "1") { $0[31] = 1 }) == prefix + "cut short")
    #expect(
      problem(
        file(version: "1") {
          $0[31] = 1; $0 += [UInt8](repeating: 0, count: 8)
        })
        == prefix + "it counts leap seconds")
    #expect(problem(file(version: "1") { $0[39] = 0 }) == prefix + "it has no local time")
    #expect(problem(file(version: "1") { $0[23] = 1 }) == prefix + "its counts contradict each other")
    #expect(problem(file(version: "1") { $0[52] = 9 }) == prefix + "a transition has no type")
    #expect(
      problem(
        file(version: "1") {
          $0[50] = 0; $0[51] = 0
        }) == prefix + "its transitions are not in order")
    #expect(problem(file(version: "1") { $0[54] = 127 }) == prefix + "a local time is out of range")
    #expect(problem(file(version: "1") { $0[$0.count - 1] = 65 }) == prefix + "an abbreviation has no end")
    #expect(problem([UInt8](repeating: 0, count: 2 << 20)) == prefix + "larger than 1048576 bytes")
  }

  /// Damaged files are refused or read, and what was read answers any question without a crash.
  @Test func survivesDamage() throws {
    let names = ["America/Chicago", "Europe/Dublin", "Africa/Casablanca", "Asia/Gaza"]
    var random = SeededGenerator(seed: 12)
    for name in names {
      let whole = [UInt8](try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)")))
      for _ in 0..<1_500 {
        var bytes = whole
        for _ in 0...Int.random(in: 0..<6, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.chance(0.2) { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
        guard let zone = try? Zone(name: name, tzif: bytes) else { continue }
        for _ in 0..<5 {
          let instant = Instant(nanoseconds: Int64(bitPattern: random.next()))
          _ = zone.instant(of: zone.civil(at: instant))
        }
        for edge in [Instant.distantPast, .distantFuture] { _ = zone.instants(of: zone.civil(at: edge)) }
      }
    }
  }
}

@Suite struct CivilTests {
  @Test func countsDays() {
    var random = SeededGenerator(seed: 10)
    for _ in 0..<5_000 {
      let number = Int.random(in: -1_000_000...1_000_000, using: &random)
      let date = CivilDate(dayNumber: number)
      #expect(date.dayNumber == number)
      #expect(CivilDate(dayNumber: number + 1) > date)
      #expect(date.adding(days: 7).weekday == date.weekday)
    }
    #expect(CivilDate(year: 2026, month: 11, day: 21)!.weekday == .saturday)
    #expect(CivilDate(year: 1969, month: 12, day: 28)!.weekday == .sunday)
    #expect(CivilDate(year: 2025, month: 2, day: 29) == nil)
  }

  @Test func addsMonths() {
    let start = CivilDate(year: 2025, month: 1, day: 31)!
    #expect(
      (0...13).map { start.adding(months: $0).description } == [
        "2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31",
        "2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28",
      ])
    #expect(start.adding(months: -11).description == "2024-02-29")
    #expect(start.adding(months: -13).description == "2023-12-31")
  }

  @Test func readsText() {
    #expect(CivilDate(isoText: "2024-02-29")?.description == "2024-02-29")
    #expect(CivilTime(isoText: "23:59:07")?.description == "23:59:07")
    #expect(CivilDateTime(isoText: "2026-01-05T09:00")?.description == "2026-01-05T09:00")
    for text in ["2024-2-29", "2025-02-29", "2024-02-29 ", "24:00", "9:00", "09:60", "09:00Z", "2026-01-05T09:00Z"] {
      #expect(CivilDate(isoText: text) == nil)
      #expect(CivilTime(isoText: text) == nil)
      #expect(CivilDateTime(isoText: text) == nil)
    }
  }
}
