import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import Synchronization

/// HTTP/1 connections that may be let go before anybody has served them.
///
/// A server that stops ends its sequence of accepted connections. One that is being accepted at that moment is dropped,
/// and NIO ends the process when the writer of a dropped connection was never finished. So each is held by an object
/// that closes the connection when nobody took it.
public struct HeldChannel: ServerChildChannel {
  public typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  private let base: HTTP1Channel

  public init(_ base: HTTP1Channel) { self.base = base }

  public final class Held: ServerChildChannelValue {
    let http: HTTP
    private let taken = Atomic(false)

    public var channel: any Channel { http.channel }

    init(_ http: HTTP) { self.http = http }

    func take() -> HTTP {
      taken.store(true, ordering: .relaxed)
      return http
    }

    deinit {
      guard !taken.load(ordering: .relaxed) else { return }
      _ = http.channel.eventLoop.makeFutureWithTask { [http] in
        try await http.executeThenClose { _, _ in }
      }
    }
  }

  public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Held> {
    base.setup(channel: channel, logger: logger).map(Held.init)
  }

  public func handle(value: Held, logger: Logger) async {
    await base.handle(value: value.take(), logger: logger)
  }
}

extension HTTPServerBuilder {
  /// A server of HTTP/1 that may be stopped while clients connect.
  public static func held(_ configuration: HTTP1Channel.Configuration = .init()) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in HeldChannel(HTTP1Channel(responder: responder, configuration: configuration)) }
  }
}

extension Logger {
  /// For the HTTP library, which calls it an error when a server is asked to stop. Requests are logged by ourselves.
  public static var quiet: Logger {
    var logger = Logger(label: "http")
    logger.logLevel = .critical
    return logger
  }
}
