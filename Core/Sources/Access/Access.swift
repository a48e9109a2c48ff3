import Base
import Events
import Journal

/// Who may come in: tokens for scripts, users for browsers.
public struct Access: Fold, Codable {
  public static let name = "access"
  public static let version = 1
  static let maxTokens = 10_000

  public struct Token: Codable, Sendable {
    public let id: ULID
    public let name: String
    public let role: Role
    public let hash: String
    public let user: String?
    public let expires: Instant?
    public let created: Instant
    public let createdBy: Actor
    public internal(set) var revoked: Instant?

    /// What events that it causes are signed with.
    public var actor: Actor { user.map(Actor.user) ?? Actor("token/\(name)") }

    public func isValid(at now: Instant) -> Bool { revoked == nil && expires.map { now < $0 } ?? true }
  }

  public struct User: Codable, Sendable {
    public let name: String
    public var role: Role
    public var passwordHash: String?
  }

  public private(set) var tokens: [Token] = []
  public private(set) var users: [User] = []
  /// Logins that ended early, until their cookies would have expired.
  private var revokedSessions: [Revoked] = []

  struct Revoked: Codable, Sendable {
    var id: String
    var expires: Instant
  }

  public init() {}

  /// Nobody has been let in yet: only this machine may use the server.
  public var isOpen: Bool { tokens.allSatisfy { $0.revoked != nil } && users.isEmpty }

  /// Whether this is the one person there is while nobody has a login: whoever sits at the machine. Who that is nobody
  /// can tell, so they belong to every team, and there is no second one to ask.
  public func isAlone(_ actor: Actor) -> Bool { isOpen && actor == .local }

  /// The people whose login, or a token of theirs that is in force, is an administrator's, sorted.
  public var administrators: [String] {
    let names = users.filter { $0.role == .admin }.map(\.name)
    return Set(names + tokens.filter { $0.role == .admin && $0.revoked == nil }.compactMap(\.user)).sorted()
  }

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "token":
      guard let id = ULID(event.subject.id) else { return }
      if let created = try event.payload(TokenCreated.self) {
        tokens.append(
          Token(
            id: id, name: created.name, role: created.role, hash: created.hash, user: created.user,
            expires: created.expires, created: event.time, createdBy: event.actor))
      } else if event.type == TokenRevoked.type, let index = tokens.firstIndex(where: { $0.id == id }) {
        tokens[index].revoked = event.time
      }
    case "user":
      let name = String(event.subject.id)
      if let saved = try event.payload(UserSaved.self) {
        let old = users.first { $0.name == name }?.passwordHash
        users.removeAll { $0.name == name }
        users.append(User(name: name, role: saved.role, passwordHash: saved.passwordHash ?? old))
        users.sort { $0.name < $1.name }
      } else if event.type == UserRemoved.type {
        users.removeAll { $0.name == name }
      }
    case "session":
      guard let payload = try event.payload(SessionRevoked.self) else { return }
      revokedSessions.removeAll { $0.expires < event.time }
      revokedSessions.append(Revoked(id: String(event.subject.id), expires: payload.expires))
    default: break
    }
  }

  public func user(named name: String) -> User? { users.first { $0.name == name } }

  /// The token with that hash, valid or not.
  public func token(hash: String) -> Token? { tokens.first { $0.hash == hash } }

  public func isRevoked(session: String) -> Bool { revokedSessions.contains { $0.id == session } }
}

// MARK: - Commands

extension Access {
  public func createToken(
    name: String, role: Role, hash: String, user: String?, expires: Instant?, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    guard Self.isName(name) else { throw Refusal(.invalid, "'\(name)' is no name for a token; \(Self.nameRule)") }
    guard hash.utf8.count == 64 else { throw Refusal(.invalid, "a token's hash is 64 hex digits") }
    guard tokens.count < Self.maxTokens else { throw Refusal(.unavailable, "there are \(tokens.count) tokens already") }
    if tokens.contains(where: { $0.name == name && $0.revoked == nil }) {
      throw Refusal(.conflict, "there is a token named \(name); revoke it first or choose another name")
    }
    if let expires, expires <= emitter.now { throw Refusal(.invalid, "the token would have expired already") }
    let id = emitter.newID()
    emitter.emit(
      TokenCreated(name: name, role: role, hash: hash, user: user, expires: expires), on: Subject("token", id))
    return id
  }

  /// Revokes a token by its identifier or its name.
  public func revokeToken(_ idOrName: String, into emitter: inout Emitter) throws(Refusal) -> Token {
    let match = tokens.last { $0.revoked == nil && ($0.name == idOrName || $0.id == ULID(idOrName)) }
    guard let match else { throw Refusal(.notFound, "no token \(idOrName) in force") }
    emitter.emit(TokenRevoked(), on: Subject("token", match.id))
    return match
  }

  public func saveUser(
    _ name: String, role: Role, passwordHash: String?, into emitter: inout Emitter
  ) throws(Refusal) {
    guard Self.isName(name) else { throw Refusal(.invalid, "'\(name)' is no name for a user; \(Self.nameRule)") }
    guard passwordHash != nil || user(named: name) != nil else {
      throw Refusal(.invalid, "user \(name) is new and needs a password")
    }
    emitter.emit(UserSaved(role: role, passwordHash: passwordHash), on: Subject("user", name))
  }

  public func removeUser(_ name: String, into emitter: inout Emitter) throws(Refusal) {
    guard user(named: name) != nil else { throw Refusal(.notFound, "no user \(name)") }
    emitter.emit(UserRemoved(), on: Subject("user", name))
  }

  static let nameRule = "use 1 to 63 letters, digits, '.', '_' or '-'"

  static func isName(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        ($0 >= 97 && $0 <= 122) || ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || [45, 46, 95].contains($0)
      }
  }
}

extension Actor {
  /// Whoever uses a server from its own machine while nobody has a login.
  public static let local = Actor.user("local")
}
