import Access
import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Runbooks
import Testing

@testable import Web

/// Runbooks from the page on which they are started to the end of their runs; steps are performed by asking the
/// writer as a runner does.
@Suite struct RunbookTests {
  /// A token that acts for a person.
  private func person(_ name: String, _ role: Role, _ harness: Harness) throws -> [String: String] {
    let secret = BearerToken.make(random: Array("\(name)-\(role.rawValue)".utf8))
    try harness.submit(
      Ask<ULID>.createToken(
        name: "\(name)-\(role.rawValue)", role: role, hash: BearerToken.hash(secret), user: name, expires: nil,
        by: .user("root")
      ).command)
    return ["authorization": "Bearer \(secret)"]
  }

  private func post(_ harness: Harness, _ path: String, _ headers: [String: String], _ body: JSON = [:]) async
    -> WebResponse
  {
    await harness.send("POST", "/api/v1/\(path)", headers: headers, body: body.text)
  }

  /// Claims the next performance and reports it.
  @discardableResult
  private func perform(
    _ harness: Harness, _ result: StepFinished.Result = .done, output: String? = nil
  ) throws -> String {
    let work = try #require(harness.state.runbookWork().first)
    let reply = try harness.submit(
      Ask<ClaimedStep>.claimStep(work.run, index: work.index, attempt: work.attempt, undo: work.undo).command)
    let claimed = try #require(reply as? ClaimedStep)
    try harness.submit(
      Ask<Void>.finishStep(
        work.run, index: work.index, attempt: work.attempt, undo: work.undo, result: result,
        exit: result == .done ? 0 : 3,
        output: output.map {
          BulkItem(
            key: claimed.outputKey, kind: "run", bytes: Array($0.utf8), created: Samples.now, expires: nil)
        }
      ).command)
    return claimed.work.block
  }

  private func start(_ harness: Harness, _ headers: [String: String], mode: String = "all") async throws -> String {
    let started = await post(
      harness, "runbooks/heal/runs", headers,
      ["inputs": ["TICKET": "CH-7; rm -rf /"], "mode": .string(mode), "about": "service/playback"])
    #expect(started.status == 201)
    return try #require(started.json["id"]?.string)
  }

  @Test func theTextOfARunbookIsInert() async throws {
    let page = try await Harness().get("/runbooks/heal").text
    #expect(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("javascript:"))
    #expect(page.contains("&lt;script&gt;alert(1)") && !page.contains("title: Heal playback"))
    #expect(page.contains("waits for approval by one of streaming") && page.contains("undoes drain"))
    #expect(page.contains("name=\"input.TICKET\"") && page.contains("<option value=\"eu\" selected"))
  }

  @Test func aRunIsAskedAnswersIsApprovedByAnotherAndEnds() async throws {
    let harness = try Harness()
    let (ana, ben) = (try person("ana", .responder, harness), try person("ben", .viewer, harness))
    let benAsResponder = try person("ben", .responder, harness)
    let id = try await start(harness, ana)
    #expect(try perform(harness) == "look")
    let asks = await harness.get("/runs/\(id)", headers: ana).text
    #expect(asks.contains("Do viewers in that region fail?") && asks.contains("value=\"yes\""))
    #expect(!(await harness.get("/runs/\(id)", headers: ben).text.contains("value=\"yes\"")))
    let wrong = await post(harness, "runs/\(id)/steps/1/answer", ana, ["answer": "perhaps"])
    #expect(wrong.status == 422 && wrong.json["detail"]?.string?.contains("neither true nor false") == true)
    #expect(await post(harness, "runs/\(id)/steps/1/answer", ana, ["answer": "yes"]).status == 200)

    let run = await harness.get("/api/v1/runs/\(id)", headers: ana).json
    let hash = try #require(run["waitsFor"]?["hash"]?.string)
    #expect(run["state"]?.string == "waiting" && run["waitsFor"]?["kind"]?.string == "approval")
    let mine = await harness.get("/runs/\(id)", headers: ana).text
    #expect(mine.contains("somebody else has to approve it") && !mine.contains(">Approve</button>"))
    let theirs = await harness.get("/runs/\(id)", headers: benAsResponder).text
    #expect(theirs.contains(">Approve</button>") && theirs.contains(hash) && theirs.contains("CH-7; rm -rf /"))
    #expect(await harness.get("/runs", headers: benAsResponder).text.contains("1 run waits for you"))
    #expect(await harness.get("/runs", headers: ana).text.contains("none waits for you"))
    #expect(await post(harness, "runs/\(id)/steps/2/approve", ana, ["hash": .string(hash)]).status == 403)
    let other = String(repeating: "0", count: 64)
    #expect(await post(harness, "runs/\(id)/steps/2/approve", benAsResponder, ["hash": .string(other)]).status == 409)
    #expect(await post(harness, "runs/\(id)/steps/2/approve", benAsResponder, ["hash": .string(hash)]).status == 200)
  }

