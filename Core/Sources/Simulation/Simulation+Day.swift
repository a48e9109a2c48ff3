import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Objectives
import OnCall

extension Simulation {
  typealias Submit = (Command<State>, @escaping (inout Simulation, Result<any Sendable, Refusal>) -> Void) -> Void

  /// Plans what the world does to the server.
  mutating func planDay() {
    let (start, quiet) = (self.start, self.start + Self.quietAfter)
    func someTime(_ random: inout SeededGenerator) -> Instant {
      start + .milliseconds(Int64.random(in: 0..<Self.quietAfter.milliseconds, using: &random))
    }
    for index in 0..<Int.random(in: 4...24, using: &random) {
      let service = Town.services.randomElement(using: &random)!
      let ticket = random.chance(0.25)
      let signal = Signal(
        key: "\(service)/\(index % 6)", service: random.chance(0.05) ? nil : service,
        severity: AlertSeverity.allCases.randomElement(using: &random)!,
        urgency: ticket ? .ticket : random.chance(0.03) ? .record : .page,
        summary: "condition \(index)", burnRate: random.chance(0.5) ? 20 : nil)
      let at = someTime(&random)
      let lasts = Interval.seconds(Int64.random(in: 5...7_200, using: &random))
      agenda.plan(.fire(signal, until: min(at + lasts, quiet)), at: at)
    }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let length = Interval.minutes(Int64.random(in: 10...180, using: &random))
      let person = Town.people.randomElement(using: &random)!
      let at = someTime(&random)
      // Two at once: exactly one may succeed.
      agenda.plan(.override("rota", person: person, length: length), at: at)
      agenda.plan(.override("rota", person: person, length: length), at: at)
    }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      agenda.plan(.manualIncident(Town.services.randomElement(using: &random)!), at: someTime(&random))
      agenda.plan(.note("seen something"), at: someTime(&random))
      agenda.plan(.resolveIncident, at: someTime(&random))
    }
    for _ in 0..<Int.random(in: 0...5, using: &random) { agenda.plan(.crash, at: someTime(&random)) }
    for _ in 0..<Int.random(in: 0...20, using: &random) { agenda.plan(.commitFault, at: someTime(&random)) }
    for _ in 0..<Int.random(in: 0...6, using: &random) { agenda.plan(.snapshot, at: someTime(&random)) }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      agenda.plan(.setClock(.seconds(Int64.random(in: -5_400...5_400, using: &random))), at: someTime(&random))
    }
    planBudgets(someTime)
    planResponse(someTime)
    planRuns()
    planSilences()
    planFlapping()
    planIncidentWork()
    planBodies()
  }

  /// Budgets that are used up step by step and come back, and editors who leave time out of them.
  private mutating func planBudgets(_ someTime: (inout SeededGenerator) -> Instant) {
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let slo = "\(Town.services.randomElement(using: &random)!)-works"
      let step = [0.5, 0.75, 0.9, 1].randomElement(using: &random)!
      agenda.plan(.budget(slo, step: step, isReached: random.chance(0.7)), at: someTime(&random))
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let slo = "\(Town.services.randomElement(using: &random)!)-works"
      let length = Interval.minutes(Int64.random(in: -10...200, using: &random))
      agenda.plan(.exclude(slo, length: length), at: someTime(&random))
      if random.chance(0.4) { agenda.plan(.restoreExclusion, at: someTime(&random)) }
    }
  }

  /// Lets one thing happen; commands are gathered into the batch of this instant.
  mutating func happen(_ happening: Happening, submit: Submit) {
    switch happening {
    case .fire(let signal, let until): fire(signal, until: until, submit)
    case .repeat(let signal): repeatSignal(signal, submit)
    case .clear(let key): clear(key, submit)
    case .body(let body): send(body, submit)
    case .acknowledge(let alert, let person, let tries): acknowledge(alert, person, tries, submit)
    case .override(let schedule, let person, let length):
      let start = (loop.map { _ in now() } ?? time)
      submit(
        Ask.createOverride(
          schedule: schedule, user: person, start: start, end: start + length, by: .user(person)
        ).command
      ) { _, _ in }
    case .manualIncident(let service):
      submit(
        Ask.openIncident(title: "by hand", service: service, severity: .sev3, alerts: [], by: .user("ana")).command
      ) { _, _ in }
    case .note(let text):
      guard let incident = loop?.committed.incidents.open.first else { return }
      submit(Ask.noteIncident(incident.id, text: text, by: .user("ben")).command) { _, _ in }
    case .resolveIncident:
      guard let incident = loop?.committed.incidents.open.first(where: { !$0.automatic }) else { return }
      submit(Ask.resolveIncident(incident.id, reason: "done", by: .user("ben")).command) { _, _ in }
    case .updateIncident, .takeRole, .raiseSeverity, .mergeIncidents: respond(happening, submit)
    case .budget(let slo, let step, let isReached): budget(slo, step, isReached, submit)
    case .exclude(let slo, let length):
      let to = loop.map { _ in now() } ?? time
      submit(Ask<ULID>.exclude(slo: slo, from: to - length, to: to, reason: "a drill", by: .user("ana")).command) {
        world, reply in
        if case .success(let value) = reply, let id = value as? ULID { world.acceptedExclusions.append(id) }
      }
    case .restoreExclusion:
      guard let exclusion = acceptedExclusions.first else { return }
      // A reply that a crash swallowed leaves open which it is.
      acceptedExclusions.removeFirst()
      submit(Ask<Void>.restore(exclusion: exclusion, by: .user("ben")).command) { _, _ in }
    case .silence(let act): silence(act, submit: submit)
    case .incident(let work): workOnIncidents(work, submit)
    case .watchHolds: watchHolds(submit: submit)
    case .landed(let delivery): land(delivery)
    case .report(let delivery, let sender):
      // A sender that died with its server reports nothing.
      guard sender == incarnation, loop != nil else { return }
      submit(reporting(delivery)) { _, _ in }
    case .commitFault:
      disk.fault = [.full, .fails, .crashBefore, .crashAfter].randomElement(using: &random)!
    case .crash: crash()
    case .restart: restart()
    case .snapshot:
      guard let loop, let snapshots = try? loop.committed.snapshots(at: loop.committedSequence) else { return }
      snapshots.forEach(disk.save)
    case .setClock(let by):
      offset = offset + by
      mark("clock set by \(by.nanoseconds)")
    case .startRun, .look, .acted, .performed, .cancelRun, .stopAutomation, .resumeAutomation:
      happenToRuns(happening, submit)
    }
  }

  /// Senders repeat a signal every minute while it lasts, and until they are told that it was taken.
  private mutating func fire(_ signal: Signal, until: Instant, _ submit: Submit) {
    guard time < until else {
      agenda.plan(.clear(signal.key), at: time + .milliseconds(1))
      return
    }
    submit(Ask.fire(signal, by: .system("sender")).command) { world, reply in
      if case .success(let value) = reply, let reply = value as? FireReply {
        world.acceptedAlerts.append(reply.alert)
      }
    }
    agenda.plan(.fire(signal, until: until), at: min(time + .seconds(60), until))
    // A pair of senders says everything twice, and one of them may be late with it: even after the condition has ended.
    if random.chance(0.1) {
      agenda.plan(.repeat(signal), at: time + .milliseconds(Int64.random(in: 0...90_000, using: &random)))
    }
  }

  /// The other sender of a pair. Where its word comes after the end of the condition, it ends what it began.
  private mutating func repeatSignal(_ signal: Signal, _ submit: Submit) {
    submit(Ask.fire(signal, by: .system("sender")).command) { world, reply in
      guard case .success(let value) = reply, let reply = value as? FireReply else { return }
      world.acceptedAlerts.append(reply.alert)
      if reply.isNew { world.agenda.plan(.clear(signal.key), at: world.time + .minutes(5)) }
    }
  }

  /// An evaluation finds a step of a budget crossed; one that is on record is not journalled again.
  private mutating func budget(_ slo: String, _ step: Double, _ isReached: Bool, _ submit: Submit) {
    submit(
      Ask<Void>("slo observe", by: .system("slo")) { state, _, emitter in
        let isKnown = state.budgets.bySLO[slo]?.steps.contains(step) ?? false
        guard isKnown != isReached else { return }
        let service = String(slo.dropLast("-works".count))
        if isReached {
          emitter.emit(
            BudgetStepReached(service: service, consumed: step, budgetLeft: 1 - step, periodStart: nil),
            on: Subject("slo", slo))
        } else {
          emitter.emit(
            BudgetStepRearmed(service: service, consumed: step, budgetLeft: 1 - step), on: Subject("slo", slo))
        }
      }.command
    ) { _, _ in }
  }

  private mutating func clear(_ key: String, _ submit: Submit) {
    submit(Ask<Void>.resolveAlert(key: key, reason: "the condition ended", by: .system("sender")).command) {
      world, reply in
      if case .failure = reply { world.agenda.plan(.clear(key), at: world.time + .seconds(5)) }
    }
  }

  private mutating func acknowledge(_ alert: ULID, _ person: String, _ tries: Int, _ submit: Submit) {
    submit(Ask.acknowledgeAlert(alert, via: "link", by: .user(person)).command) { world, reply in
      guard case .failure(let refusal) = reply, refusal.kind == .unavailable, tries > 0 else { return }
      world.agenda.plan(.acknowledge(alert, person: person, tries: tries - 1), at: world.time + .seconds(30))
    }
  }

  /// A message arrives; some people answer, some sleep on.
  private mutating func land(_ delivery: Delivery) {
    mark("landed \(delivery.key)")
    landed[delivery.page, default: []].append(delivery.key)
    let stored = disk.stored.last { stored in
      stored.event.type == PageRequested.type
        && (try? stored.event.payload(PageRequested.self))?.page == delivery.page
    }
    guard let stored, let request = try? stored.event.payload(PageRequested.self), request.kind == .fired,
      let alert = ULID(stored.event.subject.id), random.chance(0.35)
    else { return }
    let delay = Interval.seconds(Int64.random(in: 5...900, using: &random))
    agenda.plan(.acknowledge(alert, person: request.person, tries: 3), at: time + delay)
  }

  private func reporting(_ delivery: Delivery) -> Command<State> {
    switch delivery.outcome {
    case .taken: Ask<Void>.pageSent(delivery.page, attempt: delivery.attempt, receipt: "ok").command
    case .refused:
      Ask<Void>.pageFailed(
        delivery.page, attempt: delivery.attempt, reason: "refused", permanent: true, after: nil
      ).command
    case .failed, .failedButLanded:
      Ask<Void>.pageFailed(
        delivery.page, attempt: delivery.attempt, reason: "timed out", permanent: false, after: nil
      ).command
    }
  }
}
