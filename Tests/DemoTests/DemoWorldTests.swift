import Base
import Logging
import Outbound
import Testing

@testable import Demo

private let now = Instant(rfc3339: "2026-11-21T03:26:30Z")!

/// Runs a demo on free ports while `body` runs, and waits for its end.
private func withDemo(
  load: Double = 0, _ body: @escaping @Sendable (DemoAddresses, HTTPOut) async throws -> Void
) async throws {
  let http = try HTTPOut()
  let (ready, report) = AsyncStream.makeStream(of: DemoAddresses.self)
  var logger = Logger(label: "demo")
  logger.logLevel = .critical
  var configuration = DemoConfiguration(logger: logger, now: { now }, onReady: { report.yield($0) })
  (configuration.basePort, configuration.controlPort, configuration.inboxPort) = (0, 0, 0)
  configuration.mailPort = 0
  configuration.loadFactor = load
  do {
    try await withThrowingTaskGroup(of: Void.self) { [configuration] group in
      group.addTask {
        try await DemoWorld.run(configuration: configuration)
        report.finish()
      }
      for await addresses in ready {
        try await body(addresses, http)
        break
      }
      group.cancelAll()
      try await group.waitForAll()
    }
  } catch {
    await http.shutdown()
    throw error
  }
  await http.shutdown()
}

extension DemoAddresses {
  fileprivate func url(_ name: String) -> String { services.first { $0.name == name }!.url }
}

private func expectStatus(
  _ status: Int, _ response: HTTPOut.Response, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(response.status == status, sourceLocation: sourceLocation)
}

