import Base
import Events
import Ledger
import Objectives
import Store
import Synchronization

/// What an incident cost the SLOs of its service, read from the ledger at the moment its review is drafted.
final class ImpactReader: Sendable {
  /// More SLOs than these are not told in one review.
  private static let sloMax = 50
  /// How far back from the alert the beginning is looked for.
  private static let reach = Interval.hours(6)

  private let ledger = Mutex<LedgerEngine?>(nil)

  /// The ledger is opened after the definitions are compiled.
  func use(_ engine: LedgerEngine) -> LedgerEngine {
    ledger.withLock { $0 = engine }
    return engine
  }

  /// - Parameter found: the SLO whose alert fired first, and when.
  func impact(
    _ objectives: [Objective], found: (slo: String?, at: Instant), resolved: Instant
  ) -> [BudgetImpact] {
    guard let engine = ledger.withLock({ $0 }) else { return [] }
    return engine.read { ledger in
      objectives.filter(\.composite.isEmpty).prefix(Self.sloMax).compactMap { objective in
        guard let slot = ledger.slot(of: objective.sli) else { return nil }
        let stretches = ObjectivePlots.stretches(
          objective, in: ledger, from: found.at - Self.reach, to: resolved, limit: 200)
        // The alert comes within minutes of the events it is about.
        let since = stretches.first { $0.from <= found.at && found.at <= $0.to + .minutes(10) }?.from
        let from = min(since ?? found.at, found.at)
        return BudgetSpent(of: objective, in: ledger, slot, from: from, to: resolved).map { spent in
          BudgetImpact(
            slo: objective.id, share: spent.share, badMinutes: spent.badMinutes, bad: spent.bad, total: spent.total,
            since: since)
        }
      }
    }
  }
}
