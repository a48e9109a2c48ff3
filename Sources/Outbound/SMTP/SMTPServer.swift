import Base

/// A mail server to hand messages to.
public struct SMTPServer: Sendable, Hashable {
  public enum Security: String, Sendable, Hashable, CaseIterable {
    /// TLS from the first byte (RFC 8314), usually port 465.
    case tls
    /// Begins in the clear and goes on only with STARTTLS (RFC 3207), usually port 587.
    case startTLS = "starttls"
    /// In the clear. For a relay on the same machine or network.
    case none
  }

  public struct LoginSettings: Sendable, Hashable {
    public var user: String
    public var password: SecretRef

    public init(user: String, password: SecretRef) {
      self.user = user
      self.password = password
    }
  }

  public var host: String
  public var port: Int
  public var security: Security
  public var login: LoginSettings?
  /// What we call ourselves in EHLO: a host name or an address literal.
  public var clientName: String

  public init(
    host: String, port: Int, security: Security, login: LoginSettings? = nil, clientName: String = "localhost"
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.login = login
    self.clientName = clientName
  }

  /// Credentials go out in the clear to this machine only.
  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  var isAddress: Bool { host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." } }
}

/// A user name and its password, read for one connection.
public struct SMTPLogin: Sendable, Hashable {
  public var user: String
  public var password: Secret

  public init(user: String, password: Secret) {
    self.user = user
    self.password = password
  }
}

/// Who sends a message and who is to get it, as the mail server is told.
public struct SMTPEnvelope: Sendable, Hashable {
  public var from: String
  /// All or none: when the server refuses one recipient nothing is sent, so that a second attempt repeats nothing.
  public var to: [String]

  public init(from: String, to: [String]) {
    self.from = from
    self.to = to
  }
}

/// What became of a message.
public enum SMTPOutcome: Sendable, Hashable {
  /// The server has taken responsibility for it; its words.
  case accepted(reply: String)
  case failed(SMTPFailure)
}

public struct SMTPFailure: Error, Sendable, Hashable {
  /// One line that names the server, the step and what it said.
  public var text: String
  /// The server refused for good (5xx), or the message cannot be sent as it is.
  public var permanent: Bool
}
