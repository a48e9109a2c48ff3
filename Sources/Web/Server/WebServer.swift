import Base
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Listening
import Logging
import NIOCore
import NIOSSL

/// The HTTP server: turns requests into values for the pipeline and its answers back into bytes.
public struct WebServer: Sendable {
  let pipeline: Pipeline
  private let configuration: WebConfiguration
  private let logger: Logger
  private let dates = DateHeader()

  /// - Parameter intake: the name of the one intake that is served, its paths at the root; `nil` serves everything.
  public init(platform: Platform, configuration: WebConfiguration, logger: Logger, intake: String? = nil) {
    self.configuration = configuration
    self.logger = logger
    pipeline = Pipeline(platform: platform, configuration: configuration, logger: logger, intake: intake)
  }

  /// Serves until the task is cancelled or the service group around it shuts down.
  ///
  /// - Parameter ready: called once with the port that is listened on.
  /// - Throws: `ListenFailure` when the address cannot be bound or the certificate cannot be used.
  public func run(ready: @escaping @Sendable (_ port: Int) async -> Void) async throws {
    do {
      let loops = EventLoopGroupProvider.singleton.eventLoopGroup
      let server = HeldChannel(HTTP1Channel(responder: responder, configuration: channel))
      try await withTaskExecutorPreference(LoopExecutor(loops)) {
        if let files = configuration.tls {
          let secured = try TLSChannel(server, tlsConfiguration: Self.tls(files))
          try await self.server(secured, loops, ready: ready).run()
        } else {
          try await self.server(server, loops, ready: ready).run()
        }
      }
    } catch let error as IOError {
      throw ListenFailure("\(configuration.host):\(configuration.port)", error.errnoCode)
    }
  }

  /// Refuses what `run` could not serve with, before anything is opened.
  public static func check(_ configuration: WebConfiguration) throws {
    if let files = configuration.tls { _ = try tls(files) }
  }

  private var channel: HTTP1Channel.Configuration {
    let limit = configuration.requestTimeout.nanoseconds
    var channel = HTTP1Channel.Configuration(
      additionalChannelHandlers: [SlowRequestHandler(limit: .nanoseconds(limit))], idleTimeout: .nanoseconds(limit * 2))
    channel.httpDecoder = .init(maxHeaderFieldSize: 16 * 1_024, maxHeaderListSize: 32 * 1_024, maxHeaderFieldCount: 100)
    return channel
  }

  /// What answers the requests of all connections. The library's application would do the same, and wake each second to
  /// spell out the date.
  private var responder: HTTPChannelHandler.Responder {
    { request, writer, channel in
      let context = Context(source: .init(channel: channel, logger: .quiet))
      var response = await respond(to: request, context)
      response.headers[.date] = dates.text(at: pipeline.platform.now())
      try await writer.write(response: response.head, body: response.body)
    }
  }

