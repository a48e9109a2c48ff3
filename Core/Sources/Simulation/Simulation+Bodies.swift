import Alerts
import Base
import Engine
import Events
import Journal

/// Senders that report many alerts with one request: those of one service, or of a failure that others feel.
extension Simulation {
  /// Alerts that are reported together for as long as they last, and ended together.
  struct Body {
    var signals: [Signal]
    var until: Instant
  }

  mutating func planBodies() {
    let quiet = start + Self.quietAfter
    for number in 0..<Int.random(in: 0...3, using: &random) {
      let services = Town.services.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
      let signals = services.flatMap { service in
        (0..<Int.random(in: 1...8, using: &random)).map { index in
          Signal(
            key: "body-\(number)/\(service)/\(index)", service: service, severity: .critical,
            urgency: random.chance(0.2) ? .ticket : .page, summary: "body \(number) condition \(index)",
            labels: [.init(name: "alertname", value: "Condition\(index % 3)")])
        }
      }
      let at = start + .milliseconds(Int64.random(in: 0..<Self.quietAfter.milliseconds, using: &random))
      let lasts = Interval.seconds(Int64.random(in: 5...5_400, using: &random))
      let body = Body(signals: signals.shuffled(using: &random), until: min(at + lasts, quiet))
      agenda.plan(.body(body), at: at)
    }
  }

  mutating func send(_ body: Body, _ submit: Submit) {
    guard time < body.until else {
      let ends = body.signals.map { Engine.Report.resolve(key: $0.key, reason: "the condition ended") }
      submit(Ask.take(ends, raw: nil, by: .system("sender")).command) { world, reply in
        if case .failure = reply { world.agenda.plan(.body(body), at: world.time + .seconds(5)) }
      }
      return
    }
    submit(Ask.take(body.signals.map { .fire($0) }, raw: nil, by: .system("sender")).command) { world, reply in
      guard case .success(let value) = reply, let taken = value as? [Taken] else { return }
      world.acceptedAlerts += taken.compactMap(\.alert)
    }
    agenda.plan(.body(body), at: min(time + .seconds(60), body.until))
  }

  /// However many alerts of a group come in one moment, people are paged for one of them.
  mutating func checkPagedOnce(_ events: [Event], _ state: State) {
    var paged: [String: ULID] = [:]
    for event in events where event.type == AlertEscalated.type {
      guard let alert = ULID(event.subject.id).flatMap({ state.alerts.alerts[$0] }), alert.isPaging,
        let group = alert.group
      else { continue }
      if let other = paged[group], other != alert.id {
        found("alerts \(other) and \(alert.id) of \(group) began to page in one moment")
      }
      paged[group] = alert.id
    }
  }
}
