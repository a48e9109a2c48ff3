import Base
import Ledger
import Logging
import Objectives
import Synchronization

extension QuerySources {
  /// Opens a gap where live samples cannot be caught up, and closes one that the SLO's window has left behind.
  func tendGaps(of objectives: [Objective], _ known: inout [String: SLIProgress], _ now: Instant) {
    var periods: [String: Interval] = [:]
    var queried: [Objective] = []
    for objective in objectives where objective.query != nil {
      if periods[objective.sli] == nil { queried.append(objective) }
      periods[objective.sli] = max(periods[objective.sli] ?? .zero, objective.period)
    }
    let progress = known
    let behind = sources.withLock { all in
      queried.filter { objective in
        guard let query = objective.query, let own = progress[objective.sli], let last = own.lastSample,
          own.resumed != nil
        else { return false }
        let asked = all.byName[query.source]?.askedUpTo(objective)
        return max(last, asked ?? last) < now - limits.catchUp
      }
    }
    for objective in behind {
      let since = known[objective.sli]?.lastSample
      change(objective.sli, &known) { try book.openGap(objective.sli, now) }
      logger.notice(
        "live samples end too long ago to be caught up; what is missing will be fetched",
        metadata: ["slo": "\(objective.sli)", "since": "\(since ?? .distantPast)"])
    }
    for objective in queried {
      guard let until = known[objective.sli]?.gap?.until, let period = periods[objective.sli],
        until <= now - min(period, LedgerLimits.longestPeriod)
      else { continue }
      change(objective.sli, &known) { try book.fill(objective.sli, until, [], now) }
    }
  }

  /// What the ledger cannot write now is tried again with the next refresh.
  private func change(_ sli: String, _ known: inout [String: SLIProgress], _ body: () throws -> Void) {
    do {
      try body()
      known[sli] = book.progress(sli)
    } catch {
      logger.warning("a gap cannot be noted", metadata: ["slo": "\(sli)", "error": "\(error)"])
    }
  }
}
