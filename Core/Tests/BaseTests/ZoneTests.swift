import Foundation
import Testing

@testable import Base

/// The system's zones; tests of Core may read files.
let systemZones = ZoneFiles { name in
  FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
}

@Suite struct ZoneTests {
  private func at(_ text: String) -> Instant { Instant(rfc3339: text)! }
  private func civil(_ text: String) -> CivilDateTime { CivilDateTime(isoText: text)! }

  @Test(arguments: [
    ("America/Chicago", "2020-03-08T07:59:59Z", "2020-03-08T01:59:59", "CST"),
    ("America/Chicago", "2020-03-08T08:00:00Z", "2020-03-08T03:00", "CDT"),
    ("America/Chicago", "2099-07-01T12:00:00Z", "2099-07-01T07:00", "CDT"),
    ("America/Chicago", "2200-01-01T12:00:00Z", "2200-01-01T06:00", "CST"),
    ("Europe/Lisbon", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59", "WEST"),
    ("Europe/Istanbul", "2030-01-01T00:00:00Z", "2030-01-01T03:00", "+03"),
    ("Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T05:30", "IST"),
    ("America/Chicago", "1800-01-01T00:00:00Z", "1799-12-31T18:09:24", "LMT"),
    ("UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00", "UTC"),
  ])
  func showsTheClock(_ name: String, _ instant: String, _ clock: String, _ abbreviation: String) throws {
    let zone = try systemZones.zone(named: name)
    #expect(zone.civil(at: at(instant)).description == clock)
    #expect(zone.offset(at: at(instant)).abbreviation == abbreviation)
  }

  @Test func findsNoneOneOrTwoInstants() throws {
    let chicago = try systemZones.zone(named: "America/Chicago")
    #expect(chicago.instants(of: civil("2020-03-08T02:30")) == [])
    #expect(chicago.instants(of: civil("2020-03-08T03:00")) == [at("2020-03-08T08:00:00Z")])
    let twice = [at("2020-11-01T06:30:00Z"), at("2020-11-01T07:30:00Z")]
    #expect(chicago.instants(of: civil("2020-11-01T01:30")) == twice)
    #expect(chicago.instant(of: civil("2020-11-01T01:30"), resolving: .firstOfTwo) == twice[0])
    #expect(chicago.instant(of: civil("2020-11-01T01:30"), resolving: .lastOfTwo) == twice[1])
    #expect(chicago.instant(of: civil("2020-03-08T02:30"), resolving: .firstOfTwo) == at("2020-03-08T08:00:00Z"))
    #expect(chicago.instant(of: civil("2020-03-08T02:30"), resolving: .lastOfTwo) == at("2020-03-08T08:00:00Z"))
    // The same from the footer's rule, long after the last transition of the file.
    #expect(chicago.instants(of: civil("2150-03-08T02:30")) == [])
    #expect(chicago.instants(of: civil("2150-11-01T01:30")).count == 2)
    let santiago = try systemZones.zone(named: "America/Santiago")
    #expect(santiago.start(of: CivilDate(year: 2026, month: 9, day: 6)!) == at("2026-09-06T04:00:00Z"))
    // A day that a country left out: Samoa went over the date line.
    let apia = try systemZones.zone(named: "Pacific/Apia")
    #expect(apia.instants(of: civil("2011-12-30T12:00")) == [])
    #expect(apia.instant(of: civil("2011-12-30T12:00")) == at("2011-12-30T10:00:00Z"))
    #expect(apia.civil(at: at("2011-12-30T10:00:00Z")).description == "2011-12-31T00:00")
  }

  @Test func followsTheSystemsData() throws {
    let vancouver = try systemZones.zone(named: "America/Vancouver")
    let instant = vancouver.instant(of: civil("2026-12-15T09:00"))
    withKnownIssue("tzdata 2026f is needed for Vancouver's permanent -07:00; this system has an older one") {
      #expect(instant == at("2026-12-15T16:00:00Z"))
    } when: {
      vancouver.rule?.summer != nil
    }
  }

  /// Every zone of the system, against Foundation's own data, where that knows the zone and has not changed since.
  @Test func agreesWithFoundation() throws {
    // Zones whose law changed after Foundation's data was made differ from the change on.
    let stale = ["America/Vancouver", "America/Edmonton", "Africa/Casablanca", "Africa/El_Aaiun"]
    var random = SeededGenerator(seed: 4)
    var compared = 0
    var disagreeing: Set<String> = []
    for name in TimeZone.knownTimeZoneIdentifiers.sorted() where !stale.contains(name) {
      guard let foundation = TimeZone(identifier: name), let zone = try? systemZones.zone(named: name) else { continue }
      for _ in 0..<60 {
        // From 1975 to 2037.
        let seconds = Int.random(in: 157_766_400...2_145_916_800, using: &random)
        let expected = foundation.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        if zone.offset(at: seconds).seconds != expected { disagreeing.insert(name) }
        compared += 1
      }
    }
    #expect(compared > 15_000)
    #expect(disagreeing.count <= 12, "\(disagreeing.sorted())")
  }

  /// From clock to instant and back, in every zone and around every change.
  @Test func clockAndInstantAgree() throws {
    var random = SeededGenerator(seed: 8)
    for name in ["America/Chicago", "Europe/Dublin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"] {
      let zone = try systemZones.zone(named: name)
      let around = zone.transitions.map(\.time).filter { $0 > -2_000_000_000 } + [4_000_000_000, 5_000_000_000]
      for base in around {
        for _ in 0..<20 {
          let instant = Instant(seconds: Int64(base + Int.random(in: -100_000...100_000, using: &random)))
          let clock = zone.civil(at: instant)
          let found = zone.instants(of: clock)
          #expect(found.contains(instant))
          #expect(found.allSatisfy { zone.civil(at: $0) == clock } && found == found.sorted())
        }
      }
    }
  }

  @Test(arguments: [
    ("../etc/passwd", "not the form of a name"), ("/etc/localtime", "not the form of a name"),
    ("", "not the form of a name"), ("Europe/", "not the form of a name"), ("a.b", "not the form of a name"),
    ("Mars/Olympus", "no such zone in the system's tzdata"),
  ])
  func refusesOtherNames(_ name: String, _ problem: String) {
    #expect { try systemZones.zone(named: name) } throws: { error in
      "\(error)" == "time zone \(name): \(problem); use an IANA name such as Europe/Lisbon"
    }
  }
}
