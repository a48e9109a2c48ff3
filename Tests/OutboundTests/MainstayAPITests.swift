import Base
import Testing

@testable import Outbound

@Suite(.timeLimit(.minutes(5))) struct MainstayAPITests {
  private func failure(_ answer: [UInt8], token: Secret? = nil) async throws -> APIError? {
    try await withHTTP({ _ in answer }) { port in
      try await withClient { http in
        do {
          _ = try await MainstayAPI(baseURL: "http://127.0.0.1:\(port)/", token: token, http: http).get("/api/v1/x")
          return nil
        } catch let error as APIError {
          return error
        }
      }
    }
  }

  @Test func sendsAndReads() async throws {
    let seen = Seen<SeenRequest>()
    try await withHTTP({ request in
      seen.add(request)
      return request.line.hasPrefix("DELETE") ? answer("204 No Content") : answer("200 OK", [], #"{"a":1}"#)
    }) { port in
      try await withClient { http in
        let api = try MainstayAPI(baseURL: "http://127.0.0.1:\(port)//", token: Secret("tok"), http: http)
        do {
          let found = try await api.get("/api/v1/alerts", query: [("q", "a b&c"), ("no", nil)])
          #expect(found == ["a": 1])
        }
        do {
          let found = try await api.post("/api/v1/alerts", ["b": 2])
          #expect(found == ["a": 1])
        }
        do {
          let found = try await api.delete("/api/v1/alerts/1")
          #expect(found == .null)
        }
      }
    }
    #expect(seen.all.map(\.line).first == "GET /api/v1/alerts?q=a%20b%26c HTTP/1.1")
    #expect(seen.all.allSatisfy { $0.header("authorization") == "Bearer tok" })
    #expect(seen.all[1].text == #"{"b":2}"#)
  }

  @Test func problemsAreOneLine() async throws {
    let problem = #"{"type":"about:blank","title":"No such alert","detail":"there is no\nalert 7","errors":["x","y"]}"#
    let found = try await failure(answer("404 Not Found", ["Content-Type: application/problem+json"], problem))
    #expect(found?.text == "No such alert: there is no alert 7 (x; y)")
    #expect(found?.status == 404 && found?.type == "about:blank")
    let plain = try await failure(answer("401 Unauthorized", [], "<html>no"))
    #expect(plain?.text.hasSuffix("answered 401: <html>no — set MAINSTAY_TOKEN to a valid token") == true)
    let html = try await failure(answer("200 OK", [], "<html>"))
    #expect(html?.text.hasSuffix("the answer is not JSON; is this a Mainstay server?") == true)
  }

  @Test func noServerAndNoURL() async throws {
    try await withClient { http in
      #expect(throws: APIError.self) { try MainstayAPI(baseURL: "localhost:8080", token: nil, http: http) }
      let api = try MainstayAPI(baseURL: "http://127.0.0.1:1", token: nil, http: http)
      do {
        _ = try await api.get("/")
        Issue.record("answered")
      } catch let error as APIError {
        #expect(
          error.text
            == "http://127.0.0.1:1: connection refused; is the server running, and is MAINSTAY_URL right?")
      }
    }
  }

  @Test func followsEventsAsTheyCome() async throws {
    let seen = Seen<SeenRequest>()
    try await withServer({ connection in
      guard let request = try await connection.request() else { return }
      seen.add(request)
      try await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
      try await connection.write(": hello\n\nid: 5\nevent: alert.fired\ndata: {\"a\":\ndata: 1}\n\n")
      try await Task.sleep(for: .milliseconds(100))
      try await connection.write("id: 6\r\ndata:x\r\n\r\ndata: unfinished")
    }) { port in
      try await withClient { http in
        let api = try MainstayAPI(baseURL: "http://127.0.0.1:\(port)", token: nil, http: http)
        var found: [ServerSentEvent] = []
        for try await event in try await api.follow("/api/v1/events", query: [("follow", "1")], after: "4") {
          found.append(event)
        }
        #expect(
          found == [
            ServerSentEvent(id: "5", event: "alert.fired", data: "{\"a\":\n1}"),
            ServerSentEvent(id: "6", event: "message", data: "x"),
          ])
      }
    }
    #expect(seen.all.first?.header("last-event-id") == "4")
  }

  @Test func followRefused() async throws {
    try await withHTTP({ _ in answer("403 Forbidden", [], #"{"title":"Needs the role viewer"}"#) }) { port in
      try await withClient { http in
        let api = try MainstayAPI(baseURL: "http://127.0.0.1:\(port)", token: nil, http: http)
        do {
          _ = try await api.follow("/api/v1/events")
          Issue.record("followed")
        } catch let error as APIError {
          #expect(error.text == "Needs the role viewer")
        }
      }
    }
  }
}
