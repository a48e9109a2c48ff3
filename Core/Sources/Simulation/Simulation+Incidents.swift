import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

/// People who work on incidents, and the promises of updates.
extension Simulation {
  mutating func planResponse(_ someTime: (inout SeededGenerator) -> Instant) {
    for _ in 0..<Int.random(in: 0...10, using: &random) {
      let audience = IncidentAudience.allCases.randomElement(using: &random)!
      agenda.plan(.updateIncident(audience, isLast: random.chance(0.2)), at: someTime(&random))
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let role = IncidentRoles.all.randomElement(using: &random)!
      agenda.plan(.takeRole(role, person: Town.people.randomElement(using: &random)!), at: someTime(&random))
    }
    if random.chance(0.5) { agenda.plan(.raiseSeverity, at: someTime(&random)) }
    if random.chance(0.3) { agenda.plan(.mergeIncidents, at: someTime(&random)) }
  }

  mutating func respond(_ happening: Happening, _ submit: Submit) {
    guard let open = loop?.committed.incidents.open, let incident = open.first else { return }
    switch happening {
    case .updateIncident(let audience, let isLast):
      let draft = UpdateDraft(audience: audience, phase: .identified, text: "still at it", isLast: isLast)
      submit(Ask<Void>.updateIncident(incident.id, draft, by: .user("ben")).command) { _, _ in }
    case .takeRole(let role, let person):
      submit(Ask<Void>.assignRole(incident.id, role: role, to: person, by: .user(person)).command) { _, _ in }
    case .raiseSeverity:
      submit(Ask<Void>.setSeverity(incident.id, to: .sev1, by: .user("ana")).command) { _, _ in }
    case .mergeIncidents:
      guard open.count > 1 else { return }
      submit(Ask<Void>.mergeIncident(open[1].id, into: incident.id, by: .user("ana")).command) { _, _ in }
    default: break
    }
  }

  /// Each reminder of a promise comes once and in order, none comes after the update, the end or a new promise, and
  /// whoever it names is sent a message.
  mutating func checkDuties(_ events: [Event]) {
    var promised: [String: (run: ULID, due: Instant, reminders: Int)] = [:]
    var asked: Set<String> = []
    for event in events {
      if let request = try? event.payload(PageRequested.self), let run = request.procedure,
        event.subject.kind == "incident"
      {
        if !asked.insert("\(run) \(request.person) \(event.time.nanoseconds)").inserted {
          violations.append("\(request.person) was reminded twice at once by \(run)")
        }
      }
      guard event.subject.kind == "incident" else { continue }
      func key(_ audience: IncidentAudience) -> String { "\(event.subject) \(audience.rawValue)" }
      if let expected = try? event.payload(IncidentUpdateExpected.self) {
        promised[key(expected.audience)] = (expected.procedure, expected.due, 0)
      } else if let update = try? event.payload(IncidentUpdated.self) {
        promised[key(update.audience)] = nil
      } else if event.type == IncidentMadePrivate.type {
        promised[key(.external)] = nil
      } else if event.type == IncidentResolved.type || event.type == IncidentMerged.type {
        for audience in IncidentAudience.allCases { promised[key(audience)] = nil }
      } else if let due = try? event.payload(IncidentUpdateDue.self) {
        guard let promise = promised[key(due.audience)] else {
          violations.append("\(event.subject) was reminded of a \(due.audience.rawValue) update that nobody waits for")
          continue
        }
        if due.due != promise.due || due.reminder != promise.reminders + 1 || event.time < due.due {
          violations.append("reminder \(due.reminder) of \(event.subject) came out of turn")
        }
        promised[key(due.audience)]?.reminders = due.reminder
      }
    }
    // What is still promised at the end and long overdue has had all its reminders.
    let end = events.last?.time ?? start
    for (key, promise) in promised.sorted(by: { $0.key < $1.key }) {
      let last = promise.due + UpdateDuty.again * Int64(UpdateDuty.reminders)
      if last < end - .minutes(1), promise.reminders != UpdateDuty.reminders {
        violations.append("\(key) was reminded \(promise.reminders) times of \(UpdateDuty.reminders)")
      }
    }
  }
}
