import Base
import Events

/// How the server itself is.
public struct ServerStatus: Sendable, Codable {
  public struct Check: Sendable, Codable {
    public var name: String
    public var isGood: Bool
    /// The remedy where it is not good.
    public var detail: String

    public init(name: String, isGood: Bool, detail: String) {
      self.name = name
      self.isGood = isGood
      self.detail = detail
    }
  }

  /// Whether it can take commands and serve: `/readyz`.
  public var isReady: Bool
  public var checks: [Check]
  /// What every page says at its top: bad definitions, a full disk, a clock that jumped.
  public var notices: [Notice]
  public var startedAt: Instant

  public init(isReady: Bool, checks: [Check], notices: [Notice], startedAt: Instant) {
    self.isReady = isReady
    self.checks = checks
    self.notices = notices
    self.startedAt = startedAt
  }
}

/// Something that every page says at its top until it is over.
public struct Notice: Sendable, Codable {
  public var isError: Bool
  /// The thing, the place, the remedy.
  public var text: String
  public var href: String?

  public init(isError: Bool, text: String, href: String? = nil) {
    self.isError = isError
    self.text = text
    self.href = href
  }
}

/// Where senders put signals: the path under the listener, and what to do with a body.
public struct Intake: Sendable {
  public struct Request: Sendable {
    public var body: [UInt8]
    /// The request's headers, names in lower case.
    public var headers: [String: String]
    /// The token it came with, or the integration whose key it was: `token/prometheus`, `integration/grafana`.
    public var actor: String
    /// `nil`: nobody that is known.
    public var role: Role?
    /// Decoded pairs in order.
    public var query: [(name: String, value: String)]
    /// What stands for the names in the path.
    public var parameters: [String: String]

    public init(
      body: [UInt8], headers: [String: String], actor: String, role: Role? = nil,
      query: [(name: String, value: String)] = [], parameters: [String: String] = [:]
    ) {
      self.body = body
      self.headers = headers
      self.actor = actor
      self.role = role
      self.query = query
      self.parameters = parameters
    }
  }

  public struct Reply: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }

  /// Who may call it.
  public enum Access: Sendable {
    case sender
    /// Senders and people who may look.
    case reader
    case viewer
    case responder
    /// It looks at its senders' keys or signatures itself.
    case own
  }

  public var method: String
  public var access: Access
  /// `/intake/prometheus/api/v1/write`: below the intake's name what its senders ask for by themselves.
  public var path: String
  /// What it takes, in a sentence.
  public var summary: String
  public var bodyBytesMax: Int
  /// How its senders want to be told what went wrong before `handle` was reached, such as a body that is too large;
  /// `nil` tells them as every other client. The request's body is empty.
  public var refuse: (@Sendable (Request, Refused) -> Reply)?
  public var handle: @Sendable (Request) async -> Reply

  /// Why a request did not reach an intake.
  public struct Refused: Sendable {
    public var status: Int
    public var message: String

    public init(status: Int, message: String) {
      self.status = status
      self.message = message
    }
  }

  public init(
    method: String = "POST", path: String, access: Access = .sender, summary: String, bodyBytesMax: Int,
    refuse: (@Sendable (Request, Refused) -> Reply)? = nil, handle: @escaping @Sendable (Request) async -> Reply
  ) {
    self.method = method
    self.access = access
    self.path = path
    self.summary = summary
    self.bodyBytesMax = bodyBytesMax
    self.refuse = refuse
    self.handle = handle
  }

  /// `prometheus`.
  public var name: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// The path on a listener of its own: `/api/v1/write`.
  public var nativePath: String { "/" + path.split(separator: "/").dropFirst(2).joined(separator: "/") }
}
