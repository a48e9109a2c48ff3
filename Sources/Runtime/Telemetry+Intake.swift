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
}
