import Base
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

/// The program that watches over a promised update: it waits until the update is due, reminds, and reminds again.
public enum UpdateDuty {
  public static let kind = "duty"
  public static let handler = "duty"
  /// After the last one the pages go on saying that the update is overdue.
  public static let reminders = 4
  /// Between two reminders.
  public static let again = Interval.minutes(15)

  struct Work: Codable {
    var audience: IncidentAudience
    var due: Instant
    /// Counted from 1.
    var reminder: Int
  }

  static func program(_ audience: IncidentAudience, due: Instant, from now: Instant) throws -> Program {
    var steps: [Step] = []
    for reminder in 1...reminders {
      let wait = reminder == 1 ? due - now : again
      let work = Work(audience: audience, due: due, reminder: reminder)
      steps.append(Step(name: "wait \(reminder)", kind: .wait, interval: max(.zero, wait)))
      steps.append(
        Step(name: "remind \(reminder)", kind: .act, handler: handler, parameters: try JSON(encoding: work)))
    }
    return Program(kind: kind, steps: steps)
  }
}

extension State {
  /// Keeps the promises of updates in step with what happened to an incident.
  func followIncident(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id] else { return }
    guard incident.isOpen else {
      endDuties(event, environment, &emitter)
      return
    }
    if let update = try event.payload(IncidentUpdated.self) {
      // Its resolution, which follows, ends all duties.
      withdrawReminders(of: incident, update, by: event.actor, &emitter)
      if update.phase == .resolved { return }
      if let due = update.nextDue {
        try expect(update.audience, due: due, of: incident, environment, &emitter)
      } else {
        cancelDuties(of: incident, "the update came", &emitter) { $0.audience == update.audience }
      }
    } else if event.type == IncidentSplit.type, event.time == incident.openedAt {
      // Its opening, of the same moment, has promised already what there is to promise.
      return
    } else if event.type == IncidentMadePrivate.type {
      cancelDuties(of: incident, "nothing of a private incident is published", &emitter) { $0.audience == .external }
    } else {
      for audience in IncidentAudience.allCases { try plan(audience, of: incident, environment, &emitter) }
    }
  }

  /// Promises what the severity asks for, where nothing earlier is promised.
  private func plan(
    _ audience: IncidentAudience, of incident: Incident, _ environment: Environment, _ emitter: inout Emitter
  ) throws {
    let rules = environment.severities[incident.severity]
    guard let usual = rules.updates(audience), audience == .internal || !incident.isPrivate else { return }
    let last = incident.updates.last { $0.audience == audience }?.at ?? incident.openedAt
    // A severity that is raised late leaves time to write.
    let due = max(last + usual, emitter.now + min(usual, .minutes(5)))
    if let promised = incident.nextUpdateDue(audience), promised <= due { return }
    try expect(audience, due: due, of: incident, environment, &emitter)
  }

  private func expect(
    _ audience: IncidentAudience, due: Instant, of incident: Incident, _ environment: Environment,
    _ emitter: inout Emitter
  ) throws {
    cancelDuties(of: incident, "a new time was promised", &emitter) { $0.audience == audience }
    let run = Procedures.start(
      try UpdateDuty.program(audience, due: due, from: emitter.now), about: incident.subject,
      snapshot: environment.snapshot, by: .system("incidents"), into: &emitter)
    emitter.emit(
      IncidentUpdateExpected(audience: audience, due: due, procedure: run), on: incident.subject,
      by: .system("incidents"))
  }

  /// Nothing is due any more once an incident is over.
  func endDuties(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) {
    if Canary.omits(.dutyEnd) { return }
    guard let id = ULID(event.subject.id), let incident = incidents.incidents[id] else { return }
    cancelDuties(of: incident, "the incident is over", &emitter) { _ in true }
  }

  private func cancelDuties(
    of incident: Incident, _ reason: String, _ emitter: inout Emitter, where matches: (Incident.Duty) -> Bool
  ) {
    for duty in incident.duties where matches(duty) {
      guard let run = procedures.runs[duty.procedure], run.status != .finished, run.cancelReason == nil else {
        continue
      }
      emitter.emit(
        ProcedureCancelled(reason: reason), on: Subject("procedure", run.id), by: .system("incidents"))
    }
    // Reminders that wait for another attempt would come too late.
    for page in outbox.pages(of: incident.subject) where page.status == .pending && page.request.kind == .notice {
      guard let run = page.request.procedure,
        incident.duties.contains(where: { $0.procedure == run && matches($0) })
      else { continue }
      emitter.emit(PageCancelled(page: page.id, reason: reason), on: incident.subject, by: .system("incidents"))
    }
  }

  /// Reminds whoever holds the role; from the second time on the commander too.
  func dutyStep(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == UpdateDuty.kind,
      let step = run.step, step.handler == UpdateDuty.handler, let started = try event.payload(StepStarted.self),
      let incident = ULID(run.about.id).flatMap({ incidents.incidents[$0] })
    else { return }
    let work = try step.parameters.decode(UpdateDuty.Work.self)
    var told: [String] = []
    let communications = incident.holders(of: IncidentRoles.communications)
    let commanders = incident.holders(of: IncidentRoles.commander)
    for person in communications + (work.reminder > 1 || communications.isEmpty ? commanders : [])
    where !told.contains(person) { told.append(person) }
    // Whoever took it may have lost sight of it since: a private incident is not heard of by others.
    if told.isEmpty, let taker = incident.acknowledgedBy, taker.text.hasPrefix("user/"),
      incident.isVisible(to: Viewer(taker))
    {
      told = [String(taker.text.dropFirst(5))]
    }
    emitter.emit(
      IncidentUpdateDue(audience: work.audience, due: work.due, person: told.first, reminder: work.reminder),
      on: incident.subject, by: .system("incidents"))
    for person in told {
      remind(person, of: work, incident, run.id, environment, &emitter)
    }
    emitter.emit(
      StepFinished(
        index: started.index, attempt: started.attempt, undo: false, result: .done,
        detail: told.isEmpty ? "nobody holds a role to be reminded" : "reminded \(told.joined(separator: ", "))"),
      on: event.subject, by: .system("incidents"))
  }

  private func remind(
    _ person: String, of work: UpdateDuty.Work, _ incident: Incident, _ run: ULID, _ environment: Environment,
    _ emitter: inout Emitter
  ) {
    guard let rule = environment.contacts[person]?.rules.first else { return }
    let body =
      "Write one with what is known, even if nothing is new, and say when the next comes: "
      + "mainstay incident update \(incident.number) --audience \(work.audience.rawValue) --text …"
    emitter.emit(
      PageRequested(
        page: emitter.newID(), kind: .notice, person: person, channel: rule.channel, level: 1,
        title: "The \(work.audience.rawValue) update of \(incident.noticeName) is due", body: body,
        notBefore: emitter.now, procedure: run),
      on: incident.subject, by: .system("incidents"))
  }
}
