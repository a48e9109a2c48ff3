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
        guard end > from else { return nil }
        let length = end - from
        let during = ledger.window(slot, length, at: end)
        let whole = ledger.window(slot, objective.period, at: end)
        // A window that is not full yet is taken to go on at the rate it had.
        let traffic = whole.covered > 0 ? whole.total / whole.covered : whole.total
        guard
          let spent = IncidentCost.spent(
            bad: during.bad, total: during.total, length: length, traffic: traffic, target: objective.target)
        else { return nil }
        return IncidentCost(
          slo: objective.id, service: objective.service, budgetSpent: spent.budget, badMinutes: spent.minutes,
          bad: during.bad, total: during.total, burnNow: to >= complete - .minutes(10) ? status.burnNow : nil,
          window: objective.period, to: end)
      }
    }
  }
}
