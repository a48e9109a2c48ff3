import Base
import OnCall
import Testing

@Suite struct ScheduleICalTests {
  private let shift = Shift(
    user: "ana", start: at("2026-11-21T09:00:00.5Z"), end: at("2026-11-28T09:00:00Z"), source: .layer("primary"))

  @Test func writesAnEvent() {
    let text = ScheduleICal.text(
      of: "playback", shifts: [.init(schedule: "playback", shift: shift)], now: at("2026-11-21T03:26:25Z"))
    #expect(
      text == """
        BEGIN:VCALENDAR\r
        VERSION:2.0\r
        PRODID:-//Mainstay//On call//EN\r
        CALSCALE:GREGORIAN\r
        METHOD:PUBLISH\r
        NAME:On call: playback\r
        X-WR-CALNAME:On call: playback\r
        REFRESH-INTERVAL;VALUE=DURATION:PT1H\r
        X-PUBLISHED-TTL:PT1H\r
        BEGIN:VEVENT\r
        UID:\(uid(text))\r
        DTSTAMP:20261121T032625Z\r
        DTSTART:20261121T090000Z\r
        DTEND:20261128T090000Z\r
        SUMMARY:ana on call: playback\r
        DESCRIPTION:Layer: primary\r
        TRANSP:TRANSPARENT\r
        END:VEVENT\r
        END:VCALENDAR\r

        """)
  }

  private func uid(_ text: String) -> String {
    text.split(separator: "\r\n").first { $0.hasPrefix("UID:") }.map { String($0.dropFirst(4)) } ?? ""
  }

  @Test func keepsUIDs() {
    func uid(_ change: (inout Shift) -> Void, schedule: String = "playback", now: String = "2026-11-21T03:26:25Z")
      -> String
    {
      var changed = shift
      change(&changed)
      return self.uid(
        ScheduleICal.text(of: schedule, shifts: [.init(schedule: schedule, shift: changed)], now: at(now)))
    }
    let same = uid { _ in }
    #expect(same.hasSuffix("@mainstay") && same.count == 41)
    #expect(uid({ $0.end = $0.end - .hours(1) }, now: "2027-01-01T00:00:00Z") == same)
    #expect(uid { $0.start = $0.start - .hours(1) } != same)
    #expect(uid { $0.source = .override("x") } != same)
    #expect(uid({ _ in }, schedule: "other") != same)
  }

  @Test func foldsAndEscapes() {
    let name = "a;b,c\\d\ne " + String(repeating: "é😀", count: 40) + "\u{7}"
    let text = ScheduleICal.text(of: name, shifts: [.init(schedule: name, shift: shift)], now: .epoch)
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.utf8.count <= 75 })
    #expect(!text.unicodeScalars.contains("\u{7}"))
    let unfolded = text.replacing("\r\n ", with: "")
    #expect(unfolded.contains("NAME:On call: a\\;b\\,c\\\\d\\ne " + String(repeating: "é😀", count: 40) + "\r\n"))
  }
}
