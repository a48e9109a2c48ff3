import Access
import Base
import Engine
import Events
import Journal
import Wire

/// Finds out who makes a request.
struct Authenticator: Sendable {
  let platform: Platform
  let signer: Signer

  static let sessionCookie = "mainstay_session"

  /// The identity of a request, `nil` when it has none.
  ///
  /// - Throws: `Problem` when it names one that is not valid: better than being treated as nobody.
  func identity(of request: WebRequest, for kind: Route.Kind, access: Access) throws -> Identity? {
    // Datadog's clients send their key in a header of its own, and always some key.
    if kind == .intake, !access.isOpen, request.headers["authorization"] == nil,
      let key = request.headers["dd-api-key"]
    {
      return try identity(of: key, request.now, access)
    }
    if let header = request.headers["authorization"] {
      guard let text = bearer(header) else {
        throw unauthorized("The Authorization header is not of the form 'Bearer TOKEN' or Basic with a token.")
      }
      return try identity(of: text, request.now, access, integrations: kind == .intake)
    }
    if let cookie = request.cookie(Self.sessionCookie), let identity = session(cookie, request.now, access) {
      return identity
    }
    // Nobody has been let in yet: this machine alone may use the server.
    if access.isOpen, Loopback.contains(request.peer) {
      return Identity(name: "local", role: .admin, actor: .local, way: .local)
    }
    return nil
  }

  /// - Parameter integrations: whether the key of an Integration lets its sender in too.
  private func identity(
    of text: String, _ now: Instant, _ access: Access, integrations: Bool = false
  ) throws -> Identity {
    let hash = BearerToken.hash(text)
    if integrations, let name = platform.integration(hash) {
      return Identity(name: name, role: .sender, actor: Actor("integration/\(name)"), way: .token)
    }
    guard let token = access.token(hash: hash), token.isValid(at: now) else {
      throw unauthorized("The token is not known, has been revoked, or has expired.")
    }
    return Identity(name: token.name, role: token.role, actor: token.actor, way: .token)
  }

  private func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return String(parts[1])
    case "basic":
      // Senders that only know user and password put the token into the password.
      guard let pair = Base64.decode(parts[1].utf8), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else {
        return nil
      }
      return String(decoding: pair[(colon + 1)...], as: UTF8.self)
    default: return nil
    }
  }

  private func unauthorized(_ detail: String) -> Problem {
    Problem(
      401, "Not logged in", detail, "Make a token with 'mainstay token create' and send it as a bearer token.",
      headers: [("www-authenticate", "Bearer realm=\"mainstay\"")])
  }

  // MARK: Sessions

  /// `ID.EXPIRES.SIGNATURE.KIND.NAME`: all that is needed to check it but the user's role, which is looked up.
  func makeSession(kind: String, name: String, expires: Instant) -> String {
    let id = Hex.encode(platform.random(12))
    let claim = "\(id).\(expires.seconds).\(kind).\(name)"
    return "\(id).\(expires.seconds).\(signer.sign(claim, for: "session")).\(kind).\(name)"
  }

  private func session(_ cookie: String, _ now: Instant, _ access: Access) -> Identity? {
    let parts = cookie.split(separator: ".", maxSplits: 4)
    guard parts.count == 5, let seconds = Int64(parts[1]),
      signer.verify(parts[2], of: "\(parts[0]).\(seconds).\(parts[3]).\(parts[4])", for: "session")
    else { return nil }
    let (id, expires, name) = (String(parts[0]), Instant(seconds: seconds), String(parts[4]))
    guard now < expires, !access.isRevoked(session: id) else { return nil }
    if parts[3] == "user", let user = access.user(named: name) {
      return Identity(name: name, role: user.role, actor: .user(name), way: .session(id: id, expires: expires))
    }
    if parts[3] == "token", let token = access.tokens.first(where: { $0.id == ULID(name) }), token.isValid(at: now) {
      return Identity(
        name: token.user ?? token.name, role: token.role, actor: token.actor, way: .session(id: id, expires: expires))
    }
    return nil
  }

  // MARK: Forms

  /// The token that forms carry, bound to the browser's nonce and the session.
  func formToken(nonce: String, identity: Identity?) -> String {
    signer.sign("\(nonce).\(session(of: identity))", for: "form")
  }

  func isValid(formToken token: String, nonce: String, identity: Identity?) -> Bool {
    !nonce.isEmpty && signer.verify(token, of: "\(nonce).\(session(of: identity))", for: "form")
  }

  private func session(of identity: Identity?) -> String {
    if case .session(let id, _)? = identity?.way { id } else { "" }
  }
}

/// Addresses and names of this machine.
enum Loopback {
  static func contains(_ address: String) -> Bool {
    address.hasPrefix("127.") || address == "::1" || address == "::ffff:127.0.0.1" || address == "localhost"
  }
}