@Suite(.serialized, .timeLimit(.minutes(5))) struct DemoWorldTests {
  @Test func breaksAndHeals() async throws {
    try await withDemo { addresses, http in
      let control = DemoControl(baseURL: addresses.control, http: http)
      #expect(addresses.services.map(\.name) == DemoTopology.reel.names)
      let playback = addresses.url("playback")
      let well = try await http.send(.init(.get, playback + "/"))
      #expect(well.status == 200)

      let broken = try await control.break(service: "playback")
      #expect(broken.mode == .fail)
      try expectStatus(500, try await http.send(.init(.get, playback + "/")))
      try expectStatus(200, try await http.send(.init(.get, playback + "/healthz")))
      let metrics = try await http.scrape(playback + "/metrics", timeout: .seconds(5))
      let text = String(decoding: metrics.bytes, as: UTF8.self)
      #expect(text.contains("http_requests_total{service=\"playback\",code=\"200\",method=\"GET\"} 1\n"))
      #expect(text.contains("http_requests_total{service=\"playback\",code=\"500\",method=\"GET\"} 1\n"))
      #expect(metrics.contentType.hasPrefix("text/plain; version=0.0.4"))

      let healed = try await control.heal(service: "playback")
      #expect(healed.mode == .healthy && healed.requests == 2 && healed.failed == 1)
      try expectStatus(200, try await http.send(.init(.get, playback + "/")))
    }
  }

  @Test func aFaultBelowShowsAbove() async throws {
    try await withDemo { addresses, http in
      let control = DemoControl(baseURL: addresses.control, http: http)
      try await control.break(service: "identity")
      let billing = try await http.send(.init(.get, addresses.url("billing") + "/"))
      #expect(billing.status == 502)
      #expect(String(decoding: billing.body, as: UTF8.self) == "identity answered 500\n")
      try expectStatus(200, try await http.send(.init(.get, addresses.url("catalog") + "/")))
    }
  }

  @Test func slowIsSlow() async throws {
    try await withDemo { addresses, http in
      let encoder = addresses.url("encoder")
      let state = try await http.send(.init(.post, encoder + "/_demo/break?mode=slow"))
      #expect(state.status == 200)
      try expectStatus(200, try await http.send(.init(.get, encoder + "/")))
      let text = String(decoding: try await http.send(.init(.get, encoder + "/metrics")).body, as: UTF8.self)
      #expect(text.contains("le=\"1\"} 0\n"))
      #expect(text.contains("le=\"+Inf\"} 1\n"))
      let mode = try await http.send(.init(.post, encoder + "/_demo/break?mode=explode"))
      #expect(mode.status == 400)
    }
  }

  @Test func loadIsRealTraffic() async throws {
    try await withDemo(load: 3) { addresses, http in
      let control = DemoControl(baseURL: addresses.control, http: http)
      for _ in 0..<100 {
        try await Task.sleep(for: .milliseconds(100))
        let services = try await control.services()
        if services.allSatisfy({ $0.requests > 0 }), (services.first?.requests ?? 0) > 40 { break }
      }
      let services = try await control.services()
      #expect(services.allSatisfy { $0.requests > 0 && $0.failed == 0 && $0.mode == .healthy }, "\(services)")
      #expect((services.first?.requests ?? 0) > 40)
    }
  }

  @Test func channelsReachTheInbox() async throws {
    try await withDemo { addresses, http in
      let channels = Channels(http: http)
      var message = ChannelMessage(
        key: "K", kind: .fired, title: "playback burns", body: "fast & <hot>", link: "http://127.0.0.1:8080/alerts/1",
        acknowledgeLink: "http://127.0.0.1:8080/a/1", severity: "critical", service: "playback", time: now)
      let mailPort = Int(addresses.mail.split(separator: ":")[1])!
      let targets: [ChannelTarget] = [
        .init(name: "hook", transport: .webhook(.init(url: .literal(addresses.inbox + "/inbox")))),
        .init(name: "chat", transport: .slack(.init(url: .literal(addresses.inbox + "/slack")))),
        .init(
          name: "mail",
          transport: .smtp(
            .init(
              server: SMTPServer(host: "127.0.0.1", port: mailPort, security: .none),
              from: Mailbox(address: "m@reel.example"), to: [Mailbox(address: "ana@reel.example")]))),
      ]
      for kind in [ChannelMessage.Kind.fired, .resolved] {
        message.kind = kind
        message.key = kind.rawValue
        message.title = "Wiedergabe gestört: \(kind)"
        for target in targets {
          let outcome = await channels.send(message, to: target, now: now)
          guard case .accepted = outcome else {
            Issue.record("\(outcome)")
            continue
          }
        }
      }
      let list = try JSON(parsing: try await http.send(.init(.get, addresses.inbox + "/inbox.json")).body)
      let messages = list["messages"]?.array ?? []
      #expect(messages.map { $0["via"]?.string } == ["mail", "slack", "webhook", "mail", "slack", "webhook"])
      #expect(
        messages.map { $0["kind"]?.string } == Array(repeating: "resolved", count: 3)
          + Array(repeating: "fired", count: 3))
      for message in messages {
        #expect(message["links"]?["acknowledge"]?.string == "http://127.0.0.1:8080/a/1")
        #expect(message["title"]?.string?.contains("Wiedergabe gestört") == true)
        #expect(message["body"]?.string?.contains("fast & <hot>") == true)
      }
    }
  }

  @Test func errorsSayWhatToDo() async throws {
    try await withDemo { addresses, http in
      do {
        try await DemoControl(baseURL: addresses.control, http: http).break(service: "playbak")
        Issue.record("broke it")
      } catch let error as DemoError {
        #expect(error.text.hasPrefix("no service 'playbak' in the demo; there are playback, catalog, "))
      }
      do {
        try await DemoControl(baseURL: "http://127.0.0.1:1", http: http).heal(service: "playback")
        Issue.record("healed it")
      } catch let error as DemoError {
        #expect(error.text == "no demo is running at http://127.0.0.1:1; start it with `mainstay demo up`")
      }
    }
  }

  @Test func aTakenPortEndsItClearly() async throws {
    try await withDemo { addresses, _ in
      let port = Int(addresses.control.split(separator: ":").last!)!
      var logger = Logger(label: "demo")
      logger.logLevel = .critical
      var configuration = DemoConfiguration(logger: logger, now: { now })
      (configuration.basePort, configuration.controlPort, configuration.inboxPort) = (0, port, 0)
      configuration.mailPort = 0
      do {
        try await DemoWorld.run(configuration: configuration)
        Issue.record("ran")
      } catch {
        #expect("\(error)" == "control: port \(port) is taken; is another demo running?")
      }
    }
  }
}
