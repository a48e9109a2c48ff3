import Base
import Engine
import Events
import Incidents
import Journal
import Testing

@testable import Web

@Suite struct IncidentTests {
  private static let secret = "Wolpertinger"

  /// A server with users' tokens, and an incident that only ana may see, with the word in everything that is written.
  private func night() throws -> (harness: Harness, id: ULID, member: [String: String], other: [String: String]) {
    var configuration = WebConfiguration()
    (configuration.requestsPerSecond, configuration.requestBurst) = (1e6, 1e6)
    let harness = try Harness(configuration: configuration)
    func token(_ user: String, _ role: Role) throws -> [String: String] {
      let text = "mst_\(user)"
      try harness.submit(
        Ask<ULID>.createToken(
          name: user, role: role, hash: BearerToken.hash(text), user: user, expires: nil, by: .user("root")
        ).command)
      return ["authorization": "Bearer \(text)"]
    }
    let (member, other) = (try token("ana", .admin), try token("chloe", .admin))
    let declaration = Declaration(
      title: "\(Self.secret) in the vault", service: "playback", severity: .sev1,
      roles: [.init("commander", "ana")], members: ["ana"], via: .page)
    let id = try #require(
      try harness.submit(Ask<ULID>.declareIncident(declaration, by: .user("ana")).command) as? ULID)
    try harness.submit(Ask<Void>.noteIncident(id, text: "\(Self.secret) noted", by: .user("ana")).command)
    try harness.submit(
      Ask<Void>.updateIncident(
        id, UpdateDraft(audience: .internal, phase: .identified, text: "\(Self.secret) found"), by: .user("ana")
      ).command)
    try harness.submit(
      Ask<Void>.linkIncident(id, "deployment/vault-7", reason: "\(Self.secret) is there", by: .user("ana")).command)
    // Its end drafts a review, which has its title.
    try harness.submit(Ask<Void>.resolveIncident(id, reason: "\(Self.secret) gone", by: .user("ana")).command)
    return (harness, id, member, other)
  }

  /// What stands for the parameters of a route: the private incident's id wherever an id is asked for.
  private func path(_ route: Route, _ id: ULID) -> String {
    route.path.split(separator: "/").map { segment -> String in
      guard segment.hasPrefix("{"), let end = segment.firstIndex(of: "}") else { return String(segment) }
      let name = segment.dropFirst().prefix(upTo: end)
      return (name == "name" ? "playback" : id.description) + segment[segment.index(after: end)...]
    }.reduce("") { "\($0)/\($1)" }
  }

  @Test func noRouteTellsANonMemberOfAPrivateIncident() async throws {
    let (harness, id, member, other) = try night()
    var told: Set<String> = []
    for route in harness.pipeline.table.routes where route.method == "GET" {
      let path = route.path == "/" ? "/" : path(route, id)
      for query in ["", "?limit=500", "?state=all", "?follow=1"] {
        for (isMember, headers) in [(true, member), (false, other)] {
          let response = await harness.get(path + query, headers: headers)
          var text = response.text
          if case .stream(let produce) = response.body { text = await streamed(produce) }
          guard text.contains(Self.secret) else { continue }
          if isMember { told.insert(route.path) } else { Issue.record("\(path)\(query) tells it to everybody") }
        }
      }
    }
    // The walk would not fail if it looked nowhere.
    #expect(
      told.isSuperset(of: [
        "/incidents", "/incidents/{id}", "/journal", "/reviews", "/reviews/{id}", "/reviews/{id}.md",
        "/services/{name}", "/api/v1/incidents", "/api/v1/incidents/{id}", "/api/v1/reviews", "/api/v1/events",
      ]), "\(told.sorted())")
    #expect(await harness.get("/incidents/\(id)", headers: other).status == 404)
    #expect(await harness.get("/api/v1/incidents/\(id)", headers: other).status == 404)
  }

  private func streamed(_ produce: @Sendable (StreamSink) async throws -> Void) async -> String {
    let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
    try? await produce(StreamSink(continuation: continuation))
    continuation.finish()
    var bytes: [UInt8] = []
    for await part in stream { bytes += part }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func aNonMemberCannotActOnAPrivateIncident() async throws {
    let (harness, id, _, other) = try night()
    let before = harness.state.incidents.incidents[id]?.timeline.count
    for route in harness.pipeline.table.routes
    where route.method != "GET" && route.path.hasPrefix("/api/v1/incidents/{id}") {
      let body =
        #"{"text":"x","severity":"SEV-4","role":"scribe","person":"chloe","to":"chloe","#
        + #""subject":"service/playback","into":"1","alerts":[],"title":"x"}"#
      let headers = other.merging(["content-type": "application/json"]) { $1 }
      let response = await harness.send(route.method, path(route, id), headers: headers, body: body)
      // As for what never was: some look at what is sent before they look for what it is about.
      #expect([404, 422].contains(response.status), "\(route.line)")
    }
    #expect(harness.state.incidents.incidents[id]?.timeline.count == before)
    let open = try #require(harness.state.incidents.open.first)
    let merge = await harness.send(
      "POST", "/api/v1/incidents/\(open.id)/merge",
      headers: other.merging(["content-type": "application/json"]) { $1 }, body: #"{"into":"\#(id)"}"#)
    #expect(merge.status == 404)
  }

  @Test func aListIsFullThoughWhatIsPrivateIsLeftOut() async throws {
    let (harness, _, _, other) = try night()
    var after = 0
    var seen: [Int] = []
    while true {
      let page = await harness.get("/api/v1/events?limit=3&after=\(after)", headers: other).json
      let items = page["items"]?.array ?? []
      seen += items.compactMap { $0["sequence"]?.int }.map { Int($0) }
      guard let next = page["next"]?.string.flatMap({ Int($0) }) else { break }
      #expect(items.count == 3)
      after = next
    }
    let privacy = harness.state.incidents.privacy
    #expect(seen == seen.sorted() && seen.count > 10)
    let all = await harness.get("/api/v1/events?limit=1000", headers: other).json["items"]?.array ?? []
    #expect(all.compactMap { $0["sequence"]?.int }.map { Int($0) } == seen)
    #expect(all.allSatisfy { privacy.maySee(Subject($0["subject"]?.string ?? ""), Viewer(.user("chloe"))) })
  }

  @Test func whoFeelsItIsReadFromTheCatalog() {
    var catalog = Samples.catalog
    func entry(_ name: String, tier: Int?, dependents: [String] = []) -> ServiceEntry {
      ServiceEntry(name: name, tier: tier, dependents: dependents)
    }
    // A circle: search needs edge, edge needs search.
    catalog.services = [
      entry("search", tier: 2, dependents: ["edge"]), entry("edge", tier: 0, dependents: ["search", "tv"]),
      entry("tv", tier: 1), entry("billing", tier: 0),
    ]
    catalog.journeys = [
      JourneyEntry(
        name: "pay", title: "Pay", owner: nil, tier: 0, steps: [.init(name: "pay", service: "billing", slos: [])]),
      JourneyEntry(
        name: "find", title: "Find a film", owner: nil, tier: 1,
        steps: [.init(name: "open", service: "tv", slos: []), .init(name: "search", service: "search", slos: [])]),
    ]
    let impact = IncidentImpact(of: ["search"], in: catalog)
    #expect(impact.dependants.map(\.name) == ["edge", "tv"])
    #expect(impact.journeys.map(\.journey.name) == ["find"])
    #expect(impact.journeys.first?.steps == ["search"] && impact.journeys.first?.indirect == ["open"])
  }
}
