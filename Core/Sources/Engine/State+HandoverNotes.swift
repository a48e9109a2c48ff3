import Alerts
import Base
import Events
import Fatigue
import Journal
import Objectives
import OnCall

/// Notes for who comes on call, written when somebody does.
extension State {
  /// How far a rotation is looked along for its next change; slower ones are looked along for longer.
  private static let lookAhead: [Interval] = [.days(35), .days(400)]

  /// Plans the next hand-over of every schedule, and calls off those of schedules that are gone.
  func planHandovers(_ environment: Environment, _ emitter: inout Emitter) {
    let gone = handovers.planned.map(\.schedule).filter { !environment.schedules.contains($0) }
    for schedule in environment.schedules.sorted() + gone.sorted() { planHandover(of: schedule, environment, &emitter) }
  }

  /// Plans the next hand-over of a schedule, where it is not planned so already.
  func planHandover(of schedule: String, _ environment: Environment, _ emitter: inout Emitter) {
    let next = nextHandover(of: schedule, environment, after: emitter.now)
    guard next != handovers.plan(of: schedule) else { return }
    emitter.emit(HandoverPlanned(at: next), on: Subject("schedule", schedule), by: .system("oncall"))
  }

  /// When somebody comes on call who was not the last one on call.
  private func nextHandover(of schedule: String, _ environment: Environment, after now: Instant) -> Instant? {
    guard environment.schedules.contains(schedule) else { return nil }
    for length in Self.lookAhead {
      let shifts = environment.protection.shifts(schedule, now - length, now + length, overrides.of(schedule))
      var last = shifts.last { $0.start <= now }?.person
      for shift in shifts where shift.start > now {
        if shift.person != last { return shift.start }
        last = shift.person
      }
    }
    return nil
  }

  /// A planned change of shift is due: writes the note of the last one that has come, and plans the next. Those that
  /// a server missed while it was down are passed over.
  func writeNote(_ due: Handovers.Planned, in environment: Environment, into emitter: inout Emitter) {
    let (schedule, now) = (due.schedule, emitter.now)
    let shifts = environment.protection.shifts(
      schedule, due.at - .days(35), now + .seconds(1), overrides.of(schedule))
    var change: (from: Duty?, to: Duty)?
    var last: Duty?
    for shift in shifts where shift.start <= now {
      if shift.start >= due.at, shift.person != last?.person { change = (last, shift) }
      last = shift
    }
    if let change, handovers.last(of: schedule)?.draft.change != change.to.start {
      draft(change.from, change.to, environment, &emitter)
    }
    emitter.emit(
      HandoverPlanned(at: nextHandover(of: schedule, environment, after: now)), on: Subject("schedule", schedule),
      by: .system("oncall"))
  }

  private func draft(_ from: Duty?, _ to: Duty, _ environment: Environment, _ emitter: inout Emitter) {
    // A rotation of months is looked back on for a fortnight.
    let start = max(from?.start ?? to.start - .days(7), to.start - .days(14))
    let services = environment.services(pagedTo: to.schedule)
    var input = HandoverInput(
      schedule: to.schedule, from: from?.person, to: to.person, start: start, change: to.start, end: to.end)
    let told = Set(services)
    input.fired = NoiseReport(alertBook, from: start, to: to.start, nights: environment.protection.night).rules
      .filter { $0.rule.service.map(told.contains) ?? false }
      .map { .init(title: $0.rule.title, service: $0.rule.service, fired: $0.fired, paged: $0.paged) }
    input.open = services.flatMap { alerts.open(service: $0) }.sorted { $0.id < $1.id }.map(Self.line)
    input.burning = environment.objectives.keys.sorted().filter {
      told.contains(environment.objectives[$0] ?? "") && burns.bySLO[$0] != nil
    }
    input.overrides = overrides.of(to.schedule).filter { $0.end > emitter.now && $0.start >= to.start }
      .sorted { $0.start < $1.start }.map {
        .init(at: $0.start, text: "\($0.user ?? "nobody") covers until \($0.end.rfc3339)")
      }
    input.changes = handovers.changes.filter { change in
      change.at >= start && change.at < to.start
        && (change.subject.kind != "service" || told.contains(String(change.subject.id)))
    }
    .map { .init(at: $0.at, text: "\($0.subject.id): \($0.summary)") }
    input.silences = silences.all.filter { silence in
      silence.expiredAt == nil && silence.recurrence == nil && silence.start < to.end && silence.end > to.start
        && silence.end <= to.end
    }
    .map {
      .init(at: $0.end, text: "\($0.matchers.map { "\($0)" }.joined(separator: ", ")), by \($0.author): \($0.comment)")
    }
    if let from {
      var duty = from
      (duty.start, duty.end) = (start, to.start)
      input.load = LoadReport.load(of: duty, alertBook, environment.protection.night)
      input.limits = environment.protection.limits(of: to.schedule)
    }
    let markdown = HandoverDraft.markdown(input, zone: environment.protection.zones[to.schedule] ?? .utc)
    emitter.emit(
      HandoverDrafted(
        schedule: to.schedule, from: from?.person, to: to.person, start: start, change: to.start, end: to.end,
        markdown: markdown),
      on: Subject("handover", emitter.newID()), by: .system("oncall"))
  }

  private static func line(_ alert: Alert) -> HandoverInput.Open {
    let state =
      switch alert.status {
      case .acknowledged:
        "\(alert.acknowledgedBy.map { String($0.text.drop { $0 != "/" }.dropFirst()) } ?? "somebody") has it"
      default: alert.suppression.map { "nobody is paged: \($0.reason)" } ?? "nobody has it"
      }
    return .init(
      id: alert.id, summary: alert.signal.summary, service: alert.signal.service, since: alert.firedAt, state: state)
  }

  /// Sends the note to who comes on call.
  func sendHandover(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let draft = try event.payload(HandoverDrafted.self) else { return }
    // Where alerts are open the notice that passes them on says so already.
    guard openAlerts(of: draft.schedule, environment).isEmpty else { return }
    notify(
      draft.to, "You are on call in \(draft.schedule) until \(draft.end.rfc3339)",
      "\(draft.from.map { "\($0) hands over. " } ?? "")No alert is open. The hand-over note says what happened.",
      on: event.subject, environment, &emitter)
  }
}
