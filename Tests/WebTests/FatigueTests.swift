import Alerts
import Base
import Engine
import Events
import Fatigue
import Journal
import Testing

@testable import Web

@Suite struct FatigueTests {
  private func alert(_ harness: Harness) throws -> ULID {
    try #require(harness.state.alerts.open.first { $0.signal.service == "playback" }?.id)
  }

  @Test func loadSaysWhoWasPagedAndAsksWhetherItWasWorthIt() async throws {
    let harness = try Harness()
    let before = await harness.get("/load").text
    #expect(before.contains("ana had 1 of 1 page in 4 weeks"))
    #expect(!before.contains("Was it worth it?"))
    let id = try alert(harness)
    let resolved = await harness.form("/alerts/\(id)/resolve")
    #expect(resolved.status == 303)
    #expect(await harness.get("/load?weeks=1").text.contains("Was it worth it?"))
    let judged = await harness.form("/alerts/\(id)/judge", "actionable=no&back=/load")
    #expect(judged.status == 303 && judged.header("location") == "/load")
    #expect(!(await harness.get("/load").text.contains("Was it worth it?")))
    #expect(harness.state.alertBook.record(id)?.actionable == false)
    #expect(await harness.get("/load?team=platform").text.contains("Nobody was paged"))
    #expect(await harness.get("/load?weeks=0").status == 422)
    #expect(await harness.form("/alerts/\(id)/judge", "actionable=maybe").status == 422)
  }

  @Test func resolvingTakesTheAnswerAlong() async throws {
    let harness = try Harness()
    let id = try alert(harness)
    #expect(await harness.get("/alerts/\(id)").text.contains("Was there something to do?"))
    _ = await harness.form("/alerts/\(id)/resolve", "actionable=yes")
    #expect(harness.state.alertBook.record(id)?.actionable == true)
    #expect(await harness.get("/alerts/\(id)").text.contains("Somebody said yes"))
  }

  @Test func noiseCountsRulesAndClaimsNothingFromOne() async throws {
    let harness = try Harness()
    let page = await harness.get("/noise").text
    #expect(page.contains("1 alert paged in 30 days; nothing stands out"))
    let items = await harness.get("/api/v1/noise").json["items"]?.array ?? []
    let rule = try #require(items.first { $0["service"]?.string == "playback" })
    #expect(rule["paged"]?.int == 1 && rule["suggestions"]?.array?.isEmpty == true)
    let key = SafeURL.encode(try #require(rule["key"]?.string))
    #expect(await harness.get("/noise/rule?key=\(key)").text.contains("Nothing is claimed"))
    #expect(await harness.get("/noise/rule?key=none").status == 404)
    #expect(await harness.get("/noise/patch?key=\(key)&change=hold:1000d").status == 422)
    #expect(await harness.get("/api/v1/noise?days=0").status == 422)
  }

  @Test func aNoisyRuleIsOfferedAPatch() async throws {
    let harness = try Harness()
    for index in 0..<12 {
      let signal = Signal(
        key: "disk/\(index)", service: "upload", severity: .error, urgency: .page, summary: "<b>disk</b> \(index)",
        labels: [.init(name: "alertname", value: "Disk<Full>")])
      let reply = try #require(
        try harness.submit(Ask<FireReply>.fire(signal, by: Actor("token/am")).command) as? FireReply)
      harness.callSomebody(for: reply.alert)
      harness.advance(.minutes(1))
      try harness.submit(Ask<Void>.resolveAlert(reply.alert, reason: "gone", by: Actor("token/am")).command)
    }
    let page = await harness.get("/noise").text
    #expect(page.contains("page nobody") || page.contains("lower the urgency"))
    #expect(page.contains("Disk&lt;Full&gt;") && !page.contains("<b>disk</b>"))
    let rule = await harness.get("/noise/rule?key=\(SafeURL.encode("named|upload|||Disk<Full>"))").text
    #expect(rule.contains("instead of 12") && rule.contains("the definitions are not at hand"))
  }

  @Test func aHandoverIsReadAndAddedTo() async throws {
    let harness = try Harness()
    let draft = HandoverDrafted(
      schedule: "streaming", from: "ana", to: "ben", start: Samples.now - .days(7), change: Samples.now,
      end: Samples.now + .days(7), markdown: "# Hand-over\n\n## Open now\n\n- [x](/alerts/1)\n")
    let id = ULID(high: 7, low: 7)
    try harness.submit(
      Ask<Void>.record(draft, on: Subject("handover", id), by: .system("oncall")).command)
    #expect(await harness.get("/handovers").text.contains("/handovers/\(id)"))
    let added = await harness.form("/handovers/\(id)/notes", "text=mind+the+%3Ccache%3E")
    #expect(added.status == 303)
    let page = await harness.get("/handovers/\(id)")
    #expect(page.text.contains("ana handed streaming over to ben") && page.text.contains("href=\"/alerts/1\""))
    #expect(await harness.get("/handovers/\(id).md").text.hasPrefix("# Hand-over"))
    let items = await harness.get("/api/v1/handovers?schedule=streaming").json["items"]?.array ?? []
    #expect(items.count == 1 && items[0]["markdown"] == nil)
    let one = await harness.get("/api/v1/handovers/\(id)").json
    #expect(one["notes"]?.array?.count == 1 && one["to"]?.string == "ben")
    #expect(await harness.form("/handovers/\(ULID(high: 1, low: 1))/notes", "text=x").status == 404)
    #expect(await harness.form("/handovers/\(id)/notes", "text=").status == 422)
  }

  @Test func judgingTakesAResponder() async throws {
    let harness = try Harness()
    let id = try alert(harness)
    let viewer = ["authorization": "Bearer \(try harness.token("v", .viewer))", "content-type": "application/json"]
    let path = "/api/v1/alerts/\(id)/judge"
    #expect(await harness.send("POST", path, headers: viewer, body: "{\"actionable\":true}").status == 403)
    let responder = ["authorization": "Bearer \(try harness.token("r", .responder))"]
    #expect(await harness.send("POST", path, headers: responder, body: "{\"actionable\":\"yes\"}").status == 422)
    #expect(await harness.send("POST", path, headers: responder, body: "{\"actionable\":true}").status == 204)
    #expect(
      await harness.send(
        "POST", "/api/v1/alerts/\(ULID(high: 1, low: 1))/judge", headers: responder,
        body: "{\"actionable\":true}"
      ).status == 404)
  }
}

extension Harness {
  /// One page for an alert that went out.
  fileprivate func callSomebody(for alert: ULID) {
    let page = ULID(high: alert.high, low: alert.low &+ 1)
    let request = PageRequested(
      page: page, kind: .fired, person: "ben", channel: .init(kind: .webhook, name: "ben/hook"), level: 1, title: "",
      body: "", notBefore: Samples.now)
    _ = try? submit(Ask<Void>.record(request, on: Subject("alert", alert), by: .system("x")).command)
    _ = try? submit(
      Ask<Void>.record(PageSent(page: page, attempt: 1, receipt: ""), on: Subject("alert", alert), by: .system("x"))
        .command)
  }
}
