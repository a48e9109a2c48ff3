import Ledger
import Runtime
import Store
import Web

extension Intakes {
  private static let series = SelfMetrics.Family(
    "mainstay_intake_series", .gauge, "Series that a source of telemetry sent lately, by what becomes of them.")
  private static let ingested = SelfMetrics.Family(
    "mainstay_samples_ingested", .counter, "Samples of series that an SLI counts, by outcome.")

  /// The names of outcomes in metrics.
  private static let outcomes: [(IngestOutcome, String)] = [
    (.counted, "counted"), (.baseline, "baseline"), (.duplicate, "duplicate"), (.stale, "stale"),
    (.replica, "standby"),
  ]
  private static let reasons: [(IngestOutcome, String)] = [
    (.conflicting, "conflicting"), (.tooOld, "too_old"), (.fromTheFuture, "from_the_future"),
    (.notFinite, "not_finite"), (.negative, "negative"), (.tooManySeries, "too_many_series"),
    (.sliceClosed, "slice_closed"),
  ]

  /// Sets what the ledger knows of intake.
  static func expose(_ ledger: LedgerEngine, in metrics: SelfMetrics) {
    for source in ledger.sources {
      let states = [
        ("counted", source.counted), ("ignored", source.ignored), ("invalid", source.invalid),
        ("refused", source.refused),
      ]
      for (state, count) in states {
        metrics.set(series, [("source", source.source), ("state", state)], to: Double(count))
      }
    }
    let counts = ledger.counts
    for (outcome, name) in outcomes { metrics.set(ingested, [("outcome", name)], to: Double(counts[outcome])) }
    for (outcome, name) in reasons {
      metrics.set(RefusalLog.refused, [("reason", name)], to: Double(counts[outcome]))
    }
  }

  /// What every page says while a source sends more series than one may have.
  static func notices(_ sources: [SourceSeries]) -> [Notice] {
    sources.filter { $0.isFull || $0.refused > 0 }.prefix(3).map { source in
      Notice(
        isError: true,
        text: "'\(source.source)' sends more than \(source.counted + source.ignored + source.invalid) series; new ones "
          + "are refused. Drop some at the sender (write_relabel_configs), or raise limits.seriesPerSource.")
    }
  }
}
