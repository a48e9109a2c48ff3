import Base
import Events
import Figures
import Testing

@Suite struct FiguresReportTests {
  private static let now = Instant(rfc3339: "2026-11-21T00:00:00Z")!
  private var now: Instant { Self.now }
  private let places = [
    "playback": Placement(tier: 0, team: "streaming", journeys: ["watch", "resume"]),
    "search": Placement(tier: 2, team: "discovery", journeys: ["watch"]), "vault": Placement(),
  ]

  /// An incident that began so many days ago, with its lengths in minutes; `nil`: it has not come to that.
  private func incident(
    _ number: Int, daysAgo: Double, _ service: String? = "playback", _ severity: IncidentSeverity = .sev2,
    acknowledged: Int64? = nil, mitigated: Int64? = nil, resolved: Int64? = nil, mergedInto: ULID? = nil
  ) -> IncidentRecord {
    let start = now - Interval(nanoseconds: Int64(daysAgo * 86_400) * 1_000_000_000)
    return IncidentRecord(
      id: ULID(high: 1, low: UInt64(number)), number: number, title: "#\(number)", services: service.map { [$0] } ?? [],
      severity: severity, openedAt: start, detectedAt: start,
      acknowledgedAt: acknowledged.map { start + .minutes($0) }, mitigatedAt: mitigated.map { start + .minutes($0) },
      resolvedAt: resolved.map { start + .minutes($0) }, mergedInto: mergedInto)
  }

  private func report(
    _ records: [IncidentRecord], days: Int64 = 30, filter: FigureFilter = FigureFilter(), by: Grouping? = nil
  ) -> FiguresReport {
    FiguresReport(records, from: now - .days(days), to: now, filter: filter, by: by) {
      places[$0] ?? Placement()
    }
  }

  /// Ten lengths 1…10: nearest rank takes the 5th and the 9th, values that were measured.
  @Test func medianAndNinetiethPercentileAreNearestRanks() {
    let ten = report((1...10).map { incident($0, daysAgo: Double($0), resolved: Int64(11 - $0)) })
    let resolve = ten.figures(.resolve)
    #expect(resolve.median == .minutes(5) && resolve.p90 == .minutes(9))
    #expect(resolve.slowest?.incident.number == 1 && resolve.slowest?.length == .minutes(10))
    let eleven = report((1...11).map { incident($0, daysAgo: 1, resolved: Int64($0)) }).figures(.resolve)
    #expect(eleven.median == .minutes(6) && eleven.p90 == .minutes(10))
    let nine = report((1...9).map { incident($0, daysAgo: 1, resolved: Int64($0)) }).figures(.resolve)
    #expect(nine.median == .minutes(5) && nine.p90 == nil)
    let four = report((1...4).map { incident($0, daysAgo: 1, resolved: Int64($0)) }).figures(.resolve)
    #expect(four.median == nil && four.spread.count == 4)
  }

  @Test func openIncidentsAreCountedAndLeftOut() {
    var records = (1...6).map { incident($0, daysAgo: 2, acknowledged: 3, resolved: 40) }
    records.append(incident(7, daysAgo: 1, acknowledged: 5))
    records.append(incident(8, daysAgo: 1, mitigated: 9))
    let report = report(records)
    #expect(report.incidents.count == 8 && report.open == 2)
    let resolve = report.figures(.resolve)
    #expect(resolve.spread.count == 6 && resolve.pending == 2)
    let mitigate = report.figures(.mitigate)
    #expect(mitigate.spread.count == 7 && mitigate.pending == 1 && mitigate.standIns == 6)
    #expect(report.figures(.acknowledge).pending == 1 && report.figures(.detect).unknown == 8)
  }

  @Test func mergedIncidentsCountOnceAndTheRangeEndsBeforeItsEnd() {
    let records = [
      incident(1, daysAgo: 30, resolved: 1), incident(2, daysAgo: 0, resolved: 1),
      incident(3, daysAgo: 3, resolved: 1, mergedInto: ULID(high: 1, low: 1)), incident(4, daysAgo: 31, resolved: 1),
    ]
    #expect(report(records).incidents.map(\.number) == [1])
  }

