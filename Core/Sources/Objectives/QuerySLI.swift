import Base
import Definitions
import Ledger

/// How an SLI is asked of a data source instead of being counted from what is sent to us.
public struct QuerySLI: Hashable, Sendable {
  /// The DataSource's name.
  public var source: String
  /// Where the Prometheus HTTP API begins: `https://prometheus.example.org`, with the path before `/api/v1` if there is
  /// one.
  public var url: String
  /// Where the value of the `Authorization` header is kept, `env:NAME` or `file:PATH`.
  public var authorization: String?
  /// What every request has besides.
  public var headers: [DataSourceSpec.Header]
  /// The distance of two evaluations, where queries are evaluated.
  public var step: Interval
  public var form: Form

  public enum Form: Hashable, Sendable {
    /// The raw samples of the objective's counters are fetched and counted here.
    case samples
    /// The queries are evaluated there, `{{.window}}` being the step: `part` and `total` as numbers of events of the
    /// step; or `raw`, of which each value is a sample read as `RawReading` says.
    case instant(part: String?, total: String?, raw: RawQuery?)
  }

  /// A query that gives one value a step.
  public struct RawQuery: Hashable, Sendable {
    public var query: String
    public var reading: RawReading

    public init(query: String, reading: RawReading) {
      self.query = query
      self.reading = reading
    }
  }

  public enum RawReading: Hashable, Sendable {
    /// The share of good or bad events, 0…1, as the objective counts.
    case share
    /// Good where the value passes.
    case threshold(Comparison, Double)
  }

  public init(
    source: String, url: String, authorization: String? = nil, headers: [DataSourceSpec.Header] = [],
    step: Interval = .minutes(1), form: Form = .samples
  ) {
    self.source = source
    self.url = url
    self.authorization = authorization
    self.headers = headers
    self.step = step
    self.form = form
  }
}
