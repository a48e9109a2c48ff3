import Base

/// A client of the Prometheus HTTP API, as Prometheus, Thanos, Mimir and VictoriaMetrics offer it. It asks and says
/// what kind of answer came; it neither reads the answer nor tries again.
public struct PrometheusAPI: Sendable {
  /// Why there is no answer to read.
  public enum Failure: Error, Hashable, Sendable {
    /// The source, or our own bound, allows no answer that large: ask for less.
    case tooMuch(String)
    /// The source wants to be left alone, and for how long where it says so.
    case throttled(after: Interval?)
    /// It refuses this query; another may be answered.
    case refused(String)
    /// No connection, no answer in time, or an error of the server.
    case failed(String)
    /// Our side was cancelled.
    case cancelled
  }

  public static let responseBytesMax = 64 << 20

  private let base: String
  private let authorization: Setting?
  private let headers: [(name: String, value: Setting)]
  private let http: HTTPOut
  private let secrets: SecretResolver

  /// - Parameters:
  ///   - url: what `/api/v1` follows.
  ///   - authorization: the value of the Authorization header; a token alone is sent as a bearer token.
  ///   - headers: what every request has besides, such as the tenant of Grafana Mimir.
  public init(
    url: String, authorization: Setting? = nil, headers: [(name: String, value: Setting)] = [], http: HTTPOut,
    secrets: SecretResolver = .system
  ) {
    var base = url[...]
    while base.last == "/" { base.removeLast() }
    if base.hasSuffix("/api/v1") { base.removeLast("/api/v1".count) }
    self.base = String(base)
    self.authorization = authorization
    self.headers = headers
    self.http = http
    self.secrets = secrets
  }

  /// The raw samples that a selector has in (from, to], as an instant query of a range gives them: a source whose
  /// ranges are closed adds the one at `from` itself.
  public func samples(
    of selector: String, from: Instant, to: Instant, timeout: Interval
  ) async throws(Failure) -> [UInt8] {
    let length = max(1, to.milliseconds - from.milliseconds)
    return try await post(
      "/api/v1/query",
      [("query", "\(selector)[\(length)ms]"), ("time", Self.seconds(to)), ("timeout", "\(Int(timeout.seconds))s")],
      timeout)
  }

  /// A query's values at `from`, `from + step` and so on up to `to`.
  public func values(
    of query: String, from: Instant, to: Instant, step: Interval, timeout: Interval
  ) async throws(Failure) -> [UInt8] {
    try await post(
      "/api/v1/query_range",
      [
        ("query", query), ("start", Self.seconds(from)), ("end", Self.seconds(to)),
        ("step", "\(step.milliseconds / 1_000).\(Self.padded(step.milliseconds % 1_000))"),
        ("timeout", "\(Int(timeout.seconds))s"),
        // VictoriaMetrics moves the range to fill its cache otherwise.
        ("nocache", "1"),
      ], timeout)
  }

  private static func seconds(_ time: Instant) -> String {
    let milliseconds = max(0, time.milliseconds)
    return "\(milliseconds / 1_000).\(padded(milliseconds % 1_000))"
  }

  private static func padded(_ milliseconds: Int64) -> String {
    String(repeating: "0", count: 3 - String(milliseconds).count) + String(milliseconds)
  }

  private func post(
    _ path: String, _ form: [(String, String)], _ timeout: Interval
  ) async throws(Failure) -> [UInt8] {
    var headers = [
      HTTPOut.Header("Accept", "application/json"), HTTPOut.Header("Accept-Encoding", "gzip"),
      HTTPOut.Header("Content-Type", "application/x-www-form-urlencoded"),
    ]
    let body = form.map { "\($0)=\(PercentEncoding.component($1))" }.joined(separator: "&")
    let response: HTTPOut.Response
    do {
      if let authorization {
        let value = try secrets.value(of: authorization)
        headers.append(.init("Authorization", value.contains(" ") ? value : "Bearer \(value)"))
      }
      for (name, setting) in self.headers { headers.append(.init(name, try secrets.value(of: setting))) }
      response = try await http.send(
        HTTPOut.Request(
          .post, base + path, headers: headers, body: Array(body.utf8), timeout: timeout,
          maxResponseBytes: Self.responseBytesMax))
    } catch {
      switch error.kind {
      case .tooLarge: throw .tooMuch(error.text)
      case .cancelled: throw .cancelled
      case .invalid: throw .refused(error.text)
      default: throw .failed(error.text)
      }
    }
    guard response.status == 200 else { throw Self.failure(response, origin: OriginURL(base)?.origin ?? base) }
    return response.body
  }

  /// What an answer that is no 200 means. 400 and 422 are what servers say to a query that is wrong, and also to one
  /// that would read too much; the words tell.
  static func failure(_ response: HTTPOut.Response, origin: String) -> Failure {
    let words = response.excerpt(limit: 300)
    let text = "\(origin) answered \(response.status)\(words.isEmpty ? "" : ": \(words)")"
    let after = response.header("retry-after").flatMap { Int64($0) }.map { Interval.seconds(max(0, min($0, 86_400))) }
    switch response.status {
    case 413: return .tooMuch(text)
    case 429: return .throttled(after: after)
    case 503 where after != nil: return .throttled(after: after)
    case 400, 422: return isTooMuch(words) ? .tooMuch(text) : .refused(text)
    case 401, 403: return .failed(text + " — check the secret of this data source")
    case 404, 405: return .failed(text + " — the URL must be what /api/v1 follows")
    case 300..<400: return .failed(text + " — redirects are not followed")
    case 500...: return isTooMuch(words) ? .tooMuch(text) : .failed(text)
    default: return .failed(text)
    }
  }

  /// The words of Prometheus ("would load too many samples", "exceeded maximum resolution"), Thanos and Mimir ("exceeds
  /// limit", "limit … exceeded", "the query hit the max number of"), and VictoriaMetrics ("cannot select more than",
  /// "exceeding").
  private static func isTooMuch(_ words: String) -> Bool {
    let words = words.lowercased()
    return ["too many", "exceed", "cannot select more", "limit", "max number of", "too large", "timed out"]
      .contains { words.contains($0) }
  }
}