  @Test func groupsInOrderAndWhatBelongsToNoneLast() {
    let records = [
      incident(1, daysAgo: 1, "search", resolved: 5), incident(2, daysAgo: 1, "playback", .sev1, resolved: 5),
      incident(3, daysAgo: 1, "playback"), incident(4, daysAgo: 1, nil, .sev4, resolved: 5),
      incident(5, daysAgo: 1, "vault", resolved: 5),
    ]
    func shape(_ by: Grouping) -> [String] {
      report(records, by: by).groups.map { "\($0.name ?? "–") \($0.incidents) \($0.open)" }
    }
    #expect(shape(.tier) == ["0 2 1", "2 1 0", "– 2 0"])
    #expect(shape(.team) == ["discovery 1 0", "streaming 2 1", "– 2 0"])
    #expect(shape(.journey) == ["resume 2 1", "watch 3 1", "– 2 0"])
    #expect(shape(.service) == ["playback 2 1", "search 1 0", "vault 1 0", "– 1 0"])
    #expect(shape(.severity) == ["SEV-1 1 0", "SEV-2 3 1", "SEV-4 1 0"])
  }

  @Test func oneOfSeveralServicesCountsInEachAndWithTheMostImportantTier() {
    let both = IncidentRecord(
      id: ULID(high: 1, low: 1), number: 1, title: "", services: ["search", "playback"], severity: .sev1,
      openedAt: now - .days(1), detectedAt: now - .days(1))
    func names(_ by: Grouping) -> [String?] { report([both], by: by).groups.map(\.name) }
    #expect(names(.tier) == ["0"] && names(.team) == ["discovery", "streaming"])
    #expect(names(.journey) == ["resume", "watch"] && names(.service) == ["playback", "search"])
  }

  @Test func filtersByWhatIsAskedFor() {
    let records = [
      incident(1, daysAgo: 1, "search"), incident(2, daysAgo: 1, "playback", .sev1), incident(3, daysAgo: 1, nil),
    ]
    func numbers(_ wanted: [Grouping: String]) -> [Int] {
      report(records, filter: FigureFilter(wanted)).incidents.map(\.number)
    }
    #expect(numbers([.tier: "0"]) == [2])
    #expect(numbers([.journey: "watch"]) == [1, 2])
    #expect(numbers([.journey: "watch", .severity: "SEV-2"]) == [1])
    #expect(numbers([.service: "search", .tier: "0"]).isEmpty)
  }

  private func compared(before: [Int64], now: [Int64], pendingNow: Int = 0) -> Trend? {
    let records =
      before.enumerated().map { incident($0 + 1, daysAgo: 40, resolved: $1) }
      + now.enumerated().map { incident($0 + 1_000, daysAgo: 10, resolved: $1) }
      + (0..<pendingNow).map { incident($0 + 2_000, daysAgo: 5) }
    return report(records).figures(.resolve).trend
  }

  @Test func aTrendNeedsTwentyOnBothSidesAndMoreThanChance() throws {
    let low = Array(1...20).map { Int64($0) }
    let high = low.map { $0 + 60 }
    #expect(compared(before: Array(low.dropLast()), now: high)?.verdict == .tooFew)
    #expect(compared(before: low, now: Array(high.dropLast()))?.verdict == .tooFew)
    let longer = try #require(compared(before: low, now: high))
    guard case .longer(let p) = longer.verdict else { throw Failed(longer) }
    #expect(p < 0.001 && longer.before.median == .minutes(10) && longer.before.count == 20)
    let shorter = try #require(compared(before: high, now: low))
    guard case .shorter = shorter.verdict else { throw Failed(shorter) }
    let alike = try #require(compared(before: low, now: low))
    #expect(alike.verdict == .noDifference(p: 1))
    #expect(compared(before: Array(repeating: 5, count: 30), now: Array(repeating: 5, count: 30))?.p == 1)
  }

  @Test func noTrendWhereManyAreStillOpen() throws {
    let low = Array(1...20).map { Int64($0) }
    let high = low.map { $0 + 60 }
    #expect(compared(before: high, now: low, pendingNow: 3)?.verdict == .tooManyPending)
    let few = try #require(compared(before: high, now: low, pendingNow: 2))
    guard case .shorter = few.verdict else { throw Failed(few) }
  }

  /// What is nearly significant alone is not when two measures were compared: Holm doubles the smaller p.
  @Test func severalComparisonsAreCorrectedFor() throws {
    let low = Array(1...20).map { Int64($0) }
    let records =
      low.map { incident(Int($0), daysAgo: 40, acknowledged: $0, resolved: $0) }
      + low.map { incident(100 + Int($0), daysAgo: 10, acknowledged: $0, resolved: $0 + 5) }
    let report = report(records)
    let p = try #require(report.figures(.resolve).trend?.p)
    let alone = try #require(RankTest(low.map { .minutes($0 + 5) }, low.map { .minutes($0) })).p
    #expect(alone < FiguresReport.significance && abs(p - alone * 3) < 1e-12)
    guard case .noDifference = report.figures(.resolve).trend?.verdict else { throw Failed(p) }
  }

  private struct Failed: Error {
    init(_ what: some Any) { Issue.record("\(what)") }
  }
}
