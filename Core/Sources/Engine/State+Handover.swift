import Alerts
import Base
import Events
import Journal
import OnCall

/// What is open at a change of shift passes to those who come.
extension State {
  /// Alerts named in one notice; more are counted.
  private static let namedMax = 20
  /// Alerts handed over with one change; a storm beyond that is seen on the page of alerts.
  private static let handedOverMax = 500

  /// Tells the people who are newly on call what is open, and writes down that it is theirs.
  func handOver(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let change = try event.payload(OnCallChanged.self), let from = change.from else { return }
    let schedule = String(event.subject.id)
    let coming = change.to.filter { !from.contains($0) }
    guard !coming.isEmpty else { return }
    let open = openAlerts(of: schedule, environment)
    guard !open.isEmpty else { return }
    for alert in open.prefix(Self.handedOverMax) where alert.status == .acknowledged {
      emitter.emit(
        AlertHandedOver(schedule: schedule, from: from, to: coming), on: alert.subject, by: .system("oncall"))
    }
    let title =
      "Your shift in \(schedule) begins with \(open.count == 1 ? "an open alert" : "\(open.count) open alerts")"
    let body = Self.list(open, from: from) + "\nThe hand-over note says what happened."
    for person in coming {
      for rule in environment.contacts[person]?.low ?? [] {
        let notBefore =
          environment.contacts[person]?.notBefore(rule, urgency: .ticket, now: emitter.now) ?? emitter.now
        emitter.emit(
          PageRequested(
            page: emitter.newID(), kind: .notice, person: person, channel: rule.channel, level: 1, title: title,
            body: body, notBefore: notBefore, urgency: .ticket), on: event.subject, by: .system("oncall"))
      }
    }
  }

  /// The open alerts that people of a schedule are, or were, paged for, oldest first.
  func openAlerts(of schedule: String, _ environment: Environment) -> [Alert] {
    escalations.records.sortedElements.compactMap { id, record in
      guard let alert = alerts.alerts[id], alert.isOpen,
        let policy = environment.policies[record.policy] ?? policy(for: alert.signal, in: environment),
        policy.schedules.contains(schedule)
      else { return nil }
      return alert
    }
  }

  private static func list(_ open: [Alert], from: [String]) -> String {
    let before = from.isEmpty ? "nobody" : from.joined(separator: ", ")
    var lines = ["Before you: \(before)."]
    for alert in open.prefix(namedMax) {
      let holder = alert.acknowledgedBy.map { actor in
        "taken by \(actor.text.hasPrefix("user/") ? String(actor.text.dropFirst(5)) : actor.text)"
      }
      let since = (alert.acknowledgedAt ?? alert.firedAt).rfc3339
      lines.append("- \(title(of: alert)): \(holder ?? "nobody has answered"), since \(since)")
    }
    if open.count > namedMax { lines.append("and \(open.count - namedMax) more") }
    return lines.joined(separator: "\n")
  }
}

extension Ask where Reply == Void {
  /// Journals who is on call wherever that differs from when it was last looked at. After a stop it finds the changes
  /// that came meanwhile.
  public static var watchOnCall: Ask {
    Ask("oncall watch", by: .system("oncall")) { state, environment, emitter in
      for (schedule, change) in state.onCallChanges(environment, at: emitter.now) {
        emitter.emit(change, on: Subject("schedule", schedule))
      }
    }
  }
}

extension State {
  /// The schedules in which others are on call now than when they were last looked at.
  public func onCallChanges(
    _ environment: Environment, at now: Instant
  ) -> [(schedule: String, change: OnCallChanged)] {
    environment.schedules.sorted().compactMap { schedule in
      let current = environment.onCall(schedule, now, overrides.of(schedule))
      let last = escalations.watch(of: schedule)
      return last == current ? nil : (schedule, OnCallChanged(from: last, to: current))
    }
  }
}
