import Alerts
import Base
import Engine
import Events
import Journal
import Procedures

/// After each commit: whoever is not paged is held back by something that holds, and whatever nothing holds back pages.
extension Simulation {
  mutating func checkHeld(at now: Instant) {
    guard let state = loop?.committed else { return }
    for (id, alert) in state.alerts.alerts.sortedElements where alert.status == .firing {
      let problem =
        alert.suppression.map { unheld(alert, $0, state, now) ?? unpaused(alert, $0, state) } ?? unpaged(alert, state)
      if let problem { found("alert \(id) \(problem)") }
    }
  }

  /// A promise that stays broken is told once.
  mutating func found(_ violation: String) {
    if !violations.contains(violation) { violations.append(violation) }
  }

  /// What is held back does not go on paging, and only what can go on later waits.
  private func unpaused(_ alert: Alert, _ held: AlertSuppressed, _ state: State) -> String? {
    guard let run = alert.procedure.flatMap({ state.procedures.runs[$0] }), run.status != .finished else { return nil }
    guard run.pause != nil else { return "is \(held.code.rawValue) and its escalation goes on" }
    return [.silenced, .maintenance, .inhibited].contains(held.code)
      ? nil : "is \(held.code.rawValue) and its escalation waits for ever"
  }

  private func unpaged(_ alert: Alert, _ state: State) -> String? {
    guard let run = alert.procedure.flatMap({ state.procedures.runs[$0] }) else {
      return "neither pages nor says why not"
    }
    if run.pause != nil { return "is firing, nothing holds it back, and its escalation waits" }
    guard run.cancelReason == nil, run.status != .finished || run.outcome == .completed else {
      return "is firing, nothing holds it back, and its escalation was stopped"
    }
    return nil
  }

  /// What is wrong with the reason that an alert gives; `nil` where it holds.
  private func unheld(_ alert: Alert, _ held: AlertSuppressed, _ state: State, _ now: Instant) -> String? {
    if held.reason.isEmpty { return "is suppressed without a reason" }
    // One that flaps and is quiet is looked at when it comes back, or is over; until then it pages nobody anyway.
    if alert.flapping?.quietUntil == nil, let until = held.until, isLate(now, until) {
      return "is \(held.code.rawValue) past \(until.rfc3339)"
    }
    switch held.code {
    case .silenced:
      guard let by = held.by, by.hasPrefix("silence/") else { return "is silenced by nothing" }
      if environment.holding.silences.contains(where: { "silence/\($0.name)" == by }) { return nil }
      guard let silence = ULID(by.dropFirst("silence/".count)).flatMap({ state.silences[$0] }) else {
        return "is silenced by \(by), which is not there"
      }
      if silence.expiredAt != nil { return "is silenced by \(by), which somebody ended" }
      return silence.matches(alert.signal) ? nil : "is silenced by \(by), which is about others"
    case .maintenance:
      let window = environment.holding.maintenance.first { "maintenance/\($0.name)" == held.by }
      return window?.services.contains(alert.signal.service ?? "") == true
        ? nil : "is in no maintenance of \(held.by ?? "")"
    case .inhibited:
      let source = held.into.flatMap { state.alerts.alerts[$0] }
      return source?.isOpen == true ? nil : "is inhibited by an alert that is over"
    case .joined:
      return speaker(of: held.by, besides: alert, state) ? nil : "joined \(held.by ?? ""), for which none speaks"
    case .grouped:
      let cause = held.by.map { "high/\($0.dropFirst("cause/".count))" }
      return speaker(of: cause, besides: alert, state) ? nil : "waits for \(held.by ?? ""), which is over"
    case .waiting, .deferred, .flapping: return held.until == nil ? "is \(held.code.rawValue) for ever" : nil
    case .recordedOnly: return nil
    // Everybody of the town has a contact, so the catch-all finds somebody.
    case .noPolicy: return "pages nobody although somebody can be reached"
    }
  }

  /// Whether an open alert of the group pages, is taken, or waits to page. Found by looking at all of them, so that the
  /// engine's own lists are not what they are held against.
  private func speaker(of group: String?, besides alert: Alert, _ state: State) -> Bool {
    state.alerts.alerts.sortedElements.contains {
      $0.value.id != alert.id && $0.value.isHead && $0.value.group == group
    }
  }

  /// Whether something is still waited for after its time, but for when the server could not commit.
  func isLate(_ now: Instant, _ due: Instant) -> Bool { now - due > excuse(from: due, to: now) + Self.slack }

  func excuse(from due: Instant, to at: Instant) -> Interval {
    outages.reduce(Interval.zero) { sum, outage in
      let overlap = min(outage.to, at) - max(outage.from, due)
      return overlap > .zero ? sum + overlap : sum
    }
  }
}
