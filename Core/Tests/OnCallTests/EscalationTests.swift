import Base
import Events
import OnCall
import Testing

@Suite struct ShortReplyTests {
  @Test(arguments: [
    ("ACK 1234", ShortReply(action: .acknowledge, code: "1234")), ("ack", ShortReply(action: .acknowledge)),
    ("  Ack: 0042!", ShortReply(action: .acknowledge, code: "0042")), ("4", ShortReply(action: .acknowledge)),
    ("6", ShortReply(action: .resolve)), ("RES 9999", ShortReply(action: .resolve, code: "9999")),
    ("ack all", ShortReply(action: .acknowledge, all: true)),
    ("RES 1234 yes", ShortReply(action: .resolve, code: "1234", actionable: true)),
    ("6 0042, no.", ShortReply(action: .resolve, code: "0042", actionable: false)),
    ("res no", ShortReply(action: .resolve, actionable: false)),
    ("resolve all n", ShortReply(action: .resolve, all: true, actionable: false)),
    ("No 1234", ShortReply(action: .judge, code: "1234", actionable: false)),
    ("Yes!", ShortReply(action: .judge, actionable: true)),
  ]) func isRead(text: String, reply: ShortReply) { #expect(ShortReply(text) == reply) }

  @Test(arguments: [
    "", "stop", "ack 12", "ack 12345", "ack me please", "44", "acknowledging", "1234", "ack ٤٤٤٤",
    "ack 1234 yes", "yes all", "no thank you", "res 1234 maybe", "yes 12",
  ])
  func isNoReply(text: String) { #expect(ShortReply(text) == nil) }

  @Test func codesHaveFourDigits() {
    for number in 0..<500 {
      let code = ShortReply.code(of: ULID(high: UInt64(number) * 7_919, low: UInt64(number)))
      #expect(code.utf8.count == 4 && code.utf8.allSatisfy { (48...57).contains($0) })
    }
  }
}

@Suite struct QuietHoursTests {
  private func hours(_ from: String, _ to: String, _ days: [Weekday] = []) -> QuietHours {
    QuietHours(days: days, from: CivilTime(isoText: from)!, to: CivilTime(isoText: to)!, zone: .utc)
  }

  private func at(_ text: String) -> Instant { Instant(rfc3339: text)! }

  @Test func startsAreInclusiveAndEndsExclusive() {
    let quiet = hours("22:00", "07:00")
    #expect(quiet.end(at: at("2026-11-21T21:59:59Z")) == nil)
    #expect(quiet.end(at: at("2026-11-21T22:00:00Z")) == at("2026-11-22T07:00:00Z"))
    #expect(quiet.end(at: at("2026-11-22T06:59:59Z")) == at("2026-11-22T07:00:00Z"))
    #expect(quiet.end(at: at("2026-11-22T07:00:00Z")) == nil)
  }

  @Test func theyBelongToTheDayTheyBegin() {
    // 2026-11-20 is a Friday.
    let quiet = hours("20:00", "08:00", [.friday])
    #expect(quiet.end(at: at("2026-11-21T07:00:00Z")) == at("2026-11-21T08:00:00Z"))
    #expect(quiet.end(at: at("2026-11-21T21:00:00Z")) == nil)
    #expect(quiet.end(at: at("2026-11-20T07:00:00Z")) == nil)
  }

  @Test func daysThatTouchEndWithTheLast() {
    let quiet = hours("00:00", "00:00", [.saturday, .sunday])
    #expect(quiet.end(at: at("2026-11-21T10:00:00Z")) == at("2026-11-23T00:00:00Z"))
  }

  @Test func quietHoursWithoutEndDoNotHoldForEver() {
    let end = hours("00:00", "00:00").end(at: at("2026-11-21T10:00:00Z"))
    #expect(end == at("2026-11-29T00:00:00Z"))
  }
}
