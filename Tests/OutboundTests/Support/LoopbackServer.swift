import NIOCore
import NIOPosix
import NIOSSL

/// One accepted connection, as a script reads and writes it.
final class Connection {
  let channel: any Channel
  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var buffer: [UInt8] = []

  init(
    channel: any Channel, inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.channel = channel
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
  }

  /// The next line without its end; `nil` when the other side has closed.
  func line() async throws -> String? {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = buffer[..<end].filter { $0 != 13 }
        buffer.removeFirst(end + 1)
        return String(decoding: line, as: UTF8.self)
      }
      guard try await more() else { return nil }
    }
  }

  func bytes(_ count: Int) async throws -> [UInt8] {
    while buffer.count < count, try await more() {}
    let taken = Array(buffer.prefix(count))
    buffer.removeFirst(taken.count)
    return taken
  }

  /// Reads until the other side closes.
  func drain() async throws { while try await more() {} }

  private func more() async throws -> Bool {
    guard let chunk = try await inbound.next() else { return false }
    buffer += Array(chunk.readableBytesView)
    return true
  }

  func write(_ text: String) async throws { try await write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  /// Writes the go-ahead and waits for a handshake from there on. Both happen in one turn of the event loop: the
  /// other side may answer at once, and its hello must not be read as a line.
  func startTLS(_ context: NIOSSLContext, goAhead: String) async throws {
    let channel = channel
    try await channel.eventLoop.submit {
      channel.writeAndFlush(ByteBuffer(string: goAhead), promise: nil)
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
    }.get()
  }
}

/// Accepts connections on loopback and gives each to `serve` while `body` runs.
func withServer<Result>(
  tls: NIOSSLContext? = nil, _ serve: @escaping @Sendable (Connection) async throws -> Void,
  _ body: (Int) async throws -> Result
) async throws -> Result {
  let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .bind(host: "127.0.0.1", port: 0) { channel in
      channel.eventLoop.makeCompletedFuture {
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
      }
    }
  let port = server.channel.localAddress!.port!
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try? await server.executeThenClose { clients in
        await withDiscardingTaskGroup { connections in
          do {
            for try await client in clients {
              connections.addTask {
                try? await client.executeThenClose { inbound, outbound in
                  try await serve(Connection(channel: client.channel, inbound: inbound, outbound: outbound))
                }
              }
            }
          } catch {}
          connections.cancelAll()
        }
      }
    }
    defer { group.cancelAll() }
    return try await body(port)
  }
}
