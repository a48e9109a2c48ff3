import Base
import Foundation
import Testing

@testable import Outbound

func withClient<Result>(
  _ change: (inout HTTPOut.Configuration) -> Void = { _ in }, _ body: (HTTPOut) async throws -> Result
) async throws -> Result {
  var configuration = HTTPOut.Configuration()
  change(&configuration)
  let http = try HTTPOut(configuration: configuration)
  do {
    let result = try await body(http)
    await http.shutdown()
    return result
  } catch {
    await http.shutdown()
    throw error
  }
}

private func failure(_ body: () async throws -> Void) async -> OutboundError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? OutboundError
  }
}

@Suite(.timeLimit(.minutes(5))) struct HTTPOutTests {
  @Test func scrapesWithNegotiationAndGzip() async throws {
    // printf 'up 1\n' | gzip -n
    let packed: [UInt8] = [
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff, 0x2b, 0x2d, 0x50, 0x30, 0xe4, 2, 0, 0x72, 0x90, 0xea, 0x82, 5, 0, 0, 0,
    ]
    let seen = Seen<SeenRequest>()
    try await withHTTP({ request in
      seen.add(request)
      return answer("200 OK", ["Content-Type: text/plain; version=0.0.4", "Content-Encoding: gzip"], packed)
    }) { port in
      try await withClient { http in
        let scraped = try await http.scrape("http://127.0.0.1:\(port)/metrics?x=1", timeout: .seconds(50))
        #expect(String(decoding: scraped.bytes, as: UTF8.self) == "up 1\n")
        #expect(scraped.contentType == "text/plain; version=0.0.4")
      }
    }
    let request = try #require(seen.all.first)
    #expect(request.line == "GET /metrics?x=1 HTTP/1.1")
    #expect(request.header("accept")?.hasPrefix("application/openmetrics-text;version=1.0.0") == true)
    #expect(request.header("accept-encoding") == "gzip")
    #expect(request.header("x-prometheus-scrape-timeout-seconds") == "50.0")
    #expect(request.header("user-agent") == "Mainstay")
  }

  @Test func boundsTheAnswer() async throws {
    try await withHTTP({ _ in answer("200 OK", [], [UInt8](repeating: 65, count: 5_000)) }) { port in
      try await withClient { http in
        let url = "http://127.0.0.1:\(port)/"
        let whole = try await http.scrape(url, timeout: .seconds(50), maxBytes: 5_000)
        #expect(whole.bytes.count == 5_000)
        let error = await failure { _ = try await http.scrape(url, timeout: .seconds(50), maxBytes: 4_999) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.text == "http://127.0.0.1:\(port): the answer is larger than 4999 bytes")
      }
    }
  }

  @Test func aDrippingBodyMeetsTheDeadline() async throws {
    try await withServer({ connection in
      _ = try await connection.request()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      while true {
        try await Task.sleep(for: .milliseconds(50))
        try await connection.write("x")
      }
    }) { port in
      try await withClient { http in
        let error = await failure {
          _ = try await http.send(.init(.get, "http://127.0.0.1:\(port)/", timeout: .milliseconds(400)))
        }
        #expect(error?.kind == .timeout)
        #expect(error?.text.hasSuffix("no complete answer within 400 ms") == true)
      }
    }
  }

  @Test func redirectsAreNotFollowed() async throws {
    let seen = Seen<SeenRequest>()
    try await withHTTP({ request in
      seen.add(request)
      return answer("302 Found", ["Location: /elsewhere"])
    }) { port in
      try await withClient { http in
        let error = await failure { _ = try await http.scrape("http://127.0.0.1:\(port)/", timeout: .seconds(50)) }
        #expect(error?.text == "http://127.0.0.1:\(port) answered 302: redirects are not followed")
      }
    }
    #expect(seen.all.count == 1)
  }

  @Test func errorsHoldNoSecrets() async throws {
    try await withClient { http in
      let refused = await failure {
        _ = try await http.send(.init(.get, "http://user:hunter2@127.0.0.1:1/services/hunter2?t=hunter2"))
      }
      #expect(refused?.kind == .connect)
      #expect(refused?.text == "http://127.0.0.1:1: connection refused")
      for bad in ["ftp://x/hunter2", "hunter2", "http:///hunter2", "http://x/hunter2\r\nHost: y", ""] {
        let error = await failure { _ = try await http.send(.init(.get, bad)) }
        #expect(error?.kind == .invalid)
        #expect(error?.text.contains("hunter2") == false)
        #expect(error?.mayPass == false)
      }
      let injected = await failure {
        _ = try await http.send(.init(.get, "http://127.0.0.1:1/", headers: [.init("X", "a\r\nY: hunter2")]))
      }
      #expect(injected?.kind == .invalid && injected?.text.contains("hunter2") == false)
    }
  }

  @Test func aBrokenAnswerIsToldAsOne() async throws {
    try await withServer({ connection in
      _ = try await connection.request()
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    }) { port in
      try await withClient { http in
        let error = await failure { _ = try await http.send(.init(.get, "http://127.0.0.1:\(port)/")) }
        #expect(error?.kind == .broken)
      }
    }
    try await withServer({ connection in
      _ = try await connection.request()
      try await connection.write("220 mail.example ESMTP\r\n")
      try await connection.drain()
    }) { port in
      try await withClient { http in
        let error = await failure { _ = try await http.send(.init(.get, "http://127.0.0.1:\(port)/")) }
        #expect(error?.kind == .broken)
      }
    }
  }

  @Test func oneCallTooManyIsRefused() async throws {
    try await withServer({ try await $0.drain() }) { port in
      try await withClient({ $0.callsPerHost = 2 }) { http in
        let url = "http://127.0.0.1:\(port)/"
        let kinds = await withTaskGroup(of: OutboundError.Kind?.self) { group in
          for _ in 0..<3 {
            group.addTask {
              await failure { _ = try await http.send(.init(.get, url, timeout: .milliseconds(500))) }?.kind
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.filter { $0 == .busy }.count == 1)
        #expect(kinds.filter { $0 == .timeout }.count == 2)
      }
    }
  }

  @Test func cancellationEndsTheCall() async throws {
    try await withServer({ try await $0.drain() }) { port in
      try await withClient { http in
        let kind = await withTaskGroup(of: OutboundError.Kind?.self) { group in
          group.addTask {
            await failure { _ = try await http.send(.init(.get, "http://127.0.0.1:\(port)/", timeout: .seconds(50))) }?
              .kind
          }
          try? await Task.sleep(for: .milliseconds(200))
          group.cancelAll()
          return await group.next() ?? nil
        }
        #expect(kind == .cancelled)
      }
    }
  }

  @Test(.enabled(if: Certificate.made != nil)) func certificatesAreChecked() async throws {
    let context = try Certificate.serverContext()
    try await withServer(
      tls: context,
      { connection in
        while try await connection.request() != nil { try await connection.write(answer("200 OK", [], "hi")) }
      }
    ) { port in
      try await withClient { http in
        let error = await failure { _ = try await http.send(.init(.get, "https://localhost:\(port)/")) }
        #expect(error?.kind == .tls)
        #expect(error?.text == "https://localhost:\(port): TLS failed: its certificate is not trusted")
      }
      try await withClient({ $0.trustRootsFile = Certificate.made?.certificate }) { http in
        let trusted = try await http.send(.init(.get, "https://localhost:\(port)/"))
        #expect(trusted.isSuccess)
      }
    }
  }

  @Test func heartbeats() async throws {
    let seen = Seen<SeenRequest>()
    try await withHTTP({ request in
      seen.add(request)
      return answer(request.line.contains("bad") ? "500 No" : "204 No Content")
    }) { port in
      try await withClient { http in
        try await http.heartbeat("http://127.0.0.1:\(port)/ok", method: .post)
        let error = await failure { try await http.heartbeat("http://127.0.0.1:\(port)/bad") }
        #expect(error?.text == "http://127.0.0.1:\(port) answered 500")
      }
    }
    #expect(seen.all.map(\.line) == ["POST /ok HTTP/1.1", "GET /bad HTTP/1.1"])
  }
}

@Suite struct LineSplitterTests {
  @Test(arguments: [1, 3, 64]) func lines(chunk: Int) throws {
    let bytes = Array("a\r\n\nbc\n\rd".utf8)
    var splitter = LineSplitter(limit: 4)
    var found: [String] = []
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      splitter.append(bytes[start..<min(start + chunk, bytes.count)])
      while let line = try splitter.next() { found.append(line) }
    }
    #expect(found == ["a", "", "bc"])
    #expect(splitter.rest() == "\rd")
    #expect(splitter.rest() == nil)
  }

  @Test func bound() {
    var splitter = LineSplitter(limit: 4)
    splitter.append(Array("12345".utf8))
    #expect(throws: LineSplitter.TooLong.self) { try splitter.next() }
  }
}

@Suite struct SecretTests {
  @Test func references() {
    #expect(SecretRef("env:A_1")?.description == "env:A_1")
    #expect(SecretRef("file:/run/x")?.description == "file:/run/x")
    for bad in ["env:", "env:1A", "env:A-B", "file:", "vault:x", "hunter2", "env:A B"] {
      #expect(SecretRef(bad) == nil, "\(bad)")
    }
  }

  @Test func readsAndNamesFailures() throws {
    setenv("MAINSTAY_TEST_SECRET", "hunter2\n", 1)
    #expect(try SecretResolver.system.resolve(SecretRef("env:MAINSTAY_TEST_SECRET")!).reveal() == "hunter2")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mainstay-secret-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ name: String, _ bytes: Data) throws -> SecretRef {
      let path = folder.appendingPathComponent(name).path
      try bytes.write(to: URL(fileURLWithPath: path))
      return SecretRef(.file(path))
    }
    #expect(try SecretResolver.system.resolve(write("good", Data("pa55 \r\n\n".utf8))).reveal() == "pa55 ")
    for (name, bytes) in [
      ("empty", Data()), ("large", Data(repeating: 65, count: 70_000)), ("binary", Data([0xFF, 0xFE])),
      ("zero", Data([65, 0, 66])), ("newline", Data("\n".utf8)),
    ] {
      let ref = try write(name, bytes)
      #expect(throws: OutboundError.self) { try SecretResolver.system.resolve(ref) }
    }
    for ref in [SecretRef(.file(folder.path)), SecretRef(.file(folder.path + "/none")), SecretRef("env:NOT_SET_X")!] {
      do {
        _ = try SecretResolver.system.resolve(ref)
        Issue.record("read \(ref)")
      } catch {
        #expect(error.text.hasPrefix("secret \(ref): "))
      }
    }
  }

  @Test func neverPrinted() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(SMTPLogin(user: "ana", password: secret), to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] { #expect(!text.contains("hunter2")) }
  }
}
