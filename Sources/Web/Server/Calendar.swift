import Base
import Engine
import OnCall

extension Desk {
  /// Who is on call in the coming three months as iCalendar (RFC 5545), in UTC.
  func calendar(_ request: WebRequest) throws -> WebResponse {
    let name = request.parameters["name"] ?? ""
    let from = request.now - .days(14)
    guard let shifts = site.shifts(name, from, request.now + .days(92)) else {
      throw Problem.notFound("schedule \(name)")
    }
    var lines = [
      "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mainstay//On call//EN", "X-WR-CALNAME:\(Self.escape(name)) on call",
    ]
    for shift in shifts.final {
      guard let user = shift.user else { continue }
      lines += [
        "BEGIN:VEVENT", "UID:\(shift.start.seconds)-\(Self.escape(user))-\(Self.escape(name))@mainstay",
        "DTSTAMP:\(Self.stamp(request.now))", "DTSTART:\(Self.stamp(shift.start))", "DTEND:\(Self.stamp(shift.end))",
        "SUMMARY:\(Self.escape(user)) on call for \(Self.escape(name))", "END:VEVENT",
      ]
    }
    lines.append("END:VCALENDAR")
    return .text(lines.map(Self.fold).joined(), type: "text/calendar; charset=utf-8")
  }

  private static func stamp(_ time: Instant) -> String {
    let parts = ClockParts(time, offsetBy: 0)
    let two = ClockParts.two
    return
      "\(parts.year)\(two(parts.month))\(two(parts.day))T\(two(parts.hour))\(two(parts.minute))\(two(parts.second))Z"
  }

  private static func escape(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\", ";", ",": result += "\\\(character)"
      case "\n", "\r\n", "\r": result += "\\n"
      default: result.append(character)
      }
    }
    return result
  }

  /// Lines of at most 75 bytes, continued with a space.
  private static func fold(_ line: String) -> String {
    var (result, length) = ("", 0)
    for character in line {
      if length + character.utf8.count > 73 { (result, length) = (result + "\r\n ", 1) }
      result.append(character)
      length += character.utf8.count
    }
    return result + "\r\n"
  }
}
