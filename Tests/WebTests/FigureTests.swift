import Base
import Engine
import Events
import Figures
import Incidents
import Journal
import Testing

@testable import Web

@Suite struct FigureTests {
  /// Incidents of playback that began so many days ago, acknowledged, mitigated and over after so many minutes.
  private func past(
    _ harness: Harness, count: Int, daysAgo: Int64, service: String = "playback", resolved: (Int) -> Int64
  ) throws {
    for index in 0..<count {
      try harness.incident(
        daysAgo: daysAgo, service: service, acknowledged: 3, mitigated: resolved(index) / 2, resolved: resolved(index))
    }
  }

  @Test func fewIncidentsAreShownOneByOne() async throws {
    let harness = try Harness()
    let page = await harness.get("/figures")
    #expect(page.status == 200)
    #expect(page.text.contains("2 incidents: too few to say more than each one"))
    #expect(page.text.contains("Each of them: ") && page.text.contains("Uploads stall in eu-west"))
    #expect(page.text.contains("1 of 2 not over yet") && page.text.contains("1 is still open and left out"))
    #expect(page.text.contains("too few to say (1 here, 0 in the 90 days before"))
    #expect(await harness.get("/figures?days=30&severity=SEV-4").text.contains("No incident began in 30 days"))
  }

  @Test func manyAreSaidAsHalfAndNineOfTen() async throws {
    let harness = try Harness()
    try past(harness, count: 20, daysAgo: 10) { 20 + 2 * Int64($0) }
    let page = await harness.get("/figures?severity=SEV-1").text
    #expect(page.contains("Half of 20 incidents were mitigated within 19 min"))
    // By hand: the lengths to resolve are 20, 22 … 58; the 10th is 38 and the 18th 54.
    #expect(page.contains("<strong>38 min</strong>; nine of ten within <strong>54 min</strong>"))
    #expect(page.contains("id=\"lengths-resolve\"") && page.contains("<circle"))
    #expect(page.utf8.count < 100_000)
    let json = await harness.get("/api/v1/figures?severity=SEV-1&by=tier").json
    let resolve = try #require(json["measures"]?.array?.first { $0["measure"]?.string == "resolve" })
    #expect(resolve["n"]?.int == 20 && resolve["medianSeconds"] == .double(2_280))
    #expect(resolve["p90Seconds"] == .double(3_240) && resolve["slowest"]?["seconds"] == .double(3_480))
    #expect(resolve["trend"]?["verdict"]?.string == "tooFew" && resolve["trend"]?["p"] == nil)
    let cells = resolve["histogram"]?.array ?? []
    #expect(cells.compactMap { $0["count"]?.int }.reduce(0, +) == 20 && cells.last?["belowSeconds"] == nil)
    #expect(json["groups"]?.array?.compactMap { $0["name"]?.string } == ["0"])
    #expect(!String(decoding: json.bytes, as: UTF8.self).contains("mean"))
  }

  @Test func aChangeIsToldWithItsTest() async throws {
    let harness = try Harness()
    try past(harness, count: 22, daysAgo: 100) { 90 + 3 * Int64($0) }
    try past(harness, count: 22, daysAgo: 10) { 20 + 2 * Int64($0) }
    let page = await harness.get("/figures?severity=SEV-1").text
    #expect(page.contains("Trend: shorter than in the 90 days before, when half took up to 2 h. "))
    #expect(page.contains("(Mann–Whitney U, p &lt; 0.001)"))
    // Those to acknowledge are all alike: nothing to tell.
    #expect(page.contains("no difference from the 90 days before"))
  }

