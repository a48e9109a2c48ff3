import Base
import Logging
import Outbound
import Runtime
import Web

extension Server {
  /// Runs a server as configured, logging JSON lines to standard error, until the task is cancelled.
  ///
  /// - Parameter ready: told the address once requests are answered.
  public static func run(
    _ configuration: Configuration, ready: @escaping @Sendable (_ host: String, _ port: Int) -> Void
  ) async throws {
    let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
    let logger = Logger(label: "mainstay") { JSONLogHandler(label: $0, level: level) }
    try await run(configuration.options, logger: logger, ready: ready)
  }
}

extension Configuration {
  /// What the server takes.
  var options: Server.Options {
    var options = Server.Options(
      web: WebConfiguration(
        host: listen.host, port: listen.port, externalURL: externalURL, trustedProxies: trustedProxies,
        tls: tls.map { .init(certificate: $0.certificate, key: $0.key) },
        requestsPerSecond: Double(limits.requestsPerSecond), requestBurst: Double(limits.requestBurst),
        requestTimeout: limits.requestTimeout, connectionsMax: limits.connections),
      dataDirectory: dataDir, definitions: definitions,
      scrape: scrape.map(\.scrapeJob), backfill: backfill,
      heartbeat: heartbeat, externalURL: externalURL)
    options.runner = runbooks.settings
    options.seriesPerSource = limits.seriesPerSource
    options.intakeListeners = intakeListeners
    options.statusPagesDirectory = statusPagesDirectory
    options.payloadRetention = payloadRetention
    options.dogstatsd = [
      dogstatsd.map { .udp(host: $0.host, port: $0.port) }, dogstatsdSocket.map { .unix(path: $0) },
    ].compactMap(\.self)
    return options
  }
}

extension Configuration.Scrape {
  /// The job as the scraper takes it.
  var scrapeJob: ScrapeJob {
    var job = ScrapeJob(name: job, urls: url.map { [$0] } ?? [], addresses: targets, files: fileSD)
    job.scheme = scheme
    job.metricsPath = metricsPath
    job.parameters = params.map { .init(name: $0.name, value: $0.value) }
    job.labels = labels.map { .init(name: $0.name, value: $0.value) }
    job.settings.interval = interval
    job.settings.timeout = timeout
    job.settings.honorLabels = honorLabels
    job.settings.honorTimestamps = honorTimestamps
    job.settings.bodySizeLimit = bodySizeLimit
    job.settings.sampleLimit = sampleLimit
    job.settings.trustRootsFile = trustRootsFile
    switch authorization {
    case .basic(let username, let reference):
      job.settings.authorization = SecretRef(reference).map { .basic(username: username, password: $0) }
    case .bearer(let reference): job.settings.authorization = SecretRef(reference).map { .bearer($0) }
    case nil: break
    }
    return job
  }
}
