import Base

/// How the server listens and whom it trusts.
public struct WebConfiguration: Sendable {
  /// Address and port; port 0 picks a free one.
  public var host: String
  public var port: Int
  /// What links are built from: `https://mainstay.example.com`, without a slash at the end.
  public var externalURL: String?
  /// Host names, besides loopback ones and that of `externalURL`, under which requests are answered.
  public var allowedHosts: [String]
  /// Addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
  public var trustedProxies: [String]
  public var tls: TLSFiles?
  /// How long a browser stays logged in.
  public var sessionLength: Interval
  /// Requests a second that one peer, and one identity, may make on average.
  public var requestsPerSecond: Double
  /// How many may come at once above that.
  public var requestBurst: Double
  /// How long a client may take for its request, and how long a connection may stay idle.
  public var requestTimeout: Interval
  public var connectionsMax: Int
  /// Bytes of bodies for intakes that are in memory at once; past it senders are asked to wait.
  public var intakeBytesMax = 256 << 20

  public struct TLSFiles: Sendable {
    /// PEM files.
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  public init(
    host: String = "127.0.0.1", port: Int = 8080, externalURL: String? = nil, allowedHosts: [String] = [],
    trustedProxies: [String] = [], tls: TLSFiles? = nil, sessionLength: Interval = .hours(12),
    requestsPerSecond: Double = 100, requestBurst: Double = 400, requestTimeout: Interval = .seconds(30),
    connectionsMax: Int = 4_096
  ) {
    self.host = host
    self.port = port
    self.externalURL = externalURL
    self.allowedHosts = allowedHosts
    self.trustedProxies = trustedProxies
    self.tls = tls
    self.sessionLength = sessionLength
    self.requestsPerSecond = requestsPerSecond
    self.requestBurst = requestBurst
    self.requestTimeout = requestTimeout
    self.connectionsMax = connectionsMax
  }
}
