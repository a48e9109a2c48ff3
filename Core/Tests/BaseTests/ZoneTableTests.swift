import Foundation
import Testing

@testable import Base

/// The table of numbers answers as the zone itself does, in every zone of the system, near every change.
@Suite struct ZoneTableTests {
  @Test func agreesWithTheLongWay() throws {
    let names = try String(contentsOfFile: "/usr/share/zoneinfo/tzdata.zi", encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("Z ") }.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
    #expect(names.count > 300)
    var random = SeededGenerator(seed: 4)
    var compared = 0
    for name in names {
      guard let zone = try? systemZones.zone(named: name) else { continue }
      // Around changes within the table, of the rule, at the table's end and beyond, and anywhere.
      let changes = zone.transitions.suffix(40).map(\.time) + [0, 1_793_520_000, 4_102_444_800, 5_000_000_000]
      for time in changes + (0..<20).map({ _ in Int.random(in: -5_000_000_000...6_000_000_000, using: &random) }) {
        let clock = CivilDateTime(
          clockSeconds: time + zone.offset(at: time).seconds + Int.random(in: -9_000...9_000, using: &random))
        for resolution in [Zone.Resolution.firstOfTwo, .lastOfTwo] {
          #expect(
            zone.instant(of: clock, resolving: resolution) == zone.instantTheLongWay(of: clock, resolving: resolution),
            "\(name) \(clock)")
          compared += 1
        }
        let shown = CivilDateTime(clockSeconds: time + zone.offset(at: time).seconds)
        #expect(zone.civil(at: Instant(seconds: Int64(time))) == shown, "\(name) \(time)")
      }
    }
    #expect(compared > 20_000)
  }
}
