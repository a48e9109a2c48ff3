import Alerts
import Base
import Engine
import Events
import Journal

/// What silences and inhibitions of the town match.
enum AlertMatchers {
  static func severity(_ severity: AlertSeverity) -> LabelMatcher {
    LabelMatcher("severity", .equal(severity.rawValue))
  }
}

/// People who silence alerts, change their minds, and end it before its time.
extension Simulation {
  enum Silencing {
    /// Begins after a while, or has begun already where that is negative.
    case create([LabelMatcher], after: Interval, length: Interval)
    /// The oldest that is known lasts so long from now.
    case change(length: Interval)
    case expire
  }

  /// Draws of its own, so that it moves no other.
  mutating func planSilences() {
    agenda.plan(.watchHolds, at: start)
    var random = SeededGenerator(seed: seed ^ 0x5153_494c_454e_4345)
    func someTime() -> Instant {
      start + .milliseconds(Int64.random(in: 0..<Self.quietAfter.milliseconds, using: &random))
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let matcher =
        random.chance(0.6)
        ? LabelMatcher("service", .equal(Town.services.randomElement(using: &random)!))
        : AlertMatchers.severity(AlertSeverity.allCases.randomElement(using: &random)!)
      let after = Interval.seconds(random.chance(0.7) ? 0 : Int64.random(in: 1...1_800, using: &random))
      let length = Interval.seconds(Int64.random(in: 60...9_000, using: &random))
      agenda.plan(.silence(.create([matcher], after: after, length: length)), at: someTime())
      if random.chance(0.4) {
        let length = Interval.seconds(Int64.random(in: 60...3_600, using: &random))
        agenda.plan(.silence(.change(length: length)), at: someTime())
      }
      if random.chance(0.4) { agenda.plan(.silence(.expire), at: someTime()) }
    }
  }

  /// As the server does every two seconds; here half-minutes are often enough.
  mutating func watchHolds(submit: Submit) {
    agenda.plan(.watchHolds, at: time + .seconds(30))
    let now = now()
    guard let state = loop?.committed, !state.holdsBegun(environment, at: now).isEmpty else { return }
    submit(Ask<Void>.watchHolds.command) { _, _ in }
  }

  mutating func silence(_ act: Silencing, submit: Submit) {
    let at = loop.map { _ in now() } ?? time
    switch act {
    case .create(let matchers, let after, let length):
      let payload = SilenceCreated(
        matchers: matchers, start: at + after, end: at + after + length, comment: "a drill", author: "ana")
      submit(Ask<ULID>.saveSilence(nil, payload, by: .user("ana")).command) { world, reply in
        if case .success(let value) = reply, let id = value as? ULID { world.acceptedSilences.append(id) }
      }
    case .change(let length):
      guard let id = acceptedSilences.first, let old = loop?.committed.silences[id] else { return }
      let payload = SilenceCreated(
        matchers: old.matchers, start: old.start, end: at + length, comment: "longer or shorter", author: "ben")
      submit(Ask<ULID>.saveSilence(id, payload, by: .user("ben")).command) { world, reply in
        guard case .success(let value) = reply, let stands = value as? ULID, stands != id else { return }
        world.acceptedSilences.removeAll { $0 == id }
        world.acceptedSilences.append(stands)
      }
    case .expire:
      guard let id = acceptedSilences.first else { return }
      acceptedSilences.removeFirst()
      submit(Ask<Void>.expireSilence(id, by: .user("ben")).command) { _, _ in }
    }
  }
}
