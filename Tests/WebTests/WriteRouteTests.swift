import Access
import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Reviews
import Runbooks
import Testing

@testable import Web

/// Everything that changes something, against whoever may not, does not mean to, or sends nonsense. The table is the
/// route table itself, so that a new route is tried too.
@Suite struct WriteRouteTests {
  private struct Place {
    var harness: Harness
    /// Tokens by role.
    var tokens: [Role: [String: String]] = [:]
    /// Identifiers of each kind of thing that there is.
    var ids: [ULID] = []
  }

  private static let roles: [Role] = [.sender, .viewer, .responder, .editor, .admin]

  private func place() async throws -> Place {
    var configuration = WebConfiguration()
    (configuration.requestsPerSecond, configuration.requestBurst) = (1e6, 1e6)
    let harness = try Harness(configuration: configuration)
    // While nobody needs a login yet.
    let run = try #require(
      try harness.submit(
        Ask<ULID>.startRunbook(
          "heal", inputs: [.init(name: "TICKET", value: "x")], about: "service/playback", mode: .stepwise,
          by: .user("ana")
        ).command) as? ULID)
    var place = Place(harness: harness)
    for role in Self.roles {
      place.tokens[role] = ["authorization": "Bearer \(try harness.token("t-\(role.rawValue)", role))"]
    }
    let incident = try #require(harness.state.incidents.open.first)
    let done = try #require(harness.state.reviews.all.first)
    let alert = try #require(harness.state.alerts.open.first)
    place.ids = [incident.id, done.id, alert.id, run]
    return place
  }

  private func writes(_ place: Place) -> [Route] {
    place.harness.pipeline.table.routes.filter {
      $0.method != "GET" && $0.kind != .intake && $0.path != "/login" && $0.path != "/a/{token}"
    }
  }

  private func path(_ route: Route, _ id: String) -> String {
    route.path.split(separator: "/").map { segment -> String in
      guard segment.hasPrefix("{"), let end = segment.firstIndex(of: "}") else { return String(segment) }
      let filled = ["name": "heal", "schedule": "streaming", "index": "0", "sequence": "1", "section": "factors"]
      return (filled[String(segment.dropFirst().prefix(upTo: end))] ?? id) + segment[segment.index(after: end)...]
    }.reduce("") { "\($0)/\($1)" }
  }

  private func count(_ place: Place) async -> Int64? {
    await place.harness.get("/api/v1/events?limit=1000", headers: place.tokens[.admin]!).json["items"]?.array?.last?[
      "sequence"]?.int
  }

  /// The lowest role that the route takes.
  private func lowest(_ route: Route) -> Role? {
    switch route.need {
    case .open: nil
    case .role(let role): role
    case .either(let one, let other): one.includes(other) ? other : one
    }
  }

  @Test func whoeverMayNotIsKeptOut() async throws {
    let place = try await place()
    let before = await count(place)
    for route in writes(place) {
      guard let lowest = lowest(route) else { continue }
      let path = path(route, place.ids[0].description)
      let nobody = await place.harness.send(
        route.method, path, headers: ["content-type": "application/json"], body: "{}")
      #expect(nobody.status == 401 || nobody.status == 303, "\(route.line): \(nobody.status)")
      for role in Self.roles where !role.includes(lowest) {
        let headers = place.tokens[role]!.merging(["content-type": "application/json"]) { $1 }
        let answer = await place.harness.send(route.method, path, headers: headers, body: "{}")
        #expect(answer.status == 403, "\(route.line) of \(role.rawValue): \(answer.status)")
      }
    }
    #expect(await count(place) == before)
  }

  /// A form that another site fills in is sent with the browser's cookie, and without the token of our pages.
  @Test func formsOfOtherSitesAreRefused() async throws {
    let place = try await place()
    let hash = try PasswordHash.make("correct horse", salt: [1, 2, 3], rounds: 16, block: 8, parallel: 1)
    try place.harness.submit(
      Ask<Void>.saveUser("ana", role: .admin, passwordHash: hash, by: .user("root")).command)
    let entered = await place.harness.form("/login", "user=ana&password=correct+horse&back=/")
    let session = entered.headers.first { $0.name == "set-cookie" && $0.value.hasPrefix(Authenticator.sessionCookie) }
    let cookie = try #require(session?.value.prefix { $0 != ";" })
    let page = await place.harness.get("/", headers: ["cookie": String(cookie)])
    let nonce = page.headers.last { $0.name == "set-cookie" }?.value.prefix { $0 != ";" } ?? ""
    let token = try #require(
      page.text.split(separator: "name=\"csrf\" value=\"").dropFirst().first?.prefix { $0 != "\"" })
    let other = await place.harness.get("/login")
    let foreign = other.text.split(separator: "name=\"csrf\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
    let before = await count(place)
    for route in writes(place) where route.kind == .form {
      let path = path(route, place.ids[0].description)
      for (body, headers) in [
        ("x=1", [:]), ("csrf=", [:]), ("csrf=\(foreign)", [:]), ("csrf=\(token.dropLast())0", [:]),
        ("csrf=\(token)", ["origin": "https://evil.example"]), ("csrf=\(token)", ["sec-fetch-site": "cross-site"]),
        ("csrf=\(token)", ["cookie": String(cookie)]),
      ] {
        let sent = ["cookie": "\(cookie); \(nonce)", "content-type": "application/x-www-form-urlencoded"].merging(
          headers
        ) { $1 }
        let answer = await place.harness.send("POST", path, headers: sent, body: body)
        #expect(answer.status == 403, "\(route.line) with \(body.prefix(12)) \(headers): \(answer.status)")
      }
    }
    #expect(await count(place) == before)
  }

  @Test func aBodyThatIsTooLargeIsNotRead() async throws {
    let place = try await place()
    for route in writes(place) where lowest(route) != nil {
      let answer = await place.harness.send(
        route.method, path(route, place.ids[0].description), headers: place.tokens[.admin]!,
        body: String(repeating: "x", count: route.bodyBytesMax + 1))
      #expect(answer.status == 413, "\(route.line): \(answer.status)")
    }
  }

  /// Nothing is broken by what makes no sense, and nothing that is not there is found.
  @Test func nonsenseIsRefusedAndBreaksNothing() async throws {
    let place = try await place()
    let json = [
      "", "{", "[]", "null", "1", "\"x\"", "{\"text\":{}}", "{\"title\":[],\"severity\":7,\"alerts\":[1,null]}",
      "{\"title\":\"\\ud800\"}", String(repeating: "[", count: 5_000), "{\"due\":\"yesterday\",\"kind\":\"prevent\"}",
      "{\"from\":1e400,\"to\":\"9999999999-01-01T00:00:00Z\",\"base\":-9223372036854775809}", "\u{0}",
    ]
    let form = [
      "", "=", "&&&", "text=%", "text=%zz&text=%00", "index=-1&title=" + String(repeating: "é", count: 3_000),
      "%C3%28=1",
    ]
    for route in writes(place) where lowest(route) != nil {
      for id in place.ids.map(\.description) + ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "0", "-1", "99999999999999999999"] {
        for body in route.kind == .form ? form : json {
          let type = route.kind == .form ? "application/x-www-form-urlencoded" : "application/json"
          let headers = place.tokens[.admin]!.merging(["content-type": type]) { $1 }
          let answer = await place.harness.send(route.method, path(route, id), headers: headers, body: body)
          #expect(
            answer.status < 500 || answer.status == 503, "\(route.line) \(id) \(body.prefix(40)): \(answer.status)")
          let isNothing = id.hasPrefix("01ARZ") && route.path.contains("{id}")
          #expect(!isNothing || !(200..<400).contains(answer.status), "\(route.line) of nothing: \(answer.status)")
        }
      }
    }
  }

  /// Sent twice, as an impatient person or a proxy does: the second time is refused or changes nothing that breaks.
  @Test func whatIsSentTwiceIsAnsweredTwice() async throws {
    let body = #"""
      {"text":"x","audience":"internal","severity":"SEV-1","role":"scribe","person":"ana","from":"ana","to":"ben",
       "subject":"service/billing","into":"1","alerts":[],"title":"x","reason":"x","members":["ana"],"base":0,
       "cause":"design","kind":"prevent","owner":"ana","due":"2031-01-31","answer":"true","hash":"x","service":"edge",
       "inputs":{"TICKET":"x"},"mode":"all","slo":"playback-availability","actionable":true,"verdict":"actionable"}
      """#
    for route in writes(try await place()) where route.kind == .api {
      let place = try await place()
      let headers = place.tokens[.admin]!.merging(["content-type": "application/json"]) { $1 }
      for id in place.ids {
        for _ in 0..<2 {
          let answer = await place.harness.send(route.method, path(route, id.description), headers: headers, body: body)
          #expect(answer.status < 500 || answer.status == 503, "\(route.line) \(id): \(answer.text.prefix(200))")
        }
      }
    }
  }
}