  private func server<Child: ServerChildChannel>(
    _ child: Child, _ loops: any EventLoopGroup, ready: @escaping @Sendable (Int) async -> Void
  ) -> Server<Child> {
    Server(
      childChannelSetup: child,
      configuration: .init(
        address: .hostname(configuration.host, port: configuration.port), backlog: 512,
        availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionsMax)),
      onServerRunning: { channel in await ready(channel.localAddress?.port ?? 0) }, eventLoopGroup: loops,
      logger: .quiet)
  }

  private static func tls(_ files: WebConfiguration.TLSFiles) throws -> TLSConfiguration {
    let chain = try reading(files.certificate, "certificates") { try NIOSSLCertificate.fromPEMFile(files.certificate) }
    guard !chain.isEmpty else { throw ListenFailure("\(files.certificate): has no certificate") }
    let key = try reading(files.key, "a private key") { try NIOSSLPrivateKey(file: files.key, format: .pem) }
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    tls.minimumTLSVersion = .tlsv12
    do {
      _ = try NIOSSLContext(configuration: tls)
    } catch {
      throw ListenFailure("\(files.key): is not the key of \(files.certificate)")
    }
    return tls
  }

  private static func reading<Value>(_ path: String, _ what: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw ListenFailure("\(path): \(what) in PEM form cannot be read from it") }
  }

  struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String

    init(source: Source) {
      coreContext = .init(source: source)
      peer = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
  }

  private func respond(to request: Request, _ context: Context) async -> Response {
    let body = request.body
    let answer = await pipeline.respond(to: values(of: request, context)) { limit in
      try await Self.collect(
        body, limit: limit, declared: request.headers[.contentLength].flatMap { Int($0) },
        waits: request.headers[.expect] != nil)
    }
    var headers = HTTPFields()
    for (name, value) in answer.headers {
      guard let name = HTTPField.Name(name) else { continue }
      headers.append(HTTPField(name: name, value: value))
    }
    let status = HTTPResponse.Status(code: answer.status)
    switch answer.body {
    case .bytes(let bytes):
      return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    case .stream(let produce):
      return Response(
        status: status, headers: headers,
        body: .init { writer in
          await Self.pump(produce, into: &writer)
          try await writer.finish(nil)
        })
    }
  }

  /// Passes on what is produced until it ends or the client is gone; either ends the other.
  private static func pump(
    _ produce: @escaping @Sendable (StreamSink) async throws -> Void, into writer: inout any ResponseBodyWriter
  ) async {
    let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingOldest(4_096))
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await produce(StreamSink(continuation: continuation))
        continuation.finish()
      }
      for await bytes in stream {
        do { try await writer.write(ByteBuffer(bytes: bytes)) } catch { break }
      }
      group.cancelAll()
    }
  }

  /// What is read of a body that is too large, so that its sender hears of it: most write all of a request before they
  /// read the answer, and would wait for a server that does not read.
  private static let drainedMax = 64 << 20

  /// - Parameter waits: whether the sender asks before it sends the body.
  private static func collect(
    _ body: RequestBody, limit: Int, declared: Int?, waits: Bool
  ) async throws -> [UInt8] {
    func tooLarge(closes: Bool) -> Problem {
      Problem(
        413, "Too large", "The body has more than \(limit) bytes.", "Send less at once.",
        headers: closes ? [("connection", "close")] : [])
    }
    if let declared, declared > limit, waits || declared > drainedMax { throw tooLarge(closes: true) }
    var isTooLarge = declared.map { $0 > limit } ?? false
    var bytes: [UInt8] = []
    if !isTooLarge { bytes.reserveCapacity(min(declared ?? 0, limit)) }
    var seen = 0
    for try await part in body {
      seen += part.readableBytes
      guard seen <= drainedMax else { throw tooLarge(closes: true) }
      if seen > limit { (isTooLarge, bytes) = (true, []) }
      if !isTooLarge { bytes.append(contentsOf: part.readableBytesView) }
    }
    if isTooLarge { throw tooLarge(closes: false) }
    return bytes
  }

  private func values(of request: Request, _ context: Context) -> WebRequest {
    var headers: [String: String] = [:]
    for field in request.headers {
      let name = field.name.canonicalName
      headers[name] = headers[name].map { $0 + (name == "cookie" ? "; " : ", ") + field.value } ?? field.value
    }
    if headers["host"] == nil, let authority = request.head.authority { headers["host"] = authority }
    var values = WebRequest(method: request.method.rawValue, path: request.uri.path)
    values.query = request.uri.query.map { Form.parse($0) } ?? []
    values.headers = headers
    values.peer = context.peer
    values.isSecure = configuration.tls != nil
    if configuration.trustedProxies.contains(context.peer) {
      // The last address is the one that our proxy saw; those before it are the client's word.
      let chain = (headers["x-forwarded-for"] ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
      if let client = chain.last(where: { !configuration.trustedProxies.contains($0) }) { values.peer = client }
      values.isSecure = headers["x-forwarded-proto"] == "https"
    }
    return values
  }
}
