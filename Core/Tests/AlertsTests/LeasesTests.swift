import Base
import Events
import Testing

@testable import Alerts

@Suite struct LeasesTests {
  private let start = Instant(seconds: 1_790_000_000)

  private func key(_ number: UInt64) -> Leases.Key { .init(high: number, low: number) }
  private func alert(_ number: UInt64) -> ULID { ULID(high: 1, low: number) }

  @Test func whatIsRepeatedHolds() {
    var leases = Leases()
    leases.hold(key(1), alert: alert(1), until: start + .seconds(5))
    leases.hold(key(2), alert: alert(2), until: start + .seconds(5))
    leases.hold(key(1), alert: alert(1), until: start + .seconds(9))
    #expect(leases.expire(at: start + .seconds(4)) == [])
    #expect(leases.expire(at: start + .seconds(5)) == [alert(2)])
    #expect(leases.expire(at: start + .seconds(8)) == [])
    #expect(leases.expire(at: start + .seconds(9)) == [alert(1)])
    #expect(leases.count == 0 && leases.expire(at: start + .days(1_000)) == [])
  }

  @Test func anAlertEndsWithTheLastThatHoldsIt() {
    var leases = Leases()
    for number in 1...3 { leases.hold(key(UInt64(number)), alert: alert(7), until: start + .seconds(Int64(number))) }
    #expect(leases.holders(of: alert(7)) == 3)
    leases.release(key(2))
    #expect(leases.expire(at: start + .seconds(1)) == [])
    #expect(leases.expire(at: start + .seconds(10)) == [alert(7)])
  }

  @Test func aConditionMovesToItsNewAlert() {
    var leases = Leases()
    leases.hold(key(1), alert: alert(1), until: start + .seconds(5))
    leases.hold(key(1), alert: alert(2), until: start + .seconds(6))
    #expect(leases.holders(of: alert(1)) == 0 && leases[key(1)]?.alert == alert(2))
    #expect(leases.expire(at: start + .seconds(60)) == [alert(2)])
  }

  @Test func whatHoldsForEverIsNoWalkThroughAllTime() {
    var leases = Leases()
    leases.hold(key(1), alert: alert(1), until: .distantFuture)
    leases.hold(key(2), alert: alert(2), until: start)
    #expect(leases.expire(at: start + .days(365)) == [alert(2)])
    #expect(leases.count == 1)
  }

  /// The wheel against a plain list, over random holds, releases and steps of time.
  @Test(arguments: 0..<50) func agreesWithAPlainList(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var leases = Leases()
    var plain: [UInt64: (alert: UInt64, deadline: Instant)] = [:]
    var now = start
    for _ in 0..<400 {
      let number = UInt64.random(in: 0..<30, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let deadline = now + .milliseconds(Int64.random(in: 1...9_000, using: &random))
        let alert = number % 12
        // As the intake does: a repeat never takes a deadline back.
        let later = max(deadline, plain[number]?.deadline ?? deadline)
        leases.hold(key(number), alert: self.alert(alert), until: later)
        plain[number] = (alert, later)
      case 2:
        leases.release(key(number))
        plain[number] = nil
      default:
        now = now + .milliseconds(Int64.random(in: 0...4_000, using: &random))
        // The wheel looks at whole seconds.
        let silent = Set(leases.expire(at: now, limit: .max))
        let whole = Instant(seconds: now.seconds)
        var expected: Set<ULID> = []
        let over = plain.filter { $0.value.deadline <= whole }
        for (number, _) in over { plain[number] = nil }
        for (_, lease) in over where !plain.values.contains(where: { $0.alert == lease.alert }) {
          expected.insert(self.alert(lease.alert))
        }
        #expect(silent == expected)
        #expect(leases.count == plain.count)
      }
    }
  }
}

@Suite struct HeartbeatTests {
  private let rule = HeartbeatRule(
    name: "backup", every: .hours(24), grace: .hours(1), service: "shop", urgency: nil, matchers: [])
  private let start = Instant(seconds: 1_790_000_000)

  @Test func downtimeIsNotSilence() {
    var watch = HeartbeatWatch(startedAt: start)
    #expect(watch.deadline(rule, since: nil) == nil, "never heard")
    #expect(watch.deadline(rule, since: start - .days(9)) == start + .hours(25), "heard before the start")
    watch.heard("backup", at: start + .hours(2))
    #expect(watch.deadline(rule, since: start - .days(9)) == start + .hours(27))
  }

  @Test func saysWhatIsWrong() {
    #expect(rule.incoming(lastHeard: start, reason: nil).summary == "No heartbeat of backup for 1d1h")
    #expect(rule.incoming(lastHeard: nil, reason: "disk full").summary == "backup reports a failure: disk full")
    #expect(
      Router(services: ["shop": .init(owner: nil, tier: nil, policy: nil)]).route(
        rule.incoming(lastHeard: nil, reason: "")
      ).signal.key == rule.key)
  }
}
