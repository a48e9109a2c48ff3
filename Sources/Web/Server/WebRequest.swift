import Access
import Base
import Engine
import Events
import Journal

/// A request as values: what handlers and tests see.
struct WebRequest: Sendable {
  var method: String
  var path: String
  /// Decoded pairs in order.
  var query: [(name: String, value: String)] = []
  /// Names in lower case; repeated ones are joined with a comma.
  var headers: [String: String] = [:]
  var body: [UInt8] = []
  /// The client's address, after trusted proxies.
  var peer = "127.0.0.1"
  var isSecure = false
  /// Filled in by the pipeline.
  var parameters: [String: String] = [:]
  var identity: Identity?
  var now = Instant.epoch
  var formNonce = ""

  /// The first query value of that name; empty counts as absent.
  func query(_ name: String) -> String? { query.first { $0.name == name && !$0.value.isEmpty }?.value }

  /// The identifier in the path.
  func id(_ name: String = "id") throws -> ULID {
    let text = parameters[name] ?? ""
    guard let id = ULID(text) else {
      throw Problem(404, "No such thing", "'\(text)' is no identifier", "Take it from the list.")
    }
    return id
  }

  /// A form's field, trimmed of nothing.
  func field(_ name: String) -> String { Form.parse(body).first { $0.name == name }?.value ?? "" }

  func cookie(_ name: String) -> String? {
    for pair in (headers["cookie"] ?? "").split(separator: ";") {
      let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      if parts.count == 2, parts[0] == name { return String(parts[1]) }
    }
    return nil
  }

  var actor: Actor { identity?.actor ?? Actor("system/anonymous") }
}

struct WebResponse: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    /// Yielded piece by piece until it returns; used for events that follow. It ends when the client is gone.
    case stream(@Sendable (StreamSink) async throws -> Void)
  }

  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: Body = .bytes([])

  static func html(_ bytes: [UInt8], status: Int = 200) -> WebResponse {
    WebResponse(
      status: status, headers: [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")],
      body: .bytes(bytes))
  }

  static func json(_ json: JSON, status: Int = 200) -> WebResponse {
    WebResponse(
      status: status, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
      body: .bytes(json.bytes))
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200) -> WebResponse {
    WebResponse(status: status, headers: [("content-type", type)], body: .bytes(Array(text.utf8)))
  }

  /// After a form: the browser gets the page that shows what was done.
  static func redirect(_ path: String) -> WebResponse {
    WebResponse(status: 303, headers: [("location", path)])
  }

  func adding(_ name: String, _ value: String) -> WebResponse {
    var copy = self
    copy.headers.append((name, value))
    return copy
  }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The body of a response that is not streamed.
  var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }
}

/// Where a streamed body is written. A client that falls too far behind is cut off; it comes back where it was.
struct StreamSink: Sendable {
  struct FellBehind: Error {}

  let continuation: AsyncStream<[UInt8]>.Continuation

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws {
    if case .enqueued = continuation.yield(bytes) { return }
    throw FellBehind()
  }
}

/// Who makes a request.
struct Identity: Sendable {
  enum Way: Sendable {
    /// Nobody has been let in yet, and this is the same machine.
    case local
    case session(id: String, expires: Instant)
    case token
    case link
  }

  var name: String
  var role: Role
  var actor: Actor
  var way: Way

  var isLocal: Bool { if case .local = way { true } else { false } }

  /// Whether a browser sends it along by itself, so that requests have to prove that they come from our pages.
  var isAmbient: Bool {
    switch way {
    case .local, .session: true
    case .token, .link: false
    }
  }
}

/// What a client is told when something went wrong: RFC 9457, with a remedy.
struct Problem: Error, Sendable {
  var status: Int
  var title: String
  var detail: String
  var remedy: String
  var headers: [(name: String, value: String)] = []

  init(
    _ status: Int, _ title: String, _ detail: String, _ remedy: String, headers: [(name: String, value: String)] = []
  ) {
    (self.status, self.title, self.detail, self.remedy, self.headers) = (status, title, detail, remedy, headers)
  }

  init(_ refusal: Refusal) {
    let (status, title, remedy): (Int, String, String) =
      switch refusal.kind {
      case .notFound: (404, "Not found", "Look it up in its list.")
      case .conflict: (409, "Not in this state", "Reload to see the state it is in now.")
      case .invalid: (422, "Not valid", "Correct what is named and send it again.")
      case .forbidden: (403, "Not allowed", "Ask somebody with the role for it.")
      case .unavailable: (503, "Not now", "Try again in a few seconds.")
      }
    self.init(status, title, refusal.message, remedy)
  }

  static func invalid(_ detail: String, _ remedy: String = "Correct what is named and send it again.") -> Problem {
    Problem(422, "Not valid", detail, remedy)
  }

  static func notFound(_ what: String) -> Problem {
    Problem(404, "Not found", "There is no \(what).", "Look it up in its list.")
  }

  var json: JSON {
    [
      "type": .string("about:blank"), "title": .string(title), "status": .int(Int64(status)),
      "detail": .string(detail), "remedy": .string(remedy),
    ]
  }

  var response: WebResponse {
    WebResponse(
      status: status, headers: [("content-type", "application/problem+json"), ("cache-control", "no-store")] + headers,
      body: .bytes(json.bytes))
  }
}
