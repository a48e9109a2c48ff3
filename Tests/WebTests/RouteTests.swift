import Base
import Events
import Foundation
import Testing

@testable import Web

@Suite struct RouteTests {
  /// Every route with its role, form check and body limit. Run with MAINSTAY_REWRITE=1 after looking at the change.
  @Test func routesAreThoseOfTheGoldenList() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("routes.golden")
    let intake = Intake(path: "/intake/prometheus/api/v1/write", summary: "", bodyBytesMax: 16 << 20) { _ in
      .init(status: 204)
    }
    let lines =
      try Harness(intakes: [intake]).pipeline.table.routes.map(\.line)
      .filter { !$0.contains("/assets/") }.sorted().joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["MAINSTAY_REWRITE"] != nil {
      try lines.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == lines)
  }

  @Test func onlyTheseRoutesAreOpenToAnybody() throws {
    let open = try Harness().pipeline.table.routes.filter { $0.need == .open && !$0.path.hasPrefix("/assets/") }
    #expect(
      Set(open.map { "\($0.method) \($0.path)" }) == [
        "GET /healthz", "GET /readyz", "GET /login", "POST /login", "POST /preferences", "GET /a/{token}",
        "GET /feeds/{token}.ics",
        "POST /a/{token}", "GET /api/v1/openapi.json",
        // Made for the public, and rendered from nothing else.
        "GET /status/{name}", "GET /status/{name}/{file}", "GET /status/{name}/incidents/{file}",
      ])
  }

  @Test func whatChangesSomethingNeedsMoreThanAViewer() throws {
    for route in try Harness().pipeline.table.routes where !["GET"].contains(route.method) && route.need != .open {
      // Explaining a route fires nothing, and checking a text writes nothing.
      #expect(
        ["/logout", "/routes", "/api/v1/reviews/check"].contains(route.path) || route.need != .role(.viewer),
        "\(route.line)")
      #expect(route.bodyBytesMax > 0)
    }
  }

  @Test func theAPIDocumentNamesEveryRouteOfTheAPI() async throws {
    let harness = try Harness()
    let document = await harness.get("/api/v1/openapi.json").json
    #expect(document["openapi"]?.string == "3.1.0")
    for route in harness.pipeline.table.routes
    where route.path.hasPrefix("/api/v1/") && route.path != "/api/v1/openapi.json" {
      #expect(document["paths"]?[route.path]?[route.method.lowercased()]?["operationId"] != nil, "\(route.line)")
    }
    let ids = harness.pipeline.table.routes.compactMap { $0.operation?.id }
    #expect(Set(ids).count == ids.count)
  }

  @Test(arguments: [
    "/", "/services/playback", "/slos/playback-availability?range=6h", "/alerts", "/alerts?state=all", "/incidents",
    "/oncall", "/journal", "/journal?type=alert.fired&since=2h", "/reviews", "/pages", "/definitions",
    "/runbooks/playback-errors", "/login", "/slos", "/slos?sort=-burn&team=streaming", "/wall", "/telemetry",
    "/schedules/platform", "/schedules/streaming?week=2026-12-07", "/people/ana", "/people/chloe",
    "/runbooks", "/runbooks/heal", "/runbooks/heal?about=service/playback", "/runs", "/runs?state=waiting",
  ])
  func everyPageAnswersWithinItsSize(path: String) async throws {
    let response = try await Harness().get(path)
    #expect(response.status == 200)
    #expect(response.bytes.count < 100_000)
    #expect(response.text.hasPrefix("<!doctype html>"))
    #expect(response.text.contains("<main id=\"main\""))
    #expect(!response.text.contains(" style=") && !response.text.contains(" onclick="))
  }

  @Test func whatIsNotThereSaysSo() async throws {
    let harness = try Harness()
    #expect(await harness.get("/nothing").status == 404)
    #expect(await harness.get("/alerts/nonsense").status == 404)
    let wrong = await harness.send("DELETE", "/alerts")
    #expect(wrong.status == 405 && wrong.header("allow") == "GET")
    let problem = await harness.get("/api/v1/alerts/01ARZ3NDEKTSV4RRFFQ69G5FAV", headers: ["accept": "*/*"])
    #expect(problem.status == 404 && problem.header("content-type") == "application/problem+json")
    #expect(problem.json["remedy"]?.string != nil)
  }

  @Test func aListIsReadInPages() async throws {
    let harness = try Harness()
    var seen: [String] = []
    var cursor = ""
    repeat {
      let page = await harness.get("/api/v1/services?limit=3\(cursor)").json
      seen += (page["items"]?.array ?? []).compactMap { $0["name"]?.string }
      cursor = page["next"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(seen == Samples.catalog.services.map(\.name))
    #expect(await harness.get("/api/v1/services?limit=0").status == 422)
    #expect(await harness.get("/api/v1/services?cursor=nope").status == 422)
  }

  @Test func theJournalIsReadByCursorAndFollowed() async throws {
    let harness = try Harness()
    let first = await harness.get("/api/v1/events?limit=2").json
    #expect(first["items"]?.array?.count == 2 && first["next"]?.string == "2")
    let rest = await harness.get("/api/v1/events?cursor=2&limit=1").json
    #expect(rest["items"]?[0]?["sequence"]?.int == 3)
    let stream = await harness.get("/api/v1/events?follow=1&after=0", headers: ["last-event-id": "5"])
    #expect(stream.header("content-type") == "text/event-stream")
    guard case .stream(let produce) = stream.body else { Issue.record("not a stream"); return }
    let (chunks, continuation) = AsyncStream<[UInt8]>.makeStream()
    try await produce(StreamSink(continuation: continuation))
    continuation.finish()
    var text = ""
    for await chunk in chunks { text += String(decoding: chunk, as: UTF8.self) }
    #expect(text.contains("id: 6\nevent: journal\ndata: {") && !text.contains("id: 5\n"))
  }
}
