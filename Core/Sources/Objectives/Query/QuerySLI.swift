import Base

/// An SLI that is asked of a Prometheus, or of what speaks its HTTP API, instead of arriving as a stream.
public struct QuerySLI: Hashable, Sendable {
  /// What is asked for.
  public enum Form: Hashable, Sendable {
    /// The raw samples of the objective's counters: counted as exactly as a stream.
    case samples
    /// Queries that no stream can count, evaluated at each step. Either `part` and `total`, each the number of events
    /// of a step, or `raw`, the share of events on the objective's own side (0…1).
    case instant(part: String?, total: String?, raw: String?)
  }

  /// The name of the DataSource.
  public var source: String
  /// Of the API, without `/api/v1` and without a slash at the end.
  public var url: String
  /// Where the Authorization header is kept: `env:NAME` or `file:PATH`.
  public var authorization: String?
  /// How far apart the evaluations of `.instant` queries are.
  public var step: Interval
  public var form: Form

  public init(
    source: String, url: String, authorization: String? = nil, step: Interval = .seconds(30), form: Form = .samples
  ) {
    self.source = source
    self.url = url
    self.authorization = authorization
    self.step = step
    self.form = form
  }
}
