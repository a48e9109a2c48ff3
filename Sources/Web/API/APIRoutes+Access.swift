import Access
import Base
import Engine
import Events
import Journal
import Outbox

extension Desk {
  func instant(_ json: JSON?) throws -> Instant {
    guard let time = json?.string.flatMap({ Instant(rfc3339: $0) }) else {
      throw Problem.invalid("\(json?.text.prefix(60) ?? "null") is no time.", "Write 2026-11-21T03:00:00Z.")
    }
    return time
  }

  // MARK: Tokens and users

  var accessRoutes: [Route] {
    [
      read("/api/v1/tokens", .list("listTokens", "Tokens without their secrets", "Access"), .admin) { request in
        let all = Array(platform.committed().state.access.tokens.reversed())
        let (page, next) = try slice(all, request) { $0.id.description }
        return list(page.map(Resource.token), next)
      },
      act(
        "/api/v1/tokens",
        .post(
          "createToken", "Make a token; its secret is in this answer and nowhere else", "Access",
          body: [
            ("name", "string", true), ("role", "string", true), ("user", "string", false),
            ("expires", "date-time", false),
          ], status: 201), .admin
      ) { request, body in
        let secret = BearerToken.make(random: platform.random(20))
        let id = try await platform.ask(
          .createToken(
            name: body["name"]?.string ?? "", role: try role(body["role"]), hash: BearerToken.hash(secret),
            user: body["user"]?.string, expires: try body["expires"].map { try instant($0) }, by: request.actor))
        guard let token = platform.committed().state.access.tokens.first(where: { $0.id == id }),
          case .object(var object) = Resource.token(token)
        else { throw Problem.notFound("token \(id) any more") }
        object["token"] = .string(secret)
        return .object(object)
      },
      act(
        "/api/v1/tokens/{id}", .post("revokeToken", "Revoke a token by its id or name", "Access", status: 204), .admin,
        method: "DELETE"
      ) { request, _ in
        _ = try await platform.ask(.revokeToken(request.parameters["id"] ?? "", by: request.actor))
        return .null
      },
      read("/api/v1/users", .list("listUsers", "Users who can log in", "Access"), .admin) { request in
        let (page, next) = try slice(platform.committed().state.access.users, request) { $0.name }
        return list(page.map(Resource.user), next)
      },
      act(
        "/api/v1/users/{name}",
        .post(
          "saveUser", "Let somebody log in, or change their role or password", "Access",
          body: [("role", "string", true), ("password", "string", false)]), .admin, method: "PUT"
      ) { request, body in
        let name = request.parameters["name"] ?? ""
        let hash = try body["password"]?.string.map { password in
          guard (8...1_024).contains(password.utf8.count) else {
            throw Problem.invalid("The password is shorter than 8 bytes or longer than 1,024.", "Use a longer phrase.")
          }
          return try PasswordHash.make(password, salt: platform.random(16))
        }
        try await platform.ask(.saveUser(name, role: try role(body["role"]), passwordHash: hash, by: request.actor))
        guard let user = platform.committed().state.access.user(named: name) else {
          throw Problem.notFound("user \(name)")
        }
        return Resource.user(user)
      },
      act(
        "/api/v1/users/{name}", .post("removeUser", "End somebody's access", "Access", status: 204), .admin,
        method: "DELETE"
      ) { request, _ in
        try await platform.ask(.removeUser(request.parameters["name"] ?? "", by: request.actor))
        return .null
      },
      act(
        "/api/v1/users/{name}/erase",
        .post("erasePerson", "Erase what a person wrote; the events stay, without their texts", "Access"), .admin
      ) { request, _ in
        let name = request.parameters["name"] ?? ""
        return ["person": .string(name), "erased": .int(Int64(try await platform.erase(name, request.actor)))]
      },
    ]
  }

  private func role(_ json: JSON?) throws -> Role {
    guard let role = json?.string.flatMap(Role.init) else {
      throw Problem.invalid(
        "\(json?.text.prefix(40) ?? "null") is no role.", "Use viewer, responder, editor, admin or sender.")
    }
    return role
  }

  // MARK: Pages and the journal

  var journalRoutes: [Route] {
    [
      read(
        "/api/v1/pages",
        .list(
          "listPages", "Messages to people, newest first", "Pages",
          query: [("state", "For example dead."), ("subject", "What they are about, such as alert/ID.")])
      ) { request in
        let state = request.query("state")
        let outbox = platform.committed().state.outbox
        let known = request.query("subject").map { outbox.pages(of: Subject($0)) }
        let all = (known ?? outbox.pages.sortedElements.map(\.value)).reversed()
          .filter { state == nil || state == $0.condition.rawValue }
        let (page, next) = try slice(Array(all), request) { $0.id.description }
        return list(page.map(Resource.page), next)
      },
      Route(
        "GET", "/api/v1/events", .role(.viewer), .api,
        operation: .list(
          "listEvents", "The journal, oldest first; follow=1 streams it as server-sent events", "Journal",
          query: [
            ("after", "Only events with a larger sequence."),
            ("type", "Types with commas between; alert.* is all of a noun."),
            ("subject", "An exact subject."), ("since", "RFC 3339, or a length before now."),
            ("follow", "1 to stream."),
          ])
      ) { request in
        var query = JournalQuery()
        for name in ["after", "cursor"] {
          guard let text = request.query(name) else { continue }
          guard let value = Int64(text), value >= 0 else {
            throw Problem.invalid("\(name) '\(text.prefix(40))' is no sequence.")
          }
          query.after = value
        }
        query.types = (request.query("type") ?? "").split(separator: ",").map(String.init)
        query.subject = request.query("subject")
        query.since = try request.query("since").map { try time($0, request) }
        if request.query("follow") == "1" { return follow(query, request) }
        let asked = request.query("limit") ?? "100"
        guard let limit = Int(asked), (1...1_000).contains(limit) else {
          throw Problem.invalid("limit '\(asked.prefix(20))' is not between 1 and 1000.")
        }
        query.limit = limit + 1
        let events = try await platform.events(query)
        let page = events.prefix(limit)
        return .json(list(page.map(Resource.event), events.count > limit ? page.last.map { String($0.sequence) } : nil))
      },
    ]
  }

  /// Server-sent events: the id of each is its sequence, so that a browser comes back where it was cut off.
  private func follow(_ query: JournalQuery, _ request: WebRequest) -> WebResponse {
    var query = query
    if let last = request.headers["last-event-id"].flatMap(Int64.init) { query.after = last }
    let start = query
    return WebResponse(
      status: 200,
      headers: [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")],
      body: .stream { sink in
        try sink.write("retry: 2000\n\n")
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for try await event in platform.follow(start) {
              try sink.write("id: \(event.sequence)\nevent: journal\ndata: \(Resource.event(event).text)\n\n")
            }
          }
          group.addTask {
            // A comment now and then, so that proxies keep the connection and a dead one is noticed.
            while true {
              try await Task.sleep(nanoseconds: 15_000_000_000)
              try sink.write(": still here\n\n")
            }
          }
          try await group.next()
          group.cancelAll()
        }
      })
  }
}
