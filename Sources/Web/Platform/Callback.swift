import Base

/// Where other systems send what people answered there: clicks and replies. Who may is proven by the other system's
/// own signature, which `handle` checks; there is no token of ours.
public struct Callback: Sendable {
  public struct Request: Sendable {
    public var body: [UInt8]
    /// Names in lower case.
    public var headers: [String: String]
    /// The address as the sender wrote it, from the server's configured external URL, with the query.
    public var url: String
    public var now: Instant

    public init(body: [UInt8], headers: [String: String], url: String, now: Instant) {
      self.body = body
      self.headers = headers
      self.url = url
      self.now = now
    }
  }

  public var path: String
  public var bodyBytesMax: Int
  public var handle: @Sendable (Request) async -> Intake.Reply

  public init(path: String, bodyBytesMax: Int, handle: @escaping @Sendable (Request) async -> Intake.Reply) {
    self.path = path
    self.bodyBytesMax = bodyBytesMax
    self.handle = handle
  }
}

extension Desk {
  var callbackRoutes: [Route] {
    platform.callbacks.map { callback in
      Route("POST", callback.path, .open, .intake, bodyBytesMax: callback.bodyBytesMax) { request in
        let query = request.query.map { "\($0.name)=\(SafeURL.encode($0.value))" }.joined(separator: "&")
        let base =
          configuration.externalURL ?? "\(request.isSecure ? "https" : "http")://\(request.headers["host"] ?? "")"
        let reply = await callback.handle(
          .init(
            body: request.body, headers: request.headers,
            url: base + request.path + (query.isEmpty ? "" : "?\(query)"), now: request.now))
        return WebResponse(status: reply.status, headers: reply.headers, body: .bytes(reply.body))
      }
    }
  }
}
