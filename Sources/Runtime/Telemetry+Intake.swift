import Base
import Ledger
import Store
import Wire

extension LedgerEngine {
  /// Counts the samples of a remote write.
  ///
  /// - Parameter source: whose series they are.
  /// - Throws: `WriteRequest.Problem` when the body is bad, `StoreFailure` when the log cannot be written; nothing of
  ///   the body is counted then.
  public func take(_ request: inout WriteRequest, from source: String, now: Instant) throws -> WriteReply {
    let counts = try ingest(&request, source: source, now: now)
    return WriteReply(request.tally, counts)
  }

  /// Counts one scrape of a target: a complete exposition, in which a series that was not in the one before was born
  /// since.
  public func take(
    _ exposition: Exposition, of target: ScrapeTarget, at time: Instant, after previous: Instant?, now: Instant
  ) throws {
    let times = ExpositionTimes(at: time, previous: previous)
    try ingest(exposition.telemetry(at: time), scope: target.url, exposition: times, now: now) { key in
      Exposition.labels(key).joined(by: target)
    }
  }
}

extension LabelSet {
  /// The labels with those that scraping adds: `job`, `instance` and the target's own. What the target says itself
  /// under these names gives way to what we know, as in Prometheus with `honor_labels: false`.
  func joined(by target: ScrapeTarget) -> LabelSet {
    let added =
      [Label("job", target.job), Label("instance", target.instance)] + target.labels.map { Label($0.name, $0.value) }
    let names = Set(added.map(\.name))
    return LabelSet(labels.filter { !names.contains($0.name) } + added)
  }
}
