import Base
import Ledger
import Objectives
import Runtime
import Store

extension QuerySources.Book {
  /// What data sources answer goes into the ledger like every other sample, told apart by its source.
  static func ledger(_ ledger: LedgerEngine) -> QuerySources.Book {
    QuerySources.Book { sli in
      ledger.read { ledger in
        guard let slot = ledger.slot(of: sli) else {
          return SLIProgress(lastSample: nil, liveSince: nil, backfilledUpTo: nil)
        }
        let live = ledger.liveSince(slot)
        return SLIProgress(
          lastSample: live == nil ? nil : ledger.lastSample(slot), liveSince: live,
          backfilledUpTo: ledger.backfilled(slot)?.upTo, resumed: ledger.resumed(slot),
          gap: ledger.gaps(of: slot).first)
      }
    } ingest: { series, source, bornAfter, now in
      var exposition: ExpositionTimes?
      if let bornAfter, let at = series.compactMap(\.samples.first?.time).min() {
        exposition = ExpositionTimes(at: at, previous: bornAfter)
      }
      try ledger.ingest(series, scope: "query:" + source, exposition: exposition, now: now) { key in
        LabelSet(key: Array(key)) ?? LabelSet([])
      }
    } backfill: { sli, from, upTo, increments, now in
      // A stretch is at most a day of increments that are 10 seconds apart, which is well below the ledger's bound.
      try ledger.backfill(sli, BackfilledStretch(from: from, upTo: upTo, increments: increments.landed), now: now)
    } openGap: { sli, now in
      try ledger.openGap(sli, now: now)
    } fill: { sli, upTo, increments, now in
      try ledger.fill(sli, BackfilledStretch(upTo: upTo, increments: increments.landed), now: now)
    }
  }
}

extension [SampleFold.Increment] {
  fileprivate var landed: [BackfilledStretch.Increment] {
    map { .init(time: $0.time, part: $0.part, total: $0.total) }
  }
}
