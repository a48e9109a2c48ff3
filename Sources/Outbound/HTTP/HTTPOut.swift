import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import Synchronization

/// The HTTP client of everything that Mainstay calls: scrapes, channels, heartbeats, its own API from the command
/// line.
///
/// Every call has a deadline for the whole exchange, a bound on the answer's size and a place among the calls to its
/// host. Certificates are always checked. Close it with `shutdown()`.
public final class HTTPOut: Sendable {
  public let configuration: Configuration
  let client: HTTPClient
  private let gate: HostGate

  /// Throws where `trustRootsFile` cannot be read.
  public init(configuration: Configuration = Configuration()) throws(OutboundError) {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let file = configuration.trustRootsFile {
      do {
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
      } catch {
        throw OutboundError(.invalid, "\(file): no certificates in PEM form could be read from it")
      }
    }
    var settings = HTTPClient.Configuration(tlsConfiguration: tls)
    settings.redirectConfiguration = .disallow
    settings.timeout = .init(connect: configuration.connectTimeout.timeAmount)
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionsPerHost
    // A refused connection is reported at once: who calls us knows better when to try again.
    settings.connectionPool.retryConnectionEstablishment = false
    // The bound of one call is held where its body is collected; this one stops what no call would allow.
    settings.decompression = .enabled(limit: .size(256 << 20))
    self.configuration = configuration
    self.gate = HostGate(limit: configuration.callsPerHost)
    self.client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
  }

  /// Closes the connections. Calls under way fail.
  public func shutdown() async {
    try? await client.shutdown()
  }

  /// Makes the call and collects the answer, whatever its status is.
  public func send(_ request: Request) async throws(OutboundError) -> Response {
    let label = try Self.label(of: request)
    guard gate.enter(label.origin) else {
      throw OutboundError(
        .busy, "\(label.text): \(configuration.callsPerHost) calls to it are under way already")
    }
    defer { gate.leave(label.origin) }
    do {
      return try await perform(request)
    } catch {
      throw Self.explain(error, label: label.text, request: request, configuration: configuration)
    }
  }

  private func perform(_ request: Request) async throws -> Response {
    let body = request.body.map { HTTPClient.Body.byteBuffer(ByteBuffer(bytes: $0)) }
    let outgoing = try HTTPClient.Request(
      url: request.url, method: HTTPMethod(rawValue: request.method.rawValue), headers: headers(of: request),
      body: body)
    let limit = request.maxResponseBytes ?? configuration.maxResponseBytes
    let timeout = request.timeout ?? configuration.timeout
    try Task.checkCancellation()
    let task = client.execute(
      request: outgoing, delegate: ResponseAccumulator(request: outgoing, maxBodySize: limit),
      deadline: .now() + timeout.timeAmount)
    let answer = try await withTaskCancellationHandler {
      try await task.get()
    } onCancel: {
      task.fail(reason: CancellationError())
    }
    return Response(
      status: Int(answer.status.code), headers: answer.headers.map { Header($0.name, $0.value) },
      body: answer.body.map { Array($0.readableBytesView) } ?? [])
  }

  func headers(of request: Request) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for header in request.headers { headers.add(name: header.name, value: header.value) }
    if !headers.contains(name: "user-agent") { headers.add(name: "User-Agent", value: configuration.userAgent) }
    return headers
  }

  static func label(of request: Request) throws(OutboundError) -> (origin: String, text: String) {
    guard let url = OriginURL(request.url) else {
      throw OutboundError(.invalid, "\(request.label ?? "the URL") is not an absolute http or https URL")
    }
    for header in request.headers
    where header.name.isEmpty || header.value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
      throw OutboundError(.invalid, "\(request.label ?? url.origin): header '\(header.name)' holds a line break")
    }
    return (url.origin, request.label ?? url.origin)
  }
}

/// Counts the calls to each host, so that one slow host cannot collect callers without end.
final class HostGate: Sendable {
  private let limit: Int
  private let counts = Mutex<[String: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// False when the host has its fill.
  func enter(_ host: String) -> Bool {
    counts.withLock { counts in
      let count = counts[host, default: 0]
      guard count < limit else { return false }
      counts[host] = count + 1
      return true
    }
  }

  func leave(_ host: String) {
    counts.withLock { counts in
      let count = counts[host, default: 1] - 1
      counts[host] = count > 0 ? count : nil
    }
  }
}

extension Interval {
  var timeAmount: TimeAmount { .nanoseconds(nanoseconds) }
}
