import App
import ArgumentParser
import Dispatch
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `mainstay serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the platform.",
    discussion: """
      EXAMPLE
        mainstay serve --data-dir /var/lib/mainstay --definitions /srv/operations --listen 127.0.0.1:7070
        mainstay serve --config /etc/mainstay.yaml

      Prints `mainstay ready at http://HOST:PORT` once it serves. SIGTERM and SIGINT drain it. Without users and
      tokens it listens on loopback only. Each key of the configuration file is also a flag here and a variable
      MAINSTAY_…; flags win over variables, variables over the file.
      """)

  @Option(name: .long, help: .init("The configuration file; MAINSTAY_CONFIG by default.", valueName: "file"))
  var config: String?
  @OptionGroup var keys: ServeOptions

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let file = config ?? environment["MAINSTAY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let configuration: Configuration
    do {
      configuration = try Configuration.load(file: file, environment: environment, flags: keys.flags)
    } catch {
      throw Failure(error.description)
    }
    try await Serving.run { try await Serving.server(configuration) }
  }
}

/// The keys of the configuration as flags.
struct ServeOptions: ParsableArguments {
  @Option(name: .long, help: .init("Where to listen; port 0 picks a free one.", valueName: "host:port"))
  var listen: String?
  @Option(name: .customLong("external-url"), help: .init("What links in messages begin with.", valueName: "url"))
  var externalURL: String?
  @Option(name: .long, help: .init("Where the journal and the ledger are kept.", valueName: "dir"))
  var dataDir: String?
  @Option(name: .long, help: .init("The directory of definitions.", valueName: "dir"))
  var definitions: String?
  @Option(name: .long, help: .init("A certificate chain in PEM form.", valueName: "file"))
  var tlsCertificate: String?
  @Option(name: .long, help: .init("Its key.", valueName: "file"))
  var tlsKey: String?
  @Option(name: .long, help: .init("Proxies whose X-Forwarded headers are believed, commas between.", valueName: "ip"))
  var trustedProxies: String?
  @Option(name: .long, help: "What keeps the journal: sqlite.")
  var store: String?
  @Option(name: .long, help: .init("A listener of its own for remote write.", valueName: "host:port"))
  var listenPrometheus: String?
  @Option(name: .long, help: .init("A listener of its own for OTLP/HTTP, by custom port 4318.", valueName: "host:port"))
  var listenOtlp: String?
  @Option(name: .long, help: .init("A listener of its own for Datadog's API.", valueName: "host:port"))
  var listenDatadog: String?
  @Option(
    name: .long, help: .init("A listener of its own for Alertmanager's API, by custom 9093.", valueName: "host:port"))
  var listenAlertmanager: String?
  @Option(name: .long, help: .init("A listener of its own for PagerDuty's Events API.", valueName: "host:port"))
  var listenPagerduty: String?
  @Option(name: .long, help: .init("Where DogStatsD comes in over UDP, by custom 8125.", valueName: "host:port"))
  var dogstatsd: String?
  @Option(name: .long, help: .init("A socket where DogStatsD comes in.", valueName: "path"))
  var dogstatsdSocket: String?
  @Option(name: .long, parsing: .singleValue, help: .init("A target to scrape; may be repeated.", valueName: "url"))
  var scrape: [String] = []
  @Option(name: .long, help: .init("A Prometheus to fetch the past of SLOs from.", valueName: "url"))
  var telemetryBackfill: String?
  @Option(name: .long, help: .init("Its Authorization: env:NAME or file:PATH.", valueName: "ref"))
  var telemetryBackfillSecretRef: String?
  @Option(name: .long, help: .init("How long raw payloads are kept, such as 30d.", valueName: "length"))
  var retentionPayloads: String?
  @Option(name: .long, help: .init("Requests a second of one peer on average.", valueName: "n"))
  var limitsRequestsPerSecond: String?
  @Option(name: .long, help: .init("Requests at once above that.", valueName: "n"))
  var limitsRequestBurst: String?
  @Option(name: .long, help: .init("How long a request may take to arrive.", valueName: "length"))
  var limitsRequestTimeout: String?
  @Option(name: .long, help: .init("Connections open at once.", valueName: "n"))
  var limitsConnections: String?
  @Option(name: .long, help: .init("Series remembered of one source of telemetry.", valueName: "n"))
  var limitsSeriesPerSource: String?
  @Option(name: .long, help: .init("Steps of runbooks that processes perform, at once.", valueName: "n"))
  var runbooksConcurrency: String?
  @Option(name: .long, help: "What keeps steps of runbooks apart: bubblewrap or none.")
  var runbooksSandbox: String?
  @Option(name: .long, help: .init("The user that steps of runbooks run as.", valueName: "name"))
  var runbooksUser: String?
  @Option(name: .long, help: .init("Further paths that steps may read, commas between them.", valueName: "paths"))
  var runbooksRead: String?
  @Option(name: .long, help: .init("A secret for steps: NAME=env:NAME or NAME=file:PATH.", valueName: "secret"))
  var runbooksSecrets: [String] = []
  @Option(name: .long, help: .init("How long outputs of steps are kept.", valueName: "length"))
  var runbooksOutputRetention: String?
  @Option(name: .long, help: .init("How long steps may go on when the server stops.", valueName: "length"))
  var runbooksStopGrace: String?
  @Option(name: .long, help: .init("Where status pages are written.", valueName: "dir"))
  var statusPagesDirectory: String?
  @Option(name: .long, help: .init("Called each minute while the journal can be written.", valueName: "url"))
  var heartbeat: String?
  @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: String?

  var flags: [Configuration.Flag] {
    let single: [(ConfigurationKey, String?)] = [
      (.listen, listen), (.externalURL, externalURL), (.dataDir, dataDir), (.definitions, definitions),
      (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey), (.trustedProxies, trustedProxies), (.store, store),
      (.intakePrometheusListen, listenPrometheus), (.intakeOTLPListen, listenOtlp),
      (.intakeDatadogListen, listenDatadog), (.intakeAlertmanagerListen, listenAlertmanager),
      (.intakePagerDutyListen, listenPagerduty), (.dogstatsd, dogstatsd), (.dogstatsdSocket, dogstatsdSocket),
      (.retentionPayloads, retentionPayloads), (.statusPagesDirectory, statusPagesDirectory),
      (.limitsRequestsPerSecond, limitsRequestsPerSecond), (.limitsRequestBurst, limitsRequestBurst),
      (.limitsRequestTimeout, limitsRequestTimeout), (.limitsConnections, limitsConnections),
      (.limitsSeriesPerSource, limitsSeriesPerSource), (.heartbeat, heartbeat), (.logLevel, logLevel),
      (.runbooksConcurrency, runbooksConcurrency), (.runbooksSandbox, runbooksSandbox), (.runbooksUser, runbooksUser),
      (.runbooksRead, runbooksRead), (.runbooksOutputRetention, runbooksOutputRetention),
      (.runbooksStopGrace, runbooksStopGrace),
      (.telemetryBackfill, telemetryBackfill), (.telemetryBackfillSecretRef, telemetryBackfillSecretRef),
    ]
    return single.compactMap { key, value in value.map { .init(key.flag, $0) } }
      + scrape.map { .init(ConfigurationKey.scrape.flag, $0) }
      + runbooksSecrets.map { .init(ConfigurationKey.runbooksSecrets.flag, $0) }
  }
}

/// What `serve` and `demo up` share.
enum Serving {
  /// Runs until it ends by itself or a signal asks it to; a second signal ends the process at once.
  static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
    signal(SIGPIPE, SIG_IGN)
    let work = Task { try await body() }
    let sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if work.isCancelled { _exit(128 + number) }
        work.cancel()
      }
      source.resume()
      return source
    }
    defer { sources.forEach { $0.cancel() } }
    do {
      try await work.value
    } catch is CancellationError {
      // Drained.
    } catch {
      if work.isCancelled { return }
      throw Failure(String(describing: error))
    }
  }

  static func server(_ configuration: Configuration) async throws {
    let scheme = configuration.tls == nil ? "http" : "https"
    try await Server.run(configuration) { host, port in
      Terminal.say("mainstay ready at \(scheme)://\(Configuration.Listener(host: host, port: port))")
    }
  }
}
