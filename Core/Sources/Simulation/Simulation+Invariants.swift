import Alerts
import Base
import Engine
import Events
import Journal
import Objectives
import OnCall
import Outbox
import Procedures

extension Simulation {
  /// How late something may be while the server is up: its own clock may lag a tenth behind a deadline's approach.
  static let slack = Interval.seconds(3)
  /// No escalation of the town takes longer.
  private static let escalationMax = Interval.minutes(90)

  /// The promises of the design, read off the journal as it stands on the disk.
  mutating func checkAtEnd() {
    guard let state = loop?.committed else {
      violations.append("the server is down at the end")
      return
    }
    let events = disk.stored.map(\.event)
    let now = now()
    checkHeld(at: now)
    checkAlerts(state, now)
    checkPages(state, events, now)
    checkClaims(events)
    checkTimeliness(events)
    checkOverrides(events)
    checkBudgets(state, events)
    checkDuties(events)
    checkIncidents()
    checkReviews(state, events, now)
    checkRuns(state, events)
  }

  /// Each step of a policy that is reached has asked for what it says, once, and its request ends with it; what an
  /// editor was told is left out is left out.
  private mutating func checkBudgets(_ state: State, _ events: [Event]) {
    var open: [String: Int] = [:]
    for event in events {
      if let request = try? event.payload(BudgetPolicyRequested.self) {
        open["\(event.subject) \(request.consumed)", default: 0] += 1
      }
      if let over = try? event.payload(BudgetPolicyWithdrawn.self) {
        open["\(event.subject) \(over.consumed)", default: 0] -= 1
      }
    }
    var reached: Set<String> = []
    for (slo, budget) in state.budgets.bySLO.sortedElements {
      for step in budget.steps { reached.insert("slo/\(slo) \(step)") }
    }
    for (step, count) in open.sorted(by: { $0.key < $1.key }) where count != (reached.contains(step) ? 1 : 0) {
      violations.append("\(step) of the budget has \(count) open requests")
    }
    for step in reached.sorted() where open[step] == nil {
      violations.append("\(step) of the budget asked for nothing")
    }
    for exclusion in acceptedExclusions where state.exclusions[exclusion] == nil {
      violations.append("exclusion \(exclusion) was accepted and is gone")
    }
  }

  /// Every alert that should page is acknowledged, resolved or escalated to the end; each suppression has a reason.
  private mutating func checkAlerts(_ state: State, _ now: Instant) {
    for (id, alert) in state.alerts.alerts.sortedElements {
      if let suppression = alert.suppression {
        if suppression.reason.isEmpty { violations.append("alert \(id) is suppressed without a reason") }
        continue
      }
      guard let procedure = alert.procedure.flatMap({ state.procedures.runs[$0] }) else {
        violations.append("alert \(id) neither pages nor says why not")
        continue
      }
      // One that began late, after a hold or an acknowledgement had ended, is on its way to the next level.
      if procedure.status != .finished, procedure.resumedAt ?? procedure.startedAt > now - Self.escalationMax,
        let next = procedure.deadline, !isLate(now, next)
      {
        continue
      }
      if alert.status == .firing, procedure.outcome != .completed {
        violations.append("alert \(id) is firing and its escalation is \(procedure.status.rawValue)")
      }
      if procedure.status != .finished { violations.append("the escalation of alert \(id) never ended") }
    }
  }

  /// Each effect happens at least once, with the same key; those who were paged hear that it is over.
  private mutating func checkPages(_ state: State, _ events: [Event], _ now: Instant) {
    for (id, page) in state.outbox.pages.sortedElements {
      switch page.status {
      case .sent where landed[id]?.isEmpty != false: violations.append("page \(id) is sent and nothing landed")
      // One that was asked for late waits for its time, or for word of the attempt that is under way.
      case .pending where isOnItsWay(page, now), .claimed where isOnItsWay(page, now): break
      case .pending, .claimed: violations.append("page \(id) is still \(page.status.rawValue) at the end")
      default: break
      }
      for key in landed[id] ?? [] where key != page.key { violations.append("page \(id) went out as \(key)") }
      guard page.request.kind == .fired, page.mayHaveLanded,
        let alert = ULID(page.subject.id).flatMap({ state.alerts.alerts[$0] }), !alert.isOpen
      else { continue }
      let told = state.outbox.pages(of: page.subject).contains {
        $0.request.kind == .resolved && $0.request.person == page.request.person
          && $0.request.channel == page.request.channel
      }
      if !told { violations.append("\(page.request.person) was paged (\(id)) and never told that it is over") }
    }
  }

  /// No page is tried for longer.
  private static let deliveryMax = Interval.minutes(10)

  private func isOnItsWay(_ page: Page, _ now: Instant) -> Bool {
    page.requestedAt > now - Self.deliveryMax && page.due.map { !isLate(now, $0) } ?? false
  }

  /// Nothing is claimed for an alert after its resolution is durable.
  private mutating func checkClaims(_ events: [Event]) {
    var resolved: Set<Subject> = []
    var kinds: [ULID: PageRequested.Kind] = [:]
    for event in events {
      if event.type == AlertResolved.type { resolved.insert(event.subject) }
      if let request = try? event.payload(PageRequested.self) { kinds[request.page] = request.kind }
      if let claim = try? event.payload(PageClaimed.self), kinds[claim.page] == .fired,
        resolved.contains(event.subject)
      {
        violations.append("page \(claim.page) was claimed after \(event.subject) was resolved")
      }
    }
  }

  /// Waits end and pages go out on time, but for when the server could not commit.
  private mutating func checkTimeliness(_ events: [Event]) {
    var waits: [Subject: Instant] = [:]
    var guarded: Set<Subject> = []
    var requested: [ULID: Instant] = [:]
    for event in events {
      // What runbooks wait for is people and processes; `checkRuns` looks at that.
      if event.type == RunbookStarted.type { guarded.insert(event.subject) }
      if guarded.contains(event.subject) { continue }
      if let started = try? event.payload(StepStarted.self) { waits[event.subject] = started.deadline }
      if event.type == ProcedurePaused.type { waits[event.subject] = nil }
      if let resumed = try? event.payload(ProcedureResumed.self) { waits[event.subject] = resumed.deadline }
      if event.type == StepFinished.type, let due = waits.removeValue(forKey: event.subject), event.time > due {
        checkLate(event.time, due, "\(event.subject) went on")
      }
      if let request = try? event.payload(PageRequested.self) {
        requested[request.page] = max(request.notBefore, event.time)
      }
      if let claim = try? event.payload(PageClaimed.self), let due = requested.removeValue(forKey: claim.page) {
        checkLate(event.time, due, "page \(claim.page) first went out")
      }
    }
  }

  private mutating func checkLate(_ at: Instant, _ due: Instant, _ what: String) {
    let excused = excuse(from: due, to: at)
    if at - due > excused + Self.slack {
      violations.append("\(what) \((at - due).seconds) s late, \(excused.seconds) s of it excused")
    }
  }

  /// Of two identical overrides at once exactly one succeeds.
  private mutating func checkOverrides(_ events: [Event]) {
    var seen: Set<String> = []
    for event in events {
      guard let created = try? event.payload(OverrideCreated.self) else { continue }
      let key = "\(event.subject) \(created.user ?? "nobody") \(created.start.nanoseconds) \(created.end.nanoseconds)"
      if !seen.insert(key).inserted { violations.append("the override \(key) was made twice") }
    }
  }
}
