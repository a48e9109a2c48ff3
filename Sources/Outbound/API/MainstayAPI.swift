import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1

/// What a running server answered when it did not do what was asked: one clear line.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The HTTP status; `nil` where no answer came.
  public var status: Int?
  /// The `type` of the problem document, where the answer was one.
  public var type: String?
  public var text: String

  public var description: String { text }
}

/// The client of a Mainstay server's own API, as the command line uses it.
public struct MainstayAPI: Sendable {
  /// Without a slash at its end.
  public let baseURL: String
  private let token: Secret?
  private let http: HTTPOut

  /// Throws where the URL is none.
  public init(baseURL: String, token: Secret?, http: HTTPOut) throws(APIError) {
    guard OriginURL(baseURL) != nil else {
      throw APIError(status: nil, text: "'\(baseURL)' is not a URL like http://127.0.0.1:8080")
    }
    var base = baseURL[...]
    while base.last == "/" { base.removeLast() }
    self.baseURL = String(base)
    self.token = token
    self.http = http
  }

  /// - Parameters:
  ///   - path: from the root, such as `/api/v1/alerts`.
  ///   - query: percent-encoded here; parameters without a value are left out.
  public func get(_ path: String, query: [(String, String?)] = []) async throws(APIError) -> JSON {
    try await call(.get, path, query: query, body: nil)
  }

  public func post(_ path: String, _ body: JSON = [:]) async throws(APIError) -> JSON {
    try await call(.post, path, query: [], body: body)
  }

  public func put(_ path: String, _ body: JSON) async throws(APIError) -> JSON {
    try await call(.put, path, query: [], body: body)
  }

  public func patch(_ path: String, _ body: JSON) async throws(APIError) -> JSON {
    try await call(.patch, path, query: [], body: body)
  }

  public func delete(_ path: String) async throws(APIError) -> JSON {
    try await call(.delete, path, query: [], body: nil)
  }

  /// Fetches a document that is not JSON, such as a review in Markdown.
  public func getText(_ path: String, query: [(String, String?)] = []) async throws(APIError) -> String {
    let response = try await send(.get, path, query: query, body: nil, accept: "*/*")
    return String(decoding: response.body, as: UTF8.self)
  }

  /// Follows a stream of server-sent events, line by line.
  ///
  /// - Parameter after: the id of the last event seen, to go on from there.
  public func followLines(
    _ path: String, query: [(String, String?)] = [], after: String? = nil
  ) async throws(APIError) -> LineSequence {
    var headers = headers(accept: "text/event-stream")
    if let after { headers.append(.init("Last-Event-ID", after)) }
    let request = HTTPOut.Request(.get, url(path, query), headers: headers, label: baseURL)
    let response: HTTPOut.Stream
    do {
      response = try await http.stream(request)
    } catch {
      throw explain(error)
    }
    guard response.status == 200 else {
      let body = (try? await response.collect(limit: 64 << 10)) ?? []
      throw Self.problem(in: .init(status: response.status, headers: response.headers, body: body), from: baseURL)
    }
    return response.lines(maxLineBytes: 1 << 20)
  }

  /// Follows a stream of server-sent events.
  public func follow(
    _ path: String, query: [(String, String?)] = [], after: String? = nil
  ) async throws(APIError) -> ServerSentEvents {
    ServerSentEvents(lines: try await followLines(path, query: query, after: after))
  }

  private func call(
    _ method: HTTPOut.Method, _ path: String, query: [(String, String?)], body: JSON?
  ) async throws(APIError) -> JSON {
    let response = try await send(method, path, query: query, body: body, accept: "application/json")
    guard !response.body.isEmpty else { return .null }
    do {
      return try JSON(parsing: response.body)
    } catch {
      throw APIError(
        status: response.status, text: "\(baseURL)\(path): the answer is not JSON; is this a Mainstay server?")
    }
  }

  private func send(
    _ method: HTTPOut.Method, _ path: String, query: [(String, String?)], body: JSON?, accept: String
  ) async throws(APIError) -> HTTPOut.Response {
    var headers = headers(accept: accept)
    if body != nil { headers.append(.init("Content-Type", "application/json")) }
    let request = HTTPOut.Request(
      method, url(path, query), headers: headers, body: body?.bytes, timeout: .seconds(30),
      maxResponseBytes: 64 << 20, label: baseURL)
    let response: HTTPOut.Response
    do {
      response = try await http.send(request)
    } catch {
      throw explain(error)
    }
    guard response.isSuccess else { throw Self.problem(in: response, from: baseURL) }
    return response
  }

  private func headers(accept: String) -> [HTTPOut.Header] {
    var headers = [HTTPOut.Header("Accept", accept)]
    if let token { headers.append(.init("Authorization", "Bearer \(token.reveal())")) }
    return headers
  }

  private func url(_ path: String, _ query: [(String, String?)]) -> String {
    let pairs = query.compactMap { name, value in
      value.map { "\(PercentEncoding.component(name))=\(PercentEncoding.component($0))" }
    }
    return baseURL + (path.hasPrefix("/") ? path : "/" + path) + (pairs.isEmpty ? "" : "?")
      + pairs.joined(separator: "&")
  }

  private func explain(_ error: OutboundError) -> APIError {
    if error.kind == .connect {
      return APIError(status: nil, text: "\(error.text); is the server running, and is MAINSTAY_URL right?")
    }
    return APIError(status: nil, text: error.text)
  }

  /// A problem document (RFC 9457), or whatever came in its place, as one line.
  static func problem(in response: HTTPOut.Response, from base: String) -> APIError {
    let document = try? JSON(parsing: response.body)
    var text: String
    if let document, let title = document["title"]?.string ?? document["detail"]?.string {
      text = title
      if let detail = document["detail"]?.string, detail != title { text += ": " + detail }
      let errors = (document["errors"]?.array ?? []).compactMap { $0.string ?? $0["detail"]?.string }
      if !errors.isEmpty { text += " (" + errors.prefix(5).joined(separator: "; ") + ")" }
    } else {
      text = "\(base) answered \(response.status)"
      let excerpt = response.excerpt()
      if !excerpt.isEmpty { text += ": " + excerpt }
    }
    switch response.status {
    case 401: text += " — set MAINSTAY_TOKEN to a valid token"
    case 300..<400: text += " — redirects are not followed; set MAINSTAY_URL to where the server really is"
    default: break
    }
    return APIError(
      status: response.status, type: document?["type"]?.string, text: text.singleLine(limit: 1_000))
  }
}

/// Percent-encoding of RFC 3986.
public enum PercentEncoding {
  /// Everything but unreserved characters encoded: right for a path segment and for names and values of a query.
  public static func component(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".unicodeScalars)
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result.unicodeScalars.append("%")
        result.unicodeScalars.append(hex[Int(byte >> 4)])
        result.unicodeScalars.append(hex[Int(byte & 15)])
      }
    }
    return result
  }
}
