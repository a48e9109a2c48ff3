import Base
import Events
import Fatigue
import Journal
import Testing

@Suite struct AdviceTests {
  private let now = Past.start + .days(29)

  private func advice(_ past: Past, _ rule: String = "HighErrors") throws -> [Advice] {
    let report = NoiseReport(past.book, from: Past.start, to: now, nights: Past.night)
    let noise = try #require(report.rules.first { $0.rule.name == rule })
    var adviser = Adviser(past.book, since: Past.start, now: now)
    return adviser.advice(for: noise)
  }

  /// Alerts a day apart, each open for as long as its entry says.
  private func past(_ minutes: [Int64], actionable: [Int: Bool] = [:]) -> Past {
    var past = Past()
    for (index, length) in minutes.enumerated() {
      let at = Past.start + .days(Int64(index)) + .hours(12)
      let alert = past.alert(key: "\(index)", at: at)
      past.resolve(alert, at: at + .minutes(length), actionable: actionable[index])
    }
    return past
  }

  @Test func saysNothingAboutRulesThatFiredSeldom() throws {
    #expect(try advice(past(Array(repeating: 1, count: 9))).isEmpty)
    #expect(try !advice(past(Array(repeating: 1, count: 10))).isEmpty)
  }

  @Test func aWaitThatSparesShortOnesAndMissesNothing() throws {
    let short = past(
      [1, 1, 3, 4, 4, 1, 3, 90, 80, 70, 60, 50], actionable: [7: true, 8: true, 9: true, 10: true, 11: true])
    let found = try advice(short)
    let hold = try #require(found.first { $0.change == .hold(.minutes(5)) })
    #expect(hold.replay.pagedBefore == 12 && hold.replay.pagedAfter == 5)
    #expect(hold.replay.missed.isEmpty && hold.replay.actionable == 5 && hold.replay.delay == .minutes(5))
    // One of the short ones was worth it: a wait would have missed it.
    let risky = past(
      [1, 1, 3, 4, 4, 1, 3, 90, 80, 70, 60, 50], actionable: [2: true, 7: true, 8: true, 9: true, 10: true])
    #expect(try !advice(risky).contains { if case .hold = $0.change { true } else { false } })
  }

  @Test func whatNobodyFoundWorthItIsRemovedOrWaits() throws {
    let lengths = Array(repeating: Int64(100), count: 12)
    let never = past(lengths, actionable: Dictionary(uniqueKeysWithValues: (0..<5).map { ($0, false) }))
    #expect(try advice(never).map(\.change).contains(.remove))
    let seldom = past(lengths, actionable: [0: true, 1: false, 2: false, 3: false, 4: false, 5: false, 6: false])
    let found = try advice(seldom)
    #expect(!found.map(\.change).contains(.remove))
    let ticket = try #require(found.first { $0.change == .ticket })
    #expect(ticket.replay.missed.count == 1 && ticket.replay.pagedAfter == 0)
    let often = past(lengths, actionable: Dictionary(uniqueKeysWithValues: (0..<6).map { ($0, true) }))
    #expect(try advice(often).isEmpty)
  }

  @Test func burstsOfAServiceBecomeOnePage() throws {
    var past = Past()
    for day in 0..<12 {
      let at = Past.start + .days(Int64(day)) + .hours(12)
      past.alert(key: "a\(day)", at: at)
      past.alert("Latency", key: "b\(day)", at: at + .seconds(40))
    }
    let found = try advice(past)
    let group = try #require(found.first { $0.change.isGroup })
    #expect(group.change == .group(.minutes(1)))
    #expect(group.replay.pagedBefore == 24 && group.replay.pagedAfter == 12)
    #expect(group.replay.missed.isEmpty)
  }

  @Test func aReplayOfTheJournalSaysTheSameAsTheKeptBook() throws {
    let past = past([1, 1, 3, 4, 4, 1, 3, 90, 80, 70, 60, 50], actionable: [7: true])
    let book = try Replay.book(of: past.events)
    for change in [RuleChange.hold(.minutes(5)), .ticket, .group(.minutes(5)), .remove] {
      let key = "named|playback|||HighErrors"
      let fresh = Replay(book.alerts(of: key, touchedBy: change, since: Past.start), of: change, now: now)
      let kept = Replay(past.book.alerts(of: key, touchedBy: change, since: Past.start), of: change, now: now)
      #expect("\(fresh)" == "\(kept)")
    }
  }
}

extension RuleChange {
  fileprivate var isGroup: Bool { if case .group = self { true } else { false } }
}
