import Base

extension Configuration {
  /// What is scraped: expositions in the text format of Prometheus or OpenMetrics. The targets are one URL, a list of
  /// addresses, or what files of service discovery name.
  public struct Scrape: Sendable, Hashable {
    public struct Label: Sendable, Hashable {
      public var name: String
      public var value: String

      public init(name: String, value: String) {
        self.name = name
        self.value = value
      }
    }

    /// Who we say we are. The texts are references, `env:NAME` or `file:PATH`.
    public enum Authorization: Sendable, Hashable {
      case basic(username: String, secretRef: String)
      case bearer(secretRef: String)
    }

    /// The `job` label.
    public var job: String
    public var url: String?
    /// `HOST:PORT` each.
    public var targets: [String] = []
    /// Files of service discovery; `*`, `?` and `[…]` stand for parts of names.
    public var fileSD: [String] = []
    public var scheme = "http"
    public var metricsPath = "/metrics"
    /// Added to the URL's query, sorted by name.
    public var params: [Label] = []
    public var interval = Interval.seconds(15)
    public var timeout = Interval.seconds(10)
    /// Added to every series, sorted by name.
    public var labels: [Label] = []
    public var honorLabels = false
    public var honorTimestamps = true
    /// In bytes.
    public var bodySizeLimit = 10 << 20
    public var sampleLimit = 1_000_000
    public var authorization: Authorization?
    /// A PEM file of the only authorities to trust.
    public var trustRootsFile: String?

    public init(job: String, url: String? = nil, interval: Interval = .seconds(15), labels: [Label] = []) {
      self.job = job
      self.url = url
      self.interval = interval
      self.labels = labels
    }
  }

  /// A Prometheus, or what speaks its HTTP API.
  public struct Backfill: Sendable, Hashable {
    public var url: String
    /// What the Authorization header holds: `env:NAME` or `file:PATH`.
    public var secretRef: String?
  }
}
