import Access
import Base
import Engine
import Events
import Incidents
import Journal
import Logging

/// What happens to every request, in this order: host, rate, route, identity, role, origin and form token, body,
/// handler, headers, log. Without sockets, so that tests walk through all of it.
struct Pipeline: Sendable {
  let platform: Platform
  let configuration: WebConfiguration
  let table: RouteTable
  let authenticator: Authenticator
  let logger: Logger
  private let peers: RateLimiter
  private let identities: RateLimiter
  private let logins: RateLimiter
  private let replays: Replays
  private let intakeBytes: ByteBudget

  static let nonceCookie = "mainstay_form"

  /// What a request is before its route is known.
  private let usual: Route.Kind

  /// - Parameter intake: the one intake whose routes there are, at the root; `nil` makes all routes.
  init(platform: Platform, configuration: WebConfiguration, logger: Logger, intake: String? = nil) {
    self.platform = platform
    self.configuration = configuration
    self.logger = logger
    authenticator = Authenticator(platform: platform, signer: Signer(secret: platform.secret))
    peers = RateLimiter(perSecond: configuration.requestsPerSecond, burst: configuration.requestBurst)
    identities = RateLimiter(perSecond: configuration.requestsPerSecond, burst: configuration.requestBurst)
    logins = RateLimiter(perSecond: 0.2, burst: 10)
    replays = Replays()
    intakeBytes = ByteBudget(configuration.intakeBytesMax)
    let desk = Desk(platform: platform.guarded(), configuration: configuration, authenticator: authenticator)
    table = RouteTable(routes: intake.map(desk.nativeRoutes) ?? desk.routes)
    usual = intake == nil ? .page : .intake
  }

  /// Answers a request; `body` reads at most so many bytes and throws when there are more.
  func respond(
    to incoming: WebRequest, body: @Sendable (_ limit: Int) async throws -> [UInt8]
  ) async -> WebResponse {
    var request = incoming
    request.now = platform.now()
    request.formNonce = request.cookie(Self.nonceCookie).flatMap { $0.utf8.count == 32 ? $0 : nil } ?? ""
    var kind = usual
    var refuse: (@Sendable (WebRequest, Problem) -> WebResponse)?
    var response: WebResponse
    do {
      response = try await answer(&request, &kind, &refuse, body)
    } catch let problem as Problem {
      response = refuse?(request, problem) ?? told(Self.alike(problem, request), request, kind)
    } catch let refusal as Refusal {
      response = told(Self.alike(Problem(refusal), request), request, kind)
    } catch {
      logger.error("request failed", metadata: ["path": "\(request.path)", "error": "\(type(of: error))"])
      response = told(
        Problem(500, "Something is wrong here", "The server could not answer.", "Try again; the log says more."),
        request,
        kind)
    }
    if request.method == "HEAD" { response.body = .bytes([]) }
    response = secured(response, request, kind)
    platform.answered(response.status, platform.now() - request.now)
    log(request, response.status, kind)
    return response
  }

  private func answer(
    _ request: inout WebRequest, _ kind: inout Route.Kind,
    _ refuse: inout (@Sendable (WebRequest, Problem) -> WebResponse)?,
    _ body: @Sendable (Int) async throws -> [UInt8]
  ) async throws -> WebResponse {
    if usual == .page, request.path.hasPrefix("/api/") { kind = .api }
    if request.path.hasPrefix("/intake/") { kind = .intake }
    try checkHost(request)
    // A limit on this machine's own address would count everybody behind a local proxy as one.
    if kind != .intake, !Loopback.contains(request.peer) { try limit(peers, request.peer, request) }
    let route: Route
    switch table.find(method: request.method, path: request.path) {
    case .route(let found, let parameters): (route, request.parameters) = (found, parameters)
    case .methods(let methods):
      throw Problem(
        405, "Not that way", "\(request.path) takes \(methods.joined(separator: ", ")).", "Use one of those methods.",
        headers: [("allow", methods.joined(separator: ", "))])
    case .nothing: throw Problem.notFound("page at \(request.path)")
    }
    kind = route.kind
    refuse = route.refuse
    let access = platform.committed().state.access
    if route.kind == .asset || route.kind == .probe {
      request.identity = nil
    } else {
      do {
        request.identity = try authenticator.identity(of: request, for: route.kind, access: access)
      } catch {
        // An intake that looks at its senders' keys itself may get keys that only it knows.
        guard route.kind == .intake, route.need == .open else { throw error }
      }
    }
    if let refused = try authorize(request, route) { return refused }
    if let identity = request.identity, kind != .intake, !identity.isLocal {
      try limit(identities, identity.actor.text, request)
    }
    try checkOrigin(request, route)
    let room = try reserve(request, route)
    defer { intakeBytes.give(room) }
    request.body = try await body(route.bodyBytesMax)
    try checkForm(request, route)
    if route.path == "/login", request.method == "POST" { try limit(logins, request.peer, request) }
    if request.formNonce.isEmpty, kind != .intake { request.formNonce = Hex.encode(platform.random(16)) }
    let asked = withoutPrivate(request, request.viewer)
    return try await reading(as: request.viewer) { try await replaying(asked, route) }
  }

