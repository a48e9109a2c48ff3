import Base
import Ledger
import Outbound

/// One thing to scrape, with everything decided: what a `ScrapeJob` and service discovery make together.
public struct ScrapeTarget: Sendable, Hashable {
  public struct Signature: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public var job: String
  public var url: String
  public var instance: String
  public var settings: ScrapeSettings
  /// Added to every series, sorted by name; neither `job` nor `instance` is among them.
  public var labels: [Signature]

  /// - Parameter instance: `HOST:PORT` of the URL where nothing else is said: what Prometheus calls the instance.
  public init(
    job: String, url: String, instance: String? = nil, settings: ScrapeSettings = ScrapeSettings(),
    labels: [Signature] = []
  ) {
    self.job = job
    self.url = url
    self.instance = instance ?? Self.authority(of: url)
    self.settings = settings
    self.labels = labels
  }

  public var interval: Interval { settings.interval }

  /// Tells this target's series apart from another's, also where two jobs ask the same URL.
  var scope: String {
    let added = [Label("job", job), Label("instance", instance)] + labels.map { Label($0.name, $0.value) }
    return "scrape \(url) \(LabelSet(added))" + (settings.honorLabels ? " honor_labels" : "")
  }

  private static func authority(of url: String) -> String {
    let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    return String(rest.prefix { $0 != "/" && $0 != "?" })
  }
}

/// How a target is scraped.
public struct ScrapeSettings: Sendable, Hashable {
  /// Who we say we are. Secrets are read at each scrape, so that a rotated one is picked up.
  public enum Authorization: Sendable, Hashable {
    case basic(username: String, password: SecretRef)
    case bearer(SecretRef)
  }

  public var interval = Interval.seconds(15)
  /// Never longer than the interval.
  public var timeout = Interval.seconds(10)
  /// A label that the target itself gives wins over ours of the same name; otherwise it becomes `exported_NAME`.
  public var honorLabels = false
  /// Times that the target writes beside its samples are believed.
  public var honorTimestamps = true
  /// Of the exposition after decompression, in bytes.
  public var bodySizeLimit = 10 << 20
  /// A target with more samples fails as a whole.
  public var sampleLimit = 1_000_000
  public var authorization: Authorization?
  /// A PEM file of the only authorities to trust, in place of the system's.
  public var trustRootsFile: String?

  public init() {}
}

/// What the configuration says of one job: its targets, or where to find them.
public struct ScrapeJob: Sendable, Hashable {
  public var name: String
  /// Targets with a URL of their own.
  public var urls: [String]
  /// `HOST:PORT` of targets that share the scheme and the path.
  public var addresses: [String]
  /// Files of service discovery, with `*`, `?` and `[…]` in any part of the path.
  public var files: [String]
  public var scheme = "http"
  public var metricsPath = "/metrics"
  /// Added to the URL's query, sorted by name.
  public var parameters: [ScrapeTarget.Signature] = []
  public var labels: [ScrapeTarget.Signature] = []
  public var settings = ScrapeSettings()

  public init(name: String, urls: [String] = [], addresses: [String] = [], files: [String] = []) {
    self.name = name
    self.urls = urls
    self.addresses = addresses
    self.files = files
  }
}

/// How a target is doing: what pages show.
public struct ScrapeStatus: Sendable, Hashable {
  public var job: String
  public var instance: String
  public var url: String
  public var labels: [ScrapeTarget.Signature]
  public var interval: Interval
  /// When the last scrape began, `nil` before the first.
  public var lastScrape: Instant?
  /// How long it took.
  public var took: Interval?
  /// What it brought.
  public var samples: Int
  /// Why it failed; `nil` where it worked.
  public var error: String?
  /// Since when scrapes fail without one in between that worked.
  public var failingSince: Instant?

  init(_ target: ScrapeTarget) {
    job = target.job
    instance = target.instance
    url = target.url
    labels = target.labels
    interval = target.interval
    samples = 0
  }
}
