import Base
import Outbound

/// How steps of runbooks are performed, from the configuration.
public struct RunnerSettings: Sendable {
  /// Steps that processes perform, at once.
  public var concurrency = 32
  /// Requests, waits for SLIs and talks with HAProxy at once.
  public var waitsMax = 256
  public var sandbox = StepSandbox.Kind.bubblewrap
  /// Secrets that steps may ask for, by name.
  public var secrets: [String: SecretRef] = [:]
  /// The user and group that processes run as, where the server is root; without it each has its own.
  public var user: (uid: UInt32, gid: UInt32)?
  /// Further paths that steps may read.
  public var read: [String] = []
  /// How long steps under way may go on when the server is asked to stop.
  public var stopGrace = Interval.seconds(10)
  /// How long outputs are kept.
  public var outputRetention = Interval.days(90)

  public init() {}

  /// Where secrets are kept in files.
  var secretFiles: [String] {
    secrets.values.compactMap { reference -> String? in
      if case .file(let path) = reference.source { path } else { nil }
    }.sorted()
  }
}

/// Where the runner works.
public struct RunnerPlace: Sendable {
  /// The server's data directory: what tells its processes from those of others, and what steps must not see.
  public var dataDirectory: String
  public var definitions: String
  /// Where private directories of steps without a sandbox are made.
  public var temporary: String
  /// Whether the server may change users.
  public var isRoot: Bool

  public init(dataDirectory: String, definitions: String, temporary: String, isRoot: Bool) {
    self.dataDirectory = dataDirectory
    self.definitions = definitions
    self.temporary = temporary
    self.isRoot = isRoot
  }

  /// The same for every life of the server on this directory, and for no other.
  var server: String { SHA256.hex(Array(dataDirectory.utf8)).prefix(16).description }

  /// Users from the range that Linux systems leave unused (1,879,048,192 to 2,147,352,575), apart from those of other
  /// servers on the machine.
  var firstUser: UInt32 {
    let number = UInt32(server.prefix(7), radix: 16) ?? 0
    return 1_880_000_000 + number % 250_000 * 1_024
  }
}
