import Alerts
import Base
import Engine
import Events
import Journal
import Runbooks

extension Site {
  /// The runbooks for a service: those that name it, and those that its definition names.
  func runbooks(service: String?) -> [RunbookEntry] {
    guard let service else { return [] }
    let named = self.service(service)?.runbooks ?? []
    return catalog.runbooks.filter {
      $0.service == service || $0.detail.services.contains(service) || named.contains($0.name)
    }
  }

  /// The runbooks for an alert: those offered for it first, then those of its service.
  func runbooks(for alert: Alert) -> [RunbookEntry] {
    let offered = state.runbookRuns.offers(for: alert.subject).map(\.runbook)
    let first = catalog.runbooks.filter { offered.contains($0.name) }
    return first + runbooks(service: alert.signal.service).filter { !offered.contains($0.name) }
  }

  func health(ofRunbook name: String) -> RunbookHealth {
    let health = state.runbookRuns.health(of: name)
    let runs = state.runbookRuns.of(runbook: name)
    return RunbookHealth(
      runs: runs.count, lastRunAt: health.lastRun, lastRun: runs.first?.id,
      lastCondition: runs.first.map { runView($0).condition }, successShare: health.successShare,
      lastSuccessAt: health.lastSuccess, manualSteps: health.stepsAlwaysByHand)
  }

  /// How all runbooks do, and where one is missing.
  func runbookReport(at now: Instant) -> RunbookReport {
    let rows = catalog.runbooks.filter { !$0.detail.steps.isEmpty }.map {
      RunbookReport.Row(runbook: $0, health: health(ofRunbook: $0.name))
    }
    var problems: [RunbookProblem] = rows.flatMap { self.problems(of: $0, at: now) }
    for service in catalog.services {
      guard let tier = service.tier, tier <= 1, runbooks(service: service.name).isEmpty else { continue }
      problems.append(
        RunbookProblem(
          kind: .serviceWithout, subject: service.name, detail: "tier \(tier), owned by \(service.owner ?? "nobody")",
          href: "/services/\(SafeURL.encode(service.name))"))
    }
    problems += alertsWithout(at: now)
    return RunbookReport(
      rows: rows.sorted { rank($0, problems) < rank($1, problems) }, problems: problems)
  }

  /// Unhealthy ones first, then by name.
  private func rank(_ row: RunbookReport.Row, _ problems: [RunbookProblem]) -> (Int, String) {
    let isBad = problems.contains { $0.subject == row.runbook.name && $0.kind.isUnhealthy }
    return (isBad ? 0 : row.health.runs > 0 ? 1 : 2, row.runbook.name)
  }

  private func problems(of row: RunbookReport.Row, at now: Instant) -> [RunbookProblem] {
    let (name, health) = (row.runbook.name, row.health)
    var found: [RunbookProblem] = []
    func add(_ kind: RunbookProblem.Kind, _ detail: String, _ href: String? = nil) {
      found.append(
        RunbookProblem(
          kind: kind, subject: name, detail: detail, href: href ?? "/runbooks/\(SafeURL.encode(name))"))
    }
    guard health.runs > 0 else {
      add(.neverRun, "nobody knows whether it works; a dry run or a run in quiet times tells")
      return found
    }
    let ended = state.runbookRuns.of(runbook: name).first { $0.outcome.map { $0 != .cancelled } ?? false }
    let share = health.successShare ?? 1
    if let ended, ended.outcome == .halted {
      add(.halted, "its last run could not be undone", "/runs/\(ended.id)")
    } else if let ended, ended.outcome == .failed {
      add(.failing, "its last run failed\(ended.reason.map { ": \($0)" } ?? "")", "/runs/\(ended.id)")
    } else if share < RunbookHealth.shareWanted {
      add(.failing, "\(Format.percent(share, digits: 0)) of its runs worked")
    }
    if let last = health.lastSuccessAt, now - last > RunbookHealth.staleAfter {
      add(.stale, "it worked last \(Format.relative(last, to: now))")
    }
    if !health.manualSteps.isEmpty {
      add(.needsHand, "a person always helps at \(Format.list(health.manualSteps))")
    }
    return found
  }

  /// Alerts of the last 30 days, a line a rule, for which there is neither a runbook of their service nor an offer.
  private func alertsWithout(at now: Instant) -> [RunbookProblem] {
    let offered = Set(state.runbookRuns.offers.sortedElements.map(\.value.about.text))
    var known: [String: Bool] = [:]
    var seen: Set<String> = []
    var found: [RunbookProblem] = []
    for alert in state.alerts.newestKept().prefix(2_000) where now - alert.firedAt < .days(30) && found.count < 20 {
      let service = alert.signal.service ?? ""
      let covered = known[service] ?? !runbooks(service: service).isEmpty
      known[service] = covered
      if covered || offered.contains(alert.subject.text) || alert.signal.urgency == .record { continue }
      let name = alert.signal.slo ?? alert.signal.labels.first { $0.name == "alertname" }?.value ?? alert.signal.summary
      guard seen.insert("\(service) \(name)").inserted else { continue }
      found.append(
        RunbookProblem(
          kind: .alertWithout, subject: String(name.prefix(120)),
          detail:
            "\(service.isEmpty ? "of no service" : "of \(service)"), fired \(Format.relative(alert.firedAt, to: now))",
          href: "/alerts/\(alert.id)"))
    }
    return found
  }
}
