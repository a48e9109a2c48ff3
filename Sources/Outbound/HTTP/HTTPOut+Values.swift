import Base

extension HTTPOut {
  public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// One header field. Names are compared without case.
  public struct Header: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One call. Redirects are not followed: a webhook that moved must be told so, and a secret must not travel on.
  public struct Request: Sendable {
    public var method: Method
    /// Absolute, `http` or `https`.
    public var url: String
    public var headers: [Header]
    public var body: [UInt8]?
    /// From the start to the last byte of the answer; the client's default without it.
    public var timeout: Interval?
    /// Bytes of the answer after decompression; the client's default without it.
    public var maxResponseBytes: Int?
    /// How errors name the other side, in place of the URL's origin. For URLs that hold no secret.
    public var label: String?

    public init(
      _ method: Method = .get, _ url: String, headers: [Header] = [], body: [UInt8]? = nil, timeout: Interval? = nil,
      maxResponseBytes: Int? = nil, label: String? = nil
    ) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
      self.timeout = timeout
      self.maxResponseBytes = maxResponseBytes
      self.label = label
    }
  }

  public struct Response: Sendable {
    public var status: Int
    public var headers: [Header]
    public var body: [UInt8]

    public init(status: Int, headers: [Header] = [], body: [UInt8] = []) {
      self.status = status
      self.headers = headers
      self.body = body
    }

    /// The first value of that header.
    public func header(_ name: String) -> String? {
      let wanted = name.lowercased()
      return headers.first { $0.name.lowercased() == wanted }?.value
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The start of the body on one line, for error texts.
    func excerpt(limit: Int = 160) -> String {
      String(decoding: body.prefix(limit * 4), as: UTF8.self).singleLine(limit: limit)
    }
  }

  /// Limits and defaults of a client.
  public struct Configuration: Sendable {
    public var userAgent = "Mainstay"
    public var connectTimeout = Interval.seconds(5)
    public var timeout = Interval.seconds(10)
    public var maxResponseBytes = 4 << 20
    /// Connections to one host at a time; further calls wait for one within their timeout.
    public var connectionsPerHost = 32
    /// Calls to one host under way or waiting; one more is refused as busy.
    public var callsPerHost = 256
    /// A PEM file of the only authorities to trust, in place of the system's.
    public var trustRootsFile: String?

    public init() {}
  }
}

/// The parts of an absolute `http` or `https` URL that this module needs. Nothing here decodes percent signs.
struct OriginURL: Hashable {
  var scheme: String
  /// With the port where one is written.
  var authority: String

  /// `scheme://host[:port]`, without user information.
  var origin: String { "\(scheme)://\(authority)" }

  init?(_ url: String) {
    guard let range = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<range.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = url[range.upperBound...]
    var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    guard !authority.isEmpty, authority.first != ":" else { return nil }
    guard !url.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) else { return nil }
    self.scheme = scheme
    self.authority = authority.lowercased()
  }
}
