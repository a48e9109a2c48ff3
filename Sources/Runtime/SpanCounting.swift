import Base
import Ledger
import Store
import Wire

/// The series under which an SLI's spans are counted: `__spans__{sli="checkout",side="bad"}`.
public enum SpanSeries {
  public static let metric = "__spans__"

  static func labels(_ sli: String, _ side: SLISide) -> LabelSet {
    LabelSet(metric: metric, ["sli": sli, "side": "\(side)"])
  }

  /// What such a series counts towards. Its SLI must be one of `slis`: no other may be fed this way.
  static func target(of labels: LabelSet, among slis: Set<String>) -> SLITarget? {
    guard labels.metric == metric, slis.contains(labels["sli"]),
      let side = SLISide.allCases.first(where: { "\($0)" == labels["side"] })
    else { return nil }
    return SLITarget(id: labels["sli"], side: side)
  }
}

extension LedgerEngine {
  /// Counts the spans of a request.
  ///
  /// - Throws: `StoreFailure` when the log cannot be written; nothing is counted then.
  @discardableResult
  public func take(_ outcome: SpanMatcher.Outcome, now: Instant) throws -> IngestCounts {
    let series = outcome.counts.map { count in
      TelemetrySeries(
        key: SpanSeries.labels(count.id, count.side).key[...],
        samples: [CounterSample(time: count.time, value: Double(count.spans), kind: .events)])
    }
    return try ingest(series, scope: "spans", now: now) { LabelSet(key: Array($0)) ?? LabelSet([]) }
  }

  /// Counts the metrics of an OTLP request.
  @discardableResult
  public func take(_ metrics: OTLPMetrics, from sender: String, now: Instant) throws -> IngestCounts {
    try ingest(metrics.telemetry, scope: sender, now: now) { metrics.labels(of: $0) }
  }

  /// Counts a body of Datadog's API.
  @discardableResult
  public func take(_ series: DatadogSeries, from sender: String, now: Instant) throws -> IngestCounts {
    try ingest(series.telemetry, scope: sender, now: now) { DatadogSeries.labels($0) }
  }

  /// Counts what DogStatsD clients sent since the last flush.
  @discardableResult
  public func take(_ batch: DogStatsDAggregator.Batch, now: Instant) throws -> IngestCounts {
    try ingest(batch.series, scope: "dogstatsd", now: now) { DogStatsD.labels($0) }
  }
}
