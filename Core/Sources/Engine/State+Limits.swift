import Alerts
import Base
import Events
import Fatigue
import Journal
import OnCall
import Outbox

/// Limits of what a shift may ask of a person: the first time that one is passed somebody else hears of it.
extension State {
  /// Another page has landed: looks at the shifts that its person is in.
  func watchLimits(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let sent = try event.payload(PageSent.self), let page = outbox.pages[sent.page],
      page.request.kind == .fired, page.request.urgency != .ticket
    else { return }
    let person = page.request.person
    for duty in duties(of: person, at: event.time, environment) {
      let passed = environment.protection.limits(of: duty.schedule)
        .exceeded(by: duty, in: alertBook, at: event.time) { environment.protection.night(person, $0) }
      for limit in passed where !limits.isTold(limit.limit, of: duty) {
        let told = lead(for: event.subject, person, environment, at: event.time)
        let exceeded = LimitExceeded(
          limit: limit.limit, person: person, shiftStart: duty.start, shiftEnd: duty.end, counted: limit.counted,
          allowed: limit.allowed, causes: limit.causes, told: told,
          relief: relief(for: duty, at: event.time, environment))
        emitter.emit(exceeded, on: Subject("schedule", duty.schedule), by: .system("oncall"))
      }
    }
  }

  /// The shifts that a person is in now.
  private func duties(of person: String, at now: Instant, _ environment: Environment) -> [Duty] {
    environment.schedules.sorted().flatMap { schedule -> [Duty] in
      let overrides = overrides.of(schedule)
      guard
        environment.protection.rotas[schedule]?.contains(person) ?? false
          || overrides.contains(where: { $0.user == person && $0.start <= now && now < $0.end })
      else { return [] }
      return environment.protection.shifts(schedule, now, now + .seconds(1), overrides)
        .filter { $0.person == person && $0.start <= now && now < $0.end }
    }
  }

  /// The lead of the team that owns the service, else whoever the last level of the policy would page; never the
  /// person it is about.
  private func lead(
    for subject: Subject, _ person: String, _ environment: Environment, at now: Instant
  ) -> [String] {
    guard let alert = ULID(subject.id).flatMap({ alerts.alerts[$0] }) else { return [] }
    let owner = alert.signal.service.flatMap { environment.services[$0]?.owner }
    if let lead = owner.flatMap({ environment.protection.leads[$0] }), lead != person { return [lead] }
    guard let last = environment.policy(for: alert.signal)?.levels.last else { return [] }
    let people = last.targets.flatMap { target -> [String] in
      switch target {
      case .user(let user): [user]
      case .schedule(let schedule): environment.onCall(schedule, now, overrides.of(schedule))
      default: []
      }
    }
    return Set(people).subtracting([person]).sorted()
  }

  /// Of those who take turns in the schedule: who is on call nowhere until the shift ends, and was called least.
  private func relief(for duty: Duty, at now: Instant, _ environment: Environment) -> LimitExceeded.Relief? {
    let end = min(duty.end, now + .days(7))
    var busy: Set<String> = [duty.person]
    for schedule in environment.schedules.sorted() {
      let shifts = environment.protection.shifts(schedule, now, end, overrides.of(schedule))
      busy.formUnion(shifts.filter { $0.start < end && $0.end > now }.map(\.person))
    }
    return (environment.protection.rotas[duty.schedule] ?? [])
      .filter { !busy.contains($0) && environment.contacts[$0] != nil }
      .map { .init(person: $0, pages: alertBook.calls(of: $0, from: now - .days(28), to: now).count) }
      .min { ($0.pages, $0.person) < ($1.pages, $1.person) }
  }

  /// Tells the lead, with what to do about it.
  func tellOfLimit(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let passed = try event.payload(LimitExceeded.self) else { return }
    let schedule = String(event.subject.id)
    let what =
      switch passed.limit {
      case .incidentsPerShift: "\(passed.counted) incidents in this shift"
      case .pagesPerNight: "\(passed.counted) pages tonight"
      }
    var body = "\(passed.person) is on call in \(schedule) and has had \(what); the limit is \(passed.allowed)."
    if let relief = passed.relief {
      body +=
        " \(relief.person) is free until the shift ends and had \(relief.pages) pages in four weeks: "
        + "mainstay oncall override create \(schedule) --user \(relief.person) --to \(passed.shiftEnd.rfc3339)"
    } else {
      body += " Nobody else of the schedule is free until the shift ends."
    }
    for person in passed.told {
      notify(person, "\(passed.person) has had \(what)", body, on: event.subject, environment, &emitter)
    }
  }

  /// Asks for a notice over the first way in which a person is reached.
  func notify(
    _ person: String, _ title: String, _ body: String, on subject: Subject, _ environment: Environment,
    _ emitter: inout Emitter
  ) {
    guard let rule = environment.contacts[person]?.rules.first else { return }
    emitter.emit(
      PageRequested(
        page: emitter.newID(), kind: .notice, person: person, channel: rule.channel, level: 1, title: title,
        body: body, notBefore: emitter.now),
      on: subject, by: .system("oncall"))
  }
}
