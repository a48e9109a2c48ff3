import Base
import NIOCore
import NIOPosix
import NIOSSL

/// Hands messages to mail servers: one connection a message, nothing kept between them.
public struct SMTPClient: Sendable {
  public struct Configuration: Sendable {
    public var connectTimeout = Interval.seconds(5)
    /// For each reply.
    public var replyTimeout = Interval.seconds(20)
    /// For the whole conversation.
    public var timeout = Interval.seconds(60)
    /// A PEM file of the only authorities to trust, in place of the system's.
    public var trustRootsFile: String?
    public var maxMessageBytes = 10 << 20

    public init() {}
  }

  public let configuration: Configuration

  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// Makes one attempt to hand the message over.
  ///
  /// - Parameters:
  ///   - message: headers and body (RFC 5322), as `MailMessage.bytes()` makes it.
  ///   - login: needed where the server has login settings.
  public func send(
    _ message: [UInt8], envelope: SMTPEnvelope, server: SMTPServer, login: SMTPLogin?
  ) async -> SMTPOutcome {
    let name = "\(server.host):\(server.port)"
    let job = SMTPStateMachine.Job(server: server, login: login, envelope: envelope, size: message.count)
    do {
      try check(job)
      let conversation = try await connect(job, message: message)
      return try await withTaskCancellationHandler {
        try await conversation.outcome.get()
      } onCancel: {
        conversation.channel.close(promise: nil)
      }
    } catch let failure as SMTPFailure {
      return .failed(failure)
    } catch {
      let reason = HTTPOut.explain(connection: error, label: name, timeout: configuration.connectTimeout)
      return .failed(SMTPFailure(text: reason.text, permanent: !reason.mayPass))
    }
  }

  private struct Conversation: Sendable {
    var channel: any NIOCore.Channel
    var outcome: EventLoopFuture<SMTPOutcome>
  }

  private func connect(_ job: SMTPStateMachine.Job, message: [UInt8]) async throws -> Conversation {
    let tls = job.server.security == .none ? nil : try tlsContext()
    try Task.checkCancellation()
    return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(configuration.connectTimeout.timeAmount)
      .connect(host: job.server.host, port: job.server.port) { [configuration] channel in
        // Several connections may be tried at once; each has an outcome of its own and only the winner's is read.
        channel.eventLoop.makeCompletedFuture {
          let outcome = channel.eventLoop.makePromise(of: SMTPOutcome.self)
          let handler = SMTPHandler(
            job: job, message: message, tls: tls, configuration: configuration, outcome: outcome)
          if job.server.security == .tls, let tls {
            try channel.pipeline.syncOperations.addHandler(SMTPHandler.tlsHandler(tls, server: job.server))
          }
          try channel.pipeline.syncOperations.addHandler(handler)
          return Conversation(channel: channel, outcome: outcome.futureResult)
        }
      }
  }

  private func tlsContext() throws -> NIOSSLContext {
    var settings = TLSConfiguration.makeClientConfiguration()
    if let file = configuration.trustRootsFile {
      do {
        settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
      } catch {
        throw SMTPFailure(text: "\(file): no certificates in PEM form could be read from it", permanent: false)
      }
    }
    return try NIOSSLContext(configuration: settings)
  }

  /// Refuses what would break out of its command, before anything is opened.
  private func check(_ job: SMTPStateMachine.Job) throws(SMTPFailure) {
    guard (1...65_535).contains(job.server.port), !job.server.host.isEmpty else {
      throw SMTPFailure(text: "'\(job.server.host):\(job.server.port)' is not a mail server", permanent: true)
    }
    guard job.size <= configuration.maxMessageBytes else {
      throw SMTPFailure(
        text: "the message has \(job.size) bytes; at most \(configuration.maxMessageBytes) are sent", permanent: true)
    }
    guard !job.envelope.to.isEmpty else { throw SMTPFailure(text: "the message has no recipient", permanent: true) }
    for address in [job.envelope.from] + job.envelope.to where !Mailbox.isAddress(address) {
      throw SMTPFailure(text: "'\(address.singleLine(limit: 100))' is not a mail address", permanent: true)
    }
    guard job.server.clientName.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !job.server.clientName.isEmpty else {
      throw SMTPFailure(text: "the client name for EHLO is not a host name", permanent: true)
    }
  }
}
