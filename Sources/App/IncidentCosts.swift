import Base
import Ledger
import Objectives
import Runtime
import Store
import Web

/// What an incident has cost, read from the ledger.
enum IncidentCosts {
  /// More SLOs than these are not told on one page.
  private static let sloMax = 50

  static func costs(
    _ list: ObjectiveList, _ objectives: [String: Objective], _ parts: Server.Parts, of services: [String],
    from: Instant, to: Instant
  ) -> [IncidentCost] {
    var seen: Set<String> = []
    let wanted = services.filter { seen.insert($0).inserted }.flatMap { list.of(service: $0) }
      .compactMap { status in objectives[status.name].map { (status, $0) } }.prefix(sloMax)
    let now = parts.clock.now()
    return parts.ledger.read { ledger in
      wanted.compactMap { status, objective -> IncidentCost? in
        guard let slot = ledger.slot(of: objective.sli), let complete = ledger.evaluationTime(slot, now: now) else {
          return nil
        }
        let end = min(to, complete)
        guard let spent = BudgetSpent(of: objective, in: ledger, slot, from: from, to: end) else { return nil }
        return IncidentCost(
          slo: objective.id, service: objective.service, budgetSpent: spent.share, badMinutes: spent.badMinutes,
          bad: spent.bad, total: spent.total, burnNow: to >= complete - .minutes(10) ? status.burnNow : nil,
          window: objective.period, to: end)
      }
    }
  }
}
