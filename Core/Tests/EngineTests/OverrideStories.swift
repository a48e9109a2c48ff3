import Base
import Engine
import Events
import Journal
import OnCall
import Testing

@Suite struct OverrideStories {
  private func refused(_ kind: Refusal.Kind, _ words: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("was not refused: \(words)")
    } catch let refusal as Refusal {
      #expect(refusal.kind == kind && refusal.message.contains(words), "\(refusal.message)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func aTimeLeftUncoveredFallsThroughToTheNextLevel() throws {
    var story = Story()
    let until = story.now + .hours(2)
    try story.ask(.createOverride(schedule: "rota", user: nil, start: story.now, end: until, by: .user("ana")))
    _ = try story.fire()
    story.expect("ben/hook fired")
    let skip = try #require(try story.events(EscalationLevelSkipped.type).first?.payload(EscalationLevelSkipped.self))
    #expect(skip.level == 1 && skip.reason == "nobody is on call in schedule rota")
    let schedule = ScheduleDefinition(
      name: "rota", zone: .utc,
      layers: [
        ScheduleLayer(
          name: "one", users: ["ana"], cadence: .init(.weekly),
          start: try #require(CivilDateTime(isoText: "2026-01-05T09:00")))
      ])
    let gaps = schedule.gaps(
      from: story.now - .hours(1), to: until + .hours(1), overrides: story.state.overrides.of("rota").map(\.covering))
    #expect(gaps.map(\.start) == [until - .hours(2)] && gaps.map(\.end) == [until])
    refused(.conflict, "is left uncovered at that time already") {
      _ = try story.ask(
        .createOverride(schedule: "rota", user: nil, start: until - .hours(2), end: until, by: .user("ben")))
    }
  }

  @Test func anOverrideIsChangedInItsPlace() throws {
    var story = Story()
    let now = story.now
    let first = try story.ask(
      .createOverride(schedule: "rota", user: "cem", start: now, end: now + .hours(4), by: .user("ana")))
    let second = try story.ask(
      .createOverride(
        schedule: "rota", user: "ben", start: now + .hours(1), end: now + .hours(2), by: .user("ana")))
    try story.ask(
      .changeOverride(
        first, of: "rota", user: "ana", start: now + .minutes(30), end: now + .hours(3), by: .user("cem")))
    let all = story.state.overrides.of("rota")
    #expect(all.map(\.id) == [first, second], "the newer one still wins")
    #expect(all[0].user == "ana" && all[0].start == now + .minutes(30) && all[0].end == now + .hours(3))
    #expect(all[0].by == .user("cem"))
    try story.ask(.changeOverride(first, of: "rota", user: .some(nil), by: .user("cem")))
    #expect(story.state.overrides.of("rota")[0].user == nil)
    let before = story.journal.count
    try story.ask(.changeOverride(first, of: "rota", end: now + .hours(3), by: .user("cem")))
    #expect(story.journal.count == before, "what changes nothing is no event")
  }

  @Test func changesAreRefusedAsNewOnesAre() throws {
    var story = Story()
    let now = story.now
    let id = try story.ask(
      .createOverride(schedule: "rota", user: "cem", start: now, end: now + .days(3), by: .user("ana")))
    refused(.invalid, "ends before it starts") {
      try story.ask(.changeOverride(id, of: "rota", end: now - .hours(1), by: .user("ana")))
    }
    refused(.invalid, "a year at most") {
      try story.ask(.changeOverride(id, of: "rota", end: now + .days(400), by: .user("ana")))
    }
    refused(.invalid, "eve has no contact") {
      try story.ask(.changeOverride(id, of: "rota", user: "eve", by: .user("ana")))
    }
    refused(.notFound, "no schedule rata") { try story.ask(.changeOverride(id, of: "rata", by: .user("ana"))) }
    refused(.notFound, "has no override") {
      try story.ask(.changeOverride(ULID(high: 1, low: 1), of: "rota", user: "ben", by: .user("ana")))
    }
    refused(.invalid, "stays as it was") {
      try story.ask(.changeOverride(id, of: "rota", start: now - .days(2), by: .user("ana")))
    }
    _ = try story.ask(
      .createOverride(schedule: "rota", user: "ben", start: now, end: now + .days(3), by: .user("ana")))
    refused(.conflict, "ben covers schedule rota at that time already") {
      try story.ask(.changeOverride(id, of: "rota", user: "ben", by: .user("ana")))
    }
    try story.advance(.days(2))
    refused(.invalid, "end it and make another") {
      try story.ask(.changeOverride(id, of: "rota", user: "ana", by: .user("ana")))
    }
    try story.ask(.changeOverride(id, of: "rota", end: story.now + .hours(1), by: .user("ana")))
    try story.advance(.hours(2))
    refused(.conflict, "was over at") {
      try story.ask(.changeOverride(id, of: "rota", end: story.now + .hours(1), by: .user("ana")))
    }
    refused(.conflict, "was over at") { try story.ask(.cancelOverride(id, of: "rota", by: .user("ana"))) }
  }

  @Test func cancellingKeepsWhatHasPassed() throws {
    var story = Story()
    let now = story.now
    let begun = try story.ask(
      .createOverride(schedule: "rota", user: "cem", start: now, end: now + .hours(8), by: .user("ana")))
    let ahead = try story.ask(
      .createOverride(schedule: "rota", user: "ben", start: now + .hours(20), end: now + .hours(24), by: .user("ana")))
    try story.advance(.hours(2))
    try story.ask(.cancelOverride(begun, of: "rota", by: .user("cem")))
    try story.ask(.cancelOverride(ahead, of: "rota", by: .user("cem")))
    let left = story.state.overrides.of("rota")
    #expect(left.map(\.id) == [begun] && left[0].start == now && left[0].end == now + .hours(2))
    _ = try story.fire()
    story.expect("ana/hook fired")
  }
}
