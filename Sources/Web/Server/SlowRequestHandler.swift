import NIOCore
import NIOHTTPTypes

/// Closes connections whose request does not arrive in time: idle timeouts alone let a client send a byte now and
/// then for ever.
final class SlowRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: TimeAmount
  private var deadline: Scheduled<Void>?

  init(limit: TimeAmount) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) { arm(context, limit) }

  func handlerRemoved(context: ChannelHandlerContext) { disarm() }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: arm(context, limit)
    case .end: disarm()
    case .body: break
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // The next request, head included, has to be there within twice the limit.
    if case .end = unwrapOutboundIn(data) { arm(context, limit * 2) }
    context.write(data, promise: promise)
  }

  private func arm(_ context: ChannelHandlerContext, _ amount: TimeAmount) {
    disarm()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { [channel = context.channel] in
      channel.close(promise: nil)
    }
  }

  private func disarm() {
    deadline?.cancel()
    deadline = nil
  }
}
