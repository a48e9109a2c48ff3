import Base

/// What a scrape brought.
public struct Scraped: Sendable {
  /// The exposition, decompressed.
  public var bytes: [UInt8]
  /// The media type with its parameters as the target wrote it; empty where it wrote none.
  public var contentType: String
}

extension HTTPOut {
  /// What we read, best first: OpenMetrics says where a counter began, so it is preferred as Prometheus 3 does.
  static let scrapeAccept =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    + "application/openmetrics-text;version=0.0.1;q=0.5,"
    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

  /// Fetches one exposition. Anything but 200 is an error.
  ///
  /// - Parameters:
  ///   - headers: credentials where the target wants them.
  ///   - timeout: from the start to the last byte; the target is told.
  ///   - maxBytes: after decompression.
  public func scrape(
    _ url: String, headers: [Header] = [], timeout: Interval, maxBytes: Int = 10 << 20
  ) async throws(OutboundError) -> Scraped {
    let own = [
      Header("Accept", Self.scrapeAccept),
      Header("Accept-Encoding", "gzip"),
      Header("X-Prometheus-Scrape-Timeout-Seconds", "\(timeout.seconds)"),
    ]
    let response = try await send(
      Request(.get, url, headers: own + headers, timeout: timeout, maxResponseBytes: maxBytes))
    guard response.status == 200 else { throw Self.unexpected(response, from: url) }
    return Scraped(bytes: response.body, contentType: response.header("content-type") ?? "")
  }

  /// Tells an outside watcher that we live. Any 2xx will do.
  public func heartbeat(_ url: String, method: Method = .get, timeout: Interval = .seconds(10))
    async throws(OutboundError)
  {
    let response = try await send(
      Request(
        method, url, body: method == .post ? [] : nil, timeout: timeout, maxResponseBytes: 64 << 10))
    guard response.isSuccess else { throw Self.unexpected(response, from: url) }
  }

  /// Posts (or puts, …) a JSON value and returns the answer, whatever its status is.
  public func sendJSON(
    _ json: JSON, _ method: Method = .post, to url: String, headers: [Header] = [], timeout: Interval? = nil,
    maxResponseBytes: Int? = nil
  ) async throws(OutboundError) -> Response {
    try await send(
      Request(
        method, url, headers: [Header("Content-Type", "application/json")] + headers, body: json.bytes,
        timeout: timeout, maxResponseBytes: maxResponseBytes))
  }

  static func unexpected(_ response: Response, from url: String) -> OutboundError {
    let origin = OriginURL(url)?.origin ?? ""
    if (300..<400).contains(response.status) {
      return OutboundError(.broken, "\(origin) answered \(response.status): redirects are not followed")
    }
    let excerpt = response.excerpt()
    return OutboundError(.broken, "\(origin) answered \(response.status)" + (excerpt.isEmpty ? "" : ": \(excerpt)"))
  }
}
