import HTTPTypes
import Hummingbird
import Listening
import NIOCore
import NIOPosix
import Testing

/// A server that stops while clients connect ends quietly: a connection that nobody serves any more is closed, and does
/// not end the process.
@Suite(.timeLimit(.minutes(2))) struct StoppingTests {
  @Test func stopsWhileClientsConnect() async throws {
    for round in 0..<20 {
      let (opened, report) = AsyncStream.makeStream(of: Int.self)
      let application = Application(
        responder: CallbackResponder<BasicRequestContext> { _, _ in Response(status: .ok) }, server: .held(),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { report.yield($0.localAddress?.port ?? 0) }, logger: .quiet)
      let server = Task { try await application.run() }
      var ports = opened.makeAsyncIterator()
      let port = try #require(await ports.next())
      let (connected, connection) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .unbounded)
      let clients = (0..<4).map { _ in Task { await connectUntilRefused(port) { connection.yield() } } }
      // Stopped in the midst of it: after some dozens of connections, never at the same place.
      var made = 0
      for await _ in connected {
        made += 1
        if made > 20 + 3 * round { break }
      }
      server.cancel()
      _ = await server.result
      for client in clients { await client.value }
    }
  }

  private func connectUntilRefused(_ port: Int, _ connected: () -> Void) async {
    while true {
      do {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .connect(host: "127.0.0.1", port: port).get()
        connected()
        channel.close(promise: nil)
      } catch {
        break
      }
    }
  }
}
