import Base
import NIOCore
import NIOSSL

/// Performs what the state machine says on a connection, and decides nothing itself. It lives on its event loop.
final class SMTPHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var machine: SMTPStateMachine
  private var parser = SMTPReplyParser()
  private let server: SMTPServer
  private let message: [UInt8]
  private let tls: NIOSSLContext?
  private let configuration: SMTPClient.Configuration
  private var outcome: EventLoopPromise<SMTPOutcome>?
  private var replyTimer: Scheduled<Void>?
  private var totalTimer: Scheduled<Void>?

  init(
    job: SMTPStateMachine.Job, message: [UInt8], tls: NIOSSLContext?, configuration: SMTPClient.Configuration,
    outcome: EventLoopPromise<SMTPOutcome>
  ) {
    machine = SMTPStateMachine(job)
    server = job.server
    self.message = message
    self.tls = tls
    self.configuration = configuration
    self.outcome = outcome
  }

  static func tlsHandler(_ context: NIOSSLContext, server: SMTPServer) throws -> NIOSSLClientHandler {
    // An address cannot be named in the handshake; its certificate is checked against the peer's address then.
    try NIOSSLClientHandler(context: context, serverHostname: server.isAddress ? nil : server.host)
  }

  func channelActive(context: ChannelHandlerContext) {
    totalTimer = schedule(configuration.timeout, "not done", context)
    restartReplyTimer(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    parser.append(unwrapInboundIn(data).readableBytesView)
    do {
      while let reply = try parser.next() {
        perform(machine.handle(.reply(reply)), context)
      }
    } catch {
      perform(machine.handle(.lost(error.text)), context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let name = "\(server.host):\(server.port)"
    let reason = HTTPOut.explain(connection: error, label: name, timeout: configuration.connectTimeout)
    perform(machine.handle(.lost(String(reason.text.dropFirst(name.count + 2)))), context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    perform(machine.handle(.lost("the server closed the connection")), context)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    stopTimers()
    // A connection that was never established: somebody else's error tells why.
    finish(
      .failed(SMTPFailure(text: "\(server.host):\(server.port): no connection", permanent: false)))
  }

  private func perform(_ action: SMTPStateMachine.Action, _ context: ChannelHandlerContext) {
    switch action {
    case .wait: break
    case .send(let line), .sendSecret(let line): write(Array((line + "\r\n").utf8), context)
    case .sendMessage: write(DotStuffing.encode(message), context)
    case .startTLS: startTLS(context)
    case .quit(let result):
      finish(result)
      totalTimer?.cancel()
      write(Array("QUIT\r\n".utf8), context)
      // The goodbye is a courtesy, not worth the wait for a page's worth of time.
      totalTimer = schedule(.seconds(2), "no goodbye", context)
    case .close(let result):
      finish(result)
      close(context)
    case .drop: close(context)
    }
  }

  private func startTLS(_ context: ChannelHandlerContext) {
    guard !parser.hasRest else {
      // Whatever stands behind the go-ahead came in the clear, from anybody on the way.
      perform(machine.handle(.lost("the server sent more than its answer before TLS")), context)
      return
    }
    do {
      guard let tls else { throw OutboundError(.invalid, "no TLS is set up") }
      let handler = try Self.tlsHandler(tls, server: server)
      try context.pipeline.syncOperations.addHandler(handler, position: .first)
      perform(machine.handle(.secured), context)
    } catch {
      errorCaught(context: context, error: error)
    }
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    restartReplyTimer(context)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
  }

  private func finish(_ result: SMTPOutcome) {
    outcome?.succeed(result)
    outcome = nil
  }

  private func close(_ context: ChannelHandlerContext) {
    stopTimers()
    context.close(promise: nil)
  }

  private func restartReplyTimer(_ context: ChannelHandlerContext) {
    replyTimer?.cancel()
    replyTimer = schedule(configuration.replyTimeout, "no answer", context)
  }

  private func stopTimers() {
    replyTimer?.cancel()
    totalTimer?.cancel()
  }

  private func schedule(_ interval: Interval, _ what: String, _ context: ChannelHandlerContext) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: interval.timeAmount) {
      self.perform(self.machine.handle(.lost("\(what) within \(interval.spoken)")), context)
    }
  }
}
