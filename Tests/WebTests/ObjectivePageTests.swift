import Base
import Events
import Synchronization
import Testing

@testable import Web

@Suite struct ObjectivePageTests {
  // MARK: The list

  /// A page of the list by the words of its address.
  private func names(_ harness: Harness, _ path: String) async -> [String] {
    await harness.get(path).text.split(separator: "data-live=\"slo-").dropFirst().map {
      String($0.prefix { $0 != "\"" })
    }
  }

  @Test func theHeadingOfTheListIsItsAnswer() async throws {
    let harness = try Harness()
    #expect(await harness.get("/slos").text.contains("<h1>1 of 7 objectives is burning budget; 1 has none left</h1>"))
    let healthy = await harness.get("/slos?team=media").text
    #expect(healthy.contains("<h1>All 2 objectives of media are healthy</h1>"))
    #expect(await harness.get("/slos?text=search").text.contains("<h1>search-availability has no budget left</h1>"))
    #expect(await harness.get("/slos?text=nosuch").text.contains("<h1>None of 7 objectives matches</h1>"))
    #expect(try await Harness(objectives: []).get("/slos").text.contains("kind: SLO"))
  }

  @Test func theListIsFilteredAndSortedByItsAddress() async throws {
    let harness = try Harness()
    #expect(
      await names(harness, "/slos").prefix(3) == [
        "search-availability", "playback-availability", "catalog-availability",
      ])
    #expect(await names(harness, "/slos?team=streaming&state=burning") == ["playback-availability"])
    #expect(await names(harness, "/slos?tier=0&sort=name") == ["edge-availability", "playback-availability"])
    #expect(await names(harness, "/slos?tier=0&sort=-name") == ["playback-availability", "edge-availability"])
    #expect(await names(harness, "/slos?text=VAULT") == ["vault-availability"])
    let burning = await harness.get("/slos?state=burning").text
    #expect(
      burning.contains("<h1>1 of 7 objectives is burning budget; 1 has none left</h1>") && burning.contains("all 7"))
    #expect(await names(harness, "/slos?service=edge") == ["edge-availability"])
    #expect(await names(harness, "/slos?sort=burn").first == "playback-availability")
    #expect(await names(harness, "/slos?sort=budget").last == "vault-availability")
    for wrong in ["state=fine", "tier=first", "sort=colour"] {
      #expect(await harness.get("/slos?\(wrong)").status == 422, "\(wrong)")
    }
  }

  @Test func theSortedColumnSaysSo() async throws {
    let text = try await Harness().get("/slos?sort=budget").text
    #expect(text.contains("<th scope=\"col\" class=\"r\" aria-sort=\"ascending\"><a href=\"/slos?sort=-budget\">"))
    #expect(text.components("aria-sort=") == 1)
    let other = try await Harness().get("/slos?sort=-budget&team=streaming").text
    #expect(other.contains("aria-sort=\"descending\"><a href=\"/slos?team=streaming&amp;sort=budget\">"))
  }

  @Test func aThousandObjectivesAreReadInPages() async throws {
    let all = Samples.many(1_000)
    let harness = try Harness(objectives: all)
    var seen: [String] = []
    var path: String? = "/slos"
    while let next = path, seen.count <= 1_000 {
      let response = await harness.get(next)
      #expect(response.bytes.count < 100_000, "\(next) has \(response.bytes.count) bytes")
      seen += await names(harness, next)
      path = response.text.split(separator: "rel=\"next\" href=\"").dropFirst().first
        .map { String($0.prefix { $0 != "\"" }).replacing("&amp;", with: "&") }
    }
    #expect(seen.count == 1_000 && Set(seen) == Set(all.map(\.name)))
    #expect(seen.first == ObjectiveList(all).matching(ObjectiveFilter()).first?.name)
  }

  @Test(arguments: ["/", "/slos", "/wall", "/telemetry", "/services/service-1", "/slos/objective-10040"])
  func everyPageStaysSmallWithAThousandObjectives(path: String) async throws {
    let response = try await Harness(objectives: Samples.many(1_000)).get(path)
    #expect(response.bytes.count < 100_000, "\(response.bytes.count) bytes")
  }

  @Test func aCursorThatIsGoneGivesTheStartAndSaysSo() async throws {
    let response = try await Harness().get("/slos?cursor=was-removed")
    #expect(response.status == 200)
    #expect(response.text.contains("The list has changed"))
    #expect(try await Harness().get("/slos?cursor=search-availability").text.contains("The list has changed") == false)
  }

  // MARK: The wall-board

  @Test func theWallShowsTheWorstFirstAndCountsTheRest() async throws {
    let text = try await Harness(objectives: Samples.many(1_000)).get("/wall").text
    let tiles = text.split(separator: "<li class=\"wall-tile ").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(tiles.count == 32)
    #expect(tiles.prefix(25).allSatisfy { $0 == "burning" } && tiles[25] == "risk")
    #expect(text.contains("and 968 more: "))
    #expect(!text.contains("<nav aria-label=\"Main\""))
  }

  @Test func theWallOfATeamShowsThatTeam() async throws {
    let text = try await Harness().get("/wall?team=media").text
    #expect(text.contains("upload-availability") && !text.contains("playback-availability"))
    #expect(try await Harness().get("/wall?team=nobody").text.contains("No objective belongs to nobody"))
  }

  // MARK: One objective

  @Test func thePageShowsAllThatIsKnown() async throws {
    let text = try await Harness().get("/slos/playback-availability").text
    for part in [
      "Even pace", "Projected", "id=\"slices\"", "eu-central", "503", "GET /play/{title}",
      "https://traces.example.com/4bf92f3577b34da6a3ce929d0e0e4736", "October 2026", "missed", "Q3 2026",
      "Database upgrade", "maintenance/database.yaml:4", "The past is being read", "50 % used", "edge-availability",
      "Series", "so far",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("<script>alert") && !text.contains("never seen"))
  }

  @Test func thePageIsRightWhereNothingIsKnown() async throws {
    var fresh = Samples.objective("vault", .noData, nil, 0)
    (fresh.good, fresh.total, fresh.covered, fresh.watermark, fresh.lastSample) = (0, 0, 0, nil, nil)
    fresh.pairs = []
    let text = try await Harness(objectives: [fresh]).get("/slos/vault-availability").text
    #expect(text.contains("<h1>vault-availability: no data yet</h1>"))
    for next in ["nothing to project", "kind: ErrorBudgetPolicy", "kind: AlertPolicy", "none yet", "kind: Maintenance"]
    {
      #expect(text.contains(next), "\(next)")
    }
    #expect(!text.contains("NaN") && !text.contains(">nan") && !text.contains(">inf"))
    #expect(!text.contains("Requests that failed"))
  }

  @Test func aRuleThatIsHeldBackSaysWhy() throws {
    var slo = Samples.objective("edge", .atRisk, 0.4, 20)
    slo.pairs[0].heldBack = "2 failures in 1 h of the 3 that a page needs"
    let page = sloPage(slo, try Samples.site(), history: nil, detail: ObjectiveDetail(), Samples.context)
    #expect(page.content.source.contains("held back"))
    #expect(page.content.source.contains("2 failures in 1 h of the 3 that a page needs"))
  }

  @Test func aProjectionIsAsExactAsItsDoubt() {
    func words(_ at: Interval, _ half: Interval?) -> String {
      let middle = Samples.now + at
      return Forecast(
        BudgetProjection(
          exhaustedAt: middle, earliest: middle - (half ?? .days(1)), latest: half.map { middle + $0 }),
        Samples.context
      )?.words ?? "it lasts"
    }
    // It is Saturday the 21st, 03:26.
    #expect(words(.hours(2), .minutes(20)) == "at 05:26, give or take 20 minutes")
    #expect(words(.days(5), .hours(26)) == "on Thursday, give or take a day")
    #expect(words(.days(5), .hours(3)) == "on Thu 26 Nov, 03:26, give or take 3 hours")
    #expect(words(.days(12), .days(4)) == "on Thu 3 Dec, give or take 4 days")
    #expect(words(.days(12), nil) == "on Thu 3 Dec, or later")
    #expect(words(.hours(5), .hours(30)) == "on Sat 21 Nov, give or take a day")
  }

  @Test func aProjectionWithoutAnEndSaysWhatIsKnown() throws {
    func page(_ projection: BudgetProjection?, burning: Bool = false) throws -> (heading: String, text: String) {
      var slo = Samples.objective("edge", burning ? .burning : .healthy, 0.7, 3)
      slo.projection = projection
      let body = sloPage(slo, try Samples.site(), history: nil, detail: ObjectiveDetail(), Samples.context)
      return (body.heading.source, body.content.source)
    }
    let soon = Samples.now + .hours(3)
    #expect(try page(nil).text.contains("It lasts: as failures come now"))
    #expect(
      try page(.init(exhaustedAt: nil, earliest: soon, latest: nil)).text
        .contains("It most likely lasts. If the burn keeps to its fast side, it is gone at 06:26."))
    let fresh = BudgetProjection(exhaustedAt: nil, earliest: nil, latest: nil, atRecentBurn: soon, isTooShort: true)
    #expect(try page(fresh).text.contains("Too little has been seen"))
    let heading = "edge-availability is burning; 70.0 % of its budget is left, gone at 06:26 "
    #expect(try page(fresh, burning: true).heading == heading + "if the last hour&#39;s burn goes on")
  }

  @Test func aRequestsTimeIsToldAsExactlyAsItMatters() {
    #expect(Format.took(.milliseconds(31)) == "31 ms" && Format.took(.milliseconds(2_140)) == "2.14 s")
    #expect(Format.took(.seconds(65)) == "1 min 5 s" && Format.took(.zero) == "0 ms")
  }

  // MARK: Exclusions

  @Test func anEditorLeavesATimeOutAndCountsItAgain() async throws {
    let harness = try Harness()
    let added = await harness.form(
      "/slos/playback-availability/exclusions",
      "zone=Europe%2FBerlin&from=2026-11-21T03:00&to=2026-11-21T04:00&reason=The+provider+was+down")
    #expect(added.status == 303 && added.header("location") == "/slos/playback-availability#exclusions")
    let view = try #require(harness.exclusions.withLock { $0 }.first?.view)
    #expect(view.from.rfc3339 == "2026-11-21T02:00:00Z" && view.author == "user/local")
    #expect(await harness.get("/slos/playback-availability").text.contains("The provider was down"))
    let removed = await harness.form("/slos/playback-availability/exclusions/ex-1/remove")
    #expect(removed.status == 303)
    #expect(harness.exclusions.withLock { $0 }.isEmpty)
    #expect(await harness.form("/slos/playback-availability/exclusions/ex-1/remove").status == 404)
  }

  @Test func anExclusionIsCheckedBeforeItIsAskedFor() async throws {
    let harness = try Harness()
    let path = "/slos/playback-availability/exclusions"
    for wrong in [
      "from=2026-11-21T04:00&to=2026-11-21T03:00&reason=x", "from=2026-11-21T03:00&to=2026-11-21T03:00&reason=x",
      "from=2026-11-21T03:00&to=2026-11-21T04:00&reason=++", "from=soon&to=2026-11-21T04:00&reason=x",
    ] {
      #expect(await harness.form(path, wrong).status == 422, "\(wrong)")
    }
    #expect(
      await harness.form("/slos/nosuch/exclusions", "from=2026-11-21T03:00&to=2026-11-21T04:00&reason=x").status == 404)
    #expect(harness.exclusions.withLock { $0 }.isEmpty)
  }

  @Test func onlyEditorsAreOfferedTheForm() throws {
    var context = Samples.context
    context.reader = Reader(name: "ben", role: .responder, canLogOut: true)
    let slo = Samples.objective("edge", .healthy, 0.4, 0)
    let exclusion = ExclusionView(
      id: "e", from: Samples.now - .hours(2), to: Samples.now, reason: "x", author: "user/ana")
    func page(_ context: PageContext) -> String { exclusionCard(slo, [exclusion], context).source }
    #expect(!page(context).contains("<form"))
    context.reader = Reader(name: "ana", role: .editor, canLogOut: true)
    #expect(page(context).contains("/slos/edge-availability/exclusions/e/remove"))
  }

  // MARK: The API

  @Test func theAPIListsFiltersAndTellsAll() async throws {
    let harness = try Harness(objectives: Samples.many(120))
    let list = await harness.get("/api/v1/slos?state=burning&limit=2").json
    #expect(list["items"]?.array?.count == 2 && list["next"]?.string == "objective-10040")
    #expect(list["items"]?[0]?["team"]?.string == "team-0")
    #expect(await harness.get("/api/v1/slos?sort=colour").status == 422)
    let one = try await Harness().get("/api/v1/slos/playback-availability").json
    #expect(one["budgetLeft"]?.double == 0.38 && one["periods"]?.array?.count == 3)
    #expect(one["attribution"]?["labels"]?[0]?["name"]?.string == "region")
    #expect(one["exemplars"]?[0]?["traceID"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(await harness.get("/api/v1/slos/nosuch").status == 404)
    #expect(await harness.get("/api/v1/slos/objective-10000/history?from=1h&to=2h").status == 422)
    let telemetry = await harness.get("/api/v1/telemetry").json
    #expect(telemetry["targets"]?[1]?["problem"]?.string?.contains("connection refused") == true)
  }

  @Test func exclusionsAreAddedAndRemovedThroughTheAPI() async throws {
    let harness = try Harness()
    let path = "/api/v1/slos/playback-availability/exclusions"
    let body = #"{"from": "2026-11-21T02:00:00Z", "to": "2026-11-21T03:00:00Z", "reason": "The provider was down"}"#
    let editor = ["authorization": "Bearer \(try harness.token("ed", .editor))", "accept": "application/json"]
    let responder = ["authorization": "Bearer \(try harness.token("re", .responder))", "accept": "application/json"]
    #expect(await harness.send("POST", path, headers: responder, body: body).status == 403)
    let added = await harness.send("POST", path, headers: editor, body: body)
    #expect(added.status == 201)
    let id = try #require(added.json["id"]?.string)
    let listed = await harness.get(path, headers: editor).json
    #expect(
      listed["items"]?.array?.count == 2 && listed["items"]?[0]?["author"]?.string == added.json["author"]?.string)
    #expect(await harness.send("DELETE", "\(path)/\(id)", headers: responder).status == 403)
    #expect(await harness.send("DELETE", "\(path)/\(id)", headers: editor).status == 204)
    #expect(await harness.send("DELETE", "\(path)/\(id)", headers: editor).status == 404)
    let empty = #"{"from": "2026-11-21T03:00:00Z", "to": "2026-11-21T02:00:00Z", "reason": "x"}"#
    #expect(await harness.send("POST", path, headers: editor, body: empty).status == 422)
  }

  // MARK: Telemetry

  @Test func telemetryLeadsWithWhatDoesNotAnswer() async throws {
    let text = try await Harness().get("/telemetry").text
    #expect(text.contains("<h1>1 of 3 targets does not answer; 4419 samples a second arrive</h1>"))
    #expect(text.contains("connection refused; is search running on port 9090?"))
    #expect(text.contains("171.2 k of 200.0 k") && !text.contains("never seen"))
  }

  @Test func telemetryWithoutAnySaysWhereToSend() {
    let page = telemetryPage(TelemetryView(), Samples.context)
    #expect(page.heading.source == "No telemetry has arrived yet")
    #expect(page.content.source.contains("/intake/prometheus/api/v1/write"))
  }

  // MARK: Slices

  @Test func aStripOfManySlicesIsDrawnAsTheWorstOfEachCell() {
    let start = Samples.now - .days(1)
    var runs: [SliceStrip.Run] = []
    for minute in 0..<Int64(1_440) {
      let verdict: SliceStrip.Verdict =
        minute == 700 ? .bad : minute < 300 ? .noData : minute % 2 == 0 ? .good : .noData
      runs.append(.init(from: start + .minutes(minute), to: start + .minutes(minute + 1), verdict: verdict))
    }
    let strip = SliceStrip(length: .minutes(1), target: 0.9, runs: runs, good: 569, bad: 1, noData: 870)
    let chart = SliceChart(strip: strip, time: TimeAxis(from: start, to: Samples.now, zone: .utc), now: Samples.now)
    let source = chart.html.source
    // No data, good, the one that is bad, good again; the legend has one of each besides.
    #expect(source.components("<rect class=\"s-noData\"") == 1 && source.components("<rect class=\"s-bad\"") == 1)
    #expect(source.components("<rect class=\"s-good\"") == 2)
    #expect(source.contains("569 slices good, 1 bad, 870 without data"))
  }

  // MARK: Sparklines

  @Test func aGapInTheDataIsAGapInTheLine() {
    let line = sparkline([1, 0.9, nil, 0.8, 0.7, nil, 0.6], health: .healthy).source
    #expect(line.components("<polyline") == 2)
    #expect(line.contains("from 100.0 % to 60.0 %"))
    #expect(sparkline([nil, 0.4, nil], health: .healthy).isEmpty && sparkline(nil, health: .healthy).isEmpty)
  }

  @Test func anOverspentBudgetGoesBelowItsLine() {
    let line = sparkline([1, 0, -1, -7], health: .exhausted).source
    #expect(line.contains("points=\"0,2 40,14 80,26 120,26\""))
    #expect(line.contains("y1=\"14\""))
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(_ part: String) -> Int {
    self.split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
