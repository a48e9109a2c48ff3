import Base

/// How a server runs: read from `mainstay.yaml`, the environment and flags, and checked before anything is opened.
///
/// Flags win over the environment, the environment over the file. docs/configuration.md lists every key.
public struct Configuration: Sendable, Hashable {
  /// An address to listen on.
  public struct Listener: Sendable, Hashable, CustomStringConvertible {
    /// An IP address without brackets.
    public var host: String
    /// 0 picks a free one.
    public var port: Int

    public init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  /// PEM files.
  public struct TLS: Sendable, Hashable {
    public var certificate: String
    public var key: String
  }

  /// Bounds; past each of them a clear refusal.
  public struct Limits: Sendable, Hashable {
    /// Requests a second that one peer, and one identity, may make on average.
    public var requestsPerSecond = 100
    /// How many may come at once above that.
    public var requestBurst = 400
    /// How long a client may take for its request, and how long a connection may stay idle.
    public var requestTimeout = Interval.seconds(30)
    public var connections = 4_096
    /// Series remembered of one source of telemetry; the samples of those past it are refused.
    public var seriesPerSource = 500_000
  }

  public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  public var listen = Listener(host: "127.0.0.1", port: 7_070)
  /// What links begin with, without a slash at the end.
  public var externalURL: String?
  public var dataDir = ""
  public var definitions = ""
  public var tls: TLS?
  /// IP addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
  public var trustedProxies: [String] = []
  public var scrape: [Scrape] = []
  /// How long raw payloads of intakes are kept; the journal itself is kept for good.
  public var payloadRetention = Interval.days(30)
  public var limits = Limits()
  /// Where status pages are written; in the data directory where it is `nil`.
  public var statusPagesDirectory: String?
  /// Called each minute while the writer commits.
  public var heartbeat: String?
  public var logLevel = LogLevel.info
  /// Listeners of single intakes by the intake's name, their paths at the root.
  public var intakeListeners: [String: Listener] = [:]
  /// Where DogStatsD comes in over UDP.
  public var dogstatsd: Listener?
  /// The path of a socket where DogStatsD comes in.
  public var dogstatsdSocket: String?
  /// Where the past of streamed SLOs is fetched from.
  public var backfill: Backfill?
  /// How steps of runbooks are performed.
  public var runbooks = Runbooks()

  /// For a server that is not started from a file, such as the demo's.
  public init(dataDir: String, definitions: String) {
    self.dataDir = dataDir
    self.definitions = definitions
  }

  init() {}
}

/// What is wrong with a configuration, a line for each thing: the place, what is wrong, the remedy.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var lines: [String]
  public var description: String { lines.joined(separator: "\n") }
}

extension Configuration {
  /// A flag as it was given: its name without the dashes, such as `data-dir`.
  public struct Flag: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Reads the configuration of a server.
  ///
  /// - Parameters:
  ///   - file: the path of a `mainstay.yaml`; paths in it are relative to its directory.
  ///   - environment: variables by name; those that are none of ours are left alone, empty ones count as not set.
  ///   - flags: in the order given. A repeated `scrape` adds a target.
  /// - Throws: everything that is wrong, not only the first thing.
  public static func load(
    file: String?, environment: [String: String] = [:], flags: [Flag] = []
  ) throws(ConfigurationError) -> Configuration {
    var reader = ConfigurationReader()
    if let file { reader.read(file: file) }
    for key in ConfigurationKey.allCases {
      guard let text = environment[key.variable], !text.isEmpty else { continue }
      reader.apply([.init(text: text, place: key.variable)], to: key)
    }
    for key in ConfigurationKey.allCases {
      let given = flags.filter { $0.name == key.flag }
      guard !given.isEmpty else { continue }
      reader.apply(given.map { .init(text: $0.value, place: "--\(key.flag)") }, to: key)
    }
    return try reader.finish()
  }
}
