import Base
import Hummingbird
import Listening
import Logging
import NIOCore
import Outbound

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the demo runs.
public struct DemoConfiguration: Sendable {
  public var topology = DemoTopology.reel
  public var host = "127.0.0.1"
  /// The first service's port; 0 lets the system choose them all.
  public var basePort = 9_101
  /// Where `DemoControl` finds the demo; 0 for any.
  public var controlPort = 8_089
  /// The demo inbox; 0 for any.
  public var inboxPort = 8_090
  /// The inbox's mail server; 0 for any.
  public var mailPort = 8_025
  /// Multiplies every rate of the load generator; 0 sends nothing.
  public var loadFactor = 1.0
  public var logger: Logger
  /// The time of arrival of messages in the inbox.
  public var now: @Sendable () -> Instant
  /// Called once when every port is open, before the load begins.
  public var onReady: @Sendable (DemoAddresses) async -> Void

  public init(
    logger: Logger, now: @escaping @Sendable () -> Instant,
    onReady: @escaping @Sendable (DemoAddresses) async -> Void = { _ in }
  ) {
    self.logger = logger
    self.now = now
    self.onReady = onReady
  }
}

/// Where the demo listens.
public struct DemoAddresses: Sendable, Hashable {
  public struct Service: Sendable, Hashable {
    public var name: String
    /// Without a slash at its end; `/metrics` is below it.
    public var url: String
  }

  public var services: [Service]
  public var control: String
  public var inbox: String
  /// `host:port` of the mail server that fills the inbox too.
  public var mail: String
}

/// The example company's workload in one process: its services, the load on them, and an inbox for its pages.
public enum DemoWorld {
  /// Runs until the task is cancelled. Throws a `DemoError` where a port is taken.
  public static func run(configuration: DemoConfiguration) async throws {
    let http = try client()
    do {
      try await withWorld(configuration, http: http)
    } catch is CancellationError {
      // The usual end.
    } catch {
      await http.shutdown()
      throw error
    }
    await http.shutdown()
  }

  private static func client() throws -> HTTPOut {
    var settings = HTTPOut.Configuration()
    settings.userAgent = "Mainstay-Demo"
    settings.connectionsPerHost = 64
    settings.maxResponseBytes = 64 << 10
    return try HTTPOut(configuration: settings)
  }

  private struct Listener: Sendable {
    var name: String
    var port: Int
    var responder: RouterResponder<BasicRequestContext>
  }

  private static func listeners(
    _ configuration: DemoConfiguration, _ services: [DemoService], _ directory: DemoDirectory, _ inbox: DemoInbox
  ) -> [Listener] {
    let control = DemoControlServer(services: services, directory: directory)
    var listeners = services.enumerated().map { index, service in
      Listener(
        name: service.spec.name, port: configuration.basePort == 0 ? 0 : configuration.basePort + index,
        responder: service.router().buildResponder())
    }
    listeners.append(
      Listener(name: "control", port: configuration.controlPort, responder: control.router().buildResponder()))
    listeners.append(
      Listener(
        name: "inbox", port: configuration.inboxPort,
        responder: inbox.router(now: configuration.now).buildResponder()))
    return listeners
  }

  private static func withWorld(_ configuration: DemoConfiguration, http: HTTPOut) async throws {
    let directory = DemoDirectory()
    let services = configuration.topology.services.map { DemoService(spec: $0, directory: directory, http: http) }
    let inbox = DemoInbox()
    let listeners = listeners(configuration, services, directory, inbox)
    let (opened, report) = AsyncStream.makeStream(of: Void.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for listener in listeners {
        group.addTask {
          try await serve(listener, configuration) { url in
            directory.set(url, of: listener.name)
            report.yield()
          }
        }
      }
      group.addTask {
        try await serveMail(inbox, configuration) { address in
          directory.set(address, of: "mail")
          report.yield()
        }
      }
      group.addTask { [count = listeners.count + 1] in
        var waiting = count
        for await _ in opened {
          waiting -= 1
          if waiting == 0 { break }
        }
        try Task.checkCancellation()
        await configuration.onReady(addresses(configuration, directory))
        await load(configuration, directory, http)
      }
      // The first failure cancels all the others.
      while try await group.next() != nil {}
    }
  }

  private static func serve(
    _ listener: Listener, _ configuration: DemoConfiguration, opened: @escaping @Sendable (String) -> Void
  ) async throws {
    let host = configuration.host
    let application = Application(
      responder: listener.responder, server: .held(),
      configuration: .init(address: .hostname(host, port: listener.port), serverName: "Mainstay-Demo"),
      onServerRunning: { channel in
        opened("http://\(host):\(channel.localAddress?.port ?? listener.port)")
      },
      logger: .quiet)
    try await naming(listener.name, listener.port) { try await application.run() }
  }

  private static func serveMail(
    _ inbox: DemoInbox, _ configuration: DemoConfiguration, opened: @escaping @Sendable (String) -> Void
  ) async throws {
    let host = configuration.host
    try await naming("mail", configuration.mailPort) {
      try await DemoMailServer(inbox: inbox, now: configuration.now).run(host: host, port: configuration.mailPort) {
        opened("\(host):\($0)")
      }
    }
  }

  private static func naming(_ name: String, _ port: Int, _ serve: () async throws -> Void) async throws {
    do {
      try await serve()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw DemoError("\(name): port \(port) is taken; is another demo running?")
    }
  }

  private static func addresses(_ configuration: DemoConfiguration, _ directory: DemoDirectory) -> DemoAddresses {
    DemoAddresses(
      services: configuration.topology.names.map {
        DemoAddresses.Service(name: $0, url: directory.url(of: $0) ?? "")
      },
      control: directory.url(of: "control") ?? "", inbox: directory.url(of: "inbox") ?? "",
      mail: directory.url(of: "mail") ?? "")
  }

  private static func load(_ configuration: DemoConfiguration, _ directory: DemoDirectory, _ http: HTTPOut) async {
    await withDiscardingTaskGroup { group in
      for service in configuration.topology.services {
        let rate = service.requestsPerSecond * configuration.loadFactor
        guard rate > 0, let url = directory.url(of: service.name) else { continue }
        let load = DemoLoad(
          name: service.name, url: url, requestsPerSecond: rate, inFlightLimit: 64, http: http)
        group.addTask { await load.run() }
      }
    }
  }
}
