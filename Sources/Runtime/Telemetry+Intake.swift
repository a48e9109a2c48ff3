import Base
import Ledger
import Store
import Wire

extension LedgerEngine {
  /// Counts the samples of a remote write.
  ///
  /// - Throws: `StoreFailure` when the log cannot be written; nothing of the body is counted then.
  public func take(_ request: WriteRequest, now: Instant) throws {
    try ingest(request.telemetry, scope: "prometheus", now: now) { WriteRequest.labels($0) }
  }
}