  /// Room for a body of an intake: senders retry, so that many at once must not fill the memory.
  private func reserve(_ request: WebRequest, _ route: Route) throws -> Int {
    guard route.kind == .intake else { return 0 }
    let declared = request.headers["content-length"].flatMap { Int($0) } ?? route.bodyBytesMax
    let room = min(max(0, declared), route.bodyBytesMax)
    guard intakeBytes.take(room) else {
      throw Problem(
        429, "Too much at once", "The server is busy with what other senders sent.", "Send it again in a moment.",
        headers: [("retry-after", "1")])
    }
    return room
  }

  /// A POST with an `Idempotency-Key` is carried out once; the same again gets the first answer.
  private func replaying(_ request: WebRequest, _ route: Route) async throws -> WebResponse {
    guard route.kind == .api, request.method == "POST", let key = request.headers["idempotency-key"],
      (1...255).contains(key.utf8.count)
    else { return try await route.handle(request) }
    let name = "\(request.identity?.actor.text ?? "") \(request.path) \(key)"
    switch replays.begin(name, body: request.body, at: request.now) {
    case .answered(let response): return response.adding("idempotency-replayed", "true")
    case .running:
      throw Problem(409, "Under way", "A request with this Idempotency-Key is being carried out.", "Try again shortly.")
    case .different:
      throw Problem.invalid("This Idempotency-Key came with another body before.", "Use a new key for a new request.")
    case .first:
      do {
        let response = try await route.handle(request)
        replays.end(name, response)
        return response
      } catch {
        replays.end(name, nil)
        throw error
      }
    }
  }

  private func limit(_ limiter: RateLimiter, _ key: String, _ request: WebRequest) throws {
    if let wait = limiter.take(key, at: request.now) {
      let seconds = Int(wait.rounded(.up))
      throw Problem(
        429, "Too many requests", "More requests came than one client may make.",
        "Wait \(Format.plural(max(1, seconds), "second")).", headers: [("retry-after", String(max(1, seconds)))])
    }
  }

  // MARK: Checks

