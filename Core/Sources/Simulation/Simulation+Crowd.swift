import Alerts
import Base
import Events
import Journal

/// Very many runs at once.
extension Simulation {
  /// All begin within a minute; meanwhile the power goes, the disk fails, people let steps begin, answer, approve, and
  /// somebody stops all automation for a while.
  mutating func planCrowd() {
    for index in 0..<crowd {
      let mode: RunMode = index % 3 == 0 ? .stepwise : .all
      let person = Town.people.randomElement(using: &handRandom)!
      let runbook = index % 4 == 3 ? "flip" : "heal"
      let at = start + .milliseconds(Int64.random(in: 0..<60_000, using: &handRandom))
      agenda.plan(.startRun(runbook, mode: mode, person: person), at: at)
    }
    func soon() -> Instant { start + .seconds(Int64.random(in: 60...3_600, using: &handRandom)) }
    for _ in 0..<6 { agenda.plan(.crash, at: soon()) }
    for _ in 0..<12 { agenda.plan(.commitFault, at: soon()) }
    for _ in 0..<4 { agenda.plan(.snapshot, at: soon()) }
    agenda.plan(.setClock(.minutes(40)), at: soon())
    agenda.plan(.setClock(.minutes(-70)), at: soon())
    agenda.plan(.stopAutomation, at: start + .minutes(6))
    for minute in stride(from: Int64(1), to: Self.quietAfter.milliseconds / 60_000, by: 2) {
      agenda.plan(.look, at: start + .minutes(minute))
    }
  }
}

/// Alerts that come and go.
extension Simulation {
  mutating func planFlapping() {
    var random = SeededGenerator(seed: seed ^ 0x464C_4150)
    guard random.chance(0.35) else { return }
    let service = Town.services.randomElement(using: &random)!
    let signal = Signal(
      key: "\(service)/flaps", service: service, severity: .error, urgency: .page, summary: "comes and goes")
    var at = start + .seconds(Int64.random(in: 0...10_000, using: &random))
    for _ in 0..<Int.random(in: 4...12, using: &random) {
      let lasts = Interval.seconds(Int64.random(in: 10...200, using: &random))
      agenda.plan(.fire(signal, until: at + lasts), at: at)
      at = at + lasts + .seconds(Int64.random(in: 60...900, using: &random))
    }
    // Sometimes it stays in the end.
    if random.chance(0.5) { agenda.plan(.fire(signal, until: at + .minutes(50)), at: at) }
  }
}
