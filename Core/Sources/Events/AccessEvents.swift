import Base
import Journal

/// What somebody may do; each role may do what those before it may, except `sender`, which only sends.
public enum Role: String, Codable, Sendable, CaseIterable {
  case viewer, responder, editor, admin, sender

  /// Whether this role may do what `needed` asks for.
  public func includes(_ needed: Role) -> Bool {
    if self == .sender || needed == .sender { return self == needed || self == .admin }
    return rank >= needed.rank
  }

  private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// Subject: `token/ID`. The token itself is shown once and never stored.
public struct TokenCreated: EventPayload {
  public static let type: EventType = "token.created"
  public var name: String
  public var role: Role
  /// SHA-256 of the token, in hex.
  public var hash: String
  /// The catalog user it acts as.
  public var user: String?
  public var expires: Instant?
  public init(name: String, role: Role, hash: String, user: String?, expires: Instant?) {
    self.name = name
    self.role = role
    self.hash = hash
    self.user = user
    self.expires = expires
  }
}

/// Subject: `token/ID`.
public struct TokenRevoked: EventPayload {
  public static let type: EventType = "token.revoked"
  public init() {}
}

/// Somebody can log in, or has a new role or password. Subject: `user/NAME`, the catalog User's name where there is
/// one.
public struct UserSaved: EventPayload {
  public static let type: EventType = "user.saved"
  public var role: Role
  /// A salted scrypt hash in its own notation; `nil` leaves the password as it is.
  public var passwordHash: String?
  public init(role: Role, passwordHash: String?) {
    self.role = role
    self.passwordHash = passwordHash
  }
}

/// Subject: `user/NAME`.
public struct UserRemoved: EventPayload {
  public static let type: EventType = "user.removed"
  public init() {}
}

/// A login ended before its cookie expires. Subject: `session/ID`.
public struct SessionRevoked: EventPayload {
  public static let type: EventType = "session.revoked"
  public var expires: Instant
  public init(expires: Instant) { self.expires = expires }
}

/// Somebody's personal data was erased. Subject: `user/NAME`.
public struct PersonErased: EventPayload {
  public static let type: EventType = "person.erased"
  public var values: Int
  public init(values: Int) { self.values = values }
}