  @Test func onTierZeroTwoApproveAndTheirPageSaysSo() async throws {
    let harness = try Harness()
    let chloe = try person("chloe", .responder, harness)
    let id = try await start(harness, chloe)
    try perform(harness)
    _ = await post(harness, "runs/\(id)/steps/1/answer", chloe, ["answer": "yes"])
    for name in ["ana", "ben"] {
      let headers = try person(name, .responder, harness)
      let page = await harness.get("/runs/\(id)", headers: headers).text
      #expect(page.contains("It needs two of streaming, \(name == "ana" ? 2 : 1) still missing"))
      let run = await harness.get("/api/v1/runs/\(id)", headers: headers).json
      let hash = try #require(run["waitsFor"]?["hash"]?.string)
      #expect(await post(harness, "runs/\(id)/steps/2/approve", headers, ["hash": .string(hash)]).status == 200)
    }
    #expect(try perform(harness) == "drain")
    #expect(try perform(harness) == "tidy")
    #expect(await harness.get("/runs/\(id)", headers: chloe).text.contains("Heal playback is done"))
    let health = await harness.get("/api/v1/runbooks/heal", headers: chloe).json["health"]
    #expect(health?["lastState"]?.string == "completed" && health?["successShare"]?.double == 1)
  }

  @Test func whereNobodyHasALoginOneApprovalIsEnough() async throws {
    let harness = try Harness()
    let id = try #require(
      try harness.submit(
        Ask<ULID>.startRunbook(
          "heal", inputs: [.init(name: "TICKET", value: "CH-7")], about: "service/playback", mode: .all,
          by: .system("runbooks")
        ).command) as? ULID)
    try perform(harness)
    #expect(await harness.form("/runs/\(id)/steps/1/answer", "answer=yes").status == 303)
    let page = await harness.get("/runs/\(id)").text
    #expect(page.contains("It needs two of streaming. Nobody has a login here yet, so one is enough."))
    #expect(page.contains(">Approve</button>") && page.contains("undoes it"))
    for place in ["/", "/services/playback"] {
      #expect(await harness.get(place).text.contains("/runs/\(id)"), "\(place)")
    }
    let hash = try #require(await harness.get("/api/v1/runs/\(id)").json["waitsFor"]?["hash"]?.string)
    #expect(await harness.form("/runs/\(id)/steps/2/approve", "hash=\(hash)").status == 303)
    #expect(try perform(harness) == "drain")
    #expect(await harness.get("/runs/\(id)").text.contains("approved by local"))
  }

  @Test func aDryRunPerformsNothing() async throws {
    let harness = try Harness()
    let before = harness.state.runbookRuns.newest(10).count
    let page = await harness.form("/runbooks/heal/dry-run", "input.TICKET=CH-7&about=service/playback")
    #expect(page.status == 200 && page.text.contains("Nothing was performed"))
    #expect(
      page.text.contains("MAINSTAY_SERVICE") && page.text.contains("CH-7") && page.text.contains("two of streaming"))
    let wrong = await harness.form("/runbooks/heal/dry-run", "input.REGION=mars&input.TICKET=1")
    #expect(wrong.status == 422 && wrong.text.contains("not one of eu, us"))
    #expect(harness.state.runbookRuns.newest(10).count == before && harness.state.runbookWork().isEmpty)
  }

  @Test func aRunOfAFormGoesStepByStep() async throws {
    let harness = try Harness()
    let started = await harness.form("/runbooks/heal/runs", "mode=stepwise&input.TICKET=CH-7&about=service/playback")
    let path = try #require(started.header("location"))
    #expect(started.status == 303 && path.hasPrefix("/runs/"))
    #expect(harness.state.runbookWork().isEmpty)
    #expect(await harness.get(path).text.contains("Perform this step"))
    #expect(await harness.form("\(path)/steps/0/release").status == 303)
    #expect(try perform(harness) == "look")
    #expect(await harness.form("\(path)/steps/0/release").status == 409)
  }

  @Test func theSwitchStopsAllAndEveryPageSaysSo() async throws {
    let harness = try Harness()
    let (responder, editor) = (try person("ana", .responder, harness), try person("chloe", .editor, harness))
    let viewer = try person("ben", .viewer, harness)
    _ = try await start(harness, responder)
    #expect(await post(harness, "automation/stop", viewer, ["reason": "x"]).status == 403)
    #expect(await post(harness, "automation/stop", responder, ["reason": "it drains <b>us</b>"]).status == 200)
    #expect(harness.state.runbookWork().isEmpty)
    for path in ["/", "/runbooks", "/alerts", "/oncall"] {
      let page = await harness.get(path, headers: responder).text
      #expect(page.contains("All automation is stopped") && page.contains("it drains &lt;b&gt;us&lt;/b&gt;"))
      #expect(!page.contains("Resume automation"))
    }
    #expect(await harness.get("/", headers: editor).text.contains("Resume automation"))
    #expect(await post(harness, "automation/resume", responder).status == 403)
    #expect(await post(harness, "automation/resume", editor).status == 200)
    #expect(!(await harness.get("/", headers: editor).text.contains("All automation is stopped")))
    #expect(harness.state.runbookWork().count == 1)
  }

  @Test func aResponderDoesNotDestroyWhatNobodyApproves() async throws {
    let harness = try Harness()
    let refused = await post(harness, "runbooks/risky/runs", try person("ana", .responder, harness))
    #expect(refused.status == 403 && refused.json["detail"]?.string?.contains("takes an editor") == true)
    #expect(await post(harness, "runbooks/risky/runs", try person("ben", .editor, harness)).status == 201)
    #expect(await post(harness, "runbooks/look/runs", try person("chloe", .viewer, harness)).status == 403)
  }

  @Test func failingAndMissingRunbooksAreTheHeading() async throws {
    let harness = try Harness()
    let admin = try person("ana", .admin, harness)
    let before = await harness.get("/runbooks", headers: admin).text
    #expect(before.contains("without a runbook") && before.contains("tier 0, owned by platform"))
    _ = await post(harness, "runbooks/look/runs", admin)
    try perform(harness, .failed)
    let after = await harness.get("/runbooks", headers: admin).text
    #expect(after.contains("The runbook look fails, and"))
    let health = await harness.get("/api/v1/runbook-health", headers: admin).json
    let kinds = health["problems"]?.array?.compactMap { $0["kind"]?.string } ?? []
    #expect(kinds.contains("failing") && kinds.contains("serviceWithout") && kinds.contains("alertWithout"))
  }

  @Test func whatFitsAnAlertIsOnItsPageAndTheRunsAboutIt() async throws {
    let harness = try Harness()
    let alert = try #require(harness.state.alerts.open(service: "playback").first)
    let incident = try #require(harness.state.incidents.incident(ofAlert: alert.id))
    let started = await harness.form("/runbooks/look/runs", "mode=all&about=alert/\(alert.id)")
    #expect(started.status == 303)
    for path in ["/alerts/\(alert.id)", "/incidents/\(incident.id)", "/services/playback"] {
      let page = await harness.get(path).text
      #expect(page.contains("Heal playback") && page.contains("Run of Look at playback"), "\(path)")
    }
    #expect(await harness.get("/runbooks/look?about=alert/01ARZ3NDEKTSV4RRFFQ69G5FAV").status == 404)
  }

  @Test func aLongOutputShowsItsBeginningAndItsEnd() {
    let lines = (1...5_000).map { "line \($0)\n" }.joined()
    let shown = Desk.excerpt(Array(lines.utf8))
    #expect(shown.isCut && shown.text.utf8.count < 9_000)
    #expect(shown.text.hasPrefix("line 1\n") && shown.text.hasSuffix("line 5000\n") && shown.text.contains("bytes …"))
    #expect(Desk.excerpt(Array("short".utf8)) == ("short", false))
  }

  @Test func theFrontMatterIsNoPartOfTheText() {
    #expect(Markdown.body("---\na: 1\n---\n# B\n") == "# B\n")
    #expect(Markdown.body("---\r\na: 1\r\n---\r\n# B") == "# B")
    #expect(Markdown.body("# B\n---\n") == "# B\n---\n")
    #expect(Markdown.body("---\nnever closed") == "---\nnever closed")
    let nested = Markdown.html("````sh\n```\ninside\n```\n````\nafter").source
    #expect(nested.contains("```\ninside\n```</code>") && nested.contains("<p>after</p>"))
  }
}
