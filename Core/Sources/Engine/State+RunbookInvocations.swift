import Alerts
import Base
import Definitions
import Events
import Incidents
import Journal
import Procedures
import Runbooks

/// Which runbooks an alert offers or runs by itself, and what a run that could not be undone sets off.
extension State {
  func reactRunbooks(to event: Event, in environment: Environment, into emitter: inout Emitter) throws {
    withdrawApprovals(event, &emitter)
    switch event.type {
    case AlertFired.type: try offerRunbooks(event, environment, &emitter)
    case RunbookOffered.type:
      guard let offered = try event.payload(RunbookOffered.self), let due = offered.due, due <= emitter.now else {
        return
      }
      try invoke(offered.id, in: environment, into: &emitter)
    case StepFinished.type where !Canary.omits(.haltPage): try pageForHalt(event, environment, &emitter)
    default: break
    }
  }

  private func offerRunbooks(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let fired = try event.payload(AlertFired.self) else { return }
    for rule in environment.runbooks.rules(for: fired.signal) {
      guard let plan = environment.runbooks.plans[rule.runbook] else { continue }
      let isAutomatic = rule.invocation.mode == .automatic && !plan.isDraft
      emitter.emit(
        RunbookOffered(
          id: emitter.newID(), runbook: plan.name, mode: isAutomatic ? .automatic : .offer,
          reason: Self.reason(rule.invocation), due: isAutomatic ? emitter.now + rule.invocation.delay : nil,
          invocation: rule.index),
        on: event.subject, by: .system("runbooks"))
    }
  }

  private static func reason(_ invocation: RunbookHeader.Invocation) -> String {
    let matchers = invocation.matchers.map(\.description).joined(separator: ", ")
    return [invocation.alert, matchers.isEmpty ? nil : matchers].compactMap { $0 }.joined(separator: ", ")
  }

  /// Starts what runs by itself, or says why it does not.
  func invoke(_ id: ULID, in environment: Environment, into emitter: inout Emitter) throws {
    guard let offer = runbookRuns.offers[id] else { return }
    var run: ULID?
    var refused: String?
    do throws(Refusal) {
      run = try start(offer, environment, &emitter)
    } catch {
      refused = error.message
    }
    emitter.emit(
      RunbookInvoked(offer: id, runbook: offer.runbook, run: run, refused: refused), on: offer.about,
      by: .system("runbooks"))
  }

  private func start(
    _ offer: RunbookRuns.Offer, _ environment: Environment, _ emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    if let stop = automation.stopped {
      throw Refusal(.unavailable, "automation is stopped by \(stop.by.text): \(stop.reason)")
    }
    guard let plan = environment.runbooks.plans[offer.runbook],
      let invocation = plan.invocations[safe: offer.invocation],
      !plan.isDraft, invocation.mode == .automatic
    else { throw Refusal(.conflict, "the runbook says so no more") }
    guard let alert = ULID(offer.about.id).flatMap({ alerts.alerts[$0] }), alert.isOpen else {
      throw Refusal(.conflict, "the alert was over before")
    }
    if let held = alert.suppression { try refuse(held, plan.class) }
    try checkBlastRadius(plan, alert, invocation, at: emitter.now)
    let start: RunbookStart
    do {
      start = try runbookStart(
        plan.name, inputs: [], about: alert.subject, mode: .all, automatic: offer.reason, in: environment)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw Refusal(.invalid, "its program cannot be written down: \(error)")
    }
    return try self.start(start, by: .system("runbooks"), into: &emitter)
  }

  /// What people have silenced or planned is not acted upon; nor is put right what has its cause elsewhere.
  private func refuse(_ held: AlertSuppressed, _ class: RunbookClass) throws(Refusal) {
    switch held.code {
    case .silenced, .maintenance, .inhibited: throw Refusal(.conflict, "the alert is held back: \(held.reason)")
    case .grouped where `class` == .remediation:
      throw Refusal(.conflict, "the likelier cause is elsewhere: \(held.reason)")
    default: return
    }
  }

  private func checkBlastRadius(
    _ plan: Plan, _ alert: Alert, _ invocation: RunbookHeader.Invocation, at now: Instant
  ) throws(Refusal) {
    let radius = plan.blastRadius
    let service = alert.signal.service
    if let radius, !radius.services.isEmpty, !(service.map(radius.services.contains) ?? false) {
      throw Refusal(.forbidden, "\(service ?? "an alert without a service") is outside its blast radius")
    }
    let runs = runbookRuns.of(runbook: plan.name)
    let concurrent = radius?.concurrent ?? 1
    if runs.filter(\.isGoing).count >= concurrent {
      throw Refusal(.conflict, "it runs \(concurrent) times at once at most, and does")
    }
    let automatic = runs.filter { $0.automatic != nil }
    let perHour = radius?.runsPerHour ?? 6
    if automatic.filter({ $0.startedAt > now - .hours(1) }).count >= perHour {
      throw Refusal(.conflict, "it runs by itself \(perHour) times an hour at most, and did")
    }
    let own = automatic.filter { $0.about == alert.subject || (service.map($0.services.contains) ?? false) }
    switch invocation.once {
    case .incident:
      let incident = incidents.incident(ofAlert: alert.id)
      if own.contains(where: { $0.about == alert.subject || ($0.incident != nil && $0.incident == incident?.subject) })
      {
        throw Refusal(.conflict, "it ran in this incident already")
      }
    case .window(let window):
      if own.contains(where: { $0.startedAt > now - window }) {
        throw Refusal(.conflict, "it ran within the last \(window.text) already")
      }
    }
  }

  // MARK: What could not be undone

  /// Somebody has to look at a run that stopped half-way: they are paged as for an alert of its service.
  private func pageForHalt(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let finished = try event.payload(StepFinished.self), finished.undo, finished.fails == true,
      let id = ULID(event.subject.id), let run = runbookRuns.runs[id], let halt = procedures.runs[id]?.guarded?.halt
    else { return }
    let service = run.services.first { environment.services[$0]?.policy != nil } ?? run.services.first
    // Everybody sees alerts: that of a private incident's run says only that there is something to do.
    let isPrivate = incidents.privacy.isPrivate(event.subject)
    var labels: [Signal.Label] = isPrivate ? [] : [.init(name: "runbook", value: run.runbook)]
    labels.append(.init(name: "run", value: "\(id)"))
    // Whom nobody else can be found for.
    if run.startedBy.text.hasPrefix("user/") {
      labels.append(.init(name: Environment.starterLabel, value: String(run.startedBy.text.dropFirst(5))))
    }
    let signal = Signal(
      key: "runbook/\(id)", service: service, severity: .critical, urgency: .page,
      summary: isPrivate
        ? "A run that few may see stopped half-way"
        : "Runbook \(run.title.cut(200)) stopped half-way: \(halt.cut(500))",
      detail: "What the run did is still in place. See what is left, put it right by hand, then resolve this alert."
        + (isPrivate ? " It belongs to a private incident; whoever works on that knows more." : ""),
      labels: labels,
      integration: Signal.runbooks)
    do throws(Refusal) {
      _ = try alerts.fire(signal, into: &emitter)
    } catch {
      // As many alerts are open as can be: people are looking already, and the run itself says that it halted.
      return
    }
  }
}