  @Test func filtersAndGroupsAreLinks() async throws {
    let harness = try Harness()
    try past(harness, count: 5, daysAgo: 3, service: "search") { _ in 10 }
    let page = await harness.get("/figures?by=service").text
    #expect(page.contains("href=\"/figures?days=90&amp;service=search&amp;by=service\""))
    #expect(page.contains("href=\"/figures?days=30&amp;by=service\"") && page.contains(">No service<"))
    let search = await harness.get("/figures?service=search&by=team").text
    #expect(search.contains("5 incidents: too few") && search.contains("service search"))
    #expect(await harness.get("/api/v1/figures?team=streaming&tier=2").json["incidents"]?.int == 5)
    #expect(await harness.get("/api/v1/figures?journey=watch").json["incidents"]?.int == 1)
    for bad in ["days=0", "days=x", "by=moon", "from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z", "from=soon"] {
      #expect(await harness.get("/figures?\(bad)").status == 422, "\(bad)")
    }
    let hostile = await harness.get("/figures?team=%3Cscript%3Ealert(1)%3C/script%3E")
    #expect(hostile.status == 200 && !hostile.text.contains("<script>alert"))
  }

  @Test func csvIsWhatSpreadsheetsRead() async throws {
    let harness = try Harness()
    try harness.incident(daysAgo: 1, service: "playback", title: "=cmd(\"x\"), y", resolved: 30)
    let figures = await harness.get("/api/v1/figures?format=csv&by=severity")
    #expect(figures.header("content-type")?.hasPrefix("text/csv") == true)
    let lines = figures.text.split(separator: "\r\n")
    #expect(lines[0].hasPrefix("by,group,incidents,open,measure,n,") && lines.count == 1 + 4 + 2 * 4)
    let incidents = await harness.get("/api/v1/figures/incidents?format=csv").text
    #expect(incidents.contains(",\"'=cmd(\"\"x\"\"), y\",playback,SEV-1,"))
    let items = await harness.get("/api/v1/figures/incidents?limit=1").json
    #expect(items["items"]?.array?.count == 1 && items["next"] != nil)
    #expect(await harness.get("/api/v1/figures?format=xml").status == 422)
  }

  @Test func privateIncidentsCountForThoseWhoMaySeeThem() async throws {
    let harness = try Harness()
    try harness.submit(
      Ask<Void>.record(
        IncidentOpened(
          number: 99, title: "Keys leaked", service: "vault", severity: .sev1, severityReason: "", alerts: [],
          automatic: false, isPrivate: true, members: ["ana"]),
        on: Subject("incident", ULID(high: 9, low: 9)), by: .user("ana")
      ).command)
    harness.advance(.minutes(1))
    // This machine alone is let in: nobody is kept out.
    #expect(await harness.get("/api/v1/figures?service=vault").json["incidents"]?.int == 1)
    let other = ["authorization": "Bearer \(try harness.token("v", .admin))"]
    let seen = await harness.get("/api/v1/figures?service=vault", headers: other)
    #expect(seen.status == 200 && seen.json["incidents"]?.int == 0)
    let incidents = await harness.get("/api/v1/figures/incidents?format=csv", headers: other).text
    #expect(!incidents.contains("Keys leaked") && incidents.contains("Uploads stall"))
    #expect(!(await harness.get("/figures", headers: other).text.contains("Keys leaked")))
  }
}

extension Harness {
  /// An incident with its times in minutes after it began, written down as of the past.
  fileprivate func incident(
    daysAgo: Int64, service: String, title: String = "errors", acknowledged: Int64? = nil, mitigated: Int64? = nil,
    resolved: Int64
  ) throws {
    let number = state.incidents.count + 1
    let id = Subject("incident", ULID(high: UInt64(number), low: 5))
    let back = Interval.days(daysAgo)
    advance(.zero - back)
    func record(_ payload: some EventPayload, at minute: Int64) throws {
      advance(.minutes(minute))
      try submit(Ask<Void>.record(payload, on: id, by: .user("ana")).command)
      advance(.minutes(-minute))
    }
    try record(
      IncidentOpened(
        number: number, title: title, service: service, severity: .sev1, severityReason: "", alerts: [],
        automatic: false), at: 0)
    if let acknowledged { try record(IncidentAcknowledged(), at: acknowledged) }
    if let mitigated { try record(IncidentMitigated(reason: "x"), at: mitigated) }
    try record(IncidentResolved(reason: "x"), at: resolved)
    advance(back)
  }
}
