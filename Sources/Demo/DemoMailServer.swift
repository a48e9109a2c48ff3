import Base
import NIOCore
import NIOPosix

/// A mail server that takes everything on loopback and puts it into the inbox: just enough SMTP for a relay's sender.
struct DemoMailServer: Sendable {
  let inbox: DemoInbox
  let now: @Sendable () -> Instant
  private static let maxLineBytes = 4_096
  private static let maxConnections = 32

  /// Serves until cancelled.
  func run(host: String, port: Int, opened: @Sendable (Int) -> Void) async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    opened(server.channel.localAddress?.port ?? port)
    try await server.executeThenClose { clients in
      try await withThrowingTaskGroup(of: Void.self) { group in
        var active = 0
        for try await client in clients {
          if active >= Self.maxConnections {
            try await group.next()
            active -= 1
          }
          active += 1
          group.addTask {
            // A client that breaks off is no reason to stop.
            try? await client.executeThenClose { inbound, outbound in try await converse(inbound, outbound) }
          }
        }
        group.cancelAll()
      }
    }
  }

  private func converse(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) async throws {
    func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text + "\r\n")) }
    try await say("220 demo inbox")
    var buffer: [UInt8] = []
    var mail: [UInt8]?
    for try await chunk in inbound {
      buffer += chunk.readableBytesView
      while let end = buffer.firstIndex(of: 10) {
        var line = Array(buffer[...end])
        buffer.removeFirst(end + 1)
        guard let body = mail else {
          let verb = String(decoding: line.prefix(4), as: UTF8.self).uppercased()
          if verb == "DATA" { mail = [] }
          try await say(Self.answer(to: verb))
          if verb == "QUIT" { return }
          continue
        }
        if line == [46, 13, 10] {
          inbox.receive(DemoMail.message(body, at: now()))
          mail = nil
          try await say("250 2.0.0 in the inbox")
          continue
        }
        if line.first == 46 { line.removeFirst() }
        guard body.count + line.count <= DemoInbox.maxBodyBytes else { return try await say("552 too large") }
        mail?.append(contentsOf: line)
      }
      guard buffer.count <= Self.maxLineBytes else { return try await say("500 line too long") }
    }
  }

  private static func answer(to verb: String) -> String {
    switch verb {
    case "EHLO", "HELO": "250 demo"
    case "MAIL", "RCPT", "RSET", "NOOP": "250 2.0.0 ok"
    case "DATA": "354 go on"
    case "QUIT": "221 bye"
    default: "502 5.5.1 not known here"
    }
  }
}