  /// A page of another site that makes its own name point at this machine is refused by the Host it sends.
  private func checkHost(_ request: WebRequest) throws {
    let host = Self.name(ofHost: request.headers["host"] ?? "")
    let external = configuration.externalURL.map {
      Self.name(ofHost: String($0.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" }))
    }
    let isOpen = platform.committed().state.access.isOpen
    if isOpen, !Loopback.contains(request.peer) {
      throw Problem(
        403, "Only from this machine", "No users or tokens exist, so only this machine is let in.",
        "Make one on the server: mainstay token create --role admin NAME")
    }
    if Loopback.contains(host) || host == external || configuration.allowedHosts.contains(host) { return }
    // Without a name of its own set, a server with identities answers to any: its cookie does not follow a rebind.
    if !isOpen, external == nil, configuration.allowedHosts.isEmpty { return }
    throw Problem(
      421, "Not this host", "This server does not answer to the name '\(host.prefix(100))'.",
      "Set externalURL to the address that people use.")
  }

  static func name(ofHost host: String) -> String {
    let host = host.lowercased()
    if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
    return String(host.prefix { $0 != ":" })
  }

  /// The response that sends somebody away, `nil` when they may pass.
  private func authorize(_ request: WebRequest, _ route: Route) throws -> WebResponse? {
    let needed: Role
    var other: Role?
    switch route.need {
    case .open: return nil
    case .role(let role): needed = role
    case .either(let one, let second): (needed, other) = (one, second)
    }
    guard let identity = request.identity else {
      if route.kind == .page, request.headers["x-mainstay-live"] == nil {
        return .redirect("/login?back=\(SafeURL.encode(request.path))")
      }
      throw Problem(
        401, "Not logged in", "This needs the role \(needed.rawValue).",
        "Log in, or make a token with 'mainstay token create' and send it as a bearer token.",
        headers: [("www-authenticate", "Bearer realm=\"mainstay\"")])
    }
    guard identity.role.includes(needed) || other.map(identity.role.includes) ?? false else {
      throw Problem(
        403, "Not allowed", "This needs the role \(needed.rawValue); \(identity.name) is \(identity.role.rawValue).",
        "Ask an admin for that role.")
    }
    return nil
  }

  /// Another site's page can send requests with a browser's cookie; its origin gives it away.
  private func checkOrigin(_ request: WebRequest, _ route: Route) throws {
    guard request.method != "GET", request.method != "HEAD",
      route.kind != .intake || request.identity?.isAmbient == true,
      request.identity?.isAmbient ?? true
    else { return }
    if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" { throw foreign }
    if let origin = request.headers["origin"] {
      // Forms of pages with a strict referrer policy send "null"; their token is checked instead, or, on the page that
      // a link in a message leads to, the link's own signature.
      if origin == "null" {
        if route.kind == .form || (route.kind == .page && route.need == .open) { return }
        throw foreign
      }
      let name = String(origin.drop { $0 != "/" }.drop { $0 == "/" })
      guard name.lowercased() == (request.headers["host"] ?? "").lowercased() || origin == configuration.externalURL
      else { throw foreign }
    }
    if route.kind == .api, let type = request.headers["content-type"], !type.hasPrefix("application/json") {
      throw Problem(415, "Not JSON", "The API takes application/json, not \(type.prefix(60)).", "Set Content-Type.")
    }
  }

  private var foreign: Problem {
    Problem(403, "From another site", "The request comes from a page of another site.", "Use this server's own pages.")
  }

  private func checkForm(_ request: WebRequest, _ route: Route) throws {
    guard route.kind == .form, request.identity?.isAmbient ?? true else { return }
    guard authenticator.isValid(formToken: request.field("csrf"), nonce: request.formNonce, identity: request.identity)
    else {
      throw Problem(
        403, "This form has expired", "It was opened in another session.", "Reload the page and send it again.")
    }
  }

  // MARK: Answers

  /// A problem as the page or the document that the client can read.
  private func told(_ problem: Problem, _ request: WebRequest, _ kind: Route.Kind) -> WebResponse {
    guard kind == .page || kind == .form, request.headers["accept"]?.contains("html") ?? false else {
      return problem.response
    }
    let desk = Desk(platform: platform.guarded(), configuration: configuration, authenticator: authenticator)
    var response = desk.page(
      problemPage(problem.title, problem.detail, remedy: problem.remedy, desk.context(request)), request)
    response.status = problem.status
    response.headers += problem.headers
    return response
  }

  private func secured(_ response: WebResponse, _ request: WebRequest, _ kind: Route.Kind) -> WebResponse {
    var response = response
    response.headers += [
      ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
      ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
      (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
      ),
    ]
    if request.isSecure { response.headers.append(("strict-transport-security", "max-age=31536000")) }
    if kind == .page || kind == .form, request.cookie(Self.nonceCookie) != request.formNonce, !request.formNonce.isEmpty
    {
      response.headers.append(
        (
          "set-cookie",
          "\(Self.nonceCookie)=\(request.formNonce); Path=/; HttpOnly; SameSite=Lax"
            + (request.isSecure ? "; Secure" : "")
        ))
    }
    return response
  }

  /// One line a request. The query is left out: it may carry what was searched for; links carry their token in the
  /// path, so that is cut as well.
  private func log(_ request: WebRequest, _ status: Int, _ kind: Route.Kind) {
    let path = request.path.hasPrefix("/a/") ? "/a/…" : request.parameters["secret"] == nil ? request.path : "(secret)"
    // Whoever scrapes us would fill the log with one line each few seconds.
    let isScrape = request.path == "/metrics"
    let isRoutine = (kind == .asset || kind == .probe || kind == .intake || isScrape) && status < 400
    logger.log(
      level: isRoutine ? .debug : .info, "request",
      metadata: [
        "method": "\(request.method)", "path": "\(path)", "status": "\(status)", "peer": "\(request.peer)",
        "actor": "\(request.identity?.actor.text ?? "-")",
        "took_ms": "\((platform.now() - request.now).milliseconds)",
      ])
  }
}
