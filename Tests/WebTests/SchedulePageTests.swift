import Base
import Engine
import Events
import Journal
import OnCall
import Testing

@testable import Web

@Suite struct SchedulePageTests {
  private func text(_ path: String, _ harness: Harness) async -> String { await harness.get(path).text }

  @Test func sayInWordsWhoIsOnCallAndWhoIsNot() async throws {
    let harness = try Harness()
    let all = await text("/oncall", harness)
    // Two weeks from Saturday 21 November: platform has nobody on Friday 27 from 08:00 for a day.
    #expect(all.contains("nobody covers Platform Friday 08:00 to Sat 28 Nov, 08:00"), "\(all.prefix(3_000))")
    #expect(all.contains("href=\"/schedules/platform\"") && all.contains("href=\"/people/ana\""))
    let one = await text("/schedules/platform", harness)
    #expect(
      one.contains("<h1>chloe is on call until Mon 23 Nov, 08:00, then ana; nobody covers"), "\(one.prefix(4_000))")
    #expect(one.contains("1 gap in twelve weeks") && one.contains("of 100"))
    let person = await text("/people/ben", harness)
    #expect(person.contains("<h1>Ben Okafor is next on call Mon 23 Nov, 08:00"), "\(person.prefix(4_000))")
    #expect(await harness.get("/schedules/nothing").status == 404)
    #expect(await harness.get("/people/nobody").status == 404)
  }

  @Test func anOverrideThatCannotBeMadeIsExplainedOverTheForm() async throws {
    let harness = try Harness()
    func cover(_ fields: String) async -> WebResponse {
      await harness.form("/oncall/platform/overrides", fields)
    }
    for (fields, words) in [
      ("user=ben&start=2026-11-22T10:00&end=2026-11-22T09:00&zone=UTC", "ends before it starts"),
      ("user=ben&start=2026-11-20T10:00&end=2026-11-20T11:00&zone=UTC", "is over already"),
      ("user=ben&start=2026-11-18T10:00&end=2026-11-22T11:00&zone=UTC", "starts more than a day ago"),
      ("user=chloe&start=2026-11-22T10:00&end=2026-11-22T11:00&zone=UTC", "chloe has no contact"),
      ("user=ben&start=2026-11-22T10:00&end=2026-11-22T11:00&zone=Mars/Olympus", "is no time zone"),
      ("user=ben&start=tomorrow&end=2026-11-22T11:00&zone=UTC", "is no date and time"),
      ("user=ben&start=2026-11-22T10:00&end=2028-11-22T11:00&zone=UTC", "lasts a year at most"),
    ] {
      let response = await cover(fields)
      #expect(response.status == 422, "\(fields)")
      #expect(response.text.contains(words), "\(fields)")
      #expect(response.text.contains("name=\"start\"") && response.text.contains("role=\"alert\""))
    }
    let good = "user=ben&start=2026-11-22T10:00&end=2026-11-22T11:00&zone=UTC"
    #expect(await cover(good).status == 303)
    #expect(harness.state.overrides.of("platform").map(\.user) == ["ben"])
    // The same once more: the first one stands.
    let again = await cover(good)
    #expect(again.status == 409 && again.text.contains("covers schedule platform at that time already"))
    #expect(harness.state.overrides.of("platform").count == 1)
    let elsewhere = await harness.form("/oncall/nothing/overrides", good)
    #expect(elsewhere.status == 404)
  }

  @Test func aFeedIsReadWithoutALoginUntilItIsRevoked() async throws {
    let harness = try Harness()
    // With a token in the world nobody is let in without one.
    let header = ["authorization": "Bearer \(try harness.token("ops", .responder))", "accept": "application/json"]
    func link(_ base: String) async throws -> String {
      try #require(await harness.get("/api/v1/\(base)/feed", headers: header).json["path"]?.string)
    }
    for (base, owner) in [("schedules/platform", "schedule"), ("people/ana", "user")] {
      #expect(await harness.get("/api/v1/\(base).ics", headers: ["accept": "*/*"]).status == 401)
      let path = try await link(base)
      #expect(path.hasPrefix("/feeds/\(owner).0."))
      let feed = await harness.get(path)
      #expect(feed.status == 200 && feed.header("content-type") == "text/calendar; charset=utf-8")
      #expect(feed.text.hasPrefix("BEGIN:VCALENDAR\r\n") && feed.text.contains("DTSTART:20261123T080000Z"))
      // Anything else that claims to be one is not.
      #expect(await harness.get(path.replacing("/\(owner).0.", with: "/\(owner).1.")).status == 404)
      #expect(await harness.get(path.replacing(".ics", with: "x.ics")).status == 404)
      #expect(await harness.get("/feeds/x.ics").status == 404)
      #expect(await harness.send("DELETE", "/api/v1/\(base)/feed", headers: header).status == 204)
      let revoked = await harness.get(path, headers: ["accept": "*/*"])
      #expect(revoked.status == 410 && revoked.json["remedy"]?.string?.hasPrefix("Copy it") == true)
      let next = try await link(base)
      #expect(next != path)
      #expect(await harness.get(next).status == 200)
    }
    #expect(await harness.get("/api/v1/schedules/nothing/feed", headers: header).status == 404)
    #expect(await harness.send("DELETE", "/api/v1/people/nobody/feed", headers: header).status == 404)
  }

  @Test func theLinkIsRevokedOnThePage() async throws {
    let harness = try Harness()
    let path = try #require(await harness.get("/api/v1/people/ana/feed").json["path"]?.string)
    #expect(await text("/people/ana", harness).contains("http://localhost:8080\(path)"))
    #expect(await harness.form("/people/ana/feed/revoke").status == 303)
    #expect(await harness.get(path).status == 410)
    #expect(await harness.form("/schedules/nothing/feed/revoke").status == 404)
  }

  @Test func theAPITellsGapsOverlapsAndQuality() async throws {
    let harness = try Harness()
    let range = "from=2026-11-16T08:00:00Z&to=2026-12-14T08:00:00Z"
    let gaps = await harness.get("/api/v1/oncall/gaps?\(range)").json
    #expect(gaps["items"]?.array?.count == 1)
    #expect(gaps["items"]?[0]?["start"]?.string == "2026-11-27T08:00:00Z")
    // streaming: ana ben chloe ana; platform: chloe ana chloe ana. The third week has chloe twice, the fourth ana.
    let overlaps = gaps["overlaps"]?.array ?? []
    #expect(overlaps.compactMap { $0["person"]?.string } == ["chloe", "ana"])
    #expect(overlaps.first?["policy"]?.string == "streaming")
    let quality = await harness.get("/api/v1/schedules/streaming/quality").json
    #expect(quality["score"]?.int == 84, "\(quality)")
    #expect(await harness.get("/api/v1/schedules/nothing/quality").status == 404)
    let shifts = await harness.get("/api/v1/people/ana/shifts?\(range)").json["items"]?.array ?? []
    #expect(shifts.compactMap { $0["schedule"]?.string } == ["streaming", "platform", "platform", "streaming"])
    #expect(await harness.get("/api/v1/oncall/gaps?from=2026-11-16T08:00:00Z&to=2028-11-16T08:00:00Z").status == 422)
    #expect(await harness.get("/api/v1/oncall/gaps?schedule=nothing").status == 404)
  }

  @Test func aCalendarOfManyTurnsStaysLight() {
    let start = Samples.now - .days(5)
    let hourly = (0..<3_000).map { hour in
      ShiftView(start: start + .hours(Int64(hour)), end: start + .hours(Int64(hour + 1)), user: "p\(hour % 3)")
    }
    let calendar = ScheduleCalendar("s", hourly, from: Samples.now, Samples.context)
    #expect(calendar.weeks.count == 1 && calendar.later == "2026-11-23")
    let weekly = (0..<14).map { week in
      ShiftView(start: start + .days(Int64(7 * week)), end: start + .days(Int64(7 * week + 7)), user: "p\(week % 3)")
    }
    let twelve = ScheduleCalendar("s", weekly, from: Samples.now, Samples.context)
    #expect(twelve.weeks.count == 12 && twelve.later == nil)
    #expect(twelve.weeks[0].start == Instant(rfc3339: "2026-11-16T00:00:00Z"))
  }

  @Test func layersAreSaidInWords() throws {
    let start = try #require(CivilDateTime(isoText: "2026-11-16T08:00"))
    var layer = ScheduleLayer(
      name: "l", users: ["ana", "ben"], cadence: .init(.weekly, every: 2), start: start,
      restrictions: [
        .init(days: [.tuesday, .monday], from: try #require(CivilTime(isoText: "20:00")), to: .midnight)
      ])
    let schedule = ScheduleDefinition(name: "s", zone: .utc, layers: [layer])
    #expect(
      layerWords(layer, in: schedule)
        == "ana and ben, 2 weeks each, handing over on Mondays at 08:00 UTC; only Mon Tue 20:00–00:00")
    layer.cadence = .init(.daily)
    layer.restrictions = []
    layer.until = start
    #expect(
      layerWords(layer, in: schedule) == "ana and ben, a day each, handing over at 08:00 UTC; until 2026-11-16 08:00")
  }
}
