import App
import ArgumentParser
import Base
import Demo
import Foundation
import Logging
import Outbound

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `mainstay demo`.
struct DemoVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "The example company's workload.",
    discussion: """
      EXAMPLE
        mainstay demo up --definitions examples/reel --data-dir .mainstay
        mainstay demo break playback
        mainstay demo heal playback
      """,
    subcommands: [Up.self, Status.self, Break.self, Heal.self])

  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the platform and a real workload for it to watch.",
      discussion: """
        EXAMPLE
          mainstay demo up --definitions examples/reel --data-dir .mainstay
        """)

    @Option(name: .long, help: .init("The directory of definitions.", valueName: "dir"))
    var definitions = "examples/reel"
    @Option(name: .long, help: .init("Where the journal is kept.", valueName: "dir")) var dataDir = ".mainstay"
    @Option(name: .long, help: .init("Where the platform listens.", valueName: "host:port"))
    var listen = "127.0.0.1:7070"
    @Option(name: .long, help: .init("Multiplies the rate of requests.", valueName: "factor")) var load = 1.0
    @Option(name: .long, help: .init("The first service's port; 0 lets the system choose.", valueName: "port"))
    var basePort = 9_101
    @Option(name: .long, help: .init("Where break and heal find the demo.", valueName: "port")) var controlPort = 8_089
    @Option(name: .long, help: .init("The demo's inbox, where pages arrive.", valueName: "port")) var inboxPort = 8_090
    @Option(name: .long, help: .init("The demo's mail relay.", valueName: "port")) var mailPort = 8_025
    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "warning"

    func validate() throws {
      guard (0...1_000).contains(load) else { throw ValidationError("--load is not between 0 and 1000") }
      guard [basePort, controlPort, inboxPort, mailPort].allSatisfy({ (0...65_000).contains($0) }) else {
        throw ValidationError("a port is not between 0 and 65000")
      }
    }

    func run() async throws {
      let configuration: Configuration
      do {
        configuration = try Configuration.load(
          file: nil,
          flags: [
            .init("definitions", definitions), .init("data-dir", dataDir), .init("listen", listen),
            .init("log-level", logLevel),
          ])
      } catch {
        throw Failure(error.description)
      }
      let level = Logger.Level(rawValue: logLevel) ?? .warning
      let (addresses, report) = AsyncStream.makeStream(of: DemoAddresses.self)
      var demo = DemoConfiguration(
        logger: Logger(label: "demo") { JSONLogHandler(label: $0, level: level) }, now: { Clock.now() },
        onReady: { report.yield($0) })
      (demo.basePort, demo.controlPort, demo.inboxPort) = (basePort, controlPort, inboxPort)
      (demo.mailPort, demo.loadFactor) = (mailPort, load)
      try await Serving.run { [demo] in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await DemoWorld.run(configuration: demo) }
          group.addTask {
            for await found in addresses {
              try await Serving.server(Self.scraping(found, with: configuration))
              return
            }
          }
          // Either ends only when it is asked to, or when it has failed: the other has no use then.
          try await group.next()
          group.cancelAll()
          try await group.waitForAll()
        }
      }
    }

    private static func scraping(_ demo: DemoAddresses, with configuration: Configuration) -> Configuration {
      var configuration = configuration
      configuration.scrape = demo.services.map {
        .init(job: $0.name, url: $0.url + "/metrics", interval: .seconds(5))
      }
      // Its own objectives are among the example's.
      if configuration.listen.port != 0 {
        configuration.scrape.append(
          .init(job: "mainstay", url: "http://\(configuration.listen)/metrics", interval: .seconds(5)))
      }
      // Where the example's channels send to, unless somebody has said otherwise.
      setenv("REEL_INBOX_URL", demo.inbox + "/inbox", 0)
      setenv("REEL_CHAT_URL", demo.inbox + "/slack", 0)
      Terminal.say("demo inbox at \(demo.inbox)")
      return configuration
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The demo's services and how they are doing.",
      discussion: """
        EXAMPLE
          mainstay demo status
        """)

    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      let services = try await control.connect { try await $0.services() }
      if output.printed(.list(services.map(DemoVerb.json))) { return }
      var table = Table(("SERVICE", .left), ("MODE", .left), ("REQUESTS", .right), ("FAILED", .right))
      for service in services {
        table.add(
          .init(service.name), .init(service.mode.rawValue), .init(String(service.requests)),
          .init(String(service.failed)))
      }
      table.show(empty: "no services")
    }
  }

  struct Break: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a service of the demo fail, or be slow.",
      discussion: """
        EXAMPLE
          mainstay demo break playback
          mainstay demo break catalog --mode slow
        """)

    @Argument(help: "The service.") var service: String
    @Option(name: .long, help: .init(modes)) var mode = DemoMode.fail.rawValue
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOptions

    private static let modes =
      "How: \(DemoMode.allCases.filter { $0 != .healthy }.map(\.rawValue).joined(separator: " or "))."

    func validate() throws {
      guard DemoMode(rawValue: mode) != nil else { throw ValidationError("'\(mode)' is no mode. \(Self.modes)") }
    }

    func run() async throws {
      let mode = DemoMode(rawValue: mode) ?? .fail
      let state = try await control.connect { try await $0.break(service: service, mode: mode) }
      if output.printed(DemoVerb.json(state)) { return }
      print("\(state.name) is now in mode \(state.mode.rawValue)")
    }
  }

  struct Heal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a service of the demo work again.",
      discussion: """
        EXAMPLE
          mainstay demo heal playback
        """)

    @Argument(help: "The service.") var service: String
    @OptionGroup var control: ControlOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      let state = try await control.connect { try await $0.heal(service: service) }
      if output.printed(DemoVerb.json(state)) { return }
      print("\(state.name) works again")
    }
  }

  static func json(_ state: DemoControl.ServiceState) -> JSON {
    [
      "service": .string(state.name), "mode": .string(state.mode.rawValue), "requests": .int(Int64(state.requests)),
      "failed": .int(Int64(state.failed)),
    ]
  }
}

/// The demo that `break` and `heal` act on.
struct ControlOptions: ParsableArguments {
  @Option(name: .customLong("control"), help: "The demo's control address.") var address = DemoControl.defaultURL

  func connect<Value>(_ body: (DemoControl) async throws -> Value) async throws -> Value {
    do {
      let http = try HTTPOut()
      let result: Result<Value, any Error>
      do {
        result = .success(try await body(DemoControl(baseURL: address, http: http)))
      } catch {
        result = .failure(error)
      }
      await http.shutdown()
      return try result.get()
    } catch let error as DemoError {
      throw Failure(error.text)
    } catch let error as OutboundError {
      throw Failure(error.text)
    }
  }
}
