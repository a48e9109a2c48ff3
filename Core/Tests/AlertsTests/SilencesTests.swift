import Base
import Events
import Journal
import Testing

@testable import Alerts

/// The commands of silences on a fold alone.
private struct Desk {
  var silences = Silences()
  var now = Instant(seconds: 1_780_000_000)
  private var sequence: Int64 = 0
  private var ids = IDGenerator(seed: 1)

  mutating func act<Reply>(_ body: (Silences, inout Emitter) throws -> Reply) throws -> Reply {
    var emitter = Emitter(now: now, ids: ids, random: SeededGenerator(seed: 1))
    let reply = try body(silences, &emitter)
    for draft in emitter.drafts {
      sequence += 1
      try silences.apply(
        Event(
          sequence: sequence, id: ids.next(at: now), time: now, type: Swift.type(of: draft.payload).type,
          typeVersion: 1, subject: draft.subject, actor: .user("ana"), cause: nil, data: try draft.payload.json))
    }
    _ = ids.next(at: now)
    return reply
  }

  mutating func save(_ payload: SilenceCreated) throws -> ULID { try save(nil, payload) }

  mutating func save(_ id: ULID?, _ payload: SilenceCreated) throws -> ULID {
    try act { try $0.save(id, payload, into: &$1) }
  }

  func payload(_ matcher: LabelMatcher = .init("service", .equal("search")), hours: Int64 = 2) -> SilenceCreated {
    SilenceCreated(matchers: [matcher], start: now, end: now + .hours(hours), comment: "a drill", author: "ana")
  }
}

private func signal(_ service: String, labels: [Signal.Label] = []) -> Signal {
  Signal(key: "k", service: service, severity: .error, urgency: .page, summary: "slow", labels: labels)
}

@Suite struct SilencesTests {
  @Test func coversWhatMatchesWhileItLasts() throws {
    var desk = Desk()
    let id = try desk.save(desk.payload())
    #expect(desk.silences.covering(signal("search"), at: desk.now)?.id == id)
    #expect(desk.silences.covering(signal("playback"), at: desk.now) == nil)
    #expect(desk.silences.covering(signal("search"), at: desk.now + .hours(2)) == nil, "an end is not part of it")
    #expect(desk.silences.covering(signal("search"), at: desk.now - .seconds(1)) == nil)
    #expect(desk.silences[id]?.state(at: desk.now + .hours(3)) == .expired)
  }

  @Test func aLabelComesBeforeTheAlertsOwnWord() throws {
    var desk = Desk()
    _ = try desk.save(desk.payload(.init("severity", .equal("sev9"))))
    #expect(desk.silences.covering(signal("search"), at: desk.now) == nil)
    #expect(
      desk.silences.covering(signal("search", labels: [.init(name: "severity", value: "sev9")]), at: desk.now) != nil)
  }

  @Test func theSameMatchersKeepTheIdentifierAndOthersEndIt() throws {
    var desk = Desk()
    let id = try desk.save(desk.payload())
    let start = desk.now
    desk.now += .minutes(10)
    var longer = desk.payload(hours: 5)
    longer.start = start
    #expect(try desk.save(id, longer) == id)
    #expect(desk.silences[id]?.end == desk.now + .hours(5))
    #expect(desk.silences[id]?.createdAt == start)
    let other = try desk.save(id, desk.payload(.init("service", .equal("playback"))))
    #expect(other != id)
    #expect(desk.silences[id]?.state(at: desk.now) == .expired)
    #expect(desk.silences[other]?.state(at: desk.now) == .active)
    // One that has ended is not woken up again.
    #expect(try desk.save(id, desk.payload()) != id)
  }

  @Test func endingItEarlyEndsIt() throws {
    var desk = Desk()
    let id = try desk.save(desk.payload())
    desk.now += .minutes(1)
    try desk.act { try $0.expire(id, into: &$1) }
    #expect(desk.silences.covering(signal("search"), at: desk.now) == nil)
    #expect(desk.silences[id]?.end == desk.now)
    #expect(throws: Refusal.self) { try desk.act { try $0.expire(id, into: &$1) } }
  }

  @Test func refusesWhatCoversAllOrIsOver() {
    var desk = Desk()
    let all = desk.payload(.init("service", .notEqual("search")))
    #expect(throws: Refusal.self) { try desk.save(all) }
    var over = desk.payload()
    (over.start, over.end) = (desk.now - .hours(2), desk.now - .hours(1))
    #expect(throws: Refusal.self) { try desk.save(over) }
    var backwards = desk.payload()
    backwards.end = backwards.start
    #expect(throws: Refusal.self) { try desk.save(backwards) }
    var odd = desk.payload()
    odd.recurrence = "FREQ=HOURLY"
    #expect(throws: Refusal.self) { try desk.save(odd) }
    #expect(desk.silences.all.isEmpty)
  }

  @Test func aRecurringOneHoldsEachTimeAndIsPendingBetween() throws {
    var desk = Desk()
    var nightly = desk.payload()
    nightly.recurrence = "FREQ=DAILY"
    let id = try desk.save(nightly)
    let silence = try #require(desk.silences[id])
    #expect(silence.state(at: desk.now + .days(3) + .hours(1)) == .active)
    #expect(silence.state(at: desk.now + .days(3) + .hours(2)) == .pending)
    #expect(desk.silences.covering(signal("search"), at: desk.now + .days(40) + .minutes(119)) != nil)
    desk.now += .days(41)
    try desk.act { try $0.expire(id, into: &$1) }
    #expect(desk.silences[id]?.state(at: desk.now + .days(1)) == .expired)
  }

  @Test func whatEndedLongAgoIsForgotten() throws {
    var desk = Desk()
    let id = try desk.save(desk.payload())
    desk.now += .days(6)
    _ = try desk.save(desk.payload())
    #expect(desk.silences[id] == nil)
    #expect(desk.silences.all.count == 1)
  }

  @Test func aSnapshotIsTheSame() throws {
    var desk = Desk()
    let id = try desk.save(desk.payload(.init("service", .matching(Pattern("sea.*")))))
    let again = try Silences(snapshot: desk.silences.snapshot())
    #expect(again.covering(signal("search"), at: desk.now)?.id == id)
  }
}
