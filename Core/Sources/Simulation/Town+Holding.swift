import Alerts
import Base
import Engine
import Events

/// What the town's definitions say about alerts that page nobody for now.
extension Town {
  /// In some seeds the first alert of a group waits for others, and a tier is only written down.
  static func tiers(random: inout SeededGenerator) -> [Int: Engine.Environment.Tier] {
    var tiers: [Int: Engine.Environment.Tier] = [:]
    if random.chance(0.5) {
      let wait = Interval.seconds(Int64.random(in: 10...300, using: &random))
      tiers[2] = .init(level: 2, paging: .page, opensIncident: true, severity: nil, groupWait: wait)
      tiers[3] = .init(level: 3, paging: random.chance(0.3) ? .record : .page, opensIncident: false, severity: nil)
      tiers[3]?.groupWait = wait * 2
    }
    return tiers
  }

  /// Dependencies, in some seeds with a circle; maintenance, a planned silence and inhibitions.
  static func holding(from start: Instant, random: inout SeededGenerator) -> Holding {
    func window(_ random: inout SeededGenerator) -> RecurringTimes {
      let from = start + .seconds(Int64.random(in: 0...18_000, using: &random))
      return RecurringTimes(
        start: from, end: from + .seconds(Int64.random(in: 120...5_400, using: &random)), recurrence: nil, zone: zone)
    }
    var holding = Holding()
    var needs: [String: [String]] = [:]
    for (service, other) in [
      ("playback", "search"), ("playback", "billing"), ("search", "encoder"), ("billing", "encoder"),
      ("encoder", "mailer"), ("encoder", "playback"),
    ] where random.chance(other == "playback" ? 0.2 : 0.6) {
      needs[service, default: []].append(other)
    }
    holding.dependencies = ServiceGraph(needs)
    for index in 0..<Int.random(in: 0...2, using: &random) {
      holding.maintenance.append(
        .init(
          name: "works-\(index)", services: [services.randomElement(using: &random)!], slos: [],
          times: window(&random), reason: "new machines"))
    }
    if random.chance(0.4) {
      let severity = AlertMatchers.severity([.error, .warning].randomElement(using: &random)!)
      holding.silences.append(
        .init(name: "planned", matchers: [severity], times: window(&random), author: "ana", reason: "a load test"))
    }
    if random.chance(0.6) {
      holding.inhibitions.append(
        .init(
          name: "worst-first", source: [AlertMatchers.severity(.critical)], target: [AlertMatchers.severity(.info)],
          equal: random.chance(0.5) ? ["service"] : []))
    }
    return holding
  }
}
