import Base
import Events
import Freeze
import Journal
import Testing

@Suite struct FreezeTests {
  private let festival = FreezeWindow(
    name: "festival", services: ["playback", "edge"], start: Instant(seconds: 1_000), end: Instant(seconds: 5_000),
    reason: "the premiere")
  private let audit = FreezeWindow(
    name: "audit", services: ["playback"], start: Instant(seconds: 2_000), end: Instant(seconds: 9_000), reason: "audit"
  )

  private func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }

  private func lifting(_ window: FreezeWindow, in freezes: Freezes, at now: Instant) throws -> Freezes {
    var loop = DecideLoop(state: Town(freezes: freezes), sequence: 0, seed: 1)
    let command = Command<Town>("lift", by: .user("ana")) { town, _, emitter in
      try town.freezes.lift(window, into: &emitter)
    }
    let outcome = try loop.decide([command], at: now, in: ())
    loop.commit()
    _ = try outcome.replies[0].get()
    return loop.committed.freezes
  }

  /// The fold alone, as a state of its own.
  private struct Town: Machine {
    var freezes = Freezes()
    init() {}
    init(freezes: Freezes) { self.freezes = freezes }
    mutating func apply(_ event: Event) throws { try freezes.apply(event) }
    func react(to event: Event, in environment: Void, into emitter: inout Emitter) throws {}
  }

  @Test func aWindowHoldsFromItsStartUntilItsEnd() {
    let freezes = Freezes()
    func names(_ service: String, _ seconds: Int64) -> [String] {
      freezes.holding(for: service, among: [festival, audit], at: at(seconds)).map(\.name)
    }
    #expect(names("playback", 999) == [])
    #expect(names("playback", 1_000) == ["festival"])
    #expect(names("playback", 3_000) == ["audit", "festival"])
    #expect(names("edge", 3_000) == ["festival"])
    #expect(names("playback", 5_000) == ["audit"])
    #expect(names("search", 3_000) == [])
  }

  @Test func theNextOneIsToCome() {
    let freezes = Freezes()
    #expect(freezes.next(for: "playback", among: [audit, festival], after: at(0)) == festival)
    #expect(freezes.next(for: "playback", among: [audit, festival], after: at(1_000)) == audit)
    #expect(freezes.next(for: "playback", among: [audit, festival], after: at(2_000)) == nil)
  }

  @Test func aLiftEndsOneWindowOfOneName() throws {
    let freezes = try lifting(festival, in: Freezes(), at: at(1_500))
    #expect(freezes.status(of: festival, at: at(1_500)) == .lifted)
    #expect(freezes.lift(of: festival)?.by == .user("ana"))
    #expect(freezes.holding(for: "playback", among: [festival, audit], at: at(3_000)) == [audit])
    let moved = FreezeWindow(
      name: "festival", services: festival.services, start: at(7_000), end: at(8_000), reason: "the premiere, moved")
    #expect(freezes.status(of: moved, at: at(7_500)) == .holding)
  }

  @Test func whatIsOverOrLiftedIsNotLifted() throws {
    let freezes = try lifting(festival, in: Freezes(), at: at(1_500))
    #expect(throws: Refusal(.conflict, "freeze festival was lifted by user/ana already")) {
      try lifting(festival, in: freezes, at: at(1_600))
    }
    #expect(throws: Refusal.self) { try lifting(audit, in: freezes, at: at(9_000)) }
  }
}
